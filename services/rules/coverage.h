#ifndef JALON_RULES_COVERAGE_H_
#define JALON_RULES_COVERAGE_H_

#include <google/protobuf/repeated_field.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/cents.h"
#include "base/date.h"
#include "jalon/common/v1/reason.pb.h"
#include "jalon/common/v1/types.pb.h"
#include "jalon/funding/v1/funding_service.pb.h"
#include "jalon/programme/v1/rulebook.pb.h"

// Who pays what of an agreement, and why. Exact: integer cents, rates as fractions.
namespace jalon::rules {

// Aid that the company had from the programme before, in all.
struct EarlierAid {
  Date granted_on;
  Cents amount;
};

// What a case is, as far as coverage depends on it. A fact that is not known meets no bound on it.
struct CoverageFacts {
  common::v1::SizeClass size_class = common::v1::SIZE_CLASS_UNSPECIFIED;
  std::string region = {};  // INSEE code; empty where there is none
  // Full-time equivalents, in hundredths.
  std::optional<int64_t> headcount_hundredths = {};
  std::optional<int64_t> site_headcount_hundredths = {};
  std::optional<int64_t> group_headcount_hundredths = {};
  std::string created_on = {};  // ISO; empty: unknown
  std::vector<std::string> statuses = {};
  Date terms_date;  // the date of the case that the rulebook's terms_fixed_by names
  Date granted_on;  // day of the signature: the calendar or rolling year that the aid falls in
  std::vector<EarlierAid> earlier_aid = {};
  std::vector<std::string> phases_done = {};  // codes, for prerequisites
};

// Why there is no coverage, with the metadata that the reason's sentence needs
// (jalon/common/v1/reason.proto).
struct CoverageRefusal {
  common::v1::Reason reason;
  std::map<std::string, std::string> metadata;
};

using CoverageOutcome = std::variant<std::vector<funding::v1::CoverageLine>, CoverageRefusal>;

// One line for each agreed phase, in their order, with the trace of its reasoning. On every line:
//   - the cost is the fixed price, or day rate × half-days ÷ 2, rounded half-up;
//   - each funder, in the rulebook's order, takes its rate of the cost, rounded half-up, or what brings the
//   company
//     down to the published remaining charge, and no more than its ceiling;
//   - all aid together stays within the stack cap of the cost, rounded down: the last funder is cut first;
//   - the company pays the rest. A funder that pays nothing has no share.
// Refusals, in order: INVALID_REQUEST (a phase agreed twice, half-days or a day rate out of range, a day rate
// missing), PHASE_NOT_FOUND, NO_TARIFF, DAY_RATE_OVER_CAP, RULEBOOK_INVALID (only for a rulebook that
// ParseRulebook would not have passed).
CoverageOutcome ComputeCoverage(const programme::v1::Rulebook& rulebook, const CoverageFacts& facts,
                                const google::protobuf::RepeatedPtrField<funding::v1::AgreedPhase>& agreed);

}  // namespace jalon::rules

#endif  // JALON_RULES_COVERAGE_H_
