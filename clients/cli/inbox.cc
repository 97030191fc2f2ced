#include "clients/cli/command.h"

namespace jalon::cli {

void AddInboxCommands(std::vector<Command>& commands) {
  commands.push_back({.group = "",
                      .name = "inbox",
                      .about = {"Ce qui vous attend, le plus pressant d’abord",
                                "What waits for you, the most pressing first"},
                      .arguments = {Option("--kind", "filter.kind", {"D’une nature", "Of one kind"}),
                                    Option("--severity", "filter.severity",
                                           {"De cette gravité ou plus : overdue, urgent, soon, note",
                                            "This severe or more: overdue, urgent, soon, note"}),
                                    Option("--case", "filter.case_id", {"D’un dossier", "Of a case"})},
                      .method = "InboxService.ListInbox"});
  commands.push_back(
      {.group = "mail",
       .name = "subscribe",
       .about = {"Recevoir par courriel ce qui vous attend : daily, weekly ou off",
                 "Receive what waits for you by mail: daily, weekly or off"},
       .arguments = {Positional({"FREQUENCE", "FREQUENCY"}, "frequency",
                                {"daily (au plus un par jour), weekly ou off",
                                 "daily (one a day at the most), weekly or off"}),
                     Option("--email", "email",
                            {"Adresse d’un agent ; celle d’un consultant est celle de son contact",
                             "Address of an officer; a consultant’s is that of the contact"}),
                     Option("--speaks", "language", {"Langue : fr ou en", "Language: fr or en"})},
       .method = "InboxService.SetSubscription"});
  commands.push_back({.group = "mail",
                      .name = "show",
                      .about = {"Votre abonnement", "Your subscription"},
                      .method = "InboxService.GetSubscription"});
  commands.push_back({.group = "mail",
                      .name = "list",
                      .about = {"Courriels décidés, les derniers d’abord, et ce qu’ils sont devenus",
                                "Mails decided on, the newest first, and what became of them"},
                      .arguments = {Option("--case", "case_id", {"D’un dossier", "Of a case"}),
                                    Option("--kind", "kind", {"digest ou reminder", "digest or reminder"}),
                                    Option("--state", "state", {"D’un état", "Of one state"})},
                      .method = "InboxService.ListMails"});
}

}  // namespace jalon::cli
