#include "base/date.h"

#include <algorithm>

#include "base/text.h"

namespace jalon {
namespace {

constexpr std::chrono::sys_days kFirstDay = std::chrono::year(kFirstYear) / std::chrono::January / 1;
constexpr std::chrono::sys_days kLastDay = std::chrono::year(kLastYear) / std::chrono::December / 31;

constexpr bool InYears(int year) {
  return kFirstYear <= year && year <= kLastYear;
}

std::chrono::year_month Chrono(Month month) {
  return std::chrono::year(month.year) / std::chrono::month(month.month);
}

// The digits of a date field of a fixed width; ParseDigits alone would take any width.
std::optional<int> Field(std::string_view text, size_t position, size_t width) {
  const auto value = internal::ParseDigits(text.substr(position, width));
  if (!value) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

std::optional<Month> Month::Parse(std::string_view text) {
  if (text.size() != 7 || text[4] != '-') return std::nullopt;
  const std::optional<int> year = Field(text, 0, 4), month = Field(text, 5, 2);
  if (!year || !month || !InYears(*year) || *month < 1 || *month > 12) return std::nullopt;
  return Month{*year, static_cast<unsigned>(*month)};
}

std::string Month::ToIso() const {
  return internal::ZeroPadded(year, 4) + "-" + internal::ZeroPadded(month, 2);
}

Month Month::AddMonths(int months) const {
  // In 64 bits, and clamped before it becomes a std::chrono::year, which holds 16.
  const int64_t index = int64_t{year} * 12 + (month - 1) + months;
  const int64_t clamped = std::clamp<int64_t>(index, kFirstYear * 12, kLastYear * 12 + 11);
  return {static_cast<int>(clamped / 12), static_cast<unsigned>(clamped % 12 + 1)};
}

Date Month::FirstDay() const {
  return Date::FromDays(Chrono(*this) / 1);
}

Date Month::LastDay() const {
  return Date::FromDays(Chrono(*this) / std::chrono::last);
}

std::optional<Date> Date::Parse(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::optional<int> year = Field(text, 0, 4), month = Field(text, 5, 2), day = Field(text, 8, 2);
  if (!year || !month || !day) return std::nullopt;
  return FromYmd(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
}

std::optional<Date> Date::FromYmd(int year, unsigned month, unsigned day) {
  // std::chrono keeps month and day in eight bits: 257 would pass for 1.
  if (!InYears(year) || month > 12 || day > 31) return std::nullopt;
  const auto ymd = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  if (!ymd.ok()) return std::nullopt;
  return Date(ymd);
}

Date Date::FromDays(std::chrono::sys_days days) {
  return Date(std::clamp(days, kFirstDay, kLastDay));
}

std::string Date::ToIso() const {
  return FirstOfMonth().ToIso() + "-" + internal::ZeroPadded(static_cast<unsigned>(ymd().day()), 2);
}

Date Date::AddDays(int days) const {
  return FromDays(std::chrono::sys_days(std::chrono::days(int64_t{days_.time_since_epoch().count()} + days)));
}

Date Date::AddMonths(int months) const {
  // std::chrono lets 31 February run on into March, past the last day of the month asked for.
  const Month month = FirstOfMonth().AddMonths(months);
  return std::min(Date(Chrono(month) / ymd().day()), month.LastDay());
}

Month Date::FirstOfMonth() const {
  return {static_cast<int>(ymd().year()), static_cast<unsigned>(ymd().month())};
}

}  // namespace jalon
