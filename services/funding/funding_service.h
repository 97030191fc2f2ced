#ifndef JALON_FUNDING_FUNDING_SERVICE_H_
#define JALON_FUNDING_FUNDING_SERVICE_H_

#include "area/area.h"
#include "funding/agreement_store.h"
#include "funding/de_minimis_store.h"
#include "funding/funding_store.h"
#include "funding/impact_store.h"
#include "funding/payment_store.h"
#include "funding/summary_store.h"
#include "rpc/service.h"

namespace jalon::funding {

// How much: the handlers of jalon.funding.v1.FundingService.
class FundingService final : public rpc::Service {
 public:
  explicit FundingService(storage::Database* database);

 private:
  using AgreedPhases = google::protobuf::RepeatedPtrField<v1::AgreedPhase>;

  absl::StatusOr<v1::CreateFunderResponse> CreateFunder(rpc::CallContext& call,
                                                        const v1::CreateFunderRequest& request);
  absl::StatusOr<v1::CreateEnvelopeResponse> CreateEnvelope(rpc::CallContext& call,
                                                            const v1::CreateEnvelopeRequest& request);
  absl::StatusOr<v1::ListEnvelopesResponse> ListEnvelopes(rpc::CallContext& call,
                                                          const v1::ListEnvelopesRequest& request);
  absl::StatusOr<v1::QuoteAgreementResponse> QuoteAgreement(rpc::CallContext& call,
                                                            const v1::QuoteAgreementRequest& request);
  absl::StatusOr<v1::SignAgreementResponse> SignAgreement(rpc::CallContext& call,
                                                          const v1::SignAgreementRequest& request);
  absl::StatusOr<v1::AmendAgreementResponse> AmendAgreement(rpc::CallContext& call,
                                                            const v1::AmendAgreementRequest& request);
  absl::StatusOr<v1::GetAgreementResponse> GetAgreement(rpc::CallContext& call,
                                                        const v1::GetAgreementRequest& request);
  absl::StatusOr<rpc::Encoded<v1::SummarizeFundingResponse>> SummarizeFunding(
      rpc::CallContext& call, const v1::SummarizeFundingRequest& request);

  absl::StatusOr<v1::GetDeMinimisHeadroomResponse> GetDeMinimisHeadroom(
      rpc::CallContext& call, const v1::GetDeMinimisHeadroomRequest& request);
  absl::StatusOr<v1::GetDeMinimisAttestationResponse> GetDeMinimisAttestation(
      rpc::CallContext& call, const v1::GetDeMinimisAttestationRequest& request);
  absl::StatusOr<v1::ReconcilePaymentsResponse> ReconcilePayments(
      rpc::CallContext& call, const v1::ReconcilePaymentsRequest& request);
  absl::StatusOr<v1::RecordPaymentResponse> RecordPayment(rpc::CallContext& call,
                                                          const v1::RecordPaymentRequest& request);
  absl::StatusOr<v1::ConfirmAidResponse> ConfirmAid(rpc::CallContext& call,
                                                    const v1::ConfirmAidRequest& request);
  absl::StatusOr<v1::ConfirmRegisteredResponse> ConfirmRegistered(
      rpc::CallContext& call, const v1::ConfirmRegisteredRequest& request);
  absl::StatusOr<v1::DeclareAidResponse> DeclareAid(rpc::CallContext& call,
                                                    const v1::DeclareAidRequest& request);

  absl::Status MeasureRulebookImpact(rpc::CallContext& call, const v1::MeasureRulebookImpactRequest& request,
                                     const rpc::Sender<v1::MeasureRulebookImpactResponse>& send);

  void AddPayments();
  void AddDeMinimis();
  absl::Status ExportChanges(rpc::CallContext& call, const v1::ExportLedgerChangesRequest& request,
                             const rpc::Sender<v1::ExportLedgerChangesResponse>& send);
  absl::StatusOr<v1::ClosePeriodResponse> ClosePeriod(rpc::CallContext& call,
                                                      const v1::ClosePeriodRequest& request);

  absl::StatusOr<SignableQuote> Quote(rpc::CallContext& call, int64_t case_id, const std::string& signed_on,
                                      const AgreedPhases& phases);
  absl::StatusOr<Amendment> QuoteAmendment(rpc::CallContext& call, const v1::AmendAgreementRequest& request);

  FundingStore store_;
  AgreementStore agreements_;
  DeMinimisStore de_minimis_;
  ImpactStore impact_;
  PaymentStore payments_;
  SummaryStore summaries_;
};

area::Area FundingArea();

}  // namespace jalon::funding

#endif  // JALON_FUNDING_FUNDING_SERVICE_H_
