#ifndef JALON_RULES_ELIGIBILITY_H_
#define JALON_RULES_ELIGIBILITY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "jalon/common/v1/types.pb.h"
#include "jalon/programme/v1/rulebook.pb.h"

// Whether a company qualifies by a rulebook, one condition at a time. Pure: of the facts alone.
namespace jalon::rules {

// What is not known is left empty, and meets no condition on it.
struct EligibilityFacts {
  Date applied_on;
  std::optional<int64_t> headcount_hundredths = {};
  std::optional<int64_t> site_headcount_hundredths = {};
  std::optional<int64_t> group_headcount_hundredths = {};
  std::optional<int64_t> turnover_cents = {};
  std::optional<int64_t> balance_sheet_cents = {};
  std::optional<Date> created_on = {};
  bool independent = false;
  std::string region = {};
  std::string naf = {};
  common::v1::SizeClass size_class = common::v1::SIZE_CLASS_UNSPECIFIED;
  std::vector<std::string> statuses = {};
  std::vector<Date> earlier_requests = {};  // entered before this one, whatever day they bear
};

struct Condition {
  std::string_view code;
  bool met;
  std::string fr;
  std::string en;
};

// Each condition that the rulebook sets, met or not, in this order: headcount, turnover, age, independence,
// region, sector, size, status, requests.
std::vector<Condition> CheckEligibility(const programme::v1::Eligibility& rules,
                                        const EligibilityFacts& facts);

// Whether all of them are met; no text is made, for those who ask about many cases.
bool Qualifies(const programme::v1::Eligibility& rules, const EligibilityFacts& facts);

// The single ones, for whoever words the others with evidence of its own; nothing where the rulebook sets
// none.
std::optional<Condition> CheckTurnover(const programme::v1::Eligibility& rules,
                                       const EligibilityFacts& facts);
std::optional<Condition> CheckAge(const programme::v1::Eligibility& rules, const EligibilityFacts& facts);
std::optional<Condition> CheckRegion(const programme::v1::Eligibility& rules, const EligibilityFacts& facts);
std::optional<Condition> CheckSector(const programme::v1::Eligibility& rules, const EligibilityFacts& facts);
std::optional<Condition> CheckStatus(const programme::v1::Eligibility& rules, const EligibilityFacts& facts);
std::optional<Condition> CheckRequests(const programme::v1::Eligibility& rules,
                                       const EligibilityFacts& facts);

}  // namespace jalon::rules

#endif  // JALON_RULES_ELIGIBILITY_H_
