#include <algorithm>
#include <sstream>
#include <utility>

#include "clients/cli/command.h"
#include "jalon/assignment/v1/assignment_service.pb.h"

namespace jalon::cli {
namespace {

using assignment::v1::CreateConsultantRequest;
using assignment::v1::GetConsultantRequest;
using assignment::v1::GetConsultantResponse;
using assignment::v1::ListAbsencesRequest;
using assignment::v1::ListAbsencesResponse;
using assignment::v1::ListAssignmentsRequest;
using assignment::v1::ListAssignmentsResponse;
using assignment::v1::UpdateConsultantRequest;

const Command& ThisCommand(std::string_view name) {
  for (const Command& command : AllCommands())
    if (command.group == "consultant" && command.name == name) return command;
  return AllCommands().front();
}

// What add and update take alike: fields of a consultant, found under `at`. A skill and its level are typed
// as one word and so are read apart, below.
std::vector<Argument> Attributes(const std::string& at) {
  return {
      Fills({at + "skills", at + "skill_levels"},
            Repeated(Option("--skill", "",
                            {"Compétence et niveau de 1 à 3, comme computer-vision:3 (2 si rien n’est dit)",
                             "Skill and level from 1 to 3, as computer-vision:3 (2 if none is given)"}))),
      Option("--region", at + "regions",
             {"Région où il intervient (32) ; aucune : partout", "Region of work (32); none: wherever"}),
      Option("--sector", at + "sectors",
             {"Section de la NAF qu’il connaît, comme C", "Section of the NAF that is known, as C"}),
      Option("--speaks", at + "languages", {"Langue, comme fr ou en", "Language, as fr or en"}),
      Option("--home", at + "home_commune",
             {"Code INSEE de la commune d’où il part (59350)",
              "INSEE code of the commune of departure (59350)"}),
      Option("--radius", at + "radius_km",
             {"Distance qu’il ne dépasse pas, en km", "Distance that is not exceeded, in km"}),
      Option("--employer", at + "employer_siren", {"SIREN de l’employeur", "SIREN of the employer"}),
      Option("--works", at + "working_halves",
             {"Demi-journée travaillée de la semaine, comme lundi-matin ; sinon du lundi au vendredi",
              "Half of the week that is worked, as monday-morning; otherwise Monday to Friday"}),
      Option("--weekly", at + "max_half_days_per_week",
             {"Demi-journées au plus par semaine", "Half-days a week at the most"}),
      Option("--accredited-until", at + "accredited_until",
             {"Dernier jour d’agrément", "Last day of accreditation"}),
  };
}

// "computer-vision:3"; false: not so.
bool ReadSkill(const std::string& typed, std::string* skill, int* level) {
  const size_t colon = typed.find(':');
  *skill = typed.substr(0, colon);
  *level = 2;
  if (colon == std::string::npos) return true;
  if (colon + 2 != typed.size() || typed[colon + 1] < '1' || typed[colon + 1] > '3') return false;
  *level = typed[colon + 1] - '0';
  return true;
}

template <class Message>
bool AddSkills(const Inputs& inputs, Message* message) {
  for (const std::string& typed : inputs.All("skill")) {
    std::string skill;
    int level = 0;
    std::istringstream words(typed);  // "nlp:3,mlops" is two
    for (std::string word; std::getline(words, word, ',');) {
      if (!ReadSkill(word, &skill, &level)) return false;
      message->add_skills(skill);
      message->add_skill_levels(level);
    }
  }
  return true;
}

int MisusedSkill(Session& session) {
  return session.Misused(session.Say({"le niveau d’une compétence va de 1 à 3 : computer-vision:3",
                                      "the level of a skill is from 1 to 3: computer-vision:3"}));
}

int RunAddConsultant(Session& session, const Inputs& inputs) {
  auto request = MakeRequest(session, ThisCommand("add"), inputs);
  if (!AddSkills(inputs, dynamic_cast<CreateConsultantRequest*>(request.get()))) return MisusedSkill(session);
  return session.CallAndPrint("AssignmentService.CreateConsultant", *request);
}

// What may be emptied, by the names of its options. Named by its field, as programs know it, it is found too.
std::string FieldToClear(const std::string& typed) {
  constexpr std::string_view kAt = "consultant.";
  const std::string name = typed.substr(std::min(typed.find_first_not_of('-'), typed.size()));
  for (const Argument& argument : Attributes(std::string(kAt))) {
    const std::string field = argument.field.empty() ? "skills" : argument.field.substr(kAt.size());
    if (name == argument.key() || name == field) return field;
  }
  return "";
}

int MisusedClear(Session& session, const std::string& typed) {
  std::string options;
  for (const Argument& argument : Attributes("")) options += (options.empty() ? "" : ", ") + argument.key();
  return session.Misused(
      std::string("--clear") + session.Say({" : « ", ": “"}) + Printable(typed) +
      session.Say({" » ne se vide pas ; choisissez parmi : ", "” cannot be emptied; choose among: "}) +
      options);
}

// What is typed changes, and what --clear names becomes empty; the rest stays.
int RunUpdate(Session& session, const Inputs& inputs) {
  constexpr std::string_view kAt = "consultant.";
  auto message = MakeRequest(session, ThisCommand("update"), inputs);
  auto* request = dynamic_cast<UpdateConsultantRequest*>(message.get());
  if (!AddSkills(inputs, request->mutable_consultant())) return MisusedSkill(session);
  if (inputs.Has("skill")) request->add_update_mask("skills");
  for (const Argument& argument : ThisCommand("update").arguments) {
    const bool attribute = argument.field.starts_with(kAt) && !argument.positional();
    if (!attribute || argument.field == "consultant.etag" || !inputs.Has(argument.key())) continue;
    request->add_update_mask(argument.field.substr(kAt.size()));
  }
  for (const std::string& cleared : inputs.All("clear")) {
    const std::string field = FieldToClear(cleared);
    if (field.empty()) return MisusedClear(session, cleared);
    request->add_update_mask(field);
  }
  return session.CallAndPrint("AssignmentService.UpdateConsultant", *request);
}

template <class... Parts>
std::vector<Argument> Together(std::vector<Argument> first, const Parts&... more) {
  (first.insert(first.end(), more.begin(), more.end()), ...);
  return first;
}

int RunShowConsultant(Session& session, const Inputs& inputs) {
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
      PrintList(session.out(), session.language(), *consultant, "accreditations", true);
      PrintList(session.out(), session.language(), *consultant, "conflicts", true);
      PrintList(session.out(), session.language(), *consultant, "previous_clients", true);
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
       .arguments =
           Together({Positional({"NOM", "NAME"}, "name", {"Nom, entre guillemets", "Name, in quotes"}),
                     Required(Option("--day-rate", "day_rate",
                                     {"Tarif d’une journée, hors taxes", "Price of a day, excluding VAT"}))},
                    Attributes("")),
       .method = "AssignmentService.CreateConsultant",
       .run = RunAddConsultant});
  commands.push_back(
      {.group = "consultant",
       .name = "update",
       .about = {"Modifier un consultant : ce qui est donné change, le reste demeure",
                 "Change a consultant: what is given changes, the rest stays"},
       .arguments = Together(
           {Positional({"CONSULTANT", "CONSULTANT"}, "consultant.consultant_id",
                       {"Numéro du consultant", "Number of the consultant"}),
            Option("--name", "consultant.name", {"Nom", "Name"}),
            Option("--day-rate", "consultant.day_rate",
                   {"Tarif d’une journée, hors taxes", "Price of a day, excluding VAT"}),
            Option("--etag", "consultant.etag",
                   {"Version lue (consultant show) : refuse si elle a changé depuis",
                    "Version read (consultant show): refuses if it changed since"}),
            Fills({"update_mask"}, Repeated(Option("--clear", "",
                                                   {"Option à vider, comme radius, sector ou works",
                                                    "Option to empty, as radius, sector or works"})))},
           Attributes("consultant.")),
       .method = "AssignmentService.UpdateConsultant",
       .run = RunUpdate});
  commands.push_back(
      {.group = "consultant",
       .name = "leave",
       .about =
           {"Noter le départ d’un consultant qui n’a plus rien de planifié (sinon : assignment reassign)",
            "Note that a consultant leaves who has nothing planned any more (otherwise: assignment "
            "reassign)"},
       .arguments = {ConsultantNumber(), Default("today", Option("--on", "left_on",
                                                                 {"Dernier jour dans le programme",
                                                                  "Last day in the programme"}))},
       .method = "AssignmentService.RetireConsultant"});
  commands.push_back(
      {.group = "consultant",
       .name = "accredit",
       .about = {"Accréditer un consultant pour un programme, ou prolonger",
                 "Accredit a consultant for a programme, or prolong it"},
       .arguments = {ConsultantNumber(),
                     Positional({"PROGRAMME", "PROGRAMME"}, "programme",
                                {"Code du programme", "Code of the programme"}),
                     Required(Option("--from", "starts_on", {"Premier jour", "First day"})),
                     Option("--until", "ends_on",
                            {"Dernier jour ; sinon sans terme", "Last day; otherwise without end"})},
       .method = "AssignmentService.AccreditConsultant"});
  commands.push_back(
      {.group = "consultant",
       .name = "client",
       .about = {"Déclarer une entreprise pour qui il a travaillé hors du programme",
                 "Declare a company worked for outside the programme"},
       .arguments = {ConsultantNumber(),
                     Positional({"SIREN", "SIREN"}, "siren", {"De l’entreprise", "Of the company"}),
                     Required(Option("--until", "ended_on",
                                     {"Dernier jour de la mission", "Last day of the mission"}))},
       .method = "AssignmentService.DeclarePreviousClient"});
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
       .name = "absence-remove",
       .about = {"Retirer une absence déclarée à tort", "Take back an absence declared by mistake"},
       .arguments = {Positional({"ABSENCE", "ABSENCE"}, "absence_id",
                                {"Son numéro (consultant show)", "Its number (consultant show)"})},
       .method = "AssignmentService.RemoveAbsence"});
  commands.push_back(
      {.group = "consultant",
       .name = "conflict",
       .about = {"Déclarer un conflit d’intérêts avec une entreprise",
                 "Declare a conflict of interest with a company"},
       .arguments = {ConsultantNumber(),
                     Positional({"SIREN", "SIREN"}, "siren", {"De l’entreprise", "Of the company"}),
                     Required(Option("--reason", "reason", {"Motif", "Reason"}))},
       .method = "AssignmentService.DeclareConflict"});
  commands.push_back(
      {.group = "consultant",
       .name = "conflict-withdraw",
       .about = {"Retirer un conflit d’intérêts qui n’en est pas, ou plus, un",
                 "Withdraw a conflict of interest that is none, or none any more"},
       .arguments = {ConsultantNumber(),
                     Positional({"SIREN", "SIREN"}, "siren", {"De l’entreprise", "Of the company"}),
                     Required(Option("--reason", "reason", {"Motif du retrait", "Why it is withdrawn"}))},
       .method = "AssignmentService.WithdrawConflict"});
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
       .run = RunShowConsultant});
}

}  // namespace jalon::cli
