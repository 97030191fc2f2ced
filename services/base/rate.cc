#include "base/rate.h"

#include <algorithm>

#include "base/text.h"

namespace jalon {
namespace {

// Decimals of a percentage; a power of ten two higher must still fit an int64.
constexpr int kMaxDecimals = 16;

constexpr int64_t PowerOfTen(int exponent) {
  int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

std::optional<Rate> ParseFraction(std::string_view numerator, std::string_view denominator) {
  const auto over = internal::ParseDigits(internal::Trim(numerator));
  const auto under = internal::ParseDigits(internal::Trim(denominator));
  if (!over || !under) return std::nullopt;
  return Rate::FromUntrusted(*over, *under);
}

// Whether 1/denominator has finitely many decimals.
bool IsFinite(int64_t denominator) {
  for (const int prime : {2, 5}) {
    while (denominator % prime == 0) denominator /= prime;
  }
  return denominator == 1;
}

}  // namespace

std::optional<Rate> Rate::Parse(std::string_view text) {
  const std::string plain = internal::PlainSpaces(text);
  std::string_view number = plain;
  if (const size_t slash = number.find('/'); slash != std::string_view::npos) {
    return ParseFraction(number.substr(0, slash), number.substr(slash + 1));
  }
  const bool percent = number.ends_with('%');
  if (percent) number = internal::Trim(number.substr(0, number.size() - 1));
  const std::optional<internal::Decimal> decimal = internal::ParseDecimal(number, kMaxDecimals);
  if (!decimal) return std::nullopt;
  const Rate rate(decimal->digits, PowerOfTen(decimal->decimals + (percent ? 2 : 0)));
  if (!percent && rate > Rate(1, 1)) return std::nullopt;
  return rate;
}

std::string Rate::FormatPercent(Language language) const {
  if (!IsFinite(denominator_)) return std::to_string(numerator_) + "/" + std::to_string(denominator_);

  // Long division: a percentage is the ratio with its decimal point two digits further right.
  internal::Int128 remainder = numerator_ % denominator_;
  const auto next_digit = [&] {
    remainder *= 10;
    const char digit = static_cast<char>('0' + static_cast<int>(remainder / denominator_));
    remainder %= denominator_;
    return digit;
  };
  std::string result = std::to_string(numerator_ / denominator_);
  result.push_back(next_digit());
  result.push_back(next_digit());
  result.erase(0, std::min(result.find_first_not_of('0'), result.size() - 1));

  const bool french = language == Language::kFrench;
  if (remainder != 0) result.push_back(french ? ',' : '.');
  while (remainder != 0) result.push_back(next_digit());
  if (french) result.append(internal::kNoBreakSpace);
  return result.append("%");
}

}  // namespace jalon
