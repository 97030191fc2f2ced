#ifndef JALON_ENROLMENT_FRENCH_CATEGORY_H_
#define JALON_ENROLMENT_FRENCH_CATEGORY_H_

#include "enrolment/ownership.h"

namespace jalon::enrolment {

// The French category of a company: décret n° 2008-1354, articles 1 to 3. By its last closed year only: the
// decree has no second year and no partners. Its article 1 means by "entreprise" the smallest set of legal
// units that decides for itself, which may be a group; which units these are is for INSEE's profiling to say
// and is not read off links, so the category is that of the legal unit, and the evidence says so.
v1::FrenchCategoryResult AssessFrenchCategory(const OwnershipGraph& graph);

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_FRENCH_CATEGORY_H_
