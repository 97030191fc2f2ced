#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/support/process.h"
#include "tests/support/programme.h"
#include "tests/support/world.h"

// What a rulebook says, live cases obey: each of its settings, from the application to the charge.
namespace jalon::test {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Obeyed : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(VerifyLaws(officer()), IsEmpty()); }

  Client& officer() { return programme_.officer(); }

  void Publish(const std::string& source) {
    programme::v1::PublishRulebookRequest request;
    request.set_request_id(NewId());
    request.set_source(source);
    programme_.Must<programme::v1::PublishRulebookResponse>("ProgrammeService.PublishRulebook", request);
  }

  static void Replace(std::string* text, const std::string& from, const std::string& to) {
    ASSERT_NE(text->find(from), std::string::npos) << from;
    for (size_t at = text->find(from); at != std::string::npos; at = text->find(from, at + to.size()))
      text->replace(at, from.size(), to);
  }

  // A rulebook of the tree, for this programme and with its funder.
  void PublishFile(const std::string& name, const std::string& funder) {
    std::string source = ReadFile(SourceDir() + "/deploy/rulebooks/" + name + ".yaml");
    Replace(&source, funder, programme_.bpifrance());
    Replace(&source, "programme: " + name, "programme: " + programme_.code());
    Replace(&source, "\nversion: 1", "\nversion: 2");
    Publish(source);
  }

  // Half of any day rate is covered, to companies of one and more.
  void PublishWith(const std::string& settings, const std::string& eligibility = "{min_headcount: 1}",
                   const std::string& scope_of_more = "") {
    const std::string more = scope_of_more.empty() ? ""
                                                   : "{funder: " + programme_.bpifrance() + ", rate: 70 %, " +
                                                         scope_of_more + "}, ";
    Publish("programme: " + programme_.code() + R"(
version: 2
title_fr: Essai
title_en: Trial
terms_fixed_by: agreement
cap_half_days: 100
stack_cap: 80 %
payee: expert
funders: [)" +
            programme_.bpifrance() + "]\n" + settings + "\neligibility: " + eligibility + R"(
phases:
  - code: diagnosis
    title_fr: Diagnostic
    title_en: Diagnosis
    chargeable: true
    tariffs: [{fixed_price: 1 000 EUR, stack_cap: 50 %, eligible_cost: 800 EUR, coverage: [{funder: )" +
            programme_.bpifrance() + R"(, rate: 50 %, ceiling: 500 EUR}]}]
  - code: accompaniment
    title_fr: Accompagnement
    title_en: Accompaniment
    chargeable: true
    prerequisites: [)" +
            (settings.find("# diagnosis first") == std::string::npos ? "" : "diagnosis") + R"(]
    tariffs: [{any_day_rate: true, coverage: [)" +
            more + "{funder: " + programme_.bpifrance() + R"(, rate: 50 %}]}]
examples:
  - title_fr: Un jour
    title_en: A day
    facts: {applied_on: 2024-01-02}
    phases:
      - {phase: diagnosis, half_days: 2, cost: 1 000 EUR, aid: 400 EUR}
      - {phase: accompaniment, half_days: 2, day_rate: 1 000 EUR, cost: 1 000 EUR}
)");
  }

  using Facts = enrolment::v1::CompanyFacts;
  int64_t Open(const std::function<void(Facts&)>& declare, const std::string& siren = "",
               const std::string& applied_on = "2024-01-02") {
    auto request = programme_.Application(siren.empty() ? programme_.GivenCompany() : siren);
    request.set_applied_on(applied_on);
    // The last year closed before it.
    request.mutable_facts()->set_year_closed_on(std::to_string(std::stoi(applied_on) - 1) + "-12-31");
    declare(*request.mutable_facts());
    return programme_.Must<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", request)
        .case_()
        .case_id();
  }
  int64_t Open(const std::string& siren = "", const std::string& applied_on = "2024-01-02") {
    return Open([](Facts&) {}, siren, applied_on);
  }
  Outcome Admit(int64_t case_id, const std::string& admitted_on = kAdmittedOn) {
    enrolment::v1::AdmitCaseRequest request;
    request.set_request_id(NewId());
    request.set_case_id(case_id);
    request.set_admitted_on(admitted_on);
    return programme_.Try<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", request);
  }
  template <class Request, class Response>
  void End(const char* method, int64_t case_id) {
    Request request;
    request.set_request_id(NewId());
    request.set_case_id(case_id);
    request.set_reason("essai");
    programme_.Must<Response>(method, request);
  }
  void Withdraw(int64_t case_id) {
    End<enrolment::v1::WithdrawCaseRequest, enrolment::v1::WithdrawCaseResponse>(
        "EnrolmentService.WithdrawCase", case_id);
  }
  void Reject(int64_t case_id) {
    End<enrolment::v1::RejectCaseRequest, enrolment::v1::RejectCaseResponse>("EnrolmentService.RejectCase",
                                                                             case_id);
  }
  enrolment::v1::Case Read(int64_t case_id) {
    enrolment::v1::GetCaseRequest request;
    request.set_case_id(case_id);
    return programme_.Must<enrolment::v1::GetCaseResponse>("EnrolmentService.GetCase", request).case_();
  }
  calendar::v1::GetCaseCalendarResponse Calendar(int64_t case_id) {
    calendar::v1::GetCaseCalendarRequest request;
    request.set_case_id(case_id);
    return programme_.Must<calendar::v1::GetCaseCalendarResponse>("CalendarService.GetCaseCalendar", request);
  }

  funding::v1::SignAgreementRequest AgreementOf(int64_t case_id, const std::string& phase, int half_days,
                                                const std::string& signed_on = "2024-03-11") {
    auto request = programme_.AgreementOf(case_id, HalfDays{half_days}, 1'000'00);
    request.set_signed_on(signed_on);
    request.mutable_phases(0)->set_phase(phase);
    return request;
  }
  funding::v1::Quote Sign(const funding::v1::SignAgreementRequest& request) {
    return programme_.Must<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", request)
        .agreement()
        .terms();
  }
  Outcome TrySign(const funding::v1::SignAgreementRequest& request) {
    return programme_.Try<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", request);
  }

  // An admitted case with a consultant assigned to it over three years.
  struct Live {
    int64_t case_id, consultant;
  };
  Live GivenLive(int64_t case_id, const char* phase = kPhase) {
    EXPECT_THAT(Admit(case_id), IsAccepted());
    const Live live{case_id, programme_.GivenConsultant()};
    Assign(live, phase);
    return live;
  }
  void Assign(const Live& live, const char* phase = kPhase) {
    assignment::v1::CreateAssignmentRequest request;
    request.set_request_id(NewId());
    request.set_case_id(live.case_id);
    request.set_consultant_id(live.consultant);
    request.set_phase(phase);
    request.set_starts_on("2024-01-01");
    request.set_ends_on("2026-12-31");
    programme_.Must<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment", request);
  }
  static calendar::v1::HalfDayEntry On(const Live& live, const std::string& date,
                                       const char* phase = kPhase) {
    auto entry = EntryOf(live.case_id, live.consultant, {date, common::v1::HALF_MORNING});
    entry.set_phase(phase);
    return entry;
  }
  Outcome RecordOn(const Live& live, const std::string& date) { return Record(officer(), On(live, date)); }
  Outcome PlanOn(const Live& live, const std::string& date) { return Plan(officer(), On(live, date)); }

  Programme programme_{World::stack()};
};

// ---- What a company declares.

TEST_F(Obeyed, APriceGoesByTheHeadcountOfTheSite) {
  PublishFile("diag-eco-flux", "bpifrance");
  const auto site = [&](int64_t staff) {
    return Open([=](Facts& facts) {
      facts.set_headcount_hundredths(400'00);
      facts.set_site_headcount_hundredths(staff * 100);
    });
  };
  EXPECT_THAT(Admit(site(19)), HasReason(REASON_NOT_ELIGIBLE));
  EXPECT_THAT(Admit(site(251)), HasReason(REASON_NOT_ELIGIBLE));
  EXPECT_THAT(Admit(Open()), HasReason(REASON_NOT_ELIGIBLE)) << "a site of which nothing is known";
  for (const auto& [staff, cost] : {std::pair{int64_t{49}, 4'000'00}, {50, 6'000'00}}) {
    const int64_t case_id = site(staff);
    ASSERT_THAT(Admit(case_id), IsAccepted());
    const funding::v1::Quote terms = Sign(AgreementOf(case_id, "diagnosis", 8));
    EXPECT_EQ(terms.cost().cents(), cost);
    EXPECT_EQ(terms.aid().cents(), cost / 2);
    EXPECT_EQ(terms.facts().site_headcount_hundredths(), staff * 100) << "kept with the terms";
  }
}

TEST_F(Obeyed, AGroupCountsWhole) {
  PublishFile("pcrh", "etat");
  const auto group = [&](int64_t staff, const std::string& siren = "") {
    return Open(
        [=](Facts& facts) {
          facts.set_headcount_hundredths(60'00);
          facts.set_group_headcount_hundredths(staff * 100);
        },
        siren);
  };
  EXPECT_THAT(Admit(group(250)), HasReason(REASON_NOT_ELIGIBLE)) << "the company says it";
  EXPECT_THAT(Admit(group(10)), IsAccepted()) << "no smaller than the company itself, which is below 250";

  const std::string held = programme_.GivenCompany(), holder = programme_.GivenCompany();
  enrolment::v1::DeclareLinkRequest link;
  link.set_request_id(NewId());
  link.mutable_link()->mutable_holder()->set_party_id(holder);
  link.mutable_link()->mutable_held()->set_party_id(held);
  link.mutable_link()->set_capital_hundredths(60'00);
  link.mutable_link()->set_votes_hundredths(60'00);
  link.mutable_link()->set_starts_on("2020-01-01");
  link.mutable_link()->set_source("Registre");
  programme_.Must<enrolment::v1::DeclareLinkResponse>("EnrolmentService.DeclareLink", link);
  enrolment::v1::AddAccountsRequest accounts;
  accounts.set_request_id(NewId());
  accounts.mutable_accounts()->set_party_id(holder);
  accounts.mutable_accounts()->set_closed_on("2023-12-31");
  accounts.mutable_accounts()->set_headcount_hundredths(200'00);
  *accounts.mutable_accounts()->mutable_turnover() = Euros(1'000'000'00);
  *accounts.mutable_accounts()->mutable_balance_sheet() = Euros(1'000'000'00);
  accounts.mutable_accounts()->set_source("Liasse");
  programme_.Must<enrolment::v1::AddAccountsResponse>("EnrolmentService.AddAccounts", accounts);
  const int64_t linked = group(70, held);
  EXPECT_THAT(Admit(linked), HasReason(REASON_NOT_ELIGIBLE)) << "whatever it says, its links make 260";
  EXPECT_EQ(Read(linked).group_headcount_hundredths(), 260'00);
}

TEST_F(Obeyed, ARateGoesByTheGroupThatTheAdmissionFroze) {
  PublishWith("window_months: 24", "{min_headcount: 1}", "headcount_basis: group, min_headcount: 200");
  const int64_t small = Open(),
                large = Open([](Facts&facts) { facts.set_group_headcount_hundredths(200'00); });
  for (const auto& [case_id, aid] : {std::pair{small, 500'00}, {large, 700'00}}) {
    ASSERT_THAT(Admit(case_id), IsAccepted());
    EXPECT_EQ(Sign(AgreementOf(case_id, kPhase, 2)).aid().cents(), aid);
  }
  EXPECT_EQ(Read(small).group_headcount_hundredths(), 120'00) << "without links it is the company";
}

TEST_F(Obeyed, StatusesQualifyAndRaiseARate) {
  PublishWith("window_months: 24", "{statuses: [association, cooperative]}", "statuses: [cooperative]");
  const auto of = [&](std::vector<std::string> statuses) {
    return Open([=](Facts& facts) {
      for (const std::string& status : statuses) facts.add_statuses(status);
    });
  };
  auto request = programme_.Application(programme_.GivenCompany());
  request.mutable_facts()->add_statuses("asociation");
  EXPECT_THAT(programme_.Try<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", request),
              HasReason(REASON_STATUS_UNKNOWN));
  EXPECT_THAT(Admit(of({})), HasReason(REASON_NOT_ELIGIBLE));
  const int64_t association = of({"association"}), both = of({"association", "cooperative"});
  for (const auto& [case_id, aid] : {std::pair{association, 500'00}, {both, 700'00}}) {
    ASSERT_THAT(Admit(case_id), IsAccepted());
    EXPECT_EQ(Sign(AgreementOf(case_id, kPhase, 2)).aid().cents(), aid);
  }
  EXPECT_EQ(Read(both).facts().statuses_size(), 2);
}

// ---- Who qualifies, and how often.

TEST_F(Obeyed, ARegionCountsWithinTheDatesOfItsAgreement) {
  PublishWith("window_months: 24",
              "{region_agreements: [{region: 32, valid_from: 2024-01-01, valid_until: 2024-06-30}]}");
  EXPECT_THAT(Admit(Open("", "2023-12-31")), HasReason(REASON_NOT_ELIGIBLE));
  EXPECT_THAT(Admit(Open("", "2024-01-01")), IsAccepted());
  EXPECT_THAT(Admit(Open("", "2024-06-30"), "2024-07-01"), IsAccepted());
  EXPECT_THAT(Admit(Open("", "2024-07-01"), "2024-07-01"), HasReason(REASON_NOT_ELIGIBLE));
}

TEST_F(Obeyed, SectorsAreIncludedAndExcluded) {
  PublishWith("window_months: 24", "{naf_included: [62, 63], naf_excluded: [62.02]}");
  EXPECT_THAT(Admit(Open()), IsAccepted()) << "62.01Z";
  const auto of = [&](const std::string& naf) {
    const std::string siren = programme_.GivenCompany();
    World::cluster().Sql("update enrolment.company set naf = '" + naf + "' where siren = '" + siren + "'");
    return Open(siren);
  };
  EXPECT_THAT(Admit(of("63.11Z")), IsAccepted());
  EXPECT_THAT(Admit(of("62.02A")), HasReason(REASON_NOT_ELIGIBLE));
  EXPECT_THAT(Admit(of("01.11Z")), HasReason(REASON_NOT_ELIGIBLE));
}

TEST_F(Obeyed, ACompanyAppliesAgainOnlyAfterItsTime) {
  PublishWith("window_months: 12", "{requests: {max: 1, rolling_years: 2}}");
  const std::string siren = programme_.GivenCompany();
  const int64_t first = Open(siren, "2023-06-05");
  ASSERT_THAT(Admit(first), IsAccepted());
  Withdraw(first);
  const int64_t early = Open(siren, "2025-06-05");
  EXPECT_THAT(Admit(early, "2025-06-06"), HasReason(REASON_NOT_ELIGIBLE)) << "the first day counts";
  Reject(early);
  const int64_t later = Open(siren, "2025-06-06");
  EXPECT_THAT(Admit(later, "2025-06-06"), IsAccepted()) << "and one that was rejected does not";
  Withdraw(later);
  const int64_t between = Open(siren, "2023-06-04");
  EXPECT_THAT(Admit(between), HasReason(REASON_NOT_ELIGIBLE)) << "nor does an earlier day help";
}

TEST_F(Obeyed, ACompanyAppliesSoManyTimesACalendarYear) {
  PublishWith("window_months: 12", "{requests: {max: 2, calendar_years: 1}}");
  const std::string siren = programme_.GivenCompany();
  for (const char* day : {"2024-01-02", "2024-12-30"}) {
    const int64_t case_id = Open(siren, day);
    ASSERT_THAT(Admit(case_id, "2025-01-06"), IsAccepted());
    Withdraw(case_id);
  }
  const int64_t third = Open(siren, "2024-12-31");
  EXPECT_THAT(Admit(third, "2025-01-06"), HasReason(REASON_NOT_ELIGIBLE));
  Reject(third);
  EXPECT_THAT(Admit(Open(siren, "2025-01-01"), "2025-01-06"), IsAccepted());
}

TEST_F(Obeyed, SilenceIsAnAcceptanceOfWhoIsEligible) {
  PublishWith("window_months: 24\ntacit_acceptance_working_days: 5", "{min_headcount: 100}");
  const int64_t unfit = Open([](Facts& facts) { facts.set_headcount_hundredths(9900); });
  const std::string today = Today().ToIso();
  const int64_t fresh = Open("", today), due = Open("", "2024-04-29");
  for (int tries = 0; tries < 300 && Read(due).state() == enrolment::v1::CASE_STATE_OPEN; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const enrolment::v1::Case admitted = Read(due);
  EXPECT_EQ(admitted.state(), enrolment::v1::CASE_STATE_ADMITTED);
  // 30 April, 2, 3, 6 and 7 May: neither the first of May nor the week-end is a working day.
  EXPECT_EQ(admitted.admitted_on(), "2024-05-07");
  EXPECT_EQ(admitted.granted_half_days(), 100);
  EXPECT_EQ(Calendar(due).granted_half_days(), 100);
  EXPECT_EQ(Read(unfit).state(), enrolment::v1::CASE_STATE_OPEN) << "its turn came before";
  EXPECT_EQ(Read(fresh).state(), enrolment::v1::CASE_STATE_OPEN) << "so did this one's";
  EXPECT_THAT(World::cluster().Sql("select actor || ' ' || details from audit.event "
                                   "where action = 'case.admitted' and case_id = " +
                                   std::to_string(due)),
              HasSubstr("\"tacit\": \"no answer in 5 working days\""));
  EXPECT_THAT(Admit(due, "2024-05-07"), HasReason(REASON_CASE_STATE));
}

// ---- When.

TEST_F(Obeyed, AWindowRunsFromTheSignature) {
  PublishWith("window_months: 12\nwindow_from: agreement");
  const Live live = GivenLive(Open());
  EXPECT_EQ(Read(live.case_id).window_ends_on(), "");
  EXPECT_EQ(Calendar(live.case_id).window_ends_on(), "");
  EXPECT_THAT(RecordOn(live, "2024-02-05"), HasReason(REASON_OUTSIDE_WINDOW));
  EXPECT_THAT(PlanOn(live, "2024-02-05"), HasReason(REASON_OUTSIDE_WINDOW));
  assignment::v1::CreateAssignmentRequest endless;
  endless.set_request_id(NewId());
  endless.set_case_id(live.case_id);
  endless.set_consultant_id(programme_.GivenConsultant());
  endless.set_phase(kPhase);
  EXPECT_THAT(
      programme_.Try<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment", endless),
      HasReason(REASON_INVALID_REQUEST))
      << "an assignment to the end of a window that has none yet";

  Sign(AgreementOf(live.case_id, kPhase, 10));
  EXPECT_EQ(Read(live.case_id).window_ends_on(), "2025-03-11");
  EXPECT_EQ(Calendar(live.case_id).window_starts_on(), "2024-03-11");
  EXPECT_EQ(Calendar(live.case_id).window_ends_on(), "2025-03-11");
  EXPECT_THAT(RecordOn(live, "2024-03-08"), HasReason(REASON_OUTSIDE_WINDOW));
  EXPECT_THAT(RecordOn(live, "2024-03-11"), IsAccepted());
  EXPECT_THAT(RecordOn(live, "2025-03-11"), IsAccepted());
  EXPECT_THAT(RecordOn(live, "2025-03-12"), HasReason(REASON_OUTSIDE_WINDOW));
  endless.set_request_id(NewId());
  EXPECT_EQ(
      programme_.Must<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment", endless)
          .assignment()
          .ends_on(),
      "2025-03-11");
}

TEST_F(Obeyed, AWindowRunsFromTheApplication) {
  PublishWith("window_months: 12\nwindow_from: application");
  EXPECT_THAT(Admit(Open("", "2024-01-02"), "2025-01-03"), HasReason(REASON_WINDOW_OVER));
  EXPECT_THAT(Admit(Open("", "2024-01-02"), "2025-01-02"), IsAccepted());
  const Live live = GivenLive(Open("", "2024-01-02"));
  EXPECT_EQ(Read(live.case_id).window_ends_on(), "2025-01-02");
  EXPECT_THAT(RecordOn(live, "2024-01-02"), IsAccepted());
  EXPECT_THAT(RecordOn(live, "2025-01-02"), IsAccepted());
  EXPECT_THAT(RecordOn(live, "2025-01-03"), HasReason(REASON_OUTSIDE_WINDOW));
}

TEST_F(Obeyed, AWindowRunsFromTheFirstDay) {
  PublishWith("window_months: 3\nwindow_from: first_day");
  const Live live = GivenLive(Open());
  EXPECT_EQ(Read(live.case_id).window_ends_on(), "");
  EXPECT_THAT(RecordOn(live, "2024-02-05"), IsAccepted());
  EXPECT_EQ(Read(live.case_id).window_ends_on(), "2024-05-05");
  EXPECT_THAT(RecordOn(live, "2024-05-06"), HasReason(REASON_OUTSIDE_WINDOW));
  const auto last = On(live, "2024-05-03");
  EXPECT_THAT(Record(officer(), last), IsAccepted());
  EXPECT_THAT(RecordOn(live, "2024-01-31"), HasReason(REASON_OUTSIDE_WINDOW))
      << "as the first day it would leave 3 May outside";
  EXPECT_THAT(Cancel(officer(), last.half_day_id()), IsAccepted());
  EXPECT_THAT(RecordOn(live, "2024-01-31"), IsAccepted());
  EXPECT_EQ(Read(live.case_id).window_ends_on(), "2024-04-30");
  EXPECT_EQ(Calendar(live.case_id).window_ends_on(), "2024-04-30");
  EXPECT_THAT(PlanOn(live, "2024-05-02"), HasReason(REASON_OUTSIDE_WINDOW));
}

TEST_F(Obeyed, ManyWhoRecordTheFirstDayAtOnceShareOneWindow) {
  PublishWith("window_months: 1\nwindow_from: first_day");
  const int64_t case_id = Open();
  ASSERT_THAT(Admit(case_id), IsAccepted());
  std::vector<Live> all;
  for (int n = 0; n < 40; ++n) {
    all.push_back({case_id, programme_.GivenConsultant()});
    Assign(all.back());
  }
  const auto outcomes = FromManyConnections(World::stack(), 40, [&](Client& client, int n) {
    const Slot slot = NthWorkingHalfDay(10 * n);
    return Record(client, EntryOf(case_id, all[static_cast<size_t>(n)].consultant, slot));
  });
  EXPECT_GE(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), testing::Each(HasReason(REASON_OUTSIDE_WINDOW)));
  const auto calendar = Calendar(case_id);
  const Date first = *Date::Parse(calendar.half_days(0).date());
  EXPECT_EQ(calendar.window_ends_on(), first.AddMonths(1).ToIso());
  for (const auto& half_day : calendar.half_days()) EXPECT_LE(half_day.date(), calendar.window_ends_on());
}

TEST_F(Obeyed, NothingStartsBeforeTheAgreement) {
  PublishWith("window_months: 24\nno_start_before: agreement");
  const Live live = GivenLive(Open());
  EXPECT_THAT(RecordOn(live, "2024-02-05"), HasReason(REASON_BEFORE_APPROVAL));
  EXPECT_THAT(PlanOn(live, "2024-02-05"), HasReason(REASON_BEFORE_APPROVAL));
  EXPECT_EQ(Calendar(live.case_id).window_starts_on(), "") << "not known before the signature";
  Sign(AgreementOf(live.case_id, kPhase, 10));
  EXPECT_EQ(Calendar(live.case_id).window_starts_on(), "2024-03-11");
  EXPECT_THAT(PlanOn(live, "2024-03-08"), HasReason(REASON_BEFORE_APPROVAL));
  EXPECT_THAT(RecordOn(live, "2024-03-08"), HasReason(REASON_BEFORE_APPROVAL));
  EXPECT_THAT(RecordOn(live, "2024-03-11"), IsAccepted());
}

TEST_F(Obeyed, NothingStartsBeforeTheAgreementWhoeverIsFaster) {
  PublishWith("window_months: 24\nno_start_before: agreement");
  const Live live = GivenLive(Open());
  const auto outcomes = FromManyConnections(World::stack(), 40, [&](Client& client, int n) {
    if (n == 20)
      return Outcome::Of(client
                             .Call<funding::v1::SignAgreementResponse>("FundingService.SignAgreement",
                                                                       AgreementOf(live.case_id, kPhase, 80),
                                                                       Patient())
                             .status());
    // The days around that of the signature.
    return Record(client, EntryOf(live.case_id, live.consultant, NthWorkingHalfDay(70 + n)));
  });
  EXPECT_THAT(outcomes[20], IsAccepted());
  for (const auto& outcome : outcomes)
    EXPECT_THAT(outcome, AnyOf(IsAccepted(), HasReason(REASON_BEFORE_APPROVAL)));
  for (const auto& half_day : programme_.HalfDaysOf(live.case_id)) EXPECT_GE(half_day.date(), "2024-03-11");
}

TEST_F(Obeyed, NothingStartsBeforeTheAdmission) {
  PublishWith("window_months: 24\nno_start_before: admission\nwindow_from: application");
  const Live live = GivenLive(Open("", "2024-01-02"));
  EXPECT_THAT(RecordOn(live, "2024-01-05"), HasReason(REASON_BEFORE_APPROVAL));
  EXPECT_THAT(RecordOn(live, "2024-01-08"), IsAccepted());
}

TEST_F(Obeyed, ABillingDeadlineEndsTheCharges) {
  PublishWith("window_months: 1\nbilling_deadline_months: 1");
  const Live live = GivenLive(Open());
  Sign(AgreementOf(live.case_id, kPhase, 10, "2024-02-08"));  // the last day of its window
  programme_.GivenApprovedHalfDay(live.case_id, live.consultant, NthWorkingHalfDay(0));
  funding::v1::ChargeHalfDaysRequest charge;
  charge.set_request_id(NewId());
  charge.set_case_id(live.case_id);
  EXPECT_THAT(programme_.Try<funding::v1::ChargeHalfDaysResponse>("FundingService.ChargeHalfDays", charge),
              HasReason(REASON_BILLING_DEADLINE_PASSED));
  // What was not billed in time lapses with the rest.
  funding::v1::ReleaseAgreementRequest release;
  release.set_request_id(NewId());
  release.set_case_id(live.case_id);
  release.set_reason("fin");
  const auto released =
      programme_.Must<funding::v1::ReleaseAgreementResponse>("FundingService.ReleaseAgreement", release);
  EXPECT_EQ(released.charged_half_days(), 0);
  EXPECT_EQ(released.released().cents(), 2'500'00);
}

TEST_F(Obeyed, ABillingDeadlineThatIsFarLetsChargesPass) {
  PublishWith("window_months: 24\nbilling_deadline_months: 120");
  const Live live = GivenLive(Open());
  Sign(AgreementOf(live.case_id, kPhase, 10));
  programme_.GivenApprovedHalfDay(live.case_id, live.consultant, NthWorkingHalfDay(0));
  EXPECT_EQ(programme_.Charge(live.case_id).half_days(), 1);
}

// ---- What is agreed.

TEST_F(Obeyed, APhaseIsAgreedWithWhatItRequiresOrAfterIt) {
  PublishWith("window_months: 24  # diagnosis first");
  const Live live = GivenLive(Open(), "diagnosis");
  EXPECT_THAT(TrySign(AgreementOf(live.case_id, kPhase, 2)), HasReason(REASON_PREREQUISITE_MISSING));
  const auto done = On(live, "2024-02-05", "diagnosis");
  EXPECT_THAT(Record(officer(), done), IsAccepted());
  EXPECT_THAT(TrySign(AgreementOf(live.case_id, kPhase, 2)), HasReason(REASON_PREREQUISITE_MISSING))
      << "not before it is approved";
  EXPECT_THAT(Attest(officer(), done.half_day_id()), IsAccepted());
  EXPECT_THAT(Approve(officer(), done.half_day_id()), IsAccepted());
  EXPECT_THAT(TrySign(AgreementOf(live.case_id, kPhase, 2)), IsAccepted());
}

// Law 4 as the database holds it: against the area's own role, which may write these columns.
class LawFour : public Obeyed {
 protected:
  // Diagnosis: 1,000 €, of which 800 eligible, at half: 400, and at most 500 of the funder. Accompaniment:
  // 1,000 €, half of it. So all together could be aided by far more than the first line may.
  void GivenAgreement() {
    PublishWith("window_months: 24");
    const int64_t case_id = Open();
    ASSERT_THAT(Admit(case_id), IsAccepted());
    auto request = AgreementOf(case_id, "diagnosis", 2);
    *request.add_phases() = AgreementOf(case_id, kPhase, 2).phases(0);
    Sign(request);
    agreement_ = World::cluster().Sql("select agreement_id from funding.agreement where case_id = " +
                                      std::to_string(case_id));
  }
  std::string Line(const std::string& phase) const {
    return " where agreement_id = " + agreement_ + " and phase = '" + phase + "'";
  }
  std::string Phase(const std::string& set, const std::string& phase = "diagnosis") const {
    return "update funding.agreement_phase set " + set + Line(phase) + ";";
  }
  std::string Share(const std::string& set, const std::string& phase = "diagnosis") const {
    return "update funding.agreement_share set " + set + Line(phase) + ";";
  }
  std::string Whole(const std::string& set) const {
    return "update funding.agreement set " + set + " where agreement_id = " + agreement_ + ";";
  }
  static bool AsFunding(const std::string& sql) {
    return World::cluster().Try("begin; set local role jalon_funding; " + sql + " commit;");
  }

  std::string agreement_;
};

TEST_F(LawFour, HoldsOnEachLineAgainstTheAreasOwnRole) {
  GivenAgreement();
  EXPECT_TRUE(AsFunding(Phase("place = place") + Share("agreed_cents = agreed_cents")))
      << "the role may write: what refuses below is the law";
  const std::string more = Share("agreed_cents = agreed_cents + 100") +
                           Whole("aid_cents = aid_cents + 100, company_cents = company_cents - 100");
  EXPECT_FALSE(AsFunding(Phase("aid_cents = aid_cents + 100, company_cents = company_cents - 100") + more))
      << "over the cap of the line, though not of the whole";
  EXPECT_FALSE(AsFunding(Phase("eligible_cents = 100001"))) << "more is eligible than it costs";
  EXPECT_FALSE(AsFunding(Phase("stack_cap_numerator = 3, stack_cap_denominator = 2"))) << "over 100 %";
  EXPECT_FALSE(AsFunding(Share("agreed_cents = agreed_cents + 100"))) << "a share that is not of the line";
  EXPECT_FALSE(AsFunding(Share("agreed_cents = agreed_cents - 100"))) << "nor less";
  EXPECT_FALSE(AsFunding(Phase("aid_cents = aid_cents - 100, company_cents = company_cents + 100")))
      << "a line that is not its shares";
  EXPECT_FALSE(AsFunding(Whole("aid_cents = aid_cents - 100, company_cents = company_cents + 100")))
      << "an agreement that is not its lines";
  EXPECT_FALSE(AsFunding(
      "insert into funding.agreement_share (agreement_id, phase, funder, place, agreed_cents) values (" +
      agreement_ + ", 'diagnosis', '" + programme_.region() + "', 9, 100);"))
      << "a funder more";
  EXPECT_FALSE(AsFunding(
      "insert into funding.agreement_phase (agreement_id, phase, place, half_days, cost_cents, "
      "aid_cents, company_cents, eligible_cents, stack_cap_numerator, stack_cap_denominator) values (" +
      agreement_ + ", 'other', 9, 2, 100, 90, 10, 100, 4, 5);"))
      << "a line over its cap";
  // Within the cap that the line would have, but over what this funder gives at the most.
  EXPECT_FALSE(AsFunding(Phase("aid_cents = 60000, company_cents = 40000, eligible_cents = 100000, "
                               "stack_cap_numerator = 4, stack_cap_denominator = 5") +
                         Share("agreed_cents = 60000") +
                         Whole("aid_cents = aid_cents + 20000, company_cents = company_cents - 20000")))
      << "over the funder's own ceiling";
}

TEST_F(LawFour, IsRecheckedByVerifyOnEachLine) {
  GivenAgreement();
  const auto broken = [&](const std::string& constraint, const std::string& table, const std::string& check,
                          const std::string& change, const std::string& back) {
    const Cluster& cluster = World::cluster();
    cluster.Sql("alter table funding." + table + " drop constraint " + constraint);
    const std::string quietly = "set session_replication_role = replica; ";
    cluster.Sql(quietly + change);
    std::string told;
    for (const std::string& law : VerifyLaws(officer())) told += law + "\n";
    cluster.Sql(quietly + back);
    cluster.Sql("alter table funding." + table + " add constraint " + constraint + " check (" + check + ")");
    return told;
  };
  EXPECT_THAT(
      broken("aid_within_stack_cap", "agreement_phase",
             "aid_cents::numeric * stack_cap_denominator <= eligible_cents::numeric * stack_cap_numerator",
             Phase("eligible_cents = 79999"), Phase("eligible_cents = 80000")),
      HasSubstr("law 4: case"));
  EXPECT_THAT(broken("share_within_ceiling", "agreement_share", "agreed_cents <= ceiling_cents",
                     Share("ceiling_cents = 39999"), Share("ceiling_cents = 50000")),
              HasSubstr("its ceiling is 39999"));
}

}  // namespace
}  // namespace jalon::test
