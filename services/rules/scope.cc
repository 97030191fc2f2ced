#include "rules/scope.h"

#include <algorithm>

namespace jalon::rules {
namespace {

using programme::v1::Scope;

// A list names what it admits; one that names nothing admits everything.
template <typename Values>
bool Includes(const Values& wide, const Values& narrow) {
  if (wide.empty()) return true;
  return !narrow.empty() && std::all_of(narrow.begin(), narrow.end(), [&](const auto& value) {
    return std::find(wide.begin(), wide.end(), value) != wide.end();
  });
}
template <typename Values>
bool Meets(const Values& a, const Values& b) {
  if (a.empty() || b.empty()) return true;
  return std::any_of(a.begin(), a.end(),
                     [&](const auto& value) { return std::find(b.begin(), b.end(), value) != b.end(); });
}

bool SameBasis(const Scope& a, const Scope& b) {
  return BasisOf(a.headcount_basis()) == BasisOf(b.headcount_basis());
}

}  // namespace

programme::v1::HeadcountBasis BasisOf(programme::v1::HeadcountBasis basis) {
  return basis == programme::v1::HEADCOUNT_BASIS_UNSPECIFIED ? programme::v1::HEADCOUNT_BASIS_COMPANY : basis;
}

Interval HeadcountOf(const Scope& scope) {
  Interval interval;
  if (scope.has_min_headcount_hundredths()) interval.least = scope.min_headcount_hundredths();
  if (scope.has_max_headcount_hundredths()) interval.most = scope.max_headcount_hundredths();
  return interval;
}

Interval AgeOf(const Scope& scope) {
  Interval interval;
  if (scope.has_min_age_months()) interval.least = scope.min_age_months();
  if (scope.has_max_age_months()) interval.most = scope.max_age_months();
  return interval;
}

bool MayMeet(const Scope& a, const Scope& b) {
  return Meets(a.size_classes(), b.size_classes()) && Meets(a.regions(), b.regions()) &&
         (!SameBasis(a, b) || HeadcountOf(a).Meets(HeadcountOf(b))) && AgeOf(a).Meets(AgeOf(b));
}

bool SurelyIncludes(const Scope& wide, const Scope& narrow) {
  return Includes(wide.size_classes(), narrow.size_classes()) && Includes(wide.regions(), narrow.regions()) &&
         Includes(wide.statuses(), narrow.statuses()) &&
         (HeadcountOf(wide).unbounded() ||
          (SameBasis(wide, narrow) && HeadcountOf(wide).Includes(HeadcountOf(narrow)))) &&
         AgeOf(wide).Includes(AgeOf(narrow));
}

Scope ScopeOf(const programme::v1::Eligibility& eligibility) {
  Scope scope;
  *scope.mutable_size_classes() = eligibility.size_classes();
  *scope.mutable_regions() = eligibility.regions();
  if (eligibility.regions().empty()) {
    for (const auto& agreement : eligibility.region_agreements()) scope.add_regions(agreement.region());
  }
  if (eligibility.has_min_headcount_hundredths())
    scope.set_min_headcount_hundredths(eligibility.min_headcount_hundredths());
  if (eligibility.has_max_headcount_hundredths())
    scope.set_max_headcount_hundredths(eligibility.max_headcount_hundredths());
  scope.set_headcount_basis(eligibility.headcount_basis());
  // A company only grows older after its application, so its greatest age then bounds nothing later.
  if (eligibility.has_min_age_months()) scope.set_min_age_months(eligibility.min_age_months());
  return scope;
}

std::optional<Interval> FindHole(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(),
            [](const Interval& a, const Interval& b) { return a.least < b.least; });
  int64_t reached = intervals.empty() ? 0 : intervals.front().most;
  for (const Interval& next : intervals) {
    if (reached != std::numeric_limits<int64_t>::max() && next.least > reached + 1)
      return Interval{reached, next.least};
    reached = std::max(reached, next.most);
  }
  return std::nullopt;
}

}  // namespace jalon::rules
