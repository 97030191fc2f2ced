#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/cents.h"
#include "base/checked.h"
#include "base/date.h"
#include "base/wording.h"
#include "rules/rulebook_checks.h"
#include "rules/scope.h"

namespace jalon::rules {
namespace {

using programme::v1::Coverage;
using programme::v1::Phase;
using programme::v1::Rulebook;
using programme::v1::Scope;
using programme::v1::Tariff;

// Whether `part` is more than this share of `whole`.
bool Exceeds(int64_t part, int64_t whole, const common::v1::Rate& share) {
  return static_cast<internal::Int128>(part) * share.denominator() >
         static_cast<internal::Int128>(whole) * share.numerator();
}

// ---- The axes along which tariffs lie.

// Days counted from long before the first year a date may have.
int64_t DayNumber(const std::string& iso) {
  return Date::Parse(iso)->days().time_since_epoch().count() + 100'000;
}
Date DayOf(int64_t number) {
  return Date::FromDays(std::chrono::sys_days(std::chrono::days(number - 100'000)));
}

Interval DaysOf(const Tariff& tariff) {
  Interval days;
  if (!tariff.valid_from().empty()) days.least = DayNumber(tariff.valid_from());
  if (!tariff.valid_until().empty()) days.most = DayNumber(tariff.valid_until());
  return days;
}

Interval HalfDaysOf(const Tariff& tariff) {
  Interval half_days;
  half_days.least = tariff.min_half_days();
  if (tariff.max_half_days() > 0) half_days.most = tariff.max_half_days();
  return half_days;
}

// ---- Two tariffs that fit the same agreement would make its price a matter of their order in the file. Of
// statuses a company may have two: tariffs that name different ones stand apart, and the first that fits
// counts.

bool StatusesApart(const Scope& a, const Scope& b) {
  return !a.statuses().empty() && !b.statuses().empty() &&
         std::none_of(a.statuses().begin(), a.statuses().end(), [&](const std::string& status) {
           return std::find(b.statuses().begin(), b.statuses().end(), status) != b.statuses().end();
         });
}

bool TariffsMeet(const Tariff& a, const Tariff& b) {
  return DaysOf(a).Meets(DaysOf(b)) && HalfDaysOf(a).Meets(HalfDaysOf(b)) && MayMeet(a.scope(), b.scope()) &&
         !StatusesApart(a.scope(), b.scope());
}

void CheckTariffsApart(const Phase& phase, const Places& places, Problems& problems) {
  for (int later = 1; later < phase.tariffs_size(); ++later) {
    for (int earlier = 0; earlier < later; ++earlier) {
      if (!TariffsMeet(phase.tariffs(earlier), phase.tariffs(later))) continue;
      const std::string line = places.Line(phase.tariffs(earlier));
      // A tariff without statuses is for companies of every status, not for those that no other tariff names.
      const bool for_all_beside_some = phase.tariffs(earlier).scope().statuses().empty() !=
                                       phase.tariffs(later).scope().statuses().empty();
      problems.Add(
          places.Of(phase.tariffs(later)),
          "Ce tarif et celui de la ligne " + line +
              " valent aux mêmes dates pour les mêmes nombres de demi-journées et les mêmes entreprises." +
              (for_all_beside_some
                   ? " Sans statuses, un tarif vaut pour tous les statuts : donnez à chacun les "
                     "siens."
                   : ""),
          "This tariff and the one on line " + line +
              " hold on the same dates for the same numbers of half-days and the same companies." +
              (for_all_beside_some ? " Without statuses a tariff is for every status: give each its own."
                                   : ""));
      break;
    }
  }
}

// ---- Gaps: what lies between two tariffs and has none. Before the first and after the last is no gap.

constexpr std::string_view kGapFr = " n’ont pas de tarif : comblez ce vide, ou dites gaps_intended: true.",
                           kGapEn = " have no tariff: fill this gap, or say gaps_intended: true.";

template <typename Items, typename IntervalOf>
auto FindGap(const Items& items, IntervalOf interval_of) {
  std::vector<Interval> intervals;
  for (const auto* item : items) {
    // One that ends before it starts is told as such.
    if (const Interval own = interval_of(*item); own.least <= own.most) intervals.push_back(own);
  }
  const std::optional<Interval> hole = FindHole(intervals);
  const typename Items::value_type after =
      hole ? *std::find_if(items.begin(), items.end(),
                           [&](const auto* item) { return interval_of(*item).least == hole->most; })
           : nullptr;
  return std::pair(hole, after);
}

std::string Hundredths(int64_t value, Language language) {
  const std::string whole = std::to_string(value / 100);
  return value % 100 == 0
             ? whole
             : whole + (language == Language::kFrench ? "," : ".") + internal::ZeroPadded(value % 100, 2);
}

using Tariffs = std::vector<const Tariff*>;

void CheckDayGap(const Tariffs& tariffs, const Places& places, Problems& problems) {
  const auto [hole, after] = FindGap(tariffs, DaysOf);
  if (!hole) return;
  const Date first = DayOf(hole->least + 1), last = DayOf(hole->most - 1);
  problems.Add(places.Of(*after),
               "Les dates du " + FormatDate(first, Language::kFrench) + " au " +
                   FormatDate(last, Language::kFrench) + std::string(kGapFr),
               "The dates from " + FormatDate(first, Language::kEnglish) + " to " +
                   FormatDate(last, Language::kEnglish) + std::string(kGapEn));
}

void CheckHalfDayGap(const Tariffs& tariffs, const Places& places, Problems& problems) {
  const auto [hole, after] = FindGap(tariffs, HalfDaysOf);
  if (!hole) return;
  const std::string first = std::to_string(hole->least + 1), last = std::to_string(hole->most - 1);
  problems.Add(places.Of(*after),
               "De " + first + " à " + last + " demi-journées, les conventions" + std::string(kGapFr),
               "From " + first + " to " + last + " half-days, agreements" + std::string(kGapEn));
}

// Companies between two tiers of headcount or of age: 49.5 staff lie between “at most 49” and “at least 50”.
template <typename Items>
void CheckTierGaps(const Items& items, const Places& places, Problems& problems, std::string_view fr,
                   std::string_view en) {
  for (const auto basis : {programme::v1::HEADCOUNT_BASIS_COMPANY, programme::v1::HEADCOUNT_BASIS_SITE,
                           programme::v1::HEADCOUNT_BASIS_GROUP}) {
    Items tiers;
    std::copy_if(items.begin(), items.end(), std::back_inserter(tiers),
                 [&](const auto* item) { return BasisOf(item->scope().headcount_basis()) == basis; });
    if (tiers.size() < items.size()) continue;  // others may fit a company between
    const auto [hole, after] = FindGap(tiers, [](const auto& item) { return HeadcountOf(item.scope()); });
    if (!hole) continue;
    problems.Add(places.Of(*after, "min_headcount"),
                 "Entre " + Hundredths(hole->least, Language::kFrench) + " et " +
                     Hundredths(hole->most, Language::kFrench) + " ETP, bornes exclues, les entreprises" +
                     std::string(fr),
                 "Between " + Hundredths(hole->least, Language::kEnglish) + " and " +
                     Hundredths(hole->most, Language::kEnglish) + " FTE, both left out, companies" +
                     std::string(en));
  }
  const auto [hole, after] = FindGap(items, [](const auto& item) { return AgeOf(item.scope()); });
  if (!hole) return;
  problems.Add(places.Of(*after, "min_age_months"),
               "Entre " + std::to_string(hole->least) + " et " + std::to_string(hole->most) +
                   " mois d’âge, bornes exclues, les entreprises" + std::string(fr),
               "Between " + std::to_string(hole->least) + " and " + std::to_string(hole->most) +
                   " months of age, both left out, companies" + std::string(en));
}

// Statuses that the eligibility admits and no tariff is for.
void CheckStatusGap(const Rulebook& rulebook, const Phase& phase, const Tariffs& held, const Places& places,
                    Problems& problems) {
  std::string left;
  for (const std::string& status : rulebook.eligibility().statuses()) {
    const bool has_one = std::any_of(held.begin(), held.end(), [&](const Tariff* tariff) {
      const auto& statuses = tariff->scope().statuses();
      return statuses.empty() || std::find(statuses.begin(), statuses.end(), status) != statuses.end();
    });
    if (!has_one) left.append(left.empty() ? "" : ", ").append(status);
  }
  if (left.empty()) return;
  problems.Add(places.Of(phase, "tariffs"),
               "Les entreprises de statut " + left + ", que l’éligibilité admet," + std::string(kGapFr),
               "Companies of status " + left + ", which the eligibility admits," + std::string(kGapEn));
}

// The tariffs that hold on the first day of each stretch of time within which nothing changes.
std::vector<Tariffs> Stretches(const Tariffs& tariffs) {
  std::set<int64_t> starts;
  for (const Tariff* tariff : tariffs) starts.insert(DaysOf(*tariff).least);
  std::vector<Tariffs> stretches;
  for (const int64_t day : starts) {
    Tariffs& held = stretches.emplace_back();
    for (const Tariff* tariff : tariffs) {
      const Interval days = DaysOf(*tariff);
      if (days.least <= day && day <= days.most) held.push_back(tariff);
    }
  }
  return stretches;
}

void CheckTariffGaps(const Rulebook& rulebook, const Phase& phase, const Places& places, Problems& problems) {
  Tariffs all;
  for (const Tariff& tariff : phase.tariffs()) all.push_back(&tariff);
  CheckDayGap(all, places, problems);
  if (!all.empty()) CheckStatusGap(rulebook, phase, all, places, problems);
  for (const Tariffs& held : Stretches(all)) {
    CheckTierGaps(held, places, problems, kGapFr, kGapEn);
    // Numbers of days are a ladder only among tariffs for the same companies.
    std::set<std::string> scopes;
    for (const Tariff* tariff : held) {
      if (!scopes.insert(tariff->scope().SerializeAsString()).second) continue;
      Tariffs same;
      std::copy_if(held.begin(), held.end(), std::back_inserter(same), [&](const Tariff* other) {
        return other->scope().SerializeAsString() == tariff->scope().SerializeAsString();
      });
      CheckHalfDayGap(same, places, problems);
    }
  }
}

// ---- One tariff.

// `key`: where the scope's own contradiction or its being out of reach is told.
template <typename Scoped>
bool CheckScope(const Scoped& item, const Places& places, Problems& problems) {
  const Scope& scope = item.scope();
  if (HeadcountOf(scope).least > HeadcountOf(scope).most) {
    problems.Add(places.Of(item, "max_headcount"), "L’effectif maximal est inférieur au minimal.",
                 "The greatest headcount is below the least.");
    return false;
  }
  if (AgeOf(scope).least > AgeOf(scope).most) {
    problems.Add(places.Of(item, "max_age_months"), "L’âge maximal est inférieur au minimal.",
                 "The greatest age is below the least.");
    return false;
  }
  if (scope.headcount_basis() != programme::v1::HEADCOUNT_BASIS_UNSPECIFIED &&
      HeadcountOf(scope).unbounded()) {
    problems.Add(places.Of(item, "headcount_basis"), "headcount_basis ne dit rien sans borne d’effectif.",
                 "headcount_basis says nothing without a bound on the headcount.");
  }
  return true;
}

void CheckTariffReach(const Rulebook& rulebook, const Tariff& tariff, const Places& places,
                      Problems& problems) {
  if (!tariff.valid_until().empty() && tariff.valid_from() > tariff.valid_until()) {
    problems.Add(places.Of(tariff, "valid_until"), "Le tarif finit avant de commencer.",
                 "The tariff ends before it starts.");
  }
  if (tariff.max_half_days() != 0 && tariff.min_half_days() > tariff.max_half_days()) {
    problems.Add(places.Of(tariff, "max_half_days"), "Le maximum de demi-journées est inférieur au minimum.",
                 "The most half-days are fewer than the least.");
  }
  if (rulebook.cap_half_days() != 0 && tariff.min_half_days() > rulebook.cap_half_days()) {
    problems.Add(places.Of(tariff, "min_half_days"),
                 "Ce tarif demande plus de demi-journées que cap_half_days n’en accorde.",
                 "This tariff needs more half-days than cap_half_days grants.");
  }
  const bool same_date = rulebook.transition_by() == programme::v1::FIXING_DATE_UNSPECIFIED ||
                         rulebook.transition_by() == rulebook.terms_fixed_by();
  if (same_date && !tariff.valid_until().empty() && tariff.valid_until() < rulebook.in_force_from()) {
    problems.Add(places.Of(tariff, "valid_until"),
                 "Ce tarif finit avant in_force_from : il ne sert jamais dans cette version.",
                 "This tariff ends before in_force_from: in this version it never counts.");
  }
  if (CheckScope(tariff, places, problems) && !MayMeet(tariff.scope(), ScopeOf(rulebook.eligibility()))) {
    problems.Add(places.Of(tariff), "Aucune entreprise que l’éligibilité admet n’entre dans ce tarif.",
                 "No company that the eligibility admits fits this tariff.");
  }
}

void CheckBelow(const Tariff& tariff, std::string_view key, int64_t value, std::string_view limit_key,
                int64_t limit, const Places& places, Problems& problems) {
  if (value <= limit) return;
  const std::string small(limit_key), large(key);
  problems.Add(places.Of(tariff, key), large + " dépasse " + small + " : l’un des deux ne sert jamais.",
               large + " exceeds " + small + ": one of the two never counts.");
}

void CheckEligibleCost(const Rulebook& rulebook, const Tariff& tariff, const Places& places,
                       Problems& problems) {
  const auto below = [&](std::string_view key, int64_t value, std::string_view limit_key, int64_t limit) {
    CheckBelow(tariff, key, value, limit_key, limit, places, problems);
  };
  if (tariff.has_fixed_price()) {
    const int64_t price = tariff.fixed_price().cents();
    below("eligible_cost", tariff.eligible_cost().cents(), "fixed_price", price);
    below("min_cost", tariff.min_cost().cents(), "fixed_price", price);
  }
  if (tariff.has_max_day_rate())
    below("eligible_day_rate", tariff.eligible_day_rate().cents(), "max_day_rate",
          tariff.max_day_rate().cents());
  if (tariff.has_eligible_cost())
    below("min_cost", tariff.min_cost().cents(), "eligible_cost", tariff.eligible_cost().cents());
  if (tariff.max_half_days() > 0)
    below("eligible_half_days", tariff.eligible_half_days(), "max_half_days", tariff.max_half_days());
  if (rulebook.cap_half_days() > 0)
    below("eligible_half_days", tariff.eligible_half_days(), "cap_half_days", rulebook.cap_half_days());
  for (const auto& [key, given, money] :
       {std::tuple{"eligible_cost", tariff.has_eligible_cost(), tariff.eligible_cost()},
        std::tuple{"eligible_day_rate", tariff.has_eligible_day_rate(), tariff.eligible_day_rate()}}) {
    if (!given || money.cents() > 0) continue;
    problems.Add(places.Of(tariff, key), "Rien ne serait éligible : ôtez les prises en charge plutôt.",
                 "Nothing would be eligible: take out the coverages rather.");
  }
}

// ---- Coverages.

const common::v1::Rate* StackCapOf(const Rulebook& rulebook, const Tariff& tariff) {
  if (tariff.has_stack_cap()) return &tariff.stack_cap();
  return rulebook.has_stack_cap() ? &rulebook.stack_cap() : nullptr;
}

// What of a fixed price is eligible; nothing where the price is not fixed.
std::optional<int64_t> FixedEligibleCost(const Tariff& tariff) {
  if (!tariff.has_fixed_price()) return std::nullopt;
  return tariff.has_eligible_cost() ? std::min(tariff.eligible_cost().cents(), tariff.fixed_price().cents())
                                    : tariff.fixed_price().cents();
}

void CheckRemainingCharge(const Coverage& coverage, const Tariff& tariff, const common::v1::Rate* cap,
                          const Places& places, Problems& problems) {
  const int64_t charge = coverage.remaining_charge().cents(), price = tariff.fixed_price().cents();
  const YamlNode& node = places.Of(coverage, "remaining_charge");
  if (charge > price) {
    problems.Add(node, "Le reste à charge dépasse le prix.", "The remaining charge exceeds the price.");
  } else if (cap != nullptr && Exceeds(price - charge, *FixedEligibleCost(tariff), *cap)) {
    problems.Add(node,
                 "Ce reste à charge publié laisse aux aides plus que stack_cap ne permet : l’entreprise "
                 "paierait davantage.",
                 "This published remaining charge leaves more to public aid than stack_cap allows: the "
                 "company would pay more.");
  } else if (coverage.has_ceiling() && price - charge > coverage.ceiling().cents() &&
             tariff.coverage_size() == 1) {
    problems.Add(node, "ceiling empêche ce reste à charge publié : l’entreprise paierait davantage.",
                 "ceiling prevents this published remaining charge: the company would pay more.");
  }
}

void CheckAmount(const Rulebook& rulebook, const Tariff& tariff, const Coverage& coverage,
                 const Places& places, Problems& problems) {
  const common::v1::Rate* const cap = StackCapOf(rulebook, tariff);
  const auto never = [&](std::string_view key) {
    problems.Add(places.Of(coverage, key), "stack_cap ne permet jamais d’aller jusque-là.",
                 "stack_cap never lets it go so far.");
  };
  if (coverage.has_rate() && cap != nullptr &&
      Exceeds(coverage.rate().numerator(), coverage.rate().denominator(), *cap))
    never("rate");
  const std::optional<int64_t> eligible = FixedEligibleCost(tariff);
  if (coverage.has_flat_amount() && cap != nullptr && eligible &&
      Exceeds(coverage.flat_amount().cents(), *eligible, *cap))
    never("flat_amount");
  if (coverage.has_amount_per_day() && cap != nullptr && tariff.has_max_day_rate() &&
      Exceeds(coverage.amount_per_day().cents(), tariff.max_day_rate().cents(), *cap))
    never("amount_per_day");
  if (coverage.has_remaining_charge() && tariff.has_fixed_price())
    CheckRemainingCharge(coverage, tariff, cap, places, problems);
  if (coverage.has_ceiling() && coverage.ceiling().cents() == 0) {
    problems.Add(places.Of(coverage, "ceiling"),
                 "Un plafond de zéro ne paie rien : écrivez plutôt rate: 0 %.",
                 "A ceiling of zero pays nothing: rather write rate: 0 %.");
  }
  if (coverage.at_ceiling() != programme::v1::AT_CEILING_UNSPECIFIED && !coverage.has_ceiling() &&
      !places.Has(coverage, "ceiling")) {
    problems.Add(places.Of(coverage, "at_ceiling"), "at_ceiling ne dit rien sans ceiling.",
                 "at_ceiling says nothing without ceiling.");
  }
}

void CheckCoverageReach(const Rulebook& rulebook, const Tariff& tariff, const Coverage& coverage,
                        const Places& places, Problems& problems) {
  if (!CheckScope(coverage, places, problems)) return;
  if (!MayMeet(coverage.scope(), tariff.scope())) {
    problems.Add(places.Of(coverage), "Aucune entreprise de ce tarif n’entre dans cette prise en charge.",
                 "No company of this tariff fits this coverage.");
  } else if (!MayMeet(coverage.scope(), ScopeOf(rulebook.eligibility()))) {
    problems.Add(places.Of(coverage),
                 "Aucune entreprise que l’éligibilité admet n’entre dans cette prise en charge.",
                 "No company that the eligibility admits fits this coverage.");
  }
}

// Of the coverages of one funder the first that fits counts.
void CheckDead(const Tariff& tariff, int index, const Places& places, Problems& problems) {
  const Coverage& coverage = tariff.coverage(index);
  for (int j = 0; j < index; ++j) {
    const Coverage& earlier = tariff.coverage(j);
    if (earlier.funder() != coverage.funder() || !SurelyIncludes(earlier.scope(), coverage.scope())) continue;
    const std::string line = places.Line(earlier);
    problems.Add(places.Of(coverage),
                 "Cette prise en charge ne sert jamais : celle de la ligne " + line + " passe avant.",
                 "This coverage never counts: the one on line " + line + " comes first.");
    return;
  }
}

bool Pays(const Coverage& coverage) {
  return coverage.has_remaining_charge() || coverage.rate().numerator() > 0 ||
         coverage.flat_amount().cents() > 0 || coverage.amount_per_day().cents() > 0;
}

int OrderOf(const Rulebook& rulebook, const std::string& funder) {
  return static_cast<int>(std::find(rulebook.funders().begin(), rulebook.funders().end(), funder) -
                          rulebook.funders().begin());
}

// A published remaining charge is only true when no funder after it pays part of it.
void CheckUndercut(const Rulebook& rulebook, const Tariff& tariff, const Coverage& coverage,
                   const Places& places, Problems& problems) {
  if (!coverage.has_remaining_charge()) return;
  const bool undercut =
      std::any_of(tariff.coverage().begin(), tariff.coverage().end(), [&](const Coverage& other) {
        return Pays(other) && OrderOf(rulebook, other.funder()) > OrderOf(rulebook, coverage.funder()) &&
               MayMeet(other.scope(), coverage.scope());
      });
  if (!undercut) return;
  problems.Add(
      places.Of(coverage),
      "Un financeur cité après lui dans funders paierait une part de ce reste à charge publié : "
      "placez en dernier celui qui le porte.",
      "A funder that stands after it in funders would pay part of this published remaining charge: put "
      "the one that bears it last.");
}

// What a funder gives of a fixed price before any cap; nothing where the price alone does not tell.
int64_t GivenOf(const Coverage& coverage, int64_t eligible) {
  int64_t given = 0;
  if (coverage.has_rate() && coverage.rate().denominator() > 0)
    given = static_cast<int64_t>(static_cast<internal::Int128>(eligible) * coverage.rate().numerator() /
                                 coverage.rate().denominator());
  if (coverage.has_flat_amount()) given = std::min(coverage.flat_amount().cents(), eligible);
  return coverage.has_ceiling() ? std::min(given, coverage.ceiling().cents()) : given;
}

// Nor is it true when those before give so much that less is left for the company. Of each funder counts the
// least that every company of the charge surely has from it.
void CheckOverpaid(const Rulebook& rulebook, const Tariff& tariff, const Coverage& coverage,
                   const Places& places, Problems& problems) {
  const std::optional<int64_t> eligible = FixedEligibleCost(tariff);
  if (!coverage.has_remaining_charge() || !eligible) return;
  int64_t before = 0;
  for (int i = 0; i < OrderOf(rulebook, coverage.funder()) && i < rulebook.funders_size(); ++i) {
    std::optional<int64_t> least;
    for (const Coverage& other : tariff.coverage()) {
      if (other.funder() != rulebook.funders(i) || !MayMeet(other.scope(), coverage.scope())) continue;
      const int64_t given = GivenOf(other, *eligible);
      least = std::min(least.value_or(given), given);
      if (SurelyIncludes(other.scope(), coverage.scope())) {
        before += *least;
        break;
      }
    }
  }
  const int64_t room = tariff.fixed_price().cents() - coverage.remaining_charge().cents();
  if (before <= std::max<int64_t>(room, 0)) return;
  problems.Add(
      places.Of(coverage, "remaining_charge"),
      "Les financeurs placés avant paient déjà davantage : l’entreprise paierait moins que ce reste à "
      "charge publié.",
      "The funders before it already pay more: the company would pay less than this published "
      "remaining charge.");
}

void CheckFunder(const Rulebook& rulebook, const Coverage& coverage, const Places& places,
                 Problems& problems) {
  const bool listed = places.Of(rulebook, "funders").kind == YamlNode::Kind::kList;
  if (!listed || coverage.funder().empty() || OrderOf(rulebook, coverage.funder()) < rulebook.funders_size())
    return;
  std::vector<Word> known;
  for (const std::string& name : rulebook.funders()) known.push_back({name, 0});
  ReadWord(places.Of(coverage, "funder"), known, problems);  // notes the nearest
}

// A funder whose tiers leave companies out between them.
void CheckCoverageTiers(const Rulebook& rulebook, const Tariff& tariff, const Places& places,
                        Problems& problems) {
  for (const std::string& funder :
       std::set<std::string>(rulebook.funders().begin(), rulebook.funders().end())) {
    std::vector<const Coverage*> own;
    for (const Coverage& coverage : tariff.coverage()) {
      if (coverage.funder() == funder) own.push_back(&coverage);
    }
    CheckTierGaps(own, places, problems,
                  " n’ont rien de ce financeur : comblez ce vide, au besoin par rate: 0 %.",
                  " get nothing from this funder: fill this gap, with rate: 0 % if so it is.");
  }
}

}  // namespace

void CheckCoverages(const Rulebook& rulebook, const Tariff& tariff, const Places& places,
                    Problems& problems) {
  for (int i = 0; i < tariff.coverage_size(); ++i) {
    const Coverage& coverage = tariff.coverage(i);
    CheckFunder(rulebook, coverage, places, problems);
    CheckAmount(rulebook, tariff, coverage, places, problems);
    CheckCoverageReach(rulebook, tariff, coverage, places, problems);
    CheckDead(tariff, i, places, problems);
    CheckUndercut(rulebook, tariff, coverage, places, problems);
    CheckOverpaid(rulebook, tariff, coverage, places, problems);
  }
  CheckCoverageTiers(rulebook, tariff, places, problems);
}

void CheckTariffs(const Rulebook& rulebook, const Phase& phase, const Places& places, Problems& problems) {
  for (const Tariff& tariff : phase.tariffs()) {
    CheckTariffReach(rulebook, tariff, places, problems);
    CheckEligibleCost(rulebook, tariff, places, problems);
    CheckCoverages(rulebook, tariff, places, problems);
  }
  CheckTariffsApart(phase, places, problems);
  if (!phase.gaps_intended()) CheckTariffGaps(rulebook, phase, places, problems);
}

}  // namespace jalon::rules
