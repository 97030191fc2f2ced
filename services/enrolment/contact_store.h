#ifndef JALON_ENROLMENT_CONTACT_STORE_H_
#define JALON_ENROLMENT_CONTACT_STORE_H_

#include "enrolment/enrolment_store.h"

namespace jalon::enrolment {

// Whom companies are reached by. Personal data, in a table of its own.
class ContactStore : area::Store {
 public:
  using Store::Store;

  // Refusals: NOT_ALLOWED, INVALID_REQUEST, COMPANY_NOT_FOUND.
  absl::StatusOr<v1::SetContactResponse> Set(const rpc::CallContext& call,
                                             const v1::SetContactRequest& request, const Scope& scope) const;
  // Refusals: NOT_ALLOWED.
  absl::StatusOr<v1::GetContactResponse> Get(const rpc::CallContext& call, const std::string& siren,
                                             const Scope& scope) const;
  // Refusals: NOT_ALLOWED.
  absl::StatusOr<v1::EraseContactResponse> Erase(const rpc::CallContext& call, const std::string& siren,
                                                 const Scope& scope) const;
};

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_CONTACT_STORE_H_
