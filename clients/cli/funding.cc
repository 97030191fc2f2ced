#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "clients/cli/command.h"
#include "clients/cli/csv_writer.h"
#include "clients/cli/xlsx_writer.h"
#include "clients/rpc/contracts.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::cli {
namespace {

Argument ToXlsx() {
  return Of(Kind::kFile,
            Option("--xlsx", "", {"Écrire un classeur dans ce fichier", "Write a workbook into this file"}));
}

std::vector<Argument> LedgerFilters(std::vector<Argument> others = {}) {
  std::vector<Argument> filters = {
      Option("--case", "filter.case_id", {"D’un dossier", "Of a case"}),
      Option("--programme", "filter.programme", {"D’un programme", "Of a programme"}),
      Option("--funder", "filter.funder", {"D’un financeur", "Of a funder"}),
      Option("--region", "filter.region", {"D’une région (32)", "Of a region (32)"}),
      Option("--department", "filter.department", {"D’un département (59)", "Of a department (59)"}),
      Option("--phase", "filter.phase", {"D’une phase", "Of a phase"}),
      Option("--size", "filter.size_class", {"D’une taille d’entreprise", "Of a size class"}),
      Option("--sector", "filter.sector", {"D’une section NAF (A à U)", "Of a NAF section (A to U)"}),
      Option("--month", "filter.month", {"D’un mois", "Of a month"}),
      Option("--from", "filter.from_month", {"Premier mois", "First month"}),
      Option("--until", "filter.until_month", {"Dernier mois", "Last month"}),
      Option("--as-of", "filter.as_of",
             {"Passées au plus tard ce jour-là", "Posted on that day at the latest"}),
      Option("--kind", "filter.kind", {"Nature", "Kind"})};
  filters.insert(filters.end(), others.begin(), others.end());
  return filters;
}

Argument CaseNumber() {
  return Positional({"DOSSIER", "CASE"}, "case_id", {"Numéro du dossier", "Number of the case"});
}

const Command& Own(const char* name) {
  for (const Command& command : AllCommands())
    if (command.group == "funding" && command.name == name) return command;
  std::abort();  // the names stand below
}

constexpr Words kLedgerTitle = {"Écritures", "Ledger entries"};

using Asked = std::vector<std::pair<std::string, std::string>>;

// How an export calls what it was asked for; the help has whole sentences.
constexpr std::pair<std::string_view, Words> kHeadings[] = {
    {"group_by", {"Par", "By"}},
    {"case_id", {"Dossier", "Case"}},
    {"programme", {"Programme", "Programme"}},
    {"funder", {"Financeur", "Funder"}},
    {"region", {"Région", "Region"}},
    {"department", {"Département", "Department"}},
    {"phase", {"Phase", "Phase"}},
    {"size_class", {"Taille", "Size"}},
    {"sector", {"Secteur", "Sector"}},
    {"month", {"Mois", "Month"}},
    {"from_month", {"Depuis le mois", "From month"}},
    {"until_month", {"Jusqu’au mois", "Through month"}},
    {"kind", {"Nature", "Kind"}}};

std::pair<std::string, std::string> HeadingOf(const std::string& field, const std::string& value,
                                              Language language) {
  if (field == "as_of")
    return {Words{"Arrêtée au ", "As of "}.In(language) + DateForPeople(value, language), ""};
  for (const auto& [name, words] : kHeadings)
    if (field == name) return {words.In(language), value};
  return {field, value};
}

// What an export was asked for, as each of its formats tells it: the fields that are set. `prefix` leads to
// `filter` in the command's request.
Asked AskedOf(const Command& command, const google::protobuf::Message& filter, const std::string& prefix,
              Language language) {
  Asked asked;
  for (const Argument& argument : command.arguments) {
    if (argument.field.empty() || !argument.field.starts_with(prefix)) continue;
    const std::string field = argument.field.substr(prefix.size());
    const auto* descriptor = filter.GetDescriptor()->FindFieldByName(field);
    if (descriptor == nullptr) continue;
    const auto* reflection = filter.GetReflection();
    const bool is_set = descriptor->is_repeated() ? reflection->FieldSize(filter, descriptor) > 0
                                                  : reflection->HasField(filter, descriptor);
    if (is_set) asked.push_back(HeadingOf(field, FormatField(filter, field, language), language));
  }
  return asked;
}

// The same for the ledger's exports.
void Announce(Session& session, const Command& command, const google::protobuf::Message& filter,
              const Words& title, RowPrinter* printer) {
  printer->SetPreamble(
      CsvPreamble(session.Say(title), AskedOf(command, filter, "filter.", session.language())),
      "{\"filter\":" + Json(filter, false) + "}\n");
}

bool IsBy(const funding::v1::SummarizeFundingRequest& request, funding::v1::Dimension dimension) {
  const auto& by = request.group_by();
  return std::find(by.begin(), by.end(), dimension) != by.end();
}

// For people: what is paid is paid for a case and not for a phase; and what is still reserved is no matter of
// a month, in which more may be charged than is signed.
void TellRows(const funding::v1::SummarizeFundingRequest& request, Session& session,
              funding::v1::SummarizeFundingResponse* answer) {
  const bool by_month = IsBy(request, funding::v1::DIMENSION_MONTH);
  for (auto& row : *answer->mutable_rows()) {
    if (IsBy(request, funding::v1::DIMENSION_PHASE) && row.phase().empty())
      row.set_phase(session.Say({"(sans phase)", "(no phase)"}));
    if (by_month) row.clear_remaining();
  }
  if (by_month) answer->mutable_total()->clear_remaining();
}

// In the order of the screen. Only the dimensions that were asked for have a column.
XlsxWriter::Columns SummaryColumns(const funding::v1::SummarizeFundingRequest& request, Language language) {
  XlsxWriter::Columns columns;
  const auto* type = funding::v1::SummaryRow::descriptor();
  for (const Column& column : ColumnsOf(type, language, false)) {
    const auto* field = type->FindFieldByName(column.path);
    bool wanted = field->cpp_type() == field->CPPTYPE_MESSAGE || field->cpp_type() == field->CPPTYPE_INT64;
    if (field->name() == "remaining") wanted = !IsBy(request, funding::v1::DIMENSION_MONTH);
    for (const int dimension : request.group_by())
      wanted = wanted ||
               EnumWord(*funding::v1::Dimension_descriptor()->FindValueByNumber(dimension)) == field->name();
    if (wanted) columns.push_back(field);
  }
  return columns;
}

int RunSummary(Session& session, const Inputs& inputs) {
  const Command& command = Own("summary");
  const auto request = MakeRequest(session, command, inputs);
  const auto& summarize = static_cast<const funding::v1::SummarizeFundingRequest&>(*request);
  auto answer = session.client().Call<funding::v1::SummarizeFundingResponse>(command.method, summarize,
                                                                             session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  const Asked asked = AskedOf(command, answer->filter(), "", session.language());
  const Words title = {"Synthèse", "Summary"};
  if (!inputs.Has("xlsx")) {
    if (session.format() == Format::kCsv) session.out() << CsvPreamble(session.Say(title), asked);
    if (session.for_people()) {
      answer->clear_filter();  // it was typed a line above
      TellRows(summarize, session, &*answer);
    }
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
    return kDone;
  }
  TellRows(summarize, session, &*answer);
  XlsxWriter workbook(inputs.Text("xlsx"), session.language(), SummaryColumns(summarize, session.language()),
                      session.Say(title), asked);
  for (const auto& row : answer->rows()) workbook.Add(row);
  return session.SayWritten(inputs.Text("xlsx"), workbook.Finish(&answer->total()));
}

// What is read on paper first; the rest, identifiers and what the cases have alike, stays on the screen.
constexpr const char* kPrintedColumns[] = {"posted_on", "posting_id", "kind",  "account",   "amount",
                                           "case_id",   "funder",     "month", "half_days", "line_cost"};

XlsxWriter::Columns LedgerColumns() {
  const auto* type = funding::v1::LedgerEntry::descriptor();
  XlsxWriter::Columns columns;
  for (const char* name : kPrintedColumns) columns.push_back(type->FindFieldByName(name));
  for (const auto* field : SheetColumns(type))
    if (std::find(columns.begin(), columns.end(), field) == columns.end()) columns.push_back(field);
  return columns;
}

int ExportWorkbook(Session& session, const Inputs& inputs) {
  const Command& command = Own("export");
  const auto request = MakeRequest(session, command, inputs);
  const auto& filter = static_cast<const funding::v1::ExportLedgerRequest&>(*request).filter();
  XlsxWriter workbook(inputs.Text("xlsx"), session.language(), LedgerColumns(), session.Say(kLedgerTitle),
                      AskedOf(command, filter, "filter.", session.language()));
  workbook.PrintOnly(std::size(kPrintedColumns));
  const auto stream = session.client().Stream(command.method, *request);
  funding::v1::ExportLedgerResponse response;
  bool fits = true;
  while (fits && stream->Read(&response)) fits = workbook.Add(response.entry());
  if (!fits) {
    stream->Cancel();
    return session.Misused(
        session.Say({"trop d’écritures pour un classeur ; réduisez le filtre ou prenez --csv",
                     "too many entries for a workbook; narrow the filter or use --csv"}));
  }
  if (const absl::Status status = stream->Finish(); !status.ok()) return session.Fail(status);
  return session.SayWritten(inputs.Text("xlsx"), workbook.Finish());
}

// A file for other programs: CSV unless JSON or a workbook is asked for.
int RunExportLedger(Session& session, const Inputs& inputs) {
  if (inputs.Has("xlsx")) return ExportWorkbook(session, inputs);
  const Command& command = Own("export");
  const auto request = MakeRequest(session, command, inputs);
  const auto format = session.for_people() ? Format::kCsv : session.format();
  RowPrinter printer(session.out(), format, session.language(), funding::v1::LedgerEntry::descriptor(), "");
  Announce(session, command, static_cast<const funding::v1::ExportLedgerRequest&>(*request).filter(),
           kLedgerTitle, &printer);
  const auto stream = session.client().Stream(command.method, *request);
  funding::v1::ExportLedgerResponse response;
  while (stream->Read(&response)) printer.Add(response.entry());
  const absl::Status status = stream->Finish();
  status.ok() || printer.count() > 0 ? printer.Finish() : printer.Abandon();
  return status.ok() ? kDone : session.Fail(status);
}

// The cursor for the next call comes last, beside the rows.
int RunChanges(Session& session, const Inputs& inputs) {
  const Command& command = Own("changes");
  const auto format = session.for_people() ? Format::kCsv : session.format();
  RowPrinter printer(session.out(), format, session.language(), funding::v1::LedgerEntry::descriptor(), "");
  const auto request = MakeRequest(session, command, inputs);
  Announce(session, command, static_cast<const funding::v1::ExportLedgerChangesRequest&>(*request).filter(),
           kLedgerTitle, &printer);
  const auto stream = session.client().Stream(command.method, *request);
  funding::v1::ExportLedgerChangesResponse response;
  while (stream->Read(&response))
    if (response.has_entry()) printer.Add(response.entry());
  const absl::Status status = stream->Finish();
  status.ok() || printer.count() > 0 ? printer.Finish() : printer.Abandon();
  if (!status.ok()) return session.Fail(status);
  session.err() << session.Say({"la suite avec --since ", "what comes next with --since "})
                << response.cursor() << '\n';
  return kDone;
}

}  // namespace

void AddFundingCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "funding",
       .name = "summary",
       .about = {"Synthèse de ce qui est engagé, liquidé et payé, exacte à l’instant",
                 "Summary of what is reserved, charged and paid, exact to the moment"},
       .arguments = {Default("funder,region",
                             Option("--by", "group_by",
                                    {"Axes, séparés par des virgules", "Dimensions, separated by commas"})),
                     Option("--programme", "programme", {"D’un programme", "Of a programme"}),
                     Option("--funder", "funder", {"D’un financeur", "Of a funder"}),
                     Option("--region", "region", {"D’une région (32)", "Of a region (32)"}),
                     Option("--department", "department", {"D’un département (59)", "Of a department (59)"}),
                     Option("--phase", "phase", {"D’une phase", "Of a phase"}),
                     Option("--size", "size_class", {"D’une taille d’entreprise", "Of a size class"}),
                     Option("--sector", "sector", {"D’une section NAF (A à U)", "Of a NAF section (A to U)"}),
                     Option("--from", "from_month", {"Premier mois", "First month"}),
                     Option("--until", "until_month", {"Dernier mois", "Last month"}),
                     Option("--as-of", "as_of",
                            {"Arrêtée à la fin de ce jour, pour toujours la même",
                             "As of the end of that day, the same for ever"}),
                     ToXlsx()},
       .method = "FundingService.SummarizeFunding",
       .run = RunSummary});
  commands.push_back(
      {.group = "funding",
       .name = "export",
       .about = {"Toutes les écritures, en CSV (ou --json, --xlsx), dans l’ordre où elles ont été passées",
                 "Every ledger entry, as CSV (or --json, --xlsx), in the order of posting"},
       .arguments = LedgerFilters({ToXlsx()}),
       .method = "FundingService.ExportLedger",
       .run = RunExportLedger});
  commands.push_back(
      {.group = "funding",
       .name = "changes",
       .about = {"Les écritures passées depuis un appel précédent, chacune une fois, en CSV (ou --json)",
                 "Entries posted since an earlier call, each once, as CSV (or --json)"},
       .arguments = LedgerFilters({Option("--since", "cursor",
                                          {"Curseur rendu par l’appel précédent ; sans lui, depuis le début",
                                           "Cursor of the earlier call; without it, from the beginning"})}),
       .method = "FundingService.ExportLedgerChanges",
       .run = RunChanges});
  commands.push_back({.group = "funding",
                      .name = "charge",
                      .about = {"Liquider les demi-journées approuvées d’un dossier",
                                "Charge the approved half-days of a case"},
                      .arguments = {CaseNumber()},
                      .method = "FundingService.ChargeHalfDays"});
  commands.push_back(
      {.group = "funding",
       .name = "pay",
       .about = {"Noter qu’un financeur a payé une part liquidée d’un dossier",
                 "Record that a funder paid a charged part of a case"},
       .arguments = {CaseNumber(),
                     Positional({"FINANCEUR", "FUNDER"}, "funder",
                                {"Code du financeur", "Code of the funder"}),
                     Positional({"MONTANT", "AMOUNT"}, "amount", {"Euros payés", "Euros paid"}),
                     Default("today", Option("--on", "paid_on", {"Date du paiement", "Date of the payment"})),
                     Required(Option("--reference", "reference",
                                     {"Référence du virement", "Reference of the transfer"}))},
       .method = "FundingService.RecordPayment"});
  commands.push_back(
      {.group = "funding",
       .name = "reverse",
       .about = {"Contre-passer la liquidation d’une demi-journée ; fausse, elle s’annule ensuite",
                 "Reverse the charge of a half-day; if it is wrong, it can then be cancelled"},
       .arguments = {Positional({"DEMI-JOURNEE", "HALF-DAY"}, "half_day_id",
                                {"Identifiant de la demi-journée", "Id of the half-day"}),
                     Required(Option("--reason", "reason", {"Motif", "Reason"}))},
       .method = "FundingService.ReverseCharge"});
  commands.push_back({.group = "funding",
                      .name = "ledger",
                      .about = {"Écritures, dans l’ordre où elles ont été passées",
                                "Ledger entries, in the order of posting"},
                      .arguments = LedgerFilters(),
                      .method = "FundingService.ListLedgerEntries"});
}

}  // namespace jalon::cli
