#ifndef JALON_STORAGE_ROWS_H_
#define JALON_STORAGE_ROWS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "google/protobuf/message.h"

namespace jalon::storage {

// The rows a statement returned. A column is named as the field of the contract that it fills:
// "facts.turnover" reaches into a message, a bigint fills a Money with its cents, a label fills an enum
// without its prefix. A column whose name begins with # is for the store alone.
class Rows {
 public:
  class Impl;
  explicit Rows(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  int size() const;
  bool empty() const { return size() == 0; }
  // Values by row and column name; a column that is not there is a defect and ends the process.
  bool IsNull(int row, std::string_view column) const;
  std::string_view Text(int row, std::string_view column) const;
  int64_t Int(int row, std::string_view column) const;
  bool Bool(int row, std::string_view column) const;
  std::string Bytes(int row, std::string_view column) const;

  // Fills `message` from a row by the names of its columns.
  void ReadInto(int row, google::protobuf::Message* message) const;
  template <class Message>
  Message Read(int row) const {
    Message message;
    ReadInto(row, &message);
    return message;
  }
  // Appends every row to a repeated field.
  template <class Repeated>
  void ReadAll(Repeated* repeated) const {
    repeated->Reserve(repeated->size() + size());
    for (int row = 0; row < size(); ++row) ReadInto(row, repeated->Add());
  }

  // Appends `count` rows from `first` on to `wire`, the wire form of a Response, as its message field
  // `field`.
  template <class Response>
  void Encode(int first, int count, const char* field, std::string* wire) const {
    EncodeAs(MessageField(Response::descriptor(), field), first, count, wire);
  }

 private:
  static const google::protobuf::FieldDescriptor* MessageField(const google::protobuf::Descriptor* descriptor,
                                                               const char* name);
  void EncodeAs(const google::protobuf::FieldDescriptor* field, int first, int count,
                std::string* wire) const;

  std::shared_ptr<const Impl> impl_;
};

}  // namespace jalon::storage

#endif  // JALON_STORAGE_ROWS_H_
