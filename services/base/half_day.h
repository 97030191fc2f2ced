#ifndef JALON_BASE_HALF_DAY_H_
#define JALON_BASE_HALF_DAY_H_

#include <compare>
#include <cstdint>
#include <string>

#include "base/checked.h"
#include "base/language.h"

namespace jalon {

enum class Half { kMorning, kAfternoon };

// A day of accompaniment, for funders who count hours. Our assumption: the legal 35-hour week over five days.
inline constexpr int kHoursPerDay = 7;

// A number of half-days, the unit in which days are granted, planned and charged. Arithmetic beyond an int64
// stops the process.
class HalfDays {
 public:
  constexpr HalfDays() = default;
  constexpr explicit HalfDays(int64_t value) : value_(value) {}
  static constexpr HalfDays FromDays(int days) { return HalfDays(int64_t{days} * 2); }

  constexpr int64_t value() const { return value_; }

  friend constexpr HalfDays operator+(HalfDays a, HalfDays b) {
    return HalfDays(internal::CheckedAdd(a.value_, b.value_));
  }
  friend constexpr HalfDays operator-(HalfDays a, HalfDays b) {
    return HalfDays(internal::CheckedSubtract(a.value_, b.value_));
  }
  constexpr HalfDays& operator+=(HalfDays other) { return *this = *this + other; }
  constexpr HalfDays& operator-=(HalfDays other) { return *this = *this - other; }
  constexpr auto operator<=>(const HalfDays&) const = default;

  // "1,5 jour" or "1.5 days": French takes the plural from two on, English for all but exactly one.
  std::string FormatDays(Language language) const;

 private:
  int64_t value_ = 0;
};

}  // namespace jalon

#endif  // JALON_BASE_HALF_DAY_H_
