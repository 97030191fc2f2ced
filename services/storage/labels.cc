#include "storage/labels.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>

namespace jalon::storage {
namespace {

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// "CASE_STATE_" for CaseState.
std::string PrefixOf(const google::protobuf::EnumDescriptor* type) {
  std::string prefix;
  for (const char c : type->name()) {
    if (c >= 'A' && c <= 'Z' && !prefix.empty()) prefix += '_';
    prefix += c;
  }
  return Upper(prefix) + '_';
}

}  // namespace

std::string EnumLabel(const google::protobuf::EnumDescriptor* type, int number) {
  const auto* value = number == 0 ? nullptr : type->FindValueByNumber(number);
  if (value == nullptr) return "";
  std::string label = value->name().substr(PrefixOf(type).size());
  for (char& c : label) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return label;
}

int EnumNumber(const google::protobuf::EnumDescriptor* type, std::string_view label) {
  if (label.empty()) return 0;
  const auto* value = type->FindValueByName(PrefixOf(type) + Upper(label));
  if (value == nullptr) {
    std::fprintf(stderr, "storage: %s has no value %.*s\n", type->full_name().c_str(), static_cast<int>(label.size()), label.data());
    std::abort();
  }
  return value->number();
}

}  // namespace jalon::storage
