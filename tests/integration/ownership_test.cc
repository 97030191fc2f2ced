#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// Links, accounts and what follows from them, through the services: what an admission froze stays, a single
// undertaking is one to everybody at every instant, and the database computes the one the rules compute.
namespace jalon::test {
namespace {

using enrolment::v1::AddAccountsRequest;
using enrolment::v1::AddAccountsResponse;
using enrolment::v1::CompanyAssessment;
using enrolment::v1::DeclareLinkRequest;
using enrolment::v1::DeclareLinkResponse;
using enrolment::v1::EndLinkRequest;
using enrolment::v1::EndLinkResponse;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

DeclareLinkRequest LinkOf(const std::string& holder, const std::string& held, int share,
                          const std::string& starts_on = "2020-01-01", const std::string& ends_on = "") {
  DeclareLinkRequest request;
  request.set_request_id(NewId());
  auto* link = request.mutable_link();
  link->mutable_holder()->set_party_id(holder);
  link->mutable_held()->set_party_id(held);
  if (holder[0] > '9') link->mutable_holder()->set_name(holder);
  if (held[0] > '9') link->mutable_held()->set_name(held);
  link->set_capital_hundredths(share);
  link->set_votes_hundredths(share);
  link->set_starts_on(starts_on);
  link->set_ends_on(ends_on);
  link->set_source("registre des associés");
  return request;
}

AddAccountsRequest AccountsOf(const std::string& party, int64_t staff_hundredths,
                              const std::string& closed_on = "2023-12-31") {
  AddAccountsRequest request;
  request.set_request_id(NewId());
  auto* accounts = request.mutable_accounts();
  accounts->set_party_id(party);
  accounts->set_closed_on(closed_on);
  accounts->set_headcount_hundredths(staff_hundredths);
  *accounts->mutable_turnover() = Euros(1'000'000'00);
  *accounts->mutable_balance_sheet() = Euros(1'000'000'00);
  accounts->set_source("liasse fiscale");
  return request;
}

class Ownership : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  enrolment::v1::Link Declare(const DeclareLinkRequest& request) {
    return programme_.Must<DeclareLinkResponse>("EnrolmentService.DeclareLink", request).link();
  }
  Outcome TryDeclare(const DeclareLinkRequest& request) {
    return programme_.Try<DeclareLinkResponse>("EnrolmentService.DeclareLink", request);
  }
  void Give(const AddAccountsRequest& request) {
    programme_.Must<AddAccountsResponse>("EnrolmentService.AddAccounts", request);
  }
  CompanyAssessment Assess(const std::string& siren, const std::string& on) {
    enrolment::v1::GetCompanyAssessmentRequest request;
    request.set_siren(siren);
    request.set_on(on);
    return programme_
        .Must<enrolment::v1::GetCompanyAssessmentResponse>("EnrolmentService.GetCompanyAssessment", request)
        .assessment();
  }
  CompanyAssessment Frozen(int64_t case_id) {
    enrolment::v1::GetCaseAssessmentRequest request;
    request.set_case_id(case_id);
    return programme_
        .Must<enrolment::v1::GetCaseAssessmentResponse>("EnrolmentService.GetCaseAssessment", request)
        .assessment();
  }
  enrolment::v1::Case Read(int64_t case_id) {
    enrolment::v1::GetCaseRequest request;
    request.set_case_id(case_id);
    return programme_.Must<enrolment::v1::GetCaseResponse>("EnrolmentService.GetCase", request).case_();
  }
  // A party code of this test's own.
  std::string Code(const std::string& name) const { return name + "-" + programme_.code(); }

  Programme programme_{World::stack()};
};

std::string Members(const CompanyAssessment& assessment) {
  std::string members;
  for (const auto& member : assessment.single_undertaking().members())
    members += (members.empty() ? "" : ",") + member.party_id();
  return members;
}

std::string MembersInSql(const std::string& siren, const std::string& on) {
  return World::cluster().Sql("select array_to_string(members, ',') from enrolment.single_undertaking('" +
                              siren + "', '" + on + "')");
}

TEST_F(Ownership, WhatAnAdmissionFrozeNeverChanges) {
  const std::string siren = programme_.GivenCompany();
  const std::string daughter = programme_.GivenCompany();
  Declare(LinkOf(siren, daughter, 60'00));
  Give(AccountsOf(daughter, 200'00));
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10}, kAdmittedOn, siren);
  const CompanyAssessment frozen = Frozen(case_id);
  EXPECT_EQ(frozen.assessed_on(), kAdmittedOn);
  EXPECT_EQ(frozen.size_class(), common::v1::SIZE_CLASS_ETI) << "120 of its own and 200 of its daughter";
  EXPECT_EQ(Read(case_id).size_class(), common::v1::SIZE_CLASS_ETI);
  EXPECT_EQ(frozen.french_category().category(), enrolment::v1::FRENCH_CATEGORY_PME);
  EXPECT_EQ(frozen.eu_size().counted_size(), 2);

  Declare(LinkOf(Code("mother"), siren, 100'00));
  auto corrected = AccountsOf(daughter, 1'00);
  corrected.set_replace(true);
  Give(corrected);
  EXPECT_EQ(Frozen(case_id).SerializeAsString(), frozen.SerializeAsString());
  EXPECT_EQ(Read(case_id).size_class(), common::v1::SIZE_CLASS_ETI);
  EXPECT_NE(Members(Assess(siren, kAdmittedOn)), Members(frozen)) << "what is known now is another matter";
  const std::string where = " from enrolment.case_undertaking where case_id = " + std::to_string(case_id);
  EXPECT_EQ(World::cluster().Sql("select array_to_string(members, ',')" + where), Members(frozen));
}

TEST_F(Ownership, AnAdmissionThatMeetsALinkIsJudgedOnOneOfTheTwoAndFrozenWhole) {
  for (int round = 0; round < 8; ++round) {
    const std::string siren = programme_.GivenCompany(), daughter = programme_.GivenCompany();
    Give(AccountsOf(daughter, 200'00));
    enrolment::v1::AdmitCaseRequest admit;
    admit.set_request_id(NewId());
    admit.set_case_id(programme_.GivenOpenCase(siren));
    admit.set_admitted_on(kAdmittedOn);
    const auto link = LinkOf(siren, daughter, 100'00);
    const auto outcomes = FromManyConnections(World::stack(), 2, [&](Client& client, int n) {
      return Outcome::Of(
          n == 0
              ? client.Call<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", admit, Patient())
                    .status()
              : client.Call<DeclareLinkResponse>("EnrolmentService.DeclareLink", link, Patient()).status());
    });
    EXPECT_THAT(outcomes, Each(IsAccepted()));
    const CompanyAssessment frozen = Frozen(admit.case_id());
    const bool linked = frozen.eu_size().counted_size() == 2;
    EXPECT_EQ(frozen.single_undertaking().members_size(), linked ? 2 : 1);
    EXPECT_EQ(frozen.size_class(), linked ? common::v1::SIZE_CLASS_ETI : common::v1::SIZE_CLASS_MEDIUM);
    EXPECT_EQ(Read(admit.case_id()).size_class(), frozen.size_class());
    EXPECT_EQ(World::cluster().Sql(
                  "select array_to_string(members, ',') from enrolment.case_undertaking where case_id = " +
                  std::to_string(admit.case_id())),
              Members(frozen));
  }
}

TEST_F(Ownership, AwardsToOneSingleUndertakingComeOneAtATime) {
  std::vector<std::string> sites;
  for (int i = 0; i < 5; ++i) sites.push_back(programme_.GivenCompany());
  for (const std::string& site : sites) Declare(LinkOf(Code("mother"), site, 100'00));
  World::cluster().Sql("create table award (siren text)");
  // Three awards at the most: without the lock, each would count before the others are there to be counted.
  FromManyConnections(World::stack(), 20, [&](Client&, int n) {
    World::cluster().Sql("begin; select from enrolment.lock_single_undertaking('" +
                         sites[static_cast<size_t>(n) % sites.size()] +
                         "', '2026-01-01'); insert into award select '" + std::to_string(n) +
                         "' where (select count(*) from award) < 3; select pg_sleep(0.02); commit");
    return 0;
  });
  EXPECT_EQ(World::cluster().Sql("select count(*) from award"), "3");
  World::cluster().Sql("drop table award");
}

TEST_F(Ownership, ALinkWaitsForTheAwardItWouldChange) {
  const std::string siren = programme_.GivenCompany(), other = programme_.GivenCompany();
  SqlSession award(World::cluster());
  award.Run("begin; select from enrolment.lock_single_undertaking('" + siren + "', '2026-01-01');");
  const auto link = LinkOf(other, siren, 100'00);
  std::thread declaring([&] {
    EXPECT_TRUE(programme_.stack()
                    .Connect()
                    ->Call<DeclareLinkResponse>("EnrolmentService.DeclareLink", link, Patient())
                    .ok());
  });
  while (World::cluster().Sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == "0")
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(MembersInSql(siren, "2026-01-01"), siren);
  award.Run("commit;");
  declaring.join();
  EXPECT_EQ(Members(Assess(siren, "2026-01-01")), std::min(siren, other) + "," + std::max(siren, other));
}

TEST_F(Ownership, LinksDeclaredAtOnceMakeOneGroup) {
  constexpr int kCompanies = 24;
  std::vector<std::string> chain;
  for (int i = 0; i < kCompanies; ++i) chain.push_back(programme_.GivenCompany());
  const auto outcomes = FromManyConnections(World::stack(), kCompanies - 1, [&](Client& client, int n) {
    const auto at = static_cast<size_t>(n);
    return Outcome::Of(client
                           .Call<DeclareLinkResponse>("EnrolmentService.DeclareLink",
                                                      LinkOf(chain[at], chain[at + 1], 51'00), Patient())
                           .status());
  });
  EXPECT_THAT(outcomes, Each(IsAccepted()));
  std::sort(chain.begin(), chain.end());
  std::string all;
  for (const std::string& siren : chain) all += (all.empty() ? "" : ",") + siren;
  for (const std::string& siren : chain) {
    EXPECT_EQ(MembersInSql(siren, "2026-01-01"), all);
    EXPECT_EQ(Members(Assess(siren, "2026-01-01")), all);
  }
  EXPECT_EQ(
      World::cluster().Sql("select count(distinct root) from enrolment.ownership_group where party_id in ('" +
                           chain.front() + "', '" + chain.back() + "')"),
      "1");
}

// Random links over random periods, some of them refused: on every date, the database and the rules name the
// same members, and whoever belongs together on some date is in one group.
TEST_F(Ownership, TheDatabaseFindsTheSingleUndertakingThatTheRulesFind) {
  std::mt19937 random(static_cast<uint32_t>(Seed()));
  const auto below = [&](int count) { return static_cast<int>(random() % static_cast<uint32_t>(count)); };
  std::vector<std::string> parties;
  for (int i = 0; i < 6; ++i) parties.push_back(programme_.GivenCompany());
  for (const char* other : {"fund", "person", "state", "abroad"}) parties.push_back(Code(other));
  const auto kind_of = [&](const std::string& id) {
    return id == Code("person")  ? enrolment::v1::PARTY_KIND_NATURAL_PERSON
           : id == Code("state") ? enrolment::v1::PARTY_KIND_PUBLIC_BODY
           : id == Code("fund")  ? enrolment::v1::PARTY_KIND_VENTURE_CAPITAL
                                 : enrolment::v1::PARTY_KIND_ENTERPRISE;
  };
  const std::vector<std::string> days = {"2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01",
                                         "2024-01-01"};
  int accepted = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string &holder = parties[static_cast<size_t>(below(10))],
                      &held = parties[static_cast<size_t>(below(10))];
    const int from = below(4);
    const int until = std::min(from + 1 + below(2), 4);
    const int share =
        std::vector<int>{10'00, 26'00, 30'00, 50'00, 51'00, 100'00}[static_cast<size_t>(below(6))];
    auto request = LinkOf(holder, held, share, days[static_cast<size_t>(from)],
                          below(3) == 0 ? "" : days[static_cast<size_t>(until)]);
    request.mutable_link()->mutable_holder()->set_kind(kind_of(holder));
    request.mutable_link()->mutable_held()->set_kind(kind_of(held));
    if (below(6) == 0) request.mutable_link()->add_controls(enrolment::v1::CONTROL_DOMINANT_INFLUENCE);
    const Outcome outcome = TryDeclare(request);
    accepted += outcome.ok ? 1 : 0;
  }
  EXPECT_GT(accepted, 5) << "or the rest proves nothing";
  for (const std::string& day :
       {std::string("2020-06-01"), days[1], days[2], days[3], std::string("2030-01-01")}) {
    for (int i = 0; i < 6; ++i) {
      const std::string& siren = parties[static_cast<size_t>(i)];
      const std::string members = MembersInSql(siren, day);
      EXPECT_EQ(Members(Assess(siren, day)), members) << siren << " on " << day;
      EXPECT_LE(World::cluster().Sql(
                    "select count(distinct coalesce(g.root, m)) from unnest(string_to_array('" + members +
                    "', ',')) as m left join enrolment.ownership_group g on g.party_id = m"),
                "1")
          << "one lock for all";
    }
  }
}

TEST_F(Ownership, CommandsUnderOneIdHaveOneEffect) {
  const std::string siren = programme_.GivenCompany();
  const auto link = LinkOf(Code("mother"), siren, 60'00);
  const auto links = FromManyConnections(World::stack(), 40, [&](Client& client, int) {
    const auto response = client.Call<DeclareLinkResponse>("EnrolmentService.DeclareLink", link, Patient());
    return response.ok() ? response->SerializeAsString() : response.status().ToString();
  });
  EXPECT_EQ(std::set<std::string>(links.begin(), links.end()).size(), 1U);
  EndLinkRequest end;
  end.set_request_id(NewId());
  end.set_link_id(Declare(link).link_id());
  end.set_ends_on("2024-01-01");
  end.set_source("acte de cession");
  const auto accounts = AccountsOf(siren, 10'00);
  const auto rest = FromManyConnections(World::stack(), 40, [&](Client& client, int n) {
    if (n % 2 == 0)
      return Outcome::Of(client.Call<EndLinkResponse>("EnrolmentService.EndLink", end, Patient()).status());
    return Outcome::Of(
        client.Call<AddAccountsResponse>("EnrolmentService.AddAccounts", accounts, Patient()).status());
  });
  EXPECT_THAT(rest, Each(IsAccepted()));
  EXPECT_EQ(
      World::cluster().Sql("select count(*) from audit.event where request_id in ('" + link.request_id() +
                           "', '" + end.request_id() + "', '" + accounts.request_id() + "')"),
      "3");
}

TEST_F(Ownership, OfTwoLinksBetweenTheSameAtTheSameInstantOneIsRefused) {
  const std::string siren = programme_.GivenCompany();
  const auto outcomes = FromManyConnections(World::stack(), 20, [&](Client& client, int) {
    return Outcome::Of(client
                           .Call<DeclareLinkResponse>("EnrolmentService.DeclareLink",
                                                      LinkOf(Code("mother"), siren, 30'00), Patient())
                           .status());
  });
  EXPECT_EQ(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_LINK_OVERLAPS)));
  // And of many holders of 30 %, no more than fit into the whole.
  const auto holders = FromManyConnections(World::stack(), 20, [&](Client& client, int n) {
    return Outcome::Of(
        client
            .Call<DeclareLinkResponse>("EnrolmentService.DeclareLink",
                                       LinkOf(Code("holder" + std::to_string(n)), siren, 30'00), Patient())
            .status());
  });
  EXPECT_EQ(CountOk(holders), 2);
  EXPECT_THAT(Refusals(holders), Each(HasReason(REASON_HOLDINGS_OVER_WHOLE)));
}

TEST_F(Ownership, ACaseIsNotAdmittedWhileAccountsOfItsGroupAreMissing) {
  const std::string siren = programme_.GivenCompany();
  Declare(LinkOf(siren, Code("daughter"), 60'00));
  enrolment::v1::AdmitCaseRequest admit;
  admit.set_request_id(NewId());
  admit.set_case_id(programme_.GivenOpenCase(siren));
  admit.set_admitted_on(kAdmittedOn);
  const Outcome refused =
      programme_.Try<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", admit);
  EXPECT_THAT(refused, HasReason(REASON_NOT_ELIGIBLE));
  EXPECT_THAT(refused.told, HasSubstr(Code("daughter")));
  Give(AccountsOf(Code("daughter"), 10'00));
  admit.set_request_id(NewId());
  EXPECT_THAT(programme_.Try<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", admit),
              IsAccepted());
  // What one case declares counts for another of the group, where no accounts were given.
  const std::string mother = programme_.GivenCompany();
  Declare(LinkOf(mother, siren, 100'00));
  Give(AccountsOf(mother, 5'00));
  const auto counted = Assess(mother, "2024-06-01").eu_size().counted();
  ASSERT_EQ(counted.size(), 3);
  EXPECT_EQ(counted[1].party_id(), std::min(siren, Code("daughter")));
  EXPECT_FALSE(counted[1].closed_on().empty());
}

TEST_F(Ownership, ListsLinksAndAccountsPageByPage) {
  const std::string siren = programme_.GivenCompany();
  for (int i = 0; i < 3; ++i) {
    Declare(LinkOf(Code("h" + std::to_string(i)), siren, 20'00, "202" + std::to_string(i) + "-01-01"));
    Give(AccountsOf(siren, 10'00, "202" + std::to_string(i) + "-12-31"));
  }
  enrolment::v1::ListLinksRequest links;
  links.set_party_id(siren);
  links.set_page_size(2);
  const auto first = programme_.Must<enrolment::v1::ListLinksResponse>("EnrolmentService.ListLinks", links);
  ASSERT_EQ(first.links_size(), 2);
  links.set_page_token(first.next_page_token());
  const auto second = programme_.Must<enrolment::v1::ListLinksResponse>("EnrolmentService.ListLinks", links);
  ASSERT_EQ(second.links_size(), 1);
  EXPECT_EQ(second.links(0).holder().party_id(), Code("h2"));
  links.clear_page_token();
  links.set_on("2020-06-01");
  EXPECT_EQ(
      programme_.Must<enrolment::v1::ListLinksResponse>("EnrolmentService.ListLinks", links).links_size(), 1);
  enrolment::v1::ListAccountsRequest accounts;
  accounts.set_party_id(siren);
  const auto years =
      programme_.Must<enrolment::v1::ListAccountsResponse>("EnrolmentService.ListAccounts", accounts);
  ASSERT_EQ(years.accounts_size(), 3);
  EXPECT_EQ(years.accounts(0).closed_on(), "2022-12-31");
}

std::vector<std::string> Wrong(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : CallErrorOf(status).violations) fields.push_back(violation.field);
  return fields;
}

TEST_F(Ownership, LinksAndAccountsThatCannotBeAreRefused) {
  const auto violated = [&](const DeclareLinkRequest& request) {
    return Wrong(programme_.officer()
                     .Call<DeclareLinkResponse>("EnrolmentService.DeclareLink", request, Once())
                     .status());
  };
  const std::string siren = programme_.GivenCompany();
  auto request = LinkOf("Nobody", "732829321", 100'01, "2020-02-30", "soon");
  request.mutable_link()->set_source("");
  EXPECT_THAT(violated(request),
              UnorderedElementsAre("link.holder.party_id", "link.held.party_id", "link.capital_hundredths",
                                   "link.votes_hundredths", "link.starts_on", "link.ends_on", "link.source"));
  request = LinkOf(siren, siren, 0, "2020-01-01", "2020-01-01");
  request.mutable_link()->mutable_held()->set_country("be");
  request.mutable_link()->mutable_holder()->set_country("BE");
  EXPECT_THAT(violated(request),
              UnorderedElementsAre("link.held.party_id", "link.capital_hundredths", "link.ends_on",
                                   "link.held.country", "link.holder.country"));
  EXPECT_THAT(violated(DeclareLinkRequest()), UnorderedElementsAre("request_id", "link"));

  auto accounts = AccountsOf(siren, -1);
  accounts.mutable_accounts()->add_consolidates("' or 1=1 --");
  const auto wrong = [&] {
    return Wrong(programme_.officer()
                     .Call<AddAccountsResponse>("EnrolmentService.AddAccounts", accounts, Once())
                     .status());
  };
  EXPECT_THAT(wrong(), UnorderedElementsAre("accounts.headcount_hundredths", "accounts.consolidates[0]"));
  accounts = AccountsOf(siren, 1);
  accounts.mutable_accounts()->add_consolidates(siren);
  EXPECT_THAT(wrong(), ElementsAre("accounts.consolidates"));
}

}  // namespace
}  // namespace jalon::test
