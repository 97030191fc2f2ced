#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// What becomes of an agreement from its signature to the bank: de minimis (law 8), amendments, releases,
// envelopes, payments. Accompaniment of 2 half-days at 1,300 € a day: Bpifrance bears 650 €, the Région 390
// €.
namespace jalon::test {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace funding::v1;

constexpr int64_t kAidOfTwo = 1'040'00;
constexpr int64_t kCeiling = 300'000'00;

class Agreements : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  Outcome Sign(Client& client, const SignAgreementRequest& request) {
    return Outcome::Of(
        client.Call<SignAgreementResponse>("FundingService.SignAgreement", request, Patient()).status());
  }
  Outcome SignOn(int64_t case_id, const std::string& date, HalfDays half_days = HalfDays{2}) {
    auto request = programme_.AgreementOf(case_id, half_days);
    request.set_signed_on(date);
    return Sign(programme_.officer(), request);
  }

  void GivenDeclared(const std::string& siren, int64_t cents, const std::string& on,
                     const std::string& reference = "D-1") {
    DeclareAidRequest request;
    request.set_request_id(NewId());
    request.set_siren(siren);
    request.set_granted_on(on);
    *request.mutable_amount() = Euros(cents);
    request.set_reference(reference);
    request.set_authority("Ademe");
    programme_.Must<DeclareAidResponse>("FundingService.DeclareAid", request);
  }
  void GivenConfirmed(const std::string& siren, int64_t cents, const std::string& on,
                      const std::string& reference) {
    ConfirmAidRequest request;
    request.set_request_id(NewId());
    request.set_siren(siren);
    request.set_granted_on(on);
    *request.mutable_amount() = Euros(cents);
    request.set_reference(reference);
    request.set_authority("Registre");
    programme_.Must<ConfirmAidResponse>("FundingService.ConfirmAid", request);
  }
  DeMinimisHeadroom Headroom(const std::string& siren, const std::string& on = kSignedOn) {
    GetDeMinimisHeadroomRequest request;
    request.set_siren(siren);
    request.set_on(on);
    return programme_.Must<GetDeMinimisHeadroomResponse>("FundingService.GetDeMinimisHeadroom", request)
        .headroom();
  }

  void GivenControl(const std::string& holder, const std::string& held) {
    enrolment::v1::DeclareLinkRequest request;
    request.set_request_id(NewId());
    request.mutable_link()->mutable_holder()->set_party_id(holder);
    request.mutable_link()->mutable_held()->set_party_id(held);
    request.mutable_link()->set_capital_hundredths(60'00);
    request.mutable_link()->set_votes_hundredths(60'00);
    request.mutable_link()->set_starts_on("2020-01-01");
    request.mutable_link()->set_source("Registre");
    programme_.Must<enrolment::v1::DeclareLinkResponse>("EnrolmentService.DeclareLink", request);
  }

  AmendAgreementRequest AmendmentOf(int64_t case_id, int half_days, int64_t day_rate_cents = 1'300'00,
                                    const std::string& on = kSignedOn) {
    AmendAgreementRequest request;
    request.set_request_id(NewId());
    request.set_case_id(case_id);
    request.set_amended_on(on);
    request.set_reason("avenant d’essai");
    auto* phase = request.add_phases();
    phase->set_phase(kPhase);
    phase->set_half_days(half_days);
    *phase->mutable_day_rate() = Euros(day_rate_cents);
    return request;
  }
  Outcome Amend(Client& client, const AmendAgreementRequest& request) {
    return Outcome::Of(
        client.Call<AmendAgreementResponse>("FundingService.AmendAgreement", request, Patient()).status());
  }
  Agreement Read(int64_t case_id, int version = 0) {
    GetAgreementRequest request;
    request.set_case_id(case_id);
    request.set_version(version);
    return programme_.Must<GetAgreementResponse>("FundingService.GetAgreement", request).agreement();
  }
  Outcome Release(Client& client, int64_t case_id) {
    ReleaseAgreementRequest request;
    request.set_request_id(NewId());
    request.set_case_id(case_id);
    request.set_reason("fin");
    return Outcome::Of(
        client.Call<ReleaseAgreementResponse>("FundingService.ReleaseAgreement", request, Patient())
            .status());
  }
  Envelope EnvelopeOf(Programme& programme, const std::string& funder) {
    ListEnvelopesRequest request;
    request.set_funder(funder);
    return programme.Must<ListEnvelopesResponse>("FundingService.ListEnvelopes", request).envelopes(0);
  }
  // A case with half-days approved and charged, as many as given.
  int64_t GivenCharged(int half_days, int agreed, int first_slot = 0) {
    const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{20});
    const int64_t consultant = programme_.GivenConsultant();
    programme_.GivenAssignment(case_id, consultant);
    programme_.GivenAgreement(case_id, HalfDays{agreed});
    for (int n = 0; n < half_days; ++n)
      programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(first_slot + n));
    if (half_days > 0) programme_.Charge(case_id);
    return case_id;
  }

  template <class Fn>
  auto FromManyConnections(int count, Fn fn) {
    return test::FromManyConnections(World::stack(), count, fn);
  }

  Programme programme_{World::stack()};
  std::mt19937_64 random_{Seed()};
};

TEST_F(Agreements, OfASingleUndertakingOnlyAsManySignAsTheCeilingLeavesRoomFor) {
  for (int round = 0; round < 3; ++round) {
    const int room = static_cast<int>(random_() % 4) + 1;
    SCOPED_TRACE("room for " + std::to_string(room));
    const std::string head = programme_.GivenCompany();
    std::vector<int64_t> cases;
    for (int i = 0; i < 16; ++i) {
      const std::string site = programme_.GivenCompany();
      cases.push_back(programme_.GivenCaseWithGrant(HalfDays{2}, kAdmittedOn, site));
      GivenControl(head, site);  // after the admission: they apply as independent
    }
    GivenDeclared(head, kCeiling - room * kAidOfTwo - 1'039'99, "2024-05-06");
    const auto outcomes = FromManyConnections(48, [&](Client& client, int n) {
      return Sign(client, programme_.AgreementOf(cases[static_cast<size_t>(n) % cases.size()], HalfDays{2}));
    });
    EXPECT_EQ(CountOk(outcomes), room);
    EXPECT_THAT(Refusals(outcomes),
                Each(AnyOf(HasReason(REASON_DE_MINIMIS_EXCEEDED), HasReason(REASON_AGREEMENT_EXISTS))));
    EXPECT_EQ(Headroom(head).left().cents(), 1'039'99);
    EXPECT_EQ(Headroom(head).granted().cents(), room * kAidOfTwo);
  }
}

// A link between two groups and awards to both, at the same instant: whichever comes first, the ceiling
// holds.
TEST_F(Agreements, ALinkAndTheAwardsItJoinsTakeTurns) {
  for (int round = 0; round < 5; ++round) {
    const std::string a = programme_.GivenCompany(), b = programme_.GivenCompany();
    const int64_t case_a = programme_.GivenCaseWithGrant(HalfDays{2}, kAdmittedOn, a);
    const int64_t case_b = programme_.GivenCaseWithGrant(HalfDays{2}, kAdmittedOn, b);
    GivenDeclared(a, kCeiling - kAidOfTwo - 10, "2024-05-06");
    GivenControl(a, b);
    const auto outcomes = FromManyConnections(2, [&](Client& client, int n) {
      return Sign(client, programme_.AgreementOf(n == 0 ? case_a : case_b, HalfDays{2}));
    });
    EXPECT_EQ(CountOk(outcomes), 1);
  }
}

TEST_F(Agreements, TheWindowIsOfThreeYearsToTheDayAndLaterGrantsCount) {
  const std::string siren = programme_.GivenCompany();
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2}, kAdmittedOn, siren);
  GivenDeclared(siren, kCeiling, "2022-03-10");
  EXPECT_THAT(SignOn(case_id, "2025-03-10"), HasReason(REASON_DE_MINIMIS_EXCEEDED));
  EXPECT_EQ(Headroom(siren, "2025-03-10").left().cents(), 0);
  EXPECT_EQ(Headroom(siren, "2025-03-11").left().cents(), kCeiling);
  // A grant that comes later than the signature, and is known already.
  GivenDeclared(siren, kCeiling - kAidOfTwo + 1, "2025-09-01", "D-2");
  EXPECT_THAT(SignOn(case_id, "2025-03-11"), HasReason(REASON_DE_MINIMIS_EXCEEDED));
  GivenDeclared(siren, kCeiling - kAidOfTwo, "2025-09-01", "D-2");  // put right
  EXPECT_THAT(SignOn(case_id, "2025-03-11"), IsAccepted());
}

TEST_F(Agreements, NoAidCountsTwice) {
  const std::string siren = programme_.GivenCompany();
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2}, kAdmittedOn, siren);
  GivenDeclared(siren, 100'000'00, "2024-05-06", "A");
  GivenDeclared(siren, 20'000'00, "2024-05-07", "B");
  GivenConfirmed(siren, 50'000'00, "2024-05-06", "A");
  GivenDeclared(siren, 90'000'00, "2024-05-06", "A");  // what is confirmed stands
  programme_.GivenAgreement(case_id, HalfDays{2});
  GivenDeclared(siren, kAidOfTwo, kSignedOn, "jalon-" + std::to_string(case_id));  // ours, told again
  const auto headroom = Headroom(siren);
  EXPECT_EQ(headroom.confirmed().cents(), 50'000'00);
  EXPECT_EQ(headroom.declared().cents(), 20'000'00);
  EXPECT_EQ(headroom.granted().cents(), kAidOfTwo);
  EXPECT_EQ(headroom.left().cents(), kCeiling - 70'000'00 - kAidOfTwo);
  EXPECT_THAT(headroom.aids(), SizeIs(3));
  EXPECT_THAT(headroom.members(), ElementsAre(siren));
}

TEST_F(Agreements, VerifyFindsAnAwardOverTheCeiling) {
  const std::string siren = programme_.GivenCompany();
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2}, kAdmittedOn, siren);
  programme_.GivenAgreement(case_id, HalfDays{2});
  GivenDeclared(siren, kCeiling, "2024-05-06");  // comes to light afterwards
  EXPECT_THAT(VerifyLaws(programme_.officer()), ElementsAre(HasSubstr(siren)));
  EXPECT_THAT(Release(programme_.officer(), case_id), IsAccepted());  // the aid is taken back
  EXPECT_EQ(Headroom(siren).granted().cents(), 0);
}

TEST_F(Agreements, TheRegisterHasTwentyWorkingDays) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2}, "2026-01-05");
  ASSERT_THAT(SignOn(case_id, "2026-03-10"), IsAccepted());
  ListRegisterEntriesRequest list;
  const auto find = [&] {
    const auto entries =
        programme_.Must<ListRegisterEntriesResponse>("FundingService.ListRegisterEntries", list).entries();
    for (const auto& entry : entries)
      if (entry.case_id() == case_id) return entry;
    return RegisterEntry();
  };
  const RegisterEntry entry = find();
  EXPECT_EQ(entry.due_on(), "2026-04-08") << "Easter Monday is 6 April";
  EXPECT_EQ(entry.amount().cents(), kAidOfTwo);
  EXPECT_EQ(entry.authority(), "Financeur " + programme_.bpifrance() + ", Financeur " + programme_.region());
  EXPECT_EQ(entry.instrument(), AID_INSTRUMENT_GRANT);
  EXPECT_EQ(entry.sector(), "J");
  EXPECT_EQ(entry.nace_class(), "62.01");
  ConfirmRegisteredRequest confirm;
  confirm.set_request_id(NewId());
  confirm.set_aid_id(entry.aid_id());
  confirm.set_register_reference("FR-2026-" + std::to_string(entry.aid_id()));
  confirm.set_registered_on("2026-03-20");
  programme_.Must<ConfirmRegisteredResponse>("FundingService.ConfirmRegistered", confirm);
  EXPECT_EQ(find().aid_id(), 0);
  list.set_all(true);
  EXPECT_EQ(find().registered_on(), "2026-03-20");
  // The register tells it back under its own number: still one aid.
  GivenConfirmed(entry.siren(), kAidOfTwo, "2026-03-10", confirm.register_reference());
  EXPECT_EQ(Headroom(entry.siren(), "2026-03-10").left().cents(), kCeiling - kAidOfTwo);
}

TEST_F(Agreements, DeMinimisAidIsAttestedInALetter) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2}, "2026-01-05");
  ASSERT_THAT(SignOn(case_id, "2026-03-10"), IsAccepted());
  GetDeMinimisAttestationRequest request;
  request.set_case_id(case_id);
  const auto ask = [&] {
    return programme_.Must<GetDeMinimisAttestationResponse>("FundingService.GetDeMinimisAttestation",
                                                            request);
  };
  const auto first = ask();
  const DeMinimisAttestation& told = first.attestation();
  EXPECT_EQ(told.amount().cents(), kAidOfTwo);
  EXPECT_EQ(told.granted_on(), "2026-03-10");
  EXPECT_EQ(told.first_granted_on(), "2026-03-10");
  EXPECT_THAT(told.programme_title_fr(), HasSubstr("IA Booster"));
  EXPECT_EQ(told.ceiling().cents(), kCeiling);
  ASSERT_EQ(told.grants_size(), 1);
  EXPECT_EQ(told.grants(0).due_on(), "2026-04-08");
  ASSERT_EQ(told.members_size(), 1);
  EXPECT_EQ(told.members(0).siren(), told.siren());
  int64_t borne = 0;
  for (const auto& grantor : told.grantors()) borne += grantor.amount().cents();
  EXPECT_EQ(borne, kAidOfTwo);
  EXPECT_EQ(first.pdf().substr(0, 5), "%PDF-");
  EXPECT_TRUE(ask().pdf() == first.pdf()) << "asked again, the same letter";

  ConfirmRegisteredRequest confirm;
  confirm.set_request_id(NewId());
  confirm.set_aid_id(std::stoll(
      World::cluster().Sql("select aid_id from funding.aid where case_id = " + std::to_string(case_id))));
  confirm.set_register_reference("FR-A-" + std::to_string(case_id));
  confirm.set_registered_on("2026-03-20");
  programme_.Must<ConfirmRegisteredResponse>("FundingService.ConfirmRegistered", confirm);
  const auto registered = ask();
  EXPECT_EQ(registered.attestation().grants(0).register_reference(), confirm.register_reference());
  EXPECT_FALSE(registered.pdf() == first.pdf());
}

TEST_F(Agreements, AnAmendmentIsAGrantOfItsOwnDay) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10}, "2026-01-05");
  ASSERT_THAT(SignOn(case_id, "2026-03-10"), IsAccepted());
  ASSERT_THAT(Amend(programme_.officer(), AmendmentOf(case_id, 4, 1'300'00, "2026-07-06")), IsAccepted());
  GetDeMinimisAttestationRequest request;
  request.set_case_id(case_id);
  const auto told =
      programme_.Must<GetDeMinimisAttestationResponse>("FundingService.GetDeMinimisAttestation", request)
          .attestation();
  EXPECT_EQ(told.first_granted_on(), "2026-03-10");
  EXPECT_EQ(told.granted_on(), "2026-07-06");
  ASSERT_EQ(told.grants_size(), 2);
  EXPECT_EQ(told.grants(0).amount().cents(), kAidOfTwo);
  EXPECT_EQ(told.grants(1).amount().cents(), told.amount().cents() - kAidOfTwo);
}

TEST_F(Agreements, AnEnvelopeThatDoesNotSufficeTellsWhatIsLeftAndNeeded) {
  Programme poor(World::stack(), 650'00);
  poor.GivenAgreement(poor.GivenCaseWithGrant(HalfDays{2}), HalfDays{1});  // Bpifrance bears 325 €
  const int64_t case_id = poor.GivenCaseWithGrant(HalfDays{4});
  const auto request = poor.AgreementOf(case_id, HalfDays{4});

  QuoteAgreementRequest quote;
  quote.set_case_id(case_id);
  quote.set_signed_on(request.signed_on());
  *quote.mutable_phases() = request.phases();
  const auto quoted = poor.Must<QuoteAgreementResponse>("FundingService.QuoteAgreement", quote);
  ASSERT_EQ(quoted.envelopes_size(), 2);
  EXPECT_EQ(quoted.envelopes(0).funder(), poor.bpifrance());
  EXPECT_GT(quoted.envelopes(0).envelope_id(), 0);
  EXPECT_EQ(quoted.envelopes(0).needed().cents(), 1'300'00);
  EXPECT_EQ(quoted.envelopes(0).left().cents(), 325'00);

  const auto refused =
      poor.officer().Call<SignAgreementResponse>("FundingService.SignAgreement", request, Once()).status();
  const auto error = CallErrorOf(refused);
  EXPECT_EQ(error.reason, "ENVELOPE_EXHAUSTED");
  EXPECT_EQ(error.metadata.at("left_cents"), "32500");
  EXPECT_EQ(error.metadata.at("needed_cents"), "130000");
  EXPECT_THAT(error.message, AllOf(HasSubstr("325,00"), HasSubstr("300,00")));
}

TEST_F(Agreements, WhatHasHappenedIsNotStillToCome) {
  const std::string tomorrow = World::cluster().Sql("select funding.day_now() + 1");
  const auto told = [&](const absl::Status& status, const std::string& field) {
    EXPECT_THAT(status, HasReason(REASON_INVALID_REQUEST));
    const auto violations = CallErrorOf(status).violations;
    ASSERT_THAT(violations, SizeIs(1)) << field;
    EXPECT_EQ(violations[0].field, field);
  };
  Client& officer = programme_.officer();
  const std::string siren = programme_.GivenCompany();
  auto application = programme_.Application(siren);
  application.mutable_facts()->set_year_closed_on("2024-01-03");
  told(officer.Call<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", application, Once())
           .status(),
       "facts.year_closed_on");
  application.set_applied_on(tomorrow);
  told(officer.Call<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", application, Once())
           .status(),
       "applied_on");
  enrolment::v1::AdmitCaseRequest admit;
  admit.set_request_id(NewId());
  admit.set_case_id(programme_.GivenOpenCase());
  admit.set_admitted_on(tomorrow);
  told(officer.Call<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", admit, Once()).status(),
       "admitted_on");
  enrolment::v1::AddAccountsRequest accounts;
  accounts.set_request_id(NewId());
  accounts.mutable_accounts()->set_party_id(siren);
  accounts.mutable_accounts()->set_closed_on(tomorrow);
  *accounts.mutable_accounts()->mutable_turnover() = Euros(1);
  *accounts.mutable_accounts()->mutable_balance_sheet() = Euros(1);
  accounts.mutable_accounts()->set_source("essai");
  told(officer.Call<enrolment::v1::AddAccountsResponse>("EnrolmentService.AddAccounts", accounts, Once())
           .status(),
       "accounts.closed_on");

  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{4});
  auto agreement = programme_.AgreementOf(case_id, HalfDays{2});
  agreement.set_signed_on(tomorrow);
  told(officer.Call<SignAgreementResponse>("FundingService.SignAgreement", agreement, Once()).status(),
       "signed_on");
  told(officer
           .Call<AmendAgreementResponse>("FundingService.AmendAgreement",
                                         AmendmentOf(case_id, 2, 1'300'00, tomorrow), Once())
           .status(),
       "amended_on");
  RecordPaymentRequest pay;
  pay.set_request_id(NewId());
  pay.set_case_id(case_id);
  pay.set_funder(programme_.bpifrance());
  *pay.mutable_amount() = Euros(1);
  pay.set_paid_on(tomorrow);
  pay.set_reference("VIR");
  told(officer.Call<RecordPaymentResponse>("FundingService.RecordPayment", pay, Once()).status(), "paid_on");
  DeclareAidRequest declare;
  declare.set_request_id(NewId());
  declare.set_siren(siren);
  declare.set_granted_on(tomorrow);
  *declare.mutable_amount() = Euros(1);
  declare.set_reference("D");
  declare.set_authority("Ademe");
  told(officer.Call<DeclareAidResponse>("FundingService.DeclareAid", declare, Once()).status(), "granted_on");
  ConfirmAidRequest confirm;
  confirm.set_request_id(NewId());
  confirm.set_siren(siren);
  confirm.set_granted_on(tomorrow);
  *confirm.mutable_amount() = Euros(1);
  confirm.set_reference("D");
  confirm.set_authority("Registre");
  told(officer.Call<ConfirmAidResponse>("FundingService.ConfirmAid", confirm, Once()).status(), "granted_on");
  ConfirmRegisteredRequest registered;
  registered.set_request_id(NewId());
  registered.set_aid_id(1);
  registered.set_register_reference("FR-1");
  registered.set_registered_on(tomorrow);
  told(officer.Call<ConfirmRegisteredResponse>("FundingService.ConfirmRegistered", registered, Once())
           .status(),
       "registered_on");
}

TEST(ThousandSignatures, OnAnEnvelopeWithRoomForTenAreTen) {
  Programme programme(World::stack(), 10 * 650'00);
  constexpr int kSignatures = 1000, kClients = 50;
  std::vector<int64_t> cases;
  for (int i = 0; i < kSignatures; ++i) cases.push_back(programme.GivenCaseWithGrant(HalfDays{2}));
  const std::string deadlocks = World::cluster().Sql("select sum(deadlocks) from pg_stat_database");
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < kClients; ++i) clients.push_back(World::stack().Connect());
  std::vector<Outcome> outcomes(kSignatures);
  std::vector<std::thread> callers;
  for (int n = 0; n < kSignatures; ++n) {
    callers.emplace_back([&, n] {
      const auto request = programme.AgreementOf(cases[static_cast<size_t>(n)], HalfDays{2});
      outcomes[static_cast<size_t>(n)] =
          Outcome::Of(clients[static_cast<size_t>(n % kClients)]
                          ->Call<SignAgreementResponse>("FundingService.SignAgreement", request, Patient())
                          .status());
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(CountOk(outcomes), 10);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_ENVELOPE_EXHAUSTED)));
  EXPECT_EQ(World::cluster().Sql("select sum(deadlocks) from pg_stat_database"), deadlocks);
  ListEnvelopeAlertsRequest list;
  list.set_funder(programme.bpifrance());
  const auto alerts =
      programme.Must<ListEnvelopeAlertsResponse>("FundingService.ListEnvelopeAlerts", list).alerts();
  ASSERT_THAT(alerts, SizeIs(4)) << "each threshold once";
  EXPECT_EQ(alerts[0].threshold(), 100);
  EXPECT_EQ(alerts[3].threshold(), 50);
  EXPECT_THAT(VerifyLaws(programme.officer()), IsEmpty());
}

TEST_F(Agreements, AnAmendmentReservesTheDifferenceAndKeepsBothQuotes) {
  const int64_t case_id = GivenCharged(2, 4);
  const auto before = EnvelopeOf(programme_, programme_.bpifrance());
  const auto retry = AmendmentOf(case_id, 10, 1'200'00, "2025-04-01");
  const auto amended = programme_.Must<AmendAgreementResponse>("FundingService.AmendAgreement", retry);
  EXPECT_EQ(amended.agreement().version(), 2);
  EXPECT_EQ(amended.agreement().terms().cost().cents(), 10 * 600'00);
  EXPECT_EQ(amended.agreement().terms().terms_date(), kSignedOn) << "frozen at the signature";
  EXPECT_EQ(
      programme_.Must<AmendAgreementResponse>("FundingService.AmendAgreement", retry).SerializeAsString(),
      amended.SerializeAsString())
      << "a retry has its first answer";
  EXPECT_EQ(EnvelopeOf(programme_, programme_.bpifrance()).reserved().cents(),
            before.reserved().cents() - 2 * 650'00 + 10 * 300'00);
  EXPECT_EQ(Read(case_id).reason(), "avenant d’essai");
  EXPECT_EQ(Read(case_id, 1).terms().cost().cents(), 4 * 650'00);
  EXPECT_EQ(Read(case_id).progress(0).agreed_half_days(), 10);

  EXPECT_THAT(Amend(programme_.officer(), AmendmentOf(case_id, 1)), HasReason(REASON_AMENDED_BEFORE));
  EXPECT_THAT(Amend(programme_.officer(), AmendmentOf(case_id, 1, 1'300'00, "2025-05-01")),
              HasReason(REASON_AMENDMENT_BELOW_CHARGED));
  EXPECT_THAT(Amend(programme_.officer(), AmendmentOf(case_id, 2, 1'300'00, "2025-05-01")), IsAccepted());
  EXPECT_EQ(EnvelopeOf(programme_, programme_.bpifrance()).reserved().cents(),
            before.reserved().cents() - 650'00)
      << "the two that are charged";
}

TEST_F(Agreements, AnAmendmentOfAClosedMonthIsPostedInTheNextOpenOne) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10});
  ASSERT_THAT(SignOn(case_id, kSignedOn), IsAccepted());
  ClosePeriodRequest close;
  close.set_request_id(NewId());
  close.set_programme(programme_.code());
  close.set_month("2025-06");
  programme_.Must<ClosePeriodResponse>("FundingService.ClosePeriod", close);

  ASSERT_THAT(Amend(programme_.officer(), AmendmentOf(case_id, 4, 1'300'00, "2025-05-01")), IsAccepted());
  EXPECT_EQ(World::cluster().Sql("SELECT DISTINCT to_char(e.month, 'YYYY-MM') FROM funding.entry e"
                                 " JOIN funding.posting p USING (posting_id)"
                                 " WHERE p.kind = 'amendment' AND e.case_id = " +
                                 std::to_string(case_id)),
            "2025-07");
}

TEST_F(Agreements, AnAmendmentNeverOverspendsTheEnvelope) {
  Programme poor(World::stack(), 10 * 325'00);
  std::vector<int64_t> cases;
  for (int i = 0; i < 5; ++i) {
    cases.push_back(poor.GivenCaseWithGrant(HalfDays{20}));
    poor.GivenAgreement(cases.back(), HalfDays{1});
  }
  const auto outcomes = FromManyConnections(40, [&](Client& client, int n) {
    return Amend(client, AmendmentOf(cases[static_cast<size_t>(n) % cases.size()], n % 4 + 1));
  });
  EXPECT_THAT(Refusals(outcomes),
              Each(AnyOf(HasReason(REASON_ENVELOPE_EXHAUSTED), HasReason(REASON_QUOTE_STALE),
                         HasReason(REASON_NOTHING_AMENDED))));
  EXPECT_GT(CountOk(outcomes), 0);
}

TEST_F(Agreements, AnAmendmentIsAnAwardOfTheDayItIsSigned) {
  const std::string siren = programme_.GivenCompany();
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{20}, kAdmittedOn, siren);
  programme_.GivenAgreement(case_id, HalfDays{2});
  GivenDeclared(siren, kCeiling - 2 * kAidOfTwo, "2024-05-06");
  EXPECT_THAT(Amend(programme_.officer(), AmendmentOf(case_id, 5, 1'300'00, "2025-04-01")),
              HasReason(REASON_DE_MINIMIS_EXCEEDED));
  EXPECT_THAT(Amend(programme_.officer(), AmendmentOf(case_id, 4, 1'300'00, "2025-04-01")), IsAccepted());
  EXPECT_EQ(Headroom(siren, "2025-04-01").left().cents(), 0);
  EXPECT_THAT(Headroom(siren, "2025-04-01").aids(), SizeIs(3));
  EXPECT_THAT(Amend(programme_.officer(), AmendmentOf(case_id, 1, 1'300'00, "2025-04-01")), IsAccepted());
  EXPECT_EQ(Headroom(siren, "2025-04-01").granted().cents(), kAidOfTwo / 2);
}

TEST_F(Agreements, AWithdrawnCaseIsChargedForWhatWasApprovedAndGivesBackTheRest) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10}, "2026-01-05");
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  ASSERT_THAT(SignOn(case_id, "2026-02-02", HalfDays{6}), IsAccepted());
  programme_.GivenApprovedHalfDay(case_id, consultant, {"2026-02-03", common::v1::HALF_MORNING});
  const auto waiting = EntryOf(case_id, consultant, {"2026-02-03", common::v1::HALF_AFTERNOON});
  ASSERT_THAT(Record(programme_.officer(), waiting), IsAccepted());
  EXPECT_THAT(Release(programme_.officer(), case_id), HasReason(REASON_CASE_IN_PROGRESS));

  enrolment::v1::WithdrawCaseRequest withdraw;
  withdraw.set_request_id(NewId());
  withdraw.set_case_id(case_id);
  withdraw.set_reason("cessation");
  programme_.Must<enrolment::v1::WithdrawCaseResponse>("EnrolmentService.WithdrawCase", withdraw);
  EXPECT_THAT(Release(programme_.officer(), case_id), HasReason(REASON_HALF_DAYS_WAITING));
  ASSERT_THAT(Attest(programme_.officer(), waiting.half_day_id()), IsAccepted());
  ASSERT_THAT(Approve(programme_.officer(), waiting.half_day_id()), IsAccepted());
  // Nobody need ask: the service releases it.
  for (int i = 0; i < 1200 && Read(case_id).released_on().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(Read(case_id).progress(0).charged_half_days(), 2);
  EXPECT_EQ(EnvelopeOf(programme_, programme_.bpifrance()).reserved().cents(), 2 * 325'00);
  EXPECT_EQ(EnvelopeOf(programme_, programme_.bpifrance()).charged().cents(), 2 * 325'00);
  EXPECT_THAT(Release(programme_.officer(), case_id), HasReason(REASON_NOTHING_TO_RELEASE));
}

TEST_F(Agreements, ChargesReversalsAmendmentsAndReleasesKeepTheLaws) {
  std::vector<int64_t> cases;
  std::vector<std::string> half_days;
  for (int i = 0; i < 4; ++i) {
    cases.push_back(programme_.GivenCaseWithGrant(HalfDays{20}));
    const int64_t consultant = programme_.GivenConsultant();
    programme_.GivenAssignment(cases.back(), consultant);
    programme_.GivenAgreement(cases.back(), HalfDays{12});
    for (int n = 0; n < 6; ++n)
      half_days.push_back(programme_.GivenApprovedHalfDay(cases.back(), consultant, NthWorkingHalfDay(n)));
  }
  std::vector<uint64_t> seeds(60);
  for (uint64_t& seed : seeds) seed = random_();
  const auto outcomes = FromManyConnections(60, [&](Client& client, int n) {
    std::mt19937_64 random(seeds[static_cast<size_t>(n)]);
    const int64_t case_id = cases[random() % cases.size()];
    switch (random() % 8) {
      case 0:
        return Release(client, case_id);
      case 1:
      case 2:
      case 3:
        return Amend(client, AmendmentOf(case_id, static_cast<int>(random() % 14) + 1,
                                         1'000'00 + static_cast<int64_t>(random() % 300'00)));
      case 4:
      case 5: {
        ReverseChargeRequest request;
        request.set_request_id(NewId());
        request.set_half_day_id(half_days[random() % half_days.size()]);
        request.set_reason("essai");
        return Outcome::Of(
            client.Call<ReverseChargeResponse>("FundingService.ReverseCharge", request, Patient()).status());
      }
      default: {
        ChargeHalfDaysRequest request;
        request.set_request_id(NewId());
        request.set_case_id(case_id);
        return Outcome::Of(
            client.Call<ChargeHalfDaysResponse>("FundingService.ChargeHalfDays", request, Patient())
                .status());
      }
    }
  });
  for (const Outcome& outcome : outcomes)
    EXPECT_THAT(outcome,
                AnyOf(IsAccepted(), HasReason(REASON_NOTHING_TO_CHARGE), HasReason(REASON_CHARGE_NOT_FOUND),
                      HasReason(REASON_ALREADY_REVERSED), HasReason(REASON_AGREED_DAYS_EXHAUSTED),
                      HasReason(REASON_AMENDMENT_BELOW_CHARGED), HasReason(REASON_AGREEMENT_RELEASED),
                      HasReason(REASON_QUOTE_STALE), HasReason(REASON_NOTHING_TO_RELEASE),
                      HasReason(REASON_NOTHING_AMENDED)));
}

TEST_F(Agreements, AnEnvelopeGrowsAndShrinksButNotBelowWhatIsReserved) {
  programme_.GivenAgreement(programme_.GivenCaseWithGrant(HalfDays{2}), HalfDays{2});
  ChangeEnvelopeRequest change;
  change.set_request_id(NewId());
  change.set_envelope_id(EnvelopeOf(programme_, programme_.bpifrance()).envelope_id());
  *change.mutable_allocated() = Euros(649'99);
  change.set_reason("essai");
  EXPECT_THAT(programme_.Try<ChangeEnvelopeResponse>("FundingService.ChangeEnvelope", change),
              HasReason(REASON_ENVELOPE_BELOW_RESERVED));
  change.set_request_id(NewId());
  *change.mutable_allocated() = Euros(866'67);
  const auto shrunk =
      programme_.Must<ChangeEnvelopeResponse>("FundingService.ChangeEnvelope", change).envelope();
  EXPECT_EQ(shrunk.reserved_share_hundredths(), 74'99) << "rounded down";
  EXPECT_EQ(shrunk.alert(), 50);
  EXPECT_FALSE(shrunk.runs_out_on().empty());
  EXPECT_TRUE(EnvelopeOf(programme_, programme_.region()).runs_out_on().empty()) << "not before it ends";
}

TEST_F(Agreements, WhatIsOwedIsAskedForAndPaidOnce) {
  int64_t owed = 0;
  for (int i = 0; i < 3; ++i) {
    GivenCharged(2, 4, 10 * i);
    owed += 650'00;
  }
  CreatePaymentBatchRequest create;
  create.set_funder(programme_.bpifrance());
  create.set_until("2199-12-31");
  const auto created = FromManyConnections(20, [&](Client& client, int) {
    auto request = create;
    request.set_request_id(NewId());
    return Outcome::Of(
        client.Call<CreatePaymentBatchResponse>("FundingService.CreatePaymentBatch", request, Patient())
            .status());
  });
  EXPECT_EQ(CountOk(created), 1);
  EXPECT_THAT(Refusals(created), Each(HasReason(REASON_NOTHING_TO_PAY)));
  ListPaymentBatchesRequest batches;
  batches.set_funder(programme_.bpifrance());
  const auto batch =
      programme_.Must<ListPaymentBatchesResponse>("FundingService.ListPaymentBatches", batches).batches(0);
  EXPECT_EQ(batch.amount().cents(), owed);
  EXPECT_EQ(batch.state(), PAYMENT_BATCH_STATE_OPEN);
  ListPaymentOrdersRequest list;
  list.set_batch_id(batch.batch_id());
  const auto orders =
      programme_.Must<ListPaymentOrdersResponse>("FundingService.ListPaymentOrders", list).orders();
  ASSERT_THAT(orders, SizeIs(3));

  ReconcilePaymentsRequest statement;
  const auto add = [&](const std::string& key, const std::string& reference, int64_t cents) {
    auto* line = statement.add_lines();
    line->set_bank_key(programme_.code() + key);
    line->set_booked_on(World::cluster().Sql("select funding.day_now()"));
    *line->mutable_amount() = Euros(cents);
    line->set_reference(reference);
  };
  for (int i = 0; i < 2; ++i) add(std::to_string(i), orders[i].end_to_end_id(), 650'00);
  add("2", orders[2].end_to_end_id(), 649'99);
  add("3", "VIREMENT", 650'00);
  add("4", orders[0].end_to_end_id(), 650'00);
  add("0", orders[0].end_to_end_id(), 650'00);
  const auto reconcile = [&](Client& client, bool dry_run) {
    auto request = statement;
    request.set_request_id(NewId());
    request.set_validate_only(dry_run);
    std::string outcomes;
    const auto answer =
        client.Call<ReconcilePaymentsResponse>("FundingService.ReconcilePayments", request, Patient());
    if (!answer.ok()) return answer.status().ToString();
    for (const auto& line : answer->lines())
      outcomes += ReconcileOutcome_Name(line.outcome()).substr(sizeof "RECONCILE_OUTCOME_" - 1) + " ";
    return outcomes;
  };
  const std::string first = "MATCHED MATCHED DOUBTFUL DOUBTFUL REFUSED REFUSED ";
  const std::string again = "KNOWN KNOWN DOUBTFUL DOUBTFUL REFUSED REFUSED ";
  EXPECT_EQ(reconcile(programme_.officer(), true), first);
  auto told = FromManyConnections(20, [&](Client& client, int) { return reconcile(client, false); });
  EXPECT_EQ(std::count(told.begin(), told.end(), first), 1);
  EXPECT_EQ(std::count(told.begin(), told.end(), again), 19) << ::testing::PrintToString(told);
  EXPECT_EQ(EnvelopeOf(programme_, programme_.bpifrance()).paid().cents(), 2 * 650'00);

  CancelPaymentOrderRequest cancel;
  cancel.set_request_id(NewId());
  cancel.set_end_to_end_id(orders[2].end_to_end_id());
  cancel.set_reason("compte clos");
  programme_.Must<CancelPaymentOrderResponse>("FundingService.CancelPaymentOrder", cancel);
  EXPECT_EQ(programme_.Must<ListPaymentBatchesResponse>("FundingService.ListPaymentBatches", batches)
                .batches(0)
                .state(),
            PAYMENT_BATCH_STATE_SETTLED);
  create.set_request_id(NewId());
  EXPECT_EQ(programme_.Must<CreatePaymentBatchResponse>("FundingService.CreatePaymentBatch", create)
                .batch()
                .amount()
                .cents(),
            650'00)
      << "a cancelled order can be asked for again";
}

}  // namespace
}  // namespace jalon::test
