#include "enrolment/assessment.h"

#include <algorithm>

#include "enrolment/eu_size.h"
#include "enrolment/french_category.h"
#include "enrolment/single_undertaking.h"

namespace jalon::enrolment {
namespace {

common::v1::SizeClass SizeClassOf(const v1::EuSizeResult& eu) {
  switch (eu.size()) {
    case v1::EU_SIZE_MICRO:
      return common::v1::SIZE_CLASS_MICRO;
    case v1::EU_SIZE_SMALL:
      return common::v1::SIZE_CLASS_SMALL;
    case v1::EU_SIZE_MEDIUM:
      return common::v1::SIZE_CLASS_MEDIUM;
    default:
      break;
  }
  // What is no SME is an ETI at least, be its figures small (art. 3(4), or a first year back below the
  // ceilings).
  const std::optional<SizeFigures> figures = LastFigures(eu);
  if (!figures) return common::v1::SIZE_CLASS_UNSPECIFIED;
  return FrenchCategoryOf(*figures).size_class == FrenchCategory::kLarge ? common::v1::SIZE_CLASS_LARGE
                                                                         : common::v1::SIZE_CLASS_ETI;
}

}  // namespace

v1::CompanyAssessment Assess(const Ownership& ownership, const v1::Party& company, Date on) {
  const OwnershipGraph graph(ownership, company, on);
  v1::CompanyAssessment assessment;
  assessment.set_siren(company.party_id());
  assessment.set_name(company.name());
  assessment.set_assessed_on(on.ToIso());
  *assessment.mutable_eu_size() = AssessEuSize(graph);
  *assessment.mutable_french_category() = AssessFrenchCategory(graph);
  *assessment.mutable_single_undertaking() = AssessSingleUndertaking(graph);
  assessment.set_size_class(SizeClassOf(assessment.eu_size()));
  for (v1::Finding& finding : QuarterHolders(graph)) *assessment.add_quarter_holders() = std::move(finding);
  return assessment;
}

v1::CompanyAssessment AssessCase(Ownership ownership, const v1::Party& company, const v1::CompanyFacts& facts,
                                 Date on) {
  v1::Accounts declared;
  declared.set_party_id(company.party_id());
  // A year that closes after the date judged is the latest known all the same.
  const std::optional<Date> closed_on = Date::Parse(facts.year_closed_on());
  declared.set_closed_on((closed_on ? std::min(on, *closed_on) : on).ToIso());
  declared.set_headcount_hundredths(facts.headcount_hundredths());
  *declared.mutable_turnover() = facts.turnover();
  *declared.mutable_balance_sheet() = facts.balance_sheet();
  // The consolidation of accounts given before still holds; and of two accounts of one day, the last counts.
  for (const v1::Accounts& known : ownership.accounts)
    if (known.party_id() == declared.party_id() && known.closed_on() == declared.closed_on())
      *declared.mutable_consolidates() = known.consolidates();
  ownership.accounts.push_back(std::move(declared));
  return Assess(ownership, company, on);
}

}  // namespace jalon::enrolment
