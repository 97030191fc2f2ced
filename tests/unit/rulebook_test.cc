#include "rules/rulebook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "rules/yaml_tree.h"

namespace jalon::programme {
namespace {

using namespace jalon::rules;

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string FoundingSource() {
  std::ifstream file(JALON_SOURCE_DIR "/deploy/rulebooks/ia-booster-hdf.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Small, complete and right; each wrong rulebook below is this one with one thing changed.
constexpr std::string_view kGood = R"(programme: p
version: 1
title_fr: Titre
title_en: Title
terms_fixed_by: agreement
cap_half_days: 100
stack_cap: 80 %
window_months: 24
payee: expert
funders: [a, b]
eligibility:
  min_headcount: 10
phases:
  - code: free
    title_fr: Libre
    title_en: Free
    chargeable: false
  - code: paid
    title_fr: Payant
    title_en: Paid
    chargeable: true
    tariffs:
      - max_day_rate: 1 000 EUR
        coverage:
          - funder: a
            rate: 50 %
)";

std::string Replaced(std::string_view from, std::string_view to) {
  std::string source(kGood);
  const size_t at = source.find(from);
  if (at == std::string::npos) ADD_FAILURE() << "the good rulebook holds no " << from;
  return source.replace(at == std::string::npos ? 0 : at, at == std::string::npos ? 0 : from.size(), to);
}

// Where the mark @@ stands in a source, as an editor counts; the mark is taken out.
RulebookProblem TakeMark(std::string& source) {
  RulebookProblem place;
  const size_t at = source.find("@@");
  if (at == std::string::npos) {
    ADD_FAILURE() << "no mark in: " << source;
    return place;
  }
  source.erase(at, 2);
  for (size_t i = 0; i < at; ++i) {
    if (source[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(source[i]) & 0xC0) != 0x80) {
      ++place.column;
    }
  }
  return place;
}

void ExpectOneProblem(std::string source, std::string_view english) {
  const RulebookProblem place = TakeMark(source);
  SCOPED_TRACE(source);
  const std::vector<RulebookProblem> problems = ParseRulebook(source).problems;
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].line, place.line);
  EXPECT_EQ(problems[0].column, place.column);
  EXPECT_THAT(problems[0].en, HasSubstr(english));
  EXPECT_THAT(problems[0].fr, testing::Not(IsEmpty()));
  EXPECT_NE(problems[0].fr, problems[0].en);
}

std::string Described(const std::vector<RulebookProblem>& problems) {
  std::string text;
  for (const RulebookProblem& problem : problems)
    text += std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " + problem.en + "\n";
  return text;
}

TEST(Rulebook, OfTheFoundingProgrammeHasNoProblem) {
  EXPECT_EQ(Described(ParseRulebook(FoundingSource()).problems), "");
}

TEST(Rulebook, OfTheFoundingProgrammeSaysWhatTheProgrammePublishes) {
  const v1::Rulebook rulebook = ParseRulebook(FoundingSource()).rulebook;
  EXPECT_EQ(rulebook.programme(), "ia-booster-hdf");
  EXPECT_EQ(rulebook.terms_fixed_by(), v1::FIXING_DATE_AGREEMENT);
  EXPECT_EQ(rulebook.cap_half_days(), 100);  // 50 days
  EXPECT_EQ(rulebook.stack_cap().numerator() * 5, rulebook.stack_cap().denominator() * 4);
  EXPECT_EQ(rulebook.payee(), v1::PAYEE_KIND_EXPERT);
  EXPECT_EQ(rulebook.eligibility().min_headcount_hundredths(), 10'00);
  EXPECT_EQ(rulebook.eligibility().max_headcount_hundredths(), 2'000'00);
  EXPECT_EQ(rulebook.eligibility().min_turnover_cents(), 1'000'000'00);
  EXPECT_EQ(rulebook.eligibility().min_age_months(), 12);
  EXPECT_TRUE(rulebook.eligibility().independent());
  EXPECT_THAT(rulebook.eligibility().regions(), IsEmpty());  // overseas included
  std::vector<std::string> chargeable;
  for (const v1::Phase& phase : rulebook.phases())
    if (phase.chargeable()) chargeable.push_back(phase.code());
  EXPECT_THAT(chargeable, testing::ElementsAre("diagnosis", "accompaniment"));
}

TEST(Rulebook, IsReadWholeIntoTheContract) {
  const ParsedRulebook parsed = ParseRulebook(Replaced("    rate: 50 %", R"(    rate: 54,66 %
            size_classes: [pme, eti]
            regions: [32, 11]
            ceiling: 13 000,50 €)"));
  ASSERT_EQ(Described(parsed.problems), "");
  const v1::Tariff& tariff = parsed.rulebook.phases(1).tariffs(0);
  EXPECT_EQ(tariff.max_day_rate().cents(), 1'000'00);
  EXPECT_EQ(tariff.max_day_rate().currency(), "EUR");
  const v1::Coverage& coverage = tariff.coverage(0);
  EXPECT_EQ(coverage.rate().numerator(), 2733);
  EXPECT_EQ(coverage.rate().denominator(), 5000);
  EXPECT_THAT(coverage.scope().size_classes(),
              testing::ElementsAre(common::v1::SIZE_CLASS_MICRO, common::v1::SIZE_CLASS_SMALL,
                                   common::v1::SIZE_CLASS_MEDIUM, common::v1::SIZE_CLASS_ETI));
  EXPECT_THAT(coverage.scope().regions(), testing::ElementsAre("32", "11"));
  EXPECT_EQ(coverage.ceiling().cents(), 13'000'50);
}

// What is wrong is the list; which names stand in it nobody can tell.
TEST(Rulebook, WhoseFundersAreNoListHasThatProblemOnly) {
  for (const std::string_view funders : {"funders: a", "funders: {a: b}", "funders:"}) {
    const auto problems = ParseRulebook(Replaced("funders: [a, b]", funders)).problems;
    ASSERT_THAT(problems, SizeIs(1)) << Described(problems);
    EXPECT_EQ(problems[0].line, 10);
  }
  const auto missing = ParseRulebook(Replaced("funders: [a, b]\n", "")).problems;
  ASSERT_THAT(missing, SizeIs(1)) << Described(missing);
  EXPECT_THAT(missing[0].en, HasSubstr("funders"));
}

TEST(Rulebook, WithoutFundersSaysThatACoverageCanNameNone) {
  const auto problems = ParseRulebook(Replaced("funders: [a, b]", "funders: []")).problems;
  ASSERT_THAT(problems, SizeIs(1)) << Described(problems);
  EXPECT_EQ(problems[0].en, "“a” is not allowed here; allowed: none.");
  EXPECT_THAT(problems[0].fr, HasSubstr("aucun."));
}

struct Wrong {
  std::string_view from;
  std::string_view to;
  std::string_view english;
};

// One line a problem that ParseRulebook can tell, with the place where a person finds it.
constexpr Wrong kWrongValues[] = {
    {"programme: p", "programme: @@Programme", "is not a code"},
    {"programme: p", "programme: @@[p, q]", "takes a single value"},
    {"programme: p", "@@programme:", "has no value"},
    {"version: 1", "version: @@0", "is not a whole number from 1 to 100000"},
    {"version: 1", "version: @@1.5", "is not a whole number"},
    {"version: 1", "version: @@-1", "is not a whole number"},
    {"version: 1", "version: @@99999999999999999999", "is not a whole number"},
    {"title_en: Title", "title_en: @@\"a\\nb\"", "a text of one line"},
    {"title_en: Title", "title_en: @@\" \"", "a text of one line"},
    {"agreement", "@@signature", "is not allowed here; allowed: application, admission, agreement"},
    {"agreement", "@@agrement", "Did you mean “agreement”?"},
    {"cap_half_days: 100", "cap_half_days: @@1001", "from 1 to 1000"},
    {"stack_cap: 80 %", "stack_cap: @@80", "is not a rate"},
    {"stack_cap: 80 %", "stack_cap: @@101 %", "is not a rate from 0 % to 100 %"},
    {"stack_cap: 80 %", "stack_cap: @@-1 %", "is not a rate"},
    {"stack_cap: 80 %", "stack_cap: @@1/0", "is not a rate"},
    {"window_months: 24", "window_months: @@121", "from 1 to 120"},
    {"payee: expert", "payee: @@state", "allowed: expert, company"},
    {"[a, b]", "[a, @@a]", "stands twice"},
    {"[a, b]", "[a, @@B]", "is not a code"},
    {"min_headcount: 10", "naf_excluded: @@64", "takes a list"},
    {"version: 1", "version: 1\n@@version: 2", "stands twice"},
    {"version: 1", "version: 1\n@@versoin: 2", "Did you mean “version”?"},
    {"version: 1", "version: 1\n@@[1, 2]: 2", "Unknown field"},
    {"eligibility:\n  min_headcount: 10", "eligibility: @@yes", "Fields are expected here"},
    {"min_headcount: 10", "min_headcount: @@ten", "is not a number of staff"},
    {"min_headcount: 10", "min_headcount: @@10 EUR", "is not a number of staff"},
    {"min_headcount: 10", "min_headcount: @@12.345", "is not a number of staff"},
    {"min_headcount: 10", "min_headcount: @@1 000 001", "is not a number of staff"},
    {"min_headcount: 10", "min_headcount: 10\n  max_headcount: @@9,99", "greatest headcount is below"},
    {"min_headcount: 10", "min_turnover: 2 EUR\n  max_turnover: @@1 EUR", "greatest turnover is below"},
    {"min_headcount: 10", "min_turnover: @@13,000", "is not an amount"},
    {"min_headcount: 10", "min_turnover: @@-1 EUR", "is not an amount"},
    {"min_headcount: 10", "min_age_months: @@1201", "from 0 to 1200"},
    {"min_headcount: 10", "independent: @@yes", "allowed: true, false"},
    {"min_headcount: 10", "regions: [32, @@59]", "is not the INSEE code of a region"},
    {"min_headcount: 10", "naf_excluded: [64, @@6]", "is not the beginning of a NAF code"},
    {"min_headcount: 10", "naf_excluded: [62.01Z, @@62.]", "is not the beginning of a NAF code"},
    {"min_headcount: 10", "size_classes: [pme, @@tpe]", "is not allowed here"},
    {"code: paid", "code: @@free", "Another phase has the code"},
    {"code: paid", "code: @@9", "is not a code"},
    {"chargeable: false", "chargeable: @@no", "allowed: true, false"},
    {"title_en: Free\n    chargeable: false",
     "title_en: Free\n    chargeable: false\n    tariffs:\n      @@- max_day_rate: 1 EUR",
     "not chargeable has no tariff"},
    {"max_day_rate: 1 000 EUR", "max_day_rate: @@1,000 EUR", "is not an amount"},
    {"max_day_rate: 1 000 EUR", "max_day_rate: @@100 000 001 EUR", "is not an amount"},
    {"- max_day_rate: 1 000 EUR", "- @@max_day_rate: 1 EUR\n        fixed_price: 2 EUR",
     "Exactly one of these fields must stand here: fixed_price, max_day_rate"},
    {"- max_day_rate: 1 000 EUR", "- @@min_half_days: 2",
     "Exactly one of these fields must stand here: fixed_price, max_day_rate"},
    {"- max_day_rate: 1 000 EUR", "- max_day_rate: 1 EUR\n        valid_from: @@2026-02-30",
     "is not a date that exists"},
    {"- max_day_rate: 1 000 EUR",
     "- max_day_rate: 1 EUR\n        valid_from: 2026-06-17\n        valid_until: @@2026-06-16",
     "ends before it starts"},
    {"- max_day_rate: 1 000 EUR",
     "- max_day_rate: 1 EUR\n        min_half_days: 20\n        max_half_days: @@16",
     "most half-days are fewer"},
    {"- max_day_rate: 1 000 EUR", "- max_day_rate: 1 EUR\n        min_half_days: @@101",
     "more half-days than cap_half_days"},
    {"funder: a", "funder: @@c", "is not allowed here; allowed: a, b"},
    {"- funder: a\n            rate: 50 %", "- @@funder: a",
     "Exactly one of these fields must stand here: rate, remaining_charge"},
    {"rate: 50 %", "rate: @@half", "is not a rate"},
    {"rate: 50 %", "rate: 50 %\n            ceiling: @@lots", "is not an amount"},
    {"rate: 50 %", "rate: 50 %\n            size_classes: @@pme", "takes a list"},
    {"rate: 50 %", "rate: 50 %\n          - @@funder: a\n            rate: 10 %", "never counts"},
    {"rate: 50 %", "rate: 50 %\n          - @@rate: 10 %", "The field “funder” is missing"},
    {"- max_day_rate: 1 000 EUR\n        coverage:\n          - funder: a\n            rate: 50 %",
     "- fixed_price: 100 EUR\n        coverage:\n          - funder: a\n            remaining_charge: @@101 "
     "EUR",
     "exceeds the price"},
    {"- max_day_rate: 1 000 EUR\n        coverage:\n          - funder: a\n            rate: 50 %",
     "- fixed_price: 100 EUR\n        coverage:\n          - funder: a\n            remaining_charge: "
     "@@19,99 EUR",
     "more to public aid than stack_cap allows"},
    {"- max_day_rate: 1 000 EUR\n        coverage:\n          - funder: a\n            rate: 50 %",
     "- fixed_price: 100 EUR\n        coverage:\n          - @@funder: a\n            remaining_charge: 50 "
     "EUR\n"
     "          - funder: b\n            rate: 10 %",
     "would pay part of this published remaining charge"},
    {"- max_day_rate: 1 000 EUR\n        coverage:\n          - funder: a\n            rate: 50 %",
     "- fixed_price: 100 EUR\n        coverage:\n          - funder: a\n            rate: 75 %\n"
     "          - funder: b\n            remaining_charge: @@30 EUR",
     "would pay less than this published remaining charge"},
    {"            rate: 50 %\n", "            rate: 50 %\n      - @@max_day_rate: 2 EUR\n",
     "hold on the same dates"},
    {"    tariffs:\n      - max_day_rate: 1 000 EUR\n        coverage:\n          - funder: a\n            "
     "rate: 50 %",
     "    tariffs: @@[]", "at least one tariff"},
};

TEST(Rulebook, TellsEachProblemAtItsLineAndColumn) {
  ASSERT_EQ(Described(ParseRulebook(kGood).problems), "");
  for (const Wrong& wrong : kWrongValues) ExpectOneProblem(Replaced(wrong.from, wrong.to), wrong.english);
}

// What contradicts itself or can never count, in a tariff of 1,000 EUR a day or one that takes its place.
constexpr std::string_view kPaidTariff =
    "- max_day_rate: 1 000 EUR\n        coverage:\n          - funder: a\n            rate: 50 %";
constexpr Wrong kContradictions[] = {
    {"rate: 50 %", "rate: @@81 %", "stack_cap never lets it go so far"},
    {"rate: 50 %", "rate: 50 %\n            ceiling: @@0 EUR", "pays nothing"},
    {"rate: 50 %", "rate: 50 %\n            at_ceiling: @@refuse", "says nothing without ceiling"},
    {"rate: 50 %", "amount_per_day: @@801 EUR", "stack_cap never lets it go so far"},
    {"rate: 50 %", "rate: 50 %\n            headcount_basis: @@group", "says nothing without a bound"},
    {"rate: 50 %", "rate: 50 %\n            min_headcount: 20\n            max_headcount: @@19,99",
     "greatest headcount is below"},
    {"rate: 50 %", "rate: 50 %\n            min_age_months: 20\n            max_age_months: @@19",
     "greatest age is below"},
    {"- funder: a\n            rate: 50 %",
     "- @@funder: a\n            max_headcount: 9\n            rate: 50 %",
     "No company that the eligibility admits fits this coverage"},
    {"- funder: a\n            rate: 50 %",
     "- funder: a\n            max_headcount: 49\n            rate: 50 %\n"
     "          - funder: a\n            min_headcount: @@50\n            rate: 40 %",
     "Between 49 and 50 FTE"},
    {"- max_day_rate: 1 000 EUR", "- @@max_day_rate: 1 000 EUR\n        max_headcount: 9",
     "No company that the eligibility admits fits this tariff"},
    {kPaidTariff, "- fixed_price: 10 EUR\n        eligible_cost: @@11 EUR",
     "eligible_cost exceeds fixed_price"},
    {kPaidTariff, "- fixed_price: 10 EUR\n        min_cost: @@11 EUR", "min_cost exceeds fixed_price"},
    {kPaidTariff, "- agreed_price: true\n        eligible_cost: 10 EUR\n        min_cost: @@11 EUR",
     "min_cost exceeds eligible_cost"},
    {kPaidTariff, "- agreed_price: true\n        eligible_cost: @@0 EUR", "Nothing would be eligible"},
    {kPaidTariff, "- max_day_rate: 10 EUR\n        eligible_day_rate: @@11 EUR",
     "eligible_day_rate exceeds max_day_rate"},
    {kPaidTariff, "- any_day_rate: true\n        eligible_half_days: @@101",
     "eligible_half_days exceeds cap_half_days"},
    {kPaidTariff, "- agreed_price: @@false", "allowed: true"},
    {kPaidTariff,
     "- fixed_price: 10 EUR\n        coverage:\n          - funder: a\n            flat_amount: @@8,01 EUR",
     "stack_cap never lets it go so far"},
    {kPaidTariff,
     "- fixed_price: 10 EUR\n        coverage:\n          - funder: a\n            remaining_charge: @@5 "
     "EUR\n"
     "            ceiling: 4 EUR",
     "prevents this published remaining charge"},
    {kPaidTariff,
     "- max_day_rate: 1 EUR\n        valid_until: 2025-12-30\n      - @@max_day_rate: 2 EUR\n"
     "        valid_from: 2026-01-01",
     "The dates from 2025-12-31 to 2025-12-31 have no tariff"},
    {kPaidTariff,
     "- max_day_rate: 1 EUR\n        max_half_days: 10\n      - @@max_day_rate: 2 EUR\n"
     "        min_half_days: 12",
     "From 11 to 11 half-days"},
    {kPaidTariff,
     "- max_day_rate: 1 EUR\n        max_headcount: 49\n      - max_day_rate: 2 EUR\n"
     "        min_headcount: @@50",
     "Between 49 and 50 FTE"},
    {kPaidTariff,
     "- max_day_rate: 1 EUR\n        max_age_months: 24\n      - max_day_rate: 2 EUR\n"
     "        min_age_months: @@26",
     "Between 24 and 26 months"},
    {kPaidTariff,
     "- max_day_rate: 1 EUR\n        max_headcount: 50\n      - @@max_day_rate: 2 EUR\n"
     "        min_headcount: 50",
     "the same companies"},
    {"phases:\n",
     "in_force_from: 2026-01-01\nphases:\n  - code: old\n    title_fr: O\n    title_en: O\n"
     "    chargeable: true\n    tariffs:\n      - agreed_price: true\n        valid_until: @@2025-12-31\n",
     "ends before in_force_from"},
    {"code: paid", "code: paid\n    prerequisites: [@@freee]", "Did you mean “free”?"},
    {"code: paid", "code: paid\n    opens_after_months: @@120", "has ended when this phase opens"},
    {"code: paid", "code: paid\n    prerequisites: @@[paid]", "go round in a circle"},
    {kPaidTariff, "- max_day_rate: 1 EUR\n        statuses: [association]\n      - @@max_day_rate: 2 EUR\n",
     "Without statuses a tariff is for every status: give each its own."},
    {"min_headcount: 10", "naf_included: [@@64.1]\n  naf_excluded: [64]", "excluded by naf_excluded"},
    {"min_headcount: 10", "min_age_months: 12\n  max_age_months: @@11", "greatest age is below"},
    {"min_headcount: 10", "regions: [32]\n  region_agreements: [{region: @@11}]", "not one of regions"},
    {"min_headcount: 10",
     "region_agreements: [{region: 11, valid_until: 2026-01-01}, @@{region: 11, valid_from: 2026-01-01}]",
     "hold on the same dates"},
    {"min_headcount: 10",
     "region_agreements: [{region: 11, valid_from: 2026-01-02, valid_until: @@2026-01-01}]",
     "ends before it starts"},
    {"min_headcount: 10", "requests: @@{max: 1}", "calendar_years, rolling_years"},
    {"min_headcount: 10", "requests: {max: @@0, rolling_years: 1}", "from 1 to 1000"},
    {"phases:\n", "company_ceilings: [{ceiling: @@0 EUR, rolling_years: 1}]\nphases:\n", "aids nobody"},
    {"phases:\n",
     "company_ceilings:\n  - {ceiling: @@9 EUR, calendar_years: 1}\n  - {ceiling: 8 EUR, rolling_years: 3}\n"
     "phases:\n",
     "This ceiling is never met"},
    {"phases:\n",
     "company_ceilings:\n  - {ceiling: 9 EUR, rolling_years: 3}\n  - {ceiling: @@9 EUR, rolling_years: 3}\n"
     "phases:\n",
     "This ceiling is never met"},
    {"phases:\n",
     "company_ceilings:\n  - {ceiling: @@9 EUR, calendar_years: 1, phases: [paid]}\n"
     "  - {ceiling: 8 EUR, rolling_years: 3}\nphases:\n",
     "This ceiling is never met"},
    {"phases:\n", "company_ceilings: [{ceiling: 9 EUR, rolling_years: 1, phases: [@@free]}]\nphases:\n",
     "allowed: paid"},
    {"phases:\n", "company_ceilings: [{ceiling: 9 EUR, rolling_years: 1, funders: [@@nobody]}]\nphases:\n",
     "nobody"},
    {"phases:\n", "no_start_before: @@first_day\nphases:\n", "allowed: application, admission, agreement"},
    {"phases:\n",
     "examples:\n  - @@{title_fr: T, title_en: T, phases: [{phase: paid, half_days: 2}]}\nphases:\n",
     "either amounts or a refusal"},
    {"phases:\n",
     "examples:\n  - {title_fr: T, title_en: T, phases: [{phase: @@free, half_days: 2}], aid: 1 "
     "EUR}\nphases:\n",
     "allowed: paid"},
    {"phases:\n",
     "examples:\n  - {title_fr: T, title_en: T, phases: [{phase: paid, half_days: 2}], refused: "
     "@@NO}\nphases:\n",
     "is not a reason of refusal"},
    {"phases:\n",
     "examples:\n  - {title_fr: T, title_en: T, phases: [{phase: paid, half_days: 2}],"
     " shares: [{funder: @@c, amount: 1 EUR}]}\nphases:\n",
     "allowed: a, b"},
};

TEST(Rulebook, TellsContradictionsGapsAndDeadLinesInTheirPlace) {
  for (const Wrong& wrong : kContradictions) ExpectOneProblem(Replaced(wrong.from, wrong.to), wrong.english);
}

TEST(Rulebook, TakesAGapBetweenTariffsThatIsIntended) {
  std::string source =
      Replaced(kPaidTariff,
               "- max_day_rate: 1 EUR\n        valid_until: 2025-12-30\n      - max_day_rate: 2 EUR\n"
               "        valid_from: 2026-01-01");
  source.replace(source.find("code: paid"), 10, "code: paid\n    gaps_intended: true");
  EXPECT_EQ(Described(ParseRulebook(source).problems), "");
}

TEST(Rulebook, TakesTariffsThatStandApartByWhomTheyAreFor) {
  for (const auto& [one, other] :
       {std::pair{"size_classes: [pme]", "size_classes: [eti]"}, std::pair{"regions: [32]", "regions: [11]"},
        std::pair{"statuses: [association]", "statuses: [cooperative]"},
        std::pair{"max_headcount: 49,99", "min_headcount: 50"},
        std::pair{"max_age_months: 11", "min_age_months: 12"}}) {
    EXPECT_EQ(
        Described(ParseRulebook(Replaced(kPaidTariff, std::string("- max_day_rate: 1 EUR\n        ") + one +
                                                          "\n      - max_day_rate: 2 EUR\n        " + other))
                      .problems),
        "");
  }
}

TEST(Rulebook, TellsAStatusThatIsAdmittedAndHasNoTariff) {
  std::string source = Replaced(kPaidTariff, "- max_day_rate: 1 EUR\n        statuses: [association]");
  EXPECT_EQ(Described(ParseRulebook(source).problems), "");
  const std::string bounds = "min_headcount: 10";
  source.replace(source.find(bounds), bounds.size(), bounds + "\n  statuses: [association, cooperative]");
  const auto problems = ParseRulebook(source).problems;
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].en, HasSubstr("Companies of status cooperative, which the eligibility admits,"));
  source.replace(source.find("code: paid"), 10, "code: paid\n    gaps_intended: true");
  EXPECT_EQ(Described(ParseRulebook(source).problems), "");
}

TEST(Rulebook, TellsACodeOfTwoPhasesOnce) {
  // The first asks for nothing, so only the second may go round; and a code is proposed once.
  std::string source = Replaced("code: free", "code: paid");
  auto problems = ParseRulebook(source).problems;
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].en, HasSubstr("has the code “paid” already"));
  source += "    prerequisites: [nowhere]\n";
  problems = ParseRulebook(source).problems;
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_THAT(problems[0].en + problems[1].en, HasSubstr("allowed: paid."));
}

TEST(Rulebook, CountsColumnsInCharactersNotBytes) {
  ExpectOneProblem(std::string(kGood.substr(0, kGood.find("  - code: paid"))) +
                       "  - {code: q, title_fr: \"é€\", title_en: Q, chargeable: @@maybe}\n",
                   "allowed: true, false");
}

TEST(Rulebook, NamesEveryFieldThatIsMissing) {
  for (const std::string_view field : {"programme", "version", "title_fr", "title_en", "terms_fixed_by",
                                       "cap_half_days", "stack_cap", "window_months", "payee"}) {
    std::string source(kGood);
    const size_t at = field == "programme" ? 0 : source.find(std::string("\n").append(field).append(":")) + 1;
    source.erase(at, source.find('\n', at) + 1 - at);
    const std::vector<RulebookProblem> problems = ParseRulebook(source).problems;
    ASSERT_THAT(problems, SizeIs(1)) << field;
    EXPECT_EQ(problems[0].line, 1);
    EXPECT_EQ(problems[0].column, 1);
    EXPECT_THAT(problems[0].en, HasSubstr("“" + std::string(field) + "” is missing"));
  }
}

TEST(Rulebook, NamesEveryFieldThatIsMissingFromAPhase) {
  for (const std::string_view field : {"title_fr: Libre", "title_en: Free", "chargeable: false"}) {
    std::string source = Replaced("- code: free", "- @@code: free");
    source.erase(source.find(field) - 4, field.size() + 5);
    ExpectOneProblem(source, "is missing");
  }
}

TEST(Rulebook, WithoutPhasesOrTariffsIsRefused) {
  ExpectOneProblem(std::string(kGood.substr(0, kGood.find("phases:"))) + "phases: @@[]\n",
                   "at least one phase");
  ExpectOneProblem(
      std::string(kGood.substr(0, kGood.find("    tariffs:"))).replace(kGood.find("- code: paid"), 2, "- @@"),
      "at least one tariff");
}

TEST(Rulebook, ReportsEveryProblemAtOnceInTheOrderOfTheFile) {
  std::string source = Replaced("version: 1", "version: one");
  source.replace(source.find("payee: expert"), 13, "payee: nobody");
  source.replace(source.find("rate: 50 %"), 10, "rate: 500 %");
  std::vector<int> lines;
  for (const RulebookProblem& problem : ParseRulebook(source).problems) lines.push_back(problem.line);
  EXPECT_THAT(lines, testing::ElementsAre(2, 9, 26));
}

TEST(Rulebook, ReportsAHundredProblemsAtTheMost) {
  std::string source(kGood);
  for (int i = 0; i < 1'000; ++i) source += "wrong" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(ParseRulebook(source).problems, SizeIs(100));
}

TEST(Rulebook, QuotesAValueWithoutItsControlCharactersAndCutWhenLong) {
  const std::string value = std::string("\"").append(100, 'x').append("\"");
  const std::vector<RulebookProblem> problems = ParseRulebook(Replaced("expert", value)).problems;
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].en, HasSubstr(std::string(60, 'x') + "…"));
  EXPECT_THAT(problems[0].en, testing::Not(HasSubstr(std::string(61, 'x'))));
}

TEST(Rulebook, TakesTwoTariffsThatNeverMeet) {
  for (const std::string_view second : {"valid_from: 2026-01-01", "min_half_days: 21"}) {
    const std::string bound = second.starts_with("valid") ? "valid_until: 2025-12-31" : "max_half_days: 20";
    std::string source = Replaced("- max_day_rate: 1 000 EUR", "- max_day_rate: 1 EUR\n        " + bound);
    source += "      - max_day_rate: 2 EUR\n        " + std::string(second) + "\n";
    EXPECT_EQ(Described(ParseRulebook(source).problems), "");
  }
}

TEST(Rulebook, RefusesTwoTariffsThatMeetOnOneDayOnly) {
  std::string source =
      Replaced("- max_day_rate: 1 000 EUR", "- max_day_rate: 1 EUR\n        valid_until: 2026-01-01");
  source += "      - @@max_day_rate: 2 EUR\n        valid_from: 2026-01-01\n";
  ExpectOneProblem(source, "line 23");
}

TEST(Rulebook, TakesAPublishedRemainingChargeBorneByTheLastFunder) {
  const std::string source =
      Replaced("- max_day_rate: 1 000 EUR\n        coverage:\n          - funder: a\n            rate: 50 %",
               "- fixed_price: 100 EUR\n        coverage:\n          - funder: a\n            rate: 10 %\n"
               "          - funder: b\n            remaining_charge: 20 EUR");
  EXPECT_EQ(Described(ParseRulebook(source).problems), "");
}

// ---- The file itself.

void ExpectUnreadable(std::string source, std::string_view english) {
  const RulebookProblem place = TakeMark(source);
  RulebookProblem problem;
  EXPECT_FALSE(ParseYaml(source, problem)) << source;
  EXPECT_EQ(problem.line, place.line) << source;
  EXPECT_EQ(problem.column, place.column) << source;
  EXPECT_THAT(problem.en, HasSubstr(english));
  EXPECT_THAT(ParseRulebook(source).problems, SizeIs(1));
}

TEST(RulebookFile, MayNotHideOrMultiplyWhatItSays) {
  ExpectUnreadable("a: @@&x 1\nb: 2\n", "Anchors and aliases");
  ExpectUnreadable("a: @@!!str 1\n", "Type tags");
  ExpectUnreadable("a: @@!mine [1]\n", "Type tags");
  ExpectUnreadable("a: 1\n@@---\nb: 2\n", "several documents");
}

TEST(RulebookFile, IsUtf8TextWithoutControlCharacters) {
  ExpectUnreadable("a: é@@\xFF\n", "not UTF-8");
  ExpectUnreadable("a: 1\nb: @@\xC0\x80\n", "not UTF-8");      // overlong
  ExpectUnreadable("a: 1\nb: @@\xED\xA0\x80\n", "not UTF-8");  // a surrogate
  ExpectUnreadable("a: 1\nb: @@\xF4\x90\x80\x80\n", "not UTF-8");
  ExpectUnreadable("a: @@\x01\n", "not UTF-8");
  ExpectUnreadable("a: @@\xE2\x82", "not UTF-8");
  ExpectUnreadable(std::string("a: @@\0b\n", 8), "not UTF-8");
}

TEST(RulebookFile, IsBounded) {
  ExpectUnreadable("@@" + std::string(kMaxYamlBytes + 1, '#'), "exceeds 200,000 bytes");
  RulebookProblem problem;
  EXPECT_TRUE(ParseYaml(std::string(kMaxYamlBytes, '#'), problem));

  const auto nested = [](size_t depth) { return std::string(depth, '[') + "1" + std::string(depth, ']'); };
  EXPECT_TRUE(ParseYaml(nested(kMaxYamlDepth), problem));
  EXPECT_FALSE(ParseYaml(nested(kMaxYamlDepth + 1), problem));
  EXPECT_THAT(problem.en, HasSubstr("too many levels"));
  EXPECT_EQ(problem.column, static_cast<int>(kMaxYamlDepth) + 1);

  std::string many = "[";
  for (size_t i = 0; i < kMaxYamlNodes; ++i) many += "1,";
  EXPECT_FALSE(ParseYaml(many + "]", problem));
  EXPECT_THAT(problem.en, HasSubstr("too many values"));
}

TEST(RulebookFile, ThatIsNoYamlSaysWhere) {
  RulebookProblem problem;
  EXPECT_FALSE(ParseYaml("a: 1\nb: [1, 2\nc: 3\n", problem));
  EXPECT_GE(problem.line, 2);
  EXPECT_THAT(problem.en, HasSubstr("not readable YAML"));
}

TEST(RulebookFile, OfCommentsAloneLacksFieldsRatherThanFailing) {
  for (const std::string_view source : {"", "# nothing\n", "~\n", "- a\n", "text\n"}) {
    EXPECT_THAT(ParseRulebook(source).problems, testing::Not(IsEmpty())) << source;
  }
}

TEST(RulebookFile, KeepsAmountsAsTheyAreWritten) {
  RulebookProblem problem;
  const auto root = ParseYaml("a: 54.660\nb: '1e3'\nc: 0x10\n", problem);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->children[1].text, "54.660");
  EXPECT_EQ(root->children[3].text, "1e3");
  EXPECT_EQ(root->children[5].text, "0x10");
}

}  // namespace
}  // namespace jalon::programme
