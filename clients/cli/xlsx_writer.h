#ifndef JALON_CLIENTS_CLI_XLSX_WRITER_H_
#define JALON_CLIENTS_CLI_XLSX_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/language.h"
#include "google/protobuf/message.h"

namespace jalon::cli {

// A sheet for accountants, in flat memory: what was asked for, one line each; titles, frozen, with filters
// and at the top of each printed page; rows as they come, amounts in euros and days as dates; and sums as
// formulas, with their values for programs that do not compute. The same rows make the same bytes, whenever
// they are written.
class XlsxWriter {
 public:
  using Columns = std::vector<const google::protobuf::FieldDescriptor*>;

  // Rows that a sheet holds, by its format.
  static constexpr int64_t kMostRows = 1'000'000;

  // `asked`: names and values; a name without a value stands alone.
  XlsxWriter(const std::string& path, Language language, Columns columns, const std::string& title,
             const std::vector<std::pair<std::string, std::string>>& asked);
  ~XlsxWriter();
  XlsxWriter(const XlsxWriter&) = delete;
  XlsxWriter& operator=(const XlsxWriter&) = delete;

  // Only the first so many columns go on paper; called before Finish.
  void PrintOnly(size_t columns);
  // False when the sheet is full.
  bool Add(const google::protobuf::Message& row);
  // Writes the file; false when it cannot be written. Without it, what stood there before stays. `total`:
  // what the rows come to, where that is not their sum: a half-day borne by two funders stands in two rows.
  // Where it is not, the sheet has it as a number instead of a formula.
  bool Finish(const google::protobuf::Message* total = nullptr);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The fields that a row of `type` fills a cell with.
XlsxWriter::Columns SheetColumns(const google::protobuf::Descriptor* type);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_XLSX_WRITER_H_
