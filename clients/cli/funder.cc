#include "clients/cli/command.h"

namespace jalon::cli {

void AddFunderCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "funder",
       .name = "add",
       .about = {"Ajouter un financeur", "Add a funder"},
       .arguments = {Positional({"CODE", "CODE"}, "funder", {"Comme bpifrance", "As bpifrance"}),
                     Positional({"NOM", "NAME"}, "name", {"Nom, entre guillemets", "Name, in quotes"})},
       .method = "FundingService.CreateFunder"});
  commands.push_back({.group = "funder",
                      .name = "list",
                      .about = {"Financeurs", "Funders"},
                      .method = "FundingService.ListFunders"});
}

}  // namespace jalon::cli
