#ifndef JALON_CLIENTS_CLI_COMMAND_H_
#define JALON_CLIENTS_CLI_COMMAND_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/language.h"
#include "clients/cli/printer.h"
#include "clients/cli/values.h"
#include "clients/cli/words.h"
#include "clients/rpc/call_error.h"
#include "clients/rpc/client.h"
#include "google/protobuf/message.h"

// A command is data: its words, the fields of the request that its arguments fill, and the method it calls.
// The few that do more than fill, call and print bring a function of their own.
namespace jalon::cli {

enum ExitCode : int {
  kDone = 0,
  kRefused = 1,      // the service said no, or a law is broken
  kMisused = 2,      // the command line or a file is wrong; nothing was sent
  kUnavailable = 3,  // no service answered: the same command may be run again
};

struct Argument {
  // "--reason", or the name of a positional as the help shows it.
  Words name;
  // Path in the request; empty: for the command's own function.
  std::string field;
  Words help;
  Kind kind = Kind::kText;  // where `field` is empty; otherwise the contract says
  bool required = false;
  bool repeated = false;
  // Taken when nothing is typed, as "today".
  std::string fallback = {};
  // Fields that a command's own function fills from it, each with all beneath it: what a service finds wrong
  // with them is told under this argument's name.
  std::vector<std::string> fills = {};

  bool positional() const { return name.en[0] != '-'; }
  // How functions ask for it: the English name without dashes.
  std::string key() const;
};

Argument Positional(Words name, std::string field, Words help);
Argument Option(const char* name, std::string field, Words help);
Argument Flag(const char* name, std::string field, Words help);
Argument Required(Argument argument);
Argument Repeated(Argument argument);
Argument Of(Kind kind, Argument argument);
Argument Default(std::string fallback, Argument argument);
Argument Fills(std::vector<std::string> fields, Argument argument);

// What was typed, in normal form (values.h), by key.
class Inputs {
 public:
  bool Has(std::string_view key) const { return values_.contains(key); }
  std::string Text(std::string_view key) const;
  int64_t Integer(std::string_view key, int64_t otherwise = 0) const;
  const std::vector<std::string>& All(std::string_view key) const;
  void Add(const std::string& key, std::string value) { values_[key].push_back(std::move(value)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

struct Settings {
  ClientConfig client;
  Language language = Language::kFrench;
  Format format = Format::kTable;
  std::string request_id;  // empty: one made for each command
  std::chrono::milliseconds timeout{10'000};
};

struct Command;

// What every command works with.
class Session {
 public:
  Session(Settings settings, std::ostream& out, std::ostream& err)
      : settings_(std::move(settings)), out_(out), err_(err) {}

  Language language() const { return settings_.language; }
  Format format() const { return settings_.format; }
  bool for_people() const { return settings_.format == Format::kTable; }
  std::ostream& out() { return out_; }
  std::ostream& err() { return err_; }
  const Settings& settings() const { return settings_; }
  const char* Say(Words words) const { return words.In(settings_.language); }

  Client& client();
  CallOptions call_options() const;
  // The id under which this run's command has one effect, however often it is sent.
  const std::string& request_id();
  // An identifier for each further request of the command, or thing that it makes: the same when it is sent
  // again under its id.
  std::string NthId(size_t n);

  // The command under way, whose arguments name the fields that a service finds wrong, and what was typed.
  void set_command(const Command* command, const Inputs* inputs) {
    command_ = command;
    inputs_ = inputs;
  }

  // Says what went wrong and what to do next; the exit code that tells a script the same.
  int Fail(const absl::Status& status);
  // The same for something wrong with what was typed.
  int Misused(std::string_view sentence);
  // Says beside the answer that a file is there, or that it cannot be.
  int SayWritten(const std::string& path, bool written);

  // Calls, and prints either the answer or the refusal.
  int CallAndPrint(std::string_view method, const google::protobuf::Message& request);

 private:
  std::string ArgumentOf(const std::string& field) const;
  std::string DescriptionOf(const FieldViolation& violation) const;
  void TellViolations(const std::vector<FieldViolation>& violations);

  Settings settings_;
  std::ostream& out_;
  std::ostream& err_;
  std::unique_ptr<Client> client_;
  std::string request_id_;
  const Command* command_ = nullptr;
  const Inputs* inputs_ = nullptr;
};

struct Command {
  std::string group;  // empty: at the top
  std::string name;
  Words about;
  std::vector<Argument> arguments = {};
  // "EnrolmentService.AdmitCase": its request is filled from the arguments.
  std::string method = {};
  // In place of filling, calling and printing.
  std::function<int(Session&, const Inputs&)> run = {};
};

struct Group {
  std::string name;
  Words about;
};

const std::vector<Group>& AllGroups();
// In the order of the help.
const std::vector<Command>& AllCommands();

// Arguments that a method's request brings by itself: --limit for lists, --dry-run for validate_only.
std::vector<Argument> ImpliedArguments(const Command& command);

// The request that the inputs describe.
std::unique_ptr<google::protobuf::Message> MakeRequest(Session& session, const Command& command,
                                                       const Inputs& inputs);

int RunCommand(Session& session, const Command& command, const Inputs& inputs);

// One file a group adds its commands here.
void AddCompanyCommands(std::vector<Command>& commands);
void AddOwnershipCommands(std::vector<Command>& commands);
void AddCaseCommands(std::vector<Command>& commands);
void AddConsultantCommands(std::vector<Command>& commands);
void AddAssignmentCommands(std::vector<Command>& commands);
void AddDayCommands(std::vector<Command>& commands);
void AddPlanningCommands(std::vector<Command>& commands);
void AddSheetCommands(std::vector<Command>& commands);
void AddMonthCommands(std::vector<Command>& commands);
void AddAttestationCommands(std::vector<Command>& commands);
void AddFeedCommands(std::vector<Command>& commands);
void AddContactCommands(std::vector<Command>& commands);
void AddInboxCommands(std::vector<Command>& commands);
void AddAgreementCommands(std::vector<Command>& commands);
void AddEnvelopeCommands(std::vector<Command>& commands);
void AddFunderCommands(std::vector<Command>& commands);
void AddFundingCommands(std::vector<Command>& commands);
void AddPaymentCommands(std::vector<Command>& commands);
void AddDeMinimisCommands(std::vector<Command>& commands);
void AddPeriodCommands(std::vector<Command>& commands);
void AddRulebookCommands(std::vector<Command>& commands);
void AddAuditCommands(std::vector<Command>& commands);
void AddVerifyCommand(std::vector<Command>& commands);
void AddPingCommand(std::vector<Command>& commands);
void AddDemoCommands(std::vector<Command>& commands);
void AddCompletionCommand(std::vector<Command>& commands);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_COMMAND_H_
