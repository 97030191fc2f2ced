#include "area/store.h"

namespace jalon::area {

absl::StatusOr<storage::Rows> Store::Command(const rpc::CallContext& call,
                                             const storage::Statement& statement,
                                             const storage::Params& params) const {
  return database_->Run(call.limits, statement, CommandParams(call, params));
}

absl::StatusOr<storage::Rows> Store::CommandInVain(const rpc::CallContext& call,
                                                   const storage::Statement& statement,
                                                   const storage::Params& params) const {
  return database_->RunInVain(call.limits, statement, CommandParams(call, params));
}

storage::Params Store::CommandParams(const rpc::CallContext& call, const storage::Params& params) {
  storage::Params all;
  all.Text(call.request_id).Bytes(call.request_hash).Text(call.method).Text(call.principal.name);
  all.Append(params);
  return all;
}

storage::Params Store::PageParams(const rpc::Page& page, const storage::Params& filter) {
  storage::Params all;
  all.TextOrNull(page.after).Int(page.size + 1);
  all.Append(filter);
  return all;
}

absl::StatusOr<std::string> Store::PageSecret(const Limits& limits) const {
  static constexpr storage::Statement kKey{"page_key", "SELECT encode(common.page_key(), 'hex') AS key"};
  {
    const std::lock_guard lock(mutex_);
    if (!page_secret_.empty()) return page_secret_;
  }
  // Not under the lock, which would make callers wait past their deadlines: several may read the same key.
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(limits, kKey, {}));
  const std::lock_guard lock(mutex_);
  return page_secret_ = rows.Text(0, "key");
}

}  // namespace jalon::area
