#ifndef JALON_RULES_EXAMPLES_H_
#define JALON_RULES_EXAMPLES_H_

#include <string>
#include <vector>

#include "jalon/programme/v1/rulebook.pb.h"
#include "jalon/programme/v1/rulebook_report.pb.h"

// The worked examples of a rulebook, run through its own eligibility and coverage.
namespace jalon::rules {

// One outcome for each example, in the order of the file, for a rulebook without problems. A fact that an
// example does not give is that of an ordinary company that qualifies: within every bound, independent, of
// the first region, status and sector admitted, of the size that its headcount makes, ten years old; a date
// that is not given is the nearest given before it or after it, and without any, the first day of the newest
// tariff.
std::vector<programme::v1::ExampleOutcome> RunExamples(const programme::v1::Rulebook& rulebook);

// Chargeable phases that no example agrees with amounts expected: a rulebook is published only when there is
// none.
std::vector<std::string> PhasesWithoutExample(const programme::v1::Rulebook& rulebook);

}  // namespace jalon::rules

#endif  // JALON_RULES_EXAMPLES_H_
