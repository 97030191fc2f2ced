#ifndef JALON_RULES_RULEBOOK_DIFF_H_
#define JALON_RULES_RULEBOOK_DIFF_H_

#include <string>
#include <vector>

#include "base/language.h"
#include "jalon/programme/v1/rulebook.pb.h"
#include "jalon/programme/v1/rulebook_report.pb.h"

// A rulebook told to people: what it says, and what another says otherwise.
namespace jalon::rules {

// What `after` says otherwise than `before`, a sentence a change, in the order of the language. Phases are
// matched by their code, tariffs by their first day, half-days and scope, coverages by their funder and
// scope, examples by their title: what stands elsewhere in the file only is no change.
std::vector<programme::v1::RulebookChange> DiffRulebooks(const programme::v1::Rulebook& before,
                                                         const programme::v1::Rulebook& after);

// All it says, a line a setting, indented by the block it stands in.
std::string TellRulebook(const programme::v1::Rulebook& rulebook, Language language);

}  // namespace jalon::rules

#endif  // JALON_RULES_RULEBOOK_DIFF_H_
