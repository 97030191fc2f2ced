#ifndef JALON_RPC_PAGE_H_
#define JALON_RPC_PAGE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "rpc/call_context.h"

namespace jalon::rpc {

inline constexpr int kDefaultPageSize = 50;

// Where a page begins and how long it is.
struct Page {
  std::string after;  // key of the last row of the page before; empty: the first page
  int size;
};

// Reads page_size and page_token of a list request. A token is opaque and signed: it is good for the same
// caller and the same filter only, at whichever process knows the secret. Refusals: INVALID_REQUEST.
absl::StatusOr<Page> ReadPage(std::string_view secret, const CallContext& call,
                              const google::protobuf::Message& request);

// The token of the page after the one that ends with the row of this key.
std::string PageToken(std::string_view secret, const CallContext& call,
                      const google::protobuf::Message& request, std::string_view key);

}  // namespace jalon::rpc

#endif  // JALON_RPC_PAGE_H_
