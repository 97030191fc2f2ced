#ifndef JALON_RPC_DISPATCHER_H_
#define JALON_RPC_DISPATCHER_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "rpc/executor.h"
#include "rpc/metrics.h"
#include "rpc/tokens.h"
#include "rpc/transport.h"

namespace jalon::rpc {

// The largest request that is read.
inline constexpr size_t kMaxRequestBytes = 4 << 20;

// Takes each call from its bytes to its answer: who calls, may they, is the request right, then the handler
// on the threads of its area.
class Dispatcher {
 public:
  Dispatcher(const Tokens* tokens, Metrics* metrics);
  ~Dispatcher();

  // Serves `service` on `executor`, or without one on the transport's threads: for what never waits. Both
  // outlive the dispatcher.
  void Add(const Service* service, Executor* executor);

  // Runs on a transport's thread.
  void Receive(TransportCall* transport, const Method& method);

  // Asks the streams without an end of their own to end, then waits until the last of all has.
  void StopStreams() { stopping_.Cancel(); }
  void AwaitStreams();

 private:
  class Call;
  class Lane;

  void RunUnary(std::unique_ptr<Call> call);
  void RunStream(std::unique_ptr<Call> call);
  bool EnterStream();
  void LeaveStream();

  const Tokens* tokens_;
  Metrics* metrics_;
  std::unordered_map<const google::protobuf::ServiceDescriptor*, Executor*> executors_;
  std::unordered_map<const Method*, std::unique_ptr<Lane>> lanes_;
  CancelToken stopping_;
  std::mutex mutex_;
  std::condition_variable stream_left_;
  int streams_ = 0;
};

}  // namespace jalon::rpc

#endif  // JALON_RPC_DISPATCHER_H_
