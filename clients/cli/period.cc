#include "clients/cli/command.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::cli {
namespace {

Argument ProgrammeCode() {
  return Positional({"PROGRAMME", "PROGRAMME"}, "programme", {"Code du programme", "Code of the programme"});
}
Argument MonthOf(const char* fr, const char* en) {
  return Positional({"MOIS", "MONTH"}, "month", {fr, en});
}

// The very bytes that were frozen.
int RunShowPeriod(Session& session, const Inputs& inputs) {
  funding::v1::GetPeriodRequest request;
  request.set_programme(inputs.Text("programme"));
  request.set_month(inputs.Text("month"));
  const auto answer = session.client().Call<funding::v1::GetPeriodResponse>("FundingService.GetPeriod",
                                                                            request, session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  if (session.format() == Format::kJson) {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
  } else {
    session.out() << answer->content() << std::flush;
  }
  return kDone;
}

}  // namespace

void AddPeriodCommands(std::vector<Command>& commands) {
  commands.push_back({.group = "period",
                      .name = "close",
                      .about = {"Clore les comptes d’un programme jusqu’à la fin d’un mois, définitivement",
                                "Close the books of a programme through the end of a month, for ever"},
                      .arguments = {ProgrammeCode(), MonthOf("Dernier mois à clore", "Last month to close")},
                      .method = "FundingService.ClosePeriod"});
  commands.push_back({.group = "period",
                      .name = "list",
                      .about = {"Mois clos et empreintes de leurs synthèses",
                                "Closed months and the digests of their summaries"},
                      .arguments = {Option("--programme", "programme", {"D’un programme", "Of a programme"})},
                      .method = "FundingService.ListPeriods"});
  commands.push_back(
      {.group = "period",
       .name = "show",
       .about = {"La synthèse figée d’un mois clos, à l’octet près (sha256sum rend son empreinte)",
                 "The frozen summary of a closed month, byte by byte (sha256sum gives its digest)"},
       .arguments = {ProgrammeCode(), MonthOf("Mois clos", "Closed month")},
       .method = "FundingService.GetPeriod",
       .run = RunShowPeriod});
}

}  // namespace jalon::cli
