#include "enrolment/french_category.h"

#include "base/wording.h"
#include "enrolment/evidence.h"
#include "enrolment/size_class.h"

namespace jalon::enrolment {
namespace {

v1::FrenchCategory ToProto(FrenchCategory category) {
  switch (category) {
    case FrenchCategory::kMicro:
      return v1::FRENCH_CATEGORY_MICRO;
    case FrenchCategory::kPme:
      return v1::FRENCH_CATEGORY_PME;
    case FrenchCategory::kEti:
      return v1::FRENCH_CATEGORY_ETI;
    case FrenchCategory::kLarge:
      return v1::FRENCH_CATEGORY_LARGE;
  }
  return v1::FRENCH_CATEGORY_UNSPECIFIED;
}

}  // namespace

v1::FrenchCategoryResult AssessFrenchCategory(const OwnershipGraph& graph) {
  v1::FrenchCategoryResult result;
  const auto& years = graph.accounts(graph.subject());
  const auto after = years.upper_bound(graph.on());
  if (after == years.begin()) {
    *result.add_findings() = MakeFinding("Aucun exercice clos connu : la catégorie ne peut être établie.",
                                         "No closed period is known: the category cannot be established.");
    return result;
  }
  const auto& [closed_on, accounts] = *std::prev(after);
  const SizeFigures figures{accounts.headcount_hundredths(), BoundedCents(accounts.turnover().cents()),
                            BoundedCents(accounts.balance_sheet().cents())};
  Sized<FrenchCategory> sized = FrenchCategoryOf(figures);
  result.set_category(ToProto(sized.size_class));
  result.set_closed_on(closed_on.ToIso());
  result.mutable_figures()->set_headcount_hundredths(figures.headcount_hundredths);
  result.mutable_figures()->mutable_turnover()->set_cents(figures.turnover.value());
  result.mutable_figures()->mutable_balance_sheet()->set_cents(figures.balance_sheet.value());
  *result.add_findings() = MakeFinding(std::move(sized.evidence_fr), std::move(sized.evidence_en));
  *result.add_findings() = MakeFinding(
      "Dernier exercice clos le " + FormatDate(closed_on, Language::kFrench) +
          ", de l’unité légale seule (décret n° 2008-1354, art. 2 et 3 ; l’art. 1 permet de retenir un "
          "ensemble d’unités).",
      "Last period closed on " + FormatDate(closed_on, Language::kEnglish) +
          ", of the legal unit alone (décret 2008-1354, art. 2 and 3; art. 1 allows for a set of units).");
  return result;
}

}  // namespace jalon::enrolment
