#include <fstream>

#include "base/uuid.h"
#include "clients/cli/bank_file.h"
#include "clients/cli/command.h"
#include "clients/cli/output_file.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::cli {
namespace {

using funding::v1::CreatePaymentBatchRequest;
using funding::v1::CreatePaymentBatchResponse;
using funding::v1::IssuePaymentBatchRequest;
using funding::v1::IssuePaymentBatchResponse;
using funding::v1::ListPaymentOrdersRequest;
using funding::v1::ListPaymentOrdersResponse;
using funding::v1::ReconciledLine;
using funding::v1::ReconcilePaymentsRequest;
using funding::v1::ReconcilePaymentsResponse;

constexpr size_t kLinesACall = 500;

// Every order of a batch, written as CSV.
absl::Status WriteOrders(Session& session, int64_t batch_id, std::ostream& out) {
  RowPrinter printer(out, Format::kCsv, session.language(), funding::v1::PaymentOrder::descriptor(),
                     "orders");
  ListPaymentOrdersRequest request;
  request.set_batch_id(batch_id);
  request.set_page_size(1000);
  do {
    const auto page = session.client().Call<ListPaymentOrdersResponse>("FundingService.ListPaymentOrders",
                                                                       request, session.call_options());
    if (!page.ok()) {
      printer.Abandon();
      return page.status();
    }
    for (const auto& order : page->orders()) printer.Add(order);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  printer.Finish();
  return absl::OkStatus();
}

int CannotWriteBatch(Session& session, int64_t batch_id) {
  session.err() << session.Say({"Le fichier n’a pu être écrit. Le lot existe : jalon payment file ",
                                "The file could not be written. The batch exists: jalon payment file "})
                << batch_id << " --out …\n";
  return kMisused;
}

// A batch counts as exported only once its file is written, and the file comes to its place only once the
// batch counts as exported: a refusal leaves what stood there.
int Issue(Session& session, int64_t batch_id, const std::string& path) {
  OutputFile output(path);
  std::ofstream file(output.path(), std::ios::binary);
  const absl::Status written = file ? WriteOrders(session, batch_id, file) : absl::OkStatus();
  if (!written.ok()) return session.Fail(written);
  file.close();
  if (!file) return CannotWriteBatch(session, batch_id);
  IssuePaymentBatchRequest issue;
  issue.set_request_id(session.NthId(1));
  issue.set_batch_id(batch_id);
  const auto issued = session.client().Call<IssuePaymentBatchResponse>("FundingService.IssuePaymentBatch",
                                                                       issue, session.call_options());
  if (!issued.ok()) return session.Fail(issued.status());
  if (!output.Commit()) return CannotWriteBatch(session, batch_id);
  PrintAnswer(session.out(), session.format(), session.language(), *issued);
  return session.SayWritten(path, true);
}

int RunExportPayments(Session& session, const Inputs& inputs) {
  CreatePaymentBatchRequest create;
  create.set_request_id(session.request_id());
  create.set_funder(inputs.Text("funder"));
  create.set_until(inputs.Text("until"));
  const auto batch = session.client().Call<CreatePaymentBatchResponse>("FundingService.CreatePaymentBatch",
                                                                       create, session.call_options());
  if (!batch.ok()) return session.Fail(batch.status());
  return Issue(session, batch->batch().batch_id(), inputs.Text("out"));
}

int RunFile(Session& session, const Inputs& inputs) {
  return Issue(session, inputs.Integer("batch"), inputs.Text("out"));
}

std::string Text(const ReconciledLine& line, const char* field, Language language) {
  return FormatField(line, field, language);
}

// Sends the readable lines, as many at a time as a call takes; each line of the file ends with an outcome.
class Reconciliation {
 public:
  Reconciliation(Session& session, BankFile file, bool dry_run)
      : session_(session), file_(std::move(file)), dry_run_(dry_run), outcomes_(file_.lines.size()) {}

  int Run() {
    std::vector<size_t> sent;
    for (size_t i = 0; i < file_.lines.size(); ++i) {
      if (!file_.lines[i].problem.empty()) {
        outcomes_[i].set_outcome(funding::v1::RECONCILE_OUTCOME_REFUSED);
        outcomes_[i].set_message(file_.lines[i].problem);
        continue;
      }
      sent.push_back(i);
      if (sent.size() < kLinesACall) continue;
      if (const auto status = Send(sent); !status.ok()) return session_.Fail(status);
      sent.clear();
    }
    if (!sent.empty())
      if (const auto status = Send(sent); !status.ok()) return session_.Fail(status);
    return Report();
  }

 private:
  absl::Status Send(const std::vector<size_t>& lines) {
    ReconcilePaymentsRequest request;
    request.set_request_id(session_.NthId(calls_++));
    request.set_validate_only(dry_run_);
    for (const size_t i : lines) *request.add_lines() = file_.lines[i].bank_line;
    const auto answer = session_.client().Call<ReconcilePaymentsResponse>("FundingService.ReconcilePayments",
                                                                          request, session_.call_options());
    if (!answer.ok()) return answer.status();
    for (size_t i = 0; i < lines.size(); ++i) outcomes_[lines[i]] = answer->lines(static_cast<int>(i));
    return absl::OkStatus();
  }

  int Report() {
    int unsettled = 0;
    Table table({{session_.Say({"Ligne", "Line"}), true},
                 {session_.Say({"Résultat", "Outcome"})},
                 {session_.Say({"Référence", "Reference"})},
                 {session_.Say({"Dossier", "Case"}), true},
                 {session_.Say({"Pourquoi", "Why"})}});
    for (size_t i = 0; i < outcomes_.size(); ++i) {
      const ReconciledLine& line = outcomes_[i];
      if (line.outcome() >= funding::v1::RECONCILE_OUTCOME_DOUBTFUL) ++unsettled;
      std::string why = Printable(line.message());
      // The order of an empty reference is nobody's: say what the line lacks.
      if (line.refusal() == common::v1::REASON_ORDER_NOT_FOUND && line.end_to_end_id().empty()) {
        why = session_.Say(
            {"Ce libellé ne contient aucune référence JALON-….", "This label holds no reference JALON-…."});
      }
      if (line.candidates_size() > 0)
        why += session_.Say({" Peut-être : ", " Perhaps: "}) + Text(line, "candidates", session_.language());
      table.Add({std::to_string(file_.lines[i].line), Text(line, "outcome", session_.language()),
                 Printable(line.end_to_end_id()), line.case_id() == 0 ? "" : std::to_string(line.case_id()),
                 why});
    }
    if (session_.for_people()) {
      table.Print(session_.out());
    } else {
      ReconcilePaymentsResponse all;
      for (const ReconciledLine& line : outcomes_) *all.add_lines() = line;
      PrintAnswer(session_.out(), session_.format(), session_.language(), all);
    }
    return unsettled > 0 ? kRefused : kDone;
  }

  Session& session_;
  const BankFile file_;
  const bool dry_run_;
  std::vector<ReconciledLine> outcomes_;
  size_t calls_ = 0;
};

int RunReconcile(Session& session, const Inputs& inputs) {
  auto source = OpenFile(inputs.Text("file"));
  if (source == nullptr)
    return session.Misused(session.Say({"Le fichier ne s’ouvre pas.", "The file cannot be opened."}));
  BankFile file = ReadBankFile(std::move(source), session.language());
  if (!file.problem.empty()) return session.Misused(file.problem);
  return Reconciliation(session, std::move(file), inputs.Has("dry-run")).Run();
}

}  // namespace

void AddPaymentCommands(std::vector<Command>& commands) {
  const Argument out =
      Required(Of(Kind::kFile, Option("--out", "", {"Fichier CSV à écrire", "CSV file to write"})));
  commands.push_back(
      {.group = "payment",
       .name = "export",
       .about = {"Mettre en paiement ce qu’un financeur doit : un lot numéroté et son fichier CSV",
                 "Put what a funder owes up for payment: a numbered batch and its CSV file"},
       .arguments = {Required(Of(Kind::kCode,
                                 Option("--funder", "", {"Code du financeur", "Code of the funder"}))),
                     Default("today", Of(Kind::kDate, Option("--until", "",
                                                             {"Ce qui est liquidé jusqu’à ce jour",
                                                              "What is charged up to that day"}))),
                     out},
       .run = RunExportPayments});
  commands.push_back(
      {.group = "payment",
       .name = "file",
       .about = {"Écrire de nouveau le fichier CSV d’un lot", "Write the CSV file of a batch again"},
       .arguments = {Of(Kind::kInteger,
                        Positional({"LOT", "BATCH"}, "", {"Numéro du lot", "Number of the batch"})),
                     out},
       .run = RunFile});
  commands.push_back({.group = "payment",
                      .name = "list",
                      .about = {"Lots de paiement", "Payment batches"},
                      .arguments = {Option("--funder", "funder", {"D’un financeur", "Of a funder"})},
                      .method = "FundingService.ListPaymentBatches"});
  commands.push_back({.group = "payment",
                      .name = "orders",
                      .about = {"Ordres de paiement", "Payment orders"},
                      .arguments = {Option("--batch", "batch_id", {"D’un lot", "Of a batch"})},
                      .method = "FundingService.ListPaymentOrders"});
  commands.push_back({.group = "payment",
                      .name = "cancel",
                      .about = {"Annuler un ordre que la banque n’exécutera pas",
                                "Cancel an order that the bank will not execute"},
                      .arguments = {Positional({"REFERENCE", "REFERENCE"}, "end_to_end_id",
                                               {"Référence de l’ordre", "Reference of the order"}),
                                    Required(Option("--reason", "reason", {"Motif", "Reason"}))},
                      .method = "FundingService.CancelPaymentOrder"});
  commands.push_back(
      {.group = "payment",
       .name = "reconcile",
       .about =
           {"Rapprocher un fichier de la banque ou de la comptabilité : chaque ligne est rapprochée, "
            "douteuse "
            "ou refusée",
            "Reconcile a file of the bank or of the accounts: each line is matched, doubtful or refused"},
       .arguments = {Fills({"lines"}, Positional({"FICHIER", "FILE"}, "",
                                                 {"CSV : date, montant, référence ou libellé, id",
                                                  "CSV: date, amount, reference or label, id"})),
                     Flag("--dry-run", "", {"Dire sans rien enregistrer", "Tell, and record nothing"})},
       .run = RunReconcile});
}

}  // namespace jalon::cli
