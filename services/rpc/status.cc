#include "rpc/status.h"

#include "absl/strings/cord.h"
#include "base/log.h"
#include "base/refusal.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace jalon::rpc {
namespace {

// How long a caller whom a full queue turned away should wait.
constexpr int kRetryAfterMs = 100;

absl::Status WithReason(const absl::Status& status, const CallContext& call) {
  const Reason reason = ReasonOf(status);
  if (reason != common::v1::REASON_UNSPECIFIED && reason != common::v1::REASON_INTERNAL) return status;
  if (reason == common::v1::REASON_UNSPECIFIED)
    Log(Severity::kError, "a handler failed without a reason",
        {{"method", call.method}, {"error", status.ToString()}});
  return Refuse(common::v1::REASON_INTERNAL, {{"trace", call.trace_id}});
}

template <class Detail>
void Attach(google::rpc::Status* status, const Detail& detail) {
  status->add_details()->PackFrom(detail);
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& given, const CallContext& call) {
  if (given.ok()) return grpc::Status::OK;
  const absl::Status status = WithReason(given, call);
  const Reason reason = ReasonOf(status);
  const std::string sentence = Sentence(reason, MetadataOf(status), call.language);

  google::rpc::Status rich;
  rich.set_code(static_cast<int>(status.code()));
  rich.set_message(sentence);
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    auto* detail = rich.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  google::rpc::LocalizedMessage localized;
  localized.set_locale(call.language == Language::kFrench ? "fr" : "en");
  localized.set_message(sentence);
  Attach(&rich, localized);
  if (reason == common::v1::REASON_OVERLOADED) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_nanos(kRetryAfterMs * 1000000);
    Attach(&rich, retry);
  }
  return {static_cast<grpc::StatusCode>(status.code()), sentence, rich.SerializeAsString()};
}

}  // namespace jalon::rpc
