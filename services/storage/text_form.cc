#include "storage/text_form.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "base/date.h"

namespace jalon::storage {

void Defect(std::string_view what, std::string_view name) {
  std::fprintf(stderr, "storage: %.*s %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(name.size()), name.data());
  std::abort();
}

int64_t ParseInt(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) Defect("not an integer:", text);
  return value;
}

std::string FromHex(std::string_view text) {
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 2; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(nibble(text[i]) << 4 | nibble(text[i + 1]));
  return bytes;
}

Instant ParseInstant(std::string_view text) {
  const auto number = [&](size_t at, size_t count) {
    return at + count <= text.size() ? ParseInt(text.substr(at, count)) : 0;
  };
  const auto day = Date::Parse(text.substr(0, 10));
  if (!day) Defect("not a timestamp:", text);
  const int64_t days = day->days().time_since_epoch().count();
  Instant instant{days * 86400 + number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2), 0};
  if (text.size() > 20 && text[19] == '.') {
    int32_t scale = 100000000;
    for (size_t at = 20; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
      instant.nanos += (text[at] - '0') * scale;
  }
  return instant;
}

}  // namespace jalon::storage
