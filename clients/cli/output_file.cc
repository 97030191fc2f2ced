#include "clients/cli/output_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace jalon::cli {

namespace fs = std::filesystem;

OutputFile::OutputFile(const std::string& path) : place_(path) {
  std::error_code none;
  const fs::file_status status = fs::status(path, none);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    written_ = place_;
    return;
  }
  // Where a link leads: the link itself stays.
  if (fs::is_symlink(fs::symlink_status(path, none))) {
    const fs::path target = fs::canonical(path, none);
    if (!target.empty()) place_ = target.string();
  }
  written_ = place_ + "." + std::to_string(getpid()) + ".part";
}

OutputFile::~OutputFile() {
  std::error_code none;
  if (!done_ && written_ != place_) fs::remove(written_, none);
}

bool OutputFile::Commit() {
  if (written_ == place_) return done_ = true;
  std::error_code none, failed;
  const fs::file_status before = fs::status(place_, none);
  if (fs::exists(before)) fs::permissions(written_, before.permissions(), none);
  fs::rename(written_, place_, failed);
  done_ = !failed;
  return done_;
}

bool WriteWholeFile(const std::string& path, std::string_view bytes) {
  OutputFile output(path);
  std::ofstream file(output.path(), std::ios::binary);
  file << bytes;
  file.close();
  return !file.fail() && output.Commit();
}

}  // namespace jalon::cli
