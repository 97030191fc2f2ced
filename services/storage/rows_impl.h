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
  explicit Impl(pqxx::result result);

  const pqxx::result& result() const { return result_; }
  pqxx::field Field(int row, std::string_view column) const {
    return result_[row][static_cast<pqxx::row::size_type>(Column(column))];
  }
  // Appends a row in the wire form of a message.
  void Encode(int row, const google::protobuf::Descriptor* descriptor, std::string* wire) const;

 private:
  int Column(std::string_view name) const;
  // By column. Worked out once for a result.
  const std::vector<ColumnForm>& Forms(const google::protobuf::Descriptor* descriptor) const;

  pqxx::result result_;
  std::vector<std::string_view> names_;  // of the columns; the result owns them
  mutable size_t next_ = 0;              // the column after the last one asked for: most read them in order
  mutable const google::protobuf::Descriptor* descriptor_ = nullptr;
  mutable std::vector<ColumnForm> forms_;
};

}  // namespace jalon::storage

#endif  // JALON_STORAGE_ROWS_IMPL_H_
