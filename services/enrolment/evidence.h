#ifndef JALON_ENROLMENT_EVIDENCE_H_
#define JALON_ENROLMENT_EVIDENCE_H_

#include <cstdint>
#include <string>

#include "base/cents.h"
#include "base/language.h"

namespace jalon::enrolment {

// Cents from a message, held within the limits of an exact amount: past them it fits no rule anyway.
Cents BoundedCents(int64_t cents);

// "1 200" or "12,5" from 120000 or 1250.
std::string FormatHeadcount(int64_t hundredths, Language language);

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_EVIDENCE_H_
