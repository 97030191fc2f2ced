#include "rules/running_total.h"

#include <algorithm>
#include <cstddef>

namespace jalon::rules {
namespace {

using funding::v1::CoverageLine;

// Charges the k-th half-day of a line.
void ChargeNext(const CoverageLine& line, int k, Charged* charged) {
  const auto due = [&](const common::v1::Money& agreed, Cents so_far) {
    return std::max(MulDivHalfUp(Cents(agreed.cents()), k, line.half_days()) - so_far, Cents(0));
  };
  const auto agreed_share = [&](size_t i) {
    return Cents(line.shares(static_cast<int>(i)).amount().cents());
  };
  std::vector<Cents>& shares = charged->shares;

  Cents rest = due(line.cost(), charged->cost);  // of the cost of this half-day, borne by nobody yet
  charged->cost += rest;
  std::vector<Cents> parts(shares.size());
  for (size_t i = 0; i < shares.size(); ++i) {
    parts[i] = due(line.shares(static_cast<int>(i)).amount(), shares[i]);
    rest -= parts[i];
  }
  const Cents company = std::min(std::max(rest, Cents(0)), Cents(line.company().cents()) - charged->company);
  charged->company += company;
  rest -= company;
  for (size_t i = shares.size(); i > 0 && rest < Cents(0); --i) {  // borne twice: the last funder waits
    const Cents back = std::min(parts[i - 1], -rest);
    parts[i - 1] -= back;
    rest += back;
  }
  for (size_t i = 0; i < shares.size(); ++i) {  // still borne by nobody: the first funder runs ahead
    const Cents ahead = std::min(agreed_share(i) - shares[i] - parts[i], rest);
    if (ahead > Cents(0)) {
      parts[i] += ahead;
      rest -= ahead;
    }
    shares[i] += parts[i];
  }
}

}  // namespace

Charged ChargedUpTo(const CoverageLine& line, int half_days) {
  Charged charged{
      .cost = {}, .shares = std::vector<Cents>(static_cast<size_t>(line.shares_size())), .company = {}};
  for (int k = 1; k <= half_days; ++k) ChargeNext(line, k, &charged);
  return charged;
}

}  // namespace jalon::rules
