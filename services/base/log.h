#ifndef JALON_BASE_LOG_H_
#define JALON_BASE_LOG_H_

#include <initializer_list>
#include <string_view>
#include <utility>

namespace jalon {

enum class Severity { kInfo, kWarning, kError };

// Writes one line of JSON to standard error: time, severity, message, the trace of the call under way,
// fields. Never pass it a secret or personal data.
void Log(Severity severity, std::string_view message,
         std::initializer_list<std::pair<std::string_view, std::string_view>> fields = {});

// Names the trace of the call that this thread works for, as long as it lives.
class LogTrace {
 public:
  explicit LogTrace(std::string_view trace_id);
  ~LogTrace();
  LogTrace(const LogTrace&) = delete;
  LogTrace& operator=(const LogTrace&) = delete;

 private:
  std::string_view outer_;
};

}  // namespace jalon

#endif  // JALON_BASE_LOG_H_
