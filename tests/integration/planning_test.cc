#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// Planning: what a preview shows is what is planned, or nothing is; the consultant's week and the order of
// phases hold under any concurrency.
namespace jalon::test {
namespace {

using namespace calendar::v1;
using common::v1::HALF_AFTERNOON;
using common::v1::HALF_MORNING;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

void Capacity(int64_t consultant, const std::string& working_halves, const std::string& most) {
  World::cluster().Sql("update assignment.consultant set working_halves = " + working_halves +
                       ", max_half_days_per_week = " + most +
                       " where consultant_id = " + std::to_string(consultant));
}

std::vector<std::string> Told(const google::protobuf::RepeatedPtrField<HalfDaySlot>& slots) {
  std::vector<std::string> told;
  for (const HalfDaySlot& slot : slots)
    told.push_back(slot.date() + (slot.half() == HALF_MORNING ? " am" : " pm"));
  return told;
}

class PlanningTest : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  struct Pair {
    int64_t case_id, consultant;
  };
  Pair Given(int grant = 40, const std::string& admitted_on = kAdmittedOn) {
    const Pair pair{programme_.GivenCaseWithGrant(HalfDays{grant}, admitted_on),
                    programme_.GivenConsultant()};
    programme_.GivenAssignment(pair.case_id, pair.consultant);
    return pair;
  }

  // The phase that the accompaniment of OrderedSource supposes, with the same consultant.
  void GivenDiagnosis(const Pair& pair) {
    assignment::v1::CreateAssignmentRequest assign;
    assign.set_request_id(NewId());
    assign.set_case_id(pair.case_id);
    assign.set_consultant_id(pair.consultant);
    assign.set_phase("diagnosis");
    programme_.Must<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment", assign);
  }
  // Every Tuesday morning.
  static PlanSeriesRequest Tuesdays(const Pair& pair, const std::string& from, const std::string& until,
                                    int count = 0) {
    PlanSeriesRequest request;
    request.set_request_id(NewId());
    request.set_case_id(pair.case_id);
    request.set_consultant_id(pair.consultant);
    request.set_phase(kPhase);
    request.set_from(from);
    request.set_until(until);
    WeeklyHalf* half = request.mutable_weekly()->add_halves();
    half->set_weekday(WEEKDAY_TUESDAY);
    half->set_half(HALF_MORNING);
    request.mutable_weekly()->set_count(count);
    return request;
  }
  static PlanSeriesRequest Spread(const Pair& pair, const std::string& from, const std::string& until,
                                  int half_days) {
    PlanSeriesRequest request = Tuesdays(pair, from, until);
    request.mutable_spread()->set_half_days(half_days);
    return request;
  }
  absl::StatusOr<PlanSeriesResponse> PlanSeries(const PlanSeriesRequest& request) {
    return programme_.officer().Call<PlanSeriesResponse>("CalendarService.PlanSeries", request, Once());
  }
  PlanSeriesResponse Preview(PlanSeriesRequest request) {
    request.set_validate_only(true);
    return programme_.Must<PlanSeriesResponse>("CalendarService.PlanSeries", request);
  }
  SuggestAlternativesResponse Suggest(const HalfDayEntry& entry) {
    SuggestAlternativesRequest request;
    request.set_case_id(entry.case_id());
    request.set_consultant_id(entry.consultant_id());
    request.set_phase(entry.phase());
    request.set_date(entry.date());
    request.set_half(entry.half());
    return programme_.Must<SuggestAlternativesResponse>("CalendarService.SuggestAlternatives", request);
  }

  Programme programme_{World::stack()};
};

TEST_F(PlanningTest, ASeriesIsPlannedAsItsPreviewShowedIt) {
  const Pair pair = Given();
  // Taken on the 12th, absent on the 26th.
  ASSERT_THAT(
      Plan(programme_.officer(), EntryOf(pair.case_id, pair.consultant, {"2024-03-12", HALF_MORNING})),
      IsAccepted());
  ASSERT_THAT(AddAbsence(programme_.officer(), pair.consultant, "2024-03-25", "2024-03-29"), IsAccepted());
  PlanSeriesRequest request = Tuesdays(pair, "2024-03-05", "2024-04-09");
  const PlanSeriesResponse preview = Preview(request);
  EXPECT_THAT(Told(preview.half_days()),
              ElementsAre("2024-03-05 am", "2024-03-19 am", "2024-04-02 am", "2024-04-09 am"));
  ASSERT_THAT(preview.skipped(), SizeIs(2));
  EXPECT_EQ(preview.skipped(0).reason(), REASON_SLOT_TAKEN);
  EXPECT_EQ(preview.skipped(1).reason(), REASON_CONSULTANT_ABSENT);
  EXPECT_THAT(programme_.HalfDaysOf(pair.case_id), SizeIs(1)) << "a preview plans nothing";

  request.set_etag(preview.etag());
  const auto planned = PlanSeries(request);
  ASSERT_THAT(planned.status(), IsAccepted());
  EXPECT_EQ(Told(planned->half_days()), Told(preview.half_days()));
  EXPECT_THAT(programme_.HalfDaysOf(pair.case_id), SizeIs(5));
  // Law 11: the same bytes have the first answer, though the calendar is another by now.
  const auto again = PlanSeries(request);
  ASSERT_THAT(again.status(), IsAccepted());
  EXPECT_EQ(again->half_days(0).half_day_id(), planned->half_days(0).half_day_id());
  EXPECT_THAT(programme_.HalfDaysOf(pair.case_id), SizeIs(5));
}

TEST_F(PlanningTest, ASeriesWhoseWorldChangedSinceThePreviewIsRefusedWhole) {
  const Pair pair = Given();
  PlanSeriesRequest request = Spread(pair, "2024-03-04", "2024-05-31", 20);
  const PlanSeriesResponse preview = Preview(request);
  ASSERT_THAT(preview.half_days(), SizeIs(20));
  const HalfDaySlot& one = preview.half_days(7);
  ASSERT_THAT(Plan(programme_.officer(), EntryOf(pair.case_id, pair.consultant, {one.date(), one.half()})),
              IsAccepted());
  request.set_etag(preview.etag());
  EXPECT_THAT(PlanSeries(request).status(), HasReason(REASON_STALE_ETAG));
  EXPECT_THAT(programme_.HalfDaysOf(pair.case_id), SizeIs(1)) << "nothing half done";
  PlanSeriesRequest full = request;
  full.mutable_spread()->set_half_days(200);
  EXPECT_THAT(PlanSeries(full).status(), HasReason(REASON_STALE_ETAG)) << "though it would not fit either";
  request.set_request_id(NewId());
  request.clear_etag();
  EXPECT_THAT(PlanSeries(request).status(), IsAccepted()) << "around the one that came in between";
  EXPECT_THAT(programme_.HalfDaysOf(pair.case_id), SizeIs(21));
}

TEST_F(PlanningTest, ASeriesThatDoesNotFitIsToldAndRefused) {
  const Pair pair = Given(6);
  EXPECT_THAT(PlanSeries(Tuesdays(pair, "2024-03-05", "2024-03-31", 5)).status(),
              HasReason(REASON_SERIES_DOES_NOT_FIT));
  const PlanSeriesResponse preview = Preview(Tuesdays(pair, "2024-03-05", "2024-03-31", 5));
  EXPECT_EQ(preview.refusal(), REASON_SERIES_DOES_NOT_FIT);
  EXPECT_THAT(preview.half_days(), SizeIs(4));
  EXPECT_THAT(preview.message(), ::testing::HasSubstr("4"));
  EXPECT_THAT(PlanSeries(Tuesdays(pair, "2026-02-03", "2026-03-31")).status(), HasReason(REASON_NOT_ASSIGNED))
      << "the one reason for which no moment would do";
  EXPECT_THAT(PlanSeries(Tuesdays(pair, "2024-03-05", "2024-03-04")).status(),
              HasReason(REASON_INVALID_REQUEST));
  EXPECT_THAT(PlanSeries(Tuesdays(pair, "2024-03-05", "2029-03-04")).status(),
              HasReason(REASON_INVALID_REQUEST));
  PlanSeriesRequest pattern_less = Tuesdays(pair, "2024-03-05", "");
  pattern_less.clear_weekly();
  EXPECT_THAT(PlanSeries(pattern_less).status(), HasReason(REASON_INVALID_REQUEST));
  // "Until the days are used".
  const auto planned = PlanSeries(Tuesdays(pair, "2024-03-05", ""));
  ASSERT_THAT(planned.status(), IsAccepted());
  EXPECT_THAT(planned->half_days(), SizeIs(6));
  EXPECT_THAT(PlanSeries(Tuesdays(pair, "2024-03-05", "")).status(), HasReason(REASON_GRANT_EXHAUSTED));
}

// Many plan series of one consultant, in two cases, at once: each whole or not at all.
TEST_F(PlanningTest, ConcurrentSeriesAreWholeOrNothing) {
  const Pair first = Given(100);
  const Pair second{programme_.GivenCaseWithGrant(HalfDays{100}), first.consultant};
  programme_.GivenAssignment(second.case_id, second.consultant);
  const auto outcomes = FromManyConnections(World::stack(), 24, [&](Client& client, int n) {
    const auto answer = client.Call<PlanSeriesResponse>(
        "CalendarService.PlanSeries", Spread(n % 2 == 0 ? first : second, "2024-03-04", "2024-05-31", 8),
        Patient());
    EXPECT_TRUE(!answer.ok() || answer->half_days_size() == 8);
    return Outcome::Of(answer.status());
  });
  // The one refusal there is tells to look again.
  EXPECT_THAT(Refusals(outcomes),
              Each(AnyOf(HasReason(REASON_STALE_ETAG), HasReason(REASON_SERIES_DOES_NOT_FIT),
                         HasReason(REASON_SLOT_TAKEN), HasReason(REASON_GRANT_EXHAUSTED))));
  EXPECT_GT(CountOk(outcomes), 0);
  EXPECT_EQ(programme_.HalfDaysOf(first.case_id).size() + programme_.HalfDaysOf(second.case_id).size(),
            8u * static_cast<size_t>(CountOk(outcomes)));
}

// A copy of the same command at the same instant has the same effect.
TEST_F(PlanningTest, CopiesOfASeriesPlanItOnce) {
  const Pair pair = Given();
  const PlanSeriesRequest request = Tuesdays(pair, "2024-03-05", "2024-06-30", 10);
  const auto ids = FromManyConnections(World::stack(), 16, [&](Client& client, int) {
    const auto answer = client.Call<PlanSeriesResponse>("CalendarService.PlanSeries", request, Patient());
    EXPECT_THAT(answer.status(), IsAccepted());
    std::string told;
    if (answer.ok())
      for (const HalfDaySlot& slot : answer->half_days()) told += slot.half_day_id() + " ";
    return told;
  });
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1u);
  EXPECT_THAT(programme_.HalfDaysOf(pair.case_id), SizeIs(10));
}

TEST_F(PlanningTest, AWeekIsNeverFullerThanTheConsultantsMost) {
  const Pair first = Given(100);
  const Pair second{programme_.GivenCaseWithGrant(HalfDays{100}), first.consultant};
  programme_.GivenAssignment(second.case_id, second.consultant);
  Capacity(first.consultant, "NULL", "4");
  const auto outcomes = FromManyConnections(World::stack(), 40, [&](Client& client, int n) {
    const Pair& pair = n % 2 == 0 ? first : second;
    return Plan(client, EntryOf(pair.case_id, pair.consultant, NthWorkingHalfDay(n % 10)));
  });
  EXPECT_EQ(CountOk(outcomes), 4);
  EXPECT_THAT(Refusals(outcomes),
              Each(AnyOf(HasReason(REASON_WEEKLY_LOAD_EXCEEDED), HasReason(REASON_SLOT_TAKEN))));
  // What took place did take place.
  const auto recorded = EntryOf(first.case_id, first.consultant, {"2024-01-13", HALF_MORNING});
  auto confirmed = recorded;
  confirmed.set_non_working_day_confirmed(true);
  EXPECT_THAT(Record(programme_.officer(), confirmed), IsAccepted());
}

TEST_F(PlanningTest, OutsideTheOrdinaryWeekAPlanIsConfirmed) {
  const Pair pair = Given();
  Capacity(pair.consultant, "4", "NULL");  // Tuesday mornings
  const auto tuesday = EntryOf(pair.case_id, pair.consultant, {"2024-03-05", HALF_MORNING});
  auto afternoon = EntryOf(pair.case_id, pair.consultant, {"2024-03-05", HALF_AFTERNOON});
  EXPECT_THAT(Plan(programme_.officer(), tuesday), IsAccepted());
  EXPECT_THAT(Plan(programme_.officer(), afternoon), HasReason(REASON_CONSULTANT_NOT_WORKING));
  afternoon.set_non_working_day_confirmed(true);
  EXPECT_THAT(Plan(programme_.officer(), afternoon), IsAccepted());
  Capacity(pair.consultant, "1", "NULL");
  EXPECT_THAT(Plan(programme_.officer(), tuesday), IsAccepted()) << "it is planned already";
  EXPECT_THAT(Told(Preview(Spread(pair, "2024-03-04", "2024-03-31", 2)).half_days()), IsEmpty())
      << "no whole day in this week";
}

// A phase that opens after two months, for one, and once the diagnosis has a half-day.
TEST_F(PlanningTest, PhasesKeepTheirPartOfTheWindowAndTheirOrder) {
  ASSERT_THAT(programme_.PublishSource(programme_.OrderedSource(2)), IsAccepted());
  const Pair pair = Given();
  GivenDiagnosis(pair);
  const auto on = [&](const char* date, const char* phase) {
    auto entry = EntryOf(pair.case_id, pair.consultant, {date, HALF_MORNING});
    entry.set_phase(phase);
    return entry;
  };

  EXPECT_THAT(Plan(programme_.officer(), on("2024-03-07", kPhase)), HasReason(REASON_PHASE_WINDOW_CLOSED));
  EXPECT_THAT(Plan(programme_.officer(), on("2024-06-10", kPhase)), HasReason(REASON_PHASE_WINDOW_CLOSED));
  EXPECT_THAT(Plan(programme_.officer(), on("2024-03-11", kPhase)), HasReason(REASON_PREREQUISITE_PHASE));
  EXPECT_THAT(PlanSeries(Tuesdays(pair, "2024-03-11", "2024-04-30")).status(),
              HasReason(REASON_PREREQUISITE_PHASE));
  ASSERT_THAT(Plan(programme_.officer(), on("2024-03-12", "diagnosis")), IsAccepted());
  EXPECT_THAT(Plan(programme_.officer(), on("2024-03-11", kPhase)), HasReason(REASON_PREREQUISITE_PHASE))
      << "the day before it";
  EXPECT_THAT(Plan(programme_.officer(), on("2024-03-13", kPhase)), IsAccepted());
  EXPECT_THAT(Plan(programme_.officer(), on("2024-06-07", kPhase)), IsAccepted())
      << "five months from the start";
}

// What nobody planned is judged by its phase when it is recorded; what was lawfully planned takes place.
TEST_F(PlanningTest, WhatIsRecordedKeepsToItsPhaseToo) {
  ASSERT_THAT(programme_.PublishSource(programme_.OrderedSource(2)), IsAccepted());
  const Pair pair = Given();
  GivenDiagnosis(pair);
  const auto on = [&](const char* date, const char* phase, common::v1::Half half = HALF_MORNING) {
    auto entry = EntryOf(pair.case_id, pair.consultant, {date, half});
    entry.set_phase(phase);
    return entry;
  };
  const auto record = [&](std::vector<HalfDayEntry> entries) {
    RecordHalfDaysRequest request;
    request.set_request_id(NewId());
    for (HalfDayEntry& entry : entries) *request.add_entries() = std::move(entry);
    return programme_.Must<RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request);
  };

  EXPECT_THAT(Record(programme_.officer(), on("2024-03-07", kPhase)), HasReason(REASON_PHASE_WINDOW_CLOSED));
  EXPECT_THAT(Record(programme_.officer(), on("2024-07-01", kPhase)), HasReason(REASON_PHASE_WINDOW_CLOSED));
  EXPECT_THAT(Record(programme_.officer(), on("2024-03-11", kPhase)), HasReason(REASON_PREREQUISITE_PHASE));
  // Many at once, each with its own outcome; the diagnosis of one item makes way for the next.
  const auto answer =
      record({on("2024-03-14", kPhase), on("2024-03-12", "diagnosis"), on("2024-03-11", kPhase),
              on("2024-06-10", kPhase), on("2024-03-13", "diagnosis")});
  std::vector<Reason> refusals;
  for (const HalfDayOutcome& outcome : answer.outcomes()) refusals.push_back(outcome.refusal());
  EXPECT_THAT(refusals, ElementsAre(REASON_UNSPECIFIED, REASON_UNSPECIFIED, REASON_PREREQUISITE_PHASE,
                                    REASON_PHASE_WINDOW_CLOSED, REASON_UNSPECIFIED));
  EXPECT_THAT(answer.outcomes(2).message(), ::testing::HasSubstr("diagnosis"));
  EXPECT_THAT(answer.outcomes(3).message(), ::testing::HasSubstr("2024-06-08"));

  // Planned when the phase allowed it, and performed after the one before it was cancelled.
  const auto planned = on("2024-03-20", kPhase, HALF_AFTERNOON);
  ASSERT_THAT(Plan(programme_.officer(), planned), IsAccepted());
  for (const HalfDayOutcome& outcome : {answer.outcomes(1), answer.outcomes(4)})
    ASSERT_THAT(Cancel(programme_.officer(), outcome.half_day_id()), IsAccepted());
  EXPECT_THAT(Record(programme_.officer(), on("2024-03-21", kPhase)), HasReason(REASON_PREREQUISITE_PHASE));
  EXPECT_THAT(Record(programme_.officer(), planned), IsAccepted());
}

// Whatever the calendar is like, the reason that a preview gives for a moment is the one that planning it
// gives.
TEST_F(PlanningTest, AlternativesAndSeriesJudgeAMomentAsPlanningDoes) {
  const uint64_t seed = Seed();
  std::mt19937_64 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  const Pair pair{programme_.GivenCaseWithGrant(HalfDays{60}), programme_.GivenConsultant()};
  programme_.GivenAssignment(pair.case_id, pair.consultant, "2024-01-04", "2024-03-15");
  Capacity(pair.consultant, "(1023 & ~ (1 << 5))", "6");  // never on Wednesday afternoons
  ASSERT_THAT(AddAbsence(programme_.officer(), pair.consultant, "2024-02-12", "2024-02-16"), IsAccepted());
  std::map<Reason, int> met;
  for (int n = 0; n < 150; ++n) {
    auto entry = EntryOf(pair.case_id, pair.consultant,
                         {Date::Parse("2024-01-02")->AddDays(static_cast<int>(random() % 77)).ToIso(),
                          random() % 2 == 0 ? HALF_MORNING : HALF_AFTERNOON});
    const Reason foreseen = Suggest(entry).refusal();
    const Outcome outcome = Plan(programme_.officer(), entry);
    ASSERT_EQ(outcome.reason, foreseen) << entry.ShortDebugString();
    ++met[foreseen];
  }
  for (const Reason reason : {REASON_UNSPECIFIED, REASON_NOT_ASSIGNED, REASON_CONSULTANT_ABSENT,
                              REASON_NON_WORKING_DAY, REASON_SLOT_TAKEN, REASON_WEEKLY_LOAD_EXCEEDED})
    EXPECT_GT(met[reason], 0) << Reason_Name(reason) << " was never met: the test proves less than it says";
}

// Good Friday in Strasbourg: told, with the days around Easter and whoever else is free.
TEST_F(PlanningTest, AClashOffersTheNearestFreeHalfDaysOthersAndTheWaitingList) {
  const std::string admitted_on = Today().AddDays(-40).ToIso();
  const std::string siren = programme_.GivenCompany();
  World::cluster().Sql(
      "update enrolment.company set commune = '67482', department = '67', region = '44' "
      "where siren = '" +
      siren + "'");
  const Pair pair{programme_.GivenCaseWithGrant(HalfDays{20}, admitted_on, siren),
                  programme_.GivenConsultant()};
  programme_.GivenAssignment(pair.case_id, pair.consultant);
  const int64_t other = programme_.GivenConsultant();
  programme_.GivenAssignment(pair.case_id, other);
  // Of the two who master what the consultant does, one lives in Strasbourg, one in Marseille.
  const int64_t near = programme_.GivenConsultant(), far = programme_.GivenConsultant();
  World::cluster().Sql(
      "update assignment.consultant set skills = '{neighbourhood}', home_commune = '67482' "
      "where consultant_id in (" +
      std::to_string(pair.consultant) + ", " + std::to_string(near) + ")");
  World::cluster().Sql(
      "update assignment.consultant set skills = '{neighbourhood}', home_commune = '13055' "
      "where consultant_id = " +
      std::to_string(far));
  World::cluster().Sql(
      "update assignment.consultant set radius_km = 50, regions = '{}' where skills = '{neighbourhood}'");
  // The first Good Friday to come, from the list that the test of holidays compares.
  const std::string good_friday = World::cluster().Sql(
      "select min(date) from calendar.holiday where territory = '67' and name_en = 'Good Friday' and date > "
      "current_date + 3");
  const Date easter_monday = Date::Parse(good_friday)->AddDays(3);
  const auto entry = EntryOf(pair.case_id, pair.consultant, {good_friday, HALF_MORNING});
  EXPECT_THAT(Plan(programme_.officer(), entry), HasReason(REASON_NON_WORKING_DAY));

  const SuggestAlternativesResponse found = Suggest(entry);
  EXPECT_EQ(found.refusal(), REASON_NON_WORKING_DAY);
  ASSERT_THAT(found.nearest(), SizeIs(5));
  EXPECT_EQ(found.nearest(0).date(), Date::Parse(good_friday)->AddDays(-1).ToIso());
  for (const HalfDaySlot& slot : found.nearest()) {
    EXPECT_NE(slot.date(), easter_monday.ToIso());
    EXPECT_THAT(
        Plan(programme_.officer(), EntryOf(pair.case_id, pair.consultant, {slot.date(), slot.half()})),
        IsAccepted());
  }
  EXPECT_THAT(found.message(), Not(::testing::HasSubstr("confirm"))) << "nothing here confirms";
  EXPECT_THAT(found.stand_ins(), IsEmpty()) << "the company is closed, whoever comes";

  const HalfDaySlot& taken = found.nearest(0);
  const SuggestAlternativesResponse others =
      Suggest(EntryOf(pair.case_id, pair.consultant, {taken.date(), taken.half()}));
  EXPECT_EQ(others.refusal(), REASON_SLOT_TAKEN);
  ASSERT_FALSE(others.stand_ins().empty()) << "who works wherever may follow";
  EXPECT_EQ(others.stand_ins(0).consultant_id(), other);
  EXPECT_TRUE(others.stand_ins(0).assigned());
  ASSERT_GE(others.stand_ins_size(), 2);
  EXPECT_EQ(others.stand_ins(1).consultant_id(), near);
  for (const auto& one : others.stand_ins()) EXPECT_NE(one.consultant_id(), far) << "does not come that far";
}

TEST_F(PlanningTest, WhoWaitsSeesThePlaceThatComesFree) {
  const std::string admitted_on = Today().AddDays(-40).ToIso();
  const Pair pair = Given(20, admitted_on);
  Date day = Today().AddDays(20);
  while (day.IsWeekend() || World::cluster().Sql("select count(*) from calendar.holiday where date = '" +
                                                 day.ToIso() + "'") != "0")
    day = day.AddDays(1);
  const auto taken = EntryOf(pair.case_id, pair.consultant, {day.ToIso(), HALF_MORNING});
  ASSERT_THAT(Plan(programme_.officer(), taken), IsAccepted());

  JoinWaitingListRequest join;
  join.set_request_id(NewId());
  join.set_case_id(pair.case_id);
  join.set_consultant_id(pair.consultant);
  join.set_phase(kPhase);
  join.set_from(day.ToIso());
  join.set_until(day.ToIso());
  join.set_half(HALF_MORNING);
  const Waiting waiting =
      programme_.Must<JoinWaitingListResponse>("CalendarService.JoinWaitingList", join).waiting();
  EXPECT_EQ(waiting.half(), HALF_MORNING);
  join.set_request_id(NewId());
  EXPECT_EQ(programme_.Must<JoinWaitingListResponse>("CalendarService.JoinWaitingList", join)
                .waiting()
                .waiting_id(),
            waiting.waiting_id())
      << "it waits already";
  EXPECT_EQ(Suggest(taken).waiting(), 1);

  ListWaitingRequest list;
  list.set_case_id(pair.case_id);
  const auto listed = [&] {
    return programme_.Must<ListWaitingResponse>("CalendarService.ListWaiting", list);
  };
  ASSERT_THAT(listed().waiting(), SizeIs(1));
  EXPECT_EQ(listed().waiting(0).free_date(), "") << "the place is taken";
  ASSERT_THAT(Cancel(programme_.officer(), taken.half_day_id()), IsAccepted());
  EXPECT_EQ(listed().waiting(0).free_date(), day.ToIso());
  EXPECT_EQ(listed().waiting(0).free_half(), HALF_MORNING);

  LeaveWaitingListRequest leave;
  leave.set_request_id(NewId());
  leave.set_waiting_id(waiting.waiting_id());
  programme_.Must<LeaveWaitingListResponse>("CalendarService.LeaveWaitingList", leave);
  EXPECT_THAT(listed().waiting(), IsEmpty());
  list.set_show_left(true);
  ASSERT_THAT(listed().waiting(), SizeIs(1));
  EXPECT_EQ(listed().waiting(0).free_date(), "");
}

TEST_F(PlanningTest, WhitMondayIsWorkedWhereTheSettingSaysSo) {
  const Pair pair = Given();
  const auto whit_monday = [&] {
    return EntryOf(pair.case_id, pair.consultant, {"2025-06-09", HALF_MORNING});
  };
  const auto set = [&](bool worked) {
    SetSolidarityDayRequest request;
    request.set_request_id(NewId());
    request.set_year(2025);
    request.set_worked(worked);
    return programme_.Must<SetSolidarityDayResponse>("CalendarService.SetSolidarityDay", request).holiday();
  };
  EXPECT_THAT(Plan(programme_.officer(), whit_monday()), HasReason(REASON_NON_WORKING_DAY));
  EXPECT_EQ(set(true).date(), "2025-06-09");
  const auto planned = whit_monday();
  EXPECT_THAT(Plan(programme_.officer(), planned), IsAccepted());
  EXPECT_FALSE(set(false).worked());
  EXPECT_THAT(Record(programme_.officer(), planned), HasReason(REASON_NON_WORKING_DAY)) << "it is off again";
  ListHolidaysRequest list;
  list.set_year(2025);
  EXPECT_THAT(programme_.Must<ListHolidaysResponse>("CalendarService.ListHolidays", list).holidays(),
              SizeIs(11));
  list.set_department("68");
  EXPECT_THAT(programme_.Must<ListHolidaysResponse>("CalendarService.ListHolidays", list).holidays(),
              SizeIs(13));
  list.set_department("99");
  EXPECT_THAT(
      programme_.officer().Call<ListHolidaysResponse>("CalendarService.ListHolidays", list, Once()).status(),
      HasReason(REASON_INVALID_REQUEST));
}

TEST_F(PlanningTest, TheBoardShowsWhoIsTakenAndOff) {
  const Pair pair = Given();
  ASSERT_THAT(
      Plan(programme_.officer(), EntryOf(pair.case_id, pair.consultant, {"2024-03-29", HALF_AFTERNOON})),
      IsAccepted());
  const auto cancelled = EntryOf(pair.case_id, pair.consultant, {"2024-03-29", HALF_MORNING});
  ASSERT_THAT(Plan(programme_.officer(), cancelled), IsAccepted());
  ASSERT_THAT(Cancel(programme_.officer(), cancelled.half_day_id()), IsAccepted());
  ASSERT_THAT(AddAbsence(programme_.officer(), pair.consultant, "2024-04-02", "2024-04-30"), IsAccepted());
  GetPlanningBoardRequest request;
  request.set_from("2024-03-29");
  request.set_until("2024-04-02");  // Friday, the weekend, Easter Monday, the first day absent
  request.add_consultant_ids(pair.consultant);
  const auto board = programme_.Must<GetPlanningBoardResponse>("CalendarService.GetPlanningBoard", request);
  ASSERT_THAT(board.lines(), SizeIs(1));
  EXPECT_EQ(board.lines(0).busy(), std::string("\x02\x00", 2));
  EXPECT_EQ(board.lines(0).off(), std::string("\xfc\x03", 2));
  EXPECT_EQ(board.lines(0).busy_half_days(), 1);
  EXPECT_EQ(board.lines(0).free_half_days(), 1);

  // After the last day in the programme nothing is free.
  World::cluster().Sql("update assignment.consultant set left_on = '2024-03-31' where consultant_id = " +
                       std::to_string(pair.consultant));
  request.set_until("2024-05-03");
  const auto gone = programme_.Must<GetPlanningBoardResponse>("CalendarService.GetPlanningBoard", request);
  ASSERT_THAT(gone.lines(), SizeIs(1));
  EXPECT_EQ(gone.lines(0).left_on(), "2024-03-31");
  EXPECT_EQ(gone.lines(0).free_half_days(), 1);
  World::cluster().Sql("update assignment.consultant set left_on = null where consultant_id = " +
                       std::to_string(pair.consultant));

  // A consultant sees the own line alone, asked for or not.
  const auto own = World::stack().Connect(ConsultantToken(pair.consultant));
  request.clear_consultant_ids();
  const auto seen = own->Call<GetPlanningBoardResponse>("CalendarService.GetPlanningBoard", request, Once());
  ASSERT_THAT(seen.status(), IsAccepted());
  ASSERT_THAT(seen->lines(), SizeIs(1));
  request.add_consultant_ids(pair.consultant + 1);
  EXPECT_THAT(
      own->Call<GetPlanningBoardResponse>("CalendarService.GetPlanningBoard", request, Once()).status(),
      HasReason(REASON_NOT_ALLOWED));
}

// Nobody plans, asks or waits in another's calendar.
TEST_F(PlanningTest, AConsultantPlansTheOwnCalendarAlone) {
  const Pair pair = Given();
  const auto stranger = World::stack().Connect(ConsultantToken(programme_.GivenConsultant()));
  const auto own = World::stack().Connect(ConsultantToken(pair.consultant));
  const PlanSeriesRequest series = Tuesdays(pair, "2024-03-05", "2024-03-31");
  EXPECT_THAT(stranger->Call<PlanSeriesResponse>("CalendarService.PlanSeries", series, Once()).status(),
              HasReason(REASON_NOT_ALLOWED));
  SuggestAlternativesRequest suggest;
  suggest.set_case_id(pair.case_id);
  suggest.set_consultant_id(pair.consultant);
  suggest.set_phase(kPhase);
  suggest.set_date("2024-03-05");
  suggest.set_half(HALF_MORNING);
  EXPECT_THAT(
      stranger->Call<SuggestAlternativesResponse>("CalendarService.SuggestAlternatives", suggest, Once())
          .status(),
      HasReason(REASON_NOT_ALLOWED));
  const auto seen =
      own->Call<SuggestAlternativesResponse>("CalendarService.SuggestAlternatives", suggest, Once());
  ASSERT_THAT(seen.status(), IsAccepted());
  EXPECT_THAT(seen->stand_ins(), IsEmpty()) << "colleagues are the officers' business";
  EXPECT_THAT(own->Call<PlanSeriesResponse>("CalendarService.PlanSeries", series, Once()).status(),
              IsAccepted());

  JoinWaitingListRequest join;
  join.set_request_id(NewId());
  join.set_case_id(pair.case_id);
  join.set_consultant_id(pair.consultant);
  join.set_phase(kPhase);
  join.set_from("2024-05-01");
  join.set_until("2024-05-31");
  EXPECT_THAT(
      stranger->Call<JoinWaitingListResponse>("CalendarService.JoinWaitingList", join, Once()).status(),
      HasReason(REASON_NOT_ALLOWED));
  const auto joined = own->Call<JoinWaitingListResponse>("CalendarService.JoinWaitingList", join, Once());
  ASSERT_THAT(joined.status(), IsAccepted());
  LeaveWaitingListRequest leave;
  leave.set_request_id(NewId());
  leave.set_waiting_id(joined->waiting().waiting_id());
  EXPECT_THAT(
      stranger->Call<LeaveWaitingListResponse>("CalendarService.LeaveWaitingList", leave, Once()).status(),
      HasReason(REASON_NOT_ALLOWED));
  const auto nothing =
      stranger->Call<ListWaitingResponse>("CalendarService.ListWaiting", ListWaitingRequest(), Once());
  ASSERT_THAT(nothing.status(), IsAccepted());
  EXPECT_THAT(nothing->waiting(), IsEmpty());
  EXPECT_THAT(own->Call<LeaveWaitingListResponse>("CalendarService.LeaveWaitingList", leave, Once()).status(),
              IsAccepted());
}

}  // namespace
}  // namespace jalon::test
