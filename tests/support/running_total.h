#ifndef JALON_TESTS_SUPPORT_RUNNING_TOTAL_H_
#define JALON_TESTS_SUPPORT_RUNNING_TOTAL_H_

#include <cstdint>
#include <vector>

#include "base/cents.h"

// What one half-day costs each party, so that the half-days of a phase add up to exactly what was agreed:
// written apart from funding.charge_half_day, which charges, to be compared with it.
namespace jalon::test {

// The rule of the running total: the k-th of n half-days costs what brings the total to agreed × k ÷ n,
// rounded half-up. An amount agreed over n half-days is thereby charged exactly when the n-th is. Requires 1
// ≤ k ≤ n.
constexpr Cents LineAmount(Cents agreed, int64_t k, int64_t n, Cents charged_so_far) {
  return MulDivHalfUp(agreed, k, n) - charged_so_far;
}

// A cost and who bears it: the shares, in the order of the rulebook's funders, and the company's part. They
// add up to the cost.
struct Split {
  Cents cost;
  std::vector<Cents> shares;
  Cents company;

  bool operator==(const Split&) const = default;
};

// What the k-th of n half-days charges, where `agreed` is the phase's line of the agreement and `charged`
// what stands charged of it now, reversals taken off. Requires 1 ≤ k ≤ n, no negative amount, nobody charged
// beyond what they agreed, and as many shares in both.
//
// The cost and every share follow the running total, and the company bears the difference: the rounding cent.
// Where that alone would make the company's part of a half-day negative, or bring it above what it agreed to
// pay (its whole part is a few cents a half-day or nothing, as when two funders cover the cost between them),
// cents move between neighbours in time:
//   1. each funder in order takes what its running total asks, as far as the cost of the half-day goes;
//   2. the company takes what is left, as far as its agreed part goes;
//   3. what is still left goes to the funders in order, ahead of their running total, as far as their agreed
//   shares go.
// Then nobody is ever charged a negative amount or more than agreed, the parts of every half-day add up to
// its cost, and after the n-th everybody stands at what they agreed.
Split SplitHalfDay(const Split& agreed, int64_t k, int64_t n, const Split& charged);

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_RUNNING_TOTAL_H_
