#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// validate_only answers what the call itself would, as things stand, and changes nothing.
namespace jalon::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// How many rows every table of the areas has, and what the commands left behind.
std::string Everything() {
  return World::cluster().Sql(
      "select (select count(*) from audit.event), (select count(*) from common.request), "
      "(select count(*) from enrolment.company), (select max(updated_at) from enrolment.company), "
      "(select count(*) from programme.rulebook_version), (select count(*) from funding.agreement_version), "
      "(select count(*) from funding.entry), (select sum(reserved_cents) from funding.envelope), "
      "(select count(*) from funding.aid), (select count(*) from funding.period)");
}

class DryRun : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  // Tries the call, sees that nothing changed, makes it; both answers or refusals.
  template <class Response, class Request>
  std::pair<absl::StatusOr<Response>, absl::StatusOr<Response>> TriedAndDone(const char* method,
                                                                             Request request) {
    const std::string before = Everything();
    request.set_request_id(NewId());
    request.set_validate_only(true);
    auto tried = programme_.officer().Call<Response>(method, request, Once());
    EXPECT_EQ(Everything(), before);
    request.set_request_id(NewId());
    request.set_validate_only(false);
    return {std::move(tried), programme_.officer().Call<Response>(method, request, Once())};
  }

  Programme programme_{World::stack()};
};

void Add(enrolment::v1::ImportCompaniesRequest& request, const std::string& siren, const std::string& name) {
  auto* company = request.add_companies();
  company->set_siren(siren);
  company->set_name(name);
  company->set_naf("62.01Z");
  company->set_created_on("2010-05-04");
  company->set_commune("59350");
}

TEST_F(DryRun, OfAnImportCountsWhatTheImportWould) {
  const std::string known = programme_.GivenCompany(), renamed = programme_.GivenCompany();
  enrolment::v1::GetCompanyRequest get;
  get.set_siren(known);
  const auto company =
      programme_.Must<enrolment::v1::GetCompanyResponse>("EnrolmentService.GetCompany", get).company();
  enrolment::v1::ImportCompaniesRequest request;
  Add(request, known, company.name());
  Add(request, renamed, "Autre nom");
  Add(request, NthSiren(1998), "Nouvelle");
  Add(request, NthSiren(1999), "Une première fois");
  Add(request, NthSiren(1999), "Une seconde");
  Add(request, "732829321", "Faux SIREN");
  for (const auto& [added, changed, unchanged] : {std::tuple(2, 1, 1), std::tuple(0, 0, 4)}) {
    const auto [tried, done] =
        TriedAndDone<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", request);
    ASSERT_TRUE(tried.ok() && done.ok()) << tried.status() << done.status();
    EXPECT_EQ(tried->ShortDebugString(), done->ShortDebugString());
    EXPECT_EQ(std::tuple(done->added(), done->changed(), done->unchanged()),
              std::tuple(added, changed, unchanged));
    EXPECT_EQ(done->problems_size(), 1);
  }
}

// Each column alone makes a difference, as does its absence.
TEST_F(DryRun, OfAnImportSeesEveryColumn) {
  enrolment::v1::ImportCompaniesRequest base;
  Add(base, programme_.GivenCompany(), "Nom");
  TriedAndDone<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", base)
      .second.value();
  const std::pair<const char*, const char*> columns[] = {
      {"name", "Autre"},  {"legal_category", "5710"}, {"naf", "62.02A"},
      {"naf", ""},        {"headcount_band", "12"},   {"created_on", "2011-01-01"},
      {"created_on", ""}, {"seat_nic", "00012"},      {"commune", "75056"},
      {"commune", ""}};
  for (const auto& [name, value] : columns) {
    SCOPED_TRACE(name);
    auto other = base;
    auto* company = other.mutable_companies(0);
    company->GetReflection()->SetString(company, company->GetDescriptor()->FindFieldByName(name), value);
    const auto [tried, done] =
        TriedAndDone<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", other);
    ASSERT_TRUE(tried.ok() && done.ok());
    EXPECT_EQ(tried->changed(), 1);
    EXPECT_EQ(done->changed(), 1);
    const auto [back, restored] =
        TriedAndDone<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", base);
    EXPECT_EQ(back->changed(), 1);
    EXPECT_EQ(restored->changed(), 1);
  }
  auto ceased = base;
  ceased.mutable_companies(0)->set_ceased(true);
  const auto [tried, done] =
      TriedAndDone<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", ceased);
  EXPECT_EQ(tried->changed(), 1);
  EXPECT_EQ(done->changed(), 1);
}

TEST_F(DryRun, OfARulebookIsRefusedAsItsPublicationWouldBe) {
  const auto publish = [&](const std::string& source) {
    programme::v1::PublishRulebookRequest request;
    request.set_source(source);
    return TriedAndDone<programme::v1::PublishRulebookResponse>("ProgrammeService.PublishRulebook", request);
  };
  const auto [new_tried, new_done] = publish(programme_.Source(2));
  ASSERT_TRUE(new_tried.ok() && new_done.ok()) << new_tried.status() << new_done.status();
  auto published = new_done->version();
  published.clear_published_at();
  published.clear_published_by();
  EXPECT_EQ(new_tried->version().ShortDebugString(), published.ShortDebugString());

  for (const auto& [source, reason] :
       {std::pair(programme_.Source(2), REASON_RULEBOOK_VERSION_EXISTS),
        std::pair(programme_.Source(1) + "# other content\n", REASON_RULEBOOK_VERSION_EXISTS),
        std::pair(programme_.Source(4), REASON_RULEBOOK_INVALID)}) {
    const auto [tried, done] = publish(source);
    EXPECT_THAT(done.status(), HasReason(reason));
    EXPECT_THAT(tried.status(), HasReason(reason));
    EXPECT_EQ(CallErrorOf(tried.status()).message, CallErrorOf(done.status()).message);
  }
}

// Without what only a signature has.
std::string Shown(funding::v1::Agreement agreement) {
  agreement.clear_agreement_id();
  return agreement.ShortDebugString();
}

TEST_F(DryRun, OfASignatureAnswersAndRefusesAsTheSignatureWould) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{100});
  const auto sign = [&](const funding::v1::SignAgreementRequest& request) {
    return TriedAndDone<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", request);
  };
  const auto [tried, done] = sign(programme_.AgreementOf(case_id, HalfDays{4}));
  ASSERT_TRUE(tried.ok() && done.ok()) << tried.status() << done.status();
  EXPECT_EQ(tried->agreement().agreement_id(), 0);
  EXPECT_EQ(tried->agreement().version(), 1);
  EXPECT_EQ(Shown(tried->agreement()), Shown(done->agreement()));

  Programme poor(World::stack(), 650'00);
  const auto refused = [&](const funding::v1::SignAgreementRequest& request, Reason reason) {
    const auto [vain, real] = sign(request);
    EXPECT_THAT(real.status(), HasReason(reason));
    EXPECT_THAT(vain.status(), HasReason(reason));
    EXPECT_EQ(CallErrorOf(vain.status()).message, CallErrorOf(real.status()).message);
  };
  refused(programme_.AgreementOf(case_id, HalfDays{4}), REASON_AGREEMENT_EXISTS);
  refused(programme_.AgreementOf(999'999'999, HalfDays{4}), REASON_CASE_NOT_FOUND);
  refused(programme_.AgreementOf(programme_.GivenOpenCase(), HalfDays{4}), REASON_CASE_NOT_ADMITTED);
  refused(poor.AgreementOf(poor.GivenCaseWithGrant(HalfDays{100}), HalfDays{4}), REASON_ENVELOPE_EXHAUSTED);
  auto dear = programme_.AgreementOf(programme_.GivenCaseWithGrant(HalfDays{100}), HalfDays{4}, 1'300'01);
  refused(dear, REASON_DAY_RATE_OVER_CAP);
}

TEST_F(DryRun, OfAnAmendmentAnswersAndRefusesAsTheAmendmentWould) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{100});
  programme_.GivenAgreement(case_id, HalfDays{4});
  const auto amend = [&](HalfDays half_days) {
    funding::v1::AmendAgreementRequest request;
    request.set_case_id(case_id);
    request.set_amended_on(kSignedOn);
    request.set_reason("avenant d’essai");
    *request.mutable_phases() = programme_.AgreementOf(case_id, half_days).phases();
    return TriedAndDone<funding::v1::AmendAgreementResponse>("FundingService.AmendAgreement", request);
  };
  const auto [tried, done] = amend(HalfDays{10});
  ASSERT_TRUE(tried.ok() && done.ok()) << tried.status() << done.status();
  EXPECT_EQ(tried->agreement().ShortDebugString(), done->agreement().ShortDebugString());
  EXPECT_EQ(done->agreement().version(), 2);

  for (const auto& [half_days, reason] :
       {std::pair(HalfDays{10}, REASON_NOTHING_AMENDED), std::pair(HalfDays{101}, REASON_DAYS_OVER_GRANT)}) {
    const auto [vain, real] = amend(half_days);
    EXPECT_THAT(real.status(), HasReason(reason));
    EXPECT_THAT(vain.status(), HasReason(reason));
  }
}

TEST_F(DryRun, OfAClosingTellsTheMonthsAndTheirSums) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  programme_.GivenAgreement(case_id, HalfDays{10});  // in March 2025
  programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  programme_.Charge(case_id);
  funding::v1::ClosePeriodRequest request;
  request.set_programme(programme_.code());
  request.set_month("2025-03");
  const auto [tried, done] =
      TriedAndDone<funding::v1::ClosePeriodResponse>("FundingService.ClosePeriod", request);
  ASSERT_TRUE(tried.ok() && done.ok()) << tried.status() << done.status();
  EXPECT_FALSE(tried->period().has_closed_at());
  EXPECT_TRUE(done->period().has_closed_at());
  EXPECT_EQ(tried->period().sha256(), done->period().sha256());
  ASSERT_EQ(tried->months_size(), 2);
  EXPECT_EQ(tried->months(0).month(), "2024-01");
  EXPECT_EQ(tried->months(0).half_days(), 1);
  EXPECT_EQ(tried->months(0).cost().cents(), 650'00);
  EXPECT_EQ(tried->months(0).charged().cents(), 520'00);
  EXPECT_EQ(tried->months(1).month(), "2025-03");
  EXPECT_EQ(tried->months(1).reserved().cents(), 10 * 520'00);
  EXPECT_EQ(tried->months(1).half_days(), 0);
  EXPECT_EQ(done->months(1).ShortDebugString(), tried->months(1).ShortDebugString());
  const auto [vain, real] =
      TriedAndDone<funding::v1::ClosePeriodResponse>("FundingService.ClosePeriod", request);
  EXPECT_THAT(vain.status(), HasReason(REASON_PERIOD_CLOSED));
  EXPECT_THAT(real.status(), HasReason(REASON_PERIOD_CLOSED));
}

// It holds what the command would, and no longer: signatures beside it neither fail nor find its traces.
TEST_F(DryRun, OfSignaturesLeavesRoomForTheRealOnes) {
  Programme narrow(World::stack(), 650'00);
  const int64_t case_id = narrow.GivenCaseWithGrant(HalfDays{100});
  const auto outcomes = FromManyConnections(World::stack(), 24, [&](Client& client, int n) {
    auto request = narrow.AgreementOf(case_id, HalfDays{2});
    request.set_validate_only(n != 0);
    return Outcome::Of(
        client.Call<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", request, Patient())
            .status());
  });
  EXPECT_THAT(outcomes[0], IsAccepted());
  for (const Outcome& outcome : outcomes)
    EXPECT_TRUE(outcome.ok || outcome.reason == REASON_AGREEMENT_EXISTS) << outcome;
}

}  // namespace
}  // namespace jalon::test
