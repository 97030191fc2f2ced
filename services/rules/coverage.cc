#include "rules/coverage.h"

#include <utility>

#include "rules/compiled_rulebook.h"
#include "rules/coverage_trace.h"
#include "rules/decision.h"

namespace jalon::rules {
namespace {

std::optional<int64_t> Known(bool has, int64_t value) {
  return has ? std::optional(value) : std::nullopt;
}

}  // namespace

CoverageOutcome ComputeCoverage(const programme::v1::Rulebook& rulebook, const CoverageFacts& facts,
                                const AgreedPhases& agreed) {
  const CompiledRulebook compiled(rulebook);
  Decision decision;
  if (auto refusal = Decide(compiled, facts, agreed, &decision)) return *std::move(refusal);
  return RenderLines(compiled, facts, decision);
}

funding::v1::CaseFacts StoredFacts(const CoverageFacts& facts) {
  funding::v1::CaseFacts stored;
  stored.set_size_class(facts.size_class);
  stored.set_region(facts.region);
  if (facts.headcount_hundredths) stored.set_headcount_hundredths(*facts.headcount_hundredths);
  if (facts.site_headcount_hundredths) stored.set_site_headcount_hundredths(*facts.site_headcount_hundredths);
  if (facts.group_headcount_hundredths)
    stored.set_group_headcount_hundredths(*facts.group_headcount_hundredths);
  stored.set_created_on(facts.created_on);
  for (const std::string& status : facts.statuses) stored.add_statuses(status);
  stored.set_granted_on(facts.granted_on.ToIso());
  for (const EarlierAid& earlier : facts.earlier_aid) {
    funding::v1::PriorAid& aid = *stored.add_earlier_aid();
    aid.set_granted_on(earlier.granted_on.ToIso());
    aid.mutable_amount()->set_cents(earlier.amount.value());
    aid.mutable_amount()->set_currency("EUR");
    aid.set_phase(earlier.phase);
    aid.set_funder(earlier.funder);
  }
  for (const std::string& phase : facts.phases_done) stored.add_phases_done(phase);
  return stored;
}

std::optional<CoverageFacts> FactsOf(const funding::v1::Quote& quote) {
  const funding::v1::CaseFacts& stored = quote.facts();
  const std::optional<Date> terms_date = Date::Parse(quote.terms_date());
  const std::optional<Date> granted_on = Date::Parse(stored.granted_on());
  if (!terms_date || !granted_on) return std::nullopt;
  CoverageFacts facts{
      .size_class = stored.size_class(),
      .region = stored.region(),
      .headcount_hundredths = Known(stored.has_headcount_hundredths(), stored.headcount_hundredths()),
      .site_headcount_hundredths =
          Known(stored.has_site_headcount_hundredths(), stored.site_headcount_hundredths()),
      .group_headcount_hundredths =
          Known(stored.has_group_headcount_hundredths(), stored.group_headcount_hundredths()),
      .created_on = stored.created_on(),
      .statuses = {stored.statuses().begin(), stored.statuses().end()},
      .terms_date = *terms_date,
      .granted_on = *granted_on,
      .earlier_aid = {},
      .phases_done = {stored.phases_done().begin(), stored.phases_done().end()}};
  for (const funding::v1::PriorAid& aid : stored.earlier_aid()) {
    const std::optional<Date> day = Date::Parse(aid.granted_on());
    const std::optional<Cents> amount = Cents::FromUntrusted(aid.amount().cents());
    if (!day || !amount) return std::nullopt;
    facts.earlier_aid.push_back({*day, *amount, aid.phase(), aid.funder()});
  }
  return facts;
}

AgreedPhases AgreedPhasesOf(const funding::v1::Quote& quote) {
  AgreedPhases agreed;
  for (const funding::v1::CoverageLine& line : quote.lines()) {
    funding::v1::AgreedPhase& phase = *agreed.Add();
    phase.set_phase(line.phase());
    phase.set_half_days(line.half_days());
    if (line.has_day_rate()) *phase.mutable_day_rate() = line.day_rate();
    // Where the price was not by the day it is the cost, whether the rulebook fixed it or the parties did.
    if (!line.has_day_rate()) *phase.mutable_price() = line.cost();
  }
  return agreed;
}

}  // namespace jalon::rules
