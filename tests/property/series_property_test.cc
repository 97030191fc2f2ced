// What holds of every series, whatever the calendar.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "calendar/series.h"

namespace jalon::calendar {
namespace {

using common::v1::Reason;
using enum common::v1::Reason;

Date MondayOf(Date date) {
  return date.AddDays(1 - static_cast<int>(date.weekday().iso_encoding()));
}

// Some weeks in which each moment is free or not at random, and some weeks have little room.
rc::Gen<Moments> AnyMoments() {
  return rc::gen::exec([] {
    const int days = *rc::gen::inRange(0, 60);
    const int percent_taken = *rc::gen::inRange(0, 101);
    Moments moments;
    std::map<Date, std::optional<int>> rooms;
    const bool loads = *rc::gen::arbitrary<bool>();
    for (int day = 0; day < days; ++day) {
      const Date date = Date::FromYmd(2026, 3, 2)->AddDays(day);
      const Date monday = MondayOf(date);
      if (!rooms.contains(monday))
        rooms[monday] = loads ? std::optional(*rc::gen::inRange(0, 6)) : std::nullopt;
      const bool weekend = date.IsWeekend();
      for (const Half half : {Half::kMorning, Half::kAfternoon}) {
        const bool taken = *rc::gen::inRange(0, 100) < percent_taken;
        const Reason why = weekend              ? REASON_NON_WORKING_DAY
                           : rooms[monday] == 0 ? REASON_WEEKLY_LOAD_EXCEEDED
                           : taken              ? REASON_SLOT_TAKEN
                                                : REASON_UNSPECIFIED;
        moments.push_back({date, half, why, rooms[monday]});
      }
    }
    return moments;
  });
}

// Rising, free, within the grant and within each week.
void ExpectLawful(const Moments& moments, const Series& series, int places) {
  RC_ASSERT(std::is_sorted(series.placed.begin(), series.placed.end()));
  RC_ASSERT(std::set<size_t>(series.placed.begin(), series.placed.end()).size() == series.placed.size());
  RC_ASSERT(static_cast<int>(series.placed.size()) <= std::max(places, 0));
  std::map<Date, int> weeks;
  for (const size_t place : series.placed) {
    const Moment& moment = moments[place];
    RC_ASSERT(moment.free());
    RC_ASSERT(!moment.week_room || ++weeks[MondayOf(moment.date)] <= *moment.week_room);
  }
  for (const Skipped& skipped : series.skipped) RC_ASSERT(skipped.reason != REASON_UNSPECIFIED);
  const bool whole = !series.placed.empty() && static_cast<int>(series.placed.size()) >= series.asked;
  RC_ASSERT((series.refusal == REASON_UNSPECIFIED) == whole);
}

RC_GTEST_PROP(WeeklyProperty, PlacesAndSkipsEveryMomentOfThePatternUntilItIsDone, ()) {
  const Moments moments = *AnyMoments();
  const auto halves = *rc::gen::inRange<HalvesOfWeek>(1, 1 << 14);
  const int count = *rc::gen::inRange(0, 20), places = *rc::gen::inRange(0, 40);
  const Series series = ExpandWeekly(moments, halves, count, places);
  ExpectLawful(moments, series, places);
  if (count > 0) RC_ASSERT(static_cast<int>(series.placed.size()) <= count);
  // Every moment of the pattern is told of, until the last that counts.
  size_t named = 0;
  for (size_t i = 0; i < moments.size(); ++i) {
    const int weekday = static_cast<int>(moments[i].date.weekday().iso_encoding());
    named += (halves & BitOf(weekday, moments[i].half)) != 0;
  }
  const size_t told = series.placed.size() + series.skipped.size();
  const int most = count == 0 ? places : std::min(count, places);
  if (static_cast<int>(series.placed.size()) < most) RC_ASSERT(told == named);
  RC_ASSERT(told <= named);
}

// The most whole days that could be placed: in each week as many as are free and as it has room for.
int MostDays(const Moments& moments) {
  std::map<Date, std::pair<int, std::optional<int>>> weeks;
  for (size_t i = 0; i + 1 < moments.size(); i += 2) {
    auto& [days, room] = weeks[MondayOf(moments[i].date)];
    days += moments[i].free() && moments[i + 1].free();
    room = moments[i].week_room;
  }
  int most = 0;
  for (const auto& [monday, week] : weeks)
    most += week.second ? std::min(week.first, *week.second / 2) : week.first;
  return most;
}

RC_GTEST_PROP(SpreadProperty, FindsAPlaceForEveryDayForWhichThereIsOne, ()) {
  const Moments moments = *AnyMoments();
  const int days = *rc::gen::inRange(1, 30);
  const Series series = ExpandSpread(moments, 2 * days, std::nullopt, 1000);
  ExpectLawful(moments, series, 1000);
  RC_ASSERT(static_cast<int>(series.placed.size()) == 2 * std::min(days, MostDays(moments)));
}

RC_GTEST_PROP(SpreadProperty, OverAFreeCalendarTheDistancesDifferByOneDayAtTheMost, ()) {
  const int weeks = *rc::gen::inRange(1, 12);
  const int days = *rc::gen::inRange(1, 5 * weeks + 1);
  Moments moments;
  for (int day = 0; day < 7 * weeks; ++day) {
    const Date date = Date::FromYmd(2026, 3, 2)->AddDays(day);
    if (date.IsWeekend()) continue;
    for (const Half half : {Half::kMorning, Half::kAfternoon}) moments.push_back({date, half});
  }
  const Series series = ExpandSpread(moments, days, Half::kMorning, 1000);
  RC_ASSERT(static_cast<int>(series.placed.size()) == days);
  std::set<size_t> distances;
  for (size_t i = 1; i < series.placed.size(); ++i)
    distances.insert((series.placed[i] - series.placed[i - 1]) / 2);
  RC_ASSERT(distances.size() <= 2);
  if (distances.size() == 2) RC_ASSERT(*distances.rbegin() - *distances.begin() == 1);
}

}  // namespace
}  // namespace jalon::calendar
