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
  commands.push_back({.group = "envelope",
                      .name = "change",
                      .about = {"Augmenter ou réduire une enveloppe, jamais sous ce qui est engagé",
                                "Allocate more or less to an envelope, never less than is reserved"},
                      .arguments = {Positional({"ENVELOPPE", "ENVELOPE"}, "envelope_id",
                                               {"Numéro de l’enveloppe", "Number of the envelope"}),
                                    Positional({"MONTANT", "AMOUNT"}, "allocated",
                                               {"Euros alloués désormais", "Euros allocated from now on"}),
                                    Required(Option("--reason", "reason", {"Motif", "Reason"}))},
                      .method = "FundingService.ChangeEnvelope"});
  commands.push_back({.group = "envelope",
                      .name = "alerts",
                      .about = {"Quand les enveloppes ont atteint 50, 75, 90 et 100 % engagés",
                                "When envelopes came to 50, 75, 90 and 100 % reserved"},
                      .arguments = {Option("--funder", "funder", {"D’un financeur", "Of a funder"})},
                      .method = "FundingService.ListEnvelopeAlerts"});
}

}  // namespace jalon::cli
