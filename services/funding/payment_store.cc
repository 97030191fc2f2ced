#include "funding/payment_store.h"

#include "base/refusal.h"

namespace jalon::funding {
namespace {

using storage::Params;
using storage::Planned;
using storage::Statement;

constexpr Statement kCreate{"create_payment_batch", R"sql(
SELECT * FROM funding.create_payment_batch(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6::date))sql"};

constexpr Statement kIssue{"issue_payment_batch", R"sql(
SELECT * FROM funding.issue_payment_batch(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint))sql"};

constexpr Statement kListBatches{"list_payment_batches", R"sql(
SELECT b.*, b.batch_id::text AS "#key"
  FROM funding.payment_batch_row b
 WHERE ($1::text IS NULL OR b.batch_id < $1::bigint) AND ($3::text IS NULL OR b.funder = $3)
 ORDER BY b.batch_id DESC
 LIMIT $2)sql",
                                 Planned::kEachTime};

constexpr Statement kListOrders{"list_payment_orders", R"sql(
SELECT o.*, o.order_id::text AS "#key"
  FROM funding.payment_order_row o
 WHERE ($1::text IS NULL OR o.order_id > $1::bigint) AND ($3::bigint IS NULL OR o.batch_id = $3)
 ORDER BY o.order_id
 LIMIT $2)sql",
                                Planned::kEachTime};

constexpr Statement kCancel{"cancel_payment_order", R"sql(
SELECT * FROM funding.cancel_payment_order(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6))sql"};

// A row a line, in their order.
constexpr Statement kReconcile{"reconcile_payments", R"sql(
SELECT r.outcome, r.refusal AS "#refusal", r.end_to_end_id, r.case_id, array_to_string(r.candidates, ',') AS "#candidates",
       r.payable AS "#payable", r.not_before AS "#not_before"
  FROM funding.reconcile_payments(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::boolean, $6::text[], $7::date[], $8::bigint[],
                                  $9::text[], $10::text[]) r)sql"};

void AddCandidates(std::string_view list, v1::ReconciledLine* line) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    line->add_candidates(std::string(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

}  // namespace

absl::StatusOr<v1::CreatePaymentBatchResponse> PaymentStore::Create(
    const rpc::CallContext& call, const v1::CreatePaymentBatchRequest& request) const {
  v1::CreatePaymentBatchResponse response;
  ASSIGN_OR_RETURN(
      *response.mutable_batch(),
      CommandOne<v1::PaymentBatch>(call, kCreate, Params().Text(request.funder()).Text(request.until())));
  return response;
}

absl::StatusOr<v1::IssuePaymentBatchResponse> PaymentStore::Issue(
    const rpc::CallContext& call, const v1::IssuePaymentBatchRequest& request) const {
  v1::IssuePaymentBatchResponse response;
  ASSIGN_OR_RETURN(*response.mutable_batch(),
                   CommandOne<v1::PaymentBatch>(call, kIssue, Params().Int(request.batch_id())));
  return response;
}

absl::StatusOr<rpc::Encoded<v1::ListPaymentBatchesResponse>> PaymentStore::ListBatches(
    const rpc::CallContext& call, const v1::ListPaymentBatchesRequest& request) const {
  return ReadPage<v1::ListPaymentBatchesResponse>(call, request, kListBatches,
                                                  Params().TextOrNull(request.funder()), "batches");
}

absl::StatusOr<rpc::Encoded<v1::ListPaymentOrdersResponse>> PaymentStore::ListOrders(
    const rpc::CallContext& call, const v1::ListPaymentOrdersRequest& request) const {
  return ReadPage<v1::ListPaymentOrdersResponse>(call, request, kListOrders,
                                                 Params().IntOrNull(request.batch_id()), "orders");
}

absl::StatusOr<v1::CancelPaymentOrderResponse> PaymentStore::Cancel(
    const rpc::CallContext& call, const v1::CancelPaymentOrderRequest& request) const {
  v1::CancelPaymentOrderResponse response;
  ASSIGN_OR_RETURN(*response.mutable_order(),
                   CommandOne<v1::PaymentOrder>(
                       call, kCancel, Params().Text(request.end_to_end_id()).Text(request.reason())));
  return response;
}

absl::Status PaymentStore::Reconcile(const rpc::CallContext& call, bool validate_only,
                                     const std::vector<ToReconcile>& lines) const {
  Params params;
  params.Bool(validate_only);
  params.Array(lines, [](const auto& line) { return line.given->bank_key(); });
  params.Array(lines, [](const auto& line) { return line.given->booked_on(); });
  params.Array(lines, [](const auto& line) { return line.given->amount().cents(); });
  params.Array(lines, [](const auto& line) { return line.given->reference(); });
  params.Array(lines, [](const auto& line) { return line.given->label(); });
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kReconcile, params));
  for (int row = 0; row < rows.size(); ++row) {
    const v1::BankLine& given = *lines[static_cast<size_t>(row)].given;
    v1::ReconciledLine* line = lines[static_cast<size_t>(row)].outcome;
    rows.ReadInto(row, line);
    line->set_refusal(ReasonFromName(rows.Text(row, "#refusal")));
    if (line->refusal() != common::v1::REASON_UNSPECIFIED) {
      line->set_message(Sentence(line->refusal(),
                                 {{"order", line->end_to_end_id()},
                                  {"payable_cents", std::to_string(rows.Int(row, "#payable"))},
                                  {"date", given.booked_on()},
                                  {"created_on", std::string(rows.Text(row, "#not_before"))}},
                                 call.language));
    }
    if (!rows.IsNull(row, "#candidates")) AddCandidates(rows.Text(row, "#candidates"), line);
  }
  return absl::OkStatus();
}

}  // namespace jalon::funding
