#include "rules/rulebook_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "rules/rulebook.h"

namespace jalon::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Founding() {
  std::ifstream file(JALON_SOURCE_DIR "/deploy/rulebooks/ia-booster-hdf.yaml");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

programme::v1::Rulebook Read(const std::string& source) {
  const ParsedRulebook parsed = ParseRulebook(source);
  for (const RulebookProblem& problem : parsed.problems) ADD_FAILURE() << problem.line << ": " << problem.en;
  return parsed.rulebook;
}

std::vector<std::string> Changes(const std::string& from, const std::string& to) {
  std::string source = Founding();
  const size_t at = source.find(from);
  if (at == std::string::npos) ADD_FAILURE() << "the founding rulebook holds no " << from;
  source.replace(at, from.size(), to);
  std::vector<std::string> told;
  for (const auto& change : DiffRulebooks(Read(Founding()), Read(source))) {
    EXPECT_NE(change.text_fr(), change.text_en());
    EXPECT_FALSE(change.field().empty());
    told.push_back(change.text_en());
  }
  return told;
}

TEST(RulebookDiff, OfARulebookAndItselfIsNothing) {
  EXPECT_THAT(DiffRulebooks(Read(Founding()), Read(Founding())), IsEmpty());
}

TEST(RulebookDiff, TellsAValueThatChanged) {
  EXPECT_THAT(Changes("cap_half_days: 100", "cap_half_days: 102"),
              ElementsAre("Most half-days of a case: 100 becomes 102."));
  EXPECT_THAT(Changes("            rate: 40 %", "            rate: 41 %"),
              ElementsAre(HasSubstr("Share of the eligible cost: 40% becomes 41%.")));
}

TEST(RulebookDiff, TellsAValueThatCameOrWent) {
  EXPECT_THAT(Changes("  max_headcount: 2 000\n", ""),
              ElementsAre(HasSubstr("Greatest headcount: 2000 no longer holds.")));
  EXPECT_THAT(Changes("payee: expert\n", "payee: expert\nbilling_deadline_months: 3\n"),
              ElementsAre("Months more to bill: now 3."));
}

TEST(RulebookDiff, TellsABlockThatCameOrWent) {
  const auto told =
      Changes("          - funder: region-hdf\n            regions: [32]\n            rate: 30 %\n", "");
  EXPECT_THAT(told, ElementsAre(HasSubstr("coverage (region-hdf")));
  EXPECT_THAT(told[0], HasSubstr("is gone"));
}

TEST(RulebookDiff, KnowsACompanyCeilingByWhatItIsFor) {
  const auto with = [](const std::string& ceilings) {
    std::string source = Founding();
    return Read(source.insert(source.find("eligibility:\n"), "company_ceilings:\n" + ceilings + "\n"));
  };
  const std::string of_all = "  - {ceiling: 90 000 EUR, rolling_years: 3}\n";
  const auto changes = DiffRulebooks(
      with("  - {ceiling: 50 000 EUR, rolling_years: 3, phases: [diagnosis]}\n" + of_all), with(of_all));
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].text_en(),
            "company ceiling (Over so many rolling years: 3, Phases whose aid counts: diagnosis): is gone.");
}

TEST(RulebookDiff, SeesNoChangeInOrderOrComments) {
  EXPECT_THAT(Changes("# All public aid together. M\n", "# Otherwise said.\n"), IsEmpty());
}

TEST(RulebookDiff, IsToldWholeInBothLanguages) {
  const std::string fr = TellRulebook(Read(Founding()), Language::kFrench),
                    en = TellRulebook(Read(Founding()), Language::kEnglish);
  EXPECT_THAT(en, HasSubstr("Share of the eligible cost: 40%"));
  EXPECT_THAT(fr, HasSubstr("Part du coût éligible"));
  EXPECT_THAT(en, HasSubstr("tariff (First day: 2026-06-17"));
}

}  // namespace
}  // namespace jalon::rules
