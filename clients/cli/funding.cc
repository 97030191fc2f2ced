#include "clients/cli/command.h"
#include "clients/rpc/contracts.h"

namespace jalon::cli {
namespace {

std::vector<Argument> LedgerFilters() {
  return {Option("--case", "filter.case_id", {"D’un dossier", "Of a case"}),
          Option("--funder", "filter.funder", {"D’un financeur", "Of a funder"}),
          Option("--region", "filter.region", {"D’une région (32)", "Of a region (32)"}),
          Option("--month", "filter.month", {"D’un mois", "Of a month"}),
          Option("--kind", "filter.kind", {"Nature", "Kind"})};
}

Argument CaseNumber() {
  return Positional({"DOSSIER", "CASE"}, "case_id", {"Numéro du dossier", "Number of the case"});
}

// A file for other programs: CSV unless JSON is asked for.
int RunExport(Session& session, const Inputs& inputs) {
  Settings settings = session.settings();
  if (settings.format == Format::kTable) settings.format = Format::kCsv;
  Session export_session(std::move(settings), session.out(), session.err());
  for (const Command& command : AllCommands()) {
    if (command.group != "funding" || command.name != "export") continue;
    Command stream = command;
    stream.run = nullptr;
    return RunCommand(export_session, stream, inputs);
  }
  return kMisused;
}

}  // namespace

void AddFundingCommands(std::vector<Command>& commands) {
  commands.push_back({.group = "funding",
                      .name = "summary",
                      .about = {"Synthèse de ce qui est engagé, liquidé et payé, exacte à l’instant",
                                "Summary of what is reserved, charged and paid, exact to the moment"},
                      .arguments = {Default("funder,region", Option("--by", "group_by",
                                                                    {"Axes, séparés par des virgules",
                                                                     "Dimensions, separated by commas"})),
                                    Option("--programme", "programme", {"D’un programme", "Of a programme"}),
                                    Option("--funder", "funder", {"D’un financeur", "Of a funder"}),
                                    Option("--region", "region", {"D’une région (32)", "Of a region (32)"}),
                                    Option("--from", "from_month", {"Premier mois", "First month"}),
                                    Option("--until", "until_month", {"Dernier mois", "Last month"})},
                      .method = "FundingService.SummarizeFunding"});
  commands.push_back(
      {.group = "funding",
       .name = "export",
       .about = {"Toutes les écritures, en CSV (ou --json), dans l’ordre où elles ont été passées",
                 "Every ledger entry, as CSV (or --json), in the order of posting"},
       .arguments = LedgerFilters(),
       .method = "FundingService.ExportLedger",
       .run = RunExport});
  commands.push_back({.group = "funding",
                      .name = "charge",
                      .about = {"Liquider les demi-journées approuvées d’un dossier",
                                "Charge the approved half-days of a case"},
                      .arguments = {CaseNumber()},
                      .method = "FundingService.ChargeHalfDays"});
  commands.push_back(
      {.group = "funding",
       .name = "pay",
       .about = {"Noter qu’un financeur a payé une part liquidée d’un dossier",
                 "Record that a funder paid a charged part of a case"},
       .arguments = {CaseNumber(),
                     Positional({"FINANCEUR", "FUNDER"}, "funder",
                                {"Code du financeur", "Code of the funder"}),
                     Positional({"MONTANT", "AMOUNT"}, "amount", {"Euros payés", "Euros paid"}),
                     Default("today", Option("--on", "paid_on", {"Date du paiement", "Date of the payment"})),
                     Required(Option("--reference", "reference",
                                     {"Référence du virement", "Reference of the transfer"}))},
       .method = "FundingService.RecordPayment"});
  commands.push_back(
      {.group = "funding",
       .name = "reverse",
       .about = {"Contre-passer la liquidation d’une demi-journée", "Reverse the charge of a half-day"},
       .arguments = {Positional({"DEMI-JOURNEE", "HALF-DAY"}, "half_day_id",
                                {"Identifiant de la demi-journée", "Id of the half-day"}),
                     Required(Option("--reason", "reason", {"Motif", "Reason"}))},
       .method = "FundingService.ReverseCharge"});
  commands.push_back({.group = "funding",
                      .name = "ledger",
                      .about = {"Écritures, dans l’ordre où elles ont été passées",
                                "Ledger entries, in the order of posting"},
                      .arguments = LedgerFilters(),
                      .method = "FundingService.ListLedgerEntries"});
}

}  // namespace jalon::cli
