// How a failed call is told: the sentence, each violation, what to do next, and the exit code.
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/cents.h"
#include "clients/cli/command.h"
#include "clients/rpc/call_error.h"
#include "clients/rpc/contracts.h"
#include "google/protobuf/struct.pb.h"
#include "jalon/common/v1/options.pb.h"

namespace jalon::cli {
namespace {

int ExitCodeOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kCancelled:
      return kUnavailable;
    default:
      return kRefused;
  }
}

// A command to type next, by reason of refusal. Reasons whose sentence already says it are not here.
const char* NextStep(const CallError& error, Language language) {
  static const auto& steps = *new std::map<std::string, Words>{
      {"TOKEN_MISSING",
       {"Donnez un jeton : --token, JALON_TOKEN ou « token=… » dans le fichier de configuration.",
        "Give a token: --token, JALON_TOKEN or “token=…” in the configuration file."}},
      {"PROGRAMME_NOT_FOUND",
       {"Voyez les programmes : jalon rulebook list", "See the programmes: jalon rulebook list"}},
      {"RULEBOOK_VERSION_EXISTS",
       {"Voyez la version en vigueur : jalon rulebook show",
        "See the version in force: jalon rulebook show"}},
      {"CASE_NOT_FOUND", {"Cherchez-le : jalon case list", "Look for it: jalon case list"}},
      {"CASE_ALREADY_OPEN",
       {"Voyez ses dossiers : jalon company show SIREN", "See its cases: jalon company show SIREN"}},
      {"NOT_ELIGIBLE",
       {"Le détail : jalon case check DOSSIER ; puis jalon case reject DOSSIER --reason …",
        "In detail: jalon case check CASE; then jalon case reject CASE --reason …"}},
      {"CASE_STATE",
       {"Voyez où il en est : jalon case show DOSSIER", "See where it stands: jalon case show CASE"}},
      {"CASE_NOT_ADMITTED",
       {"Admettez-le d’abord : jalon case admit DOSSIER", "Admit it first: jalon case admit CASE"}},
      {"CASE_HAS_HALF_DAYS",
       {"Lesquelles : jalon day list --case DOSSIER --state planned ; puis jalon day cancel",
        "Which: jalon day list --case CASE --state planned; then jalon day cancel"}},
      {"CONSULTANT_NOT_FOUND", {"Cherchez-le : jalon consultant list", "Look for it: jalon consultant list"}},
      {"ASSIGNMENT_NOT_FOUND", {"Cherchez-la : jalon assignment list", "Look for it: jalon assignment list"}},
      {"ASSIGNMENT_OVERLAPS",
       {"Voyez ses affectations : jalon assignment list --case DOSSIER",
        "See the assignments: jalon assignment list --case CASE"}},
      {"CONFLICT_OF_INTEREST",
       {"Choisissez un autre consultant : jalon consultant list",
        "Choose another consultant: jalon consultant list"}},
      {"NOT_ASSIGNED",
       {"Voyez les affectations du dossier : jalon assignment list --case DOSSIER",
        "See the case’s assignments: jalon assignment list --case CASE"}},
      {"CONSULTANT_ABSENT",
       {"Voyez ses absences : jalon consultant show N°", "See the absences: jalon consultant show NO"}},
      {"SLOT_TAKEN",
       {"Voyez son calendrier : jalon day list --consultant N° --from DATE",
        "See the calendar: jalon day list --consultant NO --from DATE"}},
      {"SERIES_DOES_NOT_FIT",
       {"Voyez ce qui trouve place et pourquoi le reste non : la même commande, avec --dry-run",
        "See what finds a place, and why the rest does not: the same command, with --dry-run"}},
      {"GRANT_EXHAUSTED",
       {"Voyez le calendrier du dossier : jalon case show DOSSIER",
        "See the case’s calendar: jalon case show CASE"}},
      {"HALF_DAY_NOT_FOUND",
       {"Cherchez-la : jalon day list --case DOSSIER", "Look for it: jalon day list --case CASE"}},
      {"HALF_DAY_DISPUTED",
       {"Son histoire : jalon day show IDENTIFIANT ; l’entreprise l’atteste, ou le consultant l’annule",
        "Its history: jalon day show ID; the company attests it, or the consultant cancels it"}},
      {"HALF_DAY_CHARGED",
       {"Contre-passez-la : jalon funding reverse IDENTIFIANT --reason …",
        "Reverse it: jalon funding reverse ID --reason …"}},
      {"SHEET_NOT_FOUND",
       {"Cherchez-la : jalon sheet list --case DOSSIER", "Look for it: jalon sheet list --case CASE"}},
      {"MONTH_LOCKED",
       {"Voyez les mois verrouillés : jalon month list", "See the locked months: jalon month list"}},
      {"MONTH_LOCK_ORDER",
       {"Voyez les mois verrouillés : jalon month list", "See the locked months: jalon month list"}},
      {"FUNDER_NOT_FOUND",
       {"Voyez les financeurs : jalon funder list", "See the funders: jalon funder list"}},
      {"ENVELOPE_NOT_FOUND",
       {"Ouvrez-en une : jalon envelope add FINANCEUR MONTANT --from … --until …",
        "Open one: jalon envelope add FUNDER AMOUNT --from … --until …"}},
      {"ENVELOPE_EXHAUSTED",
       {"Voyez ce qui reste : jalon envelope list", "See what is left: jalon envelope list"}},
      {"PAYMENT_TWICE",
       {"Voyez ses paiements : jalon funding ledger --case DOSSIER --kind payment",
        "See its payments: jalon funding ledger --case CASE --kind payment"}},
      {"AGREEMENT_NOT_FOUND",
       {"Signez-la d’abord : jalon agreement sign DOSSIER --phase …",
        "Sign it first: jalon agreement sign CASE --phase …"}},
      {"AGREEMENT_EXISTS", {"Voyez-la : jalon agreement show DOSSIER", "See it: jalon agreement show CASE"}},
      {"NO_TARIFF", {"Voyez les tarifs : jalon rulebook show", "See the tariffs: jalon rulebook show"}},
      {"NOTHING_TO_CHARGE",
       {"Approuvez d’abord les demi-journées attestées : jalon day approve --case DOSSIER",
        "Approve the attested half-days first: jalon day approve --case CASE"}},
      {"CHARGE_NOT_FOUND",
       {"Voyez les écritures : jalon funding ledger --case DOSSIER",
        "See the entries: jalon funding ledger --case CASE"}},
  };
  const auto step = steps.find(error.reason);
  return step == steps.end() ? nullptr : step->second.In(language);
}

// What the wire itself says is for programmers; a person needs to know what to try.
std::string SentenceOf(const CallError& error, Language language) {
  // The violations follow, each on its line.
  if (!error.violations.empty())
    return Words{"la demande est à corriger", "the request needs correcting"}.In(language);
  if (!error.reason.empty()) return error.message;
  switch (error.code) {
    case absl::StatusCode::kUnavailable: {
      if (error.address.empty())
        return Words{"aucune adresse de service", "no address of a service"}.In(language);
      return Words{"aucun service ne répond à l’adresse « ", "no service answers at “"}.In(language) +
             error.address + Words{" ».", "”."}.In(language);
    }
    case absl::StatusCode::kDeadlineExceeded:
      return Words{"pas de réponse dans le délai.", "no answer in the time allowed."}.In(language);
    default:
      return error.message;
  }
}

void PrintJson(std::ostream& err, const CallError& error) {
  google::protobuf::Struct document;
  google::protobuf::Struct& body = *(*document.mutable_fields())["error"].mutable_struct_value();
  const std::string code = absl::StatusCodeToString(error.code);
  (*body.mutable_fields())["code"].set_string_value(code);
  (*body.mutable_fields())["reason"].set_string_value(error.reason);
  (*body.mutable_fields())["message"].set_string_value(error.message);
  auto& metadata = *(*body.mutable_fields())["metadata"].mutable_struct_value();
  for (const auto& [key, value] : error.metadata) (*metadata.mutable_fields())[key].set_string_value(value);
  auto& violations = *(*body.mutable_fields())["violations"].mutable_list_value();
  for (const FieldViolation& violation : error.violations) {
    auto& item = *violations.add_values()->mutable_struct_value();
    (*item.mutable_fields())["field"].set_string_value(violation.field);
    (*item.mutable_fields())["description"].set_string_value(violation.description);
  }
  err << Json(document, false) << '\n';
}

// "phases[2].day_rate.cents" is phases.day_rate, the third of them.
struct FieldPath {
  std::string name;
  std::optional<size_t> index;
};

FieldPath PathOfField(std::string field) {
  FieldPath path;
  constexpr std::string_view kCents = ".cents";
  if (field.ends_with(kCents)) field.resize(field.size() - kCents.size());
  for (size_t at = 0; at < field.size(); ++at) {
    if (field[at] != '[') {
      path.name += field[at];
      continue;
    }
    const size_t close = std::min(field.find(']', at), field.size());
    size_t index = 0;
    std::from_chars(field.data() + at + 1, field.data() + close, index);
    if (!path.index) path.index = index;
    at = close;
  }
  return path;
}

// Commands that fill a request by a function of their own call an argument as its field: "case" for
// entries.case_id, "last-day" for last_day.
std::string KeyOfField(const std::string& path) {
  std::string key = path.substr(path.rfind('.') + 1);  // of the whole, where there is no dot
  for (const std::string_view end : {"_ids", "_id"})
    if (key.ends_with(end)) key.erase(key.rfind(end));
  std::replace(key.begin(), key.end(), '_', '-');
  return key;
}

}  // namespace

int Session::Fail(const absl::Status& status) {
  CallError error = CallErrorOf(status);
  // A rule that names only fields: each is one to correct.
  if (error.reason == "INVALID_REQUEST" && error.violations.empty() && error.metadata.contains("violations"))
    error.violations.push_back({error.metadata["violations"], Say({"à corriger", "needs correcting"})});
  const int exit_code = ExitCodeOf(error.code);
  if (format() == Format::kJson) {
    PrintJson(err_, error);
    return exit_code;
  }
  const std::string sentence = Printable(SentenceOf(error, language()));
  err_ << "jalon" << Say({" : ", ": "}) << sentence << '\n';
  TellViolations(error.violations);
  if (const char* next = NextStep(error, language()); next != nullptr) {
    err_ << "  → " << next << '\n';
  } else if (exit_code == kUnavailable && error.reason.empty()) {
    err_ << "  → "
         << Say({"Vérifiez que ./run tourne et que l’adresse est la bonne (--server, JALON_SERVER ou le "
                 "fichier "
                 "de configuration) ; jalon ping le dit service par service.",
                 "Check that ./run is running and that the address is right (--server, JALON_SERVER or the "
                 "configuration file); jalon ping tells service by service."})
         << '\n';
  }
  // The outcome is unknown, or the service asks for a retry: the same id makes it safe.
  if (exit_code == kUnavailable && !request_id_.empty()) {
    err_ << "  → "
         << Say({"Relancez la même commande avec --request-id ",
                 "Run the same command again with --request-id "})
         << request_id_ << Say({" : elle n’aura qu’un effet.", ": it will have one effect."}) << '\n';
  }
  return exit_code;
}

// What the person typed for a field of the request: "--day-rate" for day_rate.cents, "--phase concept:20" for
// phases[0].day_rate.
std::string Session::ArgumentOf(const std::string& field) const {
  if (command_ == nullptr) return field;
  const FieldPath path = PathOfField(field);
  for (const Argument& argument : command_->arguments)
    if (!argument.field.empty() && argument.field == path.name) return Say(argument.name);
  for (const Argument& argument : command_->arguments) {
    for (const std::string& filled : argument.fills) {
      if (path.name != filled && !path.name.starts_with(filled + ".")) continue;
      const auto& typed = inputs_->All(argument.key());
      const bool one_of_them = path.index && typed.size() > *path.index;
      return Say(argument.name) + (one_of_them ? " " + typed[*path.index] : "");
    }
  }
  const std::string key = KeyOfField(path.name);
  for (const Argument& argument : command_->arguments)
    if (argument.field.empty() && argument.key() == key) return Say(argument.name);
  return field;
}

// Amounts travel in cents, and people type euros: the contract's bounds in theirs.
std::string Session::DescriptionOf(const FieldViolation& violation) const {
  constexpr std::string_view kCents = ".cents";
  const std::string& told = violation.description;
  const size_t digits = told.find_first_of("-0123456789");
  const bool bound = told.starts_with("au moins ") || told.starts_with("au plus ") ||
                     told.starts_with("at least ") || told.starts_with("at most ");
  if (!violation.field.ends_with(kCents) || !bound || digits == std::string::npos) return told;
  const auto euros = [&](int64_t cents) {
    const auto amount = Cents::FromUntrusted(cents);
    return amount ? FormatEuros(*amount, language()) : std::to_string(cents);
  };
  const auto* method = command_ == nullptr ? nullptr : FindMethod(command_->method);
  const auto* amount =
      method == nullptr ? nullptr : FindField(method->input_type(), PathOfField(violation.field).name);
  if (amount != nullptr) {
    const auto& rule = amount->options().GetExtension(common::v1::rule);
    if (rule.has_min() && rule.has_max())
      return Say({"entre ", "between "}) + euros(rule.min()) + Say({" et ", " and "}) + euros(rule.max());
  }
  int64_t cents = 0;
  std::from_chars(told.data() + digits, told.data() + told.size(), cents);
  return told.substr(0, digits) + euros(cents);
}

// What is wrong with many rows alike is told once.
void Session::TellViolations(const std::vector<FieldViolation>& violations) {
  std::vector<std::pair<std::string, int>> told;
  for (const FieldViolation& violation : violations) {
    const std::string line =
        Printable(ArgumentOf(violation.field)) + Say({" : ", ": "}) + Printable(DescriptionOf(violation));
    const auto before =
        std::find_if(told.begin(), told.end(), [&](const auto& one) { return one.first == line; });
    if (before == told.end()) {
      told.emplace_back(line, 1);
    } else {
      ++before->second;
    }
  }
  for (const auto& [line, times] : told) {
    err_ << "  • " << line;
    if (times > 1) err_ << " (" << times << Say({" fois)", " times)"});
    err_ << '\n';
  }
}

int Session::SayWritten(const std::string& path, bool written) {
  if (!written) return Misused(Printable(path) + Say({" : impossible à écrire", ": cannot be written"}));
  err_ << Say({"Écrit : ", "Written: "}) << Printable(path) << '\n';
  return kDone;
}

int Session::Misused(std::string_view sentence) {
  err_ << "jalon" << Say({" : ", ": "}) << sentence << '\n';
  return kMisused;
}

}  // namespace jalon::cli
