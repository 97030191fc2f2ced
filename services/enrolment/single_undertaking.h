#ifndef JALON_ENROLMENT_SINGLE_UNDERTAKING_H_
#define JALON_ENROLMENT_SINGLE_UNDERTAKING_H_

#include "enrolment/ownership.h"

namespace jalon::enrolment {

// The single undertaking a company belongs to: Regulation (EU) 2023/2831, art. 2(2), points (a) to (d), and
// through one or more other enterprises. It is not the European size: no quarter, no pro rata, no natural
// person, no exception for investors. A chain may pass through another Member State: the ceiling is counted
// by Member State (art. 3(2)), the undertaking is not cut at a border. The database computes the same
// (enrolment.undertaking_of), for other areas.
v1::SingleUndertakingResult AssessSingleUndertaking(const OwnershipGraph& graph);

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_SINGLE_UNDERTAKING_H_
