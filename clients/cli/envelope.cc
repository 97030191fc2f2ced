#include "clients/cli/command.h"

namespace jalon::cli {

void AddEnvelopeCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "envelope",
       .name = "add",
       .about = {"Ouvrir une enveloppe d’un financeur", "Open an envelope of a funder"},
       .arguments =
           {Positional({"FINANCEUR", "FUNDER"}, "funder", {"Code du financeur", "Code of the funder"}),
            Positional({"MONTANT", "AMOUNT"}, "allocated", {"Euros alloués", "Euros allocated"}),
            Required(Option("--from", "starts_on", {"Premier jour de signature", "First day of signature"})),
            Required(Option("--until", "ends_on", {"Dernier jour de signature", "Last day of signature"})),
            Option("--region", "region", {"Région ; sinon toutes", "Region; otherwise every one"})},
       .method = "FundingService.CreateEnvelope"});
  commands.push_back({.group = "envelope",
                      .name = "list",
                      .about = {"Enveloppes : alloué, engagé, liquidé, payé",
                                "Envelopes: allocated, reserved, charged, paid"},
                      .arguments = {Option("--funder", "funder", {"D’un financeur", "Of a funder"})},
                      .method = "FundingService.ListEnvelopes"});
}

}  // namespace jalon::cli
