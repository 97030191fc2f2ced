#include <chrono>
#include <thread>

#include "clients/cli/command.h"
#include "clients/cli/csv_writer.h"
#include "clients/cli/watch.h"
#include "clients/rpc/contracts.h"
#include "jalon/audit/v1/audit_service.pb.h"

namespace jalon::cli {
namespace {

// One line an event: a stream has no last row to align columns by.
void PrintEvent(Session& session, const audit::v1::Event& event) {
  switch (session.format()) {
    case Format::kJson:
      session.out() << Json(event, false) << '\n';
      break;
    case Format::kCsv:
      session.out() << CsvRecord(FlatValues(event));
      break;
    case Format::kTable: {
      const auto field = [&](const char* name) { return FormatField(event, name, session.language()); };
      session.out() << field("at") << "  " << field("action") << "  " << field("subject") << "  "
                    << field("actor") << "  " << Shortened(field("details"), 100) << '\n';
      break;
    }
  }
  session.out().flush();
}

int RunLog(Session& session, const Inputs& inputs) {
  if (inputs.Has("follow")) {
    return WatchEvents(session, inputs.Integer("case"), "", inputs.Text("actor"), inputs.Text("area"));
  }
  for (const Command& command : AllCommands()) {
    if (command.group != "audit" || command.name != "log") continue;
    Command list = command;
    list.run = nullptr;
    return RunCommand(session, list, inputs);
  }
  return kMisused;
}

}  // namespace

int WatchEvents(Session& session, int64_t case_id, std::string cursor, const std::string& actor,
                const std::string& area) {
  if (session.format() == Format::kCsv) {
    session.out() << CsvRecord(FlatNames(audit::v1::Event::descriptor())) << std::flush;
  }
  audit::v1::WatchEventsRequest request;
  request.set_cursor(cursor);
  if (case_id > 0) request.mutable_filter()->set_case_id(case_id);
  if (!actor.empty()) request.mutable_filter()->set_actor(actor);
  if (!area.empty()) request.mutable_filter()->set_area(area);
  bool ever_connected = false;
  auto pause = std::chrono::milliseconds(200);
  while (true) {
    const auto stream = session.client().Stream("AuditService.WatchEvents", request);
    audit::v1::WatchEventsResponse answer;
    while (stream->Read(&answer)) {
      ever_connected = true;
      pause = std::chrono::milliseconds(200);
      PrintEvent(session, answer.event());
      request.set_cursor(answer.event().cursor());
    }
    const absl::Status status = stream->Finish();
    const bool may_resume = status.ok() || status.code() == absl::StatusCode::kUnavailable;
    if (!may_resume || (!ever_connected && !status.ok())) return session.Fail(status);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(5000));
  }
}

void AddAuditCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "audit",
       .name = "log",
       .about = {"Événements, du plus récent au plus ancien", "Events, newest first"},
       .arguments = {Option("--case", "filter.case_id", {"D’un dossier", "Of a case"}),
                     Option("--actor", "filter.actor", {"D’un auteur", "By an actor"}),
                     Option("--area", "filter.area",
                            {"programme, enrolment, assignment, calendar ou funding",
                             "programme, enrolment, assignment, calendar or funding"}),
                     Of(Kind::kInteger,
                        Option("--limit", "", {"Nombre de lignes ; 0 : toutes", "Number of rows; 0: all"})),
                     Flag("--follow", "",
                          {"Suivre ceux à venir (Ctrl-C pour finir)",
                           "Follow those to come (Ctrl-C to end)"})},
       .method = "AuditService.ListEvents",
       .run = RunLog});
}

}  // namespace jalon::cli
