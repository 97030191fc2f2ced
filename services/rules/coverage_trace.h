#ifndef JALON_RULES_COVERAGE_TRACE_H_
#define JALON_RULES_COVERAGE_TRACE_H_

#include <vector>

#include "rules/decision.h"

namespace jalon::rules {

// A decision as the contract has it: the amounts of each line, and each rule that applied told in French and
// in English with the facts it used. `rulebook` and `facts` are those of the decision.
std::vector<funding::v1::CoverageLine> RenderLines(const CompiledRulebook& rulebook,
                                                   const CoverageFacts& facts, const Decision& decision);

// "une petite entreprise", "a small enterprise".
std::string_view SizeInWords(common::v1::SizeClass size, Language language);

}  // namespace jalon::rules

#endif  // JALON_RULES_COVERAGE_TRACE_H_
