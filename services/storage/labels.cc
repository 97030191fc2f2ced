#include "storage/labels.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

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

struct Labels {
  std::unordered_map<int, std::string> by_number;
  std::unordered_map<std::string, int> by_label;
};

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
    const std::string label = Lower(value->name().substr(prefix));
    found->second.by_number[value->number()] = label;
    found->second.by_label[label] = value->number();
  }
  return found->second;
}

}  // namespace

std::string EnumLabel(const google::protobuf::EnumDescriptor* type, int number) {
  const Labels& labels = LabelsOf(type);
  const auto found = labels.by_number.find(number);
  return found == labels.by_number.end() ? "" : found->second;
}

int EnumNumber(const google::protobuf::EnumDescriptor* type, std::string_view label) {
  if (label.empty()) return 0;
  const Labels& labels = LabelsOf(type);
  const auto found = labels.by_label.find(std::string(label));
  if (found == labels.by_label.end()) {
    std::fprintf(stderr, "storage: %s has no value %.*s\n", type->full_name().c_str(),
                 static_cast<int>(label.size()), label.data());
    std::abort();
  }
  return found->second;
}

}  // namespace jalon::storage
