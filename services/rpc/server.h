#ifndef JALON_RPC_SERVER_H_
#define JALON_RPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rpc/dispatcher.h"
#include "rpc/health.h"

namespace jalon::rpc {

// The largest message read off the wire. One beyond rpc::kMaxRequestBytes is refused with its reason; one
// beyond this, by gRPC before anybody sees it.
inline constexpr int kMaxReceivedBytes = 16 << 20;

struct ServerOptions {
  std::vector<std::string> listen;  // unix:/path or host:port
  std::string tls_certificate;      // PEM files; empty: no TLS
  std::string tls_key;
  TransportKind transport = TransportKind::kCompletionQueue;
  int completion_queues = 1;
  bool reflection = false;
};

// The gRPC server of a process: the services of its areas behind one dispatcher, and grpc.health.v1 beside
// them.
class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       std::vector<const Service*> services,
                                                       Dispatcher* dispatcher);
  ~Server();

  Health& health() { return health_; }
  // Takes no new calls, lets those under way end within the grace, then cuts them.
  void Drain(std::chrono::milliseconds grace);

 private:
  explicit Server(Dispatcher* dispatcher);

  Health health_;
  std::unique_ptr<Transport> transport_;
  Dispatcher* dispatcher_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace jalon::rpc

#endif  // JALON_RPC_SERVER_H_
