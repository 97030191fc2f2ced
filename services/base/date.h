#ifndef JALON_BASE_DATE_H_
#define JALON_BASE_DATE_H_

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace jalon {

// The years a date may lie in. A company older than 1900 or a term after 2199 is a typing error here, and so
// are the 0001-01-01 and 9999-12-31 that some registers write for "unknown".
inline constexpr int kFirstYear = 1900;
inline constexpr int kLastYear = 2199;

class Date;

// A calendar month: the unit of approval, closing and summaries. Aggregate, so whoever fills it by hand sees
// to it that year and month exist; Parse and the functions below only make such ones.
struct Month {
  int year;
  unsigned month;  // 1 to 12

  // Strictly YYYY-MM, within the years above.
  static std::optional<Month> Parse(std::string_view text);
  std::string ToIso() const;
  Month AddMonths(int months) const;  // stays at the first or last month of the years above
  Date FirstDay() const;
  Date LastDay() const;
  constexpr auto operator<=>(const Month&) const = default;
};

// A civil date of the proleptic Gregorian calendar, without time or time zone. There is no Today(): rules
// take the date they judge as an argument, so that a past decision can be recomputed; the border asks the
// clock. Arithmetic that would leave the years above stays at their first or last day.
class Date {
 public:
  // Strictly ISO 8601 YYYY-MM-DD, a day that exists, within the years above.
  static std::optional<Date> Parse(std::string_view text);
  static std::optional<Date> FromYmd(int year, unsigned month, unsigned day);
  // The day of a clock reading the caller took, already in the civil time it means.
  static Date FromDays(std::chrono::sys_days days);

  std::string ToIso() const;
  constexpr std::chrono::sys_days days() const { return days_; }
  constexpr std::chrono::year_month_day ymd() const { return days_; }
  constexpr std::chrono::weekday weekday() const { return std::chrono::weekday(days_); }
  constexpr bool IsWeekend() const { return weekday().iso_encoding() >= 6; }

  Date AddDays(int days) const;
  // The same day of another month, or that month's last day when it is shorter: 31 January + 1 is 28 or 29
  // February, as for a term in months under Regulation (EEC, Euratom) 1182/71, article 3(2)(c).
  Date AddMonths(int months) const;
  // Negative when `other` is earlier.
  constexpr int DaysUntil(Date other) const { return static_cast<int>((other.days_ - days_).count()); }
  // The month this date lies in; its FirstDay() is the first of that month as a date.
  Month FirstOfMonth() const;

  constexpr auto operator<=>(const Date&) const = default;

 private:
  constexpr explicit Date(std::chrono::sys_days days) : days_(days) {}

  std::chrono::sys_days days_;
};

}  // namespace jalon

#endif  // JALON_BASE_DATE_H_
