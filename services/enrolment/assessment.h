#ifndef JALON_ENROLMENT_ASSESSMENT_H_
#define JALON_ENROLMENT_ASSESSMENT_H_

#include "enrolment/ownership.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"

namespace jalon::enrolment {

// The European size, the French category and the single undertaking of a company on a date, apart from one
// another, and the class that rulebooks speak of: the European size up to medium; of what is no SME, the
// French ETI or large by the same figures of the group. Unspecified without accounts.
v1::CompanyAssessment Assess(const Ownership& ownership, const v1::Party& company, Date on);

// What a case declares of the company's last closed year stands for its accounts of that year, whatever else
// is known of it, and counts on any date.
v1::CompanyAssessment AssessCase(Ownership ownership, const v1::Party& company, const v1::CompanyFacts& facts,
                                 Date on);

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_ASSESSMENT_H_
