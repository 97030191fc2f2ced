#ifndef JALON_RULES_DECISION_H_
#define JALON_RULES_DECISION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/cents.h"
#include "rules/compiled_rulebook.h"
#include "rules/coverage.h"

// The coverage of a case in amounts alone, for those who ask about many cases: no text is made, and a
// Decision used again keeps its memory.
namespace jalon::rules {

enum class Rule : uint8_t {
  kTariff,
  kPrice,
  kEligibleHalfDays,
  kEligibleDayRate,
  kEligibleCost,
  kMinCost,
  kNotCovered,
  kRate,
  kRounding,
  kRemainingCharge,
  kFlatAmount,
  kAmountPerDay,
  kCeiling,
  kStackCap,
  kCompanyCeiling,
  kCompany,
};

inline constexpr int kWholeLine = -1;

// A rule that applied: enough to tell it later.
struct Step {
  Rule rule;
  int line;
  int funder;    // place in the rulebook's funders, or kWholeLine
  Cents amount;  // what stands after it: the share or, of the whole line, the cost, the eligible cost, the
                 // company's part
  Cents taken;   // from the aid
  // What it applied: the coverage of a share; the place of a company ceiling, and what the company had
  // before.
  const CompiledCoverage* coverage = nullptr;
  int ceiling = 0;
  Cents earlier;
};

struct DecidedShare {
  int funder;
  Cents amount;
  const CompiledCoverage* coverage;
};

struct DecidedLine {
  const CompiledPhase* phase;
  const CompiledTariff* tariff;
  int half_days;
  Cents day_rate;
  Cents cost, eligible, company;
  size_t first_share, end_share;  // in Decision::shares
};

struct Decision {
  std::vector<DecidedLine> lines;
  std::vector<DecidedShare> shares;  // by line, in the rulebook's order; a share may be nothing
  std::vector<Step> steps;           // in the order in which they were taken
  CaseKey key;                       // scratch
};

// As ComputeCoverage (coverage.h), whose rules it states; `decision` means nothing after a refusal.
std::optional<CoverageRefusal> Decide(const CompiledRulebook& rulebook, const CoverageFacts& facts,
                                      const AgreedPhases& agreed, Decision* decision);

}  // namespace jalon::rules

#endif  // JALON_RULES_DECISION_H_
