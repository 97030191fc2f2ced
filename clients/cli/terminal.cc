#include "clients/cli/terminal.h"

#include <algorithm>
#include <array>

namespace jalon::cli {
namespace {

struct CodePoint {
  char32_t value;
  size_t bytes;  // read from the text, at least 1
  bool valid;
};

CodePoint Decode(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {0xFFFD, 1, false};
  char32_t value = lead & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0xFFFD, 1, false};
    value = (value << 6) | (byte(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    return {0xFFFD, 1, false};
  }
  return {value, length, true};
}

struct Range {
  char32_t first;
  char32_t last;
};

template <size_t N>
bool IsIn(char32_t value, const std::array<Range, N>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [value](Range r) { return r.first <= value && value <= r.last; });
}

// The blocks of Unicode that matter in names and notes; not the whole of UAX #11.
constexpr std::array<Range, 7> kZeroWidth = {{{0x300, 0x36F},
                                              {0x483, 0x489},
                                              {0x591, 0x5BD},
                                              {0x610, 0x61A},
                                              {0x200B, 0x200F},
                                              {0x202A, 0x202E},
                                              {0xFE00, 0xFE0F}}};
constexpr std::array<Range, 9> kDoubleWidth = {{{0x1100, 0x115F},
                                                {0x2E80, 0x303E},
                                                {0x3041, 0xA4CF},
                                                {0xAC00, 0xD7A3},
                                                {0xF900, 0xFAFF},
                                                {0xFE30, 0xFE6F},
                                                {0xFF00, 0xFF60},
                                                {0x1F300, 0x1F64F},
                                                {0x20000, 0x3FFFD}}};

int WidthOf(char32_t value) {
  if (IsIn(value, kZeroWidth)) return 0;
  return IsIn(value, kDoubleWidth) ? 2 : 1;
}

bool IsControl(char32_t value) {
  // C0, DEL, C1, and the marks that reorder text on screen.
  return value < 0x20 || (value >= 0x7F && value < 0xA0) || (value >= 0x202A && value <= 0x202E) ||
         (value >= 0x2066 && value <= 0x2069);
}

std::string Padded(const std::string& text, int width, bool right) {
  const std::string padding(static_cast<size_t>(std::max(0, width - DisplayWidth(text))), ' ');
  return right ? padding + text : text + padding;
}

std::string Repeated(std::string_view what, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += what;
  return text;
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const CodePoint point = Decode(text);
    width += WidthOf(point.value);
    text.remove_prefix(point.bytes);
  }
  return width;
}

std::string Printable(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = Decode(text);
    if (!point.valid) {
      safe += "\uFFFD";
    } else if (IsControl(point.value)) {
      safe += ' ';
    } else {
      safe += text.substr(0, point.bytes);
    }
    text.remove_prefix(point.bytes);
  }
  return safe;
}

std::string Shortened(std::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string cut;
  int used = 0;
  while (!text.empty()) {
    const CodePoint point = Decode(text);
    const int next = WidthOf(point.value);
    if (used + next > width - 1) break;
    cut += text.substr(0, point.bytes);
    used += next;
    text.remove_prefix(point.bytes);
  }
  return cut + "…";
}

void Table::Print(std::ostream& out) const {
  const size_t columns = headers_.size();
  std::vector<int> widths(columns, 0);
  const auto measure = [&](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < columns && i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(cells[i]));
    }
  };
  for (const auto& row : rows_) measure(row);
  measure(total_);

  std::vector<size_t> shown;
  for (size_t i = 0; i < columns; ++i) {
    if (widths[i] == 0) continue;
    widths[i] = std::max(widths[i], DisplayWidth(headers_[i].title));
    shown.push_back(i);
  }
  const auto print = [&](const auto& cell_of) {
    std::string line;
    for (const size_t i : shown) {
      if (i != shown.front()) line += "  ";
      line += cell_of(i);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  const auto print_cells = [&](const std::vector<std::string>& cells) {
    print([&](size_t i) {
      return Padded(i < cells.size() ? cells[i] : std::string(), widths[i], headers_[i].right);
    });
  };
  const auto print_rule = [&] { print([&](size_t i) { return Repeated("─", widths[i]); }); };

  print([&](size_t i) { return Padded(headers_[i].title, widths[i], headers_[i].right); });
  print_rule();
  for (const auto& row : rows_) print_cells(row);
  if (total_.empty()) return;
  print_rule();
  print_cells(total_);
}

Progress::Progress(std::ostream& err, bool enabled, std::string label, int64_t total)
    : err_(err), enabled_(enabled), label_(std::move(label)), total_(std::max<int64_t>(total, 1)) {}

Progress::~Progress() {
  Clear();
}

void Progress::Set(int64_t done, std::string_view note) {
  done_ = done;
  if (!enabled_) return;
  const auto now = std::chrono::steady_clock::now();
  if (drawn_ && now < next_draw_) return;
  next_draw_ = now + std::chrono::milliseconds(100);
  constexpr int kWidth = 30;
  const int64_t part = std::clamp<int64_t>(done_, 0, total_);
  const int filled = static_cast<int>(part * kWidth / total_);
  err_ << "\r\033[K" << label_ << " " << Repeated("█", filled) << Repeated("░", kWidth - filled) << " "
       << part * 100 / total_ << " %";
  if (!note.empty()) err_ << "  " << note;
  err_.flush();
  drawn_ = true;
}

void Progress::Clear() {
  if (drawn_) err_ << "\r\033[K" << std::flush;
  drawn_ = false;
}

}  // namespace jalon::cli
