#include "enrolment/assessment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "enrolment/eu_size.h"

// The examples of the Commission's user guide to the SME definition, the edges of each threshold, and what
// each of the three computations counts that the others do not.
namespace jalon::enrolment {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kMe[] = "732829320";
constexpr int64_t kMillion = 1'000'000'00;

Date Day(const char* iso) {
  return *Date::Parse(iso);
}

// A group, told link by link.
class Group {
 public:
  Group& Staff(const std::string& id, int64_t hundredths, int64_t turnover = 0, int64_t balance_sheet = 0,
               const char* closed_on = "2025-12-31") {
    v1::Accounts& accounts = ownership_.accounts.emplace_back();
    accounts.set_party_id(id);
    accounts.set_closed_on(closed_on);
    accounts.set_headcount_hundredths(hundredths);
    accounts.mutable_turnover()->set_cents(turnover);
    accounts.mutable_balance_sheet()->set_cents(balance_sheet);
    return *this;
  }
  Group& Consolidates(const std::string& id) {
    ownership_.accounts.back().add_consolidates(id);
    return *this;
  }
  Group& Kind(const std::string& id, v1::PartyKind kind) {
    v1::Party& party = ownership_.parties.emplace_back();
    party.set_party_id(id);
    party.set_name(id);
    party.set_kind(kind);
    return *this;
  }
  Group& Holds(const std::string& holder, const std::string& held, int capital, int votes = -1) {
    v1::Link& link = ownership_.links.emplace_back();
    link.mutable_holder()->set_party_id(holder);
    link.mutable_held()->set_party_id(held);
    link.set_capital_hundredths(capital);
    link.set_votes_hundredths(votes < 0 ? capital : votes);
    link.set_starts_on("2020-01-01");
    return *this;
  }
  Group& Controlled(v1::Control control) {
    ownership_.links.back().add_controls(control);
    return *this;
  }
  Group& Market(const char* market) {
    ownership_.links.back().set_market(market);
    return *this;
  }
  Group& Invested(int64_t cents) {
    ownership_.links.back().mutable_investment()->set_cents(cents);
    return *this;
  }
  Group& From(const char* starts_on, const char* ends_on = "") {
    ownership_.links.back().set_starts_on(starts_on);
    ownership_.links.back().set_ends_on(ends_on);
    return *this;
  }

  v1::CompanyAssessment Assess(const char* on = "2026-07-01") const {
    v1::Party me;
    me.set_party_id(kMe);
    me.set_name("Ateliers");
    me.set_kind(v1::PARTY_KIND_ENTERPRISE);
    return enrolment::Assess(ownership_, me, Day(on));
  }
  int64_t Heads() const {
    const auto figures = LastFigures(Assess().eu_size());
    return figures ? figures->headcount_hundredths : -1;
  }
  v1::EuSize Eu(const char* on = "2026-07-01") const { return Assess(on).eu_size().size(); }
  std::vector<std::string> Undertaking(const char* on = "2026-07-01") const {
    std::vector<std::string> ids;
    const v1::CompanyAssessment assessment = Assess(on);
    for (const v1::Party& member : assessment.single_undertaking().members())
      ids.push_back(member.party_id());
    return ids;
  }

 private:
  Ownership ownership_;
};

std::string Told(const google::protobuf::RepeatedPtrField<v1::Finding>& findings) {
  std::string all;
  for (const v1::Finding& finding : findings) all += finding.en() + "\n";
  return all;
}

// ---- The user guide.

TEST(UserGuide, Example1PartnersUpstreamAndDownstreamCountProRata) {
  // 100 % of A + 32 % of C + 25 % of D: C holds a third of A, A a quarter of D; B, at less than a quarter, is
  // nobody.
  const Group group = Group()
                          .Staff(kMe, 100'00)
                          .Staff("b", 1000'00)
                          .Staff("c", 100'00)
                          .Staff("d", 40'00)
                          .Holds("b", kMe, 24'99)
                          .Holds("c", kMe, 32'00)
                          .Holds(kMe, "d", 25'00);
  EXPECT_EQ(group.Heads(), 100'00 + 32'00 + 10'00);
}

TEST(UserGuide, Example2LinkedEnterprisesCountInFull) {
  // A holds 51 % of C and 100 % of D; B holds 60 % of A.
  const Group group = Group()
                          .Staff(kMe, 10'00)
                          .Staff("b", 20'00)
                          .Staff("c", 30'00)
                          .Staff("d", 40'00)
                          .Holds("b", kMe, 60'00)
                          .Holds(kMe, "c", 51'00)
                          .Holds(kMe, "d", 100'00);
  EXPECT_EQ(group.Heads(), 100'00);
}

TEST(UserGuide, Example3PartnersBringTheirLinkedAndLinkedTheirPartnersButPartnersNoPartners) {
  // B and D are partners of A at 25 and 30 %; C is linked to B, E to D's own partner only, F linked to A
  // brings its partner G at 38 %.
  const Group group = Group()
                          .Staff(kMe, 100'00)
                          .Staff("b", 100'00)
                          .Staff("c", 100'00)
                          .Staff("d", 100'00)
                          .Staff("e", 100'00)
                          .Staff("f", 100'00)
                          .Staff("g", 100'00)
                          .Holds("b", kMe, 25'00)
                          .Holds("c", "b", 60'00)
                          .Holds("d", kMe, 30'00)
                          .Holds("e", "d", 40'00)
                          .Holds(kMe, "f", 70'00)
                          .Holds("g", "f", 28'00, 38'00);
  EXPECT_EQ(group.Heads(), 100'00 + 25'00 + 25'00 + 30'00 + 100'00 + 38'00);
}

TEST(UserGuide, Example4InvestorsOfTheListAreNoPartnersUpToHalf) {
  // B (university, 25 %) and D (institutional investor, 30 %) do not count; C counts for 30 %.
  const Group group = Group()
                          .Kind("b", v1::PARTY_KIND_UNIVERSITY)
                          .Kind("d", v1::PARTY_KIND_INSTITUTIONAL_INVESTOR)
                          .Staff(kMe, 100'00)
                          .Staff("b", 5000'00)
                          .Staff("c", 100'00)
                          .Staff("d", 5000'00)
                          .Holds("b", kMe, 25'00)
                          .Holds("c", kMe, 30'00)
                          .Holds("d", kMe, 30'00);
  EXPECT_EQ(group.Heads(), 130'00);
  EXPECT_TRUE(group.Assess().eu_size().complete());
}

TEST(UserGuide, Example5InvestorsLinkedToOneAnotherThatTogetherHoldTheMajorityCount) {
  // B (university) and D (public investment corporation) are linked and hold 55 % together: 100 % of both, 25
  // % of C.
  const Group group = Group()
                          .Kind("b", v1::PARTY_KIND_UNIVERSITY)
                          .Kind("d", v1::PARTY_KIND_PUBLIC_INVESTMENT)
                          .Staff(kMe, 100'00)
                          .Staff("b", 10'00)
                          .Staff("c", 100'00)
                          .Staff("d", 20'00)
                          .Holds("b", kMe, 25'00)
                          .Holds("c", kMe, 25'00)
                          .Holds("d", kMe, 30'00)
                          .Holds("b", "d", 60'00);
  EXPECT_EQ(group.Heads(), 100'00 + 10'00 + 25'00 + 20'00);
}

// ---- Edges of the European size.

TEST(EuSizeOfAGroup, TurnsAtAQuarterAndBeyondHalf) {
  const auto heads = [](int share) {
    return Group().Staff(kMe, 10'00).Staff("b", 100'00).Holds("b", kMe, share).Heads();
  };
  EXPECT_EQ(heads(24'99), 10'00);
  EXPECT_EQ(heads(25'00), 35'00);
  EXPECT_EQ(heads(50'00), 60'00);
  EXPECT_EQ(heads(50'01), 110'00);
}

TEST(EuSizeOfAGroup, TakesTheGreaterOfCapitalAndVotesAndTheMajorityOfVotesOnly) {
  const auto heads = [](int capital, int votes) {
    return Group().Staff(kMe, 10'00).Staff("b", 100'00).Holds("b", kMe, capital, votes).Heads();
  };
  EXPECT_EQ(heads(30'00, 10'00), 40'00);
  EXPECT_EQ(heads(10'00, 30'00), 40'00);
  EXPECT_EQ(heads(70'00, 50'00), 80'00) << "most of the capital without most of the votes is a partner";
}

TEST(EuSizeOfAGroup, TurnsAt250HeadsOfTheWholeGroupExactly) {
  // A third of a head less than 250, rounded down, and no more.
  const auto size = [](int64_t partner) {
    return Group().Staff(kMe, 200'00).Staff("b", partner).Holds("b", kMe, 33'33).Eu();
  };
  EXPECT_EQ(size(150'01), v1::EU_SIZE_MEDIUM) << "200 + 49.998333";
  EXPECT_EQ(size(150'02), v1::EU_SIZE_NOT_SME) << "200 + 50.001666";
}

TEST(EuSizeOfAGroup, AllowsExactly50MillionAndNotACentMoreUnlessTheBalanceSheetIsLow) {
  const auto size = [](int64_t turnover, int64_t balance_sheet) {
    return Group().Staff(kMe, 249'00, turnover, balance_sheet).Eu();
  };
  EXPECT_EQ(size(50 * kMillion, 100 * kMillion), v1::EU_SIZE_MEDIUM);
  EXPECT_EQ(size(50 * kMillion + 1, 43 * kMillion + 1), v1::EU_SIZE_NOT_SME);
  EXPECT_EQ(size(50 * kMillion + 1, 43 * kMillion), v1::EU_SIZE_MEDIUM);
  // A fraction of a cent too much is too much.
  EXPECT_EQ(
      Group().Staff(kMe, 1'00, 50 * kMillion, 99 * kMillion).Staff("b", 0, 1, 1).Holds("b", kMe, 25'00).Eu(),
      v1::EU_SIZE_NOT_SME);
}

TEST(EuSizeOfAGroup, CountsEachOfACircleOnce) {
  const Group group = Group()
                          .Staff(kMe, 10'00)
                          .Staff("b", 20'00)
                          .Staff("c", 30'00)
                          .Holds(kMe, "b", 60'00)
                          .Holds("b", "c", 60'00)
                          .Holds("c", kMe, 60'00);
  EXPECT_EQ(group.Heads(), 60'00);
  EXPECT_EQ(
      Group().Staff(kMe, 10'00).Staff("b", 100'00).Holds(kMe, "b", 30'00).Holds("b", kMe, 40'00).Heads(),
      50'00)
      << "in the case of cross-holdings, the greater percentage applies";
}

TEST(EuSizeOfAGroup, AddsUpWhatLinkedEnterprisesHoldJointly) {
  // A parent with two subsidiaries that hold 30 % each.
  const Group group = Group()
                          .Staff(kMe, 1'00)
                          .Staff("b", 2'00)
                          .Staff("c", 4'00)
                          .Staff("p", 8'00)
                          .Holds("p", "b", 100'00)
                          .Holds("p", "c", 100'00)
                          .Holds("b", kMe, 30'00)
                          .Holds("c", kMe, 30'00);
  EXPECT_EQ(group.Heads(), 15'00);
}

TEST(EuSizeOfAGroup, LinksByEveryKindOfControl) {
  for (const v1::Control control : {v1::CONTROL_VOTES_MAJORITY, v1::CONTROL_BOARD_MAJORITY,
                                    v1::CONTROL_DOMINANT_INFLUENCE, v1::CONTROL_SHAREHOLDERS_AGREEMENT}) {
    const Group group =
        Group().Staff(kMe, 10'00).Staff("b", 100'00).Holds("b", kMe, 1'00).Controlled(control);
    EXPECT_EQ(group.Heads(), 110'00);
    EXPECT_THAT(group.Undertaking(), ElementsAre(kMe, "b"));
  }
}

TEST(EuSizeOfAGroup, LinksTheEnterprisesOfAPersonOnOneMarketOnly) {
  const auto heads = [](const char* mine, const char* other) {
    return Group()
        .Kind("p-durand", v1::PARTY_KIND_NATURAL_PERSON)
        .Staff(kMe, 10'00)
        .Staff("b", 100'00)
        .Holds("p-durand", kMe, 100'00)
        .Market(mine)
        .Holds("p-durand", "b", 100'00)
        .Market(other)
        .Heads();
  };
  EXPECT_EQ(heads("bakery", "bakery"), 110'00);
  EXPECT_EQ(heads("bakery", "foundry"), 10'00);
  EXPECT_EQ(heads("", ""), 10'00);
}

TEST(EuSizeOfAGroup, TakesBusinessAngelsForAutonomousBelowTheirLimitOnly) {
  const auto complete = [](int64_t first, int64_t second) {
    return Group()
               .Kind("a-one", v1::PARTY_KIND_BUSINESS_ANGEL)
               .Kind("a-two", v1::PARTY_KIND_BUSINESS_ANGEL)
               .Staff(kMe, 10'00)
               .Holds("a-one", kMe, 30'00)
               .Invested(first)
               .Holds("a-two", kMe, 5'00)
               .Invested(second)
               .Assess()
               .eu_size()
               .counted_size() == 1;
  };
  EXPECT_TRUE(complete(1'000'000'00, 249'999'99));
  EXPECT_FALSE(complete(1'000'000'00, 250'000'00));
}

TEST(EuSizeOfAGroup, IsNoSmeWithAQuarterInPublicHands) {
  const auto size = [](int first, int second) {
    return Group()
        .Kind("state", v1::PARTY_KIND_PUBLIC_BODY)
        .Kind("region", v1::PARTY_KIND_PUBLIC_BODY)
        .Staff(kMe, 10'00)
        .Staff("epic", 1'00)
        .Holds("state", "epic", 51'00)
        .Holds("epic", kMe, first)
        .Holds("region", kMe, second)
        .Eu();
  };
  EXPECT_EQ(size(14'00, 11'00), v1::EU_SIZE_NOT_SME) << "directly and through what they control, together";
  EXPECT_EQ(size(14'00, 10'99), v1::EU_SIZE_SMALL);
  EXPECT_EQ(Group()
                .Kind("town", v1::PARTY_KIND_SMALL_LOCAL_AUTHORITY)
                .Staff(kMe, 10'00)
                .Holds("town", kMe, 45'00)
                .Eu(),
            v1::EU_SIZE_SMALL);
  const auto assessment =
      Group().Kind("state", v1::PARTY_KIND_PUBLIC_BODY).Staff(kMe, 10'00).Holds("state", kMe, 25'00).Assess();
  EXPECT_EQ(assessment.size_class(), common::v1::SIZE_CLASS_ETI);
  EXPECT_THAT(Told(assessment.eu_size().findings()), HasSubstr("art. 3(4)"));
}

TEST(EuSizeOfAGroup, DoesNotCountTwiceWhatConsolidatedAccountsHold) {
  const Group group = Group()
                          .Staff(kMe, 10'00)
                          .Staff("b", 20'00)
                          .Staff("p", 100'00)
                          .Consolidates(kMe)
                          .Consolidates("b")
                          .Holds("p", kMe, 100'00)
                          .Holds("p", "b", 100'00);
  EXPECT_EQ(group.Heads(), 100'00);
  // Accounts that claim one another: one of them counts.
  EXPECT_EQ(Group()
                .Staff(kMe, 10'00)
                .Consolidates("b")
                .Staff("b", 20'00)
                .Consolidates(kMe)
                .Holds("b", kMe, 100'00)
                .Heads(),
            10'00);
  // A partner's accounts at a third do not hold the whole of a linked enterprise.
  EXPECT_EQ(Group().Staff(kMe, 10'00).Staff("b", 100'00).Consolidates(kMe).Holds("b", kMe, 30'00).Heads(),
            40'00);
}

TEST(EuSizeOfAGroup, SaysWhoseAccountsAreMissing) {
  const auto eu = Group().Staff(kMe, 10'00).Holds("b", kMe, 60'00).Assess().eu_size();
  EXPECT_FALSE(eu.complete());
  EXPECT_EQ(eu.size(), v1::EU_SIZE_SMALL);
  EXPECT_THAT(Told(eu.findings()), HasSubstr("Accounts unknown: b (b)"));
  const auto nothing = Group().Assess();
  EXPECT_EQ(nothing.eu_size().size(), v1::EU_SIZE_UNSPECIFIED);
  EXPECT_EQ(nothing.size_class(), common::v1::SIZE_CLASS_UNSPECIFIED);
  EXPECT_EQ(nothing.french_category().category(), v1::FRENCH_CATEGORY_UNSPECIFIED);
}

TEST(EuSizeOfAGroup, HasLimitsFarBeyondAnyGroup) {
  Group group = Group().Staff(kMe, 100'000'000, 100'000'000'000'000, 100'000'000'000'000);
  for (int i = 0; i < 300; ++i) {
    const std::string id = std::string("b").append(std::to_string(i));
    group.Staff(id, 100'000'000, 100'000'000'000'000, 100'000'000'000'000).Holds(kMe, id, 100'00);
  }
  EXPECT_EQ(group.Eu(), v1::EU_SIZE_NOT_SME);
  EXPECT_EQ(group.Assess().size_class(), common::v1::SIZE_CLASS_LARGE);
}

// ---- Two years.

TEST(TwoYearRule, WaitsForASecondYearInEitherDirection) {
  using enum EuSize;
  EXPECT_THAT(TwoYearRule({kMedium}), ElementsAre(kMedium));
  EXPECT_THAT(TwoYearRule({kMedium, kNotSme, kMedium}), ElementsAre(kMedium, kMedium, kMedium));
  EXPECT_THAT(TwoYearRule({kMedium, kNotSme, kNotSme}), ElementsAre(kMedium, kMedium, kNotSme));
  EXPECT_THAT(TwoYearRule({kNotSme, kMedium, kMedium}), ElementsAre(kNotSme, kNotSme, kMedium));
  EXPECT_THAT(TwoYearRule({kMicro, kSmall, kNotSme, kNotSme}), ElementsAre(kMicro, kMicro, kSmall, kNotSme));
  EXPECT_THAT(TwoYearRule({}), IsEmpty());
}

TEST(TwoYearRule, IsReadOffTheYearsOfTheCompany) {
  const auto group = [](int64_t last) {
    return Group()
        .Staff(kMe, 100'00, 0, 0, "2023-12-31")
        .Staff(kMe, 260'00, 0, 0, "2024-12-31")
        .Staff(kMe, last, 0, 0, "2025-12-31");
  };
  EXPECT_EQ(group(260'00).Eu("2024-12-30"), v1::EU_SIZE_MEDIUM);
  EXPECT_EQ(group(260'00).Eu("2024-12-31"), v1::EU_SIZE_MEDIUM) << "one year beyond";
  EXPECT_EQ(group(260'00).Eu("2025-12-31"), v1::EU_SIZE_NOT_SME) << "two years beyond";
  EXPECT_EQ(group(249'00).Eu("2025-12-31"), v1::EU_SIZE_MEDIUM);
  EXPECT_THAT(Told(group(260'00).Assess("2025-01-01").eu_size().findings()),
              HasSubstr("over one period only"));
}

TEST(TwoYearRule, DoesNotDelayAPurchase) {
  const Group group = Group()
                          .Staff(kMe, 100'00, 0, 0, "2024-12-31")
                          .Staff(kMe, 100'00, 0, 0, "2025-12-31")
                          .Staff("b", 1000'00, 0, 0, "2024-12-31")
                          .Staff("b", 1000'00, 0, 0, "2025-12-31")
                          .Holds("b", kMe, 100'00)
                          .From("2026-03-01", "2026-06-01");
  EXPECT_EQ(group.Eu("2026-02-28"), v1::EU_SIZE_MEDIUM);
  EXPECT_EQ(group.Eu("2026-03-01"), v1::EU_SIZE_NOT_SME);
  EXPECT_EQ(group.Eu("2026-05-31"), v1::EU_SIZE_NOT_SME);
  EXPECT_EQ(group.Eu("2026-06-01"), v1::EU_SIZE_MEDIUM);
}

TEST(TwoYearRule, StartsAnewAfterAGapOrAYearItCannotKnow) {
  EXPECT_EQ(Group().Staff(kMe, 100'00, 0, 0, "2020-12-31").Staff(kMe, 260'00, 0, 0, "2025-12-31").Eu(),
            v1::EU_SIZE_NOT_SME);
  const auto eu = Group()
                      .Staff(kMe, 100'00, 0, 0, "2024-12-31")
                      .Staff(kMe, 100'00, 0, 0, "2025-12-31")
                      .Staff("b", 200'00, 0, 0, "2025-12-31")
                      .Holds("b", kMe, 100'00)
                      .Assess()
                      .eu_size();
  EXPECT_EQ(eu.size(), v1::EU_SIZE_NOT_SME) << "b's year before is not known";
  EXPECT_TRUE(eu.complete());
}

TEST(AssessCase, TakesWhatTheCaseDeclaresForTheAccountsOfThatYear) {
  v1::Party me;
  me.set_party_id(kMe);
  v1::CompanyFacts facts;
  facts.set_headcount_hundredths(260'00);
  facts.set_year_closed_on("2025-12-31");
  Ownership ownership;
  v1::Accounts& earlier = ownership.accounts.emplace_back();
  earlier.set_party_id(kMe);
  earlier.set_closed_on("2024-12-31");
  earlier.set_headcount_hundredths(100'00);
  EXPECT_EQ(AssessCase(ownership, me, facts, Day("2026-07-01")).size_class(), common::v1::SIZE_CLASS_MEDIUM)
      << "the first year beyond";
  EXPECT_EQ(AssessCase({}, me, facts, Day("2026-07-01")).size_class(), common::v1::SIZE_CLASS_ETI);
  EXPECT_EQ(AssessCase({}, me, facts, Day("2024-07-01")).size_class(), common::v1::SIZE_CLASS_ETI)
      << "a year that closes later is known all the same";
}

// ---- The French category.

TEST(FrenchCategoryOfACompany, IsOfItsLastYearAndOfItselfAlone) {
  const auto assessment = Group()
                              .Staff(kMe, 100'00, 0, 0, "2024-12-31")
                              .Staff(kMe, 260'00, 0, 0, "2025-12-31")
                              .Staff("b", 6000'00)
                              .Holds("b", kMe, 100'00)
                              .Assess();
  EXPECT_EQ(assessment.french_category().category(), v1::FRENCH_CATEGORY_ETI);
  EXPECT_EQ(assessment.french_category().closed_on(), "2025-12-31");
  EXPECT_THAT(Told(assessment.french_category().findings()), HasSubstr("legal unit alone"));
  EXPECT_EQ(assessment.size_class(), common::v1::SIZE_CLASS_LARGE)
      << "what is no SME is judged with its group";
}

// ---- The single undertaking.

TEST(SingleUndertaking, FollowsControlAndNotAQuarter) {
  const Group group =
      Group().Holds("b", kMe, 50'00).Holds(kMe, "c", 50'01).Holds("c", "d", 60'00).Holds("e", "d", 30'00);
  EXPECT_THAT(group.Undertaking(), ElementsAre(kMe, "c", "d"));
}

TEST(SingleUndertaking, JoinsSistersThroughAParentAbroadAndAFundButNotAPersonOrTheState) {
  const auto sisters = [](v1::PartyKind kind) {
    return Group()
        .Kind("p", kind)
        .Holds("p", kMe, 100'00)
        .Market("x")
        .Holds("p", "552100554", 100'00)
        .Market("x");
  };
  EXPECT_THAT(sisters(v1::PARTY_KIND_ENTERPRISE).Undertaking(), ElementsAre("552100554", kMe, "p"));
  EXPECT_EQ(sisters(v1::PARTY_KIND_ENTERPRISE).Assess().single_undertaking().undertaking(), "552100554");
  EXPECT_THAT(sisters(v1::PARTY_KIND_VENTURE_CAPITAL).Undertaking(), ElementsAre("552100554", kMe, "p"));
  for (const v1::PartyKind kind : {v1::PARTY_KIND_NATURAL_PERSON, v1::PARTY_KIND_PUBLIC_BODY}) {
    EXPECT_THAT(sisters(kind).Undertaking(), ElementsAre(kMe));
    EXPECT_THAT(Told(sisters(kind).Assess().single_undertaking().findings()),
                HasSubstr("joins no enterprises"));
  }
}

TEST(SingleUndertaking, AddsUpWhatItsMembersHold) {
  const Group group =
      Group().Holds(kMe, "b", 100'00).Holds(kMe, "c", 26'00).Holds("b", "c", 25'00).From("2026-01-01");
  EXPECT_THAT(group.Undertaking("2025-12-31"), ElementsAre(kMe, "b"));
  EXPECT_THAT(group.Undertaking("2026-01-01"), ElementsAre(kMe, "b", "c"));
  EXPECT_THAT(Told(group.Assess().single_undertaking().findings()),
              HasSubstr("together hold 51% of the votes of c"));
}

TEST(QuarterHolders, AreTheEnterprisesThatHoldAQuarterTogetherOrAlone) {
  EXPECT_EQ(Group().Holds("b", kMe, 24'99).Assess().quarter_holders_size(), 0);
  EXPECT_EQ(Group().Holds("b", kMe, 25'00).Assess().quarter_holders_size(), 1);
  EXPECT_EQ(Group()
                .Holds("b", kMe, 13'00)
                .Holds("c", kMe, 12'00)
                .Holds("b", "c", 60'00)
                .Assess()
                .quarter_holders_size(),
            1);
  EXPECT_EQ(Group()
                .Kind("p", v1::PARTY_KIND_NATURAL_PERSON)
                .Holds("p", kMe, 100'00)
                .Assess()
                .quarter_holders_size(),
            0);
  EXPECT_EQ(
      Group().Kind("u", v1::PARTY_KIND_UNIVERSITY).Holds("u", kMe, 40'00).Assess().quarter_holders_size(), 0);
}

}  // namespace
}  // namespace jalon::enrolment
