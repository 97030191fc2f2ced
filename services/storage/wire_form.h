#ifndef JALON_STORAGE_WIRE_FORM_H_
#define JALON_STORAGE_WIRE_FORM_H_

#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"

// From PostgreSQL's text straight to the wire form of a message, column by column: most rows are passed on as
// they are, and those that are not are parsed from there by generated code.
namespace jalon::storage {

// Where the value of a column goes in a message: the fields to walk, the last of which is written.
using FieldPath = std::vector<const google::protobuf::FieldDescriptor*>;

// The field of `descriptor` that a column is named after; empty for one that begins with #. A name that the
// contract does not know is a defect and ends the process.
FieldPath PathOf(const google::protobuf::Descriptor* descriptor, std::string_view column);

// Appends a value, not NULL: a bigint fills a Money with its cents, a label an enum, an array a repeated
// field.
void AppendField(const FieldPath& path, std::string_view text, std::string* wire);

// Appends a field whose content is itself in wire form.
void AppendMessage(const google::protobuf::FieldDescriptor* field, std::string_view content,
                   std::string* wire);

}  // namespace jalon::storage

#endif  // JALON_STORAGE_WIRE_FORM_H_
