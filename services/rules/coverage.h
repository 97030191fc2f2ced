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
//
// A rulebook is compiled once (compiled_rulebook.h), cases are decided on it in amounts alone (decision.h),
// and a decision is told to people when somebody asks (coverage_trace.h). Here stands the whole of it in one
// call.
namespace jalon::rules {

// Aid that the company had from the programme before. A phase or funder that is not told is any.
struct EarlierAid {
  Date granted_on;
  Cents amount;
  std::string phase = {};
  std::string funder = {};
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
using AgreedPhases = google::protobuf::RepeatedPtrField<funding::v1::AgreedPhase>;

// One line for each agreed phase, in their order, with the trace of its reasoning.
//
// 1. The tariff of a phase is the one whose dates, half-days and scope fit.
// 2. The cost is the fixed price, the agreed price, or agreed day rate × half-days ÷ 2, rounded half-up.
// 3. The eligible cost is the least of: the cost; that of at most eligible_half_days, where the price is by
//    the day (no price is split otherwise); eligible_day_rate × eligible half-days ÷ 2, rounded half-up;
//    eligible_cost. Below min_cost the phase is not aided at all.
// 4. Each funder, in the rulebook's order, gives its rate of the eligible cost, rounded half-up; or what
//    brings the company down to the published remaining charge of the cost; or its flat amount, or its
//    amount per eligible day, rounded half-up, no more than the eligible cost. Its ceiling trims that, or
//    refuses the whole.
// 5. All aid of a phase stays within the stack cap of the eligible cost, rounded down: the last funder is
//    cut first.
// 6. The company's ceilings hold all phases together with its earlier aid of the period: they cut from the
//    last funder of the last phase back, or refuse the whole.
// 7. The company pays the rest of the cost. A funder that pays nothing has no share.
//
// Refusals, in order: INVALID_REQUEST (a phase agreed twice, a number out of range), RULEBOOK_INVALID (only
// for a rulebook that ParseRulebook would not have passed), PHASE_NOT_FOUND, PREREQUISITE_MISSING, NO_TARIFF,
// INVALID_REQUEST (a day rate or a price missing), DAY_RATE_OVER_CAP, AID_OVER_CEILING, COMPANY_OVER_CEILING.
CoverageOutcome ComputeCoverage(const programme::v1::Rulebook& rulebook, const CoverageFacts& facts,
                                const AgreedPhases& agreed);

// The facts as a quote keeps them, and back; nothing where they cannot have been written by the first.
funding::v1::CaseFacts StoredFacts(const CoverageFacts& facts);
std::optional<CoverageFacts> FactsOf(const funding::v1::Quote& quote);

// What the parties agreed on, as the quote's lines say it.
AgreedPhases AgreedPhasesOf(const funding::v1::Quote& quote);

}  // namespace jalon::rules

#endif  // JALON_RULES_COVERAGE_H_
