#ifndef JALON_RULES_RUNNING_TOTAL_H_
#define JALON_RULES_RUNNING_TOTAL_H_

#include <vector>

#include "base/cents.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::rules {

// What is charged of a line: to each funder, in the order of its shares, and to the company; together the
// cost.
struct Charged {
  Cents cost;
  std::vector<Cents> shares;
  Cents company;

  bool operator==(const Charged&) const = default;
};

// What the first `half_days` of a line's half-days charge together, none of them reversed: what
// funding.charge_half_day has charged by then. The cost and each share follow the running total, agreed × k ÷
// n rounded half-up, and the company bears the difference; where its part would leave 0 … agreed, cents move
// between funders, from the last. After the n-th everybody stands at what they agreed. Requires 0 ≤ half_days
// ≤ line.half_days() and a line whose parts add up.
Charged ChargedUpTo(const funding::v1::CoverageLine& line, int half_days);

}  // namespace jalon::rules

#endif  // JALON_RULES_RUNNING_TOTAL_H_
