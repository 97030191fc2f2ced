#include "storage/rows.h"

#include "storage/rows_impl.h"
#include "storage/text_form.h"

namespace jalon::storage {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

std::string_view View(const pqxx::field& field) {
  return {field.c_str(), field.size()};
}

FieldPath PathOf(const Descriptor* descriptor, std::string_view column) {
  FieldPath path;
  if (column.starts_with('#')) return path;
  while (true) {
    const size_t dot = column.find('.');
    const auto* field = descriptor->FindFieldByName(std::string(column.substr(0, dot)));
    if (field == nullptr) Defect("the contract has no field for column", column);
    path.push_back(field);
    if (dot == std::string_view::npos) return path;
    descriptor = field->message_type();
    column.remove_prefix(dot + 1);
  }
}

}  // namespace

int Rows::Impl::Column(std::string_view name) const {
  for (int column = 0; column < static_cast<int>(result_.columns()); ++column)
    if (name == result_.column_name(column)) return column;
  Defect("no column", name);
}

const std::vector<FieldPath>& Rows::Impl::Paths(const Descriptor* descriptor) const {
  if (descriptor_ != descriptor) {
    paths_.clear();
    for (int column = 0; column < static_cast<int>(result_.columns()); ++column)
      paths_.push_back(PathOf(descriptor, result_.column_name(column)));
    descriptor_ = descriptor;
  }
  return paths_;
}

int Rows::size() const {
  return static_cast<int>(impl_->result().size());
}

bool Rows::IsNull(int row, std::string_view column) const {
  return impl_->result()[row][impl_->Column(column)].is_null();
}

std::string_view Rows::Text(int row, std::string_view column) const {
  return View(impl_->result()[row][impl_->Column(column)]);
}

int64_t Rows::Int(int row, std::string_view column) const {
  return ParseInt(Text(row, column));
}

bool Rows::Bool(int row, std::string_view column) const {
  return Text(row, column) == "t";
}

std::string Rows::Bytes(int row, std::string_view column) const {
  return FromHex(Text(row, column));
}

void Rows::ReadInto(int row, Message* message) const {
  const auto& paths = impl_->Paths(message->GetDescriptor());
  // The iterator is itself the field and moves along the row; a field by its number would be made anew for
  // each column.
  const auto source = impl_->result()[row];
  auto value = source.begin();
  for (size_t column = 0; column < paths.size(); ++column, ++value) {
    const FieldPath& path = paths[column];
    if (path.empty() || value->size() == 0) continue;  // NULL, or the empty text that a field has by itself
    Message* target = message;
    for (size_t step = 0; step + 1 < path.size(); ++step)
      target = target->GetReflection()->MutableMessage(target, path[step]);
    SetField(target, path.back(), View(*value));
  }
}

}  // namespace jalon::storage
