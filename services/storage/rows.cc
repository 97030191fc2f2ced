#include "storage/rows.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "base/date.h"
#include "google/protobuf/timestamp.pb.h"
#include "jalon/common/v1/types.pb.h"
#include "storage/labels.h"
#include "storage/rows_impl.h"

namespace jalon::storage {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

[[noreturn]] void Defect(std::string_view what, std::string_view name) {
  std::fprintf(stderr, "storage: %.*s %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(name.size()), name.data());
  std::abort();
}

int64_t ParseInt(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) Defect("not an integer:", text);
  return value;
}

std::string_view View(const pqxx::field& field) { return {field.c_str(), field.size()}; }

std::string FromHex(std::string_view text) {
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 2; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(nibble(text[i]) << 4 | nibble(text[i + 1]));
  return bytes;
}

// PostgreSQL's "2026-03-14 09:26:53.589793+00", in a session whose time zone is UTC.
void ReadTimestamp(std::string_view text, google::protobuf::Timestamp* timestamp) {
  const auto number = [&](size_t at, size_t count) {
    return at + count <= text.size() ? ParseInt(text.substr(at, count)) : 0;
  };
  const auto day = Date::Parse(text.substr(0, 10));
  if (!day) Defect("not a timestamp:", text);
  const int64_t days = day->days().time_since_epoch().count();
  timestamp->set_seconds(days * 86400 + number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2));
  if (text.size() > 20 && text[19] == '.') {
    int32_t nanos = 0, scale = 100000000;
    for (size_t at = 20; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
      nanos += (text[at] - '0') * scale;
    timestamp->set_nanos(nanos);
  }
}

// One-dimensional arrays only, as '{a,"b c"}'.
template <class Visit>
void ForEachElement(std::string_view array, Visit visit) {
  std::string element;
  for (size_t at = 1; at + 1 < array.size();) {
    element.clear();
    if (array[at] == '"') {
      for (++at; at < array.size() && array[at] != '"'; ++at) {
        if (array[at] == '\\') ++at;
        element += array[at];
      }
      ++at;
    } else {
      while (at + 1 < array.size() && array[at] != ',') element += array[at++];
    }
    visit(element);
    ++at;
  }
}

void SetField(Message* message, const FieldDescriptor* field, std::string_view text) {
  const auto* reflection = message->GetReflection();
  if (field->is_repeated()) {
    ForEachElement(text, [&](const std::string& element) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        reflection->AddString(message, field, element);
      } else {
        reflection->AddInt64(message, field, ParseInt(element));
      }
    });
    return;
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->SetString(message, field,
                                   field->type() == FieldDescriptor::TYPE_BYTES ? FromHex(text) : std::string(text));
    case FieldDescriptor::CPPTYPE_INT32: return reflection->SetInt32(message, field, static_cast<int32_t>(ParseInt(text)));
    case FieldDescriptor::CPPTYPE_INT64: return reflection->SetInt64(message, field, ParseInt(text));
    case FieldDescriptor::CPPTYPE_BOOL: return reflection->SetBool(message, field, text == "t");
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->SetEnumValue(message, field, EnumNumber(field->enum_type(), text));
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Message* inner = reflection->MutableMessage(message, field);
      if (field->message_type() == common::v1::Money::descriptor()) {
        auto* money = static_cast<common::v1::Money*>(inner);
        money->set_cents(ParseInt(text));
        money->set_currency("EUR");
        return;
      }
      if (field->message_type() == google::protobuf::Timestamp::descriptor())
        return ReadTimestamp(text, static_cast<google::protobuf::Timestamp*>(inner));
      break;
    }
    default: break;
  }
  Defect("no way to read into", field->full_name());
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

int Rows::size() const { return static_cast<int>(impl_->result().size()); }

bool Rows::IsNull(int row, std::string_view column) const {
  return impl_->result()[row][impl_->Column(column)].is_null();
}

std::string_view Rows::Text(int row, std::string_view column) const {
  return View(impl_->result()[row][impl_->Column(column)]);
}

int64_t Rows::Int(int row, std::string_view column) const { return ParseInt(Text(row, column)); }

bool Rows::Bool(int row, std::string_view column) const { return Text(row, column) == "t"; }

std::string Rows::Bytes(int row, std::string_view column) const { return FromHex(Text(row, column)); }

void Rows::ReadInto(int row, Message* message) const {
  const auto& paths = impl_->Paths(message->GetDescriptor());
  // The iterator is itself the field and moves along the row; a field by its number would be made anew for each column.
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
