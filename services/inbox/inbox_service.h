#ifndef JALON_INBOX_INBOX_SERVICE_H_
#define JALON_INBOX_INBOX_SERVICE_H_

#include "area/area.h"
#include "inbox/inbox_store.h"
#include "rpc/service.h"

namespace jalon::inbox {

// What next: the handlers of jalon.inbox.v1.InboxService.
class InboxService final : public rpc::Service {
 public:
  explicit InboxService(storage::Database* database);

 private:
  absl::StatusOr<v1::ListInboxResponse> ListInbox(rpc::CallContext& call,
                                                  const v1::ListInboxRequest& request);
  absl::StatusOr<v1::SetSubscriptionResponse> SetSubscription(rpc::CallContext& call,
                                                              const v1::SetSubscriptionRequest& request);

  InboxStore store_;
};

area::Area InboxArea();

}  // namespace jalon::inbox

#endif  // JALON_INBOX_INBOX_SERVICE_H_
