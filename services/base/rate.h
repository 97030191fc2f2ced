#ifndef JALON_BASE_RATE_H_
#define JALON_BASE_RATE_H_

#include <compare>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>

#include "base/cents.h"
#include "base/checked.h"
#include "base/language.h"

namespace jalon {

// An exact share, zero or more, as a fraction in lowest terms: published rates such as 54.66 % or one third
// have no exact floating-point value.
class Rate {
 public:
  constexpr Rate() = default;
  // Stops the process unless numerator ≥ 0 and denominator > 0; FromUntrusted refuses instead.
  constexpr Rate(int64_t numerator, int64_t denominator) {
    if (numerator < 0 || denominator <= 0) internal::Fatal("a rate is not a fraction of zero or more");
    const int64_t divisor = std::gcd(numerator, denominator);
    numerator_ = numerator / divisor;
    denominator_ = denominator / divisor;
  }

  static constexpr Rate FromPercent(int64_t percent) { return Rate(percent, 100); }
  static constexpr std::optional<Rate> FromUntrusted(int64_t numerator, int64_t denominator) {
    if (numerator < 0 || denominator <= 0) return std::nullopt;
    return Rate(numerator, denominator);
  }

  // Reads "42 %", "54,66%", "1/3" and "0.42". A bare number above one is refused: "42" is almost surely a
  // forgotten percent sign, and 4,200 % a costly reading of it.
  static std::optional<Rate> Parse(std::string_view text);

  constexpr int64_t numerator() const { return numerator_; }
  constexpr int64_t denominator() const { return denominator_; }

  // This share of `amount`, rounded as MulDivHalfUp does and under its limits: bound a rate that comes from
  // outside (coverage never exceeds 1) before applying it.
  constexpr Cents Of(Cents amount) const { return MulDivHalfUp(amount, numerator_, denominator_); }

  // "54,66 %" (with a no-break space) or "54.66%", in full when the percentage has finitely many decimals;
  // otherwise the fraction itself, "1/3". Parse reads back what this writes, up to 16 digits.
  std::string FormatPercent(Language language) const;

  friend constexpr bool operator==(const Rate&, const Rate&) = default;
  friend constexpr std::strong_ordering operator<=>(const Rate& a, const Rate& b) {
    const auto left = static_cast<internal::Int128>(a.numerator_) * b.denominator_;
    const auto right = static_cast<internal::Int128>(b.numerator_) * a.denominator_;
    return left < right   ? std::strong_ordering::less
           : left > right ? std::strong_ordering::greater
                          : std::strong_ordering::equal;
  }

 private:
  int64_t numerator_ = 0;
  int64_t denominator_ = 1;
};

}  // namespace jalon

#endif  // JALON_BASE_RATE_H_
