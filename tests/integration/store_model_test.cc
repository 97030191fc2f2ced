#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/support/calendar_model.h"
#include "tests/support/programme.h"
#include "tests/support/world.h"

// The calendar against a model of it, written from the contract: the same commands, the same outcomes, one by
// one.
namespace jalon::test {
namespace {

using ::testing::IsEmpty;

std::string Names(const std::vector<Reason>& reasons) {
  std::string text;
  for (const Reason reason : reasons) text += Reason_Name(reason) + " ";
  return text;
}

// A case of commands on few slots, so that they meet.
class RandomRun {
 public:
  explicit RandomRun(uint64_t seed) : random_(seed) {
    for (int i = 0; i < 2; ++i) {
      cases_.push_back(programme_.GivenCaseWithGrant(HalfDays{6}));
      model_.AddCase(cases_.back(), 6, kAdmittedOn, kWindowEndsOn);
    }
    for (int i = 0; i < 3; ++i) consultants_.push_back(programme_.GivenConsultant());
    for (const int64_t case_id : cases_)
      for (size_t i = 0; i < 2; ++i) Assign(case_id, consultants_[i]);
    // The second does not work on Wednesday afternoons, nor more than three half-days a week.
    constexpr uint32_t kWorkingHalves = 0b1111011111;
    World::cluster().Sql(
        "update assignment.consultant set working_halves = " + std::to_string(kWorkingHalves) +
        ", max_half_days_per_week = 3 where consultant_id = " + std::to_string(consultants_[1]));
    model_.SetCapacity(consultants_[1], kWorkingHalves, 3);
  }

  void Step() {
    switch (random_() % 25) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
        return RecordSome();
      case 6:
      case 7:
      case 8:
        return PlanSome();
      case 9:
      case 10:
        return Move<calendar::v1::AttestHalfDaysRequest, calendar::v1::AttestHalfDaysResponse>(
            "AttestHalfDays", &CalendarModel::Attest);
      case 11:
        return Move<calendar::v1::ApproveHalfDaysRequest, calendar::v1::ApproveHalfDaysResponse>(
            "ApproveHalfDays", &CalendarModel::Approve);
      case 12:
      case 13:
        return Move<calendar::v1::CancelHalfDaysRequest, calendar::v1::CancelHalfDaysResponse>(
            "CancelHalfDays", &CalendarModel::Cancel);
      case 14:
        return Move<calendar::v1::ReopenHalfDaysRequest, calendar::v1::ReopenHalfDaysResponse>(
            "ReopenHalfDays", &CalendarModel::Reopen);
      case 15:
      case 16:
        return Move<calendar::v1::DisputeHalfDaysRequest, calendar::v1::DisputeHalfDaysResponse>(
            "DisputeHalfDays", &CalendarModel::Dispute);
      case 17:
      case 18:
      case 19:
      case 20:
        return RescheduleSome();
      case 21:
        return ApproveOne();
      case 22:
        return random_() % 3 == 0 ? Lock() : RescheduleSome();
      case 23:
        return HandOver();
      default:
        return random_() % 3 == 0 ? End() : random_() % 3 == 0 ? BeBack() : BeAbsent();
    }
  }

  void CompareHalfDays() {
    std::map<std::string, std::string> stored;
    for (const int64_t case_id : cases_) {
      for (const auto& half_day : programme_.HalfDaysOf(case_id)) {
        stored[half_day.half_day_id()] =
            calendar::v1::HalfDayState_Name(half_day.state()) + " " + half_day.date() + " " +
            common::v1::Half_Name(half_day.half()) + " " + std::to_string(half_day.case_id()) + " " +
            std::to_string(half_day.consultant_id()) + " " + half_day.sheet_month() + " " + half_day.note() +
            " " + half_day.dispute();
      }
    }
    EXPECT_EQ(stored, model_.HalfDays());
    EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
  }

  const std::string& history() const { return history_; }

 private:
  void Assign(int64_t case_id, int64_t consultant) {
    const int64_t id = programme_.GivenAssignment(case_id, consultant, "2024-01-04", "2024-02-05");
    assignments_.push_back(id);
    model_.AddAssignment(case_id, consultant, kPhase, "2024-01-04", "2024-02-05");
  }

  std::string Day() { return Date::Parse("2024-01-03")->AddDays(static_cast<int>(random_() % 37)).ToIso(); }

  // A new half-day, or one met before, now and then with another word in it.
  calendar::v1::HalfDayEntry Entry() {
    if (!entries_.empty() && random_() % 3 == 0) {
      auto entry = entries_[random_() % entries_.size()];
      if (random_() % 4 == 0) entry.set_note("retouche");
      if (random_() % 8 == 0) entry.set_date(Day());
      return entry;
    }
    auto entry = EntryOf(cases_[random_() % 2], consultants_[random_() % 3],
                         {Day(), random_() % 2 == 0 ? common::v1::HALF_MORNING : common::v1::HALF_AFTERNOON});
    if (random_() % 20 == 0) entry.set_date("2199-05-06");
    entry.set_non_working_day_confirmed(random_() % 3 == 0);
    entries_.push_back(entry);
    return entry;
  }

  template <class Request>
  Request SomeEntries() {
    Request request;
    request.set_request_id(NewId());
    // An id stands once in a request: which of two contents under one id would come first is nobody's
    // promise.
    std::set<std::string> ids;
    for (size_t count = 1 + random_() % 3; count > 0; --count) {
      const auto entry = Entry();
      if (ids.insert(entry.half_day_id()).second) *request.add_entries() = entry;
    }
    return request;
  }

  void Compare(const std::string& told, const std::string& answered, const std::string& expected) {
    history_ += told + "\n  -> " + answered + "\n";
    ASSERT_EQ(answered, expected) << history_;
  }

  template <class Request, class Response, class Judge>
  void Enter(const char* method, Judge judge) {
    const auto request = SomeEntries<Request>();
    const auto response = programme_.Must<Response>(std::string("CalendarService.") + method, request);
    std::vector<Reason> answered;
    for (const auto& outcome : response.outcomes()) answered.push_back(outcome.refusal());
    Compare(std::string(method) + " " + request.ShortDebugString(), Names(answered),
            Names((model_.*judge)({request.entries().begin(), request.entries().end()})));
  }
  void RecordSome() {
    Enter<calendar::v1::RecordHalfDaysRequest, calendar::v1::RecordHalfDaysResponse>("RecordHalfDays",
                                                                                     &CalendarModel::Record);
  }
  void PlanSome() {
    Enter<calendar::v1::PlanHalfDaysRequest, calendar::v1::PlanHalfDaysResponse>("PlanHalfDays",
                                                                                 &CalendarModel::Plan);
  }

  template <class Request, class Response>
  void Move(const char* method, Reason (CalendarModel::*judge)(const std::vector<std::string>&)) {
    Request request;
    request.set_request_id(NewId());
    if constexpr (requires { request.set_reason(""); }) request.set_reason("essai");
    for (size_t count = 1 + random_() % 2; count > 0; --count)
      request.add_half_day_ids(entries_.empty() || random_() % 10 == 0
                                   ? NewId()
                                   : entries_[random_() % entries_.size()].half_day_id());
    const Outcome outcome = programme_.Try<Response>(std::string("CalendarService.") + method, request);
    ASSERT_TRUE(outcome.ok || outcome.reason != REASON_UNSPECIFIED) << outcome;
    Compare(std::string(method) + " " + request.ShortDebugString(), Reason_Name(outcome.reason),
            Reason_Name((model_.*judge)({request.half_day_ids().begin(), request.half_day_ids().end()})));
  }

  // Often to where one of them or another stands, so that they trade places and meet.
  void RescheduleSome() {
    if (entries_.empty()) return;
    calendar::v1::RescheduleHalfDaysRequest request;
    request.set_request_id(NewId());
    std::set<std::string> ids;
    for (size_t count = 1 + random_() % 3; count > 0; --count) {
      const auto& entry = entries_[random_() % entries_.size()];
      if (!ids.insert(entry.half_day_id()).second) continue;
      const auto& place = entries_[random_() % entries_.size()];
      const bool trades = random_() % 2 == 0;
      auto& move = *request.add_moves();
      move.set_half_day_id(random_() % 12 == 0 ? NewId() : entry.half_day_id());
      move.set_date(trades ? place.date() : Day());
      move.set_half(trades               ? place.half()
                    : random_() % 2 == 0 ? common::v1::HALF_MORNING
                                         : common::v1::HALF_AFTERNOON);
      move.set_non_working_day_confirmed(random_() % 2 == 0);
    }
    const auto response = programme_.Must<calendar::v1::RescheduleHalfDaysResponse>(
        "CalendarService.RescheduleHalfDays", request);
    std::vector<Reason> answered;
    for (const auto& outcome : response.outcomes()) answered.push_back(outcome.refusal());
    Compare("RescheduleHalfDays " + request.ShortDebugString(), Names(answered),
            Names(model_.Reschedule({request.moves().begin(), request.moves().end()})));
  }

  std::string SomeMonth() {
    constexpr const char* kMonths[] = {"2023-12", "2024-01", "2024-01", "2024-02", "2024-02", "2024-03"};
    return kMonths[random_() % 6];
  }

  void ApproveOne() {
    const int64_t case_id = cases_[random_() % 2], consultant = consultants_[random_() % 3];
    const std::string month = SomeMonth();
    Compare("ApproveSheets " + std::to_string(case_id) + " " + std::to_string(consultant) + " " + month,
            Reason_Name(ApproveSheet(programme_.officer(), case_id, consultant, month).reason),
            Reason_Name(model_.ApproveSheet(case_id, consultant, month)));
  }

  void Lock() {
    const std::string month = SomeMonth();
    Compare("LockMonth " + month,
            Reason_Name(LockMonth(programme_.officer(), programme_.code(), month).reason),
            Reason_Name(model_.LockMonth(month)));
  }

  void BeAbsent() {
    const int64_t consultant = consultants_[random_() % 3];
    const std::string from = Day();
    const std::string until = std::max(from, Day());
    Compare("AddAbsence " + std::to_string(consultant) + " " + from + " " + until,
            Reason_Name(AddAbsence(programme_.officer(), consultant, from, until).reason),
            Reason_Name(model_.AddAbsence(consultant, from, until)));
  }

  void BeBack() {
    assignment::v1::ListAbsencesRequest list;
    list.set_consultant_id(consultants_[random_() % 3]);
    const auto known =
        programme_.Must<assignment::v1::ListAbsencesResponse>("AssignmentService.ListAbsences", list);
    if (known.absences().empty()) return;
    const auto& absence = known.absences(static_cast<int>(random_() % known.absences_size()));
    assignment::v1::RemoveAbsenceRequest request;
    request.set_request_id(NewId());
    request.set_absence_id(absence.absence_id());
    Compare(
        "RemoveAbsence " + absence.ShortDebugString(),
        Reason_Name(
            programme_.Try<assignment::v1::RemoveAbsenceResponse>("AssignmentService.RemoveAbsence", request)
                .reason),
        Reason_Name(model_.RemoveAbsence(absence.consultant_id(), absence.starts_on())));
  }

  void End() {
    const size_t number = random_() % assignments_.size();
    const std::string last = Day();
    Compare("EndAssignment " + std::to_string(assignments_[number]) + " " + last,
            Reason_Name(EndAssignment(programme_.officer(), assignments_[number], last).reason),
            Reason_Name(model_.EndAssignment(number, last)));
  }

  // To one of the others for each case that goes on, and now and then for one that does not.
  void HandOver() {
    const size_t leaver = random_() % 3;
    assignment::v1::ReassignConsultantRequest request;
    request.set_request_id(NewId());
    request.set_consultant_id(consultants_[leaver]);
    request.set_last_day(Day());
    const std::set<int64_t> needed = model_.CasesToHandOver(consultants_[leaver], request.last_day());
    std::map<int64_t, int64_t> successors;
    for (const int64_t case_id : cases_)
      if (needed.contains(case_id) || random_() % 8 == 0)
        successors[case_id] = consultants_[(leaver + 1 + random_() % 2) % 3];
    for (const auto& [case_id, consultant_id] : successors) {
      auto& successor = *request.add_successors();
      successor.set_case_id(case_id);
      successor.set_consultant_id(consultant_id);
    }
    const Outcome outcome = programme_.Try<assignment::v1::ReassignConsultantResponse>(
        "AssignmentService.ReassignConsultant", request);
    Compare("ReassignConsultant " + request.ShortDebugString(), Reason_Name(outcome.reason),
            Reason_Name(model_.HandOver(consultants_[leaver], request.last_day(), successors)));
    LearnNewAssignments();
  }

  // Their numbers follow the order in which they are made.
  void LearnNewAssignments() {
    std::set<int64_t> ids;
    for (const int64_t case_id : cases_) {
      assignment::v1::ListAssignmentsRequest list;
      list.set_case_id(case_id);
      const auto found =
          programme_.Must<assignment::v1::ListAssignmentsResponse>("AssignmentService.ListAssignments", list);
      for (const auto& assignment : found.assignments()) ids.insert(assignment.assignment_id());
    }
    assignments_.assign(ids.begin(), ids.end());
    ASSERT_EQ(assignments_.size(), model_.assignments()) << history_;
  }

  std::mt19937_64 random_;
  Programme programme_{World::stack()};
  CalendarModel model_{Today().ToIso()};
  std::vector<int64_t> cases_, consultants_, assignments_;
  std::vector<calendar::v1::HalfDayEntry> entries_;
  std::string history_;
};

TEST(StoreModel, TheCalendarAnswersAsItsModelDoes) {
  for (uint64_t round = 0; round < 20; ++round) {
    SCOPED_TRACE("seed " + std::to_string(Seed()) + ", round " + std::to_string(round));
    RandomRun run(Seed() + round);
    for (int step = 0; step < 160 && !::testing::Test::HasFatalFailure(); ++step) run.Step();
    if (::testing::Test::HasFatalFailure()) return;
    run.CompareHalfDays();
  }
}

}  // namespace
}  // namespace jalon::test
