#ifndef JALON_FUNDING_PAYMENT_STORE_H_
#define JALON_FUNDING_PAYMENT_STORE_H_

#include <vector>

#include "area/store.h"
#include "jalon/funding/v1/payment.pb.h"

namespace jalon::funding {

// Payment batches, their orders, and the bank's lines.
class PaymentStore : area::Store {
 public:
  using Store::Store;

  absl::StatusOr<v1::CreatePaymentBatchResponse> Create(const rpc::CallContext& call,
                                                        const v1::CreatePaymentBatchRequest& request) const;
  absl::StatusOr<v1::IssuePaymentBatchResponse> Issue(const rpc::CallContext& call,
                                                      const v1::IssuePaymentBatchRequest& request) const;
  absl::StatusOr<rpc::Encoded<v1::ListPaymentBatchesResponse>> ListBatches(
      const rpc::CallContext& call, const v1::ListPaymentBatchesRequest& request) const;
  absl::StatusOr<rpc::Encoded<v1::ListPaymentOrdersResponse>> ListOrders(
      const rpc::CallContext& call, const v1::ListPaymentOrdersRequest& request) const;
  absl::StatusOr<v1::CancelPaymentOrderResponse> Cancel(const rpc::CallContext& call,
                                                        const v1::CancelPaymentOrderRequest& request) const;
  // Fills in what becomes of each line.
  struct ToReconcile {
    const v1::BankLine* given;
    v1::ReconciledLine* outcome;
  };
  absl::Status Reconcile(const rpc::CallContext& call, bool validate_only,
                         const std::vector<ToReconcile>& lines) const;
};

}  // namespace jalon::funding

#endif  // JALON_FUNDING_PAYMENT_STORE_H_
