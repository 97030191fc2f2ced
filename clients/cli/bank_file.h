#ifndef JALON_CLIENTS_CLI_BANK_FILE_H_
#define JALON_CLIENTS_CLI_BANK_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/language.h"
#include "clients/cli/csv_reader.h"
#include "jalon/funding/v1/payment.pb.h"

namespace jalon::cli {

// A line of the file: what to send, or why it cannot be sent.
struct BankFileLine {
  int64_t line = 0;
  funding::v1::BankLine bank_line;
  std::string problem;  // empty: it can be sent
};

struct BankFile {
  std::vector<BankFileLine> lines;
  std::string problem;  // of the whole file: a column that it lacks
};

// Reads a bank's or an accounting system's CSV: columns by their French or English names, in any order;
// comma, semicolon or tab; decimal comma or dot; dates 2026-03-14 or 14/03/2026. Where amounts of both signs
// stand in one column, payments are the negative ones and the others are credits, which pay nothing. A line
// without an id of its own is named by what it holds, and by its place among its equals. The reference of an
// order is also found inside a label.
BankFile ReadBankFile(std::unique_ptr<ByteSource> source, Language language);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_BANK_FILE_H_
