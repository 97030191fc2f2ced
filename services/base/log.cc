#include "base/log.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

namespace jalon {
namespace {

thread_local std::string_view current_trace;

void AppendJsonString(std::string& line, std::string_view text) {
  line += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      line += escape;
    } else {
      line += c;
    }
  }
  line += '"';
}

void AppendField(std::string& line, std::string_view name, std::string_view value) {
  line += line.size() > 1 ? "," : "";
  AppendJsonString(line, name);
  line += ':';
  AppendJsonString(line, value);
}

std::string Now() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(millis));
  return text;
}

}  // namespace

void Log(Severity severity, std::string_view message,
         std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  constexpr std::string_view kNames[] = {"info", "warning", "error"};
  std::string line = "{";
  AppendField(line, "time", Now());
  AppendField(line, "severity", kNames[static_cast<int>(severity)]);
  AppendField(line, "message", message);
  if (!current_trace.empty()) AppendField(line, "trace", current_trace);
  for (const auto& [name, value] : fields) AppendField(line, name, value);
  line += "}\n";
  // One write a line, so that lines of several threads never mix.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

LogTrace::LogTrace(std::string_view trace_id) : outer_(current_trace) {
  current_trace = trace_id;
}
LogTrace::~LogTrace() {
  current_trace = outer_;
}

}  // namespace jalon
