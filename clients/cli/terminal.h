#ifndef JALON_CLIENTS_CLI_TERMINAL_H_
#define JALON_CLIENTS_CLI_TERMINAL_H_

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

// What a terminal shows: widths, aligned tables, progress.
namespace jalon::cli {

// Columns of a terminal that UTF-8 text takes: none for combining marks, two for wide East Asian characters.
int DisplayWidth(std::string_view text);

// `text` made safe to show on one line: control characters, which could command the terminal, become spaces,
// and bytes that are not UTF-8 become U+FFFD.
std::string Printable(std::string_view text);

// At most `width` columns of `text`, ended by … where cut.
std::string Shortened(std::string_view text, int width);

// Columns aligned by display width. A column whose cells are all empty is left out.
class Table {
 public:
  struct Header {
    std::string title;
    bool right = false;  // numbers
  };
  explicit Table(std::vector<Header> headers) : headers_(std::move(headers)) {}

  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // A last row under a rule of its own.
  void SetTotal(std::vector<std::string> cells) { total_ = std::move(cells); }
  bool empty() const { return rows_.empty(); }
  size_t size() const { return rows_.size(); }
  void Print(std::ostream& out) const;

 private:
  std::vector<Header> headers_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::string> total_;
};

// One line on the error stream that redraws itself; silent when that stream is not a terminal, so that logs
// and scripts stay clean.
class Progress {
 public:
  Progress(std::ostream& err, bool enabled, std::string label, int64_t total);
  ~Progress();
  void Set(int64_t done, std::string_view note = {});
  void Add(int64_t more) { Set(done_ + more); }
  void Clear();

 private:
  std::ostream& err_;
  const bool enabled_;
  const std::string label_;
  const int64_t total_;
  int64_t done_ = 0;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_draw_;
};

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_TERMINAL_H_
