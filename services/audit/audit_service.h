#ifndef JALON_AUDIT_AUDIT_SERVICE_H_
#define JALON_AUDIT_AUDIT_SERVICE_H_

#include <functional>

#include "area/area.h"
#include "audit/audit_store.h"
#include "rpc/service.h"

namespace jalon::audit {

// Proof: the handlers of jalon.audit.v1.AuditService.
class AuditService final : public rpc::Service {
 public:
  explicit AuditService(storage::Database* database);

 private:
  absl::Status WatchEvents(rpc::CallContext& call, const v1::WatchEventsRequest& request,
                           const rpc::Sender<v1::WatchEventsResponse>& send);
  absl::Status VerifyLaws(rpc::CallContext& call, const rpc::Sender<v1::VerifyLawsResponse>& send);

  AuditStore store_;
};

area::Area AuditArea();

}  // namespace jalon::audit

#endif  // JALON_AUDIT_AUDIT_SERVICE_H_
