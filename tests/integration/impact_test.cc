#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// A draft rulebook held against the live cases of a programme. Accompaniment of 2 half-days at 1,300 € a day:
// Bpifrance bears 650 €, the Région 390 €, the company 260 €.
namespace jalon::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace funding::v1;

struct Measured {
  absl::Status status;
  ImpactOutset outset;
  std::vector<CaseImpact> cases;
  ImpactSummary summary;
};

Measured Measure(Client& client, const std::string& draft, bool all = false) {
  MeasureRulebookImpactRequest request;
  request.set_source(draft);
  request.set_include_unchanged(all);
  const auto stream = client.Stream("FundingService.MeasureRulebookImpact", request, Patient());
  Measured measured;
  MeasureRulebookImpactResponse response;
  int examined = 0;
  while (stream->Read(&response)) {
    EXPECT_GE(response.examined(), examined);
    examined = response.examined();
    if (response.has_outset()) measured.outset = response.outset();
    if (response.has_summary()) measured.summary = response.summary();
    measured.cases.insert(measured.cases.end(), response.cases().begin(), response.cases().end());
  }
  measured.status = stream->Finish();
  if (measured.status.ok()) {
    EXPECT_EQ(examined, measured.outset.live_cases());
    EXPECT_EQ(measured.summary.live_cases(), measured.outset.live_cases());
  }
  return measured;
}

class RulebookImpact : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  // The programme's rulebook as version 2, with some of its text replaced.
  std::string DraftWith(const std::vector<std::pair<std::string, std::string>>& changes) {
    std::string source = programme_.Source(2);
    for (const auto& [from, to] : changes) {
      const size_t at = source.find(from);
      EXPECT_NE(at, std::string::npos) << from;
      source.replace(at, from.size(), to);
    }
    return source;
  }
  Measured MeasureWith(const std::vector<std::pair<std::string, std::string>>& changes, bool all = false) {
    auto measured = Measure(programme_.officer(), DraftWith(changes), all);
    EXPECT_TRUE(measured.status.ok()) << Outcome::Of(measured.status);
    return measured;
  }
  int64_t GivenSigned(int half_days) {
    const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{100});
    programme_.GivenAgreement(case_id, HalfDays{half_days});
    return case_id;
  }
  const EnvelopeImpact& EnvelopeOf(const Measured& measured, const std::string& funder) {
    for (const EnvelopeImpact& envelope : measured.summary.envelopes())
      if (envelope.funder() == funder) return envelope;
    ADD_FAILURE() << "no envelope of " << funder;
    return EnvelopeImpact::default_instance();
  }
  void GivenAllocated(const std::string& funder, int64_t cents) {
    ListEnvelopesRequest list;
    list.set_funder(funder);
    ChangeEnvelopeRequest change;
    change.set_request_id(NewId());
    change.set_envelope_id(programme_.Must<ListEnvelopesResponse>("FundingService.ListEnvelopes", list)
                               .envelopes(0)
                               .envelope_id());
    *change.mutable_allocated() = Euros(cents);
    change.set_reason("essai");
    programme_.Must<ChangeEnvelopeResponse>("FundingService.ChangeEnvelope", change);
  }

  Programme programme_{World::stack()};
};

// An example of each chargeable phase, which publishing asks for.
constexpr char kOddExamples[] = R"(
examples:
  - title_fr: Diagnostic
    title_en: Diagnosis
    facts: {headcount: 120, region: 32, signed_on: 2025-03-10}
    phases:
      - {phase: diagnosis, half_days: 20, cost: 13 000 EUR}
      - {phase: accompaniment, half_days: 2, day_rate: 1 300 EUR, cost: 1 300 EUR}
)";

const std::pair<std::string, std::string> kLowerRate = {"rate: 50 %", "rate: 45 %"};
const std::pair<std::string, std::string> kHigherRate = {"rate: 50 %", "rate: 60 %"};

TEST_F(RulebookImpact, TheRulebookInForceChangesNothing) {
  GivenSigned(2);
  programme_.GivenOpenCase();
  const Measured measured = Measure(programme_.officer(), programme_.Source(1));
  ASSERT_TRUE(measured.status.ok()) << Outcome::Of(measured.status);
  EXPECT_EQ(measured.outset.live_cases(), 2);
  EXPECT_THAT(measured.outset.funders(), ElementsAre(programme_.bpifrance(), programme_.region(), "etat"));
  EXPECT_THAT(measured.cases, IsEmpty());
  EXPECT_EQ(measured.summary.agreements(), 1);
  EXPECT_EQ(measured.summary.governed_cases(), 1) << "the one without an agreement";
  EXPECT_EQ(measured.summary.before().ShortDebugString(), measured.summary.after().ShortDebugString());
  const EnvelopeImpact& envelope = EnvelopeOf(measured, programme_.bpifrance());
  EXPECT_EQ(envelope.reserved_before().cents(), 650'00);
  EXPECT_EQ(envelope.reserved_after().cents(), 650'00);
  EXPECT_EQ(envelope.runs_out_on_before(), envelope.runs_out_on_after());
}

TEST_F(RulebookImpact, ALowerRateIsToldToTheCentByCaseAndFunder) {
  const int64_t first = GivenSigned(2), second = GivenSigned(5);
  const int64_t open = programme_.GivenOpenCase();
  const Measured measured = MeasureWith({kLowerRate});
  ASSERT_THAT(measured.cases, SizeIs(2));
  EXPECT_EQ(measured.cases[0].case_id(), first);
  EXPECT_EQ(measured.cases[1].case_id(), second);
  // 5 half-days cost 3,250 €: 45 % of it is 1,462.50 €.
  const CaseImpact& changed = measured.cases[1];
  EXPECT_EQ(changed.effect(), CASE_EFFECT_AMOUNTS);
  EXPECT_FALSE(changed.governed()) << "an agreement keeps its version";
  EXPECT_EQ(changed.before().cost().cents(), 3'250'00);
  EXPECT_EQ(changed.before().company().cents(), 650'00);
  EXPECT_EQ(changed.after().company().cents(), 812'50);
  ASSERT_EQ(changed.shares_size(), 2);
  EXPECT_EQ(changed.shares(0).funder(), programme_.bpifrance());
  EXPECT_EQ(changed.shares(0).before().cents(), 1'625'00);
  EXPECT_EQ(changed.shares(0).after().cents(), 1'462'50);
  EXPECT_EQ(changed.shares(1).after().cents(), 975'00);

  EXPECT_EQ(measured.summary.changed_agreements(), 2);
  EXPECT_EQ(measured.summary.after().aid().cents() - measured.summary.before().aid().cents(),
            -(65'00 + 162'50));
  ASSERT_EQ(measured.summary.funders_size(), 3);
  EXPECT_EQ(measured.summary.funders(0).agreements(), 2);
  EXPECT_EQ(measured.summary.funders(0).before().cents(), 650'00 + 1'625'00);
  EXPECT_EQ(measured.summary.funders(0).after().cents(), 585'00 + 1'462'50);
  EXPECT_EQ(measured.summary.funders(1).agreements(), 0);
  EXPECT_EQ(EnvelopeOf(measured, programme_.bpifrance()).reserved_after().cents(), 585'00 + 1'462'50);

  const Measured all = MeasureWith({kLowerRate}, true);
  ASSERT_THAT(all.cases, SizeIs(3));
  EXPECT_EQ(all.cases[2].case_id(), open);
  EXPECT_EQ(all.cases[2].effect(), CASE_EFFECT_UNCHANGED);
  EXPECT_FALSE(all.cases[2].has_before());
}

// A remaining charge per half-day is what a signature under that rulebook makes it: another programme has it
// so.
TEST_F(RulebookImpact, TheAmountsAreThoseOfASignatureUnderTheDraft) {
  GivenSigned(7);
  const std::pair<std::string, std::string> odd_cap = {"stack_cap: 80 %", "stack_cap: 54.66 %"};
  const Measured measured = MeasureWith({odd_cap});
  ASSERT_THAT(measured.cases, SizeIs(1));
  // Version 2 is that draft, without the examples' amounts that it changes.
  std::string source = DraftWith({odd_cap});
  source.erase(source.find("\nexamples:"));
  source += kOddExamples;
  programme::v1::PublishRulebookRequest publish;
  publish.set_request_id(NewId());
  publish.set_source(source);
  programme_.Must<programme::v1::PublishRulebookResponse>("ProgrammeService.PublishRulebook", publish);
  const auto signed_under =
      programme_.GivenAgreement(programme_.GivenCaseWithGrant(HalfDays{100}), HalfDays{7}).terms();
  EXPECT_EQ(signed_under.rulebook_version(), 2);
  EXPECT_EQ(measured.cases[0].after().aid().cents(), signed_under.aid().cents());
  EXPECT_EQ(measured.cases[0].after().company().cents(), signed_under.company().cents());
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(measured.cases[0].shares(i).after().cents(), signed_under.lines(0).shares(i).amount().cents());
}

TEST_F(RulebookImpact, ADraftThatRefusesSaysWhichAgreementsAndWhy) {
  GivenSigned(20);
  const int64_t beyond = GivenSigned(21);
  const Measured measured = MeasureWith({{"cap_half_days: 100", "cap_half_days: 20"}});
  ASSERT_THAT(measured.cases, SizeIs(1));
  EXPECT_EQ(measured.cases[0].case_id(), beyond);
  EXPECT_EQ(measured.cases[0].effect(), CASE_EFFECT_REFUSED);
  EXPECT_EQ(measured.cases[0].refused(), "DAYS_OVER_GRANT");
  EXPECT_FALSE(measured.cases[0].has_after());
  EXPECT_EQ(measured.summary.refused_agreements(), 1);
  ASSERT_EQ(measured.summary.refusals_size(), 1);
  EXPECT_EQ(measured.summary.refusals(0).agreements(), 1);
  EXPECT_EQ(EnvelopeOf(measured, programme_.bpifrance()).reserved_after().cents(), 20 * 325'00);

  const Measured no_tariff = MeasureWith({{"valid_from: 2023-12-01", "valid_from: 2025-03-11"}});
  EXPECT_THAT(no_tariff.cases, SizeIs(2));
  EXPECT_EQ(no_tariff.cases[0].refused(), "NO_TARIFF");
  EXPECT_THAT(no_tariff.cases[0].refused_fr(), HasSubstr("accompaniment"));
}

TEST_F(RulebookImpact, EligibilityIsLostAndGained) {
  const int64_t signed_case = GivenSigned(2);
  auto tall = programme_.Application(programme_.GivenCompany());
  tall.mutable_facts()->set_headcount_hundredths(2'500'00);
  const int64_t large =
      programme_.Must<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", tall).case_().case_id();
  const Measured measured = MeasureWith(
      {{"min_headcount: 10", "min_headcount: 150"}, {"max_headcount: 2 000", "max_headcount: 3 000"}});
  ASSERT_THAT(measured.cases, SizeIs(2));
  EXPECT_EQ(measured.cases[0].case_id(), signed_case);
  EXPECT_EQ(measured.cases[0].eligibility(), CASE_ELIGIBILITY_LOST);
  EXPECT_EQ(measured.cases[0].after().ShortDebugString(), measured.cases[0].before().ShortDebugString());
  ASSERT_EQ(measured.cases[0].unmet_size(), 1);
  EXPECT_EQ(measured.cases[0].unmet(0).code(), "headcount");
  EXPECT_EQ(measured.cases[1].case_id(), large);
  EXPECT_EQ(measured.cases[1].eligibility(), CASE_ELIGIBILITY_GAINED);
  EXPECT_EQ(measured.summary.no_longer_eligible(), 1);
  EXPECT_EQ(measured.summary.newly_eligible(), 1);
}

// What a rulebook may ask of the site, the statuses and the balance sheet is known of every case.
TEST_F(RulebookImpact, EligibilityRestsOnAllThatTheCompanyDeclared) {
  const std::string own =
      DraftWith({{"min_headcount: 10",
                  "min_headcount: 10\n  headcount_basis: site\n  statuses: [association, cooperative]\n"
                  "  max_turnover: 1 EUR\n  max_balance_sheet: 8 000 000 EUR"},
                 {"min_turnover: 1 000 000 EUR", ""}});
  ASSERT_EQ(programme_.PublishSource(own), Outcome::Accepted());
  auto application = programme_.Application(programme_.GivenCompany());
  application.mutable_facts()->set_site_headcount_hundredths(40'00);
  application.mutable_facts()->add_statuses("association");
  programme_.Must<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", application);
  const auto unmet = [&](const std::string& from, const std::string& to) {
    std::string draft = own;
    draft.replace(draft.find("version: 2"), 10, "version: 3");
    draft.replace(draft.find(from), from.size(), to);
    const Measured measured = Measure(programme_.officer(), draft);
    EXPECT_TRUE(measured.status.ok()) << Outcome::Of(measured.status);
    std::string codes;
    for (const CaseImpact& each : measured.cases) {
      EXPECT_EQ(each.eligibility(), CASE_ELIGIBILITY_LOST);
      for (const auto& condition : each.unmet()) codes += condition.code() + " ";
    }
    return codes;
  };
  EXPECT_EQ(unmet("association, cooperative", "association"), "");
  EXPECT_EQ(unmet("association, cooperative", "cooperative"), "status ");
  EXPECT_EQ(unmet("min_headcount: 10", "min_headcount: 41"), "headcount ");
  EXPECT_EQ(unmet("8 000 000 EUR", "7 999 999 EUR"), "turnover ");
}

TEST_F(RulebookImpact, AnEnvelopeRunsDryOnAnotherDay) {
  // 1,300 € reserved lately: a day's mean of 1,300 ÷ 90, so that 260 € last 18 days, and under 60 %, nothing
  // does.
  GivenSigned(4);
  GivenAllocated(programme_.bpifrance(), 1'560'00);
  const Measured more = MeasureWith({kHigherRate, {"stack_cap: 80 %", "stack_cap: 90 %"}});
  const EnvelopeImpact& dry = EnvelopeOf(more, programme_.bpifrance());
  EXPECT_EQ(dry.reserved_after().cents(), 1'560'00);
  EXPECT_EQ(dry.shortfall().cents(), 0);
  EXPECT_EQ(dry.runs_out_on_after(), "") << "nothing is left";
  ASSERT_FALSE(dry.runs_out_on_before().empty());
  const Date today = *Date::Parse(World::cluster().Sql("select funding.day_now()"));
  EXPECT_EQ(today.DaysUntil(*Date::Parse(dry.runs_out_on_before())), 18);

  // 1,170 € reserved at 45 %: 390 € left at 13 € a day.
  const Measured less = MeasureWith({kLowerRate});
  EXPECT_EQ(today.DaysUntil(*Date::Parse(EnvelopeOf(less, programme_.bpifrance()).runs_out_on_after())), 30);

  GivenAllocated(programme_.bpifrance(), 1'500'00);
  const Measured lacks = MeasureWith({kHigherRate, {"stack_cap: 80 %", "stack_cap: 90 %"}});
  EXPECT_EQ(EnvelopeOf(lacks, programme_.bpifrance()).shortfall().cents(), 60'00);
}

TEST_F(RulebookImpact, AFunderWithoutAnEnvelopeIsSaidToLackAll) {
  GivenSigned(2);
  const std::string share = "- funder: " + programme_.region() + "\n            regions: [32]\n";
  const Measured measured = MeasureWith({{share, "- funder: etat\n"}});
  const EnvelopeImpact& none = EnvelopeOf(measured, "etat");
  EXPECT_EQ(none.envelope_id(), 0);
  EXPECT_EQ(none.shortfall().cents(), 390'00);
  EXPECT_EQ(EnvelopeOf(measured, programme_.region()).reserved_after().cents(), 0);
}

TEST_F(RulebookImpact, CasesThatAreOverAreNotLive) {
  const int64_t withdrawn = GivenSigned(2), lapsed = GivenSigned(2), live = GivenSigned(2);
  enrolment::v1::WithdrawCaseRequest withdraw;
  withdraw.set_request_id(NewId());
  withdraw.set_case_id(withdrawn);
  withdraw.set_reason("essai");
  programme_.Must<enrolment::v1::WithdrawCaseResponse>("EnrolmentService.WithdrawCase", withdraw);
  ReleaseAgreementRequest release;
  release.set_request_id(NewId());
  release.set_case_id(lapsed);
  release.set_reason("fin");
  programme_.Must<ReleaseAgreementResponse>("FundingService.ReleaseAgreement", release);
  enrolment::v1::RejectCaseRequest reject;
  reject.set_request_id(NewId());
  reject.set_case_id(programme_.GivenOpenCase());
  reject.set_reason("essai");
  programme_.Must<enrolment::v1::RejectCaseResponse>("EnrolmentService.RejectCase", reject);
  const Measured measured = MeasureWith({kLowerRate}, true);
  ASSERT_THAT(measured.cases, SizeIs(1));
  EXPECT_EQ(measured.cases[0].case_id(), live);
}

// 1,000 fill pages to the brim; one more begins another.
TEST_F(RulebookImpact, EveryCaseIsExaminedOnceWhateverThePages) {
  const int64_t first = programme_.GivenOpenCase();
  for (const int more : {999, 1}) {
    World::cluster().Sql(
        "with added as (insert into enrolment.company (siren, name, ceased, region) "
        "  select (810000000 + 1000 * " +
        std::to_string(more) +
        " + i)::text, 'Essai', false, '32' "
        "    from generate_series(1, " +
        std::to_string(more) +
        ") i returning siren) "
        "insert into enrolment.support_case (programme, siren, applied_on, headcount_hundredths, "
        "turnover_cents, "
        "    balance_sheet_cents, year_closed_on, independent, size_class) "
        "select k.programme, a.siren, k.applied_on, k.headcount_hundredths, k.turnover_cents, "
        "k.balance_sheet_cents, "
        "       k.year_closed_on, k.independent, k.size_class "
        "  from added a, enrolment.support_case k where k.case_id = " +
        std::to_string(first));
    const Measured measured = MeasureWith({}, true);
    std::set<int64_t> seen;
    for (const CaseImpact& one : measured.cases) seen.insert(one.case_id());
    EXPECT_EQ(seen.size(), measured.cases.size());
    EXPECT_THAT(measured.cases, SizeIs(measured.outset.live_cases()));
    EXPECT_EQ(measured.outset.live_cases(), more == 999 ? 1000 : 1001);
  }
}

TEST_F(RulebookImpact, AnAmendmentIsWhatCounts) {
  const int64_t case_id = GivenSigned(2);
  AmendAgreementRequest amend;
  amend.set_request_id(NewId());
  amend.set_case_id(case_id);
  amend.set_amended_on(kSignedOn);
  amend.set_reason("avenant d’essai");
  *amend.mutable_phases() = programme_.AgreementOf(case_id, HalfDays{6}).phases();
  programme_.Must<AmendAgreementResponse>("FundingService.AmendAgreement", amend);
  const Measured measured = MeasureWith({kLowerRate});
  ASSERT_THAT(measured.cases, SizeIs(1));
  EXPECT_EQ(measured.cases[0].before().cost().cents(), 3'900'00);
  EXPECT_EQ(measured.cases[0].shares(0).after().cents(), 1'755'00);
}

// More than one page, asked for while others sign: what the cases, the sums and the envelopes say is of one
// instant, and nobody waits.
TEST_F(RulebookImpact, AllIsOfOneInstantWhileOthersSign) {
  constexpr int kSigners = 4, kEach = 12;
  std::atomic<int> signing = kSigners;
  std::thread others([&] {
    FromManyConnections(World::stack(), kSigners, [&](Client& client, int) {
      for (int i = 0; i < kEach; ++i) {
        const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{100});
        const auto request = programme_.AgreementOf(case_id, HalfDays{2});
        EXPECT_TRUE(
            client.Call<SignAgreementResponse>("FundingService.SignAgreement", request, Patient()).ok());
      }
      --signing;
      return true;
    });
  });
  const auto client = World::stack().Connect();
  const std::string draft = DraftWith({kLowerRate});
  int measured_so_far = 0;
  do {
    const Measured measured = Measure(*client, draft, true);
    ASSERT_TRUE(measured.status.ok()) << Outcome::Of(measured.status);
    int64_t reserved = 0;
    for (const CaseImpact& one : measured.cases)
      for (const ImpactShare& share : one.shares())
        if (share.funder() == programme_.bpifrance()) reserved += share.before().cents();
    EXPECT_EQ(static_cast<int>(measured.cases.size()), measured.outset.live_cases());
    EXPECT_EQ(reserved, measured.summary.funders(0).before().cents());
    EXPECT_EQ(reserved, EnvelopeOf(measured, programme_.bpifrance()).reserved_before().cents());
    ++measured_so_far;
  } while (signing > 0 || measured_so_far < 5);
  others.join();
  EXPECT_EQ(Measure(*client, draft).summary.changed_agreements(), kSigners * kEach);
}

TEST_F(RulebookImpact, ADraftIsCheckedFirstAllProblemsAtOnce) {
  const std::string wrong =
      DraftWith({{"rate: 50 %", "rate: 150 %"}, {"window_months: 24", "window_months: none"}});
  const Measured measured = Measure(programme_.officer(), wrong);
  EXPECT_THAT(measured.status, HasReason(REASON_RULEBOOK_INVALID));
  const std::string message = CallErrorOf(measured.status).message;
  EXPECT_THAT(message, HasSubstr("150"));
  EXPECT_THAT(message, HasSubstr(" ; "));
  EXPECT_FALSE(measured.outset.live_cases());
}

TEST_F(RulebookImpact, AProgrammeWithoutARulebookHasNoCaseToChange) {
  std::string source = programme_.Source(1);
  const size_t at = source.find("programme: " + programme_.code());
  source.replace(at, 11 + programme_.code().size(), "programme: no-such-programme");
  EXPECT_THAT(Measure(programme_.officer(), source).status, HasReason(REASON_PROGRAMME_NOT_FOUND));
}

TEST_F(RulebookImpact, ACallerWhoLeavesTakesNothingWithHim) {
  for (int i = 0; i < 3; ++i) GivenSigned(2);
  MeasureRulebookImpactRequest request;
  request.set_source(programme_.Source(1));
  for (int i = 0; i < 20; ++i) {
    const auto stream =
        programme_.officer().Stream("FundingService.MeasureRulebookImpact", request, Patient());
    MeasureRulebookImpactResponse response;
    EXPECT_TRUE(stream->Read(&response));
    stream->Cancel();
    (void)stream->Finish();
  }
  EXPECT_TRUE(Measure(programme_.officer(), programme_.Source(1)).status.ok());
}

}  // namespace
}  // namespace jalon::test
