#include "rules/examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "rules/rulebook.h"

namespace jalon::rules {
namespace {

using programme::v1::ExampleOutcome;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view kRulebook = R"(programme: p
version: 1
title_fr: Titre
title_en: Title
terms_fixed_by: agreement
cap_half_days: 100
stack_cap: 80 %
window_months: 24
payee: expert
funders: [a, b]
eligibility: {min_headcount: 10, regions: [32, 11], size_classes: [pme], naf_excluded: [64]}
phases:
  - code: advice
    title_fr: Conseil
    title_en: Advice
    chargeable: true
    tariffs:
      - max_day_rate: 1 000 EUR
        coverage:
          - {funder: a, rate: 50 %}
          - {funder: b, rate: 10 %, regions: [11]}
  - {code: free, title_fr: Libre, title_en: Free, chargeable: false}
examples:
)";

std::vector<ExampleOutcome> Run(const std::string& examples) {
  const ParsedRulebook parsed = ParseRulebook(std::string(kRulebook) + examples);
  for (const RulebookProblem& problem : parsed.problems) ADD_FAILURE() << problem.line << ": " << problem.en;
  return RunExamples(parsed.rulebook);
}

ExampleOutcome RunOne(const std::string& rest) {
  const auto outcomes = Run(std::string("  - {title_fr: T, title_en: T, ").append(rest).append("}\n"));
  EXPECT_THAT(outcomes, SizeIs(1));
  return outcomes.at(0);
}

constexpr char kTenDays[] = "phases: [{phase: advice, half_days: 20, day_rate: 1 000 EUR}], ";

TEST(Examples, PassWhenEveryAmountIsTheEnginesOwn) {
  EXPECT_TRUE(
      RunOne(std::string(kTenDays) + "cost: 10 000 EUR, aid: 5 000 EUR, company: 5 000 EUR").passed());
  EXPECT_TRUE(RunOne(std::string(kTenDays) + "shares: [{funder: a, amount: 5 000 EUR}]").passed());
}

TEST(Examples, TellEachAmountThatDiffers) {
  const ExampleOutcome outcome = RunOne(std::string(kTenDays) + "aid: 5 001 EUR, company: 4 999 EUR");
  EXPECT_FALSE(outcome.passed());
  ASSERT_THAT(outcome.differences(), SizeIs(2));
  EXPECT_EQ(outcome.differences(0).field(), "aid");
  EXPECT_EQ(outcome.differences(0).expected().cents(), 5'001'00);
  EXPECT_EQ(outcome.differences(0).got().cents(), 5'000'00);
  EXPECT_THAT(outcome.differences(0).text_en(), HasSubstr("expected €5,001.00, got €5,000.00"));
  EXPECT_EQ(outcome.differences(1).field(), "company");
}

TEST(Examples, TellAShareOfAFunderThatWasNotExpected) {
  const ExampleOutcome outcome =
      RunOne("facts: {region: 11}, " + std::string(kTenDays) + "shares: [{funder: a, amount: 5 000 EUR}]");
  ASSERT_THAT(outcome.differences(), SizeIs(1));
  EXPECT_EQ(outcome.differences(0).field(), "shares.b");
  EXPECT_EQ(outcome.differences(0).got().cents(), 1'000'00);
}

TEST(Examples, TellAmountsPhaseByPhase) {
  const ExampleOutcome outcome =
      RunOne("phases: [{phase: advice, half_days: 20, day_rate: 1 000 EUR, aid: 1 EUR}]");
  ASSERT_THAT(outcome.differences(), SizeIs(1));
  EXPECT_EQ(outcome.differences(0).field(), "phases[0].aid");
}

TEST(Examples, AreRefusedWhereTheirFactsContradictTheEligibility) {
  for (const std::string facts : {"{headcount: 9}", "{region: 76}", "{size_class: eti}", "{naf: 64.11Z}"}) {
    EXPECT_TRUE(RunOne(std::string("facts: ").append(facts).append(", ").append(kTenDays).append(
                           "refused: NOT_ELIGIBLE"))
                    .passed())
        << facts;
    const ExampleOutcome outcome =
        RunOne(std::string("facts: ").append(facts).append(", ").append(kTenDays).append("aid: 5 000 EUR"));
    ASSERT_THAT(outcome.differences(), SizeIs(1)) << facts;
    EXPECT_THAT(outcome.differences(0).text_en(), HasSubstr("got NOT_ELIGIBLE"));
  }
}

TEST(Examples, TellARefusalThatIsNotTheOneExpected) {
  const std::string dear = "phases: [{phase: advice, half_days: 20, day_rate: 1 001 EUR}], ";
  EXPECT_TRUE(RunOne(dear + "refused: DAY_RATE_OVER_CAP").passed());
  EXPECT_THAT(RunOne(dear + "refused: NO_TARIFF").differences(0).text_en(),
              HasSubstr("expected NO_TARIFF, got DAY_RATE_OVER_CAP"));
  EXPECT_THAT(RunOne(std::string(kTenDays) + "refused: NO_TARIFF").differences(0).text_en(),
              HasSubstr("but the aid is granted"));
}

TEST(Examples, NameThePhasesThatNoneShows) {
  const auto refused_only = ParseRulebook(std::string(kRulebook) + "  - {title_fr: T, title_en: T, " +
                                          kTenDays + "refused: NO_TARIFF}\n");
  EXPECT_EQ(PhasesWithoutExample(refused_only.rulebook), std::vector<std::string>{"advice"});
  const auto shown =
      ParseRulebook(std::string(kRulebook) + "  - {title_fr: T, title_en: T, " + kTenDays + "aid: 1 EUR}\n");
  EXPECT_TRUE(PhasesWithoutExample(shown.rulebook).empty());
}

}  // namespace
}  // namespace jalon::rules
