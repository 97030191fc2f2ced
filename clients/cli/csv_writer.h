#ifndef JALON_CLIENTS_CLI_CSV_WRITER_H_
#define JALON_CLIENTS_CLI_CSV_WRITER_H_

#include <string>
#include <string_view>
#include <vector>

namespace jalon::cli {

// One record of RFC 4180, line break included. Text that a spreadsheet would run as a formula (= + - @, tab
// or carriage return first) is defused by an apostrophe, unless it is a number.
std::string CsvRecord(const std::vector<std::string>& cells);

// A cell as CsvRecord writes it.
std::string CsvCell(std::string_view text);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_CSV_WRITER_H_
