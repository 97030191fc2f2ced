#include "clients/cli/command.h"

namespace jalon::cli {
namespace {

Argument SirenIn(const char* field) {
  return Positional({"SIREN", "SIREN"}, field, {"SIREN de l’entreprise", "SIREN of the company"});
}

Argument ConsultantIn(const char* field) {
  return Positional({"CONSULTANT", "CONSULTANT"}, field,
                    {"Numéro du consultant", "Number of the consultant"});
}

Argument Email() {
  return Required(Option("--email", "contact.email", {"Adresse électronique", "E-mail address"}));
}

Argument SpokenLanguage() {
  return Option("--speaks", "contact.language",
                {"Langue des courriels : fr (sinon) ou en", "Language of the mails: fr (otherwise) or en"});
}

}  // namespace

void AddContactCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "contact",
       .name = "set",
       .about = {"Dire par qui l’entreprise est jointe ; remplace le contact connu",
                 "Say whom the company is reached by; replaces the contact known"},
       .arguments = {SirenIn("contact.siren"), Required(Option("--name", "contact.name", {"Nom", "Name"})),
                     Email(), Option("--phone", "contact.phone", {"Téléphone", "Phone"}), SpokenLanguage()},
       .method = "EnrolmentService.SetContact"});
  commands.push_back({.group = "contact",
                      .name = "show",
                      .about = {"Contact d’une entreprise", "Contact of a company"},
                      .arguments = {SirenIn("siren")},
                      .method = "EnrolmentService.GetContact"});
  commands.push_back({.group = "contact",
                      .name = "erase",
                      .about = {"Effacer le contact d’une entreprise ; plus aucun courriel n’y part",
                                "Erase the contact of a company; no mail goes there any more"},
                      .arguments = {SirenIn("siren")},
                      .method = "EnrolmentService.EraseContact"});
  commands.push_back(
      {.group = "consultant",
       .name = "contact set",
       .about = {"Dire où un consultant reçoit ses courriels", "Say where a consultant receives mail"},
       .arguments = {ConsultantIn("contact.consultant_id"), Email(), SpokenLanguage()},
       .method = "AssignmentService.SetConsultantContact"});
  commands.push_back({.group = "consultant",
                      .name = "contact show",
                      .about = {"Adresse d’un consultant", "Address of a consultant"},
                      .arguments = {ConsultantIn("consultant_id")},
                      .method = "AssignmentService.GetConsultantContact"});
  commands.push_back({.group = "consultant",
                      .name = "contact erase",
                      .about = {"Effacer l’adresse d’un consultant", "Erase the address of a consultant"},
                      .arguments = {ConsultantIn("consultant_id")},
                      .method = "AssignmentService.EraseConsultantContact"});
}

}  // namespace jalon::cli
