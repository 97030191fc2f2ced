#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/checked.h"
#include "rules/coverage.h"
#include "tests/support/running_total.h"

namespace jalon::funding {
namespace {

using namespace jalon::rules;

using test::LineAmount;
using test::Split;
using test::SplitHalfDay;

using internal::Int128;

// RC_ASSERT takes expressions apart, and with them && and || lose their short circuit: those stand in double
// parentheses below.

const std::vector<std::string> kFunders = {"a", "b", "c", "d"};
const std::vector<std::string> kRegions = {"11", "32", "93"};

template <typename Enum>
Enum AnySize() {
  return static_cast<Enum>(*rc::gen::inRange(1, 6));
}

// Cents of every magnitude a rulebook may name; often so few that limits are met exactly and missed by one.
int64_t AnyCents(int64_t most) {
  return *rc::gen::oneOf(rc::gen::inRange<int64_t>(0, 20), rc::gen::inRange<int64_t>(0, 1'000),
                         rc::gen::inRange<int64_t>(0, most + 1));
}

void FillRate(common::v1::Rate* rate) {
  const int64_t denominator = *rc::gen::oneOf(rc::gen::just<int64_t>(100), rc::gen::just<int64_t>(10'000),
                                              rc::gen::inRange<int64_t>(1, 1'000'000'000'000));
  rate->set_denominator(denominator);
  rate->set_numerator(*rc::gen::inRange<int64_t>(0, denominator + 1));
}

programme::v1::Coverage AnyCoverage() {
  programme::v1::Coverage coverage;
  coverage.set_funder(*rc::gen::elementOf(kFunders));
  if (*rc::gen::inRange(0, 3) == 0) coverage.mutable_scope()->add_regions(*rc::gen::elementOf(kRegions));
  if (*rc::gen::inRange(0, 3) == 0)
    coverage.mutable_scope()->add_size_classes(AnySize<common::v1::SizeClass>());
  if (*rc::gen::inRange(0, 4) == 0) {
    coverage.mutable_remaining_charge()->set_cents(AnyCents(100'000'00));
  } else {
    FillRate(coverage.mutable_rate());
  }
  if (*rc::gen::inRange(0, 3) == 0) coverage.mutable_ceiling()->set_cents(AnyCents(100'000'00));
  return coverage;
}

// A rulebook of one phase, whatever it says.
programme::v1::Rulebook AnyRulebook() {
  programme::v1::Rulebook rulebook;
  rulebook.set_programme("p");
  FillRate(rulebook.mutable_stack_cap());
  for (const std::string& funder : kFunders) rulebook.add_funders(funder);
  programme::v1::Phase& phase = *rulebook.add_phases();
  phase.set_code("phase");
  phase.set_chargeable(true);
  programme::v1::Tariff& tariff = *phase.add_tariffs();
  if (*rc::gen::arbitrary<bool>()) {
    tariff.mutable_fixed_price()->set_cents(AnyCents(100'000'000'00));
  } else {
    tariff.mutable_max_day_rate()->set_cents(10'000'00);
  }
  const int coverages = *rc::gen::inRange(0, 7);
  for (int i = 0; i < coverages; ++i) *tariff.add_coverage() = AnyCoverage();
  return rulebook;
}

struct Case {
  programme::v1::Rulebook rulebook;
  CoverageFacts facts;
  int half_days;
  int64_t day_rate;
};

Case AnyCase() {
  return {AnyRulebook(),
          {.size_class = AnySize<common::v1::SizeClass>(),
           .region = *rc::gen::elementOf(kRegions),
           .terms_date = *Date::Parse("2025-03-10"),
           .granted_on = *Date::Parse("2025-03-10")},
          *rc::gen::inRange(1, 1'001),
          AnyCents(10'000'00)};
}

v1::CoverageLine Compute(const Case& c) {
  google::protobuf::RepeatedPtrField<v1::AgreedPhase> phases;
  v1::AgreedPhase& agreed = *phases.Add();
  agreed.set_phase("phase");
  agreed.set_half_days(c.half_days);
  agreed.mutable_day_rate()->set_cents(c.day_rate);
  const CoverageOutcome outcome = ComputeCoverage(c.rulebook, c.facts, phases);
  RC_ASSERT(std::holds_alternative<std::vector<v1::CoverageLine>>(outcome));
  return std::get<0>(outcome).at(0);
}

int64_t AidOf(const v1::CoverageLine& line) {
  int64_t aid = 0;
  for (const v1::Share& share : line.shares()) aid += share.amount().cents();
  return aid;
}

// ---- The oracle: written apart from the code under test, from the rules as coverage.h states them. It keeps
// running sums of aid and holds each under the cap, instead of cutting funders from the last.

int64_t Nearest(int64_t amount, int64_t numerator, int64_t denominator) {
  const Int128 product = Int128{amount} * numerator;
  const Int128 whole = product / denominator;
  const Int128 rest = product % denominator;
  return static_cast<int64_t>(rest >= denominator - rest ? whole + 1 : whole);
}

template <typename Values, typename Value>
bool Allows(const Values& values, const Value& value) {
  return values.empty() || std::count(values.begin(), values.end(), value) > 0;
}

std::vector<std::pair<std::string, int64_t>> ExpectedShares(const Case& c, int64_t* cost) {
  const programme::v1::Tariff& tariff = c.rulebook.phases(0).tariffs(0);
  *cost = tariff.has_fixed_price() ? tariff.fixed_price().cents() : (c.day_rate * c.half_days + 1) / 2;
  const auto& cap = c.rulebook.stack_cap();
  const auto most = static_cast<int64_t>(Int128{*cost} * cap.numerator() / cap.denominator());

  std::vector<std::pair<std::string, int64_t>> shares;
  int64_t uncapped = 0, given = 0;
  for (const std::string& funder : c.rulebook.funders()) {
    for (const programme::v1::Coverage& coverage : tariff.coverage()) {
      if (coverage.funder() != funder || !Allows(coverage.scope().regions(), c.facts.region) ||
          !Allows(coverage.scope().size_classes(), static_cast<int>(c.facts.size_class))) {
        continue;
      }
      int64_t aid = coverage.has_rate()
                        ? Nearest(*cost, coverage.rate().numerator(), coverage.rate().denominator())
                        : *cost - uncapped - coverage.remaining_charge().cents();
      if (aid < 0) aid = 0;
      if (coverage.has_ceiling() && aid > coverage.ceiling().cents()) aid = coverage.ceiling().cents();
      uncapped += aid;
      const int64_t total = uncapped < most ? uncapped : most;
      if (total > given) shares.emplace_back(funder, total - given);
      given = total;
      break;
    }
  }
  return shares;
}

RC_GTEST_PROP(CoverageProperty, IsWhatTheOracleSays, ()) {
  const Case c = AnyCase();
  int64_t cost = 0;
  const auto expected = ExpectedShares(c, &cost);
  const v1::CoverageLine line = Compute(c);
  RC_ASSERT(line.cost().cents() == cost);
  std::vector<std::pair<std::string, int64_t>> shares;
  for (const v1::Share& share : line.shares()) shares.emplace_back(share.funder(), share.amount().cents());
  RC_ASSERT(shares == expected);
}

// Laws 4 and 5.
RC_GTEST_PROP(CoverageProperty, AddsUpToTheCostAndStaysUnderTheCapAndLeavesTheCompanyNothingNegative, ()) {
  const Case c = AnyCase();
  const v1::CoverageLine line = Compute(c);
  const int64_t aid = AidOf(line);
  RC_ASSERT(aid + line.company().cents() == line.cost().cents());
  RC_ASSERT(line.company().cents() >= 0);
  const auto& cap = c.rulebook.stack_cap();
  RC_ASSERT((Int128{aid} * cap.denominator() <= Int128{line.cost().cents()} * cap.numerator()));
  for (const v1::Share& share : line.shares()) RC_ASSERT(share.amount().cents() > 0);
}

RC_GTEST_PROP(CoverageProperty, KeepsEveryFunderUnderItsCeiling, ()) {
  const Case c = AnyCase();
  const v1::CoverageLine line = Compute(c);
  for (const v1::Share& share : line.shares()) {
    int64_t most = -1;
    for (const auto& coverage : c.rulebook.phases(0).tariffs(0).coverage()) {
      const bool counts = coverage.funder() == share.funder() &&
                          Allows(coverage.scope().regions(), c.facts.region) &&
                          Allows(coverage.scope().size_classes(), static_cast<int>(c.facts.size_class));
      if (!counts) continue;
      most = coverage.has_ceiling() ? coverage.ceiling().cents() : INT64_MAX;
      break;
    }
    RC_ASSERT(share.amount().cents() <= most);
  }
}

RC_GTEST_PROP(CoverageProperty, NeverGivesLessForMoreDaysOrADearerDay, ()) {
  const Case c = AnyCase();
  Case more = c;
  more.half_days = *rc::gen::inRange(c.half_days, 1'001);
  more.day_rate = *rc::gen::inRange<int64_t>(c.day_rate, 10'000'01);
  RC_ASSERT(AidOf(Compute(more)) >= AidOf(Compute(c)));
}

RC_GTEST_PROP(CoverageProperty, NeverGivesLessUnderAHigherCap, ()) {
  const Case c = AnyCase();
  Case more = c;
  more.rulebook.mutable_stack_cap()->set_numerator(*rc::gen::inRange<int64_t>(
      c.rulebook.stack_cap().numerator(), c.rulebook.stack_cap().denominator() + 1));
  RC_ASSERT(AidOf(Compute(more)) >= AidOf(Compute(c)));
}

RC_GTEST_PROP(CoverageProperty, LeavesAPublishedRemainingChargeWithinTheCap, ()) {
  Case c = AnyCase();
  programme::v1::Tariff& tariff = *c.rulebook.mutable_phases(0)->mutable_tariffs(0);
  const int64_t price = AnyCents(100'000'000'00);
  const auto& cap = c.rulebook.stack_cap();
  const auto most = static_cast<int64_t>(Int128{price} * cap.numerator() / cap.denominator());
  const int64_t charge = *rc::gen::inRange<int64_t>(price - most, price + 1);
  tariff.mutable_fixed_price()->set_cents(price);
  tariff.clear_coverage();
  programme::v1::Coverage& coverage = *tariff.add_coverage();
  coverage.set_funder("a");
  coverage.mutable_remaining_charge()->set_cents(charge);
  RC_ASSERT(Compute(c).company().cents() == charge);
}

RC_GTEST_PROP(CoverageProperty, OfADateOutsideTheTariffIsRefused, ()) {
  Case c = AnyCase();
  programme::v1::Tariff& tariff = *c.rulebook.mutable_phases(0)->mutable_tariffs(0);
  const Date from = *Date::Parse("2026-01-01"), until = *Date::Parse("2026-06-16");
  tariff.set_valid_from(from.ToIso());
  tariff.set_valid_until(until.ToIso());
  c.facts.terms_date = from.AddDays(*rc::gen::inRange(-400, 800));
  const bool inside = from <= c.facts.terms_date && c.facts.terms_date <= until;
  google::protobuf::RepeatedPtrField<v1::AgreedPhase> phases;
  phases.Add()->set_phase("phase");
  phases[0].set_half_days(1);
  phases[0].mutable_day_rate()->set_cents(1);
  const CoverageOutcome outcome = ComputeCoverage(c.rulebook, c.facts, phases);
  if (inside) {
    RC_ASSERT(outcome.index() == 0u);
  } else {
    RC_ASSERT(std::get<1>(outcome).reason == common::v1::REASON_NO_TARIFF);
  }
}

// ---- The running total.

Split AnyAgreed() {
  Split agreed{
      Cents(*rc::gen::oneOf(rc::gen::inRange<int64_t>(0, 300), rc::gen::inRange<int64_t>(0, 10'000'000))),
      {},
      Cents(0)};
  Cents left = agreed.cost;
  const int funders = *rc::gen::inRange(0, 4);
  for (int i = 0; i < funders; ++i) {
    agreed.shares.push_back(Cents(*rc::gen::inRange<int64_t>(0, left.value() + 1)));
    left -= agreed.shares.back();
  }
  agreed.company = left;
  // Often the funders bear all of it, where the rounding cent has nowhere easy to go.
  if (funders > 0 && *rc::gen::arbitrary<bool>()) {
    agreed.shares.back() += left;
    agreed.company = Cents(0);
  }
  return agreed;
}

Split Nothing(size_t funders) {
  return {Cents(0), std::vector<Cents>(funders), Cents(0)};
}

void Add(Split& total, const Split& part, int sign) {
  total.cost += part.cost * sign;
  total.company += part.company * sign;
  for (size_t i = 0; i < part.shares.size(); ++i) total.shares[i] += part.shares[i] * sign;
}

void CheckHalfDay(const Split& half_day, const Split& agreed, const Split& charged) {
  Cents sum = half_day.company;
  RC_ASSERT(half_day.company >= Cents(0));
  RC_ASSERT(charged.company + half_day.company <= agreed.company);
  for (size_t i = 0; i < half_day.shares.size(); ++i) {
    sum += half_day.shares[i];
    RC_ASSERT(half_day.shares[i] >= Cents(0));
    RC_ASSERT(charged.shares[i] + half_day.shares[i] <= agreed.shares[i]);
  }
  RC_ASSERT(sum == half_day.cost);
}

RC_GTEST_PROP(RunningTotalProperty, AddsUpToWhatWasAgreed, ()) {
  const Split agreed = AnyAgreed();
  const int64_t n = *rc::gen::inRange<int64_t>(1, 121);
  Split charged = Nothing(agreed.shares.size());
  for (int64_t k = 1; k <= n; ++k) {
    const Split half_day = SplitHalfDay(agreed, k, n, charged);
    CheckHalfDay(half_day, agreed, charged);
    Add(charged, half_day, 1);
    // The cost never strays a cent from its exact part.
    RC_ASSERT((2 * n * charged.cost.value() <= 2 * k * agreed.cost.value() + n));
    RC_ASSERT((2 * n * charged.cost.value() >= 2 * k * agreed.cost.value() - n));
  }
  RC_ASSERT(charged == agreed);
}

RC_GTEST_PROP(RunningTotalProperty, AddsUpAgainAfterReversals, ()) {
  const Split agreed = AnyAgreed();
  const int64_t n = *rc::gen::inRange<int64_t>(1, 61);
  Split charged = Nothing(agreed.shares.size());
  std::vector<Split> standing;
  int reversals_left = *rc::gen::inRange(0, 30);
  while (static_cast<int64_t>(standing.size()) < n) {
    if (reversals_left > 0 && !standing.empty() && *rc::gen::arbitrary<bool>()) {
      --reversals_left;
      const auto which = *rc::gen::inRange<size_t>(0, standing.size());
      Add(charged, standing[which], -1);
      standing.erase(standing.begin() + static_cast<std::ptrdiff_t>(which));
      continue;
    }
    const Split half_day = SplitHalfDay(agreed, static_cast<int64_t>(standing.size()) + 1, n, charged);
    CheckHalfDay(half_day, agreed, charged);
    Add(charged, half_day, 1);
    standing.push_back(half_day);
  }
  RC_ASSERT(charged == agreed);
}

}  // namespace
}  // namespace jalon::funding
