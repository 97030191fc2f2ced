#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/checked.h"
#include "rules/running_total.h"
#include "tests/support/coverage_cases.h"
#include "tests/support/running_total.h"

// What must hold of any rulebook and any case, over the whole language.
namespace jalon::rules {
namespace {

using funding::v1::CoverageLine;
using internal::Int128;
using programme::v1::Rulebook;
using test::CoverageCase;
using test::CoverageCases;
using test::InWords;

using Lines = std::vector<CoverageLine>;

CoverageCases AnyDraw() {
  return CoverageCases(*rc::gen::arbitrary<uint64_t>());
}

// The lines, or none where the case is refused.
Lines LinesOf(const Rulebook& rulebook, const CoverageCase& c) {
  CoverageOutcome outcome = ComputeCoverage(rulebook, c.facts, c.agreed);
  if (std::holds_alternative<CoverageRefusal>(outcome)) return {};
  return std::get<Lines>(std::move(outcome));
}

int64_t AidOf(const CoverageLine& line) {
  int64_t aid = 0;
  for (const funding::v1::Share& share : line.shares()) aid += share.amount().cents();
  return aid;
}

int64_t AidOf(const Lines& lines) {
  int64_t aid = 0;
  for (const CoverageLine& line : lines) aid += AidOf(line);
  return aid;
}

int64_t CompanyOf(const Lines& lines) {
  int64_t company = 0;
  for (const CoverageLine& line : lines) company += line.company().cents();
  return company;
}

// Laws 4 and 5.
RC_GTEST_PROP(CoverageLaws, SharesAndCompanyMakeTheCostAndAidStaysUnderTheCapOfTheEligibleCost, ()) {
  CoverageCases draw = AnyDraw();
  const Rulebook rulebook = draw.Rulebook();
  for (const CoverageLine& line : LinesOf(rulebook, draw.Case(rulebook))) {
    const int64_t aid = AidOf(line), eligible = line.eligible_cost().cents();
    RC_ASSERT(aid + line.company().cents() == line.cost().cents());
    RC_ASSERT(line.company().cents() >= 0);
    RC_ASSERT(eligible <= line.cost().cents());
    RC_ASSERT(
        (Int128{aid} * line.stack_cap().denominator() <= Int128{eligible} * line.stack_cap().numerator()));
    for (const funding::v1::Share& share : line.shares()) RC_ASSERT(share.amount().cents() > 0);
  }
}

RC_GTEST_PROP(CoverageLaws, OfACompanyWithoutEarlierAidStayUnderEachOfItsCeilings, ()) {
  CoverageCases draw = AnyDraw();
  const Rulebook rulebook = draw.Rulebook();
  CoverageCase c = draw.Case(rulebook);
  c.facts.earlier_aid.clear();
  const Lines lines = LinesOf(rulebook, c);
  for (const programme::v1::CompanyCeiling& ceiling : rulebook.company_ceilings()) {
    const auto counts = [](const auto& named, const std::string& name) {
      return named.empty() || std::find(named.begin(), named.end(), name) != named.end();
    };
    int64_t aid = 0;
    for (const CoverageLine& line : lines)
      for (const funding::v1::Share& share : line.shares())
        if (counts(ceiling.phases(), line.phase()) && counts(ceiling.funders(), share.funder()))
          aid += share.amount().cents();
    RC_ASSERT(aid <= ceiling.ceiling().cents());
  }
}

// What the trace says was taken, and what stands after each step, is what happened.
RC_GTEST_PROP(CoverageLaws, TheTraceAddsUpToTheShares, ()) {
  CoverageCases draw = AnyDraw();
  const Rulebook rulebook = draw.Rulebook();
  for (const CoverageLine& line : LinesOf(rulebook, draw.Case(rulebook))) {
    int64_t given = 0, taken = 0;
    for (const funding::v1::TraceStep& step : line.trace()) {
      const bool gives = step.rule() == "rate" || step.rule() == "remaining-charge" ||
                         step.rule() == "flat-amount" || step.rule() == "amount-per-day";
      if (gives) given += step.amount().cents();
      taken += step.taken().cents();
    }
    RC_ASSERT(given - taken == AidOf(line));
    RC_ASSERT(line.trace().rbegin()->amount().cents() == line.company().cents());
  }
}

// ---- Monotony. A rulebook that gives more never gives a case less, unless it refuses the whole; nor where
// the company ceilings of two groups cross, for what one group has more may leave the other less.

void NestCompanyCeilings(Rulebook* rulebook) {
  for (programme::v1::CompanyCeiling& ceiling : *rulebook->mutable_company_ceilings())
    ceiling.clear_funders();  // of two for one phase or all, one holds the other or they are apart
}

void RaiseRate(CoverageCases* draw, common::v1::Rate* rate) {
  rate->set_numerator(rate->numerator() + draw->Draw(rate->denominator() - rate->numerator()));
}

void Raise(CoverageCases* draw, Rulebook* rulebook) {
  RaiseRate(draw, rulebook->mutable_stack_cap());
  for (programme::v1::CompanyCeiling& ceiling : *rulebook->mutable_company_ceilings())
    ceiling.mutable_ceiling()->set_cents(ceiling.ceiling().cents() + draw->Draw(1'000'000));
  for (programme::v1::Phase& phase : *rulebook->mutable_phases()) {
    for (programme::v1::Tariff& tariff : *phase.mutable_tariffs()) {
      if (tariff.has_stack_cap()) RaiseRate(draw, tariff.mutable_stack_cap());
      for (programme::v1::Coverage& coverage : *tariff.mutable_coverage()) {
        if (coverage.has_rate()) RaiseRate(draw, coverage.mutable_rate());
        if (coverage.has_ceiling())
          coverage.mutable_ceiling()->set_cents(coverage.ceiling().cents() + draw->Draw(1'000'000));
      }
    }
  }
}

RC_GTEST_PROP(CoverageLaws, AidNeverFallsWhenRatesCeilingsAndCapsRise, ()) {
  CoverageCases draw = AnyDraw();
  Rulebook rulebook = draw.Rulebook();
  NestCompanyCeilings(&rulebook);
  const CoverageCase c = draw.Case(rulebook);
  Rulebook more = rulebook;
  Raise(&draw, &more);
  const Lines before = LinesOf(rulebook, c), after = LinesOf(more, c);
  if (!before.empty() && !after.empty()) RC_ASSERT(AidOf(after) >= AidOf(before));
}

// Every price is agreed, so that it can rise, and nothing begins above a minimum.
void SellAtAgreedPrices(Rulebook* rulebook) {
  for (programme::v1::Phase& phase : *rulebook->mutable_phases()) {
    for (programme::v1::Tariff& tariff : *phase.mutable_tariffs()) {
      tariff.set_agreed_price(true);
      tariff.clear_min_cost();
    }
  }
}

// Why it holds. Aid is reckoned on the eligible cost e, which grows no faster than the price c. Rates, flat
// amounts, amounts per day and their ceilings are concave in e and nothing at 0; so is their sum B, and where
// it grows faster than e it is above e, hence above the cap: c − cap·e is then what the company pays, which
// never falls. Where it grows slower, c − B never falls. Whoever pays down to a published remaining charge r,
// last, with a ceiling m, leaves the company min(c − B, max(r, c − B − m)), which never falls either; company
// ceilings, one within the other or apart, leave it max(that, c − room). Two things break it, and are kept
// out: a smallest aided cost (min_cost: one euro more and aid begins), and a funder behind the one that bears
// a remaining charge, whose aid c − r − B is convex: the dearer, the more of the charge the next one takes.
// ParseRulebook refuses the latter. Shares are rounded one by one: with several funders a dearer price may
// round more of them up, a cent each.
RC_GTEST_PROP(CoverageLaws, TheCompanyNeverPaysLessForADearerPriceButForTheRoundingCents, ()) {
  CoverageCases draw = AnyDraw();
  Rulebook rulebook = draw.Rulebook();
  SellAtAgreedPrices(&rulebook);
  NestCompanyCeilings(&rulebook);
  const bool one_funder = draw.OneIn(2);
  if (one_funder) rulebook.mutable_funders()->DeleteSubrange(1, rulebook.funders_size() - 1);
  for (programme::v1::Phase& phase : *rulebook.mutable_phases()) {
    for (programme::v1::Tariff& tariff : *phase.mutable_tariffs()) {
      for (programme::v1::Coverage& coverage : *tariff.mutable_coverage()) {
        if (one_funder) {
          coverage.set_funder(rulebook.funders(0));
        } else if (coverage.has_remaining_charge() &&
                   coverage.funder() != rulebook.funders(rulebook.funders_size() - 1)) {
          coverage.mutable_rate()->set_numerator(1);
          coverage.mutable_rate()->set_denominator(3);
        }
      }
    }
  }
  const CoverageCase c = draw.Case(rulebook);
  CoverageCase dearer = c;
  for (funding::v1::AgreedPhase& phase : dearer.agreed)
    phase.mutable_price()->set_cents(phase.price().cents() + draw.Draw(draw.OneIn(2) ? 2 : 1'000'000));
  const Lines before = LinesOf(rulebook, c), after = LinesOf(rulebook, dearer);
  const auto cents = one_funder ? int64_t{0} : int64_t{rulebook.funders_size()} * c.agreed.size();
  if (!before.empty() && !after.empty()) RC_ASSERT(CompanyOf(after) + cents >= CompanyOf(before));
}

// ---- Order and replay.

RC_GTEST_PROP(CoverageLaws, TheOrderOfTariffsThatDoNotOverlapChangesNothing, ()) {
  CoverageCases draw = AnyDraw();
  Rulebook rulebook = draw.Rulebook();
  for (programme::v1::Phase& phase : *rulebook.mutable_phases()) {
    for (int i = 0; i < phase.tariffs_size(); ++i) {
      phase.mutable_tariffs(i)->set_valid_from(std::to_string(2023 + i) + "-01-01");
      phase.mutable_tariffs(i)->set_valid_until(std::to_string(2023 + i) + "-12-31");
    }
  }
  const CoverageCase c = draw.Case(rulebook);
  const std::string before = InWords(ComputeCoverage(rulebook, c.facts, c.agreed));
  for (programme::v1::Phase& phase : *rulebook.mutable_phases())
    for (int i = phase.tariffs_size() - 1; i > 0; --i)
      phase.mutable_tariffs()->SwapElements(i, static_cast<int>(draw.Draw(i)));
  RC_ASSERT(InWords(ComputeCoverage(rulebook, c.facts, c.agreed)) == before);
}

// A stored quote and its rulebook are enough to come to the same cents again, and to the same words.
RC_GTEST_PROP(CoverageLaws, AStoredDecisionCanBeComputedAgain, ()) {
  CoverageCases draw = AnyDraw();
  const Rulebook rulebook = draw.Rulebook();
  const CoverageCase c = draw.Case(rulebook);
  const Lines lines = LinesOf(rulebook, c);
  if (lines.empty()) return;
  funding::v1::Quote quote;
  quote.set_terms_date(c.facts.terms_date.ToIso());
  *quote.mutable_facts() = StoredFacts(c.facts);
  for (const CoverageLine& line : lines) *quote.add_lines() = line;

  funding::v1::Quote stored;
  RC_ASSERT(stored.ParseFromString(quote.SerializeAsString()));
  const std::optional<CoverageFacts> facts = FactsOf(stored);
  RC_ASSERT(facts.has_value());
  Rulebook kept;
  RC_ASSERT(kept.ParseFromString(rulebook.SerializeAsString()));
  const Lines again = LinesOf(kept, {*facts, AgreedPhasesOf(stored)});
  RC_ASSERT(again.size() == lines.size());
  for (size_t i = 0; i < lines.size(); ++i)
    RC_ASSERT(again[i].SerializeAsString() == lines[i].SerializeAsString());
}

// ---- What is charged by half-days.

RC_GTEST_PROP(CoverageLaws, ALineIsChargedOnTheRunningTotalToExactlyWhatWasAgreed, ()) {
  CoverageCases draw = AnyDraw();
  const Rulebook rulebook = draw.Rulebook();
  for (const CoverageLine& line : LinesOf(rulebook, draw.Case(rulebook))) {
    if (line.half_days() > 60) continue;
    test::Split agreed{
        .cost = Cents(line.cost().cents()), .shares = {}, .company = Cents(line.company().cents())};
    for (const auto& share : line.shares()) agreed.shares.push_back(Cents(share.amount().cents()));
    test::Split charged{.cost = {}, .shares = std::vector<Cents>(agreed.shares.size()), .company = {}};
    for (int k = 1; k <= line.half_days(); ++k) {
      const test::Split part = test::SplitHalfDay(agreed, k, line.half_days(), charged);
      charged.cost += part.cost;
      charged.company += part.company;
      for (size_t i = 0; i < part.shares.size(); ++i) charged.shares[i] += part.shares[i];
      const Charged engine = ChargedUpTo(line, k);
      RC_ASSERT(engine.cost == charged.cost);
      RC_ASSERT(engine.shares == charged.shares);
      RC_ASSERT(engine.company == charged.company);
    }
    RC_ASSERT(charged == agreed);
  }
}

}  // namespace
}  // namespace jalon::rules
