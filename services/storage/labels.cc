#include "storage/labels.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <vector>

namespace jalon::storage {
namespace {

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
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

struct Label {
  int number;
  std::string text;
};
using Labels = std::vector<Label>;  // a few: looking through them beats hashing

// Of every value but the unspecified one. Worked out once for each thread, which then needs no lock: rows are
// full of them.
const Labels& LabelsOf(const google::protobuf::EnumDescriptor* type) {
  thread_local std::unordered_map<const google::protobuf::EnumDescriptor*, Labels> known;
  const auto [found, is_new] = known.try_emplace(type);
  if (!is_new) return found->second;
  const size_t prefix = PrefixOf(type).size();
  for (int i = 0; i < type->value_count(); ++i) {
    const auto* value = type->value(i);
    if (value->number() == 0) continue;
    found->second.push_back({value->number(), Lower(value->name().substr(prefix))});
  }
  return found->second;
}

}  // namespace

std::string EnumLabel(const google::protobuf::EnumDescriptor* type, int number) {
  for (const Label& label : LabelsOf(type))
    if (label.number == number) return label.text;
  return "";
}

int EnumNumber(const google::protobuf::EnumDescriptor* type, std::string_view text) {
  if (text.empty()) return 0;
  for (const Label& label : LabelsOf(type))
    if (label.text == text) return label.number;
  std::fprintf(stderr, "storage: %s has no value %.*s\n", type->full_name().c_str(),
               static_cast<int>(text.size()), text.data());
  std::abort();
}

}  // namespace jalon::storage
