#ifndef JALON_FUNDING_FUNDING_STORE_H_
#define JALON_FUNDING_FUNDING_STORE_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "area/store.h"
#include "jalon/funding/v1/funding_service.pb.h"
#include "jalon/programme/v1/rulebook.pb.h"
#include "rules/coverage.h"

namespace jalon::funding {

// What a quote is made from, as it stands in the database at one instant.
struct CaseTerms {
  std::string siren;
  std::string programme;
  std::string state;  // as admitted
  std::string applied_on;
  std::string admitted_on;
  std::string first_day;  // of the approved half-days; empty: none yet
  int granted_half_days = 0;
  std::string region;
  common::v1::SizeClass size_class = common::v1::SIZE_CLASS_UNSPECIFIED;
  int64_t headcount_hundredths = 0;
  std::optional<int64_t> site_headcount_hundredths, group_headcount_hundredths;
  std::vector<std::string> statuses;
  std::string created_on;                      // empty: unknown
  std::vector<rules::EarlierAid> earlier_aid;  // on other cases of the company in the programme
  std::vector<std::string> phases_done;
  std::string etag;
  std::shared_ptr<const programme::v1::Rulebook> rulebook;  // the one that governs the case; null: none
};

// A quote, and what the database must still find to sign it.
struct SignableQuote {
  v1::Quote quote;
  std::string case_etag;
  std::string siren;
  std::string region;
  std::string payee;                                      // as expert
  v1::AidRegime de_minimis = v1::AID_REGIME_UNSPECIFIED;  // unspecified: it is no de minimis aid
};

class FundingStore : area::Store {
 public:
  using Store::Store;

  absl::StatusOr<v1::Funder> CreateFunder(const rpc::CallContext& call,
                                          const v1::CreateFunderRequest& request) const;
  absl::StatusOr<v1::ListFundersResponse> ListFunders(const rpc::CallContext& call) const;
  absl::StatusOr<v1::Envelope> CreateEnvelope(const rpc::CallContext& call,
                                              const v1::CreateEnvelopeRequest& request) const;
  // `funder` empty: every funder's.
  absl::StatusOr<v1::ListEnvelopesResponse> ListEnvelopes(const rpc::CallContext& call,
                                                          const std::string& funder) const;
  absl::StatusOr<v1::ChangeEnvelopeResponse> ChangeEnvelope(const rpc::CallContext& call,
                                                            const v1::ChangeEnvelopeRequest& request) const;
  // `only_funder`: empty, or the one funder whose envelopes the caller sees.
  absl::StatusOr<rpc::Encoded<v1::ListEnvelopeAlertsResponse>> ListAlerts(
      const rpc::CallContext& call, const v1::ListEnvelopeAlertsRequest& request,
      const std::string& only_funder) const;

  // `signed_on`: the day of the signature, asked for or supposed; it may choose the rulebook. Refusals:
  // CASE_NOT_FOUND.
  absl::StatusOr<CaseTerms> ReadCaseTerms(const rpc::CallContext& call, int64_t case_id,
                                          const std::string& signed_on = {}) const;
  // What the quote would reserve of each funder, and what is left there.
  absl::Status ReadNeeds(const rpc::CallContext& call, const SignableQuote& signable,
                         const std::string& signed_on,
                         google::protobuf::RepeatedPtrField<v1::EnvelopeNeed>* needs) const;
  absl::StatusOr<v1::Agreement> Sign(const rpc::CallContext& call, const v1::SignAgreementRequest& request,
                                     const SignableQuote& signable) const;
  // The agreement that this very request signed or amended before; none when it is new. Refusals:
  // REQUEST_ID_REUSED.
  absl::StatusOr<std::optional<v1::Agreement>> FindSigned(const rpc::CallContext& call) const;
  // `version` 0: the one in force. `only_siren`: empty, or the one company whose agreement the caller sees.
  // Refusals: AGREEMENT_NOT_FOUND, NOT_ALLOWED.
  absl::StatusOr<v1::Agreement> ReadAgreement(const rpc::CallContext& call, int64_t case_id, int version,
                                              const std::string& only_siren) const;

  absl::StatusOr<v1::ChargeHalfDaysResponse> Charge(const rpc::CallContext& call,
                                                    const v1::ChargeHalfDaysRequest& request) const;
  absl::StatusOr<v1::ReverseChargeResponse> Reverse(const rpc::CallContext& call,
                                                    const v1::ReverseChargeRequest& request) const;
  absl::StatusOr<v1::RecordPaymentResponse> RecordPayment(const rpc::CallContext& call,
                                                          const v1::RecordPaymentRequest& request) const;

  // `only_funder`: empty, or the one funder whose entries the caller sees.
  absl::StatusOr<rpc::Encoded<v1::ListLedgerEntriesResponse>> ListLedger(
      const rpc::CallContext& call, const v1::ListLedgerEntriesRequest& request,
      const std::string& only_funder) const;
  absl::Status ExportLedger(const rpc::CallContext& call, const v1::LedgerFilter& filter,
                            const std::string& only_funder,
                            const rpc::Sender<v1::ExportLedgerResponse>& send) const;
  // Sends what was posted since the request's cursor; returns the next one.
  absl::StatusOr<std::string> ExportChanges(const rpc::CallContext& call,
                                            const v1::ExportLedgerChangesRequest& request,
                                            const std::string& only_funder,
                                            const rpc::Sender<v1::ExportLedgerChangesResponse>& send) const;

  absl::StatusOr<v1::ClosePeriodResponse> ClosePeriod(const rpc::CallContext& call,
                                                      const v1::ClosePeriodRequest& request) const;
  absl::StatusOr<rpc::Encoded<v1::ListPeriodsResponse>> ListPeriods(
      const rpc::CallContext& call, const v1::ListPeriodsRequest& request) const;
  // Refusals: PERIOD_NOT_FOUND.
  absl::StatusOr<v1::GetPeriodResponse> GetPeriod(const rpc::CallContext& call,
                                                  const v1::GetPeriodRequest& request) const;

 private:
  // A version of a programme's rulebook that is known to be published.
  absl::StatusOr<std::shared_ptr<const programme::v1::Rulebook>> ReadRulebook(const rpc::CallContext& call,
                                                                              const std::string& programme,
                                                                              int64_t version) const;

  // A published version never changes, and quotes are asked for far more often than one is published.
  mutable std::mutex rulebooks_mutex_;
  mutable std::map<std::pair<std::string, int64_t>, std::shared_ptr<const programme::v1::Rulebook>>
      rulebooks_;
};

// Folds what was posted into the rollup that summaries start from; true when there may be more to fold at
// once.
absl::StatusOr<bool> FoldSummary(storage::Database* database, const Limits& limits);

}  // namespace jalon::funding

#endif  // JALON_FUNDING_FUNDING_STORE_H_
