#ifndef JALON_RPC_SERVICE_H_
#define JALON_RPC_SERVICE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/refusal.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "rpc/call_context.h"
#include "rpc/encoded.h"

namespace jalon::rpc {

using google::protobuf::Message;

// A response in its wire form, or why there is none.
using Reply = absl::StatusOr<std::string>;

// One of the commands that travel together.
struct Traveller {
  CallContext* call;
  const Message* request;
  Reply reply;
};

// A handler of one method, its types erased.
struct Method {
  using Unary = std::function<Reply(CallContext&, const Message&)>;
  using Batch = std::function<void(std::span<Traveller>)>;
  // Sends responses with `send`, which is false once the caller left.
  using Send = std::function<bool(const std::string& wire)>;
  using Stream = std::function<absl::Status(CallContext&, const Message&, const Send&)>;
  using Check = std::function<void(const CallContext&, const Message&, std::vector<Violation>*)>;

  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  const Message* request_prototype = nullptr;
  // Who may call, from the contract.
  uint32_t roles = 0;
  bool anyone = false;
  // What the rules of the fields cannot say; may be empty.
  Check check;
  // One of these is set.
  Unary unary;
  Batch batch;
  Stream stream;
  size_t batch_limit = 0;  // commands that travel together at the most
};

// Takes a response of a stream, or an encoded one; false once the caller left.
template <class Response>
struct Sender {
  const Method::Send& send;
  bool operator()(const Response& response) const { return send(response.SerializeAsString()); }
  bool operator()(const Encoded<Response>& response) const { return send(response.wire); }
};

// The handlers of one service of the contract. A method without a handler, or with one of other types, ends
// the process at start: the contract is served whole or not at all.
class Service {
 public:
  explicit Service(const google::protobuf::ServiceDescriptor* descriptor);
  virtual ~Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  const google::protobuf::ServiceDescriptor* descriptor() const { return descriptor_; }
  // In the order of the contract; complete, or the process ends.
  const std::vector<Method>& methods() const;

 protected:
  // Registers `absl::StatusOr<Response> handler(CallContext&, const Request&)`, or one that answers with
  // Encoded<Response>.
  template <class Request, class Response, class Handler>
  void Unary(std::string_view method, Handler handler) {
    Slot<Request, Response>(method).unary = [handler](CallContext& call, const Message& request) -> Reply {
      auto response = handler(call, static_cast<const Request&>(request));
      static_assert(std::is_same_v<decltype(response), absl::StatusOr<Response>> ||
                    std::is_same_v<decltype(response), absl::StatusOr<Encoded<Response>>>);
      if (!response.ok()) return std::move(response).status();
      return WireOf(*std::move(response));
    };
  }

  // With `void check(const CallContext&, const Request&, std::vector<Violation>*)`, whose violations are told
  // with those of the fields' rules: so it meets fields that break them. It must not wait.
  template <class Request, class Response, class Handler, class Check>
  void Unary(std::string_view method, Handler handler, Check check) {
    Unary<Request, Response>(method, std::move(handler));
    Slot<Request, Response>(method).check = [check](const CallContext& call, const Message& request,
                                                    std::vector<Violation>* violations) {
      check(call, static_cast<const Request&>(request), violations);
    };
  }

  // Registers `void handler(std::span<Traveller>)`: commands that wait together are handed over together.
  template <class Request, class Response>
  void Batched(std::string_view method, size_t limit, Method::Batch handler) {
    Method& slot = Slot<Request, Response>(method);
    slot.batch = std::move(handler);
    slot.batch_limit = limit;
  }

  // Registers `absl::Status handler(CallContext&, const Request&, Sender<Response> send)`.
  template <class Request, class Response, class Handler>
  void Stream(std::string_view method, Handler handler) {
    Slot<Request, Response>(method).stream = [handler](CallContext& call, const Message& request,
                                                       const Method::Send& send) {
      return handler(call, static_cast<const Request&>(request), Sender<Response>{send});
    };
  }

 private:
  template <class Request, class Response>
  Method& Slot(std::string_view method) {
    return SlotOf(method, Request::default_instance(), Response::descriptor());
  }
  Method& SlotOf(std::string_view method, const Message& request,
                 const google::protobuf::Descriptor* response);

  const google::protobuf::ServiceDescriptor* descriptor_;
  std::vector<Method> methods_;
};

}  // namespace jalon::rpc

#endif  // JALON_RPC_SERVICE_H_
