#include "calendar/calendar_service.h"

#include "area/today.h"

namespace jalon::calendar {
namespace {

using rpc::CallContext;

// Record commands that travel together; a statement of more gains nothing and keeps the first waiting.
constexpr size_t kMaxTravellers = 64;

// Half-days this caller sees and touches: a consultant the own, a company those of its cases.
Scope ScopeOf(const rpc::Principal& principal) {
  if (principal.SeesAll()) return {};
  return {.consultant_id = principal.consultant_id, .siren = principal.siren};
}

absl::Status AllowWriting(const rpc::Principal& principal, const Entries& entries) {
  if (principal.SeesAll()) return absl::OkStatus();
  for (const auto& entry : entries)
    if (entry.consultant_id() != principal.consultant_id) return Refuse(common::v1::REASON_NOT_ALLOWED);
  return absl::OkStatus();
}

void AppendOutcomes(const CallContext& call, const Entries& entries, const std::vector<Reason>& refusals,
                    google::protobuf::RepeatedPtrField<v1::HalfDayOutcome>* outcomes) {
  for (int i = 0; i < entries.size(); ++i) {
    auto* outcome = outcomes->Add();
    outcome->set_half_day_id(entries[i].half_day_id());
    const Reason refusal = refusals[static_cast<size_t>(i)];
    if (refusal == common::v1::REASON_UNSPECIFIED) continue;
    outcome->set_refusal(refusal);
    outcome->set_message(Sentence(refusal, {}, call.language));
  }
}

}  // namespace

CalendarService::CalendarService(storage::Database* database)
    : rpc::Service(v1::RecordHalfDaysRequest::descriptor()->file()->service(0)), store_(database) {
  using namespace v1;
  Batched<RecordHalfDaysRequest, RecordHalfDaysResponse>("RecordHalfDays", kMaxTravellers,
                                                         [this](std::span<rpc::Traveller> t) { RecordHalfDays(t); });
  Unary<PlanHalfDaysRequest, PlanHalfDaysResponse>("PlanHalfDays", [this](auto& c, const auto& r) { return PlanHalfDays(c, r); });
  Unary<AttestHalfDaysRequest, AttestHalfDaysResponse>("AttestHalfDays", [this](auto& c, const auto& r) { return AttestHalfDays(c, r); });
  Unary<ApproveHalfDaysRequest, ApproveHalfDaysResponse>("ApproveHalfDays", [this](auto& c, const auto& r) { return ApproveHalfDays(c, r); });
  Unary<CancelHalfDaysRequest, CancelHalfDaysResponse>("CancelHalfDays", [this](auto& c, const auto& r) { return CancelHalfDays(c, r); });
  Unary<ReopenHalfDaysRequest, ReopenHalfDaysResponse>("ReopenHalfDays", [this](auto& c, const auto& r) { return ReopenHalfDays(c, r); });
  Unary<ListHalfDaysRequest, ListHalfDaysResponse>(
      "ListHalfDays", [this](auto& c, const auto& r) { return store_.List(c, r, ScopeOf(c.principal)); });
  Unary<GetCaseCalendarRequest, GetCaseCalendarResponse>(
      "GetCaseCalendar", [this](auto& c, const auto& r) { return store_.ReadCase(c, r.case_id(), ScopeOf(c.principal)); });
  Stream<ExportHalfDaysRequest, ExportHalfDaysResponse>("ExportHalfDays", [this](auto& c, const auto& r, const auto& send) {
    return store_.Export(c, r.filter(), [&](const HalfDay& half_day) {
      ExportHalfDaysResponse response;
      *response.mutable_half_day() = half_day;
      return send(response);
    });
  });
}

void CalendarService::RecordHalfDays(std::span<rpc::Traveller> travellers) {
  std::vector<RecordCall> calls;
  std::vector<rpc::Traveller*> allowed;
  for (rpc::Traveller& traveller : travellers) {
    const auto& request = static_cast<const v1::RecordHalfDaysRequest&>(*traveller.request);
    if (const auto status = AllowWriting(traveller.call->principal, request.entries()); !status.ok()) {
      traveller.reply = status;
      continue;
    }
    calls.push_back({traveller.call, &request.entries()});
    allowed.push_back(&traveller);
  }
  if (calls.empty()) return;
  const auto outcomes = store_.Record(calls, area::Today());
  for (size_t i = 0; i < allowed.size(); ++i) {
    if (!outcomes.ok()) {
      allowed[i]->reply = outcomes.status();
      continue;
    }
    // A request id with other content refuses the call, not its entries.
    if ((*outcomes)[i].front() == common::v1::REASON_REQUEST_ID_REUSED) {
      allowed[i]->reply = Refuse(common::v1::REASON_REQUEST_ID_REUSED);
      continue;
    }
    auto response = std::make_unique<v1::RecordHalfDaysResponse>();
    AppendOutcomes(*calls[i].context, *calls[i].entries, (*outcomes)[i], response->mutable_outcomes());
    allowed[i]->reply = std::move(response);
  }
}

absl::StatusOr<v1::PlanHalfDaysResponse> CalendarService::PlanHalfDays(CallContext& call, const v1::PlanHalfDaysRequest& request) {
  RETURN_IF_ERROR(AllowWriting(call.principal, request.entries()));
  ASSIGN_OR_RETURN(const std::vector<Reason> refusals, store_.Plan(call, request.entries(), request.validate_only()));
  v1::PlanHalfDaysResponse response;
  AppendOutcomes(call, request.entries(), refusals, response.mutable_outcomes());
  return response;
}

absl::StatusOr<v1::AttestHalfDaysResponse> CalendarService::AttestHalfDays(CallContext& call, const v1::AttestHalfDaysRequest& request) {
  v1::AttestHalfDaysResponse response;
  RETURN_IF_ERROR(store_.Attest(call, request.half_day_ids(), ScopeOf(call.principal), response.mutable_half_days()));
  return response;
}

absl::StatusOr<v1::ApproveHalfDaysResponse> CalendarService::ApproveHalfDays(CallContext& call, const v1::ApproveHalfDaysRequest& request) {
  v1::ApproveHalfDaysResponse response;
  RETURN_IF_ERROR(store_.Approve(call, request.half_day_ids(), response.mutable_half_days()));
  return response;
}

absl::StatusOr<v1::CancelHalfDaysResponse> CalendarService::CancelHalfDays(CallContext& call, const v1::CancelHalfDaysRequest& request) {
  v1::CancelHalfDaysResponse response;
  RETURN_IF_ERROR(store_.Cancel(call, request.half_day_ids(), ScopeOf(call.principal), request.reason(), response.mutable_half_days()));
  return response;
}

absl::StatusOr<v1::ReopenHalfDaysResponse> CalendarService::ReopenHalfDays(CallContext& call, const v1::ReopenHalfDaysRequest& request) {
  v1::ReopenHalfDaysResponse response;
  RETURN_IF_ERROR(store_.Reopen(call, request.half_day_ids(), request.reason(), response.mutable_half_days()));
  return response;
}

area::Area CalendarArea() {
  return {.name = "calendar",
          .make_service = [](storage::Database* database) { return std::make_unique<CalendarService>(database); }};
}

}  // namespace jalon::calendar
