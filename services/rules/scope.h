#ifndef JALON_RULES_SCOPE_H_
#define JALON_RULES_SCOPE_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "jalon/programme/v1/rulebook.pb.h"

// How the scopes of a rulebook lie to each other: the set of companies that a tariff, a coverage or the
// eligibility is for.
namespace jalon::rules {

// Whole numbers from `least` to `most`, both included.
struct Interval {
  int64_t least = 0;
  int64_t most = std::numeric_limits<int64_t>::max();

  bool Meets(const Interval& other) const { return least <= other.most && other.least <= most; }
  bool Includes(const Interval& other) const { return least <= other.least && other.most <= most; }
  bool unbounded() const { return least == 0 && most == std::numeric_limits<int64_t>::max(); }
};

Interval HeadcountOf(const programme::v1::Scope& scope);
Interval AgeOf(const programme::v1::Scope& scope);

// The company's where the rulebook names none.
programme::v1::HeadcountBasis BasisOf(programme::v1::HeadcountBasis basis);

// Whether a company may fit both. What cannot be told from the scopes alone (a headcount at the company and
// another in its group, two statuses) may.
bool MayMeet(const programme::v1::Scope& a, const programme::v1::Scope& b);
// Whether whoever fits `narrow` surely fits `wide`.
bool SurelyIncludes(const programme::v1::Scope& wide, const programme::v1::Scope& narrow);

// What the eligibility says in the words of a scope.
programme::v1::Scope ScopeOf(const programme::v1::Eligibility& eligibility);

// The first hole between the lowest and the highest of the intervals: the last number before it and the first
// after.
std::optional<Interval> FindHole(std::vector<Interval> intervals);

}  // namespace jalon::rules

#endif  // JALON_RULES_SCOPE_H_
