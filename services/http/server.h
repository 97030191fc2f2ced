#ifndef JALON_HTTP_SERVER_H_
#define JALON_HTTP_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "http/exchange.h"

namespace jalon::http {

inline constexpr size_t kMaxBodyBytes = 512 << 10;
inline constexpr size_t kMaxPathBytes = 200;
inline constexpr int kThreads = 8;
// Connections that wait for a thread; more stay in the kernel's queue.
inline constexpr size_t kMaxWaiting = 64;
// Of one address.
inline constexpr int kMaxRequestsAMinute = 600;
inline constexpr int kMaxWrongTokensAMinute = 20;
// How long a request may take to arrive between two of its bytes, to be answered, and to be taken.
inline constexpr int kTimeoutSeconds = 5;

// The HTTP server of a process. It belongs behind a reverse proxy that speaks TLS; an address that such a
// proxy on the same machine tells (X-Forwarded-For, its last) stands for the proxy's own. It writes no path,
// which may hold a token, into any log.
class Server {
 public:
  // Takes an address, as 127.0.0.1:8080; port 0 takes a free one.
  static absl::StatusOr<std::unique_ptr<Server>> Bind(const std::string& address);
  ~Server();

  // Where it listens, with its port.
  const std::string& address() const { return address_; }
  // Answers from now on.
  void Serve(std::vector<Route> routes);
  // Takes no new connections and lets the requests under way end.
  void Stop();

 private:
  class Impl;
  Server();

  std::string address_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jalon::http

#endif  // JALON_HTTP_SERVER_H_
