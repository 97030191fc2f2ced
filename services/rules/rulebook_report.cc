#include "rules/rulebook_report.h"

#include "base/wording.h"
#include "rules/examples.h"
#include "rules/rulebook_fields.h"

namespace jalon::rules {
namespace {

template <typename Response>
void AddProblems(const ParsedRulebook& parsed, Response& response) {
  for (const RulebookProblem& problem : parsed.problems) {
    auto& told = *response.add_problems();
    told.set_line(problem.line);
    told.set_column(problem.column);
    told.set_text_fr(problem.fr);
    told.set_text_en(problem.en);
  }
}

// As many as a parse tells at the most: the list travels in an error message.
class List {
 public:
  void Add(const std::string& text) {
    if (++count_ <= kMaxProblems) text_.append(text_.empty() ? "" : " ; ").append(text);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  size_t count_ = 0;
};

}  // namespace

programme::v1::CheckRulebookResponse ReportProblems(std::string_view source) {
  programme::v1::CheckRulebookResponse response;
  AddProblems(ParseRulebook(source), response);
  return response;
}

programme::v1::TestRulebookResponse ReportExamples(std::string_view source) {
  programme::v1::TestRulebookResponse response;
  const ParsedRulebook parsed = ParseRulebook(source);
  AddProblems(parsed, response);
  if (!parsed.problems.empty()) return response;
  for (auto& outcome : RunExamples(parsed.rulebook)) *response.add_outcomes() = std::move(outcome);
  for (const std::string& phase : PhasesWithoutExample(parsed.rulebook))
    response.add_phases_without_example(phase);
  return response;
}

std::string WhyNotPublished(const ParsedRulebook& parsed, Language language) {
  const bool french = language == Language::kFrench;
  List why;
  // "12:5 taux inconnu ; 14:3 …"
  for (const RulebookProblem& problem : parsed.problems) {
    why.Add(std::to_string(problem.line) + ":" + std::to_string(problem.column) + " " +
            (french ? problem.fr : problem.en));
  }
  if (!parsed.problems.empty()) return why.text();
  for (const auto& outcome : RunExamples(parsed.rulebook)) {
    for (const auto& difference : outcome.differences()) {
      why.Add(french ? Typeset("exemple « " + outcome.title_fr() + " » : " + difference.text_fr())
                     : "example “" + outcome.title_en() + "”: " + difference.text_en());
    }
  }
  for (const std::string& phase : PhasesWithoutExample(parsed.rulebook)) {
    why.Add(french ? Typeset("la phase « " + phase + " » n’a pas d’exemple chiffré (examples)")
                   : "phase “" + phase + "” has no worked example (examples)");
  }
  return why.text();
}

}  // namespace jalon::rules
