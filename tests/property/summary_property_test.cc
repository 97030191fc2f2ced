#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "funding/summary.h"

namespace jalon::funding {
namespace {

using Key = std::array<std::string, kSummaryDimensions>;

struct Posted {
  Key key;
  Measures sums;
};

std::string Any(const std::vector<std::string>& words) {
  return *rc::gen::elementOf(words);
}

const std::vector<std::string> kFunders = {"", "bpifrance", "etat", "region-32"};
const std::vector<std::string> kProgrammes = {"ia", "export"};
const std::vector<std::string> kRegions = {"", "11", "32", "93"};
const std::vector<std::string> kDays = {"", "2025-12-31", "2026-01-01", "2026-01-02"};
const std::vector<std::string> kMonths = {"2025-11", "2025-12", "2026-01", "2026-02"};

Posted AnyPosted() {
  const auto cents = rc::gen::inRange<int64_t>(-1'000'000'000'000, 1'000'000'000'000);
  return {.key = {Any(kProgrammes), Any(kFunders), Any(kRegions), Any({"", "59", "62"}), Any(kMonths),
                  Any({"", "diagnosis", "training"}), Any({"", "eti", "small"}), Any({"", "C"}), Any(kDays)},
          .sums = {.entries = *rc::gen::inRange(0, 3),
                   .half_days = *rc::gen::inRange(-3, 4),
                   .cost = *cents,
                   .reserved = *cents,
                   .charged = *cents,
                   .paid = *cents,
                   .forecast = *rc::gen::inRange(-1, 2),
                   .cases = *rc::gen::inRange(-1, 2),
                   .companies = *rc::gen::inRange(-1, 2),
                   .companies_anywhere = *rc::gen::inRange(-1, 2)}};
}

SummaryQuestion AnyQuestion() {
  const auto perhaps = [](const std::vector<std::string>& words) {
    return *rc::gen::inRange(0, 3) == 0 ? Any(words) : std::string();
  };
  return {.group_by = *rc::gen::inRange(0, 1 << kPostedOn),
          .programme = perhaps({"ia", "export", "none"}),
          .funder = perhaps({"bpifrance", "region-32", "none"}),
          .region = perhaps({"11", "32", "99"}),
          .department = perhaps({"59"}),
          .phase = perhaps({"diagnosis"}),
          .size_class = perhaps({"eti"}),
          .sector = perhaps({"C"}),
          .from_month = perhaps(kMonths),
          .until_month = perhaps(kMonths),
          .as_of = perhaps(kDays)};
}

// The rule written a second time, one posting and one line after the other.
struct Expected {
  std::map<Key, Measures> lines;
  Measures total;
};

// The counts are those of the funders and phases that are asked for, of none where none is.
Measures InScope(Measures sums, const Key& key, bool funders, bool phases, bool programmes) {
  const int64_t companies = programmes ? sums.companies : sums.companies_anywhere;
  const bool counts = key[kFunder].empty() != funders && key[kPhase].empty() != phases;
  sums.cases = counts ? sums.cases : 0;
  sums.companies = counts ? companies : 0;
  sums.companies_anywhere = 0;
  return sums;
}

Expected SumUp(const std::vector<Posted>& all, const SummaryQuestion& question) {
  Expected expected;
  for (const Posted& posted : all) {
    const Key& key = posted.key;
    if (!question.programme.empty() && key[kProgramme] != question.programme) continue;
    if (!question.funder.empty() && key[kFunder] != question.funder) continue;
    if (!question.region.empty() && key[kRegion] != question.region) continue;
    if (!question.department.empty() && key[kDepartment] != question.department) continue;
    if (!question.sector.empty() && key[kSector] != question.sector) continue;
    if (!question.phase.empty() && key[kPhase] != question.phase) continue;
    if (!question.size_class.empty() && key[kSizeClass] != question.size_class) continue;
    if (!question.as_of.empty() && key[kPostedOn] > question.as_of) continue;
    if (key[kMonth] < question.from_month) continue;
    if (!question.until_month.empty() && key[kMonth] > question.until_month) continue;
    Measures without_work = posted.sums;
    without_work.half_days = without_work.cost = 0;
    const bool work_counts_once = question.funder.empty();
    const bool cost_cell = key[kFunder].empty();
    const bool one_funder = !question.funder.empty(), one_phase = !question.phase.empty(),
               one_programme = !question.programme.empty();
    const Measures& once = work_counts_once && !cost_cell ? without_work : posted.sums;
    expected.total += InScope(once, key, one_funder, one_phase, one_programme);
    Key line;
    for (size_t d = 0; d < kPostedOn; ++d)
      if (question.group_by[d]) line[d] = key[d];
    const bool by_funder = question.group_by[kFunder];
    if (by_funder && cost_cell) continue;
    expected.lines[line] +=
        InScope(by_funder ? posted.sums : once, key, one_funder || by_funder,
                one_phase || question.group_by[kPhase], one_programme || question.group_by[kProgramme]);
  }
  std::erase_if(expected.lines, [](const auto& line) { return line.second.IsNothing(); });
  if (question.group_by.none()) expected.lines.clear();
  return expected;
}

SummaryCells CellsOf(const std::vector<Posted>& some) {
  SummaryCells::Builder builder;
  for (const Posted& posted : some) {
    SummaryWords words;
    for (size_t d = 0; d < kSummaryDimensions; ++d) words[d] = posted.key[d];
    builder.Add(words, posted.sums);
  }
  return std::move(builder).Build();
}

void ExpectAnswer(const std::vector<const SummaryCells*>& parts, const std::vector<Posted>& all) {
  const SummaryQuestion question = AnyQuestion();
  const auto answer = Summarize(parts, question);
  RC_ASSERT(answer.has_value());
  const Expected expected = SumUp(all, question);
  RC_ASSERT(answer->total == expected.total);
  RC_ASSERT(answer->lines.size() == expected.lines.size());
  auto line = answer->lines.begin();
  for (const auto& [key, sums] : expected.lines) {  // a map is sorted, and so must the answer be
    Key told;
    for (size_t d = 0; d < kSummaryDimensions; ++d) told[d] = line->words[d];
    RC_ASSERT(Key(key) == told);
    RC_ASSERT(line->sums == sums);
    ++line;
  }
}

RC_GTEST_PROP(Summaries, AreTheSameHoweverThePostingsAreCutIntoParts, ()) {
  std::vector<Posted> all;
  std::vector<std::vector<Posted>> cut(3);
  const int count = *rc::gen::inRange(0, 60);
  for (int i = 0; i < count; ++i) {
    all.push_back(AnyPosted());
    cut[*rc::gen::inRange<size_t>(0, 3)].push_back(all.back());
  }
  const SummaryCells one = CellsOf(all), a = CellsOf(cut[0]), b = CellsOf(cut[1]), c = CellsOf(cut[2]);
  const SummaryCells merged = SummaryCells::Merge(SummaryCells::Merge(a, b), c);
  RC_ASSERT(merged.size() == one.size());
  ExpectAnswer({&one}, all);
  ExpectAnswer({&a, &b, &c}, all);
  ExpectAnswer({&merged}, all);
}

TEST(Summaries, OfNothingAreATotalOfNothing) {
  const SummaryCells none;
  const auto answer = Summarize({&none, &none}, {.group_by = 0b111});
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->lines.empty());
  EXPECT_EQ(answer->total, Measures());
}

// A code a line: 2,100 regions by 2,100 phases are more places than may be told apart.
TEST(Summaries, SayWhenTheyWouldTakeTooMuchMemory) {
  SummaryCells::Builder builder;
  for (int i = 0; i < 2100; ++i) {
    const std::string word = std::to_string(i);
    builder.Add({"ia", "", word, "", "2026-01", word, "", "", ""}, {.entries = 1, .half_days = 1});
  }
  const SummaryCells cells = std::move(builder).Build();
  SummaryQuestion question{.group_by = 0};
  question.group_by.set(kRegion);
  ASSERT_TRUE(Summarize({&cells}, question).has_value());
  EXPECT_EQ(Summarize({&cells}, question)->lines.size(), 2100u);
  question.group_by.set(kPhase);
  EXPECT_FALSE(Summarize({&cells}, question).has_value());
}

}  // namespace
}  // namespace jalon::funding
