#include "storage/rows.h"

#include "storage/rows_impl.h"
#include "storage/text_form.h"

namespace jalon::storage {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string_view View(const pqxx::field& field) {
  return {field.c_str(), field.size()};
}

}  // namespace

Rows::Impl::Impl(pqxx::result result) : result_(std::move(result)) {
  for (int column = 0; column < static_cast<int>(result_.columns()); ++column)
    names_.emplace_back(result_.column_name(column));
}

int Rows::Impl::Column(std::string_view name) const {
  for (size_t tried = 0; tried < names_.size(); ++tried) {
    const size_t column = (next_ + tried) % names_.size();
    if (names_[column] != name) continue;
    next_ = column + 1;
    return static_cast<int>(column);
  }
  Defect("no column", name);
}

const std::vector<ColumnForm>& Rows::Impl::Forms(const Descriptor* descriptor) const {
  if (descriptor_ != descriptor) {
    forms_.clear();
    for (int column = 0; column < static_cast<int>(result_.columns()); ++column)
      forms_.emplace_back(descriptor, result_.column_name(column));
    descriptor_ = descriptor;
  }
  return forms_;
}

int Rows::size() const {
  return static_cast<int>(impl_->result().size());
}

bool Rows::IsNull(int row, std::string_view column) const {
  return impl_->Field(row, column).is_null();
}

std::string_view Rows::Text(int row, std::string_view column) const {
  return View(impl_->Field(row, column));
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

void Rows::Impl::Encode(int row, const Descriptor* descriptor, std::string* wire) const {
  const auto& forms = Forms(descriptor);
  // The iterator is itself the field and moves along the row; a field by its number would be made anew for
  // each column.
  auto value = result_[row].begin();
  for (const ColumnForm& form : forms) {
    // NULL and the empty text are what a field has by itself.
    if (!form.fills_nothing() && value->size() != 0) form.Append(View(*value), wire);
    ++value;
  }
}

void Rows::ReadInto(int row, Message* message) const {
  std::string wire;
  impl_->Encode(row, message->GetDescriptor(), &wire);
  if (!message->MergeFromString(wire)) Defect("no message in wire form:", message->GetTypeName());
}

void Rows::EncodeAs(const FieldDescriptor* field, int first, int count, std::string* wire) const {
  std::string content;
  for (int row = first; row < first + count; ++row) {
    content.clear();
    impl_->Encode(row, field->message_type(), &content);
    AppendMessage(field, content, wire);
  }
}

const FieldDescriptor* Rows::MessageField(const Descriptor* descriptor, const char* name) {
  const FieldDescriptor* field = descriptor->FindFieldByName(name);
  if (field == nullptr || field->message_type() == nullptr) Defect("no message in field", name);
  return field;
}

}  // namespace jalon::storage
