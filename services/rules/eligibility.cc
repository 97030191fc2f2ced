#include "rules/eligibility.h"

#include <algorithm>

#include "base/cents.h"
#include "base/commune.h"
#include "base/wording.h"
#include "rules/compiled_rulebook.h"
#include "rules/scope.h"

namespace jalon::rules {
namespace {

using programme::v1::Eligibility;

Condition Made(std::string_view code, bool met, std::string fr, std::string en) {
  return {code, met, Typeset(std::move(fr)), std::move(en)};
}

template <typename Values, typename Value>
bool Contains(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::string RegionName(std::string_view code) {
  for (const auto& entry : internal::kRegions) {
    if (entry.region.code == code) return std::string(entry.region.name);
  }
  return std::string(code);
}

std::string Headcount(std::optional<int64_t> value, Language language) {
  if (!value) return "?";
  const std::string whole = std::to_string(*value / 100);
  return *value % 100 == 0
             ? whole
             : whole + (language == Language::kFrench ? "," : ".") + internal::ZeroPadded(*value % 100, 2);
}

// "de 10 à 2000", "au moins 10", "au plus 2000".
template <typename Show>
std::string Bounds(std::optional<int64_t> min, std::optional<int64_t> max, Language language, Show show) {
  const bool french = language == Language::kFrench;
  if (min && max)
    return (french ? "de " : "from ") + show(*min, language) + (french ? " à " : " to ") +
           show(*max, language);
  if (min) return (french ? "au moins " : "at least ") + show(*min, language);
  return (french ? "au plus " : "at most ") + show(*max, language);
}

bool InBounds(std::optional<int64_t> value, std::optional<int64_t> min, std::optional<int64_t> max) {
  return value && (!min || *min <= *value) && (!max || *value <= *max);
}

std::optional<int64_t> StaffOf(const Eligibility& rules, const EligibilityFacts& facts) {
  switch (BasisOf(rules.headcount_basis())) {
    case programme::v1::HEADCOUNT_BASIS_SITE:
      return facts.site_headcount_hundredths;
    case programme::v1::HEADCOUNT_BASIS_GROUP:
      return facts.group_headcount_hundredths;
    default:
      return facts.headcount_hundredths;
  }
}

// What a rulebook asks of a number; a bound that is not set does not apply.
struct Bounded {
  std::optional<int64_t> min, max;

  bool any() const { return min || max; }
  bool Hold(std::optional<int64_t> value) const { return !any() || InBounds(value, min, max); }
};

Bounded HeadcountLimits(const Eligibility& rules) {
  Bounded limits;
  if (rules.has_min_headcount_hundredths()) limits.min = rules.min_headcount_hundredths();
  if (rules.has_max_headcount_hundredths()) limits.max = rules.max_headcount_hundredths();
  return limits;
}

Bounded TurnoverLimits(const Eligibility& rules) {
  Bounded limits;
  if (rules.has_min_turnover_cents()) limits.min = rules.min_turnover_cents();
  if (rules.has_max_turnover_cents()) limits.max = rules.max_turnover_cents();
  return limits;
}

std::optional<int64_t> BalanceSheetLimit(const Eligibility& rules) {
  return rules.has_max_balance_sheet_cents() ? std::optional(rules.max_balance_sheet_cents()) : std::nullopt;
}

Bounded AgeLimits(const Eligibility& rules) {
  Bounded limits;
  if (rules.has_min_age_months()) limits.min = rules.min_age_months();
  if (rules.has_max_age_months()) limits.max = rules.max_age_months();
  return limits;
}

// Nothing: not known, or created later.
std::optional<int64_t> AgeOf(const EligibilityFacts& facts) {
  if (!facts.created_on || *facts.created_on > facts.applied_on) return std::nullopt;
  return WholeMonths(*facts.created_on, facts.applied_on);
}

std::optional<Condition> CheckHeadcount(const Eligibility& rules, const EligibilityFacts& facts) {
  const auto [min, max] = HeadcountLimits(rules);
  if (!min && !max) return std::nullopt;
  const std::optional<int64_t> staff = StaffOf(rules, facts);
  return Made("headcount", InBounds(staff, min, max),
              "Effectif : " + Headcount(staff, Language::kFrench) +
                  " ETP ; demandé : " + Bounds(min, max, Language::kFrench, Headcount) + ".",
              "Headcount: " + Headcount(staff, Language::kEnglish) +
                  " FTE; required: " + Bounds(min, max, Language::kEnglish, Headcount) + ".");
}

// Of a greatest turnover and a greatest balance sheet total one suffices.
bool TurnoverFits(const Eligibility& rules, const EligibilityFacts& facts) {
  const auto [min, max] = TurnoverLimits(rules);
  const std::optional<int64_t> max_balance = BalanceSheetLimit(rules);
  return (!min || InBounds(facts.turnover_cents, min, {})) &&
         ((!max && !max_balance) || (max && InBounds(facts.turnover_cents, {}, max)) ||
          (max_balance && InBounds(facts.balance_sheet_cents, {}, max_balance)));
}

std::optional<Condition> CheckIndependence(const Eligibility& rules, const EligibilityFacts& facts) {
  if (!rules.independent()) return std::nullopt;
  return Made("independence", facts.independent,
              "Demandé : aucune autre entreprise n’en détient 25 % ou plus.",
              "Required: no other enterprise holds 25% or more of it.");
}

bool SizeFits(const Eligibility& rules, const EligibilityFacts& facts) {
  return rules.size_classes().empty() || Contains(rules.size_classes(), static_cast<int>(facts.size_class));
}

std::optional<Condition> CheckSize(const Eligibility& rules, const EligibilityFacts& facts) {
  if (rules.size_classes().empty()) return std::nullopt;
  return Made("size", SizeFits(rules, facts),
              "La taille européenne de l’entreprise doit être de celles que le règlement admet.",
              "The European size of the company must be one that the rulebook admits.");
}

std::string WithoutDots(std::string text) {
  std::erase(text, '.');
  return text;
}

template <typename Prefixes>
bool AnyBegins(const std::string& naf, const Prefixes& prefixes) {
  const std::string digits = WithoutDots(naf);
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return digits.starts_with(WithoutDots(prefix)); });
}

bool SectorFits(const Eligibility& rules, const EligibilityFacts& facts) {
  if (rules.naf_excluded().empty() && rules.naf_included().empty()) return true;
  return !facts.naf.empty() && !AnyBegins(facts.naf, rules.naf_excluded()) &&
         (rules.naf_included().empty() || AnyBegins(facts.naf, rules.naf_included()));
}

std::string Listed(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list.append(list.empty() ? "" : ", ").append(text);
  return list;
}

// Whether an application falls in the period that ends on `on`.
bool Counts(Date earlier, Date on, const programme::v1::Period& period) {
  if (earlier > on) return false;
  if (period.has_rolling_years()) return earlier >= on.AddMonths(-12 * period.rolling_years());
  return static_cast<int>(earlier.ymd().year()) > static_cast<int>(on.ymd().year()) - period.calendar_years();
}

bool RegionListed(const Eligibility& rules, const EligibilityFacts& facts) {
  return rules.regions().empty() || Contains(rules.regions(), facts.region);
}

bool RegionAgreed(const Eligibility& rules, const EligibilityFacts& facts) {
  if (rules.region_agreements().empty()) return true;
  const std::string on = facts.applied_on.ToIso();
  return std::any_of(rules.region_agreements().begin(), rules.region_agreements().end(),
                     [&](const auto& agreement) {
                       return agreement.region() == facts.region && agreement.valid_from() <= on &&
                              (agreement.valid_until().empty() || on <= agreement.valid_until());
                     });
}

bool StatusFits(const Eligibility& rules, const EligibilityFacts& facts) {
  return rules.statuses().empty() ||
         std::any_of(facts.statuses.begin(), facts.statuses.end(),
                     [&](const std::string& status) { return Contains(rules.statuses(), status); });
}

// The most other applications that any such period has beside the one of `on`. The period that ends on that
// day is not the only one: an application entered earlier may bear a later date, and this one would then be
// one too many of the period that ends with that.
int64_t MostBeside(const std::vector<Date>& others, Date on, const programme::v1::Period& period) {
  int64_t most = 0;
  const auto look = [&](Date end) {
    if (!Counts(on, end, period)) return;
    most = std::max<int64_t>(most, std::count_if(others.begin(), others.end(),
                                                 [&](Date other) { return Counts(other, end, period); }));
  };
  look(on);
  for (const Date other : others) look(other);
  return most;
}

int64_t RequestsBefore(const Eligibility& rules, const EligibilityFacts& facts) {
  return MostBeside(facts.earlier_requests, facts.applied_on, rules.requests().period());
}

std::string Euros(std::optional<int64_t> cents, Language language) {
  return cents ? FormatEuros(Cents(*cents), language) : std::string("?");
}

// "de 1 à 2", "au plus 2 ou un total du bilan d’au plus 3".
std::string TurnoverBounds(const Bounded& turnover, std::optional<int64_t> max_balance, Language language) {
  const bool french = language == Language::kFrench;
  std::string text = turnover.any() ? Bounds(turnover.min, turnover.max, language, Euros) : "";
  if (!max_balance) return text;
  if (turnover.any()) text += turnover.max ? (french ? " ou " : " or ") : (french ? " et " : " and ");
  return text + (french ? "un total du bilan d’au plus " : "a balance sheet total of at most ") +
         Euros(max_balance, language);
}

}  // namespace

std::optional<Condition> CheckTurnover(const Eligibility& rules, const EligibilityFacts& facts) {
  const Bounded limits = TurnoverLimits(rules);
  const std::optional<int64_t> max_balance = BalanceSheetLimit(rules);
  if (!limits.any() && !max_balance) return std::nullopt;
  const auto told = [&](Language language) {
    const bool french = language == Language::kFrench;
    std::string text = !facts.turnover_cents
                           ? std::string(french ? "Chiffre d’affaires non déclaré" : "Turnover not declared")
                           : (french ? "Chiffre d’affaires déclaré : " : "Declared turnover: ") +
                                 Euros(facts.turnover_cents, language);
    if (max_balance)
      text += (french ? ", total du bilan : " : ", balance sheet total: ") +
              Euros(facts.balance_sheet_cents, language);
    return text + (french ? " ; demandé : " : "; required: ") +
           TurnoverBounds(limits, max_balance, language) + ".";
  };
  return Made("turnover", TurnoverFits(rules, facts), told(Language::kFrench), told(Language::kEnglish));
}

std::optional<Condition> CheckAge(const Eligibility& rules, const EligibilityFacts& facts) {
  const auto [min, max] = AgeLimits(rules);
  if (!min && !max) return std::nullopt;
  const auto months = [](std::optional<int64_t> value, Language language) {
    return std::to_string(*value) + (language == Language::kFrench ? " mois révolus" : " whole months");
  };
  const std::string asked_fr = " ; demandé : " + Bounds(min, max, Language::kFrench, months) + ".",
                    asked_en = "; required: " + Bounds(min, max, Language::kEnglish, months) + ".";
  if (!facts.created_on) {
    return Made("age", false, "Date de création inconnue" + asked_fr, "Date of creation unknown" + asked_en);
  }
  const int age = WholeMonths(*facts.created_on, facts.applied_on);
  return Made("age", InBounds(AgeOf(facts), min, max),
              "Créée le " + FormatDate(*facts.created_on, Language::kFrench) + ", soit " +
                  months(age, Language::kFrench) + " à la demande du " +
                  FormatDate(facts.applied_on, Language::kFrench) + asked_fr,
              "Created on " + FormatDate(*facts.created_on, Language::kEnglish) + ", " +
                  months(age, Language::kEnglish) + " before the application of " +
                  FormatDate(facts.applied_on, Language::kEnglish) + asked_en);
}

std::optional<Condition> CheckRegion(const Eligibility& rules, const EligibilityFacts& facts) {
  if (rules.regions().empty() && rules.region_agreements().empty()) return std::nullopt;
  const std::string name = facts.region.empty() ? "?" : RegionName(facts.region);
  const bool listed = RegionListed(rules, facts), agreed = RegionAgreed(rules, facts);
  if (!listed || agreed) {
    return Made("region", listed,
                "Siège en région " + name +
                    (listed ? " : admise." : " : elle n’est pas de celles que le règlement admet."),
                "Seat in " + name + (listed ? ": admitted." : ": not one that the rulebook admits."));
  }
  return Made("region", false,
              "Siège en région " + name + " : pas d’accord avec le programme le " +
                  FormatDate(facts.applied_on, Language::kFrench) + ".",
              "Seat in " + name + ": no agreement with the programme on " +
                  FormatDate(facts.applied_on, Language::kEnglish) + ".");
}

std::optional<Condition> CheckSector(const Eligibility& rules, const EligibilityFacts& facts) {
  if (rules.naf_excluded().empty() && rules.naf_included().empty()) return std::nullopt;
  if (facts.naf.empty()) {
    return Made("sector", false, "Code NAF inconnu ; le règlement n’admet pas tous les secteurs.",
                "NAF code unknown; the rulebook does not admit every sector.");
  }
  if (SectorFits(rules, facts)) {
    return Made("sector", true, "Code NAF " + facts.naf + " : secteur admis.",
                "NAF code " + facts.naf + ": sector admitted.");
  }
  return AnyBegins(facts.naf, rules.naf_excluded())
             ? Made("sector", false,
                    "Code NAF " + facts.naf + " ; sont exclus les codes en " + Listed(rules.naf_excluded()) +
                        ".",
                    "NAF code " + facts.naf + "; excluded are codes beginning with " +
                        Listed(rules.naf_excluded()) + ".")
             : Made("sector", false,
                    "Code NAF " + facts.naf + " ; sont seuls admis les codes en " +
                        Listed(rules.naf_included()) + ".",
                    "NAF code " + facts.naf + "; only codes beginning with " + Listed(rules.naf_included()) +
                        " are admitted.");
}

std::optional<Condition> CheckStatus(const Eligibility& rules, const EligibilityFacts& facts) {
  if (rules.statuses().empty()) return std::nullopt;
  return Made("status", StatusFits(rules, facts), "Statuts admis : " + Listed(rules.statuses()) + ".",
              "Statuses admitted: " + Listed(rules.statuses()) + ".");
}

std::optional<Condition> CheckRequests(const Eligibility& rules, const EligibilityFacts& facts) {
  if (!rules.has_requests()) return std::nullopt;
  const programme::v1::Period& period = rules.requests().period();
  const int64_t before = RequestsBefore(rules, facts);
  const bool rolling = period.has_rolling_years();
  const std::string count = std::to_string(before), most = std::to_string(rules.requests().max()),
                    years = std::to_string(rolling ? period.rolling_years() : period.calendar_years());
  return Made(
      "requests", before < rules.requests().max(),
      "Demandes déjà faites sur " + years + (rolling ? " an(s) glissant(s) : " : " année(s) civile(s) : ") +
          count + " ; permises, celle-ci comprise : " + most + ".",
      "Applications already made over " + years + (rolling ? " rolling year(s): " : " calendar year(s): ") +
          count + "; allowed, this one included: " + most + ".");
}

bool Qualifies(const Eligibility& rules, const EligibilityFacts& facts) {
  return HeadcountLimits(rules).Hold(StaffOf(rules, facts)) && TurnoverFits(rules, facts) &&
         AgeLimits(rules).Hold(AgeOf(facts)) && (!rules.independent() || facts.independent) &&
         RegionListed(rules, facts) && RegionAgreed(rules, facts) && SectorFits(rules, facts) &&
         SizeFits(rules, facts) && StatusFits(rules, facts) &&
         (!rules.has_requests() || RequestsBefore(rules, facts) < rules.requests().max());
}

std::vector<Condition> CheckEligibility(const Eligibility& rules, const EligibilityFacts& facts) {
  std::vector<Condition> conditions;
  for (auto* const check : {&CheckHeadcount, &CheckTurnover, &CheckAge, &CheckIndependence, &CheckRegion,
                            &CheckSector, &CheckSize, &CheckStatus, &CheckRequests}) {
    if (std::optional<Condition> condition = check(rules, facts)) conditions.push_back(*std::move(condition));
  }
  return conditions;
}

}  // namespace jalon::rules
