#ifndef JALON_CLIENTS_CLI_PRINTER_H_
#define JALON_CLIENTS_CLI_PRINTER_H_

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "base/language.h"
#include "clients/cli/terminal.h"
#include "clients/cli/views.h"
#include "google/protobuf/message.h"

namespace jalon::cli {

enum class Format { kTable, kJson, kCsv };

// The protobuf JSON form, names as in the contract, every field present.
std::string Json(const google::protobuf::Message& message, bool indented);

// Rows of one type as they come. A table is held until it can be aligned; CSV and JSON go out at once, so
// that their memory does not grow with the export.
class RowPrinter {
 public:
  // `json_key` names the array of the one JSON document; empty: a JSON document a line.
  RowPrinter(std::ostream& out, Format format, Language language, const google::protobuf::Descriptor* type,
             std::string json_key);
  ~RowPrinter() { Finish(); }

  // What stands before the first row, in CSV and in JSON a line each; called before the first Add.
  void SetPreamble(std::string csv, std::string json) {
    csv_preamble_ = std::move(csv);
    json_preamble_ = std::move(json);
  }
  void Add(const google::protobuf::Message& row);
  void SetTotal(const google::protobuf::Message& row);
  void Finish();
  // Leaves it at what is printed, for a call that failed.
  void Abandon() { finished_ = true; }
  int64_t count() const { return count_; }

 private:
  void Begin();
  std::vector<std::string> Cells(const google::protobuf::Message& row) const;

  std::ostream& out_;
  const Format format_;
  const Language language_;
  const google::protobuf::Descriptor* const type_;
  const std::string json_key_;
  std::string csv_preamble_, json_preamble_;
  std::vector<Column> columns_;
  std::optional<Table> table_;
  int64_t count_ = 0;
  bool whole_ = false;
  bool begun_ = false;
  bool finished_ = false;
};

// The columns for people that `type` has in a language; from the contract's names when it has no view.
std::vector<Column> ColumnsOf(const google::protobuf::Descriptor* type, Language language, bool single);

// A whole answer: its single messages line by line, its lists as tables. In CSV, its rows, or else its one
// message.
void PrintAnswer(std::ostream& out, Format format, Language language,
                 const google::protobuf::Message& answer);

// Only the lines "title: value" of one message, for people.
void PrintSingle(std::ostream& out, Language language, const google::protobuf::Message& message);

// Only the table of a repeated field, for people; nothing when it is empty.
void PrintList(std::ostream& out, Language language, const google::protobuf::Message& message,
               std::string_view field, bool heading);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_PRINTER_H_
