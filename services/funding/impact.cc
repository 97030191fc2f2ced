#include "funding/impact.h"

#include <algorithm>

#include "base/refusal.h"
#include "rules/coverage.h"

namespace jalon::funding {
namespace {

using programme::v1::FixingDate;
using programme::v1::Rulebook;

void SetEuros(int64_t cents, common::v1::Money* money) {
  money->set_cents(cents);
  money->set_currency("EUR");
}

// The date of a case that a rulebook names; empty: still to come.
const std::string& DateOf(const LiveCase& live, FixingDate which) {
  static const std::string none;
  switch (which) {
    case programme::v1::FIXING_DATE_APPLICATION:
      return live.applied_on;
    case programme::v1::FIXING_DATE_ADMISSION:
      return live.admitted_on;
    case programme::v1::FIXING_DATE_FIRST_DAY:
      return live.first_day;
    default:
      return live.terms ? live.terms->facts().granted_on() : none;
  }
}

// The case alone does not tell how many work in the group.
bool CountsTheGroup(const Rulebook& rulebook) {
  const programme::v1::Eligibility& rules = rulebook.eligibility();
  return rules.headcount_basis() == programme::v1::HEADCOUNT_BASIS_GROUP &&
         (rules.has_min_headcount_hundredths() || rules.has_max_headcount_hundredths());
}

bool Qualifies(const Rulebook& rulebook, const LiveCase& live) {
  return !live.ceased && rules::Qualifies(rulebook.eligibility(), live.facts);
}

void AddUnmet(const Rulebook& rulebook, const LiveCase& live, v1::CaseImpact* impact) {
  for (rules::Condition& condition : rules::CheckEligibility(rulebook.eligibility(), live.facts)) {
    if (condition.met) continue;
    v1::ImpactCondition& unmet = *impact->add_unmet();
    unmet.set_code(std::string(condition.code));
    unmet.set_evidence_fr(std::move(condition.fr));
    unmet.set_evidence_en(std::move(condition.en));
  }
}

v1::CaseEffect EffectOf(const v1::CaseImpact& impact, bool amounts_change) {
  if (!impact.refused().empty()) return v1::CASE_EFFECT_REFUSED;
  if (impact.eligibility() == v1::CASE_ELIGIBILITY_LOST) return v1::CASE_EFFECT_NO_LONGER_ELIGIBLE;
  if (impact.eligibility() == v1::CASE_ELIGIBILITY_GAINED) return v1::CASE_EFFECT_NEWLY_ELIGIBLE;
  return amounts_change ? v1::CASE_EFFECT_AMOUNTS : v1::CASE_EFFECT_UNCHANGED;
}

}  // namespace

Impact::Impact(const Rulebook& draft, const std::vector<Rulebook>& published, std::string today)
    : draft_(draft),
      published_(published),
      today_(std::move(today)),
      compiled_(draft),
      funders_(draft.funders().begin(), draft.funders().end()) {
  for (const Rulebook& version : published) {
    for (const std::string& funder : version.funders())
      if (std::find(funders_.begin(), funders_.end(), funder) == funders_.end()) funders_.push_back(funder);
  }
}

const Rulebook* Impact::Version(int version) const {
  const auto found = std::find_if(published_.begin(), published_.end(),
                                  [&](const Rulebook& rulebook) { return rulebook.version() == version; });
  return found == published_.end() ? nullptr : &*found;
}

v1::CaseImpact Impact::Examine(const LiveCase& live) {
  v1::CaseImpact impact;
  impact.set_case_id(live.case_id);
  impact.set_siren(live.siren);
  impact.set_company_name(live.company_name);
  impact.set_governed(Governs(live));
  counts_.set_live_cases(counts_.live_cases() + 1);
  counts_.set_governed_cases(counts_.governed_cases() + (impact.governed() ? 1 : 0));
  JudgeEligibility(live, &impact);
  if (live.terms) {
    Reckon(live, &impact);
  } else {
    impact.set_effect(EffectOf(impact, false));
  }
  return impact;
}

// The date that chooses the version counts as today while it is still to come.
bool Impact::Governs(const LiveCase& live) const {
  if (live.terms) return false;
  const FixingDate chooses = draft_.transition_by() == programme::v1::FIXING_DATE_UNSPECIFIED
                                 ? draft_.terms_fixed_by()
                                 : draft_.transition_by();
  const std::string& date = DateOf(live, chooses);
  return draft_.in_force_from() <= (date.empty() ? today_ : date);  // ISO dates compare as text
}

void Impact::JudgeEligibility(const LiveCase& live, v1::CaseImpact* impact) {
  const Rulebook* const present = Version(live.rulebook_version);
  if (CountsTheGroup(draft_) || (present != nullptr && CountsTheGroup(*present))) {
    impact->set_eligibility(v1::CASE_ELIGIBILITY_UNTOLD);
    counts_.set_eligibility_untold(counts_.eligibility_untold() + 1);
    return;
  }
  const bool before = present != nullptr && Qualifies(*present, live), after = Qualifies(draft_, live);
  if (before == after) {
    impact->set_eligibility(before ? v1::CASE_ELIGIBILITY_KEPT : v1::CASE_ELIGIBILITY_NONE);
  } else if (after) {
    impact->set_eligibility(v1::CASE_ELIGIBILITY_GAINED);
    counts_.set_newly_eligible(counts_.newly_eligible() + 1);
    if (present != nullptr) AddUnmet(*present, live, impact);
  } else {
    impact->set_eligibility(v1::CASE_ELIGIBILITY_LOST);
    counts_.set_no_longer_eligible(counts_.no_longer_eligible() + 1);
    AddUnmet(draft_, live, impact);
  }
}

// Where the draft names the date that the signature went by, it is the date that was frozen: a first day that
// was still to come then was fixed by the signature.
std::string Impact::TermsDate(const LiveCase& live) const {
  const Rulebook* const signed_under = Version(live.terms->rulebook_version());
  if (signed_under != nullptr && signed_under->terms_fixed_by() == draft_.terms_fixed_by())
    return live.terms->terms_date();
  const std::string& date = DateOf(live, draft_.terms_fixed_by());
  return date.empty() ? live.terms->facts().granted_on() : date;
}

std::optional<rules::CoverageRefusal> Impact::Decide(const LiveCase& live) {
  std::optional<rules::CoverageFacts> facts = rules::FactsOf(*live.terms);
  const std::optional<Date> terms_date = Date::Parse(TermsDate(live));
  // Nothing that a signature wrote.
  if (!facts || !terms_date) return rules::CoverageRefusal{common::v1::REASON_INTERNAL, {}};
  facts->terms_date = *terms_date;
  const rules::AgreedPhases agreed = rules::AgreedPhasesOf(*live.terms);
  if (auto refusal = rules::Decide(compiled_, *facts, agreed, &decision_)) return refusal;
  int half_days = 0;
  for (const rules::DecidedLine& line : decision_.lines) half_days += line.half_days;
  const int granted = std::min(live.granted_half_days, draft_.cap_half_days());
  if (half_days > granted) {
    return rules::CoverageRefusal{common::v1::REASON_DAYS_OVER_GRANT, {{"granted", std::to_string(granted)}}};
  }
  return std::nullopt;
}

void Impact::AddDecided(ByFunder* shares, Sums* after) const {
  for (const rules::DecidedLine& line : decision_.lines) {
    after->cost += line.cost.value();
    after->company += line.company.value();
  }
  for (const rules::DecidedShare& share : decision_.shares) {
    after->aid += share.amount.value();
    if (share.amount != Cents(0)) (*shares)[draft_.funders(share.funder)].after += share.amount.value();
  }
}

void Impact::Reckon(const LiveCase& live, v1::CaseImpact* impact) {
  ByFunder shares;
  Sums before, after;
  for (const v1::CoverageLine& line : live.terms->lines()) {
    before.cost += line.cost().cents();
    before.company += line.company().cents();
    for (const v1::Share& share : line.shares()) shares[share.funder()].before += share.amount().cents();
  }
  before.aid = before.cost - before.company;
  SetAmounts(before, impact->mutable_before());
  if (const auto refusal = Decide(live)) {
    Refuse(*refusal, impact);
    Add(before, &refused_);
  } else {
    AddDecided(&shares, &after);
    SetAmounts(after, impact->mutable_after());
  }
  AddShares(live, shares, impact);

  const bool same_shares = std::all_of(shares.begin(), shares.end(),
                                       [](const auto& of) { return of.second.before == of.second.after; });
  const bool changes = before.cost != after.cost || before.company != after.company || !same_shares;
  impact->set_effect(EffectOf(*impact, changes));
  counts_.set_agreements(counts_.agreements() + 1);
  if (changes && impact->refused().empty()) counts_.set_changed_agreements(counts_.changed_agreements() + 1);
  Add(before, &before_);
  Add(after, &after_);
}

void Impact::Add(const Sums& one, Sums* sums) {
  sums->cost += one.cost;
  sums->aid += one.aid;
  sums->company += one.company;
}

void Impact::Refuse(const rules::CoverageRefusal& refusal, v1::CaseImpact* impact) {
  impact->set_refused(std::string(ReasonName(refusal.reason)));
  if (refusal.reason == common::v1::REASON_INVALID_REQUEST) {
    // Nobody wrote a request: what is missing is a price by the day, or one for the whole, that was not
    // agreed.
    impact->set_refused_fr("Le projet compte une phase autrement que la convention n’en a convenu le prix.");
    impact->set_refused_en("The draft counts a phase otherwise than the agreement agreed on its price.");
  } else {
    impact->set_refused_fr(Sentence(refusal.reason, refusal.metadata, Language::kFrench));
    impact->set_refused_en(Sentence(refusal.reason, refusal.metadata, Language::kEnglish));
  }
  ++refusals_[impact->refused()];
  counts_.set_refused_agreements(counts_.refused_agreements() + 1);
}

void Impact::AddShares(const LiveCase& live, const ByFunder& shares, v1::CaseImpact* impact) {
  for (const auto& [funder, share] : shares) {
    v1::ImpactShare& told = *impact->add_shares();
    told.set_funder(funder);
    SetEuros(share.before, told.mutable_before());
    SetEuros(share.after, told.mutable_after());
    auto& [agreements, sums] = by_funder_[funder];
    sums.before += share.before;
    sums.after += share.after;
    if (!impact->refused().empty()) sums.refused += share.before;
    const int64_t more = share.after - share.before;
    if (more == 0) continue;
    ++agreements;
    const auto drawn_on = live.envelopes.find(funder);
    const EnvelopeKey key = drawn_on != live.envelopes.end()
                                ? EnvelopeKey{drawn_on->second, funder, "", ""}
                                : EnvelopeKey{0, funder, live.region, live.terms->facts().granted_on()};
    EnvelopeNeed& need = needs_[key];
    need.cents += more;
    if (live.signed_lately) need.lately += more;
  }
}

void Impact::SetAmounts(const Sums& sums, v1::ImpactAmounts* amounts) {
  SetEuros(sums.cost, amounts->mutable_cost());
  SetEuros(sums.aid, amounts->mutable_aid());
  SetEuros(sums.company, amounts->mutable_company());
}

v1::ImpactSummary Impact::Summary() const {
  v1::ImpactSummary summary = counts_;
  SetAmounts(before_, summary.mutable_before());
  SetAmounts(after_, summary.mutable_after());
  SetAmounts(refused_, summary.mutable_refused());
  const auto add = [&](const std::string& funder, const std::pair<int32_t, Shares>& sums) {
    v1::FunderImpact& told = *summary.add_funders();
    told.set_funder(funder);
    told.set_agreements(sums.first);
    SetEuros(sums.second.before, told.mutable_before());
    SetEuros(sums.second.after, told.mutable_after());
    SetEuros(sums.second.refused, told.mutable_refused());
  };
  for (const std::string& funder : funders_) {
    const auto sums = by_funder_.find(funder);
    add(funder, sums == by_funder_.end() ? std::pair<int32_t, Shares>() : sums->second);
  }
  for (const auto& [reason, agreements] : refusals_) {
    v1::ImpactRefusal& told = *summary.add_refusals();
    told.set_reason(reason);
    told.set_agreements(agreements);
  }
  return summary;
}

}  // namespace jalon::funding
