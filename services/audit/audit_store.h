#ifndef JALON_AUDIT_AUDIT_STORE_H_
#define JALON_AUDIT_AUDIT_STORE_H_

#include <vector>

#include "area/store.h"
#include "jalon/audit/v1/audit_service.pb.h"

namespace jalon::audit {

// What the database found of one law.
struct LawCheck {
  int law;
  int64_t checked;
  int64_t breaches;
  std::string sample;
};

// A stretch of the chain.
struct Stretch {
  std::vector<v1::Event> events;  // those the filter wants
  int64_t last_place;
  bool full;  // there may be more behind it
};

class AuditStore : area::Store {
 public:
  using Store::Store;

  absl::StatusOr<rpc::Encoded<v1::ListEventsResponse>> List(const rpc::CallContext& call,
                                                            const v1::ListEventsRequest& request) const;
  // The place of the last event in the chain.
  absl::StatusOr<int64_t> ChainEnd(const rpc::CallContext& call) const;
  // The next `limit` events after `place`, in the order of the chain.
  absl::StatusOr<Stretch> ReadAfter(const rpc::CallContext& call, int64_t place,
                                    const v1::EventFilter& filter, int limit) const;
  absl::StatusOr<std::vector<LawCheck>> CheckLaws(const rpc::CallContext& call) const;
};

// Gives waiting events their place in the chain; true when there may be more.
absl::StatusOr<bool> ExtendChain(storage::Database* database, const Limits& limits);

}  // namespace jalon::audit

#endif  // JALON_AUDIT_AUDIT_STORE_H_
