#ifndef JALON_RPC_ENCODED_H_
#define JALON_RPC_ENCODED_H_

#include <string>
#include <utility>

namespace jalon::rpc {

// A response of this type in its wire form: for handlers that pass on rows as the database gave them.
template <class Response>
struct Encoded {
  std::string wire;
};

template <class Response>
std::string WireOf(const Response& response) {
  return response.SerializeAsString();
}
template <class Response>
std::string WireOf(Encoded<Response>&& response) {
  return std::move(response.wire);
}

}  // namespace jalon::rpc

#endif  // JALON_RPC_ENCODED_H_
