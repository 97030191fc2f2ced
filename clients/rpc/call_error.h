#ifndef JALON_CLIENTS_RPC_CALL_ERROR_H_
#define JALON_CLIENTS_RPC_CALL_ERROR_H_

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace jalon {

struct FieldViolation {
  std::string field;  // path in the request, as facts.turnover
  std::string description;
};

// A refused or failed call, as a program and a person want it.
struct CallError {
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string reason;  // a name of jalon.common.v1.Reason without its prefix; empty when the wire failed
  std::map<std::string, std::string> metadata;
  std::vector<FieldViolation> violations;
  std::string message;  // in the caller's language when the server had one
  std::optional<std::chrono::milliseconds> retry_after;
  std::string address;  // that did not answer, when the wire failed
};

// Reads back what Client put into a status; any other status gives its code and message.
CallError CallErrorOf(const absl::Status& status);

namespace internal {

// `details` is a serialised google.rpc.Status (grpc-status-details-bin), kept as a payload so that nothing of
// the answer is lost on the way; it may be empty. `address` is where the call went.
absl::Status MakeCallStatus(int grpc_code, const std::string& message, const std::string& details,
                            const std::string& address);

// How long to wait before the same bytes may go out again after `attempt` tries (from 1); none when trying
// again cannot help. Commands carry request ids, so a resend has one effect whatever became of the first try.
std::optional<std::chrono::milliseconds> RetryDelay(const absl::Status& status, int attempt);

}  // namespace internal
}  // namespace jalon

#endif  // JALON_CLIENTS_RPC_CALL_ERROR_H_
