#ifndef JALON_RPC_TOKENS_H_
#define JALON_RPC_TOKENS_H_

#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "rpc/call_context.h"

namespace jalon::rpc {

// Who a bearer token stands for, read from a file of lines
//   <token> <name> <role>[,<role>] [consultant=<number>|funder=<code>|company=<siren>]
// with # for comments. Only SHA-256 digests of the tokens stay in memory.
class Tokens {
 public:
  static absl::StatusOr<Tokens> Load(const std::string& path);

  // Refusals: TOKEN_MISSING, TOKEN_INVALID. `authorization` is the header: "Bearer <token>".
  absl::StatusOr<Principal> Authenticate(std::string_view authorization) const;

 private:
  std::unordered_map<std::string, Principal> by_digest_;
};

}  // namespace jalon::rpc

#endif  // JALON_RPC_TOKENS_H_
