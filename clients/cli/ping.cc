#include <chrono>

#include "clients/cli/command.h"
#include "clients/cli/csv_writer.h"
#include "clients/rpc/call_error.h"
#include "clients/rpc/contracts.h"
#include "google/protobuf/wrappers.pb.h"

namespace jalon::cli {
namespace {

struct Answer {
  std::string service;
  std::string address;
  std::string status;
  double milliseconds;
  bool serving;
};

// grpc.health.v1's messages, one string and one enum in field 1, have on the wire the form of these wrappers:
// no contract of its own to compile.
Answer Ask(Session& session, const google::protobuf::ServiceDescriptor& service) {
  std::string area = service.file()->package();
  area = area.substr(area.find('.') + 1);
  area.resize(area.find('.'));
  google::protobuf::StringValue request;
  request.set_value(service.full_name());
  google::protobuf::Int32Value response;
  const auto start = std::chrono::steady_clock::now();
  const absl::Status status = session.client().CallPath(area, "/grpc.health.v1.Health/Check", request,
                                                        &response, session.call_options());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  constexpr int kServing = 1;
  constexpr int kNotServing = 2;
  const std::string word = !status.ok()                      ? absl::StatusCodeToString(status.code())
                           : response.value() == kServing    ? "SERVING"
                           : response.value() == kNotServing ? "NOT_SERVING"
                                                             : "UNKNOWN";
  return {area, session.client().AddressOf(area), word, took.count(),
          status.ok() && response.value() == kServing};
}

std::string StatusForPeople(Session& session, const Answer& answer) {
  if (answer.serving) return session.Say({"en service", "serving"});
  if (answer.status == "NOT_SERVING") return session.Say({"ne sert pas", "not serving"});
  if (answer.status == "UNKNOWN") return session.Say({"état inconnu", "status unknown"});
  return std::string(session.Say({"sans réponse", "no answer"})) + " (" + answer.status + ")";
}

std::string Milliseconds(double value, Language language) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  std::string formatted(text);
  if (language == Language::kFrench) formatted[formatted.find('.')] = ',';
  return formatted + " ms";
}

int RunPing(Session& session, const Inputs&) {
  std::vector<Answer> answers;
  for (const auto* service : AllServices()) answers.push_back(Ask(session, *service));
  bool all = true;
  for (const Answer& answer : answers) all = all && answer.serving;

  if (session.for_people()) {
    Table table({{session.Say({"Service", "Service"})},
                 {session.Say({"État", "Status"})},
                 {session.Say({"Aller-retour", "Round trip"}), true},
                 {session.Say({"Adresse", "Address"})}});
    for (const Answer& answer : answers) {
      table.Add({answer.service, StatusForPeople(session, answer),
                 Milliseconds(answer.milliseconds, session.language()), answer.address});
    }
    table.Print(session.out());
  } else if (session.format() == Format::kCsv) {
    session.out() << CsvRecord({"service", "status", "milliseconds", "address"});
    for (const Answer& answer : answers) {
      session.out() << CsvRecord(
          {answer.service, answer.status, std::to_string(answer.milliseconds), answer.address});
    }
  } else {
    session.out() << "{\"services\":[";
    for (const Answer& answer : answers) {
      session.out() << (&answer == &answers.front() ? "" : ",") << "{\"service\":\"" << answer.service
                    << "\",\"status\":\"" << answer.status << "\",\"milliseconds\":" << answer.milliseconds
                    << "}";
    }
    session.out() << "]}\n";
  }
  return all ? kDone : kUnavailable;
}

}  // namespace

void AddPingCommand(std::vector<Command>& commands) {
  commands.push_back({.group = "",
                      .name = "ping",
                      .about = {"Chaque service répond-il, et en combien de temps ? Sortie 0 si tous servent",
                                "Does each service answer, and how fast? Exit 0 when all are serving"},
                      .run = RunPing});
}

}  // namespace jalon::cli
