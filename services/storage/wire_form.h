#ifndef JALON_STORAGE_WIRE_FORM_H_
#define JALON_STORAGE_WIRE_FORM_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"

// From PostgreSQL's text straight to the wire form of a message, column by column: most rows are passed on as
// they are, and those that are not are parsed from there by generated code.
namespace jalon::storage {

// How the values of one column go into a message: worked out once for a result, applied to each of its rows.
class ColumnForm {
 public:
  // The field of `descriptor` that the column is named after, as facts.turnover; a name that begins with #
  // fills none. A name that the contract does not know is a defect and ends the process.
  ColumnForm(const google::protobuf::Descriptor* descriptor, std::string_view column);

  bool fills_nothing() const { return kind_ == Kind::kNothing; }

  // Appends a value, not NULL: a bigint fills a Money with its cents, a label an enum, an array a repeated
  // field.
  void Append(std::string_view text, std::string* wire) const;

 private:
  enum class Kind : uint8_t { kNothing, kText, kBytes, kInt, kBool, kEnum, kMoney, kTimestamp, kArray };

  static Kind KindOf(const google::protobuf::FieldDescriptor* field);
  void AppendLeaf(std::string_view text, std::string* wire) const;
  void AppendInt(int64_t value, std::string* wire) const;
  void AppendArray(std::string_view text, std::string* wire) const;

  Kind kind_ = Kind::kNothing;
  bool tells_zero_ = false;  // the field tells "not given" from zero
  const google::protobuf::FieldDescriptor* field_ = nullptr;
  std::string tag_;
  std::vector<std::string> outer_tags_;  // of the messages around it, outermost first
};

// Appends a field whose content is itself in wire form.
void AppendMessage(const google::protobuf::FieldDescriptor* field, std::string_view content,
                   std::string* wire);

}  // namespace jalon::storage

#endif  // JALON_STORAGE_WIRE_FORM_H_
