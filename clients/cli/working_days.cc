#include "clients/cli/working_days.h"

#include <array>

namespace jalon::cli {
namespace {

struct MonthDay {
  unsigned month;
  unsigned day;
};
constexpr std::array<MonthDay, 8> kFixed = {
    {{1, 1}, {5, 1}, {5, 8}, {7, 14}, {8, 15}, {11, 1}, {11, 11}, {12, 25}}};

struct LocalDay {
  std::string_view department;
  MonthDay day;
};
constexpr std::array<LocalDay, 5> kAbolition = {{{"971", {5, 27}},    // Guadeloupe
                                                 {"972", {5, 22}},    // Martinique
                                                 {"973", {6, 10}},    // Guyane
                                                 {"974", {12, 20}},   // La Réunion
                                                 {"976", {4, 27}}}};  // Mayotte

bool IsAlsaceMoselle(std::string_view department) {
  return department == "57" || department == "67" || department == "68";
}

}  // namespace

Date EasterSunday(int year) {
  const int a = year % 19, b = year / 100, c = year % 100;
  const int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30;
  const int i = c / 4, k = c % 4;
  const int l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int month = (h + l - 7 * m + 114) / 31;
  const int day = (h + l - 7 * m + 114) % 31 + 1;
  return *Date::FromYmd(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

bool IsHoliday(Date date, std::string_view department) {
  const auto ymd = date.ymd();
  const unsigned month = static_cast<unsigned>(ymd.month());
  const unsigned day = static_cast<unsigned>(ymd.day());
  for (const MonthDay fixed : kFixed) {
    if (fixed.month == month && fixed.day == day) return true;
  }
  const int after_easter = EasterSunday(static_cast<int>(ymd.year())).DaysUntil(date);
  constexpr int kEasterMonday = 1, kAscension = 39, kWhitMonday = 50, kGoodFriday = -2;
  if (after_easter == kEasterMonday || after_easter == kAscension || after_easter == kWhitMonday) return true;
  if (IsAlsaceMoselle(department)) return after_easter == kGoodFriday || (month == 12 && day == 26);
  for (const LocalDay& local : kAbolition) {
    if (local.department == department && local.day.month == month && local.day.day == day) return true;
  }
  return false;
}

}  // namespace jalon::cli
