#include "storage/wire_form.h"

#include "google/protobuf/timestamp.pb.h"
#include "jalon/common/v1/types.pb.h"
#include "storage/labels.h"
#include "storage/text_form.h"

namespace jalon::storage {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

enum WireType : uint32_t { kVarint = 0, kLengthDelimited = 2 };

void AppendVarint(uint64_t value, std::string* wire) {
  for (; value >= 0x80; value >>= 7) wire->push_back(static_cast<char>(value | 0x80));
  wire->push_back(static_cast<char>(value));
}

void AppendTag(const FieldDescriptor* field, WireType type, std::string* wire) {
  AppendVarint(static_cast<uint32_t>(field->number()) << 3 | type, wire);
}

// Zero is what a field has by itself; only one that tells "not given" from zero must hear of it.
void AppendInt(const FieldDescriptor* field, int64_t value, std::string* wire) {
  if (value == 0 && !field->has_presence()) return;
  AppendTag(field, kVarint, wire);
  AppendVarint(static_cast<uint64_t>(value), wire);
}

void AppendBytes(const FieldDescriptor* field, std::string_view bytes, std::string* wire) {
  AppendTag(field, kLengthDelimited, wire);
  AppendVarint(bytes.size(), wire);
  wire->append(bytes);
}

void AppendArray(const FieldDescriptor* field, std::string_view text, std::string* wire) {
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING)
    return ForEachElement(text, [&](const std::string& element) { AppendBytes(field, element, wire); });
  std::string packed;
  ForEachElement(text, [&](const std::string& element) {
    const int64_t value = field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM
                              ? EnumNumber(field->enum_type(), element)
                              : ParseInt(element);
    AppendVarint(static_cast<uint64_t>(value), &packed);
  });
  if (!packed.empty()) AppendBytes(field, packed, wire);
}

// Money has no currency here: left out, it is the euro.
void AppendWellKnown(const FieldDescriptor* field, std::string_view text, std::string* wire) {
  if (field->message_type() == common::v1::Money::descriptor()) {
    static const FieldDescriptor* const cents = field->message_type()->FindFieldByName("cents");
    std::string content;
    AppendInt(cents, ParseInt(text), &content);
    return AppendBytes(field, content, wire);
  }
  if (field->message_type() == google::protobuf::Timestamp::descriptor()) {
    google::protobuf::Timestamp timestamp;
    ReadTimestamp(text, &timestamp);
    return AppendBytes(field, timestamp.SerializeAsString(), wire);
  }
  Defect("no way to read into", field->full_name());
}

void AppendLeaf(const FieldDescriptor* field, std::string_view text, std::string* wire) {
  if (field->is_repeated()) return AppendArray(field, text, wire);
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field->type() == FieldDescriptor::TYPE_BYTES) return AppendBytes(field, FromHex(text), wire);
      return AppendBytes(field, text, wire);
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return AppendInt(field, ParseInt(text), wire);
    case FieldDescriptor::CPPTYPE_BOOL:
      return AppendInt(field, text == "t", wire);
    case FieldDescriptor::CPPTYPE_ENUM:
      return AppendInt(field, EnumNumber(field->enum_type(), text), wire);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return AppendWellKnown(field, text, wire);
    default:
      Defect("no way to read into", field->full_name());
  }
}

}  // namespace

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

// A message within the message is written anew for each of its columns: on the wire, parts of it add up.
void AppendField(const FieldPath& path, std::string_view text, std::string* wire) {
  if (path.size() == 1) return AppendLeaf(path.front(), text, wire);
  std::string content;
  AppendLeaf(path.back(), text, &content);
  for (size_t step = path.size() - 1; step > 0; --step) {
    std::string outer;
    AppendBytes(path[step - 1], content, &outer);
    content.swap(outer);
  }
  wire->append(content);
}

void AppendMessage(const FieldDescriptor* field, std::string_view content, std::string* wire) {
  AppendBytes(field, content, wire);
}

}  // namespace jalon::storage
