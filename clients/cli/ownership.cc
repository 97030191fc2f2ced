#include "clients/cli/command.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"

namespace jalon::cli {
namespace {

using enrolment::v1::CompanyAssessment;
using enrolment::v1::Finding;
using enrolment::v1::GetCaseAssessmentRequest;
using enrolment::v1::GetCaseAssessmentResponse;
using enrolment::v1::GetCompanyAssessmentRequest;
using enrolment::v1::GetCompanyAssessmentResponse;

// One of the three computations: what it says, by which law, and why.
template <class Result>
void PrintResult(Session& session, Words title, const std::string& answer, const Result& result) {
  session.out() << '\n' << session.Say(title) << session.Say({" : ", ": "}) << answer << '\n';
  for (const Finding& finding : result.findings())
    session.out() << "  – " << (session.language() == Language::kFrench ? finding.fr() : finding.en())
                  << '\n';
}

void PrintAssessment(Session& session, const CompanyAssessment& assessment) {
  const Language language = session.language();
  const auto field = [&](const auto& message, const char* path) {
    const std::string text = FormatField(message, path, language);
    return text.empty() ? std::string(session.Say({"inconnue", "unknown"})) : text;
  };
  session.out() << assessment.name() << " (" << assessment.siren() << ")" << session.Say({", au ", ", on "})
                << field(assessment, "assessed_on") << session.Say({" : taille ", ": size "})
                << field(assessment, "size_class") << '\n';
  const auto& eu = assessment.eu_size();
  PrintResult(
      session,
      {"Taille européenne (recommandation 2003/361/CE)", "European size (Recommendation 2003/361/EC)"},
      field(eu, "size") +
          (eu.complete() || eu.size() == enrolment::v1::EU_SIZE_UNSPECIFIED
               ? ""
               : session.Say({" au moins, comptes incomplets", " at least, accounts incomplete"})),
      eu);
  PrintList(session.out(), language, eu, "periods", true);
  PrintList(session.out(), language, eu, "counted", true);
  PrintResult(session, {"Catégorie française (décret n° 2008-1354)", "French category (décret 2008-1354)"},
              field(assessment, "french_category.category"), assessment.french_category());
  PrintResult(
      session,
      {"Entreprise unique (règlement (UE) 2023/2831)", "Single undertaking (Regulation (EU) 2023/2831)"},
      field(assessment, "single_undertaking.undertaking"), assessment.single_undertaking());
  PrintList(session.out(), language, assessment.single_undertaking(), "members", true);
}

template <class Response, class Request>
int RunAssessment(Session& session, const char* method, const Request& request) {
  const auto answer = session.client().Call<Response>(method, request, session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  if (session.for_people()) {
    PrintAssessment(session, answer->assessment());
  } else {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
  }
  return kDone;
}

int RunFacts(Session& session, const Inputs& inputs) {
  GetCompanyAssessmentRequest request;
  request.set_siren(inputs.Text("siren"));
  request.set_on(inputs.Text("on"));
  return RunAssessment<GetCompanyAssessmentResponse>(session, "EnrolmentService.GetCompanyAssessment",
                                                     request);
}

int RunCaseFacts(Session& session, const Inputs& inputs) {
  GetCaseAssessmentRequest request;
  request.set_case_id(inputs.Integer("case"));
  return RunAssessment<GetCaseAssessmentResponse>(session, "EnrolmentService.GetCaseAssessment", request);
}

Argument PartyId(Words name, std::string field) {
  return Positional(name, std::move(field),
                    {"SIREN, ou code d’un détenteur qui n’en a pas (de-muller-gmbh, p-dupont)",
                     "SIREN, or code of a holder that has none (de-muller-gmbh, p-dupont)"});
}
Argument Source(std::string field) {
  return Required(Option(
      "--source", std::move(field),
      {"Preuve : registre des associés, statuts, liasse…", "Evidence: register, statutes, accounts…"}));
}

void AddLinkCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "company",
       .name = "link add",
       .about = {"Déclarer ce qu’un détenteur a d’une entreprise : capital, votes, contrôle, depuis quand",
                 "Declare what a holder has of an enterprise: capital, votes, control, since when"},
       .arguments =
           {PartyId({"DÉTENTEUR", "HOLDER"}, "link.holder.party_id"),
            PartyId({"DÉTENUE", "HELD"}, "link.held.party_id"),
            Option("--capital", "link.capital_hundredths", {"Part du capital", "Share of the capital"}),
            Option("--votes", "link.votes_hundredths", {"Part des droits de vote", "Share of the votes"}),
            Option("--control", "link.controls",
                   {"Contrôle autre que par les votes", "Control other than by votes"}),
            Required(Option("--from", "link.starts_on", {"Premier jour du lien", "First day of the link"})),
            Option("--until", "link.ends_on", {"Premier jour sans lui", "First day without it"}),
            Source("link.source"),
            Option("--holder-name", "link.holder.name",
                   {"Nom du détenteur, s’il est nouveau", "Name of the holder, if new"}),
            Option("--holder-kind", "link.holder.kind", {"Nature du détenteur", "Kind of holder"}),
            Option("--holder-country", "link.holder.country", {"Pays, deux lettres", "Country, two letters"}),
            Option("--held-name", "link.held.name",
                   {"Nom de la détenue, si elle est nouvelle", "Name of the held, if new"}),
            Option("--held-kind", "link.held.kind", {"Nature de la détenue", "Kind of the held"}),
            Option("--held-country", "link.held.country", {"Pays, deux lettres", "Country, two letters"}),
            Option("--market", "link.market",
                   {"Marché, d’une personne physique : ses entreprises du même code sont liées",
                    "Market, of a natural person: its enterprises of one code are linked"}),
            Option(
                "--investment", "link.investment",
                {"Montant investi, d’un investisseur providentiel", "Amount invested, of a business angel"})},
       .method = "EnrolmentService.DeclareLink"});
  commands.push_back(
      {.group = "company",
       .name = "link end",
       .about = {"Mettre fin à un lien", "End a link"},
       .arguments = {Positional({"LIEN", "LINK"}, "link_id", {"Numéro du lien", "Number of the link"}),
                     Required(Option("--on", "ends_on", {"Premier jour sans lui", "First day without it"})),
                     Source("source")},
       .method = "EnrolmentService.EndLink"});
  commands.push_back(
      {.group = "company",
       .name = "link list",
       .about = {"Liens d’une entreprise ou d’un détenteur", "Links of an enterprise or of a holder"},
       .arguments = {PartyId({"ENTREPRISE", "PARTY"}, "party_id"),
                     Option("--on", "on", {"À cette date seulement", "On this date only"})},
       .method = "EnrolmentService.ListLinks"});
}

void AddAccountsCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "company",
       .name = "accounts add",
       .about = {"Donner les comptes d’un exercice clos", "Give the accounts of a closed year"},
       .arguments = {PartyId({"ENTREPRISE", "PARTY"}, "accounts.party_id"),
                     Required(Option("--closed-on", "accounts.closed_on",
                                     {"Clôture de l’exercice", "End of the year of account"})),
                     Required(Option(
                         "--headcount", "accounts.headcount_hundredths",
                         {"Effectif en équivalents temps plein", "Headcount in full-time equivalents"})),
                     Required(Option("--turnover", "accounts.turnover", {"Chiffre d’affaires", "Turnover"})),
                     Required(Option("--balance-sheet", "accounts.balance_sheet",
                                     {"Total du bilan", "Balance sheet total"})),
                     Option("--consolidates", "accounts.consolidates",
                            {"Comptes consolidés : entreprise dont les chiffres y sont déjà",
                             "Consolidated accounts: an enterprise whose figures they hold already"}),
                     Source("accounts.source"),
                     Flag("--replace", "replace",
                          {"Remplacer les comptes déjà connus", "Replace the accounts known already"})},
       .method = "EnrolmentService.AddAccounts"});
  commands.push_back({.group = "company",
                      .name = "accounts list",
                      .about = {"Comptes d’une entreprise, du plus récent au plus ancien",
                                "Accounts of an enterprise, latest first"},
                      .arguments = {PartyId({"ENTREPRISE", "PARTY"}, "party_id")},
                      .method = "EnrolmentService.ListAccounts"});
}

}  // namespace

void AddOwnershipCommands(std::vector<Command>& commands) {
  AddLinkCommands(commands);
  AddAccountsCommands(commands);
  commands.push_back(
      {.group = "company",
       .name = "facts",
       .about = {"Taille européenne, catégorie française et entreprise unique, avec leurs raisons",
                 "European size, French category and single undertaking, with their reasons"},
       .arguments = {Of(Kind::kSiren, Positional({"SIREN", "SIREN"}, "", {"Neuf chiffres", "Nine digits"})),
                     Of(Kind::kDate, Default("today", Option("--on", "", {"À cette date", "On this date"})))},
       .run = RunFacts});
  commands.push_back(
      {.group = "case",
       .name = "facts",
       .about = {"Les mêmes, tels que l’admission les a figés", "The same, as the admission froze them"},
       .arguments = {Of(Kind::kInteger,
                        Positional({"DOSSIER", "CASE"}, "", {"Numéro du dossier", "Number of the case"}))},
       .run = RunCaseFacts});
}

}  // namespace jalon::cli
