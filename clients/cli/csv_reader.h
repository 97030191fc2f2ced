#ifndef JALON_CLIENTS_CLI_CSV_READER_H_
#define JALON_CLIENTS_CLI_CSV_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jalon::cli {

// Bytes of a file, gzip or not.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes; 0 at the end, -1 when the rest cannot be read (damaged gzip, disk error).
  virtual int64_t Read(char* buffer, size_t size) = 0;
  // Of the file as it lies on disk, for a progress bar.
  virtual int64_t BytesRead() const { return 0; }
  virtual int64_t TotalBytes() const { return 0; }
};

// Null when the file cannot be opened.
std::unique_ptr<ByteSource> OpenFile(const std::string& path);
// For tests.
std::unique_ptr<ByteSource> FromString(std::string bytes);

// Reads RFC 4180 records from any bytes at all, in flat memory. What is no record is reported with its line
// and skipped up to the next line, so that one stray quote costs one line, not the rest of the file.
class CsvReader {
 public:
  enum class Outcome {
    kRecord,
    kUnclosedQuote,   // a quoted field that does not end within the largest record
    kTextAfterQuote,  // "a"b
    kTooLong,         // a line longer than the largest record
    kSourceDamaged,   // the last outcome before kEnd: the rest cannot be read
    kEnd,
  };

  // No register's row comes near this; a quote left open is found out within it.
  static constexpr size_t kLargestRecord = 64 << 10;

  explicit CsvReader(std::unique_ptr<ByteSource> source, char separator = ',');

  // `fields` are valid until the next call. Blank lines are passed over; a byte order mark too.
  Outcome Next(std::vector<std::string_view>* fields);

  // Line of the file, from 1, on which the record of the last call starts.
  int64_t line() const { return record_line_; }
  // Takes as separator whichever of comma, semicolon and tab the first line holds most of: spreadsheets write
  // all three. Before the first Next.
  void GuessSeparator();
  const ByteSource& source() const { return *source_; }

 private:
  bool Fill();
  size_t SkipLine(size_t from);
  Outcome Parse(std::vector<std::string_view>* fields);

  std::unique_ptr<ByteSource> source_;
  char separator_;
  std::string buffer_;
  size_t begin_ = 0;  // of what is not read yet
  size_t end_ = 0;
  bool ended_ = false;
  bool damaged_ = false;
  int64_t line_ = 1;
  int64_t record_line_ = 0;
  bool first_ = true;
};

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_CSV_READER_H_
