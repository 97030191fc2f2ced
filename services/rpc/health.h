#ifndef JALON_RPC_HEALTH_H_
#define JALON_RPC_HEALTH_H_

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "grpc/health/v1/health.pb.h"
#include "rpc/service.h"

namespace jalon::rpc {

// grpc.health.v1. The one that comes with gRPC is served by threads of gRPC's own, which then take part in
// waiting for every connection of the process and hand each call over once more.
class Health final : public Service {
 public:
  Health();

  // Of a service by its full name; "" is the whole process. Safe from any thread.
  void Set(const std::string& service, bool serving);
  // Everything stops serving, watchers are told, and their calls end.
  void Stop();

 private:
  using Response = grpc::health::v1::HealthCheckResponse;

  absl::StatusOr<Response> Check(const std::string& service) const;
  absl::Status Watch(const CallContext& call, const std::string& service, const Sender<Response>& send);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, bool> serving_;
  bool stopped_ = false;
};

}  // namespace jalon::rpc

#endif  // JALON_RPC_HEALTH_H_
