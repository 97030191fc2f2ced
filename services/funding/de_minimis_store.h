#ifndef JALON_FUNDING_DE_MINIMIS_STORE_H_
#define JALON_FUNDING_DE_MINIMIS_STORE_H_

#include <string>

#include "area/store.h"
#include "jalon/funding/v1/de_minimis.pb.h"

namespace jalon::funding {

// De minimis aid: what counts, and what the national register must have.
class DeMinimisStore : area::Store {
 public:
  using Store::Store;

  // Refusals: COMPANY_NOT_FOUND.
  absl::StatusOr<v1::DeMinimisHeadroom> Headroom(const rpc::CallContext& call, const std::string& siren,
                                                 const std::string& on, v1::AidRegime regime) const;
  // `only_siren`: the company that the caller speaks for; empty: any.
  // Refusals, in order: AGREEMENT_NOT_FOUND, NOT_ALLOWED, AID_NOT_FOUND.
  absl::StatusOr<v1::DeMinimisAttestation> Attest(const rpc::CallContext& call, int64_t case_id,
                                                  const std::string& only_siren) const;
  absl::StatusOr<v1::DeclareAidResponse> Declare(const rpc::CallContext& call,
                                                 const v1::DeclareAidRequest& request) const;
  absl::StatusOr<v1::ConfirmAidResponse> Confirm(const rpc::CallContext& call,
                                                 const v1::ConfirmAidRequest& request) const;
  absl::StatusOr<rpc::Encoded<v1::ListRegisterEntriesResponse>> ListRegister(
      const rpc::CallContext& call, const v1::ListRegisterEntriesRequest& request) const;
  absl::StatusOr<v1::ConfirmRegisteredResponse> ConfirmRegistered(
      const rpc::CallContext& call, const v1::ConfirmRegisteredRequest& request) const;
};

}  // namespace jalon::funding

#endif  // JALON_FUNDING_DE_MINIMIS_STORE_H_
