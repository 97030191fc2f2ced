#ifndef JALON_CLIENTS_CLI_CSV_WRITER_H_
#define JALON_CLIENTS_CLI_CSV_WRITER_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jalon::cli {

// One record of RFC 4180, line break included. Text that a spreadsheet would run as a formula (= + - @, tab
// or carriage return first) is defused by an apostrophe, unless it is a number.
std::string CsvRecord(const std::vector<std::string>& cells);

// What a file was asked for, before its titles: a line for the title and one for each name with its value,
// all beginning with "# ". Spreadsheets show them as rows of text, and readers that know comments skip them.
std::string CsvPreamble(const std::string& title,
                        const std::vector<std::pair<std::string, std::string>>& asked);

// A cell as CsvRecord writes it.
std::string CsvCell(std::string_view text);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_CSV_WRITER_H_
