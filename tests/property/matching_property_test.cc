#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "assignment/diary.h"
#include "assignment/matching.h"
#include "assignment/optimum.h"

// The choice for many needs at once against trying every choice, and diaries against counting day by day.
namespace jalon::assignment {
namespace {

Contest AnyContest(int most_needs, int most_people) {
  Contest contest;
  contest.needs = *rc::gen::inRange(0, most_needs + 1);
  contest.people = *rc::gen::inRange(1, most_people + 1);
  for (int person = 0; person < contest.people; ++person) contest.most.push_back(*rc::gen::inRange(0, 4));
  // Equal points are what makes a choice ambiguous, so they are drawn often.
  const auto points =
      rc::gen::oneOf(rc::gen::just(kUnfit), rc::gen::elementOf(std::vector<int>{0, 500, 980, 1000}),
                     rc::gen::inRange(0, kMostPoints + 1));
  for (int i = 0; i < contest.needs * contest.people; ++i) contest.points.push_back(*points);
  return contest;
}

struct Best {
  int placed = -1;
  int64_t points = 0;

  bool operator==(const Best&) const = default;
  bool operator<(const Best& other) const {
    return std::pair(placed, points) < std::pair(other.placed, other.points);
  }
};

// Tries everything; where `forced_need` is one, only what gives it to `forced_person`. Nothing: there is no
// such choice.
std::optional<Best> TryEverything(const Contest& contest, int forced_need = -1, int forced_person = -1) {
  std::optional<Best> best;
  std::vector<int> person_of(static_cast<size_t>(contest.needs), kNobody),
      load(static_cast<size_t>(contest.people));
  const std::function<void(int, int)> go_on = [&](int need, int placed) {
    if (need == contest.needs) {
      const Best found{placed, PointsOf(contest, person_of)};
      if (!best || *best < found) best = found;
      return;
    }
    if (need != forced_need) go_on(need + 1, placed);
    for (int person = 0; person < contest.people; ++person) {
      if (need == forced_need && person != forced_person) continue;
      const auto p = static_cast<size_t>(person);
      if (contest.PointsOf(need, person) == kUnfit || load[p] == contest.most[p]) continue;
      ++load[p];
      person_of[static_cast<size_t>(need)] = person;
      go_on(need + 1, placed + 1);
      person_of[static_cast<size_t>(need)] = kNobody;
      --load[p];
    }
  };
  go_on(0, 0);
  return best;
}

RC_GTEST_PROP(Choose, IsAsGoodAsTheBestOfAllChoices, ()) {
  const Contest contest = AnyContest(6, 4);
  const Choice choice = Choose(contest);
  const Best found{choice.placed, choice.points};
  RC_ASSERT(found == *TryEverything(contest));
}

RC_GTEST_PROP(Choose, KeepsToWhoFitsAndToWhatEachCanTake, ()) {
  const Contest contest = AnyContest(40, 12);
  const Choice choice = Choose(contest);
  std::vector<int> load(static_cast<size_t>(contest.people));
  for (int need = 0; need < contest.needs; ++need) {
    const int person = choice.person_of[static_cast<size_t>(need)];
    if (person == kNobody) continue;
    RC_ASSERT(contest.PointsOf(need, person) != kUnfit);
    ++load[static_cast<size_t>(person)];
  }
  for (size_t person = 0; person < load.size(); ++person) RC_ASSERT(load[person] <= contest.most[person]);
}

RC_GTEST_PROP(Overrides, CostWhatTheBestChoiceWithThemLoses, ()) {
  const Contest contest = AnyContest(5, 4);
  const Choice choice = Choose(contest);
  const Overrides overrides(contest, choice);
  for (int need = 0; need < contest.needs; ++need) {
    for (int person = 0; person < contest.people; ++person) {
      const auto best = TryEverything(contest, need, person);
      std::optional<int64_t> expected;
      if (best && best->placed == choice.placed) expected = choice.points - best->points;
      RC_ASSERT(overrides.Cost(need, person) == expected);
    }
  }
}

Date Day(int n) {
  return Date::Parse("2026-01-01")->AddDays(n);
}

RC_GTEST_PROP(Diary, CountsAsCountingDayByDayDoes, ()) {
  constexpr int kDays = 60;
  const WorkingWeek week{.halves = *rc::gen::inRange(1, 1 << kHalvesOfAWeek),
                         .most_half_days = *rc::gen::inRange(1, kHalvesOfAWeek + 1)};
  Diary diary(Day(0), Day(kDays - 1), week);
  std::vector<unsigned> free(kDays), taken(kDays);
  for (int n = 0; n < kDays; ++n) {
    const int weekday = static_cast<int>(Day(n).weekday().iso_encoding()) - 1;
    free[static_cast<size_t>(n)] = static_cast<unsigned>(week.halves >> (2 * weekday)) & 3;
  }
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    const int from = *rc::gen::inRange(-5, kDays + 5), until = from + *rc::gen::inRange(0, 9);
    diary.TakeOff(Day(from), Day(until));
    for (int n = std::max(from, 0); n <= std::min(until, kDays - 1); ++n) free[static_cast<size_t>(n)] = 0;
  }
  for (int i = *rc::gen::inRange(0, 30); i > 0; --i) {
    const int n = *rc::gen::inRange(0, kDays);
    const auto halves = static_cast<unsigned>(*rc::gen::inRange(1, 4));
    diary.Take(Day(n), halves);
    taken[static_cast<size_t>(n)] |= halves;
  }
  diary.Close();
  const auto count = [](unsigned halves) { return static_cast<int>((halves & 1) + (halves >> 1)); };
  const auto monday = [](int n) { return n + 1 - static_cast<int>(Day(n).weekday().iso_encoding()); };

  const int from = *rc::gen::inRange(-3, kDays + 3), until = from + *rc::gen::inRange(0, kDays);
  std::vector<int> used(kDays + 7);  // by the Monday of the week, moved by seven days
  for (int n = 0; n < kDays; ++n)
    used[static_cast<size_t>(monday(n) + 6)] += count(taken[static_cast<size_t>(n)]);
  int expected_free = 0, expected_taken = 0;
  for (int n = std::max(from, 0); n <= std::min(until, kDays - 1); ++n) {
    const unsigned here = free[static_cast<size_t>(n)] & ~taken[static_cast<size_t>(n)];
    RC_ASSERT(diary.IsFree(Day(n), true) == ((here & 1) != 0));
    RC_ASSERT(diary.IsFree(Day(n), false) == ((here & 2) != 0));
    expected_taken += count(taken[static_cast<size_t>(n)]);
    for (int half = count(here); half > 0; --half) {
      int& of_week = used[static_cast<size_t>(monday(n) + 6)];
      if (of_week >= week.most_half_days) continue;
      ++of_week;
      ++expected_free;
    }
  }
  RC_ASSERT(diary.FreeBetween(Day(from), Day(until)) == expected_free);
  RC_ASSERT(diary.TakenBetween(Day(from), Day(until)) == expected_taken);
}

// Whoever takes as many needs as MostNeeds says, whichever they are, can place them all: each in its own
// period.
RC_GTEST_PROP(MostNeeds, LeavesRoomForWhicheverAreTaken, ()) {
  constexpr int kDays = 40;
  Person person{.diary = Diary(Day(0), Day(kDays - 1), {})};
  for (int i = *rc::gen::inRange(0, 20); i > 0; --i)
    person.diary.Take(Day(*rc::gen::inRange(0, kDays)), static_cast<unsigned>(*rc::gen::inRange(1, 4)));
  person.diary.Close();
  std::vector<CaseNeed> needs;
  std::vector<Score> scores;
  for (int i = *rc::gen::inRange(1, 5); i > 0; --i) {
    const int from = *rc::gen::inRange(0, kDays), until = *rc::gen::inRange(from, kDays);
    needs.push_back(
        {.programme = "p", .from = Day(from), .until = Day(until), .half_days = *rc::gen::inRange(0, 20)});
    scores.push_back(Judge(needs.back(), person, {}, Day(0)));
  }
  std::vector<const Score*> of_person;
  for (const Score& score : scores) of_person.push_back(&score);
  const int most = MostNeeds(needs, of_person);

  for (unsigned set = 0; set < 1u << needs.size(); ++set) {
    std::vector<const CaseNeed*> taken;
    bool fit = true;
    for (size_t i = 0; i < needs.size(); ++i) {
      if ((set >> i & 1) == 0) continue;
      taken.push_back(&needs[i]);
      fit = fit && scores[i].fit();
    }
    if (!fit || taken.size() > static_cast<size_t>(most)) continue;
    // One after the other, each half-day where it can be.
    std::vector<unsigned> left(kDays);
    for (int n = 0; n < kDays; ++n)
      left[static_cast<size_t>(n)] =
          (person.diary.IsFree(Day(n), true) ? 1u : 0u) | (person.diary.IsFree(Day(n), false) ? 2u : 0u);
    for (const CaseNeed* need : taken) {
      int wanted = need->half_days;
      for (Date day = need->from; day <= need->until && wanted > 0; day = day.AddDays(1)) {
        unsigned& here = left[static_cast<size_t>(Day(0).DaysUntil(day))];
        for (; here != 0 && wanted > 0; --wanted) here &= here - 1;
      }
      RC_ASSERT(wanted == 0);
    }
  }
}

}  // namespace
}  // namespace jalon::assignment
