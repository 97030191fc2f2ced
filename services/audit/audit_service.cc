#include "audit/audit_service.h"

#include <charconv>
#include <thread>

#include "audit/laws.h"
#include "base/refusal.h"

namespace jalon::audit {
namespace {

using rpc::CallContext;
using namespace std::chrono_literals;

// How soon a watcher hears of an event that has its place in the chain.
constexpr auto kWatchInterval = 200ms;
constexpr int kWatchBatch = 500;

absl::StatusOr<int64_t> ReadCursor(const CallContext& call, const std::string& cursor) {
  int64_t place = 0;
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), place);
  if (error == std::errc() && end == cursor.data() + cursor.size() && place >= 0) return place;
  return RefuseInvalid(
      {{"cursor", "ce n’est pas un curseur donné par ce service", "this service gave no such cursor"}},
      call.language);
}

}  // namespace

AuditService::AuditService(storage::Database* database)
    : rpc::Service(v1::ListEventsRequest::descriptor()->file()->service(0)), store_(database) {
  using namespace v1;
  Unary<ListEventsRequest, ListEventsResponse>("ListEvents",
                                               [this](auto& c, const auto& r) { return store_.List(c, r); });
  Stream<WatchEventsRequest, WatchEventsResponse>(
      "WatchEvents", [this](auto& c, const auto& r, const auto& send) { return WatchEvents(c, r, send); });
  Stream<VerifyLawsRequest, VerifyLawsResponse>(
      "VerifyLaws", [this](auto& c, const auto&, const auto& send) { return VerifyLaws(c, send); });
}

absl::Status AuditService::WatchEvents(CallContext& call, const v1::WatchEventsRequest& request,
                                       const rpc::Sender<v1::WatchEventsResponse>& send) {
  int64_t place = 0;
  if (request.cursor().empty()) {
    ASSIGN_OR_RETURN(place, store_.ChainEnd(call));
  } else {
    ASSIGN_OR_RETURN(place, ReadCursor(call, request.cursor()));
  }
  while (!call.stopping.cancelled() && !call.limits.cancelled.cancelled() &&
         std::chrono::system_clock::now() < call.limits.deadline) {
    ASSIGN_OR_RETURN(const Stretch stretch, store_.ReadAfter(call, place, request.filter(), kWatchBatch));
    for (const v1::Event& event : stretch.events) {
      v1::WatchEventsResponse response;
      *response.mutable_event() = event;
      if (!send(response)) return absl::OkStatus();
    }
    place = stretch.last_place;
    if (!stretch.full) std::this_thread::sleep_for(kWatchInterval);
  }
  if (call.stopping.cancelled()) return Refuse(common::v1::REASON_SERVICE_STOPPING);
  return Refuse(call.limits.cancelled.cancelled() ? common::v1::REASON_CALL_CANCELLED
                                                  : common::v1::REASON_DEADLINE_PASSED);
}

absl::Status AuditService::VerifyLaws(CallContext& call, const rpc::Sender<v1::VerifyLawsResponse>& send) {
  ASSIGN_OR_RETURN(const std::vector<LawCheck> checks, store_.CheckLaws(call));
  for (const Law& law : kLaws) {
    v1::VerifyLawsResponse response;
    response.set_law(law.number);
    response.set_title_fr(law.fr);
    response.set_title_en(law.en);
    for (const LawCheck& check : checks) {
      if (check.law != law.number) continue;
      response.set_checked(check.checked);
      response.set_breaches(check.breaches);
      response.set_sample(check.sample);
    }
    if (!send(response)) return absl::OkStatus();
  }
  return absl::OkStatus();
}

area::Area AuditArea() {
  return {
      .name = "audit",
      .make_service =
          [](const area::Surroundings& around) { return std::make_unique<AuditService>(around.database); },
      .make_chores = [](const area::Surroundings& around) -> std::vector<area::Chore> {
        return {{.name = "extend the chain",
                 .every = 250ms,
                 .run = [database = around.database](const Limits& limits) {
                   return ExtendChain(database, limits);
                 }}};
      }};
}

}  // namespace jalon::audit
