#include "rpc/health.h"

#include "base/refusal.h"

namespace jalon::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// How late the end of a watcher's call may be noticed.
constexpr auto kLeaveInterval = std::chrono::milliseconds(500);

HealthCheckResponse StatusIs(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  return response;
}

HealthCheckResponse::ServingStatus StatusOf(bool serving) {
  return serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

}  // namespace

Health::Health() : Service(HealthCheckRequest::descriptor()->file()->service(0)) {
  Unary<HealthCheckRequest, HealthCheckResponse>(
      "Check", [this](auto&, const auto& request) { return Check(request.service()); });
  Stream<HealthCheckRequest, HealthCheckResponse>("Watch",
                                                  [this](auto& call, const auto& request, const auto& send) {
                                                    return Watch(call, request.service(), send);
                                                  });
}

void Health::Set(const std::string& service, bool serving) {
  {
    const std::lock_guard lock(mutex_);
    serving_[service] = serving;
  }
  changed_.notify_all();
}

void Health::Stop() {
  {
    const std::lock_guard lock(mutex_);
    for (auto& [service, serving] : serving_) serving = false;
    stopped_ = true;
  }
  changed_.notify_all();
}

absl::StatusOr<HealthCheckResponse> Health::Check(const std::string& service) const {
  const std::lock_guard lock(mutex_);
  const auto found = serving_.find(service);
  if (found == serving_.end()) return Refuse(common::v1::REASON_SERVICE_UNKNOWN, {{"service", service}});
  return StatusIs(StatusOf(found->second));
}

absl::Status Health::Watch(const CallContext& call, const std::string& service,
                           const Sender<HealthCheckResponse>& send) {
  auto told = HealthCheckResponse::UNKNOWN;
  std::unique_lock lock(mutex_);
  while (!call.limits.cancelled.cancelled()) {
    const auto found = serving_.find(service);
    const auto now = found == serving_.end() ? HealthCheckResponse::SERVICE_UNKNOWN : StatusOf(found->second);
    if (now != told) {
      lock.unlock();
      if (!send(StatusIs(now))) break;
      told = now;
      lock.lock();
      continue;  // it may have changed meanwhile
    }
    if (stopped_) return Refuse(common::v1::REASON_SERVICE_STOPPING);
    changed_.wait_for(lock, kLeaveInterval);
  }
  return Refuse(common::v1::REASON_CALL_CANCELLED);
}

}  // namespace jalon::rpc
