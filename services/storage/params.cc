#include "storage/params.h"

#include "storage/labels.h"

namespace jalon::storage {

Params& Params::Bytes(std::string_view value) { return Push(HexBytes(value)); }

void Params::AppendElement(std::string& array, std::string_view text) {
  array += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') array += '\\';
    array += c;
  }
  array += '"';
}

std::string EnumLabel(const google::protobuf::EnumDescriptor* type, int value) {
  const auto* descriptor = value == 0 ? nullptr : type->FindValueByNumber(value);
  if (descriptor == nullptr) return "";
  std::string label = descriptor->name().substr(EnumPrefix(type).size());
  for (char& c : label) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return label;
}

std::string HexBytes(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex = "\\x";
  hex.reserve(2 + 2 * bytes.size());
  for (const unsigned char byte : bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace jalon::storage
