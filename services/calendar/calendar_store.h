#ifndef JALON_CALENDAR_CALENDAR_STORE_H_
#define JALON_CALENDAR_CALENDAR_STORE_H_

#include <functional>
#include <span>
#include <vector>

#include "area/store.h"
#include "base/date.h"
#include "base/refusal.h"
#include "calendar/planning_store.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

namespace jalon::calendar {

// What people call the phases of a case.
inline constexpr storage::Statement kPhaseTitles{"get_phase_titles", R"sql(
SELECT * FROM calendar.phase_titles($1::bigint))sql"};

using Entries = google::protobuf::RepeatedPtrField<v1::HalfDayEntry>;

// Half-days a caller sees: 0 and empty for all, else those of a consultant or of a company's cases.
struct Scope {
  int64_t consultant_id = 0;
  std::string siren;
};

// Half-days this caller sees and touches: a consultant the own, a company those of its cases.
inline Scope ScopeOf(const rpc::Principal& principal) {
  if (principal.SeesAll()) return {};
  return {.consultant_id = principal.consultant_id, .siren = principal.siren};
}

// One of the record commands that travel together.
struct RecordCall {
  const rpc::CallContext* context;
  const Entries* entries;
};

// One of the reads of a case that travel together, and where its answer goes.
struct CaseCall {
  const rpc::CallContext* context;
  int64_t case_id;
  Scope scope;
  rpc::Reply* reply;
};

// Where half-days are kept. The laws hold whatever the caller does: they are the database's.
class CalendarStore : area::Store {
 public:
  using Store::Store;

  // By call, by entry: REASON_UNSPECIFIED where it was recorded.
  absl::StatusOr<std::vector<std::vector<EntryRefusal>>> Record(std::span<const RecordCall> calls,
                                                                Date today) const;
  // By entry; nothing is planned unless all can be.
  absl::StatusOr<std::vector<EntryRefusal>> Plan(const rpc::CallContext& call, const Entries& entries,
                                                 bool validate_only) const;

  using Ids = google::protobuf::RepeatedPtrField<std::string>;
  using HalfDays = google::protobuf::RepeatedPtrField<v1::HalfDay>;
  absl::Status Attest(const rpc::CallContext& call, const Ids& ids, const Scope& scope,
                      HalfDays* moved) const;
  absl::Status Approve(const rpc::CallContext& call, const Ids& ids, HalfDays* moved) const;
  absl::Status Cancel(const rpc::CallContext& call, const Ids& ids, const Scope& scope,
                      const std::string& reason, HalfDays* moved) const;
  absl::Status Reopen(const rpc::CallContext& call, const Ids& ids, const std::string& reason,
                      HalfDays* moved) const;

  absl::Status Dispute(const rpc::CallContext& call, const Ids& ids, const Scope& scope,
                       const std::string& reason, HalfDays* moved) const;

  // `only_consultant` 0: whoever's. Refusals: HALF_DAY_NOT_FOUND, NOT_ALLOWED, HALF_DAY_STATE.
  absl::StatusOr<v1::HalfDay> EditNote(const rpc::CallContext& call,
                                       const v1::EditHalfDayNoteRequest& request,
                                       int64_t only_consultant) const;

  absl::StatusOr<rpc::Encoded<v1::ListHalfDaysResponse>> List(const rpc::CallContext& call,
                                                              const v1::ListHalfDaysRequest& request,
                                                              const Scope& scope) const;
  absl::Status Export(const rpc::CallContext& call, const v1::HalfDayFilter& filter,
                      const rpc::Sender<v1::ExportHalfDaysResponse>& send) const;
  // Answers every call, or none when it fails. Refusals: CASE_NOT_FOUND, NOT_ALLOWED.
  absl::Status ReadCases(std::span<const CaseCall> calls) const;

 private:
  absl::Status AllowReading(const CaseCall& call, std::string_view siren) const;
  absl::Status Move(const rpc::CallContext& call, const storage::Statement& statement,
                    const storage::Params& params, HalfDays* moved) const;
};

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_CALENDAR_STORE_H_
