#include <thread>

#include "clients/cli/command.h"
#include "clients/cli/programme.h"
#include "clients/cli/watch.h"
#include "clients/rpc/contracts.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"

namespace jalon::cli {
namespace {

const Command& FindCommand(std::string_view group, std::string_view name) {
  for (const Command& command : AllCommands()) {
    if (command.group == group && command.name == name) return command;
  }
  return AllCommands().front();
}

int RunOpen(Session& session, const Inputs& inputs) {
  auto request = MakeRequest(session, FindCommand("case", "open"), inputs);
  if (!inputs.Has("programme")) {
    const auto programme = OnlyProgramme(session);
    if (!programme.ok()) return session.Fail(programme.status());
    SetField(request.get(), "programme", *programme);
  }
  return session.CallAndPrint("EnrolmentService.OpenCase", *request);
}

int RunCheckCase(Session& session, const Inputs& inputs) {
  enrolment::v1::CheckCaseRequest request;
  request.set_case_id(inputs.Integer("case"));
  const auto answer = session.client().Call<enrolment::v1::CheckCaseResponse>(
      "EnrolmentService.CheckCase", request, session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  PrintAnswer(session.out(), session.format(), session.language(), *answer);
  if (session.for_people()) {
    session.out() << '\n'
                  << (answer->eligible() ? session.Say({"Éligible", "Eligible"})
                                         : session.Say({"Non éligible", "Not eligible"}))
                  << session.Say({" (règlement, version ", " (rulebook version "})
                  << answer->rulebook_version() << ").\n";
  }
  return kDone;
}

int RunShowCase(Session& session, const Inputs& inputs) {
  enrolment::v1::GetCaseRequest request;
  request.set_case_id(inputs.Integer("case"));
  const auto found = session.client().Call<enrolment::v1::GetCaseResponse>("EnrolmentService.GetCase",
                                                                           request, session.call_options());
  if (!found.ok()) return session.Fail(found.status());

  calendar::v1::GetCaseCalendarRequest calendar_request;
  calendar_request.set_case_id(request.case_id());
  absl::StatusOr<calendar::v1::GetCaseCalendarResponse> calendar = calendar::v1::GetCaseCalendarResponse();
  // A case has a calendar from its admission on.
  if (!found->case_().admitted_on().empty()) {
    calendar = session.client().Call<calendar::v1::GetCaseCalendarResponse>(
        "CalendarService.GetCaseCalendar", calendar_request, session.call_options());
    if (!calendar.ok()) return session.Fail(calendar.status());
  }
  switch (session.format()) {
    case Format::kJson:
      session.out() << "{\"case\":" << Json(found->case_(), false)
                    << ",\"calendar\":" << Json(*calendar, false) << "}\n";
      break;
    case Format::kCsv:
      PrintAnswer(session.out(), Format::kCsv, session.language(), *found);
      break;
    case Format::kTable:
      PrintSingle(session.out(), session.language(), found->case_());
      PrintList(session.out(), session.language(), *calendar, "half_days", true);
      if (calendar->granted_half_days() > 0) {
        session.out() << '\n'
                      << FormatField(*calendar, "live_half_days", session.language())
                      << session.Say({" pris sur ", " taken of "})
                      << FormatField(*calendar, "granted_half_days", session.language()) << '\n';
      }
      break;
  }
  return kDone;
}

int RunWatch(Session& session, const Inputs& inputs) {
  return WatchEvents(session, inputs.Integer("case"), inputs.Text("cursor"), "", "");
}

Argument CaseNumber() {
  return Positional({"DOSSIER", "CASE"}, "case_id", {"Numéro du dossier", "Number of the case"});
}
Argument Etag() {
  return Option("--etag", "etag",
                {"Version lue (case show) : refuse si le dossier a changé depuis",
                 "Version read (case show): refuses if the case changed since"});
}

}  // namespace

void AddCaseCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "case",
       .name = "open",
       .about = {"Ouvrir le dossier d’une entreprise, avec ce qu’elle déclare de son dernier exercice clos",
                 "Open a company's case, with what it declares of its last closed year"},
       .arguments =
           {Positional({"SIREN", "SIREN"}, "siren",
                       {"De l’entreprise, déjà importée", "Of the company, already imported"}),
            Option("--programme", "programme",
                   {"Code du programme ; inutile s’il n’y en a qu’un",
                    "Code of the programme; not needed when there is only one"}),
            Default("today", Option("--applied-on", "applied_on",
                                    {"Date de la candidature", "Date of the application"})),
            Required(Option("--headcount", "facts.headcount_hundredths",
                            {"Effectif en équivalents temps plein", "Headcount in full-time equivalents"})),
            Required(Option("--turnover", "facts.turnover", {"Chiffre d’affaires", "Turnover"})),
            Required(
                Option("--balance-sheet", "facts.balance_sheet", {"Total du bilan", "Balance sheet total"})),
            Required(Option("--year-closed-on", "facts.year_closed_on",
                            {"Clôture de l’exercice", "End of the year of account"})),
            Flag("--independent", "facts.independent",
                 {"Aucune entreprise n’en détient 25 % ou plus", "No enterprise holds 25 % or more of it"}),
            Option("--site-headcount", "facts.site_headcount_hundredths",
                   {"Effectif du site accompagné", "Headcount of the site accompanied"}),
            Option("--group-headcount", "facts.group_headcount_hundredths",
                   {"Effectif avec les entreprises liées et partenaires ; le plus grand, de celui-ci et de "
                    "celui des liens connus, compte",
                    "Headcount with linked enterprises and partners; the greater of this and that of the "
                    "known links counts"}),
            Option("--status", "facts.statuses",
                   {"Statut, de ceux que le règlement nomme", "Status, of those that the rulebook names"})},
       .method = "EnrolmentService.OpenCase",
       .run = RunOpen});
  commands.push_back(
      {.group = "case",
       .name = "check",
       .about = {"Confronter le dossier à chaque condition du règlement, avec le constat",
                 "Hold the case against each condition of the rulebook, with the evidence"},
       .arguments = {Of(Kind::kInteger,
                        Positional({"DOSSIER", "CASE"}, "", {"Numéro du dossier", "Number of the case"}))},
       .run = RunCheckCase});
  commands.push_back({.group = "case",
                      .name = "admit",
                      .about = {"Admettre un dossier éligible et accorder ses demi-journées",
                                "Admit an eligible case and grant its half-days"},
                      .arguments = {CaseNumber(),
                                    Default("today", Option("--admitted-on", "admitted_on",
                                                            {"Date d’admission", "Date of admission"})),
                                    Option("--half-days", "granted_half_days",
                                           {"Demi-journées accordées ; sinon le plafond du règlement",
                                            "Half-days granted; otherwise the rulebook's cap"}),
                                    Etag()},
                      .method = "EnrolmentService.AdmitCase"});
  commands.push_back({.group = "case",
                      .name = "reject",
                      .about = {"Rejeter un dossier", "Reject a case"},
                      .arguments = {CaseNumber(),
                                    Required(Option("--reason", "reason",
                                                    {"Motif, que l’entreprise lira",
                                                     "Reason, which the company will read"})),
                                    Etag()},
                      .method = "EnrolmentService.RejectCase"});
  commands.push_back(
      {.group = "case",
       .name = "withdraw",
       .about = {"Retirer un dossier avant son terme ; ce qui est approuvé reste dû",
                 "End a case before its time; what was approved stays due"},
       .arguments = {CaseNumber(), Required(Option("--reason", "reason", {"Motif", "Reason"})), Etag()},
       .method = "EnrolmentService.WithdrawCase"});
  commands.push_back(
      {.group = "case",
       .name = "list",
       .about = {"Dossiers, du plus récent au plus ancien", "Cases, newest first"},
       .arguments = {Option("--state", "filter.state", {"État", "State"}),
                     Option("--programme", "filter.programme",
                            {"Code du programme", "Code of the programme"}),
                     Option("--siren", "filter.siren", {"De cette entreprise", "Of this company"}),
                     Option("--region", "filter.region",
                            {"Code INSEE de la région", "INSEE code of the region"})},
       .method = "EnrolmentService.ListCases"});
  commands.push_back(
      {.group = "case",
       .name = "show",
       .about = {"Un dossier et son calendrier", "A case and its calendar"},
       .arguments = {Of(Kind::kInteger,
                        Positional({"DOSSIER", "CASE"}, "", {"Numéro du dossier", "Number of the case"}))},
       .run = RunShowCase});
  commands.push_back(
      {.group = "case",
       .name = "watch",
       .about = {"Suivre un dossier : ses événements à mesure qu’ils arrivent, sans en manquer (Ctrl-C pour "
                 "finir)",
                 "Follow a case: its events as they come, none missed (Ctrl-C to end)"},
       .arguments = {Of(Kind::kInteger,
                        Positional({"DOSSIER", "CASE"}, "", {"Numéro du dossier", "Number of the case"})),
                     Option("--cursor", "",
                            {"Reprendre après ce curseur ; 0 : depuis le début",
                             "Resume after this cursor; 0: from the beginning"})},
       .run = RunWatch});
}

}  // namespace jalon::cli
