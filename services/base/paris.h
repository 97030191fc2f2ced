#ifndef JALON_BASE_PARIS_H_
#define JALON_BASE_PARIS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "base/date.h"

// The clock of metropolitan France, where the programmes are run, whatever the machine's.
namespace jalon {

// UTC on a machine without zone data: an hour or two off is better than not to start.
absl::TimeZone Paris();

Date DayInParis(int64_t unix_seconds);
Date Today();

}  // namespace jalon

#endif  // JALON_BASE_PARIS_H_
