#ifndef JALON_RPC_SERVICE_H_
#define JALON_RPC_SERVICE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "rpc/call_context.h"

namespace jalon::rpc {

using google::protobuf::Message;

// One of the commands that travel together.
struct Traveller {
  CallContext* call;
  const Message* request;
  absl::StatusOr<std::unique_ptr<Message>> reply;
};

// A handler of one method, its types erased.
struct Method {
  using Unary = std::function<absl::StatusOr<std::unique_ptr<Message>>(CallContext&, const Message&)>;
  using Batch = std::function<void(std::span<Traveller>)>;
  // Sends messages with `send`, which is false once the caller left.
  using Send = std::function<bool(const Message&)>;
  using Stream = std::function<absl::Status(CallContext&, const Message&, const Send&)>;

  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  const Message* request_prototype = nullptr;
  uint32_t roles = 0;  // who may call, from the contract
  // One of these is set.
  Unary unary;
  Batch batch;
  Stream stream;
  size_t batch_limit = 0;  // commands that travel together at the most
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
  // Registers `absl::StatusOr<Response> handler(CallContext&, const Request&)`.
  template <class Request, class Response, class Handler>
  void Unary(std::string_view method, Handler handler) {
    Slot<Request, Response>(method).unary =
        [handler](CallContext& call, const Message& request) -> absl::StatusOr<std::unique_ptr<Message>> {
      absl::StatusOr<Response> response = handler(call, static_cast<const Request&>(request));
      if (!response.ok()) return std::move(response).status();
      return std::make_unique<Response>(*std::move(response));
    };
  }

  // Registers `void handler(std::span<Traveller>)`: commands that wait together are handed over together.
  template <class Request, class Response>
  void Batched(std::string_view method, size_t limit, Method::Batch handler) {
    Method& slot = Slot<Request, Response>(method);
    slot.batch = std::move(handler);
    slot.batch_limit = limit;
  }

  // Registers `absl::Status handler(CallContext&, const Request&, const std::function<bool(const Response&)>&
  // send)`.
  template <class Request, class Response, class Handler>
  void Stream(std::string_view method, Handler handler) {
    Slot<Request, Response>(method).stream = [handler](CallContext& call, const Message& request,
                                                       const Method::Send& send) {
      return handler(call, static_cast<const Request&>(request),
                     [&](const Response& message) { return send(message); });
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
