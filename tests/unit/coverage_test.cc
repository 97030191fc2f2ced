#include "rules/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "rules/rulebook.h"
#include "tests/support/running_total.h"

namespace jalon::funding {
namespace {

using namespace jalon::rules;

using test::LineAmount;
using test::Split;
using test::SplitHalfDay;

using common::v1::SizeClass;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Phases = google::protobuf::RepeatedPtrField<v1::AgreedPhase>;

const programme::v1::Rulebook& Founding() {
  static const programme::v1::Rulebook rulebook = [] {
    std::ifstream file(JALON_SOURCE_DIR "/deploy/rulebooks/ia-booster-hdf.yaml");
    std::ostringstream text;
    text << file.rdbuf();
    return rules::ParseRulebook(text.str()).rulebook;
  }();
  return rulebook;
}

Date Day(std::string_view iso) {
  return *Date::Parse(iso);
}

CoverageFacts Facts(std::string_view date, SizeClass size = common::v1::SIZE_CLASS_MEDIUM,
                    std::string region = "32") {
  return {.size_class = size, .region = std::move(region), .terms_date = Day(date), .granted_on = Day(date)};
}

void Agree(Phases& phases, const std::string& phase, int half_days, int64_t day_rate_cents = 0) {
  v1::AgreedPhase& agreed = *phases.Add();
  agreed.set_phase(phase);
  agreed.set_half_days(half_days);
  if (day_rate_cents != 0) agreed.mutable_day_rate()->set_cents(day_rate_cents);
}

Phases One(const std::string& phase, int half_days, int64_t day_rate_cents = 0) {
  Phases phases;
  Agree(phases, phase, half_days, day_rate_cents);
  return phases;
}

std::vector<v1::CoverageLine> Lines(const programme::v1::Rulebook& rulebook, const CoverageFacts& facts,
                                    const Phases& phases) {
  CoverageOutcome outcome = ComputeCoverage(rulebook, facts, phases);
  if (const auto* refusal = std::get_if<CoverageRefusal>(&outcome)) {
    ADD_FAILURE() << common::v1::Reason_Name(refusal->reason);
    return std::vector<v1::CoverageLine>(static_cast<size_t>(phases.size()));
  }
  return std::get<0>(outcome);
}

CoverageRefusal Refusal(const programme::v1::Rulebook& rulebook, const CoverageFacts& facts,
                        const Phases& phases) {
  CoverageOutcome outcome = ComputeCoverage(rulebook, facts, phases);
  if (auto* refusal = std::get_if<CoverageRefusal>(&outcome)) return *refusal;
  ADD_FAILURE() << "was covered";
  return {};
}

// "cost = funder share + … + company", in cents.
std::string Told(const v1::CoverageLine& line) {
  std::string text = std::to_string(line.cost().cents()) + " =";
  for (const v1::Share& share : line.shares())
    text += " " + share.funder() + " " + std::to_string(share.amount().cents()) + " +";
  return text + " company " + std::to_string(line.company().cents());
}

std::string Diagnosis(std::string_view date, int half_days, SizeClass size = common::v1::SIZE_CLASS_MEDIUM) {
  return Told(Lines(Founding(), Facts(date, size), One("diagnosis", half_days))[0]);
}

bool DiagnosisHasNoTariff(std::string_view date, int half_days) {
  return Refusal(Founding(), Facts(date), One("diagnosis", half_days)).reason == common::v1::REASON_NO_TARIFF;
}

std::string Accompaniment(int half_days, int64_t day_rate, const std::string& region = "32") {
  return Told(Lines(Founding(), Facts("2025-03-10", common::v1::SIZE_CLASS_MEDIUM, region),
                    One("accompaniment", half_days, day_rate))[0]);
}

TEST(FoundingProgramme, CoversTheWorkedCaseToTheCent) {
  Phases phases;
  Agree(phases, "diagnosis", 20);
  Agree(phases, "accompaniment", 80, 1'300'00);
  const auto lines = Lines(Founding(), Facts("2025-03-10"), phases);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(Told(lines[0]), "1300000 = bpifrance 550000 + company 750000");
  EXPECT_EQ(Told(lines[1]), "5200000 = bpifrance 2600000 + region-hdf 1560000 + company 1040000");
  EXPECT_EQ(lines[0].phase(), "diagnosis");
  EXPECT_EQ(lines[1].half_days(), 80);
}

TEST(FoundingProgramme, LeavesTheDiagnosisAtItsPublishedRemainingChargeUntilTheEndOf2025) {
  EXPECT_EQ(Diagnosis("2025-12-31", 20), "1300000 = bpifrance 550000 + company 750000");
  EXPECT_EQ(Diagnosis("2025-12-31", 20, common::v1::SIZE_CLASS_ETI),
            "1300000 = bpifrance 550000 + company 750000");
}

TEST(FoundingProgramme, CoversAQuarterOfTheDiagnosisOfAPmeFrom2026) {
  for (const SizeClass size :
       {common::v1::SIZE_CLASS_MICRO, common::v1::SIZE_CLASS_SMALL, common::v1::SIZE_CLASS_MEDIUM}) {
    EXPECT_EQ(Diagnosis("2026-01-01", 20, size), "1000000 = bpifrance 250000 + company 750000");
    EXPECT_EQ(Diagnosis("2026-06-16", 16, size), "1000000 = bpifrance 250000 + company 750000");
  }
}

TEST(FoundingProgramme, CoversNothingOfTheDiagnosisOfAnEtiFrom2026UntilJune) {
  EXPECT_EQ(Diagnosis("2026-01-01", 20, common::v1::SIZE_CLASS_ETI), "1000000 = company 1000000");
  EXPECT_EQ(Diagnosis("2026-06-16", 20, common::v1::SIZE_CLASS_ETI), "1000000 = company 1000000");
}

TEST(FoundingProgramme, CoversFortyPercentOfTheDiagnosisFrom17June2026WhateverTheSize) {
  for (const SizeClass size : {common::v1::SIZE_CLASS_SMALL, common::v1::SIZE_CLASS_ETI})
    EXPECT_EQ(Diagnosis("2026-06-17", 16, size), "1000000 = bpifrance 400000 + company 600000");
}

TEST(FoundingProgramme, SellsTheDiagnosisForItsPublishedNumberOfDaysOnly) {
  EXPECT_TRUE(DiagnosisHasNoTariff("2025-12-31", 19));
  EXPECT_TRUE(DiagnosisHasNoTariff("2025-12-31", 16));
  EXPECT_TRUE(DiagnosisHasNoTariff("2025-12-31", 21));
  EXPECT_TRUE(DiagnosisHasNoTariff("2026-01-01", 15));
  EXPECT_TRUE(DiagnosisHasNoTariff("2026-06-16", 21));
  EXPECT_TRUE(DiagnosisHasNoTariff("2026-06-17", 20));
}

TEST(FoundingProgramme, StopsBpifranceAtThirtyThousandEuros) {
  EXPECT_EQ(Accompaniment(100, 1'300'00),
            "6500000 = bpifrance 3000000 + region-hdf 1950000 + company 1550000");
  EXPECT_EQ(Accompaniment(92, 1'300'00),
            "5980000 = bpifrance 2990000 + region-hdf 1794000 + company 1196000");
  EXPECT_EQ(Accompaniment(93, 1'300'00),
            "6045000 = bpifrance 3000000 + region-hdf 1813500 + company 1231500");
}

TEST(FoundingProgramme, PaysForTheRegionInTheRegionOnly) {
  EXPECT_EQ(Accompaniment(2, 1'000'00, "11"), "100000 = bpifrance 50000 + company 50000");
  EXPECT_EQ(Accompaniment(2, 1'000'00, ""), "100000 = bpifrance 50000 + company 50000");
}

TEST(FoundingProgramme, NeverPaysMoreThanEightyPercentToTheCent) {
  // 50 % and 30 % of 1.15 are 0.58 and 0.35 rounded: a cent over 80 %, which the last funder gives up.
  EXPECT_EQ(Accompaniment(1, 2'30), "115 = bpifrance 58 + region-hdf 34 + company 23");
}

TEST(FoundingProgramme, AccompaniesFromDecember2023) {
  EXPECT_EQ(Refusal(Founding(), Facts("2023-11-30"), One("accompaniment", 2, 1'000'00)).reason,
            common::v1::REASON_NO_TARIFF);
  EXPECT_EQ(Told(Lines(Founding(), Facts("2023-12-01"), One("accompaniment", 2, 1'000'00))[0]),
            "100000 = bpifrance 50000 + region-hdf 30000 + company 20000");
}

TEST(FoundingProgramme, CapsTheDayRate) {
  EXPECT_EQ(Accompaniment(1, 1'300'00), "65000 = bpifrance 32500 + region-hdf 19500 + company 13000");
  const CoverageRefusal refusal = Refusal(Founding(), Facts("2025-03-10"), One("accompaniment", 1, 1'300'01));
  EXPECT_EQ(refusal.reason, common::v1::REASON_DAY_RATE_OVER_CAP);
  EXPECT_EQ(refusal.metadata.at("cap"), "1300.00 EUR");
  EXPECT_EQ(refusal.metadata.at("phase"), "accompaniment");
}

TEST(Coverage, RefusesWhatIsNoPhaseToCharge) {
  for (const std::string phase : {"awareness", "e-learning", "self-diagnosis", "nothing"}) {
    const CoverageRefusal refusal = Refusal(Founding(), Facts("2025-03-10"), One(phase, 2, 100));
    EXPECT_EQ(refusal.reason, common::v1::REASON_PHASE_NOT_FOUND);
    EXPECT_EQ(refusal.metadata.at("phase"), phase);
  }
}

TEST(Coverage, NamesEveryPhaseThatIsNone) {
  Phases phases = One("nowhere", 2);
  Agree(phases, "accompaniment", 2, 100);
  Agree(phases, "neither", 2);
  const CoverageRefusal refusal = Refusal(Founding(), Facts("2025-03-10"), phases);
  EXPECT_EQ(refusal.reason, common::v1::REASON_PHASE_NOT_FOUND);
  EXPECT_EQ(refusal.metadata.at("phase"), "nowhere, neither");
}

TEST(Coverage, RefusesAWrongRequestBeforeAllElse) {
  const auto violations = [](const Phases& phases) {
    const CoverageRefusal refusal = Refusal(Founding(), Facts("2025-03-10"), phases);
    EXPECT_EQ(refusal.reason, common::v1::REASON_INVALID_REQUEST);
    return refusal.metadata.contains("violations") ? refusal.metadata.at("violations") : "";
  };
  Phases twice = One("nothing", 2);
  Agree(twice, "nothing", 2);
  EXPECT_EQ(violations(twice), "phases[1].phase");
  EXPECT_EQ(violations(One("nothing", 0)), "phases[0].half_days");
  EXPECT_EQ(violations(One("nothing", 1'001)), "phases[0].half_days");
  EXPECT_EQ(violations(One("nothing", 1, -1)), "phases[0].day_rate");
  EXPECT_EQ(violations(One("nothing", 1, 10'000'01)), "phases[0].day_rate");
  EXPECT_EQ(violations(One("accompaniment", 1)), "phases[0].day_rate");
}

TEST(Coverage, OfARulebookThatCannotHoldIsRefusedNotComputed) {
  const auto reason = [](auto change) {
    programme::v1::Rulebook rulebook = Founding();
    change(rulebook, *rulebook.mutable_phases(4)->mutable_tariffs(0));
    return Refusal(rulebook, Facts("2025-03-10"), One("accompaniment", 2, 1'000'00)).reason;
  };
  EXPECT_EQ(reason([](auto& rulebook, auto&) { rulebook.mutable_stack_cap()->set_denominator(0); }),
            common::v1::REASON_RULEBOOK_INVALID);
  EXPECT_EQ(
      reason([](auto&, auto& tariff) { tariff.mutable_coverage(0)->mutable_rate()->set_numerator(-1); }),
      common::v1::REASON_RULEBOOK_INVALID);
  EXPECT_EQ(reason([](auto&, auto& tariff) { tariff.mutable_coverage(0)->clear_rate(); }),
            common::v1::REASON_RULEBOOK_INVALID);
  EXPECT_EQ(reason([](auto&, auto& tariff) { tariff.mutable_coverage(0)->mutable_ceiling()->set_cents(-1); }),
            common::v1::REASON_RULEBOOK_INVALID);
}

TEST(Coverage, HoldsACeilingToTheCent) {
  for (const auto& [ceiling, share] : std::vector<std::pair<int64_t, int64_t>>{
           {499'99, 499'99}, {500'00, 500'00}, {500'01, 500'00}, {0, 0}}) {
    programme::v1::Rulebook rulebook = Founding();
    rulebook.mutable_phases(4)->mutable_tariffs(0)->mutable_coverage(0)->mutable_ceiling()->set_cents(
        ceiling);
    const v1::CoverageLine line = Lines(rulebook, Facts("2025-03-10", common::v1::SIZE_CLASS_MEDIUM, "11"),
                                        One("accompaniment", 2, 1'000'00))[0];
    EXPECT_EQ(line.company().cents(), 1'000'00 - share) << ceiling;
  }
}

TEST(Coverage, TracesWhatEachRuleTook) {
  const v1::CoverageLine line =
      Lines(Founding(), Facts("2025-03-10"), One("accompaniment", 100, 1'300'00))[0];
  std::vector<std::string> rules;
  int64_t taken = 0;
  for (const v1::TraceStep& step : line.trace()) {
    rules.push_back(step.rule());
    taken += step.taken().cents();
    EXPECT_THAT(step.text_fr(), testing::Not(IsEmpty()));
    EXPECT_THAT(step.text_en(), testing::Not(IsEmpty()));
  }
  EXPECT_THAT(rules, ElementsAre("tariff", "price", "rate", "ceiling", "rate", "company"));
  EXPECT_EQ(taken, 2'500'00);  // 50 % of 65,000 is 32,500; the ceiling takes the rest
  EXPECT_THAT(line.trace(3).text_en(), HasSubstr("capped at €30,000.00, that is €2,500.00 less"));
}

TEST(Coverage, TracesWhyAFunderPaysNothing) {
  const v1::CoverageLine line = Lines(Founding(), Facts("2025-03-10", common::v1::SIZE_CLASS_MEDIUM, "11"),
                                      One("accompaniment", 2, 1'000'00))[0];
  EXPECT_THAT(line.trace(3).text_en(), HasSubstr("region-hdf: nothing for a medium enterprise of region 11"));
}

// ---- The running total.

Split Agreed(int64_t cost, std::vector<int64_t> shares) {
  Split split{Cents(cost), {}, Cents(cost)};
  for (const int64_t share : shares) {
    split.shares.push_back(Cents(share));
    split.company -= Cents(share);
  }
  return split;
}

Split Charge(const Split& agreed, int64_t n) {
  Split charged{Cents(0), std::vector<Cents>(agreed.shares.size()), Cents(0)};
  for (int64_t k = 1; k <= n; ++k) {
    const Split half_day = SplitHalfDay(agreed, k, n, charged);
    charged.cost += half_day.cost;
    charged.company += half_day.company;
    for (size_t i = 0; i < agreed.shares.size(); ++i) charged.shares[i] += half_day.shares[i];
  }
  return charged;
}

TEST(RunningTotal, OfTheWorkedCaseAddsUpToWhatWasAgreed) {
  const Split diagnosis = Agreed(13'000'00, {5'500'00});
  EXPECT_EQ(Charge(diagnosis, 20), diagnosis);
  const Split accompaniment = Agreed(52'000'00, {26'000'00, 15'600'00});
  EXPECT_EQ(Charge(accompaniment, 80), accompaniment);
}

TEST(RunningTotal, GivesEachHalfDayItsPartToTheNearestCent) {
  const Split agreed = Agreed(100, {0});
  Split charged = Agreed(0, {0});
  EXPECT_EQ(SplitHalfDay(agreed, 1, 3, charged).cost, Cents(33));
  charged.cost = charged.company = Cents(33);
  EXPECT_EQ(SplitHalfDay(agreed, 2, 3, charged).cost, Cents(34));
  charged.cost = charged.company = Cents(67);
  EXPECT_EQ(SplitHalfDay(agreed, 3, 3, charged).cost, Cents(33));
}

TEST(RunningTotal, OfTwoFundersWhoPayAllLeavesTheCompanyNothingNegative) {
  const Split agreed = Agreed(101, {51, 50});
  EXPECT_EQ(Charge(agreed, 100), agreed);
}

}  // namespace
}  // namespace jalon::funding
