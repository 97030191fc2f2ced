#ifndef JALON_ASSIGNMENT_CONTACT_STORE_H_
#define JALON_ASSIGNMENT_CONTACT_STORE_H_

#include "area/store.h"
#include "jalon/assignment/v1/assignment_service.pb.h"

namespace jalon::assignment {

// Where consultants are written to. Personal data, in a table of its own.
class ContactStore : area::Store {
 public:
  using Store::Store;

  // Refusals: INVALID_REQUEST, CONSULTANT_NOT_FOUND.
  absl::StatusOr<v1::SetConsultantContactResponse> Set(const rpc::CallContext& call,
                                                       const v1::SetConsultantContactRequest& request) const;
  absl::StatusOr<v1::GetConsultantContactResponse> Get(const rpc::CallContext& call,
                                                       int64_t consultant_id) const;
  absl::StatusOr<v1::EraseConsultantContactResponse> Erase(const rpc::CallContext& call,
                                                           int64_t consultant_id) const;
};

}  // namespace jalon::assignment

#endif  // JALON_ASSIGNMENT_CONTACT_STORE_H_
