#include "tests/support/running_total.h"

#include <algorithm>
#include <cstddef>

namespace jalon::test {

Split SplitHalfDay(const Split& agreed, int64_t k, int64_t n, const Split& charged) {
  // Below zero only after reversals of amounts under a cent a half-day: then the total has run ahead, and
  // waits.
  const auto due = [&](Cents whole, Cents so_far) {
    return std::max(LineAmount(whole, k, n, so_far), Cents(0));
  };

  Split half_day;
  half_day.cost = due(agreed.cost, charged.cost);
  Cents left = half_day.cost;
  const auto take = [&](Cents amount) {
    const Cents taken = std::min(amount, left);
    left -= taken;
    return taken;
  };
  for (size_t i = 0; i < agreed.shares.size(); ++i) {
    half_day.shares.push_back(take(due(agreed.shares[i], charged.shares[i])));
  }
  half_day.company = take(agreed.company - charged.company);
  for (size_t i = 0; i < agreed.shares.size(); ++i) {
    half_day.shares[i] += take(agreed.shares[i] - charged.shares[i] - half_day.shares[i]);
  }
  return half_day;
}

}  // namespace jalon::test
