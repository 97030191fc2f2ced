#include "enrolment/eligibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "enrolment/assessment.h"
#include "rules/rulebook.h"

namespace jalon::enrolment {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

programme::v1::Eligibility FoundingRules() {
  std::ifstream file(JALON_SOURCE_DIR "/deploy/rulebooks/ia-booster-hdf.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  return rules::ParseRulebook(text.str()).rulebook.eligibility();
}

Date Day(std::string_view iso) {
  return *Date::Parse(iso);
}

v1::Company GoodCompany() {
  v1::Company company;
  company.set_created_on("2015-05-20");
  company.set_naf("62.01Z");
  company.set_region("32");
  return company;
}

v1::CompanyFacts GoodFacts() {
  v1::CompanyFacts facts;
  facts.set_headcount_hundredths(120'00);
  facts.mutable_turnover()->set_cents(20'000'000'00);
  facts.mutable_balance_sheet()->set_cents(15'000'000'00);
  facts.set_independent(true);
  return facts;
}

std::vector<v1::Condition> Check(const programme::v1::Eligibility& rules, const v1::Company& company,
                                 const v1::CompanyFacts& facts, Date applied_on,
                                 const Ownership& ownership = {}, std::vector<Date> earlier_requests = {}) {
  v1::Party party;
  party.set_party_id("732829320");
  party.set_name("Ateliers");
  party.set_kind(v1::PARTY_KIND_ENTERPRISE);
  return CheckEligibility(rules, company, facts, AssessCase(ownership, party, facts, applied_on), applied_on,
                          std::move(earlier_requests));
}

std::vector<std::string> Unmet(const programme::v1::Eligibility& rules, const v1::Company& company,
                               const v1::CompanyFacts& facts, Date applied_on = Day("2025-03-10")) {
  std::vector<std::string> codes;
  const std::vector<v1::Condition> conditions = Check(rules, company, facts, applied_on);
  for (const v1::Condition& condition : conditions) {
    EXPECT_THAT(condition.evidence_fr(), testing::Not(IsEmpty()));
    EXPECT_THAT(condition.evidence_en(), testing::Not(IsEmpty()));
    if (!condition.met()) codes.push_back(condition.code());
  }
  EXPECT_EQ(AllMet(conditions), codes.empty());
  return codes;
}

// The one condition of a code.
v1::Condition Find(const std::vector<v1::Condition>& conditions, std::string_view code) {
  for (const v1::Condition& condition : conditions)
    if (condition.code() == code) return condition;
  ADD_FAILURE() << "no condition " << code;
  return {};
}

TEST(Eligibility, AsksWhatTheFoundingProgrammeAsksInItsOrder) {
  std::vector<std::string> codes;
  for (const auto& condition : Check(FoundingRules(), GoodCompany(), GoodFacts(), Day("2025-03-10")))
    codes.push_back(condition.code());
  EXPECT_THAT(codes, ElementsAre("active", "headcount", "turnover", "age", "independence"));
  EXPECT_THAT(Unmet(FoundingRules(), GoodCompany(), GoodFacts()), IsEmpty());
}

TEST(Eligibility, AsksOnlyForTradeWhereTheRulebookSetsNothing) {
  EXPECT_THAT(Unmet({}, {}, {}), IsEmpty());
  v1::Company ceased;
  ceased.set_ceased(true);
  EXPECT_THAT(Unmet({}, ceased, {}), ElementsAre("active"));
}

TEST(Eligibility, HoldsTheHeadcountFromTenToTwoThousandInclusive) {
  for (const auto& [staff, eligible] : std::vector<std::pair<int64_t, bool>>{
           {0, false}, {9'99, false}, {10'00, true}, {2'000'00, true}, {2'000'01, false}}) {
    v1::CompanyFacts facts = GoodFacts();
    facts.set_headcount_hundredths(staff);
    EXPECT_EQ(Unmet(FoundingRules(), GoodCompany(), facts).empty(), eligible) << staff;
  }
}

TEST(Eligibility, HoldsTheTurnoverFromAMillionInclusive) {
  v1::CompanyFacts facts = GoodFacts();
  facts.mutable_turnover()->set_cents(1'000'000'00);
  EXPECT_THAT(Unmet(FoundingRules(), GoodCompany(), facts), IsEmpty());
  facts.mutable_turnover()->set_cents(999'999'99);
  EXPECT_THAT(Unmet(FoundingRules(), GoodCompany(), facts), ElementsAre("turnover"));
}

TEST(Eligibility, HoldsAGreatestTurnoverInclusive) {
  programme::v1::Eligibility rules;
  rules.set_max_turnover_cents(20'000'000'00);
  EXPECT_THAT(Unmet(rules, {}, GoodFacts()), IsEmpty());
  rules.set_max_turnover_cents(19'999'999'99);
  EXPECT_THAT(Unmet(rules, {}, GoodFacts()), ElementsAre("turnover"));
}

TEST(Eligibility, TakesASmallBalanceSheetForASmallTurnover) {
  programme::v1::Eligibility rules;
  rules.set_max_turnover_cents(19'999'999'99);
  rules.set_max_balance_sheet_cents(9'000'000'00);
  v1::CompanyFacts facts = GoodFacts();
  facts.mutable_balance_sheet()->set_cents(9'000'000'00);
  EXPECT_THAT(Unmet(rules, {}, facts), IsEmpty());
  facts.mutable_balance_sheet()->set_cents(9'000'000'01);
  EXPECT_THAT(Unmet(rules, {}, facts), ElementsAre("turnover"));
  EXPECT_EQ(Find(Check(rules, {}, facts, Day("2025-03-10")), "turnover").evidence_en(),
            "Declared turnover: €20,000,000.00, balance sheet total: €9,000,000.01; required: at most "
            "€19,999,999.99 or a balance sheet total of at most €9,000,000.00.");
  rules.clear_max_turnover_cents();
  rules.set_min_turnover_cents(20'000'000'00);
  EXPECT_THAT(Find(Check(rules, {}, facts, Day("2025-03-10")), "turnover").evidence_fr(),
              HasSubstr(" et un total du bilan d’au plus "));
}

TEST(Eligibility, CountsTwelveWholeMonthsToTheDayOfTheApplication) {
  v1::Company company = GoodCompany();
  company.set_created_on("2024-03-10");
  EXPECT_THAT(Unmet(FoundingRules(), company, GoodFacts(), Day("2025-03-10")), IsEmpty());
  company.set_created_on("2024-03-11");
  EXPECT_THAT(Unmet(FoundingRules(), company, GoodFacts(), Day("2025-03-10")), ElementsAre("age"));
  company.set_created_on("2024-02-29");
  EXPECT_THAT(Unmet(FoundingRules(), company, GoodFacts(), Day("2025-02-27")), ElementsAre("age"));
  EXPECT_THAT(Unmet(FoundingRules(), company, GoodFacts(), Day("2025-02-28")), IsEmpty());
}

TEST(Eligibility, RefusesACompanyCreatedAfterItsApplicationWhateverItsAgeAsked) {
  programme::v1::Eligibility rules;
  rules.set_min_age_months(0);
  v1::Company company;
  company.set_created_on("2025-03-11");
  EXPECT_THAT(Unmet(rules, company, {}), ElementsAre("age"));
  company.set_created_on("2025-03-10");
  EXPECT_THAT(Unmet(rules, company, {}), IsEmpty());
}

TEST(Eligibility, AsksForIndependence) {
  v1::CompanyFacts facts = GoodFacts();
  facts.set_independent(false);
  EXPECT_THAT(Unmet(FoundingRules(), GoodCompany(), facts), ElementsAre("independence"));
}

TEST(Eligibility, HoldsTheRegionOfTheSeat) {
  programme::v1::Eligibility rules;
  rules.add_regions("32");
  rules.add_regions("11");
  EXPECT_THAT(Unmet(rules, GoodCompany(), {}), IsEmpty());
  v1::Company elsewhere = GoodCompany();
  elsewhere.set_region("93");
  EXPECT_THAT(Unmet(rules, elsewhere, {}), ElementsAre("region"));
  const auto condition = Find(Check(rules, elsewhere, {}, Day("2025-03-10")), "region");
  EXPECT_THAT(condition.evidence_en(), HasSubstr("required: Hauts-de-France, Île-de-France."));
}

TEST(Eligibility, ExcludesSectorsByTheBeginningOfTheirCode) {
  programme::v1::Eligibility rules;
  rules.add_naf_excluded("64");
  rules.add_naf_excluded("01.1");
  for (const auto& [naf, eligible] : std::vector<std::pair<std::string, bool>>{
           {"62.01Z", true}, {"64.19Z", false}, {"6419Z", false}, {"01.11Z", false}, {"01.21Z", true}}) {
    v1::Company company;
    company.set_naf(naf);
    EXPECT_EQ(Unmet(rules, company, {}).empty(), eligible) << naf;
  }
}

TEST(Eligibility, HoldsTheSizeClass) {
  programme::v1::Eligibility rules;
  rules.add_size_classes(common::v1::SIZE_CLASS_MEDIUM);
  EXPECT_THAT(Unmet(rules, {}, GoodFacts()), IsEmpty());
  v1::CompanyFacts facts = GoodFacts();
  facts.set_headcount_hundredths(250'00);
  EXPECT_THAT(Unmet(rules, {}, facts), ElementsAre("size"));
}

TEST(Eligibility, DoesNotTakeTheUnknownForMet) {
  programme::v1::Eligibility rules = FoundingRules();
  rules.add_regions("32");
  rules.add_naf_excluded("64");
  rules.add_size_classes(common::v1::SIZE_CLASS_MICRO);
  EXPECT_THAT(Unmet(rules, {}, {}),
              ElementsAre("headcount", "turnover", "age", "independence", "region", "sector", "size"));

  // Either amount may decide the size class, so one alone is not enough to know it.
  v1::CompanyFacts facts = GoodFacts();
  facts.clear_balance_sheet();
  programme::v1::Eligibility size;
  size.add_size_classes(common::v1::SIZE_CLASS_MEDIUM);
  EXPECT_THAT(Unmet(size, {}, facts), ElementsAre("size"));
}

TEST(Eligibility, ReportsEveryConditionAndNotTheFirstUnmetOnly) {
  v1::CompanyFacts facts = GoodFacts();
  facts.set_headcount_hundredths(9'00);
  facts.mutable_turnover()->set_cents(0);
  v1::Company company = GoodCompany();
  company.set_ceased(true);
  EXPECT_THAT(Unmet(FoundingRules(), company, facts), ElementsAre("active", "headcount", "turnover"));
}

TEST(Eligibility, ShowsWhatTheCompanyIsAndWhatIsAsked) {
  const auto conditions = Check(FoundingRules(), GoodCompany(), GoodFacts(), Day("2025-03-10"));
  EXPECT_EQ(Find(conditions, "headcount").evidence_fr(),
            "Effectif déclaré\u00A0: 120 ETP\u00A0; demandé\u00A0: de 10 à 2\u202F000.");
  EXPECT_EQ(Find(conditions, "turnover").evidence_en(),
            "Declared turnover: €20,000,000.00; required: at least €1,000,000.00.");
  EXPECT_EQ(
      Find(conditions, "age").evidence_en(),
      "Created on 2015-05-20, 117 whole months before the application of 2025-03-10; required: 12 months.");
}

TEST(WholeMonths, LeavesOutTheMonthBegun) {
  EXPECT_EQ(WholeMonths(Day("2025-01-31"), Day("2025-02-27")), 0);
  EXPECT_EQ(WholeMonths(Day("2025-01-31"), Day("2025-02-28")), 1);
  EXPECT_EQ(WholeMonths(Day("2025-01-15"), Day("2025-02-14")), 0);
  EXPECT_EQ(WholeMonths(Day("2025-01-15"), Day("2025-02-15")), 1);
  EXPECT_EQ(WholeMonths(Day("2024-02-29"), Day("2028-02-29")), 48);
  EXPECT_EQ(WholeMonths(Day("2025-03-10"), Day("2025-03-10")), 0);
  EXPECT_EQ(WholeMonths(Day("2025-03-10"), Day("2020-03-10")), 0);
}

// A parent that holds it whole.
Ownership OwnedBy(int64_t parent_staff_hundredths) {
  Ownership ownership;
  v1::Link& link = ownership.links.emplace_back();
  link.mutable_holder()->set_party_id("552100554");
  link.mutable_held()->set_party_id("732829320");
  link.set_capital_hundredths(100'00);
  link.set_votes_hundredths(100'00);
  link.set_starts_on("2020-01-01");
  if (parent_staff_hundredths < 0) return ownership;
  v1::Accounts& accounts = ownership.accounts.emplace_back();
  accounts.set_party_id("552100554");
  accounts.set_closed_on("2024-12-31");
  accounts.set_headcount_hundredths(parent_staff_hundredths);
  return ownership;
}

TEST(Eligibility, HoldsTheSizeOfTheGroup) {
  programme::v1::Eligibility rules;
  rules.add_size_classes(common::v1::SIZE_CLASS_MEDIUM);
  const auto size = [&](const Ownership& ownership) {
    return Find(Check(rules, GoodCompany(), GoodFacts(), Day("2025-03-10"), ownership), "size");
  };
  EXPECT_TRUE(size(OwnedBy(129'99)).met());
  EXPECT_FALSE(size(OwnedBy(130'00)).met());
  EXPECT_THAT(size(OwnedBy(129'99)).evidence_en(), HasSubstr("Linked and partner enterprises counted: 1."));
}

TEST(Eligibility, DoesNotBelieveADeclarationThatKnownLinksDeny) {
  const auto condition = Find(
      Check(FoundingRules(), GoodCompany(), GoodFacts(), Day("2025-03-10"), OwnedBy(1'00)), "independence");
  EXPECT_FALSE(condition.met());
  EXPECT_THAT(condition.evidence_en(), HasSubstr("552100554 (552100554): 100%"));
}

TEST(Eligibility, AsksForTheAccountsOfWhoeverCounts) {
  const auto conditions = Check({}, GoodCompany(), GoodFacts(), Day("2025-03-10"), OwnedBy(-1));
  EXPECT_FALSE(Find(conditions, "accounts").met());
  EXPECT_THAT(Find(conditions, "accounts").evidence_en(), HasSubstr("552100554"));
}

TEST(Eligibility, MayCountTheStaffOfTheGroup) {
  programme::v1::Eligibility rules;
  rules.set_max_headcount_hundredths(200'00);
  const auto met = [&](programme::v1::HeadcountBasis basis) {
    rules.set_headcount_basis(basis);
    return Find(Check(rules, GoodCompany(), GoodFacts(), Day("2025-03-10"), OwnedBy(81'00)), "headcount")
        .met();
  };
  EXPECT_TRUE(met(programme::v1::HEADCOUNT_BASIS_COMPANY));
  EXPECT_FALSE(met(programme::v1::HEADCOUNT_BASIS_GROUP));
  EXPECT_FALSE(met(programme::v1::HEADCOUNT_BASIS_SITE)) << "not known, hence not met";
}

TEST(Eligibility, HoldsTheHeadcountOfTheSiteThatIsDeclared) {
  programme::v1::Eligibility rules;
  rules.set_headcount_basis(programme::v1::HEADCOUNT_BASIS_SITE);
  rules.set_min_headcount_hundredths(20'00);
  v1::CompanyFacts facts = GoodFacts();
  const auto condition = [&] {
    return Find(Check(rules, GoodCompany(), facts, Day("2025-03-10")), "headcount");
  };
  facts.set_site_headcount_hundredths(19'99);
  EXPECT_FALSE(condition().met());
  EXPECT_THAT(condition().evidence_en(), HasSubstr("of the site: 19.99"));
  facts.set_site_headcount_hundredths(20'00);
  EXPECT_TRUE(condition().met());
  rules.clear_min_headcount_hundredths();
  rules.set_max_headcount_hundredths(10'00);
  facts.set_site_headcount_hundredths(0);
  EXPECT_TRUE(condition().met()) << "nobody is a number too";
}

TEST(Eligibility, TakesTheGreaterOfTheGroupDeclaredAndTheGroupKnown) {
  programme::v1::Eligibility rules;
  rules.set_headcount_basis(programme::v1::HEADCOUNT_BASIS_GROUP);
  rules.set_max_headcount_hundredths(200'00);
  v1::CompanyFacts facts = GoodFacts();
  const auto met = [&](const Ownership& ownership) {
    return Find(Check(rules, GoodCompany(), facts, Day("2025-03-10"), ownership), "headcount").met();
  };
  facts.set_group_headcount_hundredths(200'00);
  EXPECT_TRUE(met({}));
  facts.set_group_headcount_hundredths(200'01);
  EXPECT_FALSE(met({}));
  facts.set_group_headcount_hundredths(1'00);
  EXPECT_FALSE(met(OwnedBy(81'00))) << "the links make more";
}

TEST(Eligibility, AsksForOneOfTheStatuses) {
  programme::v1::Eligibility rules;
  rules.add_statuses("association");
  rules.add_statuses("cooperative");
  v1::CompanyFacts facts = GoodFacts();
  const auto condition = [&] {
    return Find(Check(rules, GoodCompany(), facts, Day("2025-03-10")), "status");
  };
  EXPECT_FALSE(condition().met());
  facts.add_statuses("shop");
  EXPECT_FALSE(condition().met());
  EXPECT_THAT(condition().evidence_en(), HasSubstr("Declared statuses: shop."));
  facts.add_statuses("cooperative");
  EXPECT_TRUE(condition().met());
}

TEST(Eligibility, CountsAnApplicationOfALaterDayThatWasEnteredBefore) {
  programme::v1::Eligibility rules;
  rules.mutable_requests()->set_max(2);
  rules.mutable_requests()->mutable_period()->set_rolling_years(1);
  const auto met = [&](std::vector<Date> others) {
    return Find(Check(rules, GoodCompany(), GoodFacts(), Day("2025-03-10"), {}, std::move(others)),
                "requests")
        .met();
  };
  EXPECT_TRUE(met({Day("2025-09-01")}));
  EXPECT_FALSE(met({Day("2025-09-01"), Day("2026-03-10")})) << "a year of three";
  EXPECT_TRUE(met({Day("2025-09-01"), Day("2026-03-11")}));
  EXPECT_FALSE(met({Day("2024-09-01"), Day("2025-03-01")}));
  EXPECT_TRUE(met({Day("2024-09-01"), Day("2025-10-01")})) << "no year holds all three";
}

TEST(Eligibility, CountsTheApplicationsBefore) {
  programme::v1::Eligibility rules;
  rules.mutable_requests()->set_max(1);
  rules.mutable_requests()->mutable_period()->set_rolling_years(2);
  const auto met = [&](const char* earlier) {
    return Find(Check(rules, GoodCompany(), GoodFacts(), Day("2025-03-10"), {}, {Day(earlier)}), "requests")
        .met();
  };
  EXPECT_FALSE(met("2023-03-10"));
  EXPECT_TRUE(met("2023-03-09"));
  rules.mutable_requests()->mutable_period()->set_calendar_years(1);
  EXPECT_FALSE(met("2025-01-01"));
  EXPECT_TRUE(met("2024-12-31"));
}

TEST(Eligibility, AsksForASectorARegionAndAnAgeThatTheRulebookNames) {
  programme::v1::Eligibility rules;
  rules.add_naf_included("62");
  auto* agreement = rules.add_region_agreements();
  agreement->set_region("32");
  agreement->set_valid_from("2025-03-10");
  rules.set_max_age_months(1'200);
  v1::Company company = GoodCompany();
  company.set_naf("62.01Z");
  company.set_region("32");
  EXPECT_THAT(Unmet(rules, company, GoodFacts()), testing::IsEmpty());
  EXPECT_THAT(Unmet(rules, company, GoodFacts(), Day("2025-03-09")), testing::ElementsAre("region"));
  company.set_naf("64.19Z");
  EXPECT_THAT(Unmet(rules, company, GoodFacts()), testing::ElementsAre("sector"));
  rules.set_max_age_months(1);
  EXPECT_THAT(Unmet(rules, company, GoodFacts()), testing::ElementsAre("age", "sector"));
}

}  // namespace
}  // namespace jalon::enrolment
