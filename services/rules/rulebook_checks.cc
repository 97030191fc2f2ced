#include "rules/rulebook_checks.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "base/refusal.h"
#include "rules/rulebook.h"
#include "rules/scope.h"

namespace jalon::rules {
namespace {

using programme::v1::CompanyCeiling;
using programme::v1::Eligibility;
using programme::v1::Phase;
using programme::v1::Rulebook;

template <typename Values, typename Value>
bool Contains(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// Notes a name that is none of `names`, with the nearest.
void CheckName(const YamlNode& node, const std::string& name, const std::vector<std::string>& names,
               Problems& problems) {
  if (name.empty() || Contains(names, name)) return;
  std::vector<Word> known;
  for (const std::string& each : names) known.push_back({each, 0});
  ReadWord(node, known, problems);
}

void CheckFunders(const Rulebook& rulebook, const Places& places, Problems& problems) {
  std::set<std::string> seen;
  for (const std::string& funder : rulebook.funders()) {
    if (seen.insert(funder).second) continue;
    problems.Add(places.Item(rulebook, "funders", funder),
                 "Le financeur " + QuoteFr(funder) + " est cité deux fois.",
                 "The funder " + QuoteEn(funder) + " stands twice.");
  }
}

void CheckHeadcounts(const Eligibility& rules, const Places& places, Problems& problems) {
  if (rules.has_min_headcount_hundredths() && rules.has_max_headcount_hundredths() &&
      rules.min_headcount_hundredths() > rules.max_headcount_hundredths()) {
    problems.Add(places.Of(rules, "max_headcount"), "L’effectif maximal est inférieur au minimal.",
                 "The greatest headcount is below the least.");
  }
  if (rules.has_min_turnover_cents() && rules.has_max_turnover_cents() &&
      rules.min_turnover_cents() > rules.max_turnover_cents()) {
    problems.Add(places.Of(rules, "max_turnover"), "Le chiffre d’affaires maximal est inférieur au minimal.",
                 "The greatest turnover is below the least.");
  }
  if (rules.has_min_age_months() && rules.has_max_age_months() &&
      rules.min_age_months() > rules.max_age_months()) {
    problems.Add(places.Of(rules, "max_age_months"), "L’âge maximal est inférieur au minimal.",
                 "The greatest age is below the least.");
  }
}

std::string WithoutDots(std::string text) {
  std::erase(text, '.');
  return text;
}

// The exclusion wins, so an inclusion inside it admits nobody.
void CheckSectors(const Eligibility& rules, const Places& places, Problems& problems) {
  for (const std::string& included : rules.naf_included()) {
    for (const std::string& excluded : rules.naf_excluded()) {
      if (!WithoutDots(included).starts_with(WithoutDots(excluded))) continue;
      problems.Add(
          places.Item(rules, "naf_included", included),
          "Les codes en " + included + " sont admis ici, mais exclus par naf_excluded (" + excluded + ").",
          "Codes beginning with " + included + " are admitted here, but excluded by naf_excluded (" +
              excluded + ").");
    }
  }
}

void CheckRegionAgreements(const Eligibility& rules, const Places& places, Problems& problems) {
  for (int i = 0; i < rules.region_agreements_size(); ++i) {
    const programme::v1::RegionAgreement& agreement = rules.region_agreements(i);
    if (!agreement.valid_until().empty() && agreement.valid_from() > agreement.valid_until()) {
      problems.Add(places.Of(agreement, "valid_until"), "L’accord finit avant de commencer.",
                   "The agreement ends before it starts.");
    }
    if (!agreement.region().empty() && !rules.regions().empty() &&
        !Contains(rules.regions(), agreement.region())) {
      problems.Add(places.Of(agreement, "region"),
                   "Cette région n’est pas de celles de regions : l’accord ne sert jamais.",
                   "This region is not one of regions: the agreement never counts.");
    }
    for (int j = 0; j < i; ++j) {
      const programme::v1::RegionAgreement& earlier = rules.region_agreements(j);
      const bool apart = (!earlier.valid_until().empty() && earlier.valid_until() < agreement.valid_from()) ||
                         (!agreement.valid_until().empty() && agreement.valid_until() < earlier.valid_from());
      if (earlier.region() != agreement.region() || apart) continue;
      problems.Add(places.Of(agreement),
                   "Cet accord et celui de la ligne " + places.Line(earlier) + " valent aux mêmes dates.",
                   "This agreement and the one on line " + places.Line(earlier) + " hold on the same dates.");
      break;
    }
  }
}

void CheckEligibility(const Rulebook& rulebook, const Places& places, Problems& problems) {
  CheckHeadcounts(rulebook.eligibility(), places, problems);
  CheckSectors(rulebook.eligibility(), places, problems);
  CheckRegionAgreements(rulebook.eligibility(), places, problems);
}

// Each once, in the order of the phases.
std::vector<std::string> PhaseCodes(const Rulebook& rulebook, bool chargeable_only) {
  std::vector<std::string> codes;
  for (const Phase& phase : rulebook.phases()) {
    if ((phase.chargeable() || !chargeable_only) && !Contains(codes, phase.code()))
      codes.push_back(phase.code());
  }
  return codes;
}

// A longer period holds the shorter ones, so its ceiling bounds theirs.
bool Longer(const programme::v1::Period& a, const programme::v1::Period& b) {
  const int years_a = a.calendar_years() + a.rolling_years(),
            years_b = b.calendar_years() + b.rolling_years();
  if (a.length_case() == b.length_case()) return years_a >= years_b;
  return a.has_rolling_years() && years_a >= years_b;
}

// Whether a list, which names all where it is empty, holds every name of another.
bool Covers(const google::protobuf::RepeatedPtrField<std::string>& all,
            const google::protobuf::RepeatedPtrField<std::string>& some) {
  if (all.empty() || some.empty()) return all.empty();
  return std::all_of(some.begin(), some.end(), [&](const std::string& name) { return Contains(all, name); });
}

void CheckCompanyCeilings(const Rulebook& rulebook, const Places& places, Problems& problems) {
  const std::vector<std::string> phases = PhaseCodes(rulebook, true);
  const std::vector<std::string> funders(rulebook.funders().begin(), rulebook.funders().end());
  for (const CompanyCeiling& ceiling : rulebook.company_ceilings()) {
    for (const std::string& code : ceiling.phases())
      CheckName(places.Item(ceiling, "phases", code), code, phases, problems);
    for (const std::string& code : ceiling.funders())
      CheckName(places.Item(ceiling, "funders", code), code, funders, problems);
  }
  for (int i = 0; i < rulebook.company_ceilings_size(); ++i) {
    const CompanyCeiling& ceiling = rulebook.company_ceilings(i);
    if (!ceiling.has_ceiling()) continue;
    if (ceiling.ceiling().cents() == 0) {
      problems.Add(places.Of(ceiling, "ceiling"),
                   "Un plafond de zéro n’aide personne : ôtez les prises en charge.",
                   "A ceiling of zero aids nobody: take out the coverages.");
    }
    for (int j = 0; j < rulebook.company_ceilings_size(); ++j) {
      const CompanyCeiling& other = rulebook.company_ceilings(j);
      const int64_t own = ceiling.ceiling().cents(), others = other.ceiling().cents();
      // Of two that say the same the second is one too many.
      const bool tighter =
          others < own || (others == own && (j < i || !Longer(ceiling.period(), other.period())));
      if (j == i || !other.has_ceiling() || !Longer(other.period(), ceiling.period()) || !tighter ||
          !Covers(other.phases(), ceiling.phases()) || !Covers(other.funders(), ceiling.funders()))
        continue;
      problems.Add(places.Of(ceiling, "ceiling"),
                   "Ce plafond n’est jamais atteint : celui de la ligne " + places.Line(other) +
                       " est plus bas sur une durée au moins aussi longue.",
                   "This ceiling is never met: the one on line " + places.Line(other) +
                       " is lower over a period at least as long.");
      break;
    }
  }
}

void CheckPhaseCodes(const Rulebook& rulebook, const Places& places, Problems& problems) {
  std::set<std::string> seen;
  for (const Phase& phase : rulebook.phases()) {
    if (phase.code().empty() || seen.insert(phase.code()).second) continue;
    problems.Add(places.Of(phase, "code"), "Une phase porte déjà le code " + QuoteFr(phase.code()) + ".",
                 "Another phase has the code " + QuoteEn(phase.code()) + " already.");
  }
}

// Whether `from` asks, itself or through others, for the phase of code `wanted`.
bool Asks(const Rulebook& rulebook, const std::string& from, const std::string& wanted,
          std::set<std::string>& seen) {
  if (!seen.insert(from).second) return false;
  for (const Phase& phase : rulebook.phases()) {
    if (phase.code() != from) continue;
    for (const std::string& code : phase.prerequisites()) {
      if (code == wanted || Asks(rulebook, code, wanted, seen)) return true;
    }
  }
  return false;
}

void CheckPrerequisites(const Rulebook& rulebook, const Places& places, Problems& problems) {
  const std::vector<std::string> codes = PhaseCodes(rulebook, false);
  for (const Phase& phase : rulebook.phases()) {
    for (const std::string& code : phase.prerequisites())
      CheckName(places.Item(phase, "prerequisites", code), code, codes, problems);
    std::set<std::string> seen;
    // One that asks for nothing is in no circle, whatever another of the same code asks for.
    if (phase.code().empty() || phase.prerequisites().empty() ||
        !Asks(rulebook, phase.code(), phase.code(), seen))
      continue;
    problems.Add(places.Of(phase, "prerequisites"),
                 "Ces préalables tournent en rond : " + QuoteFr(phase.code()) + " se demande elle-même.",
                 "These prerequisites go round in a circle: " + QuoteEn(phase.code()) + " asks for itself.");
  }
}

void CheckPhase(const Rulebook& rulebook, const Phase& phase, const Places& places, Problems& problems) {
  const YamlNode& node = places.Of(phase);
  const YamlNode* const tariffs = FindField(node, "tariffs");
  if (phase.chargeable() && (tariffs == nullptr || tariffs->children.empty())) {
    problems.Add(tariffs == nullptr ? node : *tariffs, "Une phase facturable a au moins un tarif.",
                 "A chargeable phase has at least one tariff.");
  }
  const YamlNode* const chargeable = FindField(node, "chargeable");
  if (chargeable != nullptr && chargeable->text == "false" && phase.tariffs_size() > 0) {
    problems.Add(*tariffs, "Une phase qui n’est pas facturable n’a pas de tarif.",
                 "A phase that is not chargeable has no tariff.");
  }
  if (rulebook.window_months() > 0 && phase.opens_after_months() >= rulebook.window_months()) {
    problems.Add(places.Of(phase, "opens_after_months"), "La période est finie quand cette phase s’ouvre.",
                 "The window has ended when this phase opens.");
  }
  CheckTariffs(rulebook, phase, places, problems);
}

void CheckPhases(const Rulebook& rulebook, const Places& places, Problems& problems) {
  if (places.Has(rulebook, "phases") && places.Of(rulebook, "phases").children.empty()) {
    problems.Add(places.Of(rulebook, "phases"), "Un règlement a au moins une phase.",
                 "A rulebook has at least one phase.");
  }
  size_t tariffs = 0;
  for (const Phase& phase : rulebook.phases()) {
    tariffs += static_cast<size_t>(phase.tariffs_size());
    if (tariffs > kMaxTariffs) {
      problems.Add(places.Of(phase), "Le règlement dépasse 200 tarifs.", "The rulebook exceeds 200 tariffs.");
      return;
    }
    CheckPhase(rulebook, phase, places, problems);
  }
  CheckPhaseCodes(rulebook, places, problems);
  CheckPrerequisites(rulebook, places, problems);
}

template <typename Amounts>
bool ExpectsAmounts(const Amounts& amounts) {
  return amounts.has_cost() || amounts.has_aid() || amounts.has_company() || amounts.shares_size() > 0;
}

bool ExpectsAmountsAnywhere(const programme::v1::Example& example) {
  return ExpectsAmounts(example) || std::any_of(example.phases().begin(), example.phases().end(),
                                                [](const auto& phase) { return ExpectsAmounts(phase); });
}

template <typename Given>
void CheckFunder(const Rulebook& rulebook, const Given& given, const Places& places, Problems& problems) {
  const std::vector<std::string> funders(rulebook.funders().begin(), rulebook.funders().end());
  if (!given.funder().empty()) CheckName(places.Of(given, "funder"), given.funder(), funders, problems);
}

template <typename Amounts>
void CheckShares(const Rulebook& rulebook, const Amounts& amounts, const Places& places, Problems& problems) {
  for (const programme::v1::ExampleShare& share : amounts.shares())
    CheckFunder(rulebook, share, places, problems);
}

void CheckExample(const Rulebook& rulebook, const programme::v1::Example& example, const Places& places,
                  Problems& problems) {
  const std::vector<std::string> phases = PhaseCodes(rulebook, true);
  for (const programme::v1::ExamplePhase& phase : example.phases()) {
    if (example.refused() != "PHASE_NOT_FOUND")
      CheckName(places.Of(phase, "phase"), phase.phase(), phases, problems);
    CheckShares(rulebook, phase, places, problems);
  }
  CheckShares(rulebook, example, places, problems);
  for (const std::string& code : example.facts().phases_done())
    CheckName(places.Item(example.facts(), "phases_done", code), code, PhaseCodes(rulebook, false), problems);
  for (const programme::v1::EarlierAid& aid : example.facts().earlier_aid()) {
    if (!aid.phase().empty()) CheckName(places.Of(aid, "phase"), aid.phase(), phases, problems);
    CheckFunder(rulebook, aid, places, problems);
  }
  if (!example.refused().empty() && ReasonFromName(example.refused()) == common::v1::REASON_UNSPECIFIED) {
    problems.Add(
        places.Of(example, "refused"),
        QuoteFr(example.refused()) + " n’est pas un motif de refus, comme NO_TARIFF (docs/errors.md).",
        QuoteEn(example.refused()) + " is not a reason of refusal, such as NO_TARIFF (docs/errors.md).");
  }
  if (example.refused().empty() == ExpectsAmountsAnywhere(example)) return;
  problems.Add(places.Of(example), "Un exemple attend soit des montants, soit un refus (refused).",
               "An example expects either amounts or a refusal (refused).");
}

}  // namespace

void CheckExamples(const Rulebook& rulebook, const Places& places, Problems& problems) {
  for (const programme::v1::Example& example : rulebook.examples())
    CheckExample(rulebook, example, places, problems);
}

void CheckRulebook(const Rulebook& rulebook, const Places& places, Problems& problems) {
  CheckFunders(rulebook, places, problems);
  CheckEligibility(rulebook, places, problems);
  CheckCompanyCeilings(rulebook, places, problems);
  CheckPhases(rulebook, places, problems);
  CheckExamples(rulebook, places, problems);
}

}  // namespace jalon::rules
