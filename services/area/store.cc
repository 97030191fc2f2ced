#include "area/store.h"

namespace jalon::area {

absl::StatusOr<storage::Rows> Store::Command(const rpc::CallContext& call,
                                             const storage::Statement& statement,
                                             const storage::Params& params) const {
  storage::Params all;
  all.Text(call.request_id).Bytes(call.request_hash).Text(call.method).Text(call.principal.name);
  all.Append(params);
  return database_->Run(call.limits, statement, all);
}

storage::Params Store::PageParams(const rpc::Page& page, const storage::Params& filter) {
  storage::Params all;
  all.TextOrNull(page.after).Int(page.size + 1);
  all.Append(filter);
  return all;
}

}  // namespace jalon::area
