#ifndef JALON_CLIENTS_CLI_WORKING_DAYS_H_
#define JALON_CLIENTS_CLI_WORKING_DAYS_H_

#include <string_view>

#include "base/date.h"

namespace jalon::cli {

// Gregorian Easter Sunday (Meeus, Jones and Butcher).
Date EasterSunday(int year);

// A public holiday in a department: the eleven of the Code du travail (article L3133-1), Whit Monday
// included, with Good Friday and 26 December in Alsace-Moselle, and the abolition of slavery overseas.
bool IsHoliday(Date date, std::string_view department);

inline bool IsWorkingDay(Date date, std::string_view department) {
  return !date.IsWeekend() && !IsHoliday(date, department);
}

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_WORKING_DAYS_H_
