#include "clients/cli/command.h"

namespace jalon::cli {

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
