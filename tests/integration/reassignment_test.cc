#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// Choosing consultants, and a consultant who leaves: what passes on, what stays, and that both survive a
// crowd.
namespace jalon::test {
namespace {

using assignment::v1::ProposeAssignmentsRequest;
using assignment::v1::ProposeAssignmentsResponse;
using assignment::v1::RankCandidatesRequest;
using assignment::v1::RankCandidatesResponse;
using assignment::v1::ReassignConsultantRequest;
using assignment::v1::ReassignConsultantResponse;
using calendar::v1::HalfDay;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kReassign[] = "AssignmentService.ReassignConsultant";
constexpr char kRank[] = "AssignmentService.RankCandidates";
constexpr char kPropose[] = "AssignmentService.ProposeAssignments";

// The n-th working morning from tomorrow on, from 0.
Slot Morning(int n) {
  Date day = Today().AddDays(1);
  for (;; day = day.AddDays(1)) {
    if (IsWorkingDay(day) && n-- == 0) return {day.ToIso(), common::v1::HALF_MORNING};
  }
}

class Reassignment : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  // Admitted a month ago, so that its window is under way.
  int64_t GivenCurrentCase(int half_days = 40) {
    return programme_.GivenCaseWithGrant(HalfDays{half_days}, AMonthAgo());
  }
  static std::string AMonthAgo() { return Today().AddDays(-30).ToIso(); }

  ReassignConsultantRequest Request(int64_t from, std::map<int64_t, int64_t> successors = {}) {
    ReassignConsultantRequest request;
    request.set_request_id(NewId());
    request.set_consultant_id(from);
    request.set_last_day(Today().ToIso());
    for (const auto& [case_id, consultant_id] : successors) {
      auto& successor = *request.add_successors();
      successor.set_case_id(case_id);
      successor.set_consultant_id(consultant_id);
    }
    return request;
  }
  Outcome Reassign(Client& client, const ReassignConsultantRequest& request) {
    return Outcome::Of(client.Call<ReassignConsultantResponse>(kReassign, request, Patient()).status());
  }
  std::string GivenPlanned(int64_t case_id, int64_t consultant, const Slot& slot) {
    const auto entry = EntryOf(case_id, consultant, slot);
    EXPECT_THAT(Plan(programme_.officer(), entry), IsAccepted());
    return entry.half_day_id();
  }
  std::map<std::string, int64_t> WhoseAre(int64_t case_id) {
    std::map<std::string, int64_t> whose;
    for (const HalfDay& half_day : programme_.HalfDaysOf(case_id))
      whose[half_day.half_day_id()] = half_day.consultant_id();
    return whose;
  }
  std::vector<assignment::v1::Assignment> AssignmentsOf(int64_t case_id) {
    assignment::v1::ListAssignmentsRequest list;
    list.set_case_id(case_id);
    const auto found =
        programme_.Must<assignment::v1::ListAssignmentsResponse>("AssignmentService.ListAssignments", list);
    return {found.assignments().begin(), found.assignments().end()};
  }
  assignment::v1::Need NeedOf(int64_t case_id) {
    assignment::v1::Need need;
    need.set_case_id(case_id);
    need.set_phase(kPhase);
    return need;
  }

  Programme programme_{World::stack()};
};

TEST_F(Reassignment, PassesOnWhatIsPlannedAndLeavesWhatWasDone) {
  const int64_t case_id = GivenCurrentCase();
  const int64_t leaver = programme_.GivenConsultant(), successor = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, leaver);
  const auto done = EntryOf(case_id, leaver, {AMonthAgo(), common::v1::HALF_AFTERNOON});
  auto confirmed = done;
  confirmed.set_non_working_day_confirmed(true);
  ASSERT_THAT(Record(programme_.officer(), confirmed), IsAccepted());
  const std::string one = GivenPlanned(case_id, leaver, Morning(3)),
                    two = GivenPlanned(case_id, leaver, Morning(5));

  ReassignConsultantRequest request = Request(leaver, {{case_id, successor}});
  request.set_leaves(true);
  request.set_validate_only(true);
  const auto preview = programme_.Must<ReassignConsultantResponse>(kReassign, request);
  EXPECT_EQ(preview.half_days(), 2);
  EXPECT_THAT(WhoseAre(case_id), Each(testing::Pair(testing::_, leaver))) << "a preview changes nothing";

  request.set_request_id(NewId());
  request.set_validate_only(false);
  const auto answer = programme_.Must<ReassignConsultantResponse>(kReassign, request);
  EXPECT_EQ(answer.ShortDebugString(), preview.ShortDebugString());
  ASSERT_THAT(answer.handovers(), SizeIs(1));
  EXPECT_EQ(answer.handovers(0).to_consultant_id(), successor);
  EXPECT_THAT(answer.handovers(0).handed(), SizeIs(2));
  EXPECT_EQ(WhoseAre(case_id), (std::map<std::string, int64_t>{
                                   {done.half_day_id(), leaver}, {one, successor}, {two, successor}}));
  const auto assignments = AssignmentsOf(case_id);
  ASSERT_THAT(assignments, SizeIs(2));
  EXPECT_EQ(assignments[0].ends_on(), Today().ToIso());
  EXPECT_TRUE(assignments[0].ended());
  EXPECT_EQ(assignments[1].consultant_id(), successor);
  EXPECT_EQ(assignments[1].starts_on(), Today().AddDays(1).ToIso());

  const auto again = programme_.Must<ReassignConsultantResponse>(kReassign, request);
  EXPECT_EQ(again.ShortDebugString(), answer.ShortDebugString()) << "a retry has the first answer";
  assignment::v1::GetConsultantRequest get;
  get.set_consultant_id(leaver);
  EXPECT_EQ(programme_.Must<assignment::v1::GetConsultantResponse>("AssignmentService.GetConsultant", get)
                .consultant()
                .left_on(),
            Today().ToIso());
}

TEST_F(Reassignment, OfAllCasesOrOfNone) {
  const int64_t free_case = GivenCurrentCase(), blocked_case = GivenCurrentCase(),
                other_case = GivenCurrentCase();
  const int64_t leaver = programme_.GivenConsultant(), successor = programme_.GivenConsultant();
  for (const int64_t case_id : {free_case, blocked_case}) programme_.GivenAssignment(case_id, leaver);
  programme_.GivenAssignment(other_case, successor);
  GivenPlanned(free_case, leaver, Morning(1));
  const std::string blocked = GivenPlanned(blocked_case, leaver, Morning(2));
  GivenPlanned(other_case, successor, Morning(2));

  auto request = Request(leaver, {{free_case, successor}, {blocked_case, successor}});
  EXPECT_THAT(Reassign(programme_.officer(), request), HasReason(REASON_REASSIGNMENT_BLOCKED));
  for (const int64_t case_id : {free_case, blocked_case}) {
    EXPECT_THAT(WhoseAre(case_id), Each(testing::Pair(testing::_, leaver)));
    EXPECT_THAT(AssignmentsOf(case_id), SizeIs(1));
  }
  request.set_request_id(NewId());
  request.set_validate_only(true);
  const auto preview = programme_.Must<ReassignConsultantResponse>(kReassign, request);
  std::map<std::string, std::string> refusals;
  for (const auto& handover : preview.handovers())
    for (const auto& half_day : handover.handed())
      if (!half_day.refusal().empty()) refusals[half_day.half_day_id()] = half_day.refusal();
  EXPECT_EQ(refusals, (std::map<std::string, std::string>{{blocked, "SLOT_TAKEN"}}));

  // Somebody else is free, whoever it is.
  const auto answer = programme_.Must<ReassignConsultantResponse>(kReassign, Request(leaver));
  ASSERT_THAT(answer.handovers(), SizeIs(2));
  for (const auto& handover : answer.handovers()) {
    EXPECT_GT(handover.points(), 0);
    EXPECT_THAT(handover.parts(), SizeIs(6));
    EXPECT_NE(handover.to_consultant_id(), leaver);
  }
  EXPECT_NE(WhoseAre(blocked_case)[blocked], leaver);
  EXPECT_NE(WhoseAre(blocked_case)[blocked], successor);
}

// A successor who is named takes over all the same; what speaks against it is told.
TEST_F(Reassignment, TellsWhatSpeaksAgainstASuccessorWhoIsNamed) {
  const int64_t case_id = GivenCurrentCase();
  const int64_t leaver = programme_.GivenConsultant(), successor = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, leaver);
  GivenPlanned(case_id, leaver, Morning(3));
  World::cluster().Sql("update assignment.consultant set regions = '{94}' where consultant_id = " +
                       std::to_string(successor));
  ReassignConsultantRequest request = Request(leaver, {{case_id, successor}});
  request.set_validate_only(true);
  const auto preview = programme_.Must<ReassignConsultantResponse>(kReassign, request);
  ASSERT_THAT(preview.handovers(), SizeIs(1));
  ASSERT_THAT(preview.handovers(0).why_not(), SizeIs(1));
  EXPECT_EQ(preview.handovers(0).why_not(0).shortcoming(), assignment::v1::SHORTCOMING_REGION);
  request.set_request_id(NewId());
  request.set_validate_only(false);
  EXPECT_EQ(programme_.Must<ReassignConsultantResponse>(kReassign, request).ShortDebugString(),
            preview.ShortDebugString());
}

TEST_F(Reassignment, LeavesNothingOutside) {
  const int64_t case_id = GivenCurrentCase();
  const int64_t leaver = programme_.GivenConsultant(), successor = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, leaver);
  const Date friday = [] {
    Date day = Today().AddDays(-1);
    while (!IsWorkingDay(day)) day = day.AddDays(-1);
    return day;
  }();
  ASSERT_THAT(
      Record(programme_.officer(), EntryOf(case_id, leaver, {friday.ToIso(), common::v1::HALF_MORNING})),
      IsAccepted());
  auto request = Request(leaver, {{case_id, successor}});
  request.set_last_day(friday.AddDays(-1).ToIso());
  EXPECT_THAT(Reassign(programme_.officer(), request), HasReason(REASON_HALF_DAYS_LEFT_OUTSIDE));
}

// Of many who reassign one consultant who leaves, one does it; whoever records, plans or cancels meanwhile
// finds the half-days with the one or with the other.
TEST_F(Reassignment, HappensOnceHoweverManyTryAndRecord) {
  constexpr int kHalfDays = 12, kConnections = 96;
  const int64_t case_id = GivenCurrentCase(), other_case = GivenCurrentCase();
  const int64_t leaver = programme_.GivenConsultant();
  const std::vector<int64_t> successors = {programme_.GivenConsultant(), programme_.GivenConsultant()};
  programme_.GivenAssignment(case_id, leaver);
  for (const int64_t successor : successors) programme_.GivenAssignment(other_case, successor);
  std::vector<std::string> ids;
  for (int n = 0; n < kHalfDays; ++n) ids.push_back(GivenPlanned(case_id, leaver, Morning(n)));

  const auto outcomes = FromManyConnections(World::stack(), kConnections, [&](Client& client, int n) {
    const auto i = static_cast<size_t>(n / 4 % kHalfDays);
    switch (n % 4) {
      case 0: {
        auto request = Request(leaver, {{case_id, successors[static_cast<size_t>(n / 4 % 2)]}});
        request.set_leaves(true);
        return Reassign(client, request);
      }
      case 1: {
        // Where the half-day of the leaver would pass to.
        const auto entry =
            EntryOf(other_case, successors[static_cast<size_t>(n / 4 % 2)], Morning(static_cast<int>(i)));
        return Plan(client, entry);
      }
      case 2: {
        auto entry = EntryOf(case_id, leaver, Morning(kHalfDays + n));
        entry.set_non_working_day_confirmed(true);  // so far ahead, it may be a holiday
        return Plan(client, entry);
      }
      default:
        return n % 8 == 3 ? Cancel(client, ids[i])
                          : AddAbsence(client, successors[0], Morning(n).date, Morning(n).date);
    }
  });
  int reassigned = 0;
  for (int n = 0; n < kConnections; ++n) {
    const Outcome& outcome = outcomes[static_cast<size_t>(n)];
    SCOPED_TRACE(n);
    switch (n % 4) {
      case 0:
        reassigned += outcome.ok ? 1 : 0;
        EXPECT_THAT(outcome, AnyOf(IsAccepted(), HasReason(REASON_CONSULTANT_LEFT),
                                   HasReason(REASON_REASSIGNMENT_BLOCKED)));
        break;
      case 1:
        EXPECT_THAT(outcome,
                    AnyOf(IsAccepted(), HasReason(REASON_SLOT_TAKEN), HasReason(REASON_CONSULTANT_ABSENT)));
        break;
      case 2:
        EXPECT_THAT(outcome,
                    AnyOf(IsAccepted(), HasReason(REASON_NOT_ASSIGNED), HasReason(REASON_GRANT_EXHAUSTED)));
        break;
      default:
        EXPECT_THAT(outcome,
                    AnyOf(IsAccepted(), HasReason(REASON_HALF_DAY_STATE), HasReason(REASON_ABSENCE_OVERLAPS),
                          HasReason(REASON_HALF_DAYS_LEFT_OUTSIDE)));
    }
  }
  EXPECT_LE(reassigned, 1);
  std::set<int64_t> whose;
  for (const HalfDay& half_day : programme_.HalfDaysOf(case_id))
    if (half_day.state() == calendar::v1::HALF_DAY_STATE_PLANNED) whose.insert(half_day.consultant_id());
  EXPECT_THAT(whose, SizeIs(testing::Le(1))) << "all with one, or none moved";
  EXPECT_FALSE(reassigned == 1 && whose.contains(leaver));
}

// Two who hand their cases to each other at the same instant neither wait for ever nor lose a half-day.
TEST_F(Reassignment, GoesBothWaysAtOnce) {
  constexpr int kPairs = 12;
  std::vector<std::pair<int64_t, int64_t>> consultants, cases;
  for (int i = 0; i < kPairs; ++i) {
    consultants.emplace_back(programme_.GivenConsultant(), programme_.GivenConsultant());
    cases.emplace_back(GivenCurrentCase(), GivenCurrentCase());
    programme_.GivenAssignment(cases.back().first, consultants.back().first);
    programme_.GivenAssignment(cases.back().second, consultants.back().second);
    GivenPlanned(cases.back().first, consultants.back().first, Morning(0));
    GivenPlanned(cases.back().second, consultants.back().second, Morning(1));
  }
  const auto outcomes = FromManyConnections(World::stack(), 2 * kPairs, [&](Client& client, int n) {
    const auto& [a, b] = consultants[static_cast<size_t>(n / 2)];
    const auto& [of_a, of_b] = cases[static_cast<size_t>(n / 2)];
    return n % 2 == 0 ? Reassign(client, Request(a, {{of_a, b}})) : Reassign(client, Request(b, {{of_b, a}}));
  });
  // Whoever comes second hands over what it was just given as well, unless it is not named there.
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_STALE_ETAG)));
  EXPECT_GE(CountOk(outcomes), kPairs);
  for (const auto& [of_a, of_b] : cases) {
    EXPECT_THAT(WhoseAre(of_a), SizeIs(1));
    EXPECT_THAT(WhoseAre(of_b), SizeIs(1));
  }
}

// Given back before its first day, an assignment is left behind no more, on whatever day.
TEST_F(Reassignment, LeavesNoAssignmentThatNeverRan) {
  const int64_t case_id = GivenCurrentCase();
  const int64_t one = programme_.GivenConsultant(), other = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, one);
  ASSERT_THAT(Reassign(programme_.officer(), Request(one, {{case_id, other}})), IsAccepted());
  auto back = Request(other, {{case_id, one}});
  back.set_last_day(Today().AddDays(-10).ToIso());
  ASSERT_THAT(Reassign(programme_.officer(), back), IsAccepted());
  back.set_request_id(NewId());
  back.set_last_day(Today().AddDays(-20).ToIso());
  EXPECT_THAT(Reassign(programme_.officer(), back), HasReason(REASON_NOT_ASSIGNED));
  back.set_request_id(NewId());
  back.clear_successors();
  EXPECT_THAT(Reassign(programme_.officer(), back), IsAccepted());
}

TEST_F(Reassignment, OfOneWhomNobodyCanReplaceIsRefusedWithWhatIsMissing) {
  const int64_t case_id = GivenCurrentCase();
  const int64_t leaver = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, leaver);
  Date saturday = Today().AddDays(7);
  while (saturday.weekday() != std::chrono::Saturday) saturday = saturday.AddDays(1);
  auto entry = EntryOf(case_id, leaver, {saturday.ToIso(), common::v1::HALF_MORNING});
  entry.set_non_working_day_confirmed(true);
  ASSERT_THAT(Plan(programme_.officer(), entry), IsAccepted());
  const auto refused =
      programme_.officer().Call<ReassignConsultantResponse>(kReassign, Request(leaver), Once());
  ASSERT_THAT(refused.status(), HasReason(REASON_NOBODY_FITS));
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("trop peu disponibles"));
}

TEST_F(Reassignment, RanksWithPartsThatAddUpAndTellsWhyNot) {
  const std::string siren = programme_.GivenCompany();
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{20}, AMonthAgo(), siren);
  const int64_t tied = programme_.GivenConsultant(), client_of = programme_.GivenConsultant();
  assignment::v1::UpdateConsultantRequest update;
  update.set_request_id(NewId());
  update.mutable_consultant()->set_consultant_id(tied);
  update.mutable_consultant()->set_employer_siren(siren);
  update.add_update_mask("employer_siren");
  programme_.Must<assignment::v1::UpdateConsultantResponse>("AssignmentService.UpdateConsultant", update);
  assignment::v1::DeclarePreviousClientRequest client;
  client.set_request_id(NewId());
  client.set_consultant_id(client_of);
  client.set_siren(siren);
  client.set_ended_on(Today().AddDays(-300).ToIso());
  programme_.Must<assignment::v1::DeclarePreviousClientResponse>("AssignmentService.DeclarePreviousClient",
                                                                 client);

  RankCandidatesRequest request;
  *request.mutable_need() = NeedOf(case_id);
  request.mutable_need()->add_skills("data-strategy");
  request.set_limit(1000);
  const auto answer = programme_.Must<RankCandidatesResponse>(kRank, request);
  ASSERT_GT(answer.candidates_size(), 0);
  EXPECT_EQ(answer.fitting(), answer.candidates_size());
  int before = 1000;
  for (const auto& candidate : answer.candidates()) {
    EXPECT_LE(candidate.points(), before);
    before = candidate.points();
    int sum = 0;
    for (const auto& part : candidate.parts()) sum += part.points();
    EXPECT_EQ(sum, candidate.points());
    EXPECT_NE(candidate.consultant_id(), tied);
    EXPECT_NE(candidate.consultant_id(), client_of);
  }
  std::map<int64_t, assignment::v1::Shortcoming> why;
  for (const auto& other : answer.others()) why[other.consultant_id()] = other.why_not(0).shortcoming();
  EXPECT_EQ(why[tied], assignment::v1::SHORTCOMING_CONFLICT_EMPLOYER);
  EXPECT_EQ(why[client_of], assignment::v1::SHORTCOMING_CONFLICT_CLIENT);
}

TEST_F(Reassignment, RanksOverAPeriodAsLongAsThereAreDates) {
  const int64_t case_id = GivenCurrentCase(), leaver = programme_.GivenConsultant();
  auto leave = Request(leaver);
  leave.set_leaves(true);
  ASSERT_THAT(Reassign(programme_.officer(), leave), IsAccepted());
  RankCandidatesRequest request;
  *request.mutable_need() = NeedOf(case_id);
  request.mutable_need()->set_from("1900-01-01");
  request.mutable_need()->set_until("2199-12-31");
  request.set_limit(1000);
  const auto answer = programme_.Must<RankCandidatesResponse>(kRank, request);
  EXPECT_THAT(answer.candidates(),
              Each(testing::Property(&assignment::v1::Candidate::consultant_id, testing::Ne(leaver))));
}

TEST_F(Reassignment, ProposesForManyAndWritesWhatItProposed) {
  ProposeAssignmentsRequest request;
  request.set_request_id(NewId());
  request.set_programme(programme_.code());
  request.set_phase(kPhase);
  for (int i = 0; i < 5; ++i) {
    GivenCurrentCase(10);
    programme_.GivenConsultant();
  }
  request.set_validate_only(true);
  const auto preview = programme_.Must<ProposeAssignmentsResponse>(kPropose, request);
  ASSERT_THAT(preview.proposals(), SizeIs(5));
  EXPECT_THAT(preview.unmet(), IsEmpty());
  for (const auto& proposal : preview.proposals()) {
    EXPECT_EQ(proposal.assignment_id(), 0);
    EXPECT_THAT(AssignmentsOf(proposal.need().case_id()), IsEmpty());
    for (const auto& other : proposal.alternatives()) EXPECT_GE(other.override_cost(), 0);
  }
  request.set_request_id(NewId());
  request.set_validate_only(false);
  const auto answer = programme_.Must<ProposeAssignmentsResponse>(kPropose, request);
  EXPECT_EQ(answer.total_points(), preview.total_points());
  ASSERT_THAT(answer.proposals(), SizeIs(5));
  for (const auto& proposal : answer.proposals()) {
    const auto made = AssignmentsOf(proposal.need().case_id());
    ASSERT_THAT(made, SizeIs(1));
    EXPECT_EQ(made[0].assignment_id(), proposal.assignment_id());
    EXPECT_EQ(made[0].consultant_id(), proposal.chosen().consultant_id());
  }
  const auto again = programme_.Must<ProposeAssignmentsResponse>(kPropose, request);
  EXPECT_EQ(again.ShortDebugString(), answer.ShortDebugString()) << "a retry has the first answer";
  request.set_request_id(NewId());
  EXPECT_THAT(programme_.Must<ProposeAssignmentsResponse>(kPropose, request).proposals(), IsEmpty())
      << "nobody waits any more";
}

TEST_F(Reassignment, LeavesNobodyWithTwoChoicesOfTheSameCase) {
  GivenCurrentCase(10);
  programme_.GivenConsultant();
  const auto outcomes = FromManyConnections(World::stack(), 24, [&](Client& client, int) {
    ProposeAssignmentsRequest request;
    request.set_request_id(NewId());
    request.set_programme(programme_.code());
    request.set_phase(kPhase);
    return Outcome::Of(client.Call<ProposeAssignmentsResponse>(kPropose, request, Patient()).status());
  });
  EXPECT_GE(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_ASSIGNMENT_OVERLAPS)));
}

}  // namespace
}  // namespace jalon::test
