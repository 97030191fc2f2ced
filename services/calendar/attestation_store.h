#ifndef JALON_CALENDAR_ATTESTATION_STORE_H_
#define JALON_CALENDAR_ATTESTATION_STORE_H_

#include <string_view>

#include "area/store.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

namespace jalon::calendar {

// Where the links are kept by which companies attest, by the digests of their tokens; and the attesting.
class AttestationStore : area::Store {
 public:
  using Store::Store;

  // Refusals: SHEET_NOT_FOUND, NOTHING_TO_ATTEST.
  // Without the address and the code, which are the caller's.
  absl::StatusOr<v1::CreateAttestationLinkResponse> Create(const rpc::CallContext& call,
                                                           const v1::CreateAttestationLinkRequest& request,
                                                           std::string_view token,
                                                           std::string_view code) const;
  absl::StatusOr<rpc::Encoded<v1::ListAttestationLinksResponse>> List(
      const rpc::CallContext& call, const v1::ListAttestationLinksRequest& request) const;
  absl::StatusOr<v1::RevokeAttestationLinkResponse> Revoke(
      const rpc::CallContext& call, const v1::RevokeAttestationLinkRequest& request) const;

  // Refusals: LINK_INVALID, LINK_EXPIRED.
  absl::StatusOr<v1::OpenAttestationResponse> Open(const Limits& limits, std::string_view token) const;
  // Refusals: INVALID_REQUEST where nothing is said or something twice, LINK_INVALID, LINK_USED,
  // LINK_EXPIRED, HALF_DAY_NOT_FOUND, HALF_DAY_STATE.
  absl::StatusOr<v1::AttestByLinkResponse> AttestByLink(const rpc::CallContext& call,
                                                        const v1::AttestByLinkRequest& request) const;
  // The same, with LINK_REVOKED before LINK_USED, and CODE_LOCKED and CODE_WRONG after LINK_EXPIRED.
  absl::StatusOr<v1::AttestByCodeResponse> AttestByCode(const rpc::CallContext& call,
                                                        const v1::AttestByCodeRequest& request) const;
};

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_ATTESTATION_STORE_H_
