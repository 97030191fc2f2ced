#include "clients/cli/command.h"
#include "jalon/assignment/v1/assignment_service.pb.h"

namespace jalon::cli {
namespace {

using assignment::v1::GetConsultantRequest;
using assignment::v1::GetConsultantResponse;
using assignment::v1::ListAbsencesRequest;
using assignment::v1::ListAbsencesResponse;
using assignment::v1::ListAssignmentsRequest;
using assignment::v1::ListAssignmentsResponse;

int RunShow(Session& session, const Inputs& inputs) {
  const int64_t id = inputs.Integer("consultant");
  GetConsultantRequest request;
  request.set_consultant_id(id);
  const auto consultant = session.client().Call<GetConsultantResponse>("AssignmentService.GetConsultant",
                                                                       request, session.call_options());
  if (!consultant.ok()) return session.Fail(consultant.status());
  ListAbsencesRequest absences_request;
  absences_request.set_consultant_id(id);
  const auto absences = session.client().Call<ListAbsencesResponse>("AssignmentService.ListAbsences",
                                                                    absences_request, session.call_options());
  if (!absences.ok()) return session.Fail(absences.status());
  ListAssignmentsRequest assignments_request;
  assignments_request.set_consultant_id(id);
  const auto assignments = session.client().Call<ListAssignmentsResponse>(
      "AssignmentService.ListAssignments", assignments_request, session.call_options());
  if (!assignments.ok()) return session.Fail(assignments.status());

  switch (session.format()) {
    case Format::kJson:
      session.out() << "{\"consultant\":" << Json(consultant->consultant(), false)
                    << ",\"absences\":" << Json(*absences, false)
                    << ",\"assignments\":" << Json(*assignments, false) << "}\n";
      break;
    case Format::kCsv:
      PrintAnswer(session.out(), Format::kCsv, session.language(), *consultant);
      break;
    case Format::kTable:
      PrintSingle(session.out(), session.language(), consultant->consultant());
      PrintList(session.out(), session.language(), *absences, "absences", true);
      PrintList(session.out(), session.language(), *assignments, "assignments", true);
      break;
  }
  return kDone;
}

Argument ConsultantNumber() {
  return Positional({"CONSULTANT", "CONSULTANT"}, "consultant_id",
                    {"Numéro du consultant", "Number of the consultant"});
}

}  // namespace

void AddConsultantCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "consultant",
       .name = "add",
       .about = {"Ajouter un consultant agréé", "Add an accredited consultant"},
       .arguments = {Positional({"NOM", "NAME"}, "name", {"Nom, entre guillemets", "Name, in quotes"}),
                     Required(Option("--day-rate", "day_rate",
                                     {"Tarif d’une journée, hors taxes", "Price of a day, excluding VAT"})),
                     Option("--skill", "skills",
                            {"Compétence, comme computer-vision", "Skill, as computer-vision"}),
                     Option("--region", "regions", {"Région où il intervient (32)", "Region of work (32)"}),
                     Option("--accredited-until", "accredited_until",
                            {"Dernier jour d’agrément", "Last day of accreditation"})},
       .method = "AssignmentService.CreateConsultant"});
  commands.push_back(
      {.group = "consultant",
       .name = "absence",
       .about = {"Déclarer une absence, premier et dernier jours compris",
                 "Declare an absence, first and last day included"},
       .arguments = {ConsultantNumber(),
                     Positional({"DU", "FROM"}, "starts_on", {"Premier jour", "First day"}),
                     Positional({"AU", "UNTIL"}, "ends_on", {"Dernier jour", "Last day"}),
                     Option("--label", "label",
                            {"Libellé, jamais la cause médicale", "Label, never the medical cause"})},
       .method = "AssignmentService.AddAbsence"});
  commands.push_back(
      {.group = "consultant",
       .name = "conflict",
       .about = {"Déclarer un conflit d’intérêts avec une entreprise",
                 "Declare a conflict of interest with a company"},
       .arguments = {ConsultantNumber(),
                     Positional({"SIREN", "SIREN"}, "siren", {"De l’entreprise", "Of the company"}),
                     Required(Option("--reason", "reason", {"Motif", "Reason"}))},
       .method = "AssignmentService.DeclareConflict"});
  commands.push_back({.group = "consultant",
                      .name = "list",
                      .about = {"Consultants", "Consultants"},
                      .arguments = {Option("--skill", "skill", {"Compétence", "Skill"}),
                                    Option("--region", "region", {"Région (32)", "Region (32)"})},
                      .method = "AssignmentService.ListConsultants"});
  commands.push_back(
      {.group = "consultant",
       .name = "show",
       .about = {"Un consultant, ses absences et ses affectations",
                 "A consultant, the absences and the assignments"},
       .arguments = {Of(Kind::kInteger, Positional({"CONSULTANT", "CONSULTANT"}, "",
                                                   {"Numéro du consultant", "Number of the consultant"}))},
       .run = RunShow});
}

}  // namespace jalon::cli
