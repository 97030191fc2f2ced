#include "enrolment/eligibility.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/cents.h"
#include "base/commune.h"
#include "base/wording.h"
#include "enrolment/eu_size.h"
#include "enrolment/evidence.h"
#include "enrolment/size_class.h"
#include "rules/eligibility.h"

namespace jalon::enrolment {
namespace {

using common::v1::SizeClass;
using programme::v1::Eligibility;

constexpr Language kFr = Language::kFrench;
constexpr Language kEn = Language::kEnglish;

v1::Condition MakeCondition(std::string_view code, bool met, std::string fr, std::string en) {
  v1::Condition condition;
  condition.set_code(std::string(code));
  condition.set_met(met);
  condition.set_evidence_fr(Typeset(std::move(fr)));
  condition.set_evidence_en(std::move(en));
  return condition;
}

struct Wording {
  std::string fr;
  std::string en;
};

// "de 10 à 2 000", "10 au moins" or "2 000 au plus"; `show` writes a bound in a language.
template <typename Show>
Wording Bounds(std::optional<int64_t> min, std::optional<int64_t> max, Show show) {
  if (min && max) {
    return {"de " + show(*min, kFr) + " à " + show(*max, kFr),
            "from " + show(*min, kEn) + " to " + show(*max, kEn)};
  }
  if (min) return {show(*min, kFr) + " au moins", "at least " + show(*min, kEn)};
  return {show(*max, kFr) + " au plus", "at most " + show(*max, kEn)};
}

bool InBounds(int64_t value, std::optional<int64_t> min, std::optional<int64_t> max) {
  return (!min || *min <= value) && (!max || value <= *max);
}

v1::Condition CheckActive(const v1::Company& company) {
  if (company.ceased()) {
    return MakeCondition("active", false, "L’entreprise a cessé son activité selon le répertoire Sirene.",
                         "The company has ceased trading according to the Sirene register.");
  }
  return MakeCondition("active", true, "L’entreprise est en activité selon le répertoire Sirene.",
                       "The company is trading according to the Sirene register.");
}

std::optional<v1::Condition> CheckHeadcount(const Eligibility& rules, const v1::CompanyFacts& facts,
                                            const v1::CompanyAssessment& assessment) {
  std::optional<int64_t> min, max;
  if (rules.has_min_headcount_hundredths()) min = rules.min_headcount_hundredths();
  if (rules.has_max_headcount_hundredths()) max = rules.max_headcount_hundredths();
  if (!min && !max) return std::nullopt;
  const Wording bounds = Bounds(min, max, FormatHeadcount);
  if (rules.headcount_basis() == programme::v1::HEADCOUNT_BASIS_SITE) {
    if (!facts.has_site_headcount_hundredths()) {
      return MakeCondition("headcount", false, "Effectif du site inconnu ; demandé : " + bounds.fr + ".",
                           "Headcount of the site unknown; required: " + bounds.en + ".");
    }
    const int64_t site = facts.site_headcount_hundredths();
    return MakeCondition(
        "headcount", InBounds(site, min, max),
        "Effectif déclaré du site : " + FormatHeadcount(site, kFr) + " ETP ; demandé : " + bounds.fr + ".",
        "Declared headcount of the site: " + FormatHeadcount(site, kEn) + " FTE; required: " + bounds.en +
            ".");
  }
  if (rules.headcount_basis() == programme::v1::HEADCOUNT_BASIS_GROUP) {
    const std::optional<int64_t> group = GroupHeadcount(facts, assessment);
    const int64_t all = group.value_or(0);
    return MakeCondition(
        "headcount", group && assessment.eu_size().complete() && InBounds(all, min, max),
        "Effectif du groupe : " + FormatHeadcount(all, kFr) + " ETP ; demandé : " + bounds.fr + ".",
        "Headcount of the group: " + FormatHeadcount(all, kEn) + " FTE; required: " + bounds.en + ".");
  }
  const int64_t staff = facts.headcount_hundredths();
  return MakeCondition(
      "headcount", InBounds(staff, min, max),
      "Effectif déclaré : " + FormatHeadcount(staff, kFr) + " ETP ; demandé : " + bounds.fr + ".",
      "Declared headcount: " + FormatHeadcount(staff, kEn) + " FTE; required: " + bounds.en + ".");
}

std::optional<v1::Condition> CheckAge(const Eligibility& rules, const v1::Company& company, Date applied_on) {
  if (!rules.has_min_age_months()) return std::nullopt;
  const std::string required = std::to_string(rules.min_age_months());
  const std::optional<Date> created_on = Date::Parse(company.created_on());
  if (!created_on) {
    // The register holds empty and impossible dates; the officer completes them from the Kbis.
    return MakeCondition(
        "age", false,
        "Date de création absente du répertoire ; ancienneté demandée : " + required + " mois révolus.",
        "Date of creation missing from the register; required age: " + required + " whole months.");
  }
  const int months = WholeMonths(*created_on, applied_on);
  const bool met = *created_on <= applied_on && months >= rules.min_age_months();
  return MakeCondition("age", met,
                       "Créée le " + FormatDate(*created_on, kFr) + ", soit " + std::to_string(months) +
                           " mois révolus à la demande du " + FormatDate(applied_on, kFr) +
                           " ; demandé : " + required + " mois.",
                       "Created on " + FormatDate(*created_on, kEn) + ", " + std::to_string(months) +
                           " whole months before the application of " + FormatDate(applied_on, kEn) +
                           "; required: " + required + " months.");
}

std::optional<v1::Condition> CheckIndependence(const Eligibility& rules, const v1::CompanyFacts& facts,
                                               const v1::CompanyAssessment& assessment) {
  if (!rules.independent()) return std::nullopt;
  if (!facts.independent()) {
    return MakeCondition(
        "independence", false,
        "Non déclarée indépendante ; demandé : aucune autre entreprise n’en détient 25 % ou plus.",
        "Not declared independent; required: no other enterprise holds 25% or more of it.");
  }
  if (!assessment.quarter_holders().empty()) {
    Wording holders;
    for (const v1::Finding& holder : assessment.quarter_holders()) {
      holders.fr.append(" ").append(holder.fr());
      holders.en.append(" ").append(holder.en());
    }
    return MakeCondition(
        "independence", false,
        "Déclarée indépendante, mais des liens connus à 25 % ou plus disent autre chose :" + holders.fr,
        "Declared independent, but known holdings of 25% or more say otherwise:" + holders.en);
  }
  return MakeCondition("independence", true,
                       "Déclarée indépendante : aucune autre entreprise n’en détient 25 % ou plus.",
                       "Declared independent: no other enterprise holds 25% or more of it.");
}

std::string RegionName(std::string_view code) {
  for (const auto& entry : internal::kRegions) {
    if (entry.region.code == code) return std::string(entry.region.name);
  }
  return std::string(code);
}

std::optional<v1::Condition> CheckRegion(const Eligibility& rules, const v1::Company& company) {
  if (rules.regions().empty()) return std::nullopt;
  std::string admitted;
  for (const std::string& region : rules.regions())
    admitted.append(admitted.empty() ? "" : ", ").append(RegionName(region));
  const std::string& region = company.region();
  const bool met = std::find(rules.regions().begin(), rules.regions().end(), region) != rules.regions().end();
  const Wording seat =
      region.empty() ? Wording{"Région du siège inconnue", "Region of the seat unknown"}
                     : Wording{"Siège en région " + RegionName(region), "Seat in " + RegionName(region)};
  return MakeCondition("region", met, seat.fr + " ; demandé : " + admitted + ".",
                       seat.en + "; required: " + admitted + ".");
}

std::string WithoutDots(std::string_view naf) {
  std::string result(naf);
  std::erase(result, '.');
  return result;
}

std::optional<v1::Condition> CheckSector(const Eligibility& rules, const v1::Company& company) {
  if (rules.naf_excluded().empty()) return std::nullopt;
  if (company.naf().empty()) {
    return MakeCondition("sector", false, "Code NAF absent du répertoire ; certains secteurs sont exclus.",
                         "NAF code missing from the register; some sectors are excluded.");
  }
  const std::string naf = WithoutDots(company.naf());
  const auto excluded =
      std::find_if(rules.naf_excluded().begin(), rules.naf_excluded().end(),
                   [&](const std::string& prefix) { return naf.starts_with(WithoutDots(prefix)); });
  if (excluded == rules.naf_excluded().end()) {
    return MakeCondition("sector", true, "Code NAF " + company.naf() + " : secteur non exclu.",
                         "NAF code " + company.naf() + ": sector not excluded.");
  }
  return MakeCondition(
      "sector", false, "Code NAF " + company.naf() + " : les codes en " + *excluded + " sont exclus.",
      "NAF code " + company.naf() + ": codes beginning with " + *excluded + " are excluded.");
}

Wording SizeName(int size_class) {
  switch (size_class) {
    case common::v1::SIZE_CLASS_MICRO:
      return {"microentreprise", "micro"};
    case common::v1::SIZE_CLASS_SMALL:
      return {"petite", "small"};
    case common::v1::SIZE_CLASS_MEDIUM:
      return {"moyenne", "medium"};
    case common::v1::SIZE_CLASS_ETI:
      return {"ETI", "ETI"};
    case common::v1::SIZE_CLASS_LARGE:
      return {"grande", "large"};
    default:
      return {"inconnue", "unknown"};
  }
}

std::optional<v1::Condition> CheckSize(const Eligibility& rules, const v1::CompanyFacts& facts,
                                       const v1::CompanyAssessment& assessment) {
  if (rules.size_classes().empty()) return std::nullopt;
  Wording admitted;
  for (const int size_class : rules.size_classes()) {
    const Wording name = SizeName(size_class);
    admitted.fr.append(admitted.fr.empty() ? "" : ", ").append(name.fr);
    admitted.en.append(admitted.en.empty() ? "" : ", ").append(name.en);
  }
  // Either amount alone may decide the class, so both must be known.
  const std::optional<SizeFigures> figures = LastFigures(assessment.eu_size());
  if (!facts.has_turnover() || !facts.has_balance_sheet() || !figures) {
    return MakeCondition("size", false,
                         "Chiffre d’affaires ou bilan non déclaré. Tailles admises : " + admitted.fr + ".",
                         "Turnover or balance sheet not declared. Sizes admitted: " + admitted.en + ".");
  }
  Sized<SizeClass> size = SizeClassOf(*figures);
  if (size.size_class != assessment.size_class()) {
    const Wording name = SizeName(assessment.size_class());
    size.evidence_fr += " Taille retenue : " + name.fr + " (deux exercices consécutifs, ou capital public).";
    size.evidence_en += " Size that counts: " + name.en + " (two consecutive years, or public capital).";
  }
  if (const int others = assessment.eu_size().counted_size() - 1; others > 0) {
    size.evidence_fr += " Entreprises liées ou partenaires comptées : " + std::to_string(others) + ".";
    size.evidence_en += " Linked and partner enterprises counted: " + std::to_string(others) + ".";
  }
  const bool met = std::find(rules.size_classes().begin(), rules.size_classes().end(),
                             assessment.size_class()) != rules.size_classes().end();
  return MakeCondition("size", met, size.evidence_fr + " Tailles admises : " + admitted.fr + ".",
                       size.evidence_en + " Sizes admitted: " + admitted.en + ".");
}

std::optional<v1::Condition> CheckAccounts(const v1::CompanyAssessment& assessment) {
  std::string missing;
  for (const v1::CountedEnterprise& counted : assessment.eu_size().counted())
    if (counted.closed_on().empty())
      missing.append(missing.empty() ? "" : ", ")
          .append(counted.name())
          .append(" (" + counted.party_id() + ")");
  if (missing.empty()) return std::nullopt;
  return MakeCondition("accounts", false,
                       "Comptes inconnus d’entreprises liées ou partenaires : " + missing + ".",
                       "Accounts unknown of linked or partner enterprises: " + missing + ".");
}

std::string Listed(const google::protobuf::RepeatedPtrField<std::string>& codes) {
  std::string list;
  for (const std::string& code : codes) list.append(list.empty() ? "" : ", ").append(code);
  return list.empty() ? "–" : list;
}

std::optional<v1::Condition> CheckStatus(const Eligibility& rules, const v1::CompanyFacts& facts) {
  if (rules.statuses().empty()) return std::nullopt;
  const bool met = std::any_of(facts.statuses().begin(), facts.statuses().end(), [&](const auto& status) {
    return std::find(rules.statuses().begin(), rules.statuses().end(), status) != rules.statuses().end();
  });
  return MakeCondition("status", met,
                       "Statuts déclarés : " + Listed(facts.statuses()) +
                           ". Statuts admis : " + Listed(rules.statuses()) + ".",
                       "Declared statuses: " + Listed(facts.statuses()) +
                           ". Statuses admitted: " + Listed(rules.statuses()) + ".");
}

// What the rules' own check of a condition says, in the words of the contract.
std::optional<v1::Condition> Told(const std::optional<rules::Condition>& condition) {
  if (!condition) return std::nullopt;
  return MakeCondition(condition->code, condition->met, condition->fr, condition->en);
}

rules::EligibilityFacts FactsOf(const v1::Company& company, const v1::CompanyFacts& declared, Date applied_on,
                                std::vector<Date> earlier_requests) {
  rules::EligibilityFacts facts{.applied_on = applied_on};
  if (declared.has_turnover()) facts.turnover_cents = BoundedCents(declared.turnover().cents()).value();
  if (declared.has_balance_sheet())
    facts.balance_sheet_cents = BoundedCents(declared.balance_sheet().cents()).value();
  facts.created_on = Date::Parse(company.created_on());
  facts.region = company.region();
  facts.naf = company.naf();
  facts.earlier_requests = std::move(earlier_requests);
  return facts;
}

}  // namespace

std::vector<v1::Condition> CheckEligibility(const Eligibility& rules, const v1::Company& company,
                                            const v1::CompanyFacts& facts,
                                            const v1::CompanyAssessment& assessment, Date applied_on,
                                            std::vector<Date> earlier_requests) {
  const rules::EligibilityFacts known = FactsOf(company, facts, applied_on, std::move(earlier_requests));
  std::vector<v1::Condition> conditions = {CheckActive(company)};
  const auto add = [&](std::optional<v1::Condition> condition) {
    if (condition) conditions.push_back(*std::move(condition));
  };
  add(CheckHeadcount(rules, facts, assessment));
  add(Told(rules::CheckTurnover(rules, known)));
  add(rules.has_max_age_months() ? Told(rules::CheckAge(rules, known))
                                 : CheckAge(rules, company, applied_on));
  add(CheckIndependence(rules, facts, assessment));
  add(rules.region_agreements().empty() ? CheckRegion(rules, company)
                                        : Told(rules::CheckRegion(rules, known)));
  add(rules.naf_included().empty() ? CheckSector(rules, company) : Told(rules::CheckSector(rules, known)));
  add(CheckSize(rules, facts, assessment));
  add(CheckStatus(rules, facts));
  add(Told(rules::CheckRequests(rules, known)));
  add(CheckAccounts(assessment));
  return conditions;
}

std::optional<int64_t> GroupHeadcount(const v1::CompanyFacts& facts,
                                      const v1::CompanyAssessment& assessment) {
  std::optional<int64_t> staff;
  if (const std::optional<SizeFigures> figures = LastFigures(assessment.eu_size()))
    staff = figures->headcount_hundredths;
  if (facts.has_group_headcount_hundredths())
    staff = std::max(staff.value_or(0), facts.group_headcount_hundredths());
  return staff;
}

bool AllMet(const std::vector<v1::Condition>& conditions) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [](const v1::Condition& condition) { return condition.met(); });
}

int WholeMonths(Date from, Date until) {
  if (until < from) return 0;
  const Month first = from.FirstOfMonth(), last = until.FirstOfMonth();
  const int months =
      (last.year - first.year) * 12 + static_cast<int>(last.month) - static_cast<int>(first.month);
  return from.AddMonths(months) > until ? months - 1 : months;
}

}  // namespace jalon::enrolment
