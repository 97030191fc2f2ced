#include "clients/cli/csv_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace jalon::cli {
namespace {

class File : public ByteSource {
 public:
  // Takes the descriptor. zlib passes a file that is not gzip through as it is.
  File(int descriptor, int64_t total) : file_(gzdopen(descriptor, "rb")), total_(total) {
    if (file_ != nullptr) gzbuffer(file_, 256 << 10);
  }
  ~File() override {
    if (file_ != nullptr) gzclose(file_);
  }
  int64_t Read(char* buffer, size_t size) override {
    if (file_ == nullptr) return -1;
    const int read = gzread(file_, buffer, static_cast<unsigned>(size));
    if (read != 0) return read;
    // A gzip file cut short ends like any other; only its error state tells.
    int error = Z_OK;
    gzerror(file_, &error);
    return error == Z_OK || error == Z_STREAM_END ? 0 : -1;
  }
  int64_t BytesRead() const override { return file_ == nullptr ? 0 : gzoffset(file_); }
  int64_t TotalBytes() const override { return total_; }

 private:
  gzFile file_;
  int64_t total_;
};

class Bytes : public ByteSource {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  int64_t Read(char* buffer, size_t size) override {
    const size_t count = std::min(size, bytes_.size() - read_);
    std::memcpy(buffer, bytes_.data() + read_, count);
    read_ += count;
    return static_cast<int64_t>(count);
  }

 private:
  std::string bytes_;
  size_t read_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> OpenFile(const std::string& path) {
  const int descriptor = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0 || S_ISDIR(status.st_mode)) {
    if (descriptor >= 0) close(descriptor);
    return nullptr;
  }
  return std::make_unique<File>(descriptor, status.st_size);
}

std::unique_ptr<ByteSource> FromString(std::string bytes) {
  return std::make_unique<Bytes>(std::move(bytes));
}

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, char separator)
    : source_(std::move(source)), separator_(separator), buffer_(4 * kLargestRecord, '\0') {}

void CsvReader::GuessSeparator() {
  while (end_ - begin_ < kLargestRecord && Fill()) {
  }
  std::string_view line(buffer_.data() + begin_, end_ - begin_);
  line = line.substr(0, line.find('\n'));
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t'}) {
    const auto count = std::count(line.begin(), line.end(), candidate);
    if (count > most) {
      most = count;
      separator_ = candidate;
    }
  }
}

// Makes room and reads more; false when nothing more comes.
bool CsvReader::Fill() {
  if (ended_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const int64_t read = source_->Read(buffer_.data() + end_, buffer_.size() - end_);
  if (read <= 0) {
    ended_ = true;
    damaged_ = read < 0;
    return false;
  }
  end_ += static_cast<size_t>(read);
  return true;
}

// Past the end of the line that holds `from`, however long it is.
size_t CsvReader::SkipLine(size_t from) {
  begin_ = from;
  while (true) {
    const char* start = buffer_.data() + begin_;
    const void* found = std::memchr(start, '\n', end_ - begin_);
    if (found != nullptr) {
      begin_ += static_cast<size_t>(static_cast<const char*>(found) - start) + 1;
      ++line_;
      return begin_;
    }
    begin_ = end_;
    if (!Fill()) return begin_;
  }
}

CsvReader::Outcome CsvReader::Next(std::vector<std::string_view>* fields) {
  fields->clear();
  while (true) {
    // A whole record fits once this much is there, so that parsing never has to stop midway.
    while (end_ - begin_ < 2 * kLargestRecord && Fill()) {
    }
    if (first_) {
      first_ = false;
      if (std::string_view(buffer_.data() + begin_, end_ - begin_).starts_with("\xEF\xBB\xBF")) begin_ += 3;
    }
    record_line_ = line_;
    if (begin_ == end_) {
      if (!damaged_) return Outcome::kEnd;
      damaged_ = false;
      return Outcome::kSourceDamaged;
    }
    if (buffer_[begin_] == '\n') {
      ++begin_;
      ++line_;
    } else if (buffer_[begin_] == '\r' && begin_ + 1 < end_ && buffer_[begin_ + 1] == '\n') {
      begin_ += 2;
      ++line_;
    } else {
      return Parse(fields);
    }
  }
}

// One record from begin_. Quoted fields are unescaped in place: they only shrink.
CsvReader::Outcome CsvReader::Parse(std::vector<std::string_view>* fields) {
  char* const data = buffer_.data();
  const size_t limit = std::min(end_, begin_ + kLargestRecord);
  const bool cut = limit < end_ || !ended_;
  size_t at = begin_;
  int64_t lines = 0;

  const auto refuse = [&](Outcome outcome) {
    fields->clear();
    SkipLine(begin_);
    return outcome;
  };

  while (true) {
    size_t field_begin = at;
    size_t field_end = at;
    if (at < limit && data[at] == '"') {
      // Looked through before anything is unescaped: a refused record must be read again from its second
      // line.
      size_t close = at + 1;
      while (true) {
        while (close < limit && data[close] != '"') ++close;
        if (close >= limit) return refuse(Outcome::kUnclosedQuote);
        if (close + 1 < limit && data[close + 1] == '"') {
          close += 2;
        } else {
          break;
        }
      }
      const size_t after = close + 1;
      const bool ends_well =
          after >= limit ? !cut
                         : data[after] == separator_ || data[after] == '\n' ||
                               (data[after] == '\r' && (after + 1 >= end_ || data[after + 1] == '\n'));
      if (!ends_well) return refuse(after >= limit ? Outcome::kTooLong : Outcome::kTextAfterQuote);
      field_begin = at + 1;
      field_end = close;
      at = after;
    } else {
      while (at < limit && data[at] != separator_ && data[at] != '\n') ++at;
      if (at >= limit && cut) return refuse(Outcome::kTooLong);
      field_end = at;
    }
    fields->emplace_back(data + field_begin, field_end - field_begin);
    if (at < limit && data[at] == separator_) {
      ++at;
      continue;
    }
    break;
  }
  // The record stands: count its lines, drop the carriage return, unescape.
  if (at < end_ && data[at] == '\r') ++at;
  if (at < end_ && data[at] == '\n') ++at;
  lines = std::count(data + begin_, data + at, '\n');
  for (std::string_view& field : *fields) {
    char* const text = const_cast<char*>(field.data());
    const bool quoted = text > data + begin_ && text[-1] == '"';
    if (quoted && std::memchr(text, '"', field.size()) != nullptr) {
      size_t kept = 0;
      for (size_t i = 0; i < field.size(); ++i) {
        text[kept++] = text[i];
        if (text[i] == '"') ++i;
      }
      field = std::string_view(text, kept);
    } else if (!quoted && &field == &fields->back() && field.ends_with('\r')) {
      field.remove_suffix(1);
    }
  }
  begin_ = at;
  line_ += lines;
  return Outcome::kRecord;
}

}  // namespace jalon::cli
