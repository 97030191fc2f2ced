#include "base/text.h"

#include <charconv>

namespace jalon::internal {
namespace {

// The length of the space that `text` starts with, 0 when it starts with something else.
size_t LeadingSpace(std::string_view text) {
  for (const std::string_view space : {std::string_view(" "), kNoBreakSpace, kNarrowNoBreakSpace}) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

std::string ReplaceSpaces(std::string_view text, std::string_view replacement) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const size_t space = LeadingSpace(text);
    result.append(space > 0 ? replacement : text.substr(0, 1));
    text.remove_prefix(space > 0 ? space : 1);
  }
  return result;
}

}  // namespace

std::string PlainSpaces(std::string_view text) {
  return std::string(Trim(ReplaceSpaces(text, " ")));
}

std::string WithoutSpaces(std::string_view text) {
  return ReplaceSpaces(text, "");
}

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<int64_t> ParseDigits(std::string_view text) {
  // from_chars would take a leading minus.
  if (text.empty() || !IsDigit(text.front())) return std::nullopt;
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped_at != end) return std::nullopt;
  return value;
}

std::optional<Decimal> ParseDecimal(std::string_view text, int max_decimals) {
  const size_t separator = text.find_first_of(".,");
  std::string digits(text.substr(0, separator));
  int decimals = 0;
  if (separator != std::string_view::npos) {
    const std::string_view fraction = text.substr(separator + 1);
    if (digits.empty() || fraction.empty() || fraction.size() > static_cast<size_t>(max_decimals)) {
      return std::nullopt;
    }
    digits.append(fraction);
    decimals = static_cast<int>(fraction.size());
  }
  const std::optional<int64_t> value = ParseDigits(digits);
  if (!value) return std::nullopt;
  return Decimal{*value, decimals};
}

std::string ZeroPadded(int64_t value, size_t width) {
  std::string digits = std::to_string(value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

}  // namespace jalon::internal
