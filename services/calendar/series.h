#ifndef JALON_CALENDAR_SERIES_H_
#define JALON_CALENDAR_SERIES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/date.h"
#include "base/half_day.h"
#include "base/refusal.h"

// Which half-days a pattern becomes in a calendar as it stands. Pure: the same calendar gives the same
// series.
namespace jalon::calendar {

// A morning or an afternoon of one consultant, and why no half-day of one case can be planned there.
struct Moment {
  Date date;
  Half half = Half::kMorning;
  Reason refusal = common::v1::REASON_UNSPECIFIED;  // unspecified: it is free
  // Half-days that the week still takes; none: it takes all.
  std::optional<int> week_room = {};

  bool free() const { return refusal == common::v1::REASON_UNSPECIFIED; }
};

// Moments in the order of their time, both of each day.
using Moments = std::vector<Moment>;

struct Skipped {
  size_t moment;
  Reason reason;
  bool operator==(const Skipped&) const = default;
};

struct Series {
  int asked = 0;               // half-days that the pattern asks for
  std::vector<size_t> placed;  // places in Moments, rising
  std::vector<Skipped> skipped;

  // What stands in the way of the whole; unspecified: nothing does.
  Reason refusal = common::v1::REASON_UNSPECIFIED;
};

// Halves of the week, as bit 2 * (ISO weekday - 1), and the next for the afternoon.
using HalvesOfWeek = uint32_t;
constexpr HalvesOfWeek BitOf(int iso_weekday, Half half) {
  return HalvesOfWeek{1} << (2 * (iso_weekday - 1) + (half == Half::kAfternoon ? 1 : 0));
}

// A half-day at each of these moments that is free: `count` of them, or with 0 as many as there are and as
// the `places` of the grant allow. Refused are a count that does not fit and a series of nothing.
Series ExpandWeekly(const Moments& moments, HalvesOfWeek halves, int count, int places);

// `half_days` at even distances over the days that are workable at all. Each day takes the half given, or
// else both; of an odd number the last day has the morning alone. A day that is taken gives way to the
// nearest free one, the earlier of two. Days whose week is full count as taken.
Series ExpandSpread(const Moments& moments, int half_days, std::optional<Half> half, int places);

// The free moments nearest to one, at most so many: by days between, then the same half, then the earlier.
std::vector<size_t> NearestFree(const Moments& moments, Date date, Half half, size_t most);

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_SERIES_H_
