#include "clients/cli/csv_writer.h"

#include "base/text.h"

namespace jalon::cli {
namespace {

// Digits with at most one dot, after a sign or none: nothing a spreadsheet could compute with.
bool IsNumber(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  bool digit = false;
  bool dot = false;
  for (const char c : text) {
    if (jalon::internal::IsDigit(c)) {
      digit = true;
    } else if (c == '.' && !dot) {
      dot = true;
    } else {
      return false;
    }
  }
  return digit;
}

bool CouldBeFormula(std::string_view text) {
  constexpr std::string_view kStarts = "=+-@\t\r";
  return !text.empty() && kStarts.find(text.front()) != std::string_view::npos && !IsNumber(text);
}

}  // namespace

std::string CsvCell(std::string_view text) {
  std::string cell(CouldBeFormula(text) ? "'" : "");
  cell += text;
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string CsvRecord(const std::vector<std::string>& cells) {
  std::string record;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) record += ',';
    record += CsvCell(cell);
  }
  return record + "\r\n";
}

std::string CsvPreamble(const std::string& title,
                        const std::vector<std::pair<std::string, std::string>>& asked) {
  std::string preamble = CsvRecord({"# " + title});
  for (const auto& [name, value] : asked)
    preamble += value.empty() ? CsvRecord({"# " + name}) : CsvRecord({"# " + name, value});
  return preamble;
}

}  // namespace jalon::cli
