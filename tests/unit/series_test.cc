// Patterns become half-days: every week, spread out, and what lies nearest.
#include "calendar/series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calendar/board.h"

namespace jalon::calendar {
namespace {

using common::v1::Reason;
using enum common::v1::Reason;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Date D(const char* iso) {
  return *Date::Parse(iso);
}

// Days from one on, all free but weekends.
Moments FreeFrom(const char* first, int days) {
  Moments moments;
  for (int day = 0; day < days; ++day) {
    const Date date = D(first).AddDays(day);
    const Reason why = date.IsWeekend() ? REASON_NON_WORKING_DAY : REASON_UNSPECIFIED;
    for (const Half half : {Half::kMorning, Half::kAfternoon}) moments.push_back({date, half, why});
  }
  return moments;
}

void Take(Moments& moments, const char* date, Reason why) {
  for (Moment& moment : moments)
    if (moment.date == D(date)) moment.refusal = why;
}

std::vector<std::string> Told(const Moments& moments, const std::vector<size_t>& places) {
  std::vector<std::string> told;
  for (const size_t place : places)
    told.push_back(moments[place].date.ToIso() + (moments[place].half == Half::kMorning ? ":am" : ":pm"));
  return told;
}

constexpr int kTuesday = 2, kFriday = 5;

TEST(Weekly, GoesOnUntilTheGrantIsUsed) {
  const Moments moments = FreeFrom("2026-03-03", 60);
  const Series series = ExpandWeekly(moments, BitOf(kTuesday, Half::kMorning), 0, 4);
  EXPECT_THAT(Told(moments, series.placed),
              ElementsAre("2026-03-03:am", "2026-03-10:am", "2026-03-17:am", "2026-03-24:am"));
  EXPECT_EQ(series.refusal, REASON_UNSPECIFIED);
  EXPECT_THAT(series.skipped, IsEmpty());
}

TEST(Weekly, LeavesOutWhatIsTakenAndGoesOnToTheCount) {
  Moments moments = FreeFrom("2026-03-03", 60);
  Take(moments, "2026-03-10", REASON_SLOT_TAKEN);
  const Series series = ExpandWeekly(moments, BitOf(kTuesday, Half::kMorning), 3, 100);
  EXPECT_THAT(Told(moments, series.placed), ElementsAre("2026-03-03:am", "2026-03-17:am", "2026-03-24:am"));
  EXPECT_THAT(series.skipped, ElementsAre(Skipped{14, REASON_SLOT_TAKEN}));
  EXPECT_EQ(series.asked, 3);
}

TEST(Weekly, ACountThatDoesNotFitIsRefused) {
  const Moments moments = FreeFrom("2026-03-02", 14);
  EXPECT_EQ(ExpandWeekly(moments, BitOf(kTuesday, Half::kMorning), 3, 100).refusal,
            REASON_SERIES_DOES_NOT_FIT);
  EXPECT_EQ(ExpandWeekly(moments, BitOf(kTuesday, Half::kMorning), 2, 1).refusal, REASON_SERIES_DOES_NOT_FIT)
      << "the grant has one place";
  EXPECT_EQ(ExpandWeekly(moments, BitOf(kTuesday, Half::kMorning), 2, 0).refusal, REASON_GRANT_EXHAUSTED);
}

TEST(Weekly, OfNothingTellsTheOneReasonForWhichNothingWouldDo) {
  Moments moments = FreeFrom("2026-03-02", 14);
  for (Moment& moment : moments) moment.refusal = REASON_NOT_ASSIGNED;
  EXPECT_EQ(ExpandWeekly(moments, BitOf(kFriday, Half::kMorning), 0, 10).refusal, REASON_NOT_ASSIGNED);
  Take(moments, "2026-03-06", REASON_SLOT_TAKEN);
  EXPECT_EQ(ExpandWeekly(moments, BitOf(kFriday, Half::kMorning), 0, 10).refusal, REASON_SERIES_DOES_NOT_FIT);
}

TEST(Weekly, ItsOwnHalfDaysFillTheWeek) {
  Moments moments = FreeFrom("2026-03-02", 14);
  for (Moment& moment : moments) moment.week_room = 2;
  const HalvesOfWeek friday = BitOf(kFriday, Half::kMorning) | BitOf(kFriday, Half::kAfternoon);
  const Series series = ExpandWeekly(moments, BitOf(kTuesday, Half::kMorning) | friday, 0, 100);
  EXPECT_THAT(Told(moments, series.placed),
              ElementsAre("2026-03-03:am", "2026-03-06:am", "2026-03-10:am", "2026-03-13:am"));
  EXPECT_EQ(series.skipped.front().reason, REASON_WEEKLY_LOAD_EXCEEDED);
}

TEST(Spread, PutsWholeDaysAtEvenDistances) {
  const Moments moments = FreeFrom("2026-03-02", 12);  // two weeks: ten workable days
  const Series series = ExpandSpread(moments, 4, std::nullopt, 100);
  EXPECT_THAT(Told(moments, series.placed),
              ElementsAre("2026-03-04:am", "2026-03-04:pm", "2026-03-11:am", "2026-03-11:pm"));
}

TEST(Spread, ADayThatIsTakenGivesWayToTheNearest) {
  Moments moments = FreeFrom("2026-03-02", 12);
  Take(moments, "2026-03-04", REASON_CONSULTANT_ABSENT);
  Take(moments, "2026-03-03", REASON_CONSULTANT_ABSENT);
  const Series series = ExpandSpread(moments, 4, std::nullopt, 100);
  EXPECT_THAT(Told(moments, series.placed),
              ElementsAre("2026-03-05:am", "2026-03-05:pm", "2026-03-11:am", "2026-03-11:pm"));
  EXPECT_THAT(series.skipped, ElementsAre(Skipped{4, REASON_CONSULTANT_ABSENT}));
}

TEST(Spread, AnOddNumberEndsInAMorning) {
  const Moments moments = FreeFrom("2026-03-02", 12);
  EXPECT_THAT(Told(moments, ExpandSpread(moments, 3, std::nullopt, 100).placed),
              ElementsAre("2026-03-04:am", "2026-03-04:pm", "2026-03-11:am"));
  EXPECT_THAT(Told(moments, ExpandSpread(moments, 2, Half::kAfternoon, 100).placed),
              ElementsAre("2026-03-04:pm", "2026-03-11:pm"));
}

TEST(Spread, MoreThanTheDaysIsRefusedAndShowsWhatFits) {
  const Moments moments = FreeFrom("2026-03-02", 5);
  const Series series = ExpandSpread(moments, 12, std::nullopt, 100);
  EXPECT_EQ(series.refusal, REASON_SERIES_DOES_NOT_FIT);
  EXPECT_THAT(series.placed, SizeIs(10));
  EXPECT_EQ(ExpandSpread(FreeFrom("2026-03-07", 2), 2, std::nullopt, 100).refusal, REASON_NON_WORKING_DAY);
  EXPECT_EQ(ExpandSpread(moments, 2, std::nullopt, 0).refusal, REASON_GRANT_EXHAUSTED);
}

TEST(Nearest, GoesByDaysThenTheSameHalfThenTheEarlier) {
  Moments moments = FreeFrom("2026-03-02", 5);
  Take(moments, "2026-03-04", REASON_SLOT_TAKEN);
  EXPECT_THAT(
      Told(moments, NearestFree(moments, D("2026-03-04"), Half::kAfternoon, 5)),
      ElementsAre("2026-03-03:pm", "2026-03-05:pm", "2026-03-03:am", "2026-03-05:am", "2026-03-02:pm"));
  EXPECT_THAT(NearestFree({}, D("2026-03-04"), Half::kMorning, 5), IsEmpty());
}

TEST(Board, IsOffOnWeekendsHolidaysAbsencesAndOutsideTheWeek) {
  // Friday to Monday; mornings of Friday and Monday only.
  const HalvesOfWeek mornings =
      BitOf(5, Half::kMorning) | BitOf(1, Half::kMorning) | BitOf(6, Half::kMorning);
  const HalfDayBits plain = OffHalfDays(D("2026-04-03"), 4, std::nullopt, {D("2026-04-06")}, {});
  const HalfDayBits week = OffHalfDays(D("2026-04-03"), 4, mornings, {}, {{-3, 0}});
  const auto told = [](const HalfDayBits& bits) {
    std::string halves;
    for (int n = 0; n < 8; ++n) halves += bits.Has(n) ? 'x' : '.';
    return halves;
  };
  EXPECT_EQ(told(plain), "..xxxxxx") << "Saturday, Sunday, Easter Monday";
  EXPECT_EQ(told(week), "xxxxxx.x") << "absent on Friday, and no afternoons";
}

}  // namespace
}  // namespace jalon::calendar
