#ifndef JALON_STORAGE_TEXT_FORM_H_
#define JALON_STORAGE_TEXT_FORM_H_

#include <cstdint>
#include <string>
#include <string_view>

// Values as PostgreSQL writes them, read back. What is not in that form is a defect and ends the process: it
// comes from our own statements, never from a caller.
namespace jalon::storage {

[[noreturn]] void Defect(std::string_view what, std::string_view name);

int64_t ParseInt(std::string_view text);

// The bytes of a bytea, '\x0a1b'.
std::string FromHex(std::string_view text);

// As a google.protobuf.Timestamp has it.
struct Instant {
  int64_t seconds;  // since 1970, UTC
  int32_t nanos;
};

// PostgreSQL's "2026-03-14 09:26:53.589793+00", in a session whose time zone is UTC.
Instant ParseInstant(std::string_view text);

// One-dimensional arrays only, as '{a,"b c"}'.
template <class Visit>
void ForEachElement(std::string_view array, Visit visit) {
  std::string element;
  for (size_t at = 1; at + 1 < array.size();) {
    element.clear();
    if (array[at] == '"') {
      for (++at; at < array.size() && array[at] != '"'; ++at) {
        if (array[at] == '\\' && at + 1 < array.size()) ++at;
        element += array[at];
      }
      ++at;
    } else {
      while (at + 1 < array.size() && array[at] != ',') element += array[at++];
    }
    visit(element);
    ++at;
  }
}

}  // namespace jalon::storage

#endif  // JALON_STORAGE_TEXT_FORM_H_
