#include "rpc/transport.h"

namespace jalon::rpc {

std::string_view TransportCall::Header(const char* name) const {
  const auto& headers = context().client_metadata();
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view()
                                : std::string_view(found->second.data(), found->second.size());
}

std::string PathOf(const google::protobuf::MethodDescriptor* method) {
  return "/" + method->service()->full_name() + "/" + method->name();
}

}  // namespace jalon::rpc
