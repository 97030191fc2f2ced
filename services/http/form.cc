#include "http/form.h"

#include <algorithm>
#include <utility>

namespace jalon::http {
namespace {

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

std::optional<std::string> Decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>(*high << 4 | *low);
    i += 2;
  }
  return decoded;
}

}  // namespace

std::optional<Form> ParseForm(std::string_view body, size_t most) {
  Form form;
  while (!body.empty()) {
    const std::string_view field = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), field.size() + 1));
    if (field.empty()) continue;
    if (form.size() == most) return std::nullopt;
    const size_t equals = std::min(field.find('='), field.size());
    auto name = Decoded(field.substr(0, equals));
    auto value = Decoded(field.substr(std::min(field.size(), equals + 1)));
    if (!name || !value || !form.emplace(*std::move(name), *std::move(value)).second) return std::nullopt;
  }
  return form;
}

}  // namespace jalon::http
