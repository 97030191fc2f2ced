#include "clients/cli/command.h"
#include "clients/cli/matching.h"

namespace jalon::cli {
namespace {

Argument Phase() {
  return Required(Option(
      "--phase", "", {"Phase, comme diagnosis ou accompaniment", "Phase, as diagnosis or accompaniment"}));
}

// What a need may ask for beyond its case and phase.
std::vector<Argument> Asked() {
  return {
      Fills({"need.skills", "needs.skills"},
            Repeated(Of(Kind::kCode, Option("--skill", "", {"Compétence requise", "Skill required"})))),
      Fills({"need.languages", "needs.languages"},
            Repeated(Of(Kind::kCode,
                        Option("--speaks", "", {"Langue requise, comme en", "Language required, as en"})))),
      Of(Kind::kDate,
         Option("--from", "", {"Premier jour ; sinon aujourd’hui", "First day; otherwise today"})),
      Of(Kind::kDate,
         Option("--until", "",
                {"Dernier jour ; sinon la fin de la période", "Last day; otherwise the end of the window"})),
      Fills({"need.half_days", "needs.half_days"},
            Of(Kind::kDays, Option("--days", "",
                                   {"Jours à faire ; sinon ce qui reste au dossier",
                                    "Days to do; otherwise what the case has left"})))};
}

std::vector<Argument> With(std::vector<Argument> first, const std::vector<Argument>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

}  // namespace

void AddAssignmentCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "assignment",
       .name = "add",
       .about = {"Affecter un consultant à une phase d’un dossier admis",
                 "Assign a consultant to a phase of an admitted case"},
       .arguments = {Positional({"DOSSIER", "CASE"}, "case_id", {"Numéro du dossier", "Number of the case"}),
                     Positional({"CONSULTANT", "CONSULTANT"}, "consultant_id",
                                {"Numéro du consultant", "Number of the consultant"}),
                     Required(Option("--phase", "phase",
                                     {"Phase, comme diagnosis ou accompaniment",
                                      "Phase, as diagnosis or accompaniment"})),
                     Option("--from", "starts_on",
                            {"Premier jour ; sinon l’admission", "First day; otherwise the admission"}),
                     Option("--until", "ends_on",
                            {"Dernier jour ; sinon la fin de la période",
                             "Last day; otherwise the end of the window"})},
       .method = "AssignmentService.CreateAssignment"});
  commands.push_back(
      {.group = "assignment",
       .name = "candidates",
       .about = {"Qui conviendrait à un dossier, pourquoi, et pourquoi pas les autres",
                 "Who would fit a case, why, and why not the others"},
       .arguments = With(
           {Of(Kind::kInteger,
               Positional({"DOSSIER", "CASE"}, "", {"Numéro du dossier", "Number of the case"})),
            Phase(),
            Of(Kind::kInteger, Option("--limit", "", {"Combien ; sinon 5", "How many; otherwise 5"})),
            Flag("--details", "",
                 {"Nommer ceux qui ne conviennent pas, et pourquoi", "Name those who do not fit, and why"})},
           Asked()),
       .run = RunCandidates});
  Argument cases = Repeated(
      Of(Kind::kInteger, Positional({"DOSSIER", "CASE"}, "",
                                    {"Dossiers ; aucun : les admis sans consultant, les plus anciens d’abord",
                                     "Cases; none: those admitted without a consultant, the oldest first"})));
  cases.required = false;
  commands.push_back(
      {.group = "assignment",
       .name = "propose",
       .about = {"Le meilleur choix pour plusieurs dossiers ensemble ; --apply l’enregistre",
                 "The best choice for several cases together; --apply writes it"},
       .arguments =
           With({cases, Phase(), Option("--programme", "", {"Code du programme", "Code of the programme"}),
                 Flag("--apply", "", {"Affecter, tout ou rien", "Assign, all or nothing"}),
                 Flag("--details", "",
                      {"Les raisons de chaque choix, et ce que coûterait un autre",
                       "The reasons for each choice, and what another would cost"}),
                 Flag("--rest-may-wait", "",
                      {"Affecter ceux qui trouvent quelqu’un, même s’il en reste",
                       "Assign those who find somebody, though some are left"})},
                Asked()),
       .run = RunPropose});
  commands.push_back(
      {.group = "assignment",
       .name = "reassign",
       .about =
           {"Passer les dossiers d’un consultant à d’autres, avec les demi-journées planifiées, tout ou rien",
            "Pass a consultant’s cases on to others, with the half-days planned, all or nothing"},
       .arguments = {Of(Kind::kInteger, Positional({"CONSULTANT", "CONSULTANT"}, "",
                                                   {"Numéro du consultant", "Number of the consultant"})),
                     Of(Kind::kDate,
                        Default("today",
                                Option("--last-day", "", {"Dernier jour travaillé", "Last day of work"}))),
                     Fills({"successors"},
                           Repeated(Option("--to", "",
                                           {"Successeur d’un dossier, DOSSIER:CONSULTANT ; sinon le meilleur",
                                            "Successor of a case, CASE:CONSULTANT; otherwise the best"}))),
                     Flag("--leaves", "", {"Il quitte aussi le programme", "The programme is left, too"}),
                     Flag("--dry-run", "", {"Montrer sans rien changer", "Show without changing anything"})},
       .run = RunReassign});
  commands.push_back({.group = "assignment",
                      .name = "end",
                      .about = {"Clore une affectation avant son terme", "End an assignment before its time"},
                      .arguments = {Positional({"AFFECTATION", "ASSIGNMENT"}, "assignment_id",
                                               {"Numéro de l’affectation", "Number of the assignment"}),
                                    Default("today", Option("--on", "ends_on",
                                                            {"Dernier jour travaillé", "Last day of work"}))},
                      .method = "AssignmentService.EndAssignment"});
  commands.push_back(
      {.group = "assignment",
       .name = "list",
       .about = {"Affectations", "Assignments"},
       .arguments = {Option("--case", "case_id", {"D’un dossier", "Of a case"}),
                     Option("--consultant", "consultant_id", {"D’un consultant", "Of a consultant"})},
       .method = "AssignmentService.ListAssignments"});
}

}  // namespace jalon::cli
