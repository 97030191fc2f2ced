#ifndef JALON_RULES_RULEBOOK_REPORT_H_
#define JALON_RULES_RULEBOOK_REPORT_H_

#include <string>
#include <string_view>

#include "base/language.h"
#include "jalon/programme/v1/programme_service.pb.h"
#include "rules/rulebook.h"

// A source, checked and tried: the same answer over the wire and on a laptop.
namespace jalon::rules {

programme::v1::CheckRulebookResponse ReportProblems(std::string_view source);
programme::v1::TestRulebookResponse ReportExamples(std::string_view source);

// Why the source may not be published, in one line; empty: it may.
std::string WhyNotPublished(const ParsedRulebook& parsed, Language language);

}  // namespace jalon::rules

#endif  // JALON_RULES_RULEBOOK_REPORT_H_
