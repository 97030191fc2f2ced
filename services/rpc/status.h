#ifndef JALON_RPC_STATUS_H_
#define JALON_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "rpc/call_context.h"

namespace jalon::rpc {

// A refusal as it travels: google.rpc.Status with ErrorInfo, BadRequest where there is one, the sentence in
// the caller's language, and for a saturated service how long to wait. What carries no reason is a defect: it
// is logged, and told as INTERNAL with the trace to quote.
grpc::Status ToGrpc(const absl::Status& status, const CallContext& call);

}  // namespace jalon::rpc

#endif  // JALON_RPC_STATUS_H_
