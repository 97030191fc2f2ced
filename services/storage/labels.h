#ifndef JALON_STORAGE_LABELS_H_
#define JALON_STORAGE_LABELS_H_

#include <cctype>
#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"

// How the database writes a value of the contract: its name without the name of its type, in lower case.
namespace jalon::storage {

inline std::string ToUpper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// "CASE_STATE_" for CaseState.
inline std::string EnumPrefix(const google::protobuf::EnumDescriptor* type) {
  std::string prefix;
  for (const char c : type->name()) {
    if (c >= 'A' && c <= 'Z' && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return prefix + '_';
}

}  // namespace jalon::storage

#endif  // JALON_STORAGE_LABELS_H_
