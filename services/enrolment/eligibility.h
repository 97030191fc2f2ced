#ifndef JALON_ENROLMENT_ELIGIBILITY_H_
#define JALON_ENROLMENT_ELIGIBILITY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/date.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "jalon/programme/v1/rulebook.pb.h"

namespace jalon::enrolment {

// Every condition the rulebook sets, met or not, with what the company is and what is asked, in this order:
// active, headcount, turnover, age, independence, region, sector, size, status, requests, accounts. `active`
// is asked of every company; `accounts` of every one with linked enterprises or partners whose accounts are
// not known, since its size then is not; the others only where the rulebook sets them. What is not known is
// not met, and the evidence says that it is missing.
std::vector<v1::Condition> CheckEligibility(const programme::v1::Eligibility& rules,
                                            const v1::Company& company, const v1::CompanyFacts& facts,
                                            const v1::CompanyAssessment& assessment, Date applied_on,
                                            std::vector<Date> earlier_requests = {});

// With its linked enterprises and partners: what the links and accounts make, or what the company declared
// where that is more. Not known: neither tells it.
std::optional<int64_t> GroupHeadcount(const v1::CompanyFacts& facts, const v1::CompanyAssessment& assessment);

// A company qualifies when it meets them all.
bool AllMet(const std::vector<v1::Condition>& conditions);

// Months between two dates, those begun left out: 31 January to 28 February is one, since February has no
// 31st; 0 when `until` comes first.
int WholeMonths(Date from, Date until);

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_ELIGIBILITY_H_
