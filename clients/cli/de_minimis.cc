#include "clients/cli/command.h"
#include "clients/cli/csv_writer.h"
#include "clients/cli/output_file.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::cli {
namespace {

using funding::v1::Aid;
using funding::v1::DeMinimisHeadroom;
using funding::v1::GetDeMinimisAttestationRequest;
using funding::v1::GetDeMinimisAttestationResponse;
using funding::v1::GetDeMinimisHeadroomRequest;
using funding::v1::GetDeMinimisHeadroomResponse;

Argument Siren() {
  return Positional({"SIREN", "SIREN"}, "siren", {"SIREN de l’entreprise", "SIREN of the company"});
}

Argument Regime() {
  return Option("--regime", "regime",
                {"general (sinon), agriculture ou fishery", "general (otherwise), agriculture or fishery"});
}

std::vector<Argument> AidArguments() {
  return {Siren(),
          Positional({"MONTANT", "AMOUNT"}, "amount",
                     {"Euros ; 0 annule la référence", "Euros; 0 takes the reference back"}),
          Required(Option("--granted-on", "granted_on", {"Date d’octroi", "Date of the grant"})),
          Required(Option("--reference", "reference",
                          {"Référence de la décision : elle réunit déclaration et confirmation",
                           "Reference of the decision: it joins declaration and confirmation"})),
          Required(Option("--authority", "authority", {"Qui l’a accordée", "Who granted it"})),
          Regime()};
}

std::string FrenchDate(const std::string& iso) {
  return iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + iso.substr(0, 4);
}

// A French document, whatever the language of the session: it goes to a French administration.
void PrintDeclaration(std::ostream& out, const DeMinimisHeadroom& headroom) {
  constexpr Language kFr = Language::kFrench;
  const auto euros = [&](const char* field) { return FormatField(headroom, field, kFr); };
  out << "DÉCLARATION RELATIVE AUX AIDES DE MINIMIS\n"
         "(règlement (UE) 2023/2831 de la Commission du 13 décembre 2023)\n\n"
      << "Je soussigné(e) ______________________________, en qualité de ______________________,\n"
      << "représentant l’entreprise " << Printable(headroom.company_name()) << ", SIREN " << headroom.siren()
      << ",\natteste que l’entreprise unique dont elle fait partie (SIREN "
      << FormatField(headroom, "members", kFr) << ")\na reçu, du " << FrenchDate(headroom.window_starts_on())
      << " au " << FrenchDate(headroom.window_ends_on())
      << ", les aides de minimis suivantes, et aucune autre :\n\n";
  Table table({{"Accordée le"},
               {"SIREN"},
               {"Entreprise"},
               {"Autorité"},
               {"Référence"},
               {"Régime"},
               {"Montant", true}});
  for (const Aid& aid : headroom.aids()) {
    table.Add({FrenchDate(aid.granted_on()), aid.siren(), Printable(aid.company_name()),
               aid.authority().empty() ? "présent programme" : Printable(aid.authority()),
               Printable(aid.reference()), FormatField(aid, "regime", kFr), FormatField(aid, "amount", kFr)});
  }
  if (headroom.aids().empty()) {
    out << "  néant\n";
  } else {
    table.Print(out);
  }
  out << "\nPlafond sur trois ans : " << euros("ceiling")
      << "\nAccordé par le présent programme : " << euros("granted") << "\nDéclaré : " << euros("declared")
      << "\nConfirmé par le registre : " << euros("confirmed") << "\nReste disponible : " << euros("left")
      << "\n\nFait à ______________________, le ____ / ____ / ________\n\nSignature et cachet :\n\n\n";
}

int RunDeclaration(Session& session, const Inputs& inputs) {
  GetDeMinimisHeadroomRequest request;
  request.set_siren(inputs.Text("siren"));
  request.set_on(inputs.Text("on"));
  const auto answer = session.client().Call<GetDeMinimisHeadroomResponse>(
      "FundingService.GetDeMinimisHeadroom", request, session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  PrintDeclaration(session.out(), answer->headroom());
  return kDone;
}

// A line for each grant, with its own date and amount.
void PrintGrants(std::ostream& out, const funding::v1::DeMinimisAttestation& told) {
  std::vector<std::string> names = {"case_id", "siren", "company_name", "programme", "reference"};
  const std::vector<std::string> of_grant = FlatNames(funding::v1::AttestedGrant::descriptor());
  names.insert(names.end(), of_grant.begin(), of_grant.end());
  out << CsvRecord(names);
  for (const auto& grant : told.grants()) {
    std::vector<std::string> cells = {std::to_string(told.case_id()), told.siren(), told.company_name(),
                                      told.programme(), told.reference()};
    for (std::string& value : FlatValues(grant)) cells.push_back(std::move(value));
    out << CsvRecord(cells);
  }
}

// The letter goes into a file; without one, what it tells is printed.
int RunAttestation(Session& session, const Inputs& inputs) {
  GetDeMinimisAttestationRequest request;
  request.set_case_id(inputs.Integer("case"));
  auto answer = session.client().Call<GetDeMinimisAttestationResponse>(
      "FundingService.GetDeMinimisAttestation", request, session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  if (inputs.Has("pdf")) {
    const std::string path = inputs.Text("pdf");
    return session.SayWritten(path, WriteWholeFile(path, answer->pdf()));
  }
  answer->clear_pdf();
  if (session.format() == Format::kCsv) {
    PrintGrants(session.out(), answer->attestation());
    return kDone;
  }
  if (session.for_people()) {
    PrintSingle(session.out(), session.language(), answer->attestation());
    for (const char* list : {"grants", "grantors", "members"})
      PrintList(session.out(), session.language(), answer->attestation(), list, true);
    return kDone;
  }
  PrintAnswer(session.out(), session.format(), session.language(), *answer);
  return kDone;
}

}  // namespace

void AddDeMinimisCommands(std::vector<Command>& commands) {
  const Argument on =
      Default("today", Option("--on", "on", {"Dernier jour des trois ans", "Last day of the three years"}));
  commands.push_back({.group = "deminimis",
                      .name = "show",
                      .about = {"Ce que l’entreprise unique peut encore recevoir, et les aides qui comptent",
                                "What the single undertaking may still be granted, and the aids that count"},
                      .arguments = {Siren(), on, Regime()},
                      .method = "FundingService.GetDeMinimisHeadroom"});
  commands.push_back({.group = "deminimis",
                      .name = "declare",
                      .about = {"Noter une aide d’un tiers que l’entreprise déclare",
                                "Enter aid by others that the company declares"},
                      .arguments = AidArguments(),
                      .method = "FundingService.DeclareAid"});
  commands.push_back(
      {.group = "deminimis",
       .name = "confirm",
       .about = {"Noter une aide d’un tiers telle que le registre la donne ; elle remplace la déclaration",
                 "Enter aid by others as the register has it; it replaces the declaration"},
       .arguments = AidArguments(),
       .method = "FundingService.ConfirmAid"});
  commands.push_back(
      {.group = "deminimis",
       .name = "attestation",
       .about = {"Lettre qui atteste à l’entreprise l’aide de minimis d’un dossier (--pdf pour l’imprimer)",
                 "Letter that attests a case’s de minimis aid to the company (--pdf to print it)"},
       .arguments = {Of(Kind::kInteger,
                        Positional({"DOSSIER", "CASE"}, "", {"Numéro du dossier", "Number of the case"})),
                     Of(Kind::kFile,
                        Option("--pdf", "",
                               {"Écrire la lettre dans ce fichier", "Write the letter into this file"}))},
       .run = RunAttestation});
  commands.push_back(
      {.group = "deminimis",
       .name = "declaration",
       .about = {"Déclaration de ses aides à signer par l’entreprise, en français",
                 "Declaration of its aid for the company to sign, in French"},
       .arguments = {Of(Kind::kSiren, Positional({"SIREN", "SIREN"}, "",
                                                 {"SIREN de l’entreprise", "SIREN of the company"})),
                     Default("today", Of(Kind::kDate, Option("--on", "",
                                                             {"Dernier jour des trois ans",
                                                              "Last day of the three years"})))},
       .run = RunDeclaration});
  commands.push_back(
      {.group = "deminimis",
       .name = "register-export",
       .about = {"Aides à inscrire au registre national, la plus urgente d’abord (--csv pour un fichier)",
                 "Grants to enter in the national register, the most urgent first (--csv for a file)"},
       .arguments = {Flag("--all", "all", {"Celles déjà inscrites aussi", "Those entered too"})},
       .method = "FundingService.ListRegisterEntries"});
  commands.push_back(
      {.group = "deminimis",
       .name = "register-confirm",
       .about = {"Noter qu’une aide est inscrite au registre", "Note that the register has a grant"},
       .arguments = {Positional({"AIDE", "AID"}, "aid_id", {"Numéro de l’aide", "Number of the aid"}),
                     Required(Option("--reference", "register_reference",
                                     {"Son numéro au registre", "Its number in the register"})),
                     Default("today",
                             Option("--on", "registered_on", {"Date d’inscription", "Date of entry"}))},
       .method = "FundingService.ConfirmRegistered"});
}

}  // namespace jalon::cli
