#include "storage/sqlstate.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/refusal.h"
#include "storage/pqxx_compat.h"

namespace jalon::storage {
namespace {

using namespace common::v1;

// The primary message of "ERROR:  SLOT_TAKEN {...}\nCONTEXT: ...".
std::string_view PrimaryMessage(std::string_view what) {
  const size_t start = what.find(":  ");
  if (start != std::string_view::npos) what.remove_prefix(start + 3);
  return what.substr(0, what.find('\n'));
}

// UTF-8 of the four hexadecimal digits of "\\u001f"; PostgreSQL escapes control characters alone so.
void AppendEscaped(std::string_view digits, std::string* text) {
  unsigned code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (digits.size() != 4 || error != std::errc() || end != digits.data() + digits.size() || code > 0x7f)
    return;
  text->push_back(static_cast<char>(code));
}

// The character that a backslash and `c` stand for in JSON.
char Unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    default:
      return c;
  }
}

// The flat object of strings that common.refuse writes after the reason: {"case_id": "12"}.
Metadata ParseMetadata(std::string_view json) {
  Metadata metadata;
  std::string key, text;
  bool quoted = false, have_key = false;
  for (size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (quoted && c == '\\' && at + 1 < json.size()) {
      if (json[++at] == 'u') {
        AppendEscaped(json.substr(at + 1, 4), &text);
        at += std::min<size_t>(4, json.size() - at - 1);
      } else {
        text += Unescaped(json[at]);
      }
    } else if (c == '"') {
      quoted = !quoted;
      if (quoted) {
        text.clear();
      } else if (have_key) {
        metadata[key] = text;
        have_key = false;
      } else {
        key = text;
        have_key = true;
      }
    } else if (quoted) {
      text += c;
    } else if (c == 'n' && have_key) {
      have_key = false;  // null
    }
  }
  return metadata;
}

absl::Status Raised(std::string_view what) {
  const std::string_view message = PrimaryMessage(what);
  const size_t space = message.find(' ');
  const Reason reason = ReasonFromName(message.substr(0, space));
  return Refuse(reason == REASON_UNSPECIFIED ? REASON_INTERNAL : reason,
                space == std::string_view::npos ? Metadata{} : ParseMetadata(message.substr(space + 1)));
}

// Of two commands under one request id at the same instant, the second breaks this constraint
// (common.remember).
bool LostRaceForRequestId(std::string_view what) {
  return what.find("\"request_once\"") != std::string_view::npos;
}

Fault Contended() {
  return {.status = Refuse(REASON_CONTENDED), .again = true};
}
Fault Away() {
  return {.status = Refuse(REASON_DATABASE_AWAY), .broken = true};
}

}  // namespace

Fault FaultOfState(std::string_view state, std::string_view what, const char* statement) {
  if (state == "JL001") return {.status = Raised(what)};
  if (state == "40001" || state == "40P01" || state == "55P03") return Contended();
  if (state == "23505" && LostRaceForRequestId(what)) return Contended();
  // A cancellation meant for the statement before may reach this one: run it again, unless its own caller
  // left.
  if (state == "57014") return {.status = Refuse(REASON_DEADLINE_PASSED), .again = true, .cancelled = true};
  if (state.starts_with("08") || state.starts_with("57P") || state == "53300" || state == "25006")
    return Away();
  Log(Severity::kError, "statement failed", {{"statement", statement}, {"sqlstate", state}, {"error", what}});
  return {.status = Refuse(REASON_INTERNAL)};
}

// serialization_failure and deadlock_detected carry no SQLSTATE in libpqxx 6.4, hence their own branches.
Fault FaultOf(const std::exception& error, const char* statement) {
  if (dynamic_cast<const pqxx::broken_connection*>(&error) != nullptr) return Away();
  if (dynamic_cast<const pqxx::serialization_failure*>(&error) != nullptr) return Contended();
  if (dynamic_cast<const pqxx::deadlock_detected*>(&error) != nullptr) return Contended();
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error))
    return FaultOfState(sql->sqlstate(), sql->what(), statement);
  // What libpqxx says when the server closed the connection under it.
  if (std::strstr(error.what(), "onnection") != nullptr) return Away();
  Log(Severity::kError, "statement failed", {{"statement", statement}, {"error", error.what()}});
  return {.status = Refuse(REASON_INTERNAL), .broken = true};
}

}  // namespace jalon::storage
