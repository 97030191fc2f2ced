#ifndef JALON_FUNDING_AGREEMENT_STORE_H_
#define JALON_FUNDING_AGREEMENT_STORE_H_

#include <memory>
#include <string>

#include "area/store.h"
#include "jalon/funding/v1/funding_service.pb.h"
#include "jalon/programme/v1/rulebook.pb.h"

namespace jalon::funding {

// What an amendment is reckoned from: the terms in force, with the facts that the signature froze.
struct SignedTerms {
  int version = 0;
  v1::Quote quote;
  std::shared_ptr<const programme::v1::Rulebook> rulebook;
};

// An amended quote, and what the database must still find to sign it.
struct Amendment {
  v1::Quote quote;
  std::string case_etag;
  int version = 0;  // that it amends
};

// The life of an agreement after its signature.
class AgreementStore : area::Store {
 public:
  using Store::Store;

  // Refusals: AGREEMENT_NOT_FOUND.
  absl::StatusOr<SignedTerms> ReadSigned(const rpc::CallContext& call, int64_t case_id) const;
  absl::StatusOr<v1::Agreement> Amend(const rpc::CallContext& call, const v1::AmendAgreementRequest& request,
                                      const Amendment& amendment) const;
  // `today`: the civil day in France.
  absl::StatusOr<v1::ReleaseAgreementResponse> Release(const rpc::CallContext& call,
                                                       const v1::ReleaseAgreementRequest& request,
                                                       const std::string& today) const;
};

// Releases agreements of withdrawn cases; true when there may be more at once.
absl::StatusOr<bool> ReleaseWithdrawn(storage::Database* database, const Limits& limits);

}  // namespace jalon::funding

#endif  // JALON_FUNDING_AGREEMENT_STORE_H_
