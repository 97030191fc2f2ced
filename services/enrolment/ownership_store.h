#ifndef JALON_ENROLMENT_OWNERSHIP_STORE_H_
#define JALON_ENROLMENT_OWNERSHIP_STORE_H_

#include <optional>
#include <string>

#include "area/store.h"
#include "enrolment/ownership.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"

namespace jalon::enrolment {

// What is known around a company at one moment.
struct OwnershipFile {
  Ownership ownership;
  std::string etag;          // changes with anything of it
  std::string company_name;  // empty: the company is not in the register
};

// Links and accounts.
class OwnershipStore : area::Store {
 public:
  using Store::Store;

  absl::StatusOr<v1::Link> DeclareLink(const rpc::CallContext& call,
                                       const v1::DeclareLinkRequest& request) const;
  absl::StatusOr<v1::Link> EndLink(const rpc::CallContext& call, const v1::EndLinkRequest& request) const;
  absl::StatusOr<rpc::Encoded<v1::ListLinksResponse>> ListLinks(const rpc::CallContext& call,
                                                                const v1::ListLinksRequest& request) const;
  absl::StatusOr<v1::Accounts> AddAccounts(const rpc::CallContext& call,
                                           const v1::AddAccountsRequest& request) const;
  absl::StatusOr<rpc::Encoded<v1::ListAccountsResponse>> ListAccounts(
      const rpc::CallContext& call, const v1::ListAccountsRequest& request) const;

  absl::StatusOr<OwnershipFile> ReadAround(const rpc::CallContext& call, const std::string& siren) const;
  // What an admission froze. Refusals, in order: CASE_NOT_FOUND, CASE_NOT_ADMITTED.
  absl::StatusOr<v1::CompanyAssessment> ReadAssessment(const rpc::CallContext& call, int64_t case_id) const;
};

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_OWNERSHIP_STORE_H_
