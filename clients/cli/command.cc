#include "clients/cli/command.h"

#include <algorithm>

#include "base/uuid.h"
#include "clients/rpc/contracts.h"

namespace jalon::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* RowsOf(const Descriptor* answer) {
  for (int i = 0; i < answer->field_count(); ++i) {
    if (answer->field(i)->is_repeated() && answer->field(i)->message_type() != nullptr) {
      return answer->field(i);
    }
  }
  return nullptr;
}

// A person reads a screenful; a script that asks for CSV or JSON wants everything.
constexpr int64_t kRowsForPeople = 100;
constexpr int64_t kRowsAPage = 500;

int RunList(Session& session, const Command& command, const Inputs& inputs, Message* request) {
  const auto* method = FindMethod(command.method);
  const FieldDescriptor* rows = RowsOf(method->output_type());
  const int64_t limit = inputs.Integer("limit", session.for_people() ? kRowsForPeople : 0);
  RowPrinter printer(session.out(), session.format(), session.language(), rows->message_type(), rows->name());
  while (true) {
    const int64_t wanted = limit == 0 ? kRowsAPage : std::min(kRowsAPage, limit - printer.count());
    SetField(request, "page_size", std::to_string(wanted));
    const auto answer = NewMessage(method->output_type());
    const absl::Status status =
        session.client().CallMessage(command.method, *request, answer.get(), session.call_options());
    if (!status.ok()) {
      // What came before is shown; the exit code says that it is not all.
      printer.count() > 0 ? printer.Finish() : printer.Abandon();
      return session.Fail(status);
    }
    const auto* reflection = answer->GetReflection();
    for (int i = 0; i < reflection->FieldSize(*answer, rows); ++i) {
      printer.Add(reflection->GetRepeatedMessage(*answer, rows, i));
    }
    const std::string next =
        reflection->GetString(*answer, method->output_type()->FindFieldByName("next_page_token"));
    if (next.empty()) break;
    if (limit > 0 && printer.count() >= limit) {
      printer.Finish();
      if (session.for_people()) {
        session.err() << session.Say({"… la suite avec --limit 0 (tout) ou un nombre plus grand.",
                                      "… more with --limit 0 (everything) or a larger number."})
                      << '\n';
      }
      break;
    }
    SetField(request, "page_token", next);
  }
  printer.Finish();
  return kDone;
}

int RunStream(Session& session, const Command& command, const Message& request) {
  const auto* method = FindMethod(command.method);
  const FieldDescriptor* row = method->output_type()->field(0);
  RowPrinter printer(session.out(), session.format(), session.language(), row->message_type(), "");
  const auto stream = session.client().Stream(command.method, request);
  const auto answer = NewMessage(method->output_type());
  while (stream->Read(answer.get())) printer.Add(answer->GetReflection()->GetMessage(*answer, row));
  const absl::Status status = stream->Finish();
  status.ok() || printer.count() > 0 ? printer.Finish() : printer.Abandon();
  return status.ok() ? kDone : session.Fail(status);
}

}  // namespace

std::string Argument::key() const {
  std::string key = name.en;
  key.erase(0, key.find_first_not_of('-'));
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return key;
}

Argument Positional(Words name, std::string field, Words help) {
  Argument argument{.name = name, .field = std::move(field), .help = help};
  argument.required = true;
  return argument;
}
Argument Option(const char* name, std::string field, Words help) {
  return {.name = {name, name}, .field = std::move(field), .help = help};
}
Argument Flag(const char* name, std::string field, Words help) {
  return {.name = {name, name}, .field = std::move(field), .help = help, .kind = Kind::kFlag};
}
Argument Required(Argument argument) {
  argument.required = true;
  return argument;
}
Argument Repeated(Argument argument) {
  argument.repeated = true;
  return argument;
}
Argument Of(Kind kind, Argument argument) {
  argument.kind = kind;
  return argument;
}
Argument Default(std::string fallback, Argument argument) {
  argument.required = false;
  argument.fallback = std::move(fallback);
  return argument;
}

Argument Fills(std::vector<std::string> fields, Argument argument) {
  argument.fills = std::move(fields);
  return argument;
}

std::string Inputs::Text(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? "" : found->second.front();
}

int64_t Inputs::Integer(std::string_view key, int64_t otherwise) const {
  const auto found = values_.find(key);
  return found == values_.end() ? otherwise : std::stoll(found->second.front());
}

const std::vector<std::string>& Inputs::All(std::string_view key) const {
  static const auto& none = *new std::vector<std::string>;
  const auto found = values_.find(key);
  return found == values_.end() ? none : found->second;
}

Client& Session::client() {
  if (client_ == nullptr) client_ = std::make_unique<Client>(settings_.client);
  return *client_;
}

CallOptions Session::call_options() const {
  CallOptions options;
  options.deadline = settings_.timeout;
  return options;
}

const std::string& Session::request_id() {
  if (request_id_.empty()) {
    request_id_ = settings_.request_id.empty() ? Uuid::Random().str() : settings_.request_id;
  }
  return request_id_;
}

std::string Session::NthId(size_t n) {
  return Uuid::Parse(request_id())->Nth(static_cast<uint32_t>(n)).str();
}

int Session::CallAndPrint(std::string_view method, const Message& request) {
  const auto answer = NewMessage(FindMethod(method)->output_type());
  const absl::Status status = client().CallMessage(method, request, answer.get(), call_options());
  if (!status.ok()) return Fail(status);
  PrintAnswer(out_, format(), language(), *answer);
  return kDone;
}

const std::vector<Group>& AllGroups() {
  static const auto& groups = *new std::vector<Group>{
      {"company",
       {"Entreprises : import du fichier Sirene, fiche, liens, comptes, taille",
        "Companies: import of the Sirene file, record, links, accounts, size"}},
      {"case",
       {"Dossiers : de la candidature à l’admission ou au refus",
        "Cases: from the application to admission or rejection"}},
      {"consultant",
       {"Consultants, leurs absences et conflits d’intérêts",
        "Consultants, their absences and conflicts of interest"}},
      {"assignment", {"Affectations des consultants aux dossiers", "Assignments of consultants to cases"}},
      {"day",
       {"Demi-journées : planifiées, réalisées, attestées, approuvées",
        "Half-days: planned, performed, attested, approved"}},
      {"calendar", {"Calendrier des consultants", "Calendar of the consultants"}},
      {"waiting", {"Listes d’attente", "Waiting lists"}},
      {"holiday", {"Jours fériés et journée de solidarité", "Public holidays and the solidarity day"}},
      {"sheet",
       {"Feuilles d’émargement : un mois d’un dossier et d’un consultant, à approuver",
        "Attendance sheets: a month of a case and a consultant, to approve"}},
      {"month", {"Mois verrouillés du calendrier", "Locked months of the calendar"}},
      {"attestation",
       {"Attestation d’une feuille par l’entreprise : lien, ou code au téléphone",
        "Attestation of a sheet by the company: link, or code over the phone"}},
      {"feed",
       {"Abonnements des logiciels de calendrier (iCalendar)", "Feeds for calendar programs (iCalendar)"}},
      {"contact",
       {"Contacts des entreprises : par qui on les joint",
        "Contacts of companies: whom they are reached by"}},
      {"mail",
       {"Courriels : récapitulatifs et rappels, abonnement et envois",
        "Mail: digests and reminders, subscription and what was sent"}},
      {"agreement",
       {"Conventions : devis expliqué, signature, avenants et reliquat",
        "Agreements: explained quote, signature, amendments and rest"}},
      {"envelope", {"Enveloppes des financeurs", "Envelopes of the funders"}},
      {"funder", {"Financeurs", "Funders"}},
      {"funding", {"Liquidation, paiements, écritures et synthèse", "Charges, payments, ledger and summary"}},
      {"payment",
       {"Lots de paiement et rapprochement avec la banque", "Payment batches and the bank’s answer"}},
      {"deminimis",
       {"Aides de minimis : plafond, déclarations, registre",
        "De minimis aid: ceiling, declarations, register"}},
      {"period", {"Mois clos : synthèses figées", "Closed months: frozen summaries"}},
      {"rulebook", {"Règlements d’intervention", "Rulebooks"}},
      {"audit", {"Journal : qui a fait quoi, quand", "Log: who did what, when"}},
      {"demo", {"Programme de démonstration", "Demonstration programme"}},
  };
  return groups;
}

const std::vector<Command>& AllCommands() {
  static const auto& commands = *[] {
    auto* all = new std::vector<Command>;
    AddCompanyCommands(*all);
    AddOwnershipCommands(*all);
    AddCaseCommands(*all);
    AddConsultantCommands(*all);
    AddAssignmentCommands(*all);
    AddDayCommands(*all);
    AddPlanningCommands(*all);
    AddSheetCommands(*all);
    AddMonthCommands(*all);
    AddAttestationCommands(*all);
    AddFeedCommands(*all);
    AddContactCommands(*all);
    AddInboxCommands(*all);
    AddAgreementCommands(*all);
    AddEnvelopeCommands(*all);
    AddFunderCommands(*all);
    AddFundingCommands(*all);
    AddPaymentCommands(*all);
    AddDeMinimisCommands(*all);
    AddPeriodCommands(*all);
    AddRulebookCommands(*all);
    AddAuditCommands(*all);
    AddDemoCommands(*all);
    AddVerifyCommand(*all);
    AddPingCommand(*all);
    AddCompletionCommand(*all);
    return all;
  }();
  return commands;
}

std::vector<Argument> ImpliedArguments(const Command& command) {
  const auto* method = FindMethod(command.method);
  if (method == nullptr) return {};
  std::vector<Argument> implied;
  if (method->input_type()->FindFieldByName("page_token") != nullptr && !command.run) {
    implied.push_back(
        Of(Kind::kInteger, Option("--limit", "",
                                  {"Nombre de lignes ; 0 : toutes (100 à l’écran, toutes en --csv et --json)",
                                   "Number of rows; 0: all (100 on screen, all with --csv and --json)"})));
  }
  if (method->input_type()->FindFieldByName("validate_only") != nullptr) {
    implied.push_back(Flag("--dry-run", "validate_only",
                           {"Vérifier sans rien changer", "Check without changing anything"}));
  }
  return implied;
}

std::unique_ptr<Message> MakeRequest(Session& session, const Command& command, const Inputs& inputs) {
  const Descriptor* type = FindMethod(command.method)->input_type();
  auto request = NewMessage(type);
  if (type->FindFieldByName("request_id") != nullptr) {
    SetField(request.get(), "request_id", session.request_id());
  }
  const auto fill = [&](const Argument& argument) {
    if (argument.field.empty()) return;
    for (const std::string& value : inputs.All(argument.key()))
      SetField(request.get(), argument.field, value);
  };
  for (const Argument& argument : command.arguments) fill(argument);
  for (const Argument& argument : ImpliedArguments(command)) fill(argument);
  return request;
}

int RunCommand(Session& session, const Command& command, const Inputs& inputs) {
  session.set_command(&command, &inputs);
  if (command.run) return command.run(session, inputs);
  const auto request = MakeRequest(session, command, inputs);
  const auto* method = FindMethod(command.method);
  if (method->server_streaming()) return RunStream(session, command, *request);
  if (method->input_type()->FindFieldByName("page_token") != nullptr) {
    return RunList(session, command, inputs, request.get());
  }
  return session.CallAndPrint(command.method, *request);
}

}  // namespace jalon::cli
