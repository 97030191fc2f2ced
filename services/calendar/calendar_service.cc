#include "calendar/calendar_service.h"

#include "base/paris.h"
#include "calendar/doors.h"
#include "calendar/sheet.h"
#include "rpc/digest.h"

namespace jalon::calendar {
namespace {

using rpc::CallContext;

// Calls that travel together; a statement of more gains nothing and keeps the first waiting.
constexpr size_t kMaxTravellers = 64;
// Entries of one statement, unless a single call brings more.
constexpr int kMaxEntries = 512;

absl::Status AllowWriting(const rpc::Principal& principal, const Entries& entries) {
  if (principal.SeesAll()) return absl::OkStatus();
  for (const auto& entry : entries)
    if (entry.consultant_id() != principal.consultant_id) return Refuse(common::v1::REASON_NOT_ALLOWED);
  return absl::OkStatus();
}

void AppendOutcomes(const CallContext& call, const Entries& entries,
                    const std::vector<EntryRefusal>& refusals,
                    google::protobuf::RepeatedPtrField<v1::HalfDayOutcome>* outcomes) {
  for (int i = 0; i < entries.size(); ++i) {
    auto* outcome = outcomes->Add();
    outcome->set_half_day_id(entries[i].half_day_id());
    EntryRefusal refusal = refusals[static_cast<size_t>(i)];
    if (refusal.reason == common::v1::REASON_UNSPECIFIED) continue;
    outcome->set_refusal(refusal.reason);
    refusal.words["state"] = "cancelled";  // of all states only this one refuses an entry
    outcome->set_message(Sentence(refusal.reason, refusal.words, call.language));
  }
}

rpc::Reply RecordReply(const RecordCall& call, const std::vector<EntryRefusal>& refusals) {
  // A request id with other content refuses the call, not its entries.
  if (refusals.front().reason == common::v1::REASON_REQUEST_ID_REUSED)
    return Refuse(common::v1::REASON_REQUEST_ID_REUSED);
  v1::RecordHalfDaysResponse response;
  AppendOutcomes(*call.context, *call.entries, refusals, response.mutable_outcomes());
  return response.SerializeAsString();
}

// All the sheets there ever were are nobody's question.
void CheckBounds(const CallContext& call, const v1::ListSheetsRequest& request,
                 std::vector<Violation>* violations) {
  const v1::SheetFilter& filter = request.filter();
  const Scope scope = ScopeOf(call.principal);
  if (filter.month().empty() && filter.case_id() == 0 && filter.consultant_id() == 0 &&
      scope.consultant_id == 0 && scope.siren.empty())
    violations->push_back({"filter.month", "à renseigner, ou un dossier, ou un consultant",
                           "required, or a case, or a consultant"});
}

}  // namespace

CalendarService::CalendarService(const area::Surroundings& around)
    : rpc::Service(v1::RecordHalfDaysRequest::descriptor()->file()->service(0)),
      store_(around.database),
      planning_(around.database),
      sheets_(around.database),
      feeds_(around.database),
      attestations_(around.database),
      public_url_(around.public_url) {
  using namespace v1;
  Batched<RecordHalfDaysRequest, RecordHalfDaysResponse>(
      "RecordHalfDays", kMaxTravellers, [this](std::span<rpc::Traveller> t) { RecordHalfDays(t); });
  Unary<PlanHalfDaysRequest, PlanHalfDaysResponse>(
      "PlanHalfDays", [this](auto& c, const auto& r) { return PlanHalfDays(c, r); });
  Unary<PlanSeriesRequest, PlanSeriesResponse>(
      "PlanSeries", [this](auto& c, const auto& r) { return planning_.PlanSeries(c, r); },
      Planning::CheckSeries);
  Unary<SuggestAlternativesRequest, SuggestAlternativesResponse>(
      "SuggestAlternatives", [this](auto& c, const auto& r) { return planning_.SuggestAlternatives(c, r); });
  Unary<JoinWaitingListRequest, JoinWaitingListResponse>(
      "JoinWaitingList", [this](auto& c, const auto& r) { return planning_.JoinWaitingList(c, r); },
      Planning::CheckWaiting);
  Unary<ListWaitingRequest, ListWaitingResponse>(
      "ListWaiting", [this](auto& c, const auto& r) { return planning_.ListWaiting(c, r); });
  Unary<LeaveWaitingListRequest, LeaveWaitingListResponse>(
      "LeaveWaitingList", [this](auto& c, const auto& r) { return planning_.LeaveWaitingList(c, r); });
  Unary<ListHolidaysRequest, ListHolidaysResponse>(
      "ListHolidays", [this](auto& c, const auto& r) { return planning_.ListHolidays(c, r); },
      Planning::CheckHolidays);
  Unary<SetSolidarityDayRequest, SetSolidarityDayResponse>(
      "SetSolidarityDay", [this](auto& c, const auto& r) { return planning_.SetSolidarityDay(c, r); });
  Unary<GetPlanningBoardRequest, GetPlanningBoardResponse>(
      "GetPlanningBoard", [this](auto& c, const auto& r) { return planning_.GetPlanningBoard(c, r); },
      Planning::CheckBoard);
  Unary<AttestHalfDaysRequest, AttestHalfDaysResponse>(
      "AttestHalfDays", [this](auto& c, const auto& r) { return AttestHalfDays(c, r); });
  Unary<ApproveHalfDaysRequest, ApproveHalfDaysResponse>(
      "ApproveHalfDays", [this](auto& c, const auto& r) { return ApproveHalfDays(c, r); });
  Unary<CancelHalfDaysRequest, CancelHalfDaysResponse>(
      "CancelHalfDays", [this](auto& c, const auto& r) { return CancelHalfDays(c, r); });
  Unary<ReopenHalfDaysRequest, ReopenHalfDaysResponse>(
      "ReopenHalfDays", [this](auto& c, const auto& r) { return ReopenHalfDays(c, r); });
  Unary<DisputeHalfDaysRequest, DisputeHalfDaysResponse>(
      "DisputeHalfDays", [this](auto& c, const auto& r) { return DisputeHalfDays(c, r); });
  Unary<RescheduleHalfDaysRequest, RescheduleHalfDaysResponse>(
      "RescheduleHalfDays", [this](auto& c, const auto& r) { return RescheduleHalfDays(c, r); });
  Unary<EditHalfDayNoteRequest, EditHalfDayNoteResponse>(
      "EditHalfDayNote", [this](auto& c, const auto& r) { return EditHalfDayNote(c, r); });
  Unary<GetHalfDayRequest, GetHalfDayResponse>("GetHalfDay", [this](auto& c, const auto& r) {
    return sheets_.GetHalfDay(c, r.half_day_id(), ScopeOf(c.principal));
  });
  Unary<ListSheetsRequest, ListSheetsResponse>(
      "ListSheets", [this](auto& c, const auto& r) { return ListSheets(c, r); }, CheckBounds);
  Unary<GetSheetRequest, GetSheetResponse>("GetSheet",
                                           [this](auto& c, const auto& r) { return ReadSheet(c, r); });
  Unary<GetSheetDocumentRequest, GetSheetDocumentResponse>(
      "GetSheetDocument", [this](auto& c, const auto& r) { return GetSheetDocument(c, r); });
  Unary<CheckSheetRequest, CheckSheetResponse>("CheckSheet",
                                               [this](auto& c, const auto& r) { return CheckSheet(c, r); });
  Unary<ApproveSheetsRequest, ApproveSheetsResponse>(
      "ApproveSheets", [this](auto& c, const auto& r) { return sheets_.Approve(c, r); });
  Unary<LockMonthRequest, LockMonthResponse>(
      "LockMonth", [this](auto& c, const auto& r) { return sheets_.Lock(c, r, Today()); });
  Unary<ListLockedMonthsRequest, ListLockedMonthsResponse>(
      "ListLockedMonths", [this](auto& c, const auto& r) { return sheets_.ListLocked(c, r); });
  Unary<ListHalfDaysRequest, ListHalfDaysResponse>(
      "ListHalfDays", [this](auto& c, const auto& r) { return store_.List(c, r, ScopeOf(c.principal)); });
  Batched<GetCaseCalendarRequest, GetCaseCalendarResponse>(
      "GetCaseCalendar", kMaxTravellers, [this](std::span<rpc::Traveller> t) { GetCaseCalendars(t); });
  Stream<ExportHalfDaysRequest, ExportHalfDaysResponse>(
      "ExportHalfDays",
      [this](auto& c, const auto& r, const auto& send) { return store_.Export(c, r.filter(), send); });
  OpenDoors();
}

void CalendarService::RecordHalfDays(std::span<rpc::Traveller> travellers) {
  std::vector<Recording> group;
  int entries = 0;
  for (rpc::Traveller& traveller : travellers) {
    const auto& request = static_cast<const v1::RecordHalfDaysRequest&>(*traveller.request);
    if (const auto status = AllowWriting(traveller.call->principal, request.entries()); !status.ok()) {
      traveller.reply = status;
      continue;
    }
    if (!group.empty() && entries + request.entries_size() > kMaxEntries) {
      RecordTogether(group);
      group.clear();
      entries = 0;
    }
    group.push_back({.call = {traveller.call, &request.entries()}, .traveller = &traveller});
    entries += request.entries_size();
  }
  if (!group.empty()) RecordTogether(group);
}

void CalendarService::RecordTogether(std::span<Recording> group) {
  std::vector<RecordCall> calls;
  for (const Recording& recording : group) calls.push_back(recording.call);
  const auto outcomes = store_.Record(calls, Today());
  // What one call broke must not be its fellows' loss. Without a database, none can be served.
  if (!outcomes.ok() && group.size() > 1 && ReasonOf(outcomes.status()) != common::v1::REASON_DATABASE_AWAY) {
    for (size_t i = 0; i < group.size(); ++i) RecordTogether(group.subspan(i, 1));
    return;
  }
  for (size_t i = 0; i < group.size(); ++i)
    group[i].traveller->reply =
        outcomes.ok() ? RecordReply(group[i].call, (*outcomes)[i]) : outcomes.status();
}

void CalendarService::GetCaseCalendars(std::span<rpc::Traveller> travellers) {
  std::vector<CaseCall> calls;
  for (rpc::Traveller& traveller : travellers) {
    const auto& request = static_cast<const v1::GetCaseCalendarRequest&>(*traveller.request);
    calls.push_back(
        {traveller.call, request.case_id(), ScopeOf(traveller.call->principal), &traveller.reply});
  }
  const absl::Status read = store_.ReadCases(calls);
  if (read.ok()) return;
  for (rpc::Traveller& traveller : travellers) traveller.reply = read;
}

absl::StatusOr<v1::PlanHalfDaysResponse> CalendarService::PlanHalfDays(
    CallContext& call, const v1::PlanHalfDaysRequest& request) {
  RETURN_IF_ERROR(AllowWriting(call.principal, request.entries()));
  ASSIGN_OR_RETURN(const std::vector<EntryRefusal> refusals,
                   store_.Plan(call, request.entries(), request.validate_only()));
  v1::PlanHalfDaysResponse response;
  AppendOutcomes(call, request.entries(), refusals, response.mutable_outcomes());
  return response;
}

absl::StatusOr<v1::AttestHalfDaysResponse> CalendarService::AttestHalfDays(
    CallContext& call, const v1::AttestHalfDaysRequest& request) {
  v1::AttestHalfDaysResponse response;
  RETURN_IF_ERROR(
      store_.Attest(call, request.half_day_ids(), ScopeOf(call.principal), response.mutable_half_days()));
  return response;
}

absl::StatusOr<v1::ApproveHalfDaysResponse> CalendarService::ApproveHalfDays(
    CallContext& call, const v1::ApproveHalfDaysRequest& request) {
  v1::ApproveHalfDaysResponse response;
  RETURN_IF_ERROR(store_.Approve(call, request.half_day_ids(), response.mutable_half_days()));
  return response;
}

absl::StatusOr<v1::CancelHalfDaysResponse> CalendarService::CancelHalfDays(
    CallContext& call, const v1::CancelHalfDaysRequest& request) {
  v1::CancelHalfDaysResponse response;
  RETURN_IF_ERROR(store_.Cancel(call, request.half_day_ids(), ScopeOf(call.principal), request.reason(),
                                response.mutable_half_days()));
  return response;
}

absl::StatusOr<v1::ReopenHalfDaysResponse> CalendarService::ReopenHalfDays(
    CallContext& call, const v1::ReopenHalfDaysRequest& request) {
  v1::ReopenHalfDaysResponse response;
  RETURN_IF_ERROR(
      store_.Reopen(call, request.half_day_ids(), request.reason(), response.mutable_half_days()));
  return response;
}

absl::StatusOr<v1::DisputeHalfDaysResponse> CalendarService::DisputeHalfDays(
    CallContext& call, const v1::DisputeHalfDaysRequest& request) {
  v1::DisputeHalfDaysResponse response;
  RETURN_IF_ERROR(store_.Dispute(call, request.half_day_ids(), ScopeOf(call.principal), request.reason(),
                                 response.mutable_half_days()));
  return response;
}

absl::StatusOr<v1::EditHalfDayNoteResponse> CalendarService::EditHalfDayNote(
    CallContext& call, const v1::EditHalfDayNoteRequest& request) {
  v1::EditHalfDayNoteResponse response;
  ASSIGN_OR_RETURN(*response.mutable_half_day(),
                   store_.EditNote(call, request, ScopeOf(call.principal).consultant_id));
  return response;
}

absl::StatusOr<v1::RescheduleHalfDaysResponse> CalendarService::RescheduleHalfDays(
    CallContext& call, const v1::RescheduleHalfDaysRequest& request) {
  ASSIGN_OR_RETURN(const std::vector<MoveOutcome> outcomes,
                   sheets_.Reschedule(call, request, ScopeOf(call.principal)));
  v1::RescheduleHalfDaysResponse response;
  for (int i = 0; i < request.moves_size(); ++i) {
    EntryRefusal refusal = outcomes[static_cast<size_t>(i)].refusal;
    const std::string& id = request.moves(i).half_day_id();
    auto* outcome = response.add_outcomes();
    outcome->set_half_day_id(id);
    if (refusal.reason == common::v1::REASON_UNSPECIFIED) continue;
    outcome->set_refusal(refusal.reason);
    refusal.words["state"] = outcomes[static_cast<size_t>(i)].state;
    refusal.words["half_day_id"] = id;
    outcome->set_message(Sentence(refusal.reason, refusal.words, call.language));
  }
  return response;
}

absl::StatusOr<rpc::Encoded<v1::ListSheetsResponse>> CalendarService::ListSheets(
    CallContext& call, const v1::ListSheetsRequest& request) {
  RETURN_IF_ERROR(sheets_.CheckProgramme(call, request.filter().programme()));
  return sheets_.List(call, request, ScopeOf(call.principal));
}

template <class Request>
absl::StatusOr<v1::GetSheetResponse> CalendarService::ReadSheet(CallContext& call, const Request& request) {
  ASSIGN_OR_RETURN(SignedSheet sheet, sheets_.Get(call, request.case_id(), request.consultant_id(),
                                                  request.month(), ScopeOf(call.principal)));
  sheet.content.set_code(SheetCode(sheet.key, sheet.content));
  return std::move(sheet.content);
}

absl::StatusOr<v1::GetSheetDocumentResponse> CalendarService::GetSheetDocument(
    CallContext& call, const v1::GetSheetDocumentRequest& request) {
  ASSIGN_OR_RETURN(const v1::GetSheetResponse sheet, ReadSheet(call, request));
  v1::GetSheetDocumentResponse response;
  ASSIGN_OR_RETURN(*response.mutable_pdf(), document::ToPdf(SheetDocument(sheet, call.language)));
  return response;
}

absl::StatusOr<v1::CheckSheetResponse> CalendarService::CheckSheet(CallContext& call,
                                                                   const v1::CheckSheetRequest& request) {
  ASSIGN_OR_RETURN(const v1::GetSheetResponse sheet, ReadSheet(call, request));
  v1::CheckSheetResponse response;
  response.set_genuine(rpc::SameSecret(NormalCode(request.code()), sheet.code()));
  *response.mutable_sheet() = sheet.sheet();
  return response;
}

area::Area CalendarArea() {
  area::Area area{.name = "calendar", .make_service = [](const area::Surroundings& around) {
                    return std::make_unique<CalendarService>(around);
                  }};
  area.make_routes = CalendarRoutes;
  return area;
}

}  // namespace jalon::calendar
