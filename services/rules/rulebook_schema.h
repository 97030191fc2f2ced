#ifndef JALON_RULES_RULEBOOK_SCHEMA_H_
#define JALON_RULES_RULEBOOK_SCHEMA_H_

#include <string>

namespace jalon::rules {

// The language of rulebooks as a JSON Schema (draft 7), for editors that complete and underline; what only
// shows across fields is left to ParseRulebook. deploy/rulebooks/rulebook.schema.json holds it.
std::string RulebookSchema();

}  // namespace jalon::rules

#endif  // JALON_RULES_RULEBOOK_SCHEMA_H_
