#include "calendar/planning.h"

#include <algorithm>

#include "base/commune.h"
#include "base/paris.h"
#include "base/place.h"
#include "base/uuid.h"
#include "calendar/series.h"
#include "rpc/digest.h"

namespace jalon::calendar {
namespace {

using common::v1::HALF_AFTERNOON;
using common::v1::HALF_MORNING;
using common::v1::HALF_UNSPECIFIED;
using rpc::CallContext;

constexpr int kMostDays = 1'100;  // of a series or a wait: longer than any window of a programme
constexpr int kMostBoardDays = 200;
constexpr int kMostHalfDays = 200;  // as PlanHalfDays takes at once
constexpr int kDaysAround = 60;     // in which alternatives are looked for
constexpr size_t kMostAlternatives = 5;
// A series that finds the calendar changed under it is made anew, unless its etag binds it.
constexpr int kTries = 3;

absl::Status AllowPlanning(const rpc::Principal& principal, int64_t consultant_id) {
  const bool own = consultant_id == principal.consultant_id;
  return principal.SeesAll() || own ? absl::OkStatus() : Refuse(common::v1::REASON_NOT_ALLOWED);
}

// 0 for who sees all.
int64_t OwnConsultant(const rpc::Principal& principal) {
  return principal.SeesAll() ? 0 : principal.consultant_id;
}

// That the end does not precede the beginning, and the forms of both, the contract says.
void CheckLength(const std::string& from, const std::string& until, int most,
                 std::vector<Violation>* violations) {
  const auto first = Date::Parse(from), last = Date::Parse(until);
  if (!first || !last || first->DaysUntil(*last) < most) return;
  const std::string number = std::to_string(most);
  violations->push_back({"until", "au plus " + number + " jours", "at most " + number + " days"});
}

std::optional<Half> OneHalf(common::v1::Half half) {
  if (half == HALF_UNSPECIFIED) return std::nullopt;
  return half == HALF_AFTERNOON ? Half::kAfternoon : Half::kMorning;
}

common::v1::Half ToProto(Half half) {
  return half == Half::kAfternoon ? HALF_AFTERNOON : HALF_MORNING;
}

HalvesOfWeek HalvesOf(const v1::WeeklyPattern& pattern) {
  HalvesOfWeek halves = 0;
  for (const v1::WeeklyHalf& each : pattern.halves()) {
    if (each.half() != HALF_AFTERNOON) halves |= BitOf(each.weekday(), Half::kMorning);
    if (each.half() != HALF_MORNING) halves |= BitOf(each.weekday(), Half::kAfternoon);
  }
  return halves;
}

Series Expand(const v1::PlanSeriesRequest& request, const Stretch& stretch) {
  const int places = std::min(stretch.places, kMostHalfDays);
  if (request.has_spread())
    return ExpandSpread(stretch.moments, request.spread().half_days(), OneHalf(request.spread().half()),
                        places);
  return ExpandWeekly(stretch.moments, HalvesOf(request.weekly()), request.weekly().count(), places);
}

// The sentence of a refusal without the advice to confirm: what a series leaves out, nothing confirms.
std::string Fact(Reason reason, const Metadata& words, Language language) {
  const std::string sentence = Sentence(reason, words, language);
  if (reason != common::v1::REASON_NON_WORKING_DAY && reason != common::v1::REASON_CONSULTANT_NOT_WORKING)
    return sentence;
  const std::string fact = sentence.substr(0, sentence.find(';'));
  return fact.substr(0, fact.find_last_not_of(" \u00A0\u202F") + 1) + ".";
}

// A department, or an overseas collectivity.
bool IsDepartment(const std::string& code) {
  return DepartmentOfCommune(code + (code.size() == 3 ? "01" : "001")) == code;
}

void SetSlot(const Moment& moment, v1::HalfDaySlot* slot) {
  slot->set_date(moment.date.ToIso());
  slot->set_half(ToProto(moment.half));
}

// Names the half-days of a series, and nothing else.
std::string EtagOf(const google::protobuf::RepeatedPtrField<v1::HalfDaySlot>& slots) {
  std::string named;
  for (const v1::HalfDaySlot& slot : slots)
    named.append(slot.date()).append(slot.half() == HALF_AFTERNOON ? "p" : "a");
  return rpc::Hex(rpc::Sha256(named)).substr(0, 16);
}

Metadata WordsOf(const Series& series, const Stretch& stretch) {
  Metadata words = series.skipped.empty() ? stretch.words : stretch.WordsOf(series.skipped.front().moment);
  words["placed"] = std::to_string(series.placed.size());
  words["asked"] = std::to_string(series.asked);
  return words;
}

v1::PlanSeriesResponse ToProto(const CallContext& call, const Series& series, const Stretch& stretch) {
  v1::PlanSeriesResponse response;
  for (const size_t place : series.placed) SetSlot(stretch.moments[place], response.add_half_days());
  for (const auto& [place, reason] : series.skipped) {
    v1::SkippedSlot* skipped = response.add_skipped();
    skipped->set_date(stretch.moments[place].date.ToIso());
    skipped->set_half(ToProto(stretch.moments[place].half));
    skipped->set_reason(reason);
    skipped->set_message(Fact(reason, stretch.WordsOf(place), call.language));
  }
  response.set_asked(series.asked);
  response.set_etag(EtagOf(response.half_days()));
  return response;
}

std::vector<SeriesEntry> EntriesOf(const v1::PlanSeriesResponse& series) {
  std::vector<SeriesEntry> entries;
  for (const v1::HalfDaySlot& slot : series.half_days())
    entries.push_back({.half_day_id = Uuid::Random().str(), .date = slot.date(), .half = slot.half()});
  return entries;
}

void SetHalfDays(const std::vector<SeriesEntry>& entries, v1::PlanSeriesResponse* response) {
  response->clear_half_days();
  for (const SeriesEntry& entry : entries) {
    v1::HalfDaySlot* slot = response->add_half_days();
    slot->set_half_day_id(entry.half_day_id);
    slot->set_date(entry.date);
    slot->set_half(entry.half);
  }
}

// Whoever is assigned comes already; where no distance is known, none keeps anybody away.
bool ComesThatFar(const Candidate& candidate) {
  if (candidate.stand_in.assigned() || candidate.radius_km == 0) return true;
  const auto from = PlaceOfCommune(candidate.home_commune), to = PlaceOfCommune(candidate.commune);
  return !from || !to || DistanceKm(*from, *to) <= candidate.radius_km;
}

template <class Request>
Place PlaceOf(const Request& request) {
  return {request.case_id(), request.consultant_id(), request.phase()};
}

}  // namespace

void Planning::CheckSeries(const CallContext&, const v1::PlanSeriesRequest& request,
                           std::vector<Violation>* violations) {
  CheckLength(request.from(), request.until(), kMostDays, violations);
  if (request.pattern_case() == v1::PlanSeriesRequest::PATTERN_NOT_SET)
    violations->push_back({"weekly", "à renseigner, ou spread", "required, or spread"});
}

absl::StatusOr<v1::PlanSeriesResponse> Planning::PlanSeries(CallContext& call,
                                                            const v1::PlanSeriesRequest& request) const {
  RETURN_IF_ERROR(AllowPlanning(call.principal, request.consultant_id()));
  auto response = TryPlanSeries(call, request);
  for (int n = 1;
       n < kTries && request.etag().empty() && ReasonOf(response.status()) == common::v1::REASON_STALE_ETAG;
       ++n)
    response = TryPlanSeries(call, request);
  return response;
}

// The calendar is read before the first answer is looked for: if this very call planned the series in
// between, its answer is found; if not, what was read does not hold its half-days.
absl::StatusOr<v1::PlanSeriesResponse> Planning::TryPlanSeries(CallContext& call,
                                                               const v1::PlanSeriesRequest& request) const {
  ASSIGN_OR_RETURN(const Stretch stretch,
                   store_.ReadStretch(call, PlaceOf(request), *Date::Parse(request.from()), request.until()));
  const Series series = Expand(request, stretch);
  v1::PlanSeriesResponse response = ToProto(call, series, stretch);
  const bool stale = !request.etag().empty() && request.etag() != response.etag();
  if (request.validate_only()) {
    if (stale) return Refuse(common::v1::REASON_STALE_ETAG);
    if (series.refusal == common::v1::REASON_UNSPECIFIED) return response;
    response.set_refusal(series.refusal);
    response.set_message(Fact(series.refusal, WordsOf(series, stretch), call.language));
    return response;
  }

  ASSIGN_OR_RETURN(const std::vector<SeriesEntry> first, store_.FirstSeries(call));
  if (!first.empty()) {
    response.Clear();
    SetHalfDays(first, &response);
    response.set_asked(response.half_days_size());
    response.set_etag(EtagOf(response.half_days()));
    return response;
  }
  // Whoever saw a preview learns first that it is no longer true, whatever else the series would now be
  // refused for.
  if (stale) return Refuse(common::v1::REASON_STALE_ETAG);
  if (series.refusal != common::v1::REASON_UNSPECIFIED)
    return Refuse(series.refusal, WordsOf(series, stretch));
  ASSIGN_OR_RETURN(const std::vector<SeriesEntry> planned,
                   store_.PlanSeries(call, PlaceOf(request), request.note(), EntriesOf(response)));
  for (const SeriesEntry& entry : planned)
    if (entry.refusal.reason != common::v1::REASON_UNSPECIFIED) return Refuse(common::v1::REASON_STALE_ETAG);
  SetHalfDays(planned, &response);
  return response;
}

absl::StatusOr<v1::SuggestAlternativesResponse> Planning::SuggestAlternatives(
    CallContext& call, const v1::SuggestAlternativesRequest& request) const {
  RETURN_IF_ERROR(AllowPlanning(call.principal, request.consultant_id()));
  const Date date = *Date::Parse(request.date()), today = Today();
  const Half half = *OneHalf(request.half());
  ASSIGN_OR_RETURN(
      const Stretch stretch,
      store_.ReadStretch(call, PlaceOf(request), std::min(date, std::max(date.AddDays(-kDaysAround), today)),
                         date.AddDays(kDaysAround).ToIso()));
  v1::SuggestAlternativesResponse response;
  Moments upcoming;
  for (size_t i = 0; i < stretch.moments.size(); ++i) {
    const Moment& moment = stretch.moments[i];
    if (moment.date >= today) upcoming.push_back(moment);
    if (moment.date != date || moment.half != half || moment.free()) continue;
    response.set_refusal(moment.refusal);
    response.set_message(Fact(moment.refusal, stretch.WordsOf(i), call.language));
  }
  for (const size_t place : NearestFree(upcoming, date, half, kMostAlternatives))
    SetSlot(upcoming[place], response.add_nearest());
  if (call.principal.SeesAll()) {
    ASSIGN_OR_RETURN(const std::vector<Candidate> candidates,
                     store_.ReadStandIns(call, PlaceOf(request), request.date(), request.half()));
    for (const Candidate& candidate : candidates) {
      if (response.stand_ins_size() == kMostAlternatives) break;
      if (ComesThatFar(candidate)) *response.add_stand_ins() = candidate.stand_in;
    }
  }
  ASSIGN_OR_RETURN(const int waiting, store_.CountWaiting(call, request.consultant_id(), request.date()));
  response.set_waiting(waiting);
  return response;
}

void Planning::CheckWaiting(const CallContext&, const v1::JoinWaitingListRequest& request,
                            std::vector<Violation>* violations) {
  CheckLength(request.from(), request.until(), kMostDays, violations);
}

absl::StatusOr<v1::JoinWaitingListResponse> Planning::JoinWaitingList(
    CallContext& call, const v1::JoinWaitingListRequest& request) const {
  RETURN_IF_ERROR(AllowPlanning(call.principal, request.consultant_id()));
  v1::JoinWaitingListResponse response;
  ASSIGN_OR_RETURN(*response.mutable_waiting(), store_.Join(call, request));
  return response;
}

absl::StatusOr<rpc::Encoded<v1::ListWaitingResponse>> Planning::ListWaiting(
    CallContext& call, const v1::ListWaitingRequest& request) const {
  return store_.ListWaiting(call, request, OwnConsultant(call.principal), Today());
}

absl::StatusOr<v1::LeaveWaitingListResponse> Planning::LeaveWaitingList(
    CallContext& call, const v1::LeaveWaitingListRequest& request) const {
  v1::LeaveWaitingListResponse response;
  ASSIGN_OR_RETURN(*response.mutable_waiting(),
                   store_.Leave(call, request.waiting_id(), OwnConsultant(call.principal)));
  return response;
}

void Planning::CheckHolidays(const CallContext&, const v1::ListHolidaysRequest& request,
                             std::vector<Violation>* violations) {
  if (!request.department().empty() && !IsDepartment(request.department()))
    violations->push_back({"department", "un département, comme 67 ou 971", "a department, as 67 or 971"});
}

absl::StatusOr<v1::ListHolidaysResponse> Planning::ListHolidays(
    CallContext& call, const v1::ListHolidaysRequest& request) const {
  return store_.ListHolidays(call, request);
}

absl::StatusOr<v1::SetSolidarityDayResponse> Planning::SetSolidarityDay(
    CallContext& call, const v1::SetSolidarityDayRequest& request) const {
  v1::SetSolidarityDayResponse response;
  ASSIGN_OR_RETURN(*response.mutable_holiday(),
                   store_.SetSolidarityDay(call, request.year(), request.worked()));
  return response;
}

void Planning::CheckBoard(const CallContext&, const v1::GetPlanningBoardRequest& request,
                          std::vector<Violation>* violations) {
  CheckLength(request.from(), request.until(), kMostBoardDays, violations);
}

absl::StatusOr<v1::GetPlanningBoardResponse> Planning::GetPlanningBoard(
    CallContext& call, const v1::GetPlanningBoardRequest& request) const {
  std::vector<int64_t> consultants(request.consultant_ids().begin(), request.consultant_ids().end());
  if (const int64_t own = OwnConsultant(call.principal); own != 0) {
    for (const int64_t asked : consultants) RETURN_IF_ERROR(AllowPlanning(call.principal, asked));
    consultants = {own};
  }
  return store_.ReadBoard(call, *Date::Parse(request.from()), *Date::Parse(request.until()), consultants);
}

}  // namespace jalon::calendar
