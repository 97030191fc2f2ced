#include "rules/rulebook.h"

#include <algorithm>
#include <fstream>
#include <optional>

#include "base/text.h"
#include "clients/cli/command.h"
#include "clients/cli/impact.h"
#include "clients/cli/programme.h"
#include "jalon/programme/v1/programme_service.pb.h"
#include "rules/rulebook_diff.h"
#include "rules/rulebook_fields.h"
#include "rules/rulebook_report.h"
#include "rules/rulebook_schema.h"
#include "rules/yaml_tree.h"

namespace jalon::cli {
namespace {

using programme::v1::GetRulebookRequest;
using programme::v1::GetRulebookResponse;
using programme::v1::ListProgrammesRequest;
using programme::v1::ListProgrammesResponse;
using programme::v1::PublishRulebookRequest;
using programme::v1::RulebookVersion;

// The text of a file. Of one too large for a rulebook, whatever its size, just as much as lets the parser say
// so; nothing of one that cannot be read.
std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(rules::kMaxYamlBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

int Unreadable(Session& session, const std::string& path) {
  return session.Misused(std::string(session.Say({"fichier illisible : ", "unreadable file: "})) + path);
}

// "règlement.yaml:12:5: …", as editors and compilers point at a place.
template <typename Response>
void PrintProblems(Session& session, std::ostream& out, const std::string& path, const Response& response) {
  for (const auto& problem : response.problems()) {
    out << path << ':' << problem.line() << ':' << problem.column() << ": "
        << (session.language() == Language::kFrench ? problem.text_fr() : problem.text_en()) << '\n';
  }
}

// A refusal has room for a line; the list of problems is that of `rulebook check`.
int FailRulebook(Session& session, const std::string& path, const std::string& source,
                 const absl::Status& status) {
  if (session.format() == Format::kJson || CallErrorOf(status).reason != "RULEBOOK_INVALID")
    return session.Fail(status);
  const auto report = rules::ReportProblems(source);
  if (report.problems().empty()) return session.Fail(status);
  PrintProblems(session, session.err(), path, report);
  return kRefused;
}

int RunPublish(Session& session, const Inputs& inputs) {
  const auto source = ReadFile(inputs.Text("file"));
  if (!source) return Unreadable(session, inputs.Text("file"));
  PublishRulebookRequest request;
  request.set_request_id(session.request_id());
  request.set_source(*source);
  request.set_validate_only(inputs.Has("dry-run"));
  const auto answer = session.client().Call<programme::v1::PublishRulebookResponse>(
      "ProgrammeService.PublishRulebook", request, session.call_options());
  if (!answer.ok()) return FailRulebook(session, inputs.Text("file"), *source, answer.status());
  PrintAnswer(session.out(), session.format(), session.language(), *answer);
  if (session.for_people() && inputs.Has("dry-run"))
    session.out() << session.Say({"À l’essai : rien n’est publié.", "Dry run: nothing is published."})
                  << '\n';
  return kDone;
}

int RunCheckRulebook(Session& session, const Inputs& inputs) {
  bool good = true;
  for (const std::string& path : inputs.All("file")) {
    const auto source = ReadFile(path);
    if (!source) return Unreadable(session, path);
    const auto response = rules::ReportProblems(*source);
    good = good && response.problems().empty();
    if (!session.for_people()) {
      session.out() << Json(response, false) << '\n';
      continue;
    }
    PrintProblems(session, session.out(), path, response);
    if (response.problems().empty())
      session.out() << path << session.Say({" : aucun problème", ": no problem"}) << '\n';
  }
  return good ? kDone : kMisused;
}

void PrintOutcomes(Session& session, const programme::v1::TestRulebookResponse& response) {
  const bool french = session.language() == Language::kFrench;
  for (const auto& outcome : response.outcomes()) {
    session.out() << (outcome.passed() ? session.Say({"réussi  ", "passed  "})
                                       : session.Say({"ÉCHEC   ", "FAILED  "}))
                  << (french ? outcome.title_fr() : outcome.title_en()) << '\n';
    for (const auto& difference : outcome.differences())
      session.out() << "        " << (french ? difference.text_fr() : difference.text_en()) << '\n';
  }
  for (const std::string& phase : response.phases_without_example()) {
    session.out() << session.Say({"MANQUE  aucun exemple chiffré pour la phase ",
                                  "MISSING no worked example for phase "})
                  << phase << '\n';
  }
}

int RunTest(Session& session, const Inputs& inputs) {
  bool good = true;
  for (const std::string& path : inputs.All("file")) {
    const auto source = ReadFile(path);
    if (!source) return Unreadable(session, path);
    const auto response = rules::ReportExamples(*source);
    good = good && response.problems().empty() && response.phases_without_example().empty() &&
           std::all_of(response.outcomes().begin(), response.outcomes().end(),
                       [](const auto& outcome) { return outcome.passed(); });
    if (!session.for_people()) {
      session.out() << Json(response, false) << '\n';
      continue;
    }
    session.out() << path << '\n';
    PrintProblems(session, session.out(), path, response);
    PrintOutcomes(session, response);
  }
  return good ? kDone : kMisused;
}

int RunSchema(Session& session, const Inputs&) {
  session.out() << rules::RulebookSchema();
  return kDone;
}

absl::StatusOr<GetRulebookResponse> Fetch(Session& session, const std::string& programme, int64_t version) {
  GetRulebookRequest request;
  request.set_programme(programme);
  request.set_version(static_cast<int32_t>(std::min<int64_t>(version, INT32_MAX)));
  return session.client().Call<GetRulebookResponse>("ProgrammeService.GetRulebook", request,
                                                    session.call_options());
}

// PROGRAMME@VERSION, or PROGRAMME for the newest.
struct Published {
  std::string programme;
  int64_t version = 0;
};
std::optional<Published> ParsePublished(const std::string& text) {
  const size_t at = text.find('@');
  const std::optional<int64_t> version =
      at == std::string::npos ? 0 : internal::ParseDigits(std::string_view(text).substr(at + 1));
  if (!version) return std::nullopt;
  return Published{text.substr(0, at), *version};
}

// A file of that name, or else a published version; nothing once the failure is told, with the exit code in
// `code`.
std::optional<programme::v1::Rulebook> Load(Session& session, const std::string& name, int& code) {
  if (const auto source = ReadFile(name)) {
    const auto parsed = rules::ParseRulebook(*source);
    if (parsed.problems.empty()) return parsed.rulebook;
    PrintProblems(session, session.out(), name, rules::ReportProblems(*source));
    code = kMisused;
    return std::nullopt;
  }
  const auto published = ParsePublished(name);
  if (!published || !rules::IsCode(published->programme)) {
    code = Unreadable(session, name);
    return std::nullopt;
  }
  const auto answer = Fetch(session, published->programme, published->version);
  if (answer.ok()) return answer->rulebook();
  code = session.Fail(answer.status());
  return std::nullopt;
}

int RunDiff(Session& session, const Inputs& inputs) {
  int code = kDone;
  const auto before = Load(session, inputs.Text("before"), code);
  if (!before) return code;
  const auto after = Load(session, inputs.Text("after"), code);
  if (!after) return code;
  programme::v1::DiffRulebooksResponse response;
  for (auto& change : rules::DiffRulebooks(*before, *after)) *response.add_changes() = std::move(change);
  if (!session.for_people()) {
    PrintAnswer(session.out(), session.format(), session.language(), response);
    return kDone;
  }
  for (const auto& change : response.changes())
    session.out() << (session.language() == Language::kFrench ? change.text_fr() : change.text_en()) << '\n';
  if (response.changes().empty())
    session.out() << session.Say({"Les deux disent la même chose.", "Both say the same."}) << '\n';
  return kDone;
}

int RunImpact(Session& session, const Inputs& inputs) {
  const auto draft = ReadFile(inputs.Text("draft"));
  if (!draft) return Unreadable(session, inputs.Text("draft"));
  const std::string path = inputs.Text("draft");
  return MeasureImpact(session, *draft, inputs.Has("all"), [&](const absl::Status& status) {
    return FailRulebook(session, path, *draft, status);
  });
}

// A version that is not there, of a programme that is.
int FailVersion(Session& session, const Published& wanted, const absl::Status& status) {
  if (session.format() == Format::kJson || wanted.version == 0 ||
      CallErrorOf(status).reason != "PROGRAMME_NOT_FOUND")
    return session.Fail(status);
  const auto newest = Fetch(session, wanted.programme, 0);
  if (!newest.ok()) return session.Fail(status);
  session.err() << session.Say({"jalon : « ", "jalon: “"}) << Printable(wanted.programme)
                << session.Say({" » n’a pas de version ", "” has no version "}) << wanted.version
                << session.Say({" ; la dernière est la ", "; the newest is "}) << newest->version().version()
                << ".\n";
  return kRefused;
}

int RunShowRulebook(Session& session, const Inputs& inputs) {
  Published wanted;
  if (inputs.Has("programme")) {
    const auto published = ParsePublished(inputs.Text("programme"));
    if (!published)
      return session.Misused(session.Say({"version : un entier après @", "version: a whole number after @"}));
    wanted = *published;
  } else {
    const auto programme = OnlyProgramme(session);
    if (!programme.ok()) return session.Fail(programme.status());
    wanted.programme = *programme;
  }
  if (inputs.Has("edition")) wanted.version = inputs.Integer("edition");
  const auto answer = Fetch(session, wanted.programme, wanted.version);
  if (!answer.ok()) return FailVersion(session, wanted, answer.status());
  if (inputs.Has("source")) {
    session.out() << answer->source();
  } else if (!session.for_people()) {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
  } else {
    PrintSingle(session.out(), session.language(), answer->version());
    session.out() << '\n' << rules::TellRulebook(answer->rulebook(), session.language());
  }
  return kDone;
}

}  // namespace

absl::StatusOr<std::string> OnlyProgramme(Session& session) {
  const auto answer = session.client().Call<ListProgrammesResponse>(
      "ProgrammeService.ListProgrammes", ListProgrammesRequest(), session.call_options());
  if (!answer.ok()) return answer.status();
  if (answer->programmes_size() == 1) return answer->programmes(0).programme();
  std::string names;
  for (const RulebookVersion& each : answer->programmes())
    names += (names.empty() ? "" : ", ") + each.programme();
  return absl::InvalidArgumentError(
      names.empty()
          ? session.Say({"aucun règlement n’est publié : jalon rulebook publish FICHIER",
                         "no rulebook is published: jalon rulebook publish FILE"})
          : session.Say({"plusieurs programmes, précisez lequel : ", "several programmes, say which: "}) +
                names);
}

void AddRulebookCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "rulebook",
       .name = "publish",
       .about = {"Publier un règlement (YAML) ; une version publiée ne change plus",
                 "Publish a rulebook (YAML); a published version never changes"},
       .arguments = {Fills({"source"}, Positional({"FICHIER", "FILE"}, "",
                                                  {"Comme deploy/rulebooks/ia-booster-hdf.yaml",
                                                   "As deploy/rulebooks/ia-booster-hdf.yaml"}))},
       .method = "ProgrammeService.PublishRulebook",
       .run = RunPublish});
  const Argument files =
      Required(Repeated(Positional({"FICHIER", "FILE"}, "", {"Règlements (YAML)", "Rulebooks (YAML)"})));
  commands.push_back({.group = "rulebook",
                      .name = "check",
                      .about = {"Relire des règlements : chaque problème, ligne et colonne ; sans serveur",
                                "Check rulebooks: every problem, line and column; without a server"},
                      .arguments = {files},
                      .run = RunCheckRulebook});
  commands.push_back({.group = "rulebook",
                      .name = "test",
                      .about = {"Jouer leurs exemples chiffrés, une ligne chacun ; sans serveur",
                                "Run their worked examples, a line each; without a server"},
                      .arguments = {files},
                      .run = RunTest});
  commands.push_back(
      {.group = "rulebook",
       .name = "diff",
       .about = {"Ce qu’un règlement dit autrement qu’un autre",
                 "What a rulebook says otherwise than another"},
       .arguments = {Required(Positional({"AVANT", "BEFORE"}, "",
                                         {"Fichier, ou PROGRAMME@VERSION", "File, or PROGRAMME@VERSION"})),
                     Required(Positional({"APRÈS", "AFTER"}, "",
                                         {"Fichier, ou PROGRAMME@VERSION", "File, or PROGRAMME@VERSION"}))},
       .run = RunDiff});
  commands.push_back(
      {.group = "rulebook",
       .name = "impact",
       .about = {"Ce qu’un projet de règlement changerait aux dossiers en cours ; ne change rien",
                 "What a draft rulebook would change to the live cases; changes nothing"},
       .arguments = {Required(Positional(
                         {"PROJET", "DRAFT"}, "",
                         {"Règlement (YAML), publié ou non", "Rulebook (YAML), published or not"})),
                     Flag("--all", "",
                          {"Aussi les dossiers qui restent tels quels (--csv, --json)",
                           "The cases that stay as they are, too (--csv, --json)"})},
       .run = RunImpact});
  commands.push_back({.group = "rulebook",
                      .name = "schema",
                      .about = {"Schéma JSON pour les éditeurs (yaml-language-server)",
                                "JSON Schema for editors (yaml-language-server)"},
                      .run = RunSchema});
  Argument programme =
      Positional({"PROGRAMME[@VERSION]", "PROGRAMME"}, "",
                 {"Code, et version si ce n’est la dernière ; inutile s’il n’y en a qu’un",
                  "Code, and @VERSION if not the newest; not needed when there is only one"});
  programme.required = false;
  commands.push_back({.group = "rulebook",
                      .name = "show",
                      .about = {"Un règlement, réglage par réglage", "A rulebook, setting by setting"},
                      .arguments = {programme,
                                    Of(Kind::kInteger, Option("--edition", "",
                                                              {"Version voulue ; sinon la dernière",
                                                               "Version wanted; otherwise the newest"})),
                                    Flag("--source", "",
                                         {"Le fichier publié, commentaires compris",
                                          "The published file, comments included"})},
                      .run = RunShowRulebook});
  commands.push_back({.group = "rulebook",
                      .name = "list",
                      .about = {"Dernière version de chaque programme", "Newest version of each programme"},
                      .method = "ProgrammeService.ListProgrammes"});
}

}  // namespace jalon::cli
