#include "clients/rpc/call_error.h"

#include <algorithm>
#include <random>

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace jalon {
namespace {

constexpr char kDetailsUrl[] = "type.googleapis.com/google.rpc.Status";
constexpr char kAddressUrl[] = "jalon/address";

void ReadDetail(const google::protobuf::Any& detail, CallError& error) {
  if (google::rpc::ErrorInfo info; detail.Is<google::rpc::ErrorInfo>() && detail.UnpackTo(&info)) {
    error.reason = info.reason();
    error.metadata.insert(info.metadata().begin(), info.metadata().end());
  } else if (google::rpc::BadRequest bad; detail.Is<google::rpc::BadRequest>() && detail.UnpackTo(&bad)) {
    for (const auto& violation : bad.field_violations()) {
      error.violations.push_back({violation.field(), violation.description()});
    }
  } else if (google::rpc::LocalizedMessage text;
             detail.Is<google::rpc::LocalizedMessage>() && detail.UnpackTo(&text)) {
    error.message = text.message();
  } else if (google::rpc::RetryInfo retry; detail.Is<google::rpc::RetryInfo>() && detail.UnpackTo(&retry)) {
    error.retry_after = std::chrono::milliseconds(retry.retry_delay().seconds() * 1000 +
                                                  retry.retry_delay().nanos() / 1'000'000);
  }
}

bool MayTryAgain(const CallError& error) {
  switch (error.code) {
    case absl::StatusCode::kUnavailable:
      return true;
    case absl::StatusCode::kAborted:
      // A stale etag stays stale: only the caller can read the resource again.
      return error.reason != "STALE_ETAG";
    case absl::StatusCode::kResourceExhausted:
      return error.reason == "OVERLOADED";
    default:
      return false;
  }
}

}  // namespace

CallError CallErrorOf(const absl::Status& status) {
  CallError error;
  error.code = status.code();
  error.message = std::string(status.message().data(), status.message().size());
  if (const auto address = status.GetPayload(kAddressUrl)) error.address = std::string(*address);
  const auto payload = status.GetPayload(kDetailsUrl);
  google::rpc::Status details;
  if (!payload || !details.ParseFromString(std::string(*payload))) return error;
  for (const google::protobuf::Any& detail : details.details()) ReadDetail(detail, error);
  return error;
}

namespace internal {

absl::Status MakeCallStatus(int grpc_code, const std::string& message, const std::string& details,
                            const std::string& address) {
  if (grpc_code == 0) return absl::OkStatus();
  absl::Status status(static_cast<absl::StatusCode>(grpc_code), message);
  if (details.empty()) {
    status.SetPayload(kAddressUrl, absl::Cord(address));
  } else {
    status.SetPayload(kDetailsUrl, absl::Cord(details));
  }
  return status;
}

std::optional<std::chrono::milliseconds> RetryDelay(const absl::Status& status, int attempt) {
  const CallError error = CallErrorOf(status);
  if (!MayTryAgain(error)) return std::nullopt;
  thread_local std::minstd_rand jitter{std::random_device{}()};
  const double backoff_ms = 50.0 * (1 << std::clamp(attempt - 1, 0, 6));
  const double factor = std::uniform_real_distribution<double>(0.5, 1.5)(jitter);
  const auto delay = std::chrono::milliseconds(static_cast<int64_t>(backoff_ms * factor) + 1);
  return std::max(delay, error.retry_after.value_or(std::chrono::milliseconds(0)));
}

}  // namespace internal
}  // namespace jalon
