#ifndef JALON_CLIENTS_CLI_OUTPUT_FILE_H_
#define JALON_CLIENTS_CLI_OUTPUT_FILE_H_

#include <string>
#include <string_view>

namespace jalon::cli {

// A file that stands in its place whole or not at all. It is written beside that place and moved into it at
// the end, so that a command that fails leaves what stood there before. A place that is no ordinary file, as
// /dev/stdout, is written to at once.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // What to write to, until Commit.
  const std::string& path() const { return written_; }
  // Moves it into its place, once it is written and closed; false when that cannot be.
  bool Commit();

 private:
  std::string place_;
  std::string written_;
  bool done_ = false;
};

// All of it at once; false when it cannot be written.
bool WriteWholeFile(const std::string& path, std::string_view bytes);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_OUTPUT_FILE_H_
