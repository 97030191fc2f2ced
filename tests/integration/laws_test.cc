#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <set>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// The laws, each attacked from many connections at once, then rechecked on what is left.
namespace jalon::test {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kConnections = 120;

class Laws : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  template <class Fn>
  auto FromManyConnections(int count, Fn fn) {
    return test::FromManyConnections(World::stack(), count, fn);
  }

  Programme programme_{World::stack()};
};

TEST_F(Laws, AGrantIsNeverExceededByConcurrentRecorders) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int n) {
    return Record(client, EntryOf(case_id, consultant, NthWorkingHalfDay(n)));
  });
  EXPECT_EQ(CountOk(outcomes), 10);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_GRANT_EXHAUSTED)));
  EXPECT_THAT(programme_.HalfDaysOf(case_id), SizeIs(10));
}

TEST_F(Laws, PlannersAndRecordersShareOneGrant) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int n) {
    const auto entry = EntryOf(case_id, consultant, NthWorkingHalfDay(n));
    return n % 2 == 0 ? Record(client, entry) : Plan(client, entry);
  });
  EXPECT_EQ(CountOk(outcomes), 10);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_GRANT_EXHAUSTED)));
}

TEST_F(Laws, AGrantNeverExceedsTheCapOfTheRulebook) {
  enrolment::v1::AdmitCaseRequest request;
  request.set_request_id(NewId());
  request.set_case_id(programme_.GivenOpenCase());
  request.set_admitted_on(kAdmittedOn);
  request.set_granted_half_days(101);
  const auto admit = [&] {
    return programme_.Try<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", request);
  };
  EXPECT_THAT(admit(), HasReason(REASON_GRANT_OVER_CAP));
  request.set_request_id(NewId());
  request.set_granted_half_days(100);
  EXPECT_THAT(admit(), IsAccepted());
}

TEST_F(Laws, AConsultantIsInOnePlaceAtATime) {
  const int64_t consultant = programme_.GivenConsultant();
  std::vector<int64_t> cases;
  for (int i = 0; i < 6; ++i) {
    cases.push_back(programme_.GivenCaseWithGrant(HalfDays{40}));
    programme_.GivenAssignment(cases.back(), consultant);
  }
  // Twenty connections after each of six slots, from six cases.
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int n) {
    return Record(client, EntryOf(cases[static_cast<size_t>(n % 6)], consultant, NthWorkingHalfDay(n / 20)));
  });
  EXPECT_EQ(CountOk(outcomes), 6);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_SLOT_TAKEN)));
}

TEST_F(Laws, NoHalfDayOutlivesTheEndOfItsAssignment) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{100});
  std::vector<int64_t> consultants, assignments;
  for (int i = 0; i < 10; ++i) {
    consultants.push_back(programme_.GivenConsultant());
    assignments.push_back(programme_.GivenAssignment(case_id, consultants.back()));
  }
  // Of each twelve connections eleven record after the day on which the twelfth would end the assignment.
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int n) {
    const auto i = static_cast<size_t>(n / 12);
    if (n % 12 == 11) return EndAssignment(client, assignments[i], "2024-06-28");
    return Record(client, EntryOf(case_id, consultants[i], NthWorkingHalfDay(400 + n % 12)));
  });
  int ended = 0;
  for (int n = 0; n < kConnections; ++n) {
    const Outcome& outcome = outcomes[static_cast<size_t>(n)];
    if (n % 12 != 11) {
      EXPECT_THAT(outcome,
                  AnyOf(IsAccepted(), HasReason(REASON_NOT_ASSIGNED), HasReason(REASON_GRANT_EXHAUSTED)));
      continue;
    }
    EXPECT_THAT(outcome, AnyOf(IsAccepted(), HasReason(REASON_HALF_DAYS_LEFT_OUTSIDE)));
    if (!outcome.ok) continue;
    ++ended;
    for (int k = n - 11; k < n; ++k)
      EXPECT_FALSE(outcomes[static_cast<size_t>(k)].ok) << "recorded in an assignment that ended before";
  }
  RecordProperty("assignments_ended", ended);
}

TEST_F(Laws, NoHalfDayLiesInAnAbsence) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{100});
  std::vector<int64_t> consultants;
  for (int i = 0; i < 10; ++i) {
    consultants.push_back(programme_.GivenConsultant());
    programme_.GivenAssignment(case_id, consultants.back());
  }
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int n) {
    const int64_t consultant = consultants[static_cast<size_t>(n / 12)];
    if (n % 12 == 11)
      return AddAbsence(client, consultant, NthWorkingHalfDay(0).date, NthWorkingHalfDay(11).date);
    return Record(client, EntryOf(case_id, consultant, NthWorkingHalfDay(n % 12)));
  });
  for (int n = 0; n < kConnections; ++n) {
    const Outcome& outcome = outcomes[static_cast<size_t>(n)];
    if (n % 12 != 11) {
      EXPECT_THAT(outcome, AnyOf(IsAccepted(), HasReason(REASON_CONSULTANT_ABSENT),
                                 HasReason(REASON_GRANT_EXHAUSTED)));
      continue;
    }
    EXPECT_THAT(outcome, AnyOf(IsAccepted(), HasReason(REASON_HALF_DAYS_LEFT_OUTSIDE)));
    for (int k = n - 11; k < n && outcome.ok; ++k)
      EXPECT_FALSE(outcomes[static_cast<size_t>(k)].ok) << "recorded in an absence";
  }
}

TEST_F(Laws, NobodyIsAssignedToACompanyInWhichTheyHaveAnInterest) {
  std::vector<std::string> sirens;
  std::vector<int64_t> cases, consultants;
  for (int i = 0; i < 20; ++i) {
    sirens.push_back(programme_.GivenCompany());
    cases.push_back(programme_.GivenCaseWithGrant(HalfDays{4}, kAdmittedOn, sirens.back()));
    consultants.push_back(programme_.GivenConsultant());
  }
  const auto outcomes = FromManyConnections(40, [&](Client& client, int n) {
    const auto i = static_cast<size_t>(n / 2);
    if (n % 2 == 0) {
      assignment::v1::DeclareConflictRequest request;
      request.set_request_id(NewId());
      request.set_consultant_id(consultants[i]);
      request.set_siren(sirens[i]);
      request.set_reason("Actionnaire");
      return Outcome::Of(client
                             .Call<assignment::v1::DeclareConflictResponse>(
                                 "AssignmentService.DeclareConflict", request, Patient())
                             .status());
    }
    assignment::v1::CreateAssignmentRequest request;
    request.set_request_id(NewId());
    request.set_case_id(cases[i]);
    request.set_consultant_id(consultants[i]);
    request.set_phase(kPhase);
    request.set_starts_on("2024-02-01");
    request.set_ends_on("2199-12-31");
    return Outcome::Of(client
                           .Call<assignment::v1::CreateAssignmentResponse>(
                               "AssignmentService.CreateAssignment", request, Patient())
                           .status());
  });
  for (size_t n = 0; n < outcomes.size(); n += 2) {
    EXPECT_NE(outcomes[n].ok, outcomes[n + 1].ok) << "one of the two, never both";
    EXPECT_THAT(outcomes[n], AnyOf(IsAccepted(), HasReason(REASON_ASSIGNED_TO_COMPANY)));
    EXPECT_THAT(outcomes[n + 1], AnyOf(IsAccepted(), HasReason(REASON_CONFLICT_OF_INTEREST)));
  }
}

// Accompaniment of 2 half-days at 1,300 € a day: Bpifrance bears 650 €, the Région 390 €.
TEST(LawOfEnvelopes, OfManySignaturesExactlyThoseThatFitSucceed) {
  Programme programme(World::stack(), 10 * 650'00);
  std::vector<int64_t> cases;
  for (int i = 0; i < 100; ++i) cases.push_back(programme.GivenCaseWithGrant(HalfDays{2}));
  const auto outcomes = FromManyConnections(World::stack(), 100, [&](Client& client, int n) {
    const auto request = programme.AgreementOf(cases[static_cast<size_t>(n)], HalfDays{2});
    return Outcome::Of(
        client.Call<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", request, Patient())
            .status());
  });
  EXPECT_EQ(CountOk(outcomes), 10);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_ENVELOPE_EXHAUSTED)));
  funding::v1::ListEnvelopesRequest list;
  list.set_funder(programme.bpifrance());
  const auto envelopes =
      programme.Must<funding::v1::ListEnvelopesResponse>("FundingService.ListEnvelopes", list);
  ASSERT_EQ(envelopes.envelopes_size(), 1);
  EXPECT_EQ(envelopes.envelopes(0).reserved().cents(), 10 * 650'00);
  EXPECT_THAT(VerifyLaws(programme.officer()), IsEmpty());
}

TEST_F(Laws, ACaseHasOneAgreementHoweverManySign) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10});
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int) {
    const auto request = programme_.AgreementOf(case_id, HalfDays{10});
    return Outcome::Of(
        client.Call<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", request, Patient())
            .status());
  });
  EXPECT_EQ(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_AGREEMENT_EXISTS)));
}

TEST_F(Laws, AHalfDayIsChargedOnce) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{20});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  programme_.GivenAgreement(case_id, HalfDays{20});
  for (int n = 0; n < 6; ++n) programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(n));
  // Not approved: never charged.
  ASSERT_THAT(Record(programme_.officer(), EntryOf(case_id, consultant, NthWorkingHalfDay(6))), IsAccepted());

  std::atomic<int64_t> half_days = 0, cost_cents = 0;
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int) {
    funding::v1::ChargeHalfDaysRequest request;
    request.set_request_id(NewId());
    request.set_case_id(case_id);
    const auto charged =
        client.Call<funding::v1::ChargeHalfDaysResponse>("FundingService.ChargeHalfDays", request, Patient());
    if (charged.ok()) {
      half_days += charged->half_days();
      cost_cents += charged->cost().cents();
    }
    return Outcome::Of(charged.status());
  });
  EXPECT_EQ(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_NOTHING_TO_CHARGE)));
  EXPECT_EQ(half_days, 6);
  EXPECT_EQ(cost_cents, 6 * 650'00);
}

TEST_F(Laws, AChargeIsReversedOnce) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{4});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  programme_.GivenAgreement(case_id, HalfDays{4});
  const std::string half_day = programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  programme_.Charge(case_id);
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int) {
    funding::v1::ReverseChargeRequest request;
    request.set_request_id(NewId());
    request.set_half_day_id(half_day);
    request.set_reason("essai");
    return Outcome::Of(
        client.Call<funding::v1::ReverseChargeResponse>("FundingService.ReverseCharge", request, Patient())
            .status());
  });
  EXPECT_EQ(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_ALREADY_REVERSED)));
}

TEST_F(Laws, WhatIsPaidNeverExceedsWhatIsCharged) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  programme_.GivenAgreement(case_id, HalfDays{2});
  programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  programme_.Charge(case_id);  // of 650 €, Bpifrance bears 325 €
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int n) {
    funding::v1::RecordPaymentRequest request;
    request.set_request_id(NewId());
    request.set_case_id(case_id);
    request.set_funder(programme_.bpifrance());
    *request.mutable_amount() = Euros(100'00);
    request.set_paid_on("2025-06-02");
    request.set_reference("VIR-" + std::to_string(n));
    return Outcome::Of(
        client.Call<funding::v1::RecordPaymentResponse>("FundingService.RecordPayment", request, Patient())
            .status());
  });
  EXPECT_EQ(CountOk(outcomes), 3);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_PAYMENT_OVER_CHARGED)));
}

TEST_F(Laws, OneTransferCountsOnceForACaseAndFunder) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  programme_.GivenAgreement(case_id, HalfDays{2});
  programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  programme_.Charge(case_id);
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int n) {
    funding::v1::RecordPaymentRequest request;
    request.set_request_id(NewId());
    request.set_case_id(case_id);
    request.set_funder(programme_.bpifrance());
    *request.mutable_amount() = Euros(100'00);
    request.set_paid_on(n % 2 == 0 ? "2025-06-02" : "2025-06-03");
    request.set_reference("VIR-1");
    return Outcome::Of(
        client.Call<funding::v1::RecordPaymentResponse>("FundingService.RecordPayment", request, Patient())
            .status());
  });
  EXPECT_EQ(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_PAYMENT_TWICE)));
}

TEST_F(Laws, OneRequestHasOneEffectAndOneAnswer) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  calendar::v1::RecordHalfDaysRequest request;
  request.set_request_id(NewId());
  for (int n = 0; n < 12; ++n)
    *request.add_entries() = EntryOf(case_id, consultant, NthWorkingHalfDay(n));  // two too many
  const auto answers = FromManyConnections(kConnections, [&](Client& client, int) {
    const auto response = client.Call<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays",
                                                                            request, Patient());
    return response.ok() ? response->SerializeAsString() : response.status().ToString();
  });
  EXPECT_THAT(std::set<std::string>(answers.begin(), answers.end()), SizeIs(1));
  EXPECT_THAT(programme_.HalfDaysOf(case_id), SizeIs(10));
  calendar::v1::RecordHalfDaysResponse answer;
  ASSERT_TRUE(answer.ParseFromString(answers.front()));
  ASSERT_EQ(answer.outcomes_size(), 12) << answers.front();
  EXPECT_EQ(answer.outcomes(11).refusal(), REASON_GRANT_EXHAUSTED);
  EXPECT_EQ(World::cluster().Sql("select count(*) from audit.event where request_id = '" +
                                 request.request_id() + "'"),
            "10");
}

// Each command under one id from every connection: one effect, and everybody reads the same answer.
template <class Response, class Request>
std::vector<std::string> AnswersToOne(const char* method, const Request& request) {
  return FromManyConnections(World::stack(), kConnections, [&](Client& client, int) {
    const auto response = client.Call<Response>(method, request, Patient());
    return response.ok() ? response->SerializeAsString() : "failed: " + response.status().ToString();
  });
}

MATCHER(AreOneAndTheSame, "one answer to all") {
  const std::set<std::string> different(arg.begin(), arg.end());
  *result_listener << ::testing::PrintToString(different);
  return different.size() == 1 && !different.begin()->starts_with("failed");
}

TEST_F(Laws, EveryCommandUnderOneIdHasOneEffect) {
  const std::string siren = programme_.GivenCompany();
  const auto application = programme_.Application(siren);
  EXPECT_THAT((AnswersToOne<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", application)),
              AreOneAndTheSame());
  const int64_t case_id =
      programme_.Must<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", application)
          .case_()
          .case_id();

  enrolment::v1::AdmitCaseRequest admit;
  admit.set_request_id(NewId());
  admit.set_case_id(case_id);
  admit.set_admitted_on(kAdmittedOn);
  EXPECT_THAT((AnswersToOne<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", admit)),
              AreOneAndTheSame());

  assignment::v1::CreateConsultantRequest hire;
  hire.set_request_id(NewId());
  hire.set_name("Une seule");
  *hire.mutable_day_rate() = Euros(1'000'00);
  EXPECT_THAT(
      (AnswersToOne<assignment::v1::CreateConsultantResponse>("AssignmentService.CreateConsultant", hire)),
      AreOneAndTheSame());
  const int64_t consultant =
      programme_.Must<assignment::v1::CreateConsultantResponse>("AssignmentService.CreateConsultant", hire)
          .consultant()
          .consultant_id();

  assignment::v1::CreateAssignmentRequest assign;
  assign.set_request_id(NewId());
  assign.set_case_id(case_id);
  assign.set_consultant_id(consultant);
  assign.set_phase(kPhase);
  EXPECT_THAT(
      (AnswersToOne<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment", assign)),
      AreOneAndTheSame());

  calendar::v1::PlanHalfDaysRequest plan;
  plan.set_request_id(NewId());
  *plan.add_entries() = EntryOf(case_id, consultant, NthWorkingHalfDay(0));
  EXPECT_THAT((AnswersToOne<calendar::v1::PlanHalfDaysResponse>("CalendarService.PlanHalfDays", plan)),
              AreOneAndTheSame());

  calendar::v1::RecordHalfDaysRequest record;
  record.set_request_id(NewId());
  *record.add_entries() = plan.entries(0);
  EXPECT_THAT((AnswersToOne<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", record)),
              AreOneAndTheSame());

  calendar::v1::AttestHalfDaysRequest attest;
  attest.set_request_id(NewId());
  attest.add_half_day_ids(plan.entries(0).half_day_id());
  EXPECT_THAT((AnswersToOne<calendar::v1::AttestHalfDaysResponse>("CalendarService.AttestHalfDays", attest)),
              AreOneAndTheSame());

  calendar::v1::ApproveHalfDaysRequest approve;
  approve.set_request_id(NewId());
  approve.add_half_day_ids(plan.entries(0).half_day_id());
  EXPECT_THAT(
      (AnswersToOne<calendar::v1::ApproveHalfDaysResponse>("CalendarService.ApproveHalfDays", approve)),
      AreOneAndTheSame());

  const auto sign = programme_.AgreementOf(case_id, HalfDays{10});
  EXPECT_THAT((AnswersToOne<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", sign)),
              AreOneAndTheSame());

  funding::v1::ChargeHalfDaysRequest charge;
  charge.set_request_id(NewId());
  charge.set_case_id(case_id);
  EXPECT_THAT((AnswersToOne<funding::v1::ChargeHalfDaysResponse>("FundingService.ChargeHalfDays", charge)),
              AreOneAndTheSame());

  funding::v1::RecordPaymentRequest pay;
  pay.set_request_id(NewId());
  pay.set_case_id(case_id);
  pay.set_funder(programme_.bpifrance());
  *pay.mutable_amount() = Euros(10'00);
  pay.set_paid_on("2025-06-02");
  pay.set_reference("VIR-2");
  EXPECT_THAT((AnswersToOne<funding::v1::RecordPaymentResponse>("FundingService.RecordPayment", pay)),
              AreOneAndTheSame());
}

TEST_F(Laws, AnIdWithOtherContentIsRefused) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{50});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  const std::string id = NewId();
  const auto outcomes = FromManyConnections(kConnections, [&](Client& client, int n) {
    return Record(client, EntryOf(case_id, consultant, NthWorkingHalfDay(n % 40)), id);
  });
  EXPECT_EQ(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_REQUEST_ID_REUSED)));
  EXPECT_THAT(programme_.HalfDaysOf(case_id), SizeIs(1));

  // Nor may another person reuse it, nor another command.
  const auto entry = EntryOf(case_id, consultant, NthWorkingHalfDay(60));
  const std::string mine = NewId();
  ASSERT_THAT(Record(programme_.officer(), entry, mine), IsAccepted());
  const auto other = World::stack().Connect(kOtherOfficer);
  EXPECT_THAT(Record(*other, entry, mine), HasReason(REASON_REQUEST_ID_REUSED));
  calendar::v1::PlanHalfDaysRequest plan;
  plan.set_request_id(mine);
  *plan.add_entries() = entry;
  EXPECT_THAT(programme_.Try<calendar::v1::PlanHalfDaysResponse>("CalendarService.PlanHalfDays", plan),
              HasReason(REASON_REQUEST_ID_REUSED));
}

// One request that names a planned half-day twice writes it once: its event too (law 11).
TEST_F(Laws, AHalfDayNamedTwiceInOneRequestIsWrittenOnce) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{4});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  const auto entry = EntryOf(case_id, consultant, NthWorkingHalfDay(0));
  ASSERT_THAT(Plan(programme_.officer(), entry), IsAccepted());
  calendar::v1::RecordHalfDaysRequest request;
  request.set_request_id(NewId());
  *request.add_entries() = entry;
  *request.add_entries() = entry;
  *request.add_entries() = entry;
  request.mutable_entries(2)->set_note("autre contenu");
  const auto answer =
      programme_.Must<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request);
  ASSERT_EQ(answer.outcomes_size(), 3);
  EXPECT_EQ(answer.outcomes(0).refusal(), REASON_UNSPECIFIED);
  EXPECT_EQ(answer.outcomes(1).refusal(), REASON_UNSPECIFIED);
  EXPECT_EQ(answer.outcomes(2).refusal(), REASON_HALF_DAY_ID_REUSED);
  EXPECT_EQ(World::cluster().Sql("select count(*) from audit.event where request_id = '" +
                                 request.request_id() + "'"),
            "1");
}

// Whoever comes before the lock lands in the month and goes on if it is not settled; whoever comes after
// lands in the next. Cases admitted meanwhile know of the lock, too.
TEST_F(Laws, ALockedMonthIsSettledWhoeverCameFirst) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{100});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  std::vector<std::string> attested;
  for (int n = 0; n < 12; ++n) {
    const auto entry = EntryOf(case_id, consultant, NthWorkingHalfDay(n));
    ASSERT_THAT(Record(programme_.officer(), entry), IsAccepted());
    ASSERT_THAT(Attest(programme_.officer(), entry.half_day_id()), IsAccepted());
    attested.push_back(entry.half_day_id());
  }
  std::vector<int64_t> open_cases;
  for (int i = 0; i < 6; ++i) open_cases.push_back(programme_.GivenOpenCase());

  std::atomic<int> rolled = 0;
  const auto outcomes = FromManyConnections(60, [&](Client& client, int n) {
    if (n == 30) {
      calendar::v1::LockMonthRequest request;
      request.set_request_id(NewId());
      request.set_programme(programme_.code());
      request.set_month("2024-01");
      const auto locked =
          client.Call<calendar::v1::LockMonthResponse>("CalendarService.LockMonth", request, Patient());
      if (locked.ok()) rolled = locked->rolled_half_days();
      return Outcome::Of(locked.status());
    }
    if (n < 12) return Approve(client, attested[static_cast<size_t>(n)]);
    if (n < 18) {
      enrolment::v1::AdmitCaseRequest request;
      request.set_request_id(NewId());
      request.set_case_id(open_cases[static_cast<size_t>(n - 12)]);
      request.set_admitted_on(kAdmittedOn);
      return Outcome::Of(
          client.Call<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", request, Patient())
              .status());
    }
    // From the 13th half-day on: all in January 2024, which has 36 from the 8th.
    return Record(client, EntryOf(case_id, consultant, NthWorkingHalfDay(12 + (n - 18) % 20)));
  });
  for (int n = 0; n < 60; ++n) {
    const Outcome& outcome = outcomes[static_cast<size_t>(n)];
    if (n < 18 || n == 30) {
      EXPECT_THAT(outcome, IsAccepted());
    } else {
      EXPECT_THAT(outcome, AnyOf(IsAccepted(), HasReason(REASON_SLOT_TAKEN)));
    }
  }
  int in_month = 0, went_on = 0;
  for (const auto& half_day : programme_.HalfDaysOf(case_id)) {
    in_month += half_day.sheet_month() == "2024-01" ? 1 : 0;
    went_on += half_day.sheet_month() == "2024-02" ? 1 : 0;
    if (half_day.sheet_month() == "2024-01") {
      EXPECT_EQ(half_day.state(), calendar::v1::HALF_DAY_STATE_APPROVED);
    }
    EXPECT_EQ(half_day.date().substr(0, 7), "2024-01") << "the date stays true";
  }
  EXPECT_EQ(in_month + went_on, 32);
  EXPECT_LE(rolled, went_on);
  // The next lock finds the rest.
  ASSERT_THAT(LockMonth(programme_.officer(), programme_.code(), "2024-01"), HasReason(REASON_MONTH_LOCKED));
  ASSERT_THAT(LockMonth(programme_.officer(), programme_.code(), "2024-02"), IsAccepted());
}

TEST_F(Laws, AMonthIsLockedOnce) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{4});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  ASSERT_THAT(Record(programme_.officer(), EntryOf(case_id, consultant, NthWorkingHalfDay(0))), IsAccepted());
  const auto outcomes = FromManyConnections(
      40, [&](Client& client, int) { return LockMonth(client, programme_.code(), "2024-01"); });
  EXPECT_EQ(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_MONTH_LOCKED)));
}

TEST_F(Laws, ASheetIsApprovedOnceWhoeverApproves) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{60});
  std::vector<int64_t> consultants;
  for (int i = 0; i < 5; ++i) {
    consultants.push_back(programme_.GivenConsultant());
    programme_.GivenAssignment(case_id, consultants.back());
    for (int n = 0; n < 6; ++n) {
      const auto entry = EntryOf(case_id, consultants.back(), NthWorkingHalfDay(n));
      ASSERT_THAT(Record(programme_.officer(), entry), IsAccepted());
      ASSERT_THAT(Attest(programme_.officer(), entry.half_day_id()), IsAccepted());
    }
  }
  std::atomic<int> approved = 0;
  const auto outcomes = FromManyConnections(40, [&](Client& client, int n) {
    calendar::v1::ApproveSheetsRequest request;
    request.set_request_id(NewId());
    for (int i = 0; i < 5; ++i) {  // in every order
      auto& sheet = *request.add_sheets();
      sheet.set_case_id(case_id);
      sheet.set_consultant_id(consultants[static_cast<size_t>((i * (1 + n % 4) + n) % 5)]);
      sheet.set_month("2024-01");
    }
    const auto answer =
        client.Call<calendar::v1::ApproveSheetsResponse>("CalendarService.ApproveSheets", request, Patient());
    if (answer.ok())
      for (const auto& sheet : answer->sheets()) approved += sheet.approved();
    return Outcome::Of(answer.status());
  });
  EXPECT_THAT(outcomes, Each(IsAccepted()));
  EXPECT_EQ(approved, 30);
  EXPECT_EQ(World::cluster().Sql(
                "select count(*) from audit.event where action = 'half_day.approved' and case_id = " +
                std::to_string(case_id)),
            "30");
}

TEST_F(Laws, MoversMeetAtOnePlace) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{100});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  std::vector<std::string> ids;
  for (int n = 0; n < 60; ++n) {
    const auto entry = EntryOf(case_id, consultant, NthWorkingHalfDay(n));
    ASSERT_THAT(Plan(programme_.officer(), entry), IsAccepted());
    ids.push_back(entry.half_day_id());
  }
  // Sixty movers, twenty planners and twenty recorders after one place.
  const Slot wanted = NthWorkingHalfDay(200);
  const auto outcomes = FromManyConnections(100, [&](Client& client, int n) {
    if (n < 60) return Reschedule(client, ids[static_cast<size_t>(n)], wanted);
    const auto entry = EntryOf(case_id, consultant, wanted);
    return n % 2 == 0 ? Plan(client, entry) : Record(client, entry);
  });
  EXPECT_EQ(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_SLOT_TAKEN)));
}

// Each mover sends two to each other's place, while others record around them: nobody deadlocks, nobody is
// lost.
TEST_F(Laws, HalfDaysTradePlacesUnderLoad) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{100});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  std::vector<calendar::v1::HalfDayEntry> entries;
  for (int n = 0; n < 20; ++n) {
    entries.push_back(EntryOf(case_id, consultant, NthWorkingHalfDay(n)));
    ASSERT_THAT(Plan(programme_.officer(), entries.back()), IsAccepted());
  }
  const auto outcomes = FromManyConnections(60, [&](Client& client, int n) {
    if (n >= 40) return Record(client, EntryOf(case_id, consultant, NthWorkingHalfDay(n)));
    calendar::v1::RescheduleHalfDaysRequest request;
    request.set_request_id(NewId());
    const auto one = static_cast<size_t>(n % 20), other = static_cast<size_t>((n * 7 + 3) % 20);
    for (const auto& [mover, place] : {std::pair{one, other}, std::pair{other, one}}) {
      auto& move = *request.add_moves();
      move.set_half_day_id(entries[mover].half_day_id());
      move.set_date(entries[place].date());
      move.set_half(entries[place].half());
    }
    const auto answer = client.Call<calendar::v1::RescheduleHalfDaysResponse>(
        "CalendarService.RescheduleHalfDays", request, Patient());
    if (!answer.ok()) return Outcome::Of(answer.status());
    for (const auto& outcome : answer->outcomes())
      if (outcome.refusal() != REASON_UNSPECIFIED) return Outcome::Refused(outcome.refusal());
    return Outcome::Accepted();
  });
  // A place may be held meanwhile by a third, whom an earlier trade sent there.
  EXPECT_THAT(outcomes, Each(AnyOf(IsAccepted(), HasReason(REASON_SLOT_TAKEN))));
  EXPECT_GT(CountOk(outcomes), 20);
  EXPECT_THAT(programme_.HalfDaysOf(case_id), SizeIs(40));
}

// Everything at once: many threads, random commands on a few cases and consultants, then the laws.
TEST_F(Laws, HoldUnderRandomCommandsFromManyThreads) {
  constexpr int kThreads = 100;
  constexpr int kCommandsEach = 30;
  std::vector<int64_t> cases, consultants, assignments;
  for (int i = 0; i < 4; ++i) cases.push_back(programme_.GivenCaseWithGrant(HalfDays{12}));
  for (int i = 0; i < 4; ++i) consultants.push_back(programme_.GivenConsultant());
  for (const int64_t case_id : cases) {
    programme_.GivenAgreement(case_id, HalfDays{12});
    for (const int64_t consultant : consultants)
      assignments.push_back(programme_.GivenAssignment(case_id, consultant));
  }
  std::vector<calendar::v1::HalfDayEntry> entries;
  std::mt19937_64 random(Seed());
  for (int i = 0; i < 200; ++i)
    entries.push_back(EntryOf(cases[random() % 4], consultants[random() % 4],
                              NthWorkingHalfDay(static_cast<int>(random() % 40))));

  const std::set<Reason> expected = {REASON_UNSPECIFIED,        REASON_SLOT_TAKEN,
                                     REASON_GRANT_EXHAUSTED,    REASON_HALF_DAY_STATE,
                                     REASON_HALF_DAY_NOT_FOUND, REASON_NOT_ASSIGNED,
                                     REASON_CONSULTANT_ABSENT,  REASON_HALF_DAYS_LEFT_OUTSIDE,
                                     REASON_ABSENCE_OVERLAPS,   REASON_ASSIGNMENT_ENDED,
                                     REASON_NOTHING_TO_CHARGE,  REASON_AGREED_DAYS_EXHAUSTED,
                                     REASON_HALF_DAY_DISPUTED,  REASON_HALF_DAY_CHARGED,
                                     REASON_SHEET_NOT_FOUND,    REASON_MONTH_LOCKED,
                                     REASON_MONTH_LOCK_ORDER,
                                     REASON_HALF_DAY_ID_REUSED,  // it was moved meanwhile
                                     REASON_CONTENDED};
  const auto unexpected = FromManyConnections(kThreads, [&](Client& client, int n) {
    std::mt19937_64 mine(Seed() + static_cast<uint64_t>(n) + 1);
    std::string wrong;
    for (int i = 0; i < kCommandsEach; ++i) {
      const auto& entry = entries[mine() % entries.size()];
      const std::string& id = entry.half_day_id();
      Outcome outcome;
      switch (mine() % 26) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
          outcome = Record(client, entry);
          break;
        case 5:
        case 6:
        case 7:
          outcome = Plan(client, entry);
          break;
        case 8:
        case 9:
          outcome = Cancel(client, id);
          break;
        case 10:
        case 11:
        case 12:
          outcome = Attest(client, id);
          break;
        case 13:
        case 14:
          outcome = Approve(client, id);
          break;
        case 15:
          outcome = Reopen(client, id);
          break;
        case 20:
        case 21:
        case 22:
          outcome = Reschedule(client, id, NthWorkingHalfDay(static_cast<int>(mine() % 40)));
          break;
        case 23:
          outcome = Dispute(client, id);
          break;
        case 24:
          outcome = ApproveSheet(client, entry.case_id(), entry.consultant_id(), "2024-01");
          break;
        case 25:
          outcome = mine() % 40 == 0
                        ? LockMonth(client, programme_.code(), "2024-01")
                        : ApproveSheet(client, entry.case_id(), entry.consultant_id(), "2024-02");
          break;
        case 16: {
          const std::string day = NthWorkingHalfDay(static_cast<int>(mine() % 40)).date;
          outcome = AddAbsence(client, entry.consultant_id(), day, day);
          break;
        }
        case 17:
          outcome = EndAssignment(client, assignments[mine() % assignments.size()],
                                  NthWorkingHalfDay(20 + static_cast<int>(mine() % 20)).date);
          break;
        default: {
          funding::v1::ChargeHalfDaysRequest request;
          request.set_request_id(NewId());
          request.set_case_id(entry.case_id());
          outcome = Outcome::Of(client
                                    .Call<funding::v1::ChargeHalfDaysResponse>(
                                        "FundingService.ChargeHalfDays", request, Patient())
                                    .status());
        }
      }
      if (!outcome.ok && (outcome.reason == REASON_UNSPECIFIED || !expected.contains(outcome.reason)))
        wrong += ::testing::PrintToString(outcome) + "\n";
    }
    return wrong;
  });
  EXPECT_THAT(unexpected, Each(IsEmpty())) << "seed " << Seed();
  EXPECT_NE(World::cluster().Sql("select count(*) from funding.charge c join funding.agreement a using "
                                 "(agreement_id) where a.programme = '" +
                                 programme_.code() + "'"),
            "0")
      << "a run that charges nothing tries little; seed " << Seed();
}

}  // namespace
}  // namespace jalon::test
