#include "calendar/series.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace jalon::calendar {
namespace {

using common::v1::Reason;
using enum common::v1::Reason;

int IsoWeekday(Date date) {
  return static_cast<int>(date.weekday().iso_encoding());
}

Date MondayOf(Date date) {
  return date.AddDays(1 - IsoWeekday(date));
}

// The room that weeks have left while a series fills them.
class Weeks {
 public:
  bool Takes(const Moment& moment, int half_days) const {
    if (!moment.week_room) return true;
    const auto used = used_.find(MondayOf(moment.date));
    return (used == used_.end() ? 0 : used->second) + half_days <= *moment.week_room;
  }
  void Add(const Moment& moment) { ++used_[MondayOf(moment.date)]; }

 private:
  std::map<Date, int> used_;
};

// Reasons that lie in the day itself, whoever is asked: on such a day a spread has no place to begin with.
bool IsUnworkable(Reason reason) {
  return reason == REASON_NOT_ASSIGNED || reason == REASON_OUTSIDE_WINDOW ||
         reason == REASON_NON_WORKING_DAY || reason == REASON_PHASE_WINDOW_CLOSED ||
         reason == REASON_CONSULTANT_NOT_WORKING;
}

// Where nothing was placed and all moments have one reason, that is the answer.
Reason RefusalOf(const Series& series, const std::vector<Reason>& met, int places) {
  if (static_cast<int>(series.placed.size()) >= series.asked && !series.placed.empty())
    return REASON_UNSPECIFIED;
  if (places <= 0) return REASON_GRANT_EXHAUSTED;
  const bool one_reason = !met.empty() && std::equal(met.begin() + 1, met.end(), met.begin());
  return series.placed.empty() && one_reason ? met.front() : REASON_SERIES_DOES_NOT_FIT;
}

// The moments of a day that a spread would take.
struct Day {
  size_t first;  // place of the first in Moments
  int half_days;
};

// Days that have all the halves wanted, whether they are free or not.
std::vector<Day> WorkableDays(const Moments& moments, std::optional<Half> half, std::vector<Reason>* met) {
  std::vector<Day> days;
  for (size_t i = 0; i < moments.size(); ++i) {
    const bool pair = !half && i + 1 < moments.size() && moments[i].half == Half::kMorning &&
                      moments[i + 1].date == moments[i].date;
    if (half ? moments[i].half != *half : !pair) continue;
    const Reason why =
        !IsUnworkable(moments[i].refusal) && pair ? moments[i + 1].refusal : moments[i].refusal;
    if (IsUnworkable(why)) {
      met->push_back(why);
      continue;
    }
    days.push_back({i, pair ? 2 : 1});
  }
  return days;
}

// Spreads a number of half-days over days; what it has placed so far stands in `series`.
class Spreading {
 public:
  Spreading(const Moments& moments, const std::vector<Day>& days, Series* series)
      : moments_(moments), days_(days), used_(days.size()), series_(series) {}

  // Places `half_days` at the free day nearest to the `nth` of `count` even places; false when there is none.
  bool Place(int nth, int count, int half_days) {
    const size_t ideal = (2 * static_cast<size_t>(nth) + 1) * days_.size() / (2 * static_cast<size_t>(count));
    for (const size_t day : FromNearest(ideal)) {
      if (used_[day]) continue;
      const Reason why = WhyNot(day, half_days);
      if (why == REASON_UNSPECIFIED) {
        Take(day, half_days);
        return true;
      }
      if (day == ideal) series_->skipped.push_back({days_[day].first, why});
    }
    return false;
  }

  Reason WhyNot(size_t day, int half_days) const {
    for (int h = 0; h < half_days; ++h) {
      const Moment& moment = moments_[days_[day].first + static_cast<size_t>(h)];
      if (!moment.free()) return moment.refusal;
    }
    return weeks_.Takes(moments_[days_[day].first], half_days) ? REASON_UNSPECIFIED
                                                               : REASON_WEEKLY_LOAD_EXCEEDED;
  }

 private:
  std::vector<size_t> FromNearest(size_t ideal) const {
    std::vector<size_t> order = {ideal};
    for (size_t distance = 1; distance < days_.size(); ++distance) {
      if (distance <= ideal) order.push_back(ideal - distance);
      if (ideal + distance < days_.size()) order.push_back(ideal + distance);
    }
    return order;
  }

  void Take(size_t day, int half_days) {
    used_[day] = true;
    for (int h = 0; h < half_days; ++h) {
      const size_t moment = days_[day].first + static_cast<size_t>(h);
      weeks_.Add(moments_[moment]);
      series_->placed.push_back(moment);
    }
  }

  const Moments& moments_;
  const std::vector<Day>& days_;
  std::vector<bool> used_;
  Weeks weeks_;
  Series* series_;
};

}  // namespace

Series ExpandWeekly(const Moments& moments, HalvesOfWeek halves, int count, int places) {
  Series series{.asked = count, .placed = {}, .skipped = {}};
  Weeks weeks;
  std::vector<Reason> met;
  for (size_t i = 0; i < moments.size(); ++i) {
    const Moment& moment = moments[i];
    const int placed = static_cast<int>(series.placed.size());
    if (placed == places || (count > 0 && placed == count)) break;
    if ((halves & BitOf(IsoWeekday(moment.date), moment.half)) == 0) continue;
    const Reason why = !moment.free()           ? moment.refusal
                       : weeks.Takes(moment, 1) ? REASON_UNSPECIFIED
                                                : REASON_WEEKLY_LOAD_EXCEEDED;
    if (why == REASON_UNSPECIFIED) {
      weeks.Add(moment);
      series.placed.push_back(i);
    } else {
      series.skipped.push_back({i, why});
      met.push_back(why);
    }
  }
  if (count == 0) series.asked = std::max(1, static_cast<int>(series.placed.size()));
  series.refusal = RefusalOf(series, met, places);
  return series;
}

Series ExpandSpread(const Moments& moments, int half_days, std::optional<Half> half, int places) {
  Series series{.asked = half_days, .placed = {}, .skipped = {}};
  std::vector<Reason> met;
  const std::vector<Day> days = WorkableDays(moments, half, &met);
  const int a_day = half ? 1 : 2, count = (half_days + a_day - 1) / a_day;
  Spreading spreading(moments, days, &series);
  for (int nth = 0; nth < count && !days.empty(); ++nth) {
    const int rest = std::min(half_days, places) - static_cast<int>(series.placed.size());
    if (rest <= 0 || !spreading.Place(nth, count, std::min(a_day, rest))) break;
  }
  if (series.placed.empty() && !days.empty()) {
    met.clear();  // of days that could be, the first reason is another
    for (size_t day = 0; day < days.size(); ++day) met.push_back(spreading.WhyNot(day, days[day].half_days));
  }
  std::sort(series.placed.begin(), series.placed.end());
  std::sort(series.skipped.begin(), series.skipped.end(),
            [](const Skipped& a, const Skipped& b) { return a.moment < b.moment; });
  series.skipped.erase(std::unique(series.skipped.begin(), series.skipped.end()), series.skipped.end());
  series.refusal = RefusalOf(series, met, places);
  return series;
}

std::vector<size_t> NearestFree(const Moments& moments, Date date, Half half, size_t most) {
  const auto distance = [&](size_t place) {
    const Moment& moment = moments[place];
    return std::tuple(std::abs(date.DaysUntil(moment.date)), moment.half != half, place);
  };
  std::vector<size_t> found;
  for (size_t i = 0; i < moments.size(); ++i)
    if (moments[i].free() && !(moments[i].date == date && moments[i].half == half)) found.push_back(i);
  std::sort(found.begin(), found.end(), [&](size_t a, size_t b) { return distance(a) < distance(b); });
  found.resize(std::min(found.size(), most));
  return found;
}

}  // namespace jalon::calendar
