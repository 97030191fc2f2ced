#include "storage/text_form.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "base/date.h"
#include "jalon/common/v1/types.pb.h"
#include "storage/labels.h"

namespace jalon::storage {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void Defect(std::string_view what, std::string_view name) {
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

std::string FromHex(std::string_view text) {
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 2; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(nibble(text[i]) << 4 | nibble(text[i + 1]));
  return bytes;
}

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

void SetField(Message* message, const FieldDescriptor* field, std::string_view text) {
  const auto* reflection = message->GetReflection();
  if (field->is_repeated()) {
    ForEachElement(text, [&](const std::string& element) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        reflection->AddString(message, field, element);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        reflection->AddEnumValue(message, field, EnumNumber(field->enum_type(), element));
      } else {
        reflection->AddInt64(message, field, ParseInt(element));
      }
    });
    return;
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->SetString(
          message, field, field->type() == FieldDescriptor::TYPE_BYTES ? FromHex(text) : std::string(text));
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->SetInt32(message, field, static_cast<int32_t>(ParseInt(text)));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection->SetInt64(message, field, ParseInt(text));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->SetBool(message, field, text == "t");
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
    default:
      break;
  }
  Defect("no way to read into", field->full_name());
}

}  // namespace jalon::storage
