#include "base/paris.h"

#include <chrono>

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"

namespace jalon {

absl::TimeZone Paris() {
  static const absl::TimeZone paris = [] {
    absl::TimeZone zone;
    if (!absl::LoadTimeZone("Europe/Paris", &zone)) zone = absl::UTCTimeZone();
    return zone;
  }();
  return paris;
}

Date DayInParis(int64_t unix_seconds) {
  const absl::CivilDay day = absl::ToCivilDay(absl::FromUnixSeconds(unix_seconds), Paris());
  return Date::FromDays(std::chrono::sys_days(std::chrono::days(day - absl::CivilDay(1970, 1, 1))));
}

Date Today() {
  return DayInParis(absl::ToUnixSeconds(absl::Now()));
}

}  // namespace jalon
