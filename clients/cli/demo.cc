#include <fstream>
#include <iterator>

#include "clients/cli/command.h"
#include "clients/cli/demo_loader.h"
#include "clients/cli/demo_rulebook.h"

namespace jalon::cli {
namespace {

int RunLoad(Session& session, const Inputs& inputs) {
  DemoSize size;
  const int64_t companies = inputs.Integer("companies");
  const int64_t cases = inputs.Integer("cases");
  const int64_t consultants = inputs.Integer("consultants");
  if (cases < 2 || companies < cases || companies > 10'000'000 || consultants < 1 || consultants > 100'000) {
    return session.Misused(
        session.Say({"il faut au moins deux dossiers, une entreprise par dossier et un consultant",
                     "at least two cases, a company a case and a consultant are needed"}));
  }
  size.companies = static_cast<int>(companies);
  size.cases = static_cast<int>(cases);
  size.consultants = static_cast<int>(consultants);
  size.seed = static_cast<uint64_t>(inputs.Integer("seed"));

  std::string rulebook = kDemoRulebook;
  if (inputs.Has("rulebook")) {
    std::ifstream file(inputs.Text("rulebook"), std::ios::binary);
    if (!file) {
      return session.Misused(session.Say({"fichier illisible : ", "unreadable file: "}) +
                             inputs.Text("rulebook"));
    }
    rulebook.assign(std::istreambuf_iterator<char>(file), {});
  }
  return DemoLoader(session, size, std::move(rulebook)).Run();
}

}  // namespace

void AddDemoCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "demo",
       .name = "load",
       .about =
           {"Charger un programme tel qu’il se vit, par l’API publique ; peut se relancer sans rien doubler",
            "Load a programme as it is lived, through the public API; may be run again, nothing is doubled"},
       .arguments = {Default("5000",
                             Of(Kind::kInteger, Option("--companies", "", {"Entreprises", "Companies"}))),
                     Default("600", Of(Kind::kInteger, Option("--cases", "", {"Dossiers", "Cases"}))),
                     Default("120",
                             Of(Kind::kInteger, Option("--consultants", "", {"Consultants", "Consultants"}))),
                     Default("2030", Of(Kind::kInteger, Option("--seed", "",
                                                               {"Graine : la même donne le même programme",
                                                                "Seed: the same gives the same programme"}))),
                     Option("--rulebook", "",
                            {"Règlement à publier à la place de celui du programme fondateur",
                             "Rulebook to publish in place of the founding programme's"})},
       .run = RunLoad});
}

}  // namespace jalon::cli
