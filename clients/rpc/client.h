#ifndef JALON_CLIENTS_RPC_CLIENT_H_
#define JALON_CLIENTS_RPC_CLIENT_H_

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

// Calls to Jalon's services. No generated stub is compiled: a request's descriptor names its service, and the
// service names its area, so that one small class serves every contract. gRPC's headers stay inside
// client.cc.
namespace jalon {

struct ClientConfig {
  // "unix:/run/jalon/jalond.sock" or "host:port", for every area without an address of its own below.
  std::string server;
  // By area, as calendar.
  std::map<std::string, std::string> area_servers;
  std::string token;
  std::string language = "fr";
  // PEM file of the authorities to trust. Set: TLS; empty: plain text.
  std::string tls_ca;
  // Connections of this client's own, not shared with another Client of the same process.
  bool own_connections = false;
};

struct CallOptions {
  // For the whole call, tries included; 0: none.
  std::chrono::milliseconds deadline{10'000};
  // After the first try, inside the deadline.
  int max_retries = 5;
  // In place of ClientConfig::token.
  std::string token;
};

inline CallOptions NoDeadline() {
  CallOptions options;
  options.deadline = std::chrono::milliseconds(0);
  return options;
}

// Messages of a server-streaming call, one by one. For one thread, except Cancel.
class MessageStream {
 public:
  virtual ~MessageStream() = default;
  // False at the end, well or not: ask Finish.
  virtual bool Read(google::protobuf::Message* message) = 0;
  virtual absl::Status Finish() = 0;
  virtual void Cancel() = 0;
};

// Safe from many threads at once.
class Client {
 public:
  explicit Client(ClientConfig config);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // `method` as "CalendarService.RecordHalfDays".
  template <class Response, class Request>
  absl::StatusOr<Response> Call(std::string_view method, const Request& request,
                                const CallOptions& options = {}) {
    Response response;
    if (absl::Status status = CallMessage(method, request, &response, options); !status.ok()) return status;
    return response;
  }

  // What Call does, where the types are only known at run time.
  absl::Status CallMessage(std::string_view method, const google::protobuf::Message& request,
                           google::protobuf::Message* response, const CallOptions& options = {});

  // A stream has no deadline unless one is given, and is not resumed by itself.
  std::unique_ptr<MessageStream> Stream(std::string_view method, const google::protobuf::Message& request,
                                        const CallOptions& options = NoDeadline());

  // A method outside Jalon's contracts, as "/grpc.health.v1.Health/Check", at the server of an area. Not
  // retried.
  absl::Status CallPath(const std::string& area, const std::string& path,
                        const google::protobuf::Message& request, google::protobuf::Message* response,
                        const CallOptions& options = {});

  // Where the calls of an area go; empty when no address is known.
  const std::string& AddressOf(const std::string& area) const;

 private:
  friend class Pipeline;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Many calls under way at once from one thread, with the retries of Client::Call: for imports and for load.
// Answers are handled on the calling thread, inside Await and Drain, and may start further calls.
class Pipeline {
 public:
  Pipeline(Client& client, int max_in_flight);
  ~Pipeline();  // waits for what is under way
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  template <class Response, class Request>
  void Call(std::string_view method, Request request, std::function<void(absl::StatusOr<Response>)> done,
            const CallOptions& options = {}) {
    auto response = std::make_unique<Response>();
    Response* const answer = response.get();
    Start(
        method, std::make_unique<Request>(std::move(request)), std::move(response),
        [done = std::move(done), answer](absl::Status status) {
          if (status.ok()) {
            done(std::move(*answer));
          } else {
            done(std::move(status));
          }
        },
        options);
  }

  // Handles answers until at most `outstanding` calls wait for theirs.
  void Await(size_t outstanding);
  void Drain() { Await(0); }
  // Handles the answers that are there and returns at once.
  void Poll();

 private:
  void Start(std::string_view method, std::unique_ptr<google::protobuf::Message> request,
             std::unique_ptr<google::protobuf::Message> response, std::function<void(absl::Status)> done,
             const CallOptions& options);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jalon

#endif  // JALON_CLIENTS_RPC_CLIENT_H_
