#ifndef JALON_BASE_CENTS_H_
#define JALON_BASE_CENTS_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/checked.h"
#include "base/language.h"

namespace jalon {

// The largest amount either side of zero, 90 trillion euros: far above any programme, and below 2^53, so an
// amount also survives a passage through JavaScript and XLSX numbers unharmed.
inline constexpr int64_t kMaxCents = 9'000'000'000'000'000;

// An exact amount of euros, in cents. Never beyond ±kMaxCents: arithmetic that would leave these limits stops
// the process, so an amount in hand can be trusted. What comes from outside enters through FromUntrusted or
// ParseEuros, which refuse instead.
class Cents {
 public:
  constexpr Cents() = default;
  constexpr explicit Cents(int64_t value) : value_(value) {
    if (!InLimits(value)) internal::Fatal("an amount of money is out of limits");
  }

  static constexpr std::optional<Cents> FromUntrusted(int64_t value) {
    if (!InLimits(value)) return std::nullopt;
    return Cents(value);
  }

  constexpr int64_t value() const { return value_; }

  // Two amounts in limits cannot overflow an int64; the constructor checks the limits.
  friend constexpr Cents operator+(Cents a, Cents b) { return Cents(a.value_ + b.value_); }
  friend constexpr Cents operator-(Cents a, Cents b) { return Cents(a.value_ - b.value_); }
  constexpr Cents operator-() const { return Cents(-value_); }
  constexpr Cents& operator+=(Cents other) { return *this = *this + other; }
  constexpr Cents& operator-=(Cents other) { return *this = *this - other; }
  friend constexpr Cents operator*(Cents amount, int64_t count) {
    return Cents(internal::CheckedMultiply(amount.value_, count));
  }
  friend constexpr Cents operator*(int64_t count, Cents amount) { return amount * count; }
  constexpr auto operator<=>(const Cents&) const = default;

 private:
  static constexpr bool InLimits(int64_t value) { return -kMaxCents <= value && value <= kMaxCents; }

  int64_t value_ = 0;
};

// amount × numerator ÷ denominator to the nearest cent, exactly. A half cent goes away from zero, as in
// common commercial rounding: −x rounds to minus what x rounds to, so a reversing entry cancels its original
// to the cent. Stops the process when `denominator` ≤ 0 or the result is beyond ±kMaxCents.
constexpr Cents MulDivHalfUp(Cents amount, int64_t numerator, int64_t denominator) {
  if (denominator <= 0) internal::Fatal("a denominator is not positive");
  const auto product = static_cast<internal::Int128>(amount.value()) * numerator;  // below 2^117
  const auto half = product < 0 ? -static_cast<internal::Int128>(denominator) : denominator;
  const auto rounded = (2 * product + half) / (static_cast<internal::Int128>(denominator) * 2);
  if (rounded < -kMaxCents || rounded > kMaxCents) internal::Fatal("an amount of money is out of limits");
  return Cents(static_cast<int64_t>(rounded));
}

// "13 000,00 €" (U+202F between thousands, U+00A0 before the sign) or "€13,000.00". A minus sign comes first.
std::string FormatEuros(Cents amount, Language language);

// Reads "13000", "13 000,00 €", "-13000.5 EUR": at most two decimals after a dot or a comma, thousands
// possibly set apart by an ASCII, no-break or narrow no-break space. A comma never separates thousands:
// "13,000" could be 13 or 13,000 euros, and money is not guessed.
std::optional<Cents> ParseEuros(std::string_view text);

}  // namespace jalon

#endif  // JALON_BASE_CENTS_H_
