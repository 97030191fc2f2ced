#ifndef JALON_STORAGE_LABELS_H_
#define JALON_STORAGE_LABELS_H_

#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"

// How the database writes a value of the contract: its name without the name of its type, in lower case.
// 'admitted' stands for CASE_STATE_ADMITTED, the empty string for the unspecified value.
namespace jalon::storage {

std::string EnumLabel(const google::protobuf::EnumDescriptor* type, int number);
// A label that the contract does not know is a defect and ends the process.
int EnumNumber(const google::protobuf::EnumDescriptor* type, std::string_view label);

template <class Enum>
std::string EnumLabel(Enum value) {
  return EnumLabel(google::protobuf::GetEnumDescriptor<Enum>(), value);
}
template <class Enum>
Enum EnumValue(std::string_view label) {
  return static_cast<Enum>(EnumNumber(google::protobuf::GetEnumDescriptor<Enum>(), label));
}

}  // namespace jalon::storage

#endif  // JALON_STORAGE_LABELS_H_
