#ifndef JALON_CLIENTS_CLI_IMPORT_H_
#define JALON_CLIENTS_CLI_IMPORT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/language.h"
#include "clients/cli/csv_reader.h"
#include "clients/cli/sirene.h"

namespace jalon::cli {

struct ImportRow {
  int64_t line;
  enrolment::v1::Company company;
};

// Why the reader could not make a record of a line.
std::string WhyUnread(CsvReader::Outcome outcome, Language language);

// Reads a Sirene file row by row in flat memory, telling what it leaves out and why.
class ImportReader {
 public:
  // `tell` receives the line, the SIREN if known, and the sentence, for each row left out or imported with a
  // remark.
  using Tell =
      std::function<void(int64_t line, const std::string& siren, const std::string& sentence, bool refused)>;

  ImportReader(std::unique_ptr<ByteSource> source, Language language, Tell tell);

  // A file without a SIREN column is not a Sirene file: the reason, or nothing when it can be read.
  std::optional<std::string> ReadHeader();
  // Nothing at the end of the file.
  std::optional<ImportRow> Next();

  int64_t rows() const { return rows_; }
  int64_t refused() const { return refused_; }
  int64_t other_establishments() const { return other_establishments_; }
  const ByteSource& source() const { return reader_.source(); }

 private:
  void Refuse(const std::string& siren, const std::string& sentence);

  CsvReader reader_;
  const Language language_;
  const Tell tell_;
  std::optional<SireneHeader> header_;
  std::vector<std::string_view> fields_;
  int64_t rows_ = 0;
  int64_t refused_ = 0;
  int64_t other_establishments_ = 0;
};

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_IMPORT_H_
