#include "clients/cli/command.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

namespace jalon::cli {
namespace {

using calendar::v1::CreateFeedRequest;
using calendar::v1::CreateFeedResponse;

int64_t NumberIn(const std::string& normal) {
  return std::stoll(normal);  // in normal form, which values.h has checked
}

// The address stands alone on its line: it is to be copied, and is never told again.
int RunAddFeed(Session& session, const Inputs& inputs) {
  const int targets = inputs.Has("consultant") + inputs.Has("case") + inputs.Has("portfolio");
  if (targets != 1) {
    return session.Misused(session.Say({"--consultant, --case ou --portfolio : l’un des trois",
                                        "--consultant, --case or --portfolio: one of the three"}));
  }
  CreateFeedRequest request;
  request.set_request_id(session.request_id());
  request.set_label(inputs.Text("label"));
  request.set_kind(inputs.Has("consultant") ? calendar::v1::FEED_KIND_CONSULTANT
                   : inputs.Has("case")     ? calendar::v1::FEED_KIND_CASE
                                            : calendar::v1::FEED_KIND_PORTFOLIO);
  request.set_consultant_id(inputs.Integer("consultant"));
  if (inputs.Has("case")) request.add_case_ids(inputs.Integer("case"));
  for (const std::string& id : inputs.All("portfolio")) request.add_case_ids(NumberIn(id));
  const auto answer = session.client().Call<CreateFeedResponse>("CalendarService.CreateFeed", request,
                                                                session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  if (!session.for_people()) {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
    return kDone;
  }
  PrintSingle(session.out(), session.language(), answer->feed());
  session.out() << '\n'
                << session.Say({"Adresse à donner au logiciel de calendrier ; elle ne sera plus montrée :",
                                "Address for the calendar program; it is not shown again:"})
                << '\n'
                << answer->url() << '\n';
  return kDone;
}

Argument FeedNumber() {
  return Positional({"ABONNEMENT", "FEED"}, "feed_id", {"Numéro de l’abonnement", "Number of the feed"});
}

}  // namespace

void AddFeedCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "feed",
       .name = "add",
       .about = {"Ouvrir un abonnement : l’adresse qu’un logiciel de calendrier suit",
                 "Open a feed: the address that a calendar program follows"},
       .arguments = {Of(Kind::kInteger, Option("--consultant", "", {"D’un consultant", "Of a consultant"})),
                     Of(Kind::kInteger, Option("--case", "", {"D’un dossier", "Of a case"})),
                     Repeated(Of(Kind::kInteger, Option("--portfolio", "",
                                                        {"De plusieurs dossiers, un --portfolio chacun",
                                                         "Of several cases, a --portfolio each"}))),
                     Option("--label", "",
                            {"Où il sert, par exemple « téléphone de Claire »",
                             "Where it is used, as “Claire’s phone”"})},
       .run = RunAddFeed});
  commands.push_back(
      {.group = "feed",
       .name = "list",
       .about = {"Abonnements ouverts, sans leurs adresses, que personne ne garde",
                 "Open feeds, without their addresses, which nobody keeps"},
       .arguments = {Option("--consultant", "consultant_id", {"D’un consultant", "Of a consultant"}),
                     Option("--case", "case_id", {"D’un dossier", "Of a case"}),
                     Flag("--revoked", "revoked", {"Les révoqués aussi", "Revoked ones too"})},
       .method = "CalendarService.ListFeeds"});
  commands.push_back(
      {.group = "feed",
       .name = "cases",
       .about = {"Donner d’autres dossiers à un portefeuille ; son adresse reste",
                 "Give a portfolio other cases; its address stays"},
       .arguments = {FeedNumber(), Repeated(Required(Positional({"DOSSIER", "CASE"}, "case_ids",
                                                                {"Tous ses dossiers", "All of its cases"})))},
       .method = "CalendarService.SetFeedCases"});
  commands.push_back({.group = "feed",
                      .name = "revoke",
                      .about = {"Révoquer un abonnement : son adresse ne donne plus rien",
                                "Revoke a feed: its address gives nothing any more"},
                      .arguments = {FeedNumber()},
                      .method = "CalendarService.RevokeFeed"});
}

}  // namespace jalon::cli
