#ifndef JALON_RPC_TRANSPORT_H_
#define JALON_RPC_TRANSPORT_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <vector>

#include "base/deadline.h"
#include "rpc/service.h"

namespace jalon::rpc {

// A call as a transport hands it over: bytes in, bytes out. It lives until Finish.
class TransportCall {
 public:
  virtual ~TransportCall() = default;
  virtual const grpc::ByteBuffer& request() const = 0;
  // First value of a header, or empty.
  std::string_view Header(const char* name) const;
  virtual grpc::ServerContextBase& context() const = 0;
  virtual CancelToken cancelled() const = 0;
  // Of a stream: waits until the message is handed to the wire; false once the caller left.
  virtual bool Write(const grpc::ByteBuffer& message) = 0;
  // Answers, once and from any thread; the call must not be touched afterwards. A stream passes no reply.
  virtual void Finish(const grpc::Status& status, const grpc::ByteBuffer* reply) = 0;
};

// Takes a call that came in for a method; runs on a transport's thread, so it must not wait.
using Receive = std::function<void(TransportCall*, const Method&)>;

enum class TransportKind { kCompletionQueue, kCallback };

// How calls come in: gRPC's completion queues or its callbacks, behind one face, so that both can be measured
// on the same handlers (docs/decisions has the figures).
class Transport {
 public:
  virtual ~Transport() = default;
  // Before the server is built.
  virtual void Register(grpc::ServerBuilder& builder) = 0;
  // Once the server runs.
  virtual void Start() = 0;
  // Once the server is shut down.
  virtual void Stop() = 0;
};

std::unique_ptr<Transport> MakeCompletionQueueTransport(const std::vector<const Service*>& services,
                                                        Receive receive, int queues);
std::unique_ptr<Transport> MakeCallbackTransport(const std::vector<const Service*>& services,
                                                 Receive receive);

// "/jalon.calendar.v1.CalendarService/RecordHalfDays".
std::string PathOf(const google::protobuf::MethodDescriptor* method);

}  // namespace jalon::rpc

#endif  // JALON_RPC_TRANSPORT_H_
