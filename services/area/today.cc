#include "area/today.h"

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace jalon::area {

Date Today() {
  static const absl::TimeZone paris = [] {
    absl::TimeZone zone;
    // Without zone data, the day changes an hour or two late: better than not to start.
    if (!absl::LoadTimeZone("Europe/Paris", &zone)) zone = absl::UTCTimeZone();
    return zone;
  }();
  const absl::CivilDay day = absl::ToCivilDay(absl::Now(), paris);
  return Date::FromDays(std::chrono::sys_days(std::chrono::days(day - absl::CivilDay(1970, 1, 1))));
}

std::vector<Violation> StillToCome(std::initializer_list<DatedField> fields) {
  const std::string today = Today().ToIso();  // dates in ISO 8601 compare as text
  std::vector<Violation> violations;
  for (const DatedField& one : fields) {
    if (one.iso <= today) continue;
    violations.push_back(
        {one.field, "au plus tard aujourd’hui, le " + today, "today, " + today + ", at the latest"});
  }
  return violations;
}

}  // namespace jalon::area
