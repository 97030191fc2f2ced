#ifndef JALON_STORAGE_ROWS_IMPL_H_
#define JALON_STORAGE_ROWS_IMPL_H_

#include <string>
#include <vector>

#include "storage/pqxx_compat.h"
#include "storage/rows.h"
#include "storage/wire_form.h"

namespace jalon::storage {

class Rows::Impl {
 public:
  explicit Impl(pqxx::result result) : result_(std::move(result)) {}

  const pqxx::result& result() const { return result_; }
  int Column(std::string_view name) const;
  // Appends a row in the wire form of a message.
  void Encode(int row, const google::protobuf::Descriptor* descriptor, std::string* wire) const;

 private:
  // By column. Worked out once for a result.
  const std::vector<ColumnForm>& Forms(const google::protobuf::Descriptor* descriptor) const;

  pqxx::result result_;
  mutable const google::protobuf::Descriptor* descriptor_ = nullptr;
  mutable std::vector<ColumnForm> forms_;
};

}  // namespace jalon::storage

#endif  // JALON_STORAGE_ROWS_IMPL_H_
