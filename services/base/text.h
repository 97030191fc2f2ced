#ifndef JALON_BASE_TEXT_H_
#define JALON_BASE_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jalon::internal {

// UTF-8. French typography asks for the narrow one between thousands and for a no-break one before € and %.
inline constexpr std::string_view kNoBreakSpace = "\u00A0";
inline constexpr std::string_view kNarrowNoBreakSpace = "\u202F";

// Locale-free on purpose: std::isdigit depends on the process locale and is undefined on negative char.
constexpr bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// `text` with the two no-break spaces above turned into ASCII spaces, and none left at either end.
std::string PlainSpaces(std::string_view text);

// `text` without any of those spaces: identifiers are pasted in groups ("732 829 320").
std::string WithoutSpaces(std::string_view text);

std::string_view Trim(std::string_view text);

// One or more ASCII digits, nothing else, that fit an int64.
std::optional<int64_t> ParseDigits(std::string_view text);

// digits / 10^decimals, kept as written: "54,66" is {5466, 2}.
struct Decimal {
  int64_t digits;
  int decimals;
};

// "13000", "0.5", "54,66": one or more digits, then possibly a dot or a comma and 1 to `max_decimals` digits.
// No sign, no grouping, and not more digits than fit an int64.
std::optional<Decimal> ParseDecimal(std::string_view text, int max_decimals);

// `value` ≥ 0 in decimal, padded with zeros on the left to `width`.
std::string ZeroPadded(int64_t value, size_t width);

}  // namespace jalon::internal

#endif  // JALON_BASE_TEXT_H_
