#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "rules/eligibility.h"

// A company qualifies exactly when every condition that is told of it is met.
namespace jalon::rules {
namespace {

using programme::v1::Eligibility;

template <class Value>
Value OneOf(std::initializer_list<Value> values) {
  return *rc::gen::elementOf(std::vector<Value>(values));
}

bool Sometimes() {
  return *rc::gen::arbitrary<bool>();
}

// Few values, so that bounds are met on the spot as often as missed.
Date AnyDay() {
  return Date::Parse("2024-02-29")->AddMonths(*rc::gen::inRange(-40, 40));
}

Eligibility AnyRules() {
  Eligibility rules;
  rules.set_headcount_basis(
      OneOf({programme::v1::HEADCOUNT_BASIS_UNSPECIFIED, programme::v1::HEADCOUNT_BASIS_COMPANY,
             programme::v1::HEADCOUNT_BASIS_SITE, programme::v1::HEADCOUNT_BASIS_GROUP}));
  if (Sometimes()) rules.set_min_headcount_hundredths(*rc::gen::inRange(0, 4));
  if (Sometimes()) rules.set_max_headcount_hundredths(*rc::gen::inRange(0, 4));
  if (Sometimes()) rules.set_min_turnover_cents(*rc::gen::inRange(0, 4));
  if (Sometimes()) rules.set_max_turnover_cents(*rc::gen::inRange(0, 4));
  if (Sometimes()) rules.set_max_balance_sheet_cents(*rc::gen::inRange(0, 4));
  if (Sometimes()) rules.set_min_age_months(*rc::gen::inRange(0, 30));
  if (Sometimes()) rules.set_max_age_months(*rc::gen::inRange(0, 30));
  rules.set_independent(Sometimes());
  if (Sometimes()) rules.add_regions(OneOf<const char*>({"32", "44"}));
  if (Sometimes()) {
    auto& agreement = *rules.add_region_agreements();
    agreement.set_region(OneOf<const char*>({"32", "44"}));
    if (Sometimes()) agreement.set_valid_from(AnyDay().ToIso());
    if (Sometimes()) agreement.set_valid_until(AnyDay().ToIso());
  }
  if (Sometimes()) rules.add_naf_excluded(OneOf<const char*>({"62", "62.0", "64"}));
  if (Sometimes()) rules.add_naf_included(OneOf<const char*>({"6", "62.01", "64"}));
  if (Sometimes()) rules.add_size_classes(OneOf({common::v1::SIZE_CLASS_SMALL, common::v1::SIZE_CLASS_ETI}));
  if (Sometimes()) rules.add_statuses("cooperative");
  if (Sometimes()) {
    rules.mutable_requests()->set_max(*rc::gen::inRange(1, 4));
    if (Sometimes()) {
      rules.mutable_requests()->mutable_period()->set_rolling_years(*rc::gen::inRange(1, 4));
    } else {
      rules.mutable_requests()->mutable_period()->set_calendar_years(*rc::gen::inRange(1, 4));
    }
  }
  return rules;
}

EligibilityFacts AnyFacts() {
  EligibilityFacts facts{.applied_on = AnyDay()};
  for (auto* number : {&facts.headcount_hundredths, &facts.site_headcount_hundredths,
                       &facts.group_headcount_hundredths, &facts.turnover_cents, &facts.balance_sheet_cents})
    if (Sometimes()) *number = *rc::gen::inRange(0, 4);
  if (Sometimes()) facts.created_on = AnyDay();
  facts.independent = Sometimes();
  facts.region = OneOf<const char*>({"", "32", "44"});
  facts.naf = OneOf<const char*>({"", "62.01Z", "64.20Z"});
  facts.size_class = OneOf({common::v1::SIZE_CLASS_SMALL, common::v1::SIZE_CLASS_ETI});
  if (Sometimes()) facts.statuses = {"cooperative"};
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) facts.earlier_requests.push_back(AnyDay());
  return facts;
}

RC_GTEST_PROP(EligibilityLaws, ACompanyQualifiesWhenEveryConditionIsMet, ()) {
  const Eligibility rules = AnyRules();
  const EligibilityFacts facts = AnyFacts();
  const auto conditions = CheckEligibility(rules, facts);
  const bool all_met = std::all_of(conditions.begin(), conditions.end(),
                                   [](const Condition& condition) { return condition.met; });
  RC_CLASSIFY(all_met);
  RC_ASSERT(Qualifies(rules, facts) == all_met);
}

}  // namespace
}  // namespace jalon::rules
