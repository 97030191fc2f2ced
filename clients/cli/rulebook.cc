#include <fstream>
#include <iterator>

#include "clients/cli/command.h"
#include "clients/cli/programme.h"
#include "jalon/programme/v1/programme_service.pb.h"

namespace jalon::cli {
namespace {

using programme::v1::Coverage;
using programme::v1::GetRulebookRequest;
using programme::v1::GetRulebookResponse;
using programme::v1::ListProgrammesRequest;
using programme::v1::ListProgrammesResponse;
using programme::v1::Phase;
using programme::v1::PublishRulebookRequest;
using programme::v1::Rulebook;
using programme::v1::RulebookVersion;
using programme::v1::Tariff;

int RunPublish(Session& session, const Inputs& inputs) {
  const std::string path = inputs.Text("file");
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return session.Misused(std::string(session.Say({"fichier illisible : ", "unreadable file: "})) + path);
  PublishRulebookRequest request;
  request.set_request_id(session.request_id());
  request.set_source(std::string(std::istreambuf_iterator<char>(file), {}));
  request.set_validate_only(inputs.Has("dry-run"));
  return session.CallAndPrint("ProgrammeService.PublishRulebook", request);
}

// "8 jours", "8 jours – 10 jours", "≤ 10 jours" or nothing.
std::string DaysOf(const Tariff& tariff, Language language) {
  const std::string least = tariff.min_half_days() > 0 ? FormatField(tariff, "min_half_days", language) : "";
  const std::string most = tariff.max_half_days() > 0 ? FormatField(tariff, "max_half_days", language) : "";
  if (most.empty()) return least.empty() ? "" : "≥ " + least;
  if (least.empty()) return "≤ " + most;
  return least == most ? most : least + " – " + most;
}

void PrintTariffs(Session& session, const Rulebook& rulebook) {
  Table table({{session.Say({"Phase", "Phase"})},
               {session.Say({"Du", "From"})},
               {session.Say({"Au", "Until"})},
               {session.Say({"Jours", "Days"})},
               {session.Say({"Prix", "Price"}), true},
               {session.Say({"Prise en charge", "Coverage"})}});
  const Language language = session.language();
  for (const Phase& phase : rulebook.phases()) {
    for (const Tariff& tariff : phase.tariffs()) {
      const std::string days = DaysOf(tariff, language);
      const std::string price = tariff.has_fixed_price() ? FormatField(tariff, "fixed_price", language)
                                                         : session.Say({"jour ≤ ", "day ≤ "}) +
                                                               FormatField(tariff, "max_day_rate", language);
      std::string coverage;
      for (const Coverage& each : tariff.coverage()) {
        if (!coverage.empty()) coverage += " ; ";
        coverage += each.funder() + " ";
        coverage += each.has_rate() ? FormatField(each, "rate", language)
                                    : session.Say({"sauf ", "all but "}) +
                                          FormatField(each, "remaining_charge", language);
        if (each.has_ceiling()) coverage += " ≤ " + FormatField(each, "ceiling", language);
        if (each.scope().regions_size() > 0)
          coverage += session.Say({" région ", " region "}) + FormatField(each.scope(), "regions", language);
        if (each.scope().size_classes_size() > 0)
          coverage += " (" + FormatField(each.scope(), "size_classes", language) + ")";
      }
      table.Add({phase.code(), tariff.valid_from(), tariff.valid_until(), days, price, Printable(coverage)});
    }
  }
  if (table.empty()) return;
  session.out() << '\n' << session.Say({"Tarifs", "Tariffs"}) << '\n';
  table.Print(session.out());
}

int RunShow(Session& session, const Inputs& inputs) {
  GetRulebookRequest request;
  request.set_version(static_cast<int32_t>(std::min<int64_t>(inputs.Integer("edition"), INT32_MAX)));
  if (inputs.Has("programme")) {
    request.set_programme(inputs.Text("programme"));
  } else {
    const auto programme = OnlyProgramme(session);
    if (!programme.ok()) return session.Fail(programme.status());
    request.set_programme(*programme);
  }
  const auto answer = session.client().Call<GetRulebookResponse>("ProgrammeService.GetRulebook", request,
                                                                 session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  if (inputs.Has("source")) {
    session.out() << answer->source();
  } else if (!session.for_people()) {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
  } else {
    PrintSingle(session.out(), session.language(), answer->version());
    session.out() << '\n';
    PrintSingle(session.out(), session.language(), answer->rulebook());
    PrintList(session.out(), session.language(), answer->rulebook(), "phases", true);
    PrintTariffs(session, answer->rulebook());
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
  commands.push_back({.group = "rulebook",
                      .name = "publish",
                      .about = {"Publier un règlement (YAML) ; une version publiée ne change plus",
                                "Publish a rulebook (YAML); a published version never changes"},
                      .arguments = {Positional({"FICHIER", "FILE"}, "",
                                               {"Comme deploy/rulebooks/ia-booster-hdf.yaml",
                                                "As deploy/rulebooks/ia-booster-hdf.yaml"})},
                      .method = "ProgrammeService.PublishRulebook",
                      .run = RunPublish});
  Argument programme =
      Of(Kind::kCode,
         Positional({"PROGRAMME", "PROGRAMME"}, "",
                    {"Code ; inutile s’il n’y en a qu’un", "Code; not needed when there is only one"}));
  programme.required = false;
  commands.push_back({.group = "rulebook",
                      .name = "show",
                      .about = {"Un règlement : plafonds, phases, tarifs, prise en charge",
                                "A rulebook: caps, phases, tariffs, coverage"},
                      .arguments = {programme,
                                    Of(Kind::kInteger, Option("--edition", "",
                                                              {"Version voulue ; sinon la dernière",
                                                               "Version wanted; otherwise the newest"})),
                                    Flag("--source", "",
                                         {"Le fichier publié, commentaires compris",
                                          "The published file, comments included"})},
                      .run = RunShow});
  commands.push_back({.group = "rulebook",
                      .name = "list",
                      .about = {"Dernière version de chaque programme", "Newest version of each programme"},
                      .method = "ProgrammeService.ListProgrammes"});
}

}  // namespace jalon::cli
