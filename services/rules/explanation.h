#ifndef JALON_RULES_EXPLANATION_H_
#define JALON_RULES_EXPLANATION_H_

#include <string>

#include "base/language.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::rules {

// The terms of an agreement as a person would tell them: what was looked at, then phase by phase which rules
// applied and what they did, then who pays what in all and who bears the rounding. Lines of plain text, from
// the stored terms alone.
std::string Explain(const funding::v1::Quote& terms, Language language);

}  // namespace jalon::rules

#endif  // JALON_RULES_EXPLANATION_H_
