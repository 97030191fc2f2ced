#include "storage/wire_form.h"

#include "google/protobuf/timestamp.pb.h"
#include "jalon/common/v1/types.pb.h"
#include "storage/labels.h"
#include "storage/text_form.h"

namespace jalon::storage {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Timestamp;

enum WireType : uint32_t { kVarint = 0, kLengthDelimited = 2 };

void AppendVarint(uint64_t value, std::string* wire) {
  for (; value >= 0x80; value >>= 7) wire->push_back(static_cast<char>(value | 0x80));
  wire->push_back(static_cast<char>(value));
}

void AppendNumber(int number, int64_t value, std::string* wire) {
  if (value == 0) return;
  AppendVarint(static_cast<uint32_t>(number) << 3 | kVarint, wire);
  AppendVarint(static_cast<uint64_t>(value), wire);
}

void AppendBytes(std::string_view tag, std::string_view bytes, std::string* wire) {
  wire->append(tag);
  AppendVarint(bytes.size(), wire);
  wire->append(bytes);
}

// A message of numbers only, so short that its length is one byte, which is written last.
template <class Fields>
void AppendShort(std::string_view tag, std::string* wire, Fields fields) {
  wire->append(tag);
  const size_t length = wire->size();
  wire->push_back('\0');
  fields();
  (*wire)[length] = static_cast<char>(wire->size() - length - 1);
}

std::string TagOf(const FieldDescriptor* field, WireType type) {
  std::string tag;
  AppendVarint(static_cast<uint32_t>(field->number()) << 3 | type, &tag);
  return tag;
}

}  // namespace

ColumnForm::ColumnForm(const Descriptor* descriptor, std::string_view column) {
  if (column.starts_with('#')) return;
  while (true) {
    const size_t dot = column.find('.');
    field_ = descriptor->FindFieldByName(std::string(column.substr(0, dot)));
    if (field_ == nullptr) Defect("the contract has no field for column", column);
    if (dot == std::string_view::npos) break;
    outer_tags_.push_back(TagOf(field_, kLengthDelimited));
    descriptor = field_->message_type();
    column.remove_prefix(dot + 1);
  }
  kind_ = KindOf(field_);
  tells_zero_ = field_->has_presence();
  const bool number = kind_ == Kind::kInt || kind_ == Kind::kBool || kind_ == Kind::kEnum;
  tag_ = TagOf(field_, number ? kVarint : kLengthDelimited);
}

ColumnForm::Kind ColumnForm::KindOf(const FieldDescriptor* field) {
  if (field->is_repeated()) return Kind::kArray;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type() == FieldDescriptor::TYPE_BYTES ? Kind::kBytes : Kind::kText;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return Kind::kInt;
    case FieldDescriptor::CPPTYPE_BOOL:
      return Kind::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Kind::kEnum;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field->message_type() == common::v1::Money::descriptor()) return Kind::kMoney;
      if (field->message_type() == Timestamp::descriptor()) return Kind::kTimestamp;
      [[fallthrough]];
    default:
      Defect("no way to read into", field->full_name());
  }
}

// A message within the message is written anew for each of its columns: on the wire, parts of it add up.
void ColumnForm::Append(std::string_view text, std::string* wire) const {
  if (outer_tags_.empty()) return AppendLeaf(text, wire);
  std::string content, outer;
  AppendLeaf(text, &content);
  for (size_t around = outer_tags_.size(); around > 0; --around) {
    outer.clear();
    AppendBytes(outer_tags_[around - 1], content, &outer);
    content.swap(outer);
  }
  wire->append(content);
}

void ColumnForm::AppendLeaf(std::string_view text, std::string* wire) const {
  switch (kind_) {
    case Kind::kNothing:
      return;
    case Kind::kText:
      return AppendBytes(tag_, text, wire);
    case Kind::kBytes:
      return AppendBytes(tag_, FromHex(text), wire);
    case Kind::kInt:
      return AppendInt(ParseInt(text), wire);
    case Kind::kBool:
      return AppendInt(text == "t", wire);
    case Kind::kEnum:
      return AppendInt(EnumNumber(field_->enum_type(), text), wire);
    case Kind::kMoney:  // without a currency it is the euro
      return AppendShort(tag_, wire,
                         [&] { AppendNumber(common::v1::Money::kCentsFieldNumber, ParseInt(text), wire); });
    case Kind::kTimestamp: {
      const Instant at = ParseInstant(text);
      return AppendShort(tag_, wire, [&] {
        AppendNumber(Timestamp::kSecondsFieldNumber, at.seconds, wire);
        AppendNumber(Timestamp::kNanosFieldNumber, at.nanos, wire);
      });
    }
    case Kind::kArray:
      return AppendArray(text, wire);
  }
}

// Zero is what a field has by itself; only one that tells "not given" from zero must hear of it.
void ColumnForm::AppendInt(int64_t value, std::string* wire) const {
  if (value == 0 && !tells_zero_) return;
  wire->append(tag_);
  AppendVarint(static_cast<uint64_t>(value), wire);
}

void ColumnForm::AppendArray(std::string_view text, std::string* wire) const {
  if (field_->cpp_type() == FieldDescriptor::CPPTYPE_STRING)
    return ForEachElement(text, [&](const std::string& element) { AppendBytes(tag_, element, wire); });
  std::string packed;
  ForEachElement(text, [&](const std::string& element) {
    const int64_t value = field_->cpp_type() == FieldDescriptor::CPPTYPE_ENUM
                              ? EnumNumber(field_->enum_type(), element)
                              : ParseInt(element);
    AppendVarint(static_cast<uint64_t>(value), &packed);
  });
  if (!packed.empty()) AppendBytes(tag_, packed, wire);
}

void AppendMessage(const FieldDescriptor* field, std::string_view content, std::string* wire) {
  AppendBytes(TagOf(field, kLengthDelimited), content, wire);
}

}  // namespace jalon::storage
