#include "calendar/board.h"

#include <algorithm>

namespace jalon::calendar {

HalfDayBits OffHalfDays(Date from, int days, std::optional<HalvesOfWeek> week, const std::set<Date>& holidays,
                        const DaysAbsent& absent) {
  HalfDayBits off(2 * days);
  for (int day = 0; day < days; ++day) {
    const Date date = from.AddDays(day);
    const bool closed = date.IsWeekend() || holidays.contains(date);
    for (const Half half : {Half::kMorning, Half::kAfternoon}) {
      const bool works =
          (week.value_or(kOrdinaryWeek) & BitOf(static_cast<int>(date.weekday().iso_encoding()), half)) != 0;
      if (closed || !works) off.Set(2 * day + (half == Half::kAfternoon ? 1 : 0));
    }
  }
  for (const auto& [first, last] : absent)
    for (int n = 2 * std::max(first, 0); n < 2 * std::min(last + 1, days); ++n) off.Set(n);
  return off;
}

}  // namespace jalon::calendar
