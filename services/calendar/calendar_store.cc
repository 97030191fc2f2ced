#include "calendar/calendar_store.h"

#include <unordered_map>

#include "storage/params.h"

namespace jalon::calendar {
namespace {

using storage::Params;
using storage::Statement;

// A row an item, in their order; refusal NULL: accepted.
constexpr Statement kRecord{"record_half_days", R"sql(
SELECT (r.why).*
  FROM calendar.record_half_days($1::uuid[], $2::bytea[], $3::text[], $4::date, $5::int[], $6::uuid[], $7::bigint[],
                                 $8::bigint[], $9::text[], $10::date[], $11::calendar.half[], $12::text[], $13::boolean[]) r
 ORDER BY r.item)sql"};

constexpr Statement kPlan{"plan_half_days", R"sql(
SELECT (p.why).*
  FROM calendar.plan_half_days(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::boolean, $6::uuid[], $7::bigint[],
                               $8::bigint[], $9::text[], $10::date[], $11::calendar.half[], $12::text[], $13::boolean[]) p
 ORDER BY p.item)sql"};

constexpr Statement kAttest{"attest_half_days", R"sql(
SELECT * FROM calendar.attest_half_days(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::uuid[], $6::bigint, $7))sql"};

constexpr Statement kApprove{"approve_half_days", R"sql(
SELECT * FROM calendar.approve_half_days(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::uuid[], NULL, NULL))sql"};

constexpr Statement kCancel{"cancel_half_days", R"sql(
SELECT * FROM calendar.cancel_half_days(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::uuid[], $6::bigint, $7, $8))sql"};

constexpr Statement kReopen{"reopen_half_days", R"sql(
SELECT * FROM calendar.reopen_half_days(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::uuid[], NULL, NULL, $6))sql"};

constexpr Statement kDispute{"dispute_half_days", R"sql(
SELECT * FROM calendar.dispute_half_days(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::uuid[], $6::bigint, $7, $8))sql"};

constexpr Statement kEditNote{"edit_half_day_note", R"sql(
SELECT * FROM calendar.edit_note(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::uuid, $6, $7::bigint))sql"};

// $1: date|half|id after which the page begins; $2: rows. A filter that is NULL does not apply.
constexpr Statement kListHalfDays{"list_half_days", R"sql(
SELECT h.half_day_id, h.case_id, h.consultant_id, h.phase, h.date, h.half, h.state, h.note, h.non_working_day, h.updated_at,
       left(h.sheet_month::text, 7) AS sheet_month, h.dispute,
       h.date || '|' || h.half || '|' || h.half_day_id AS "#key"
  FROM calendar.half_day h
 WHERE ($1::text IS NULL OR (h.date, h.half, h.half_day_id) > (split_part($1, '|', 1)::date,
                                                               split_part($1, '|', 2)::calendar.half,
                                                               split_part($1, '|', 3)::uuid))
   AND ($3::bigint IS NULL OR h.case_id = $3)
   AND ($4::bigint IS NULL OR h.consultant_id = $4)
   AND ($5::calendar.half_day_state IS NULL OR h.state = $5)
   AND ($6::date IS NULL OR h.date >= $6)
   AND ($7::date IS NULL OR h.date <= $7)
   AND ($8::bigint IS NULL OR h.consultant_id = $8)
   AND ($9::text IS NULL OR h.case_id IN (SELECT g.case_id FROM calendar.case_grant g WHERE g.siren = $9))
 ORDER BY h.date, h.half, h.half_day_id
 LIMIT $2)sql",
                                  storage::Planned::kEachTime};

constexpr Statement kIsAssigned{"is_assigned", R"sql(
SELECT EXISTS (SELECT FROM assignment.assignee a WHERE a.case_id = $1 AND a.consultant_id = $2) AS assigned)sql"};

// A row a half-day, the case's own columns in each; one row of NULL half-day columns for a case that has
// none. Behind the subquery the planner does not look at the array's length, so one plan serves every number
// of cases.
constexpr Statement kReadCases{"read_case_calendars", R"sql(
SELECT * FROM calendar.case_calendar c
 WHERE c."#case_id" = ANY (ARRAY(SELECT unnest($1::bigint[])))
 ORDER BY c."#case_id", c.date, c.half, c.half_day_id)sql"};

const char* HalfLabel(const v1::HalfDayEntry& entry) {
  return entry.half() == common::v1::HALF_MORNING ? "morning" : "afternoon";
}

// The arrays that both record and plan take, from the ids on.
template <class Range>
void AppendEntries(Params& params, const Range& entries) {
  params.Array(entries, [](const auto* e) { return e->half_day_id(); });
  params.Array(entries, [](const auto* e) { return e->case_id(); });
  params.Array(entries, [](const auto* e) { return e->consultant_id(); });
  params.Array(entries, [](const auto* e) { return e->phase(); });
  params.Array(entries, [](const auto* e) { return e->date(); });
  params.Array(entries, [](const auto* e) { return HalfLabel(*e); });
  params.Array(entries, [](const auto* e) { return e->note(); });
  params.Array(entries, [](const auto* e) { return e->non_working_day_confirmed(); });
}

std::vector<const v1::HalfDayEntry*> Pointers(const Entries& entries) {
  std::vector<const v1::HalfDayEntry*> pointers;
  for (const auto& entry : entries) pointers.push_back(&entry);
  return pointers;
}

// Of calls that travel together: as long as any of them waits. No one of them can cancel the others.
template <class Call>
Limits LimitsOf(std::span<const Call> calls) {
  if (calls.size() == 1) return calls[0].context->limits;
  Limits limits{.deadline = calls[0].context->limits.deadline, .cancelled = {}};
  for (const Call& call : calls) limits.deadline = std::max(limits.deadline, call.context->limits.deadline);
  return limits;
}

// The answer made of `count` rows of kReadCases from `first` on, in wire form.
std::string CaseCalendar(const storage::Rows& rows, int first, int count) {
  v1::GetCaseCalendarResponse head;
  head.set_case_id(rows.Int(first, "#case_id"));
  head.set_siren(std::string(rows.Text(first, "#siren")));
  head.set_company_name(std::string(rows.Text(first, "#company_name")));
  head.set_granted_half_days(static_cast<int32_t>(rows.Int(first, "#granted_half_days")));
  head.set_live_half_days(static_cast<int32_t>(rows.Int(first, "#live_half_days")));
  head.set_window_starts_on(std::string(rows.Text(first, "#window_starts_on")));
  head.set_window_ends_on(std::string(rows.Text(first, "#window_ends_on")));
  std::string wire = head.SerializeAsString();
  if (!rows.IsNull(first, "half_day_id"))
    rows.Encode<v1::GetCaseCalendarResponse>(first, count, "half_days", &wire);
  return wire;
}

// $3 to $9 of kListHalfDays.
Params FilterParams(const v1::HalfDayFilter& filter, const Scope& scope) {
  Params params;
  params.IntOrNull(filter.case_id()).IntOrNull(filter.consultant_id());
  params.TextOrNull(storage::EnumLabel(filter.state()));
  params.TextOrNull(filter.from()).TextOrNull(filter.until());
  params.IntOrNull(scope.consultant_id).TextOrNull(scope.siren);
  return params;
}

}  // namespace

absl::StatusOr<std::vector<std::vector<EntryRefusal>>> CalendarStore::Record(
    std::span<const RecordCall> calls, Date today) const {
  std::vector<const v1::HalfDayEntry*> entries;
  std::vector<int64_t> call_of_entry;
  for (size_t call = 0; call < calls.size(); ++call) {
    for (const auto& entry : *calls[call].entries) {
      entries.push_back(&entry);
      call_of_entry.push_back(static_cast<int64_t>(call) + 1);
    }
  }
  Params params;
  params.Array(calls, [](const RecordCall& c) { return c.context->request_id; });
  params.Array(calls, [](const RecordCall& c) { return storage::HexBytes(c.context->request_hash); });
  params.Array(calls, [](const RecordCall& c) { return c.context->principal.name; });
  params.Text(today.ToIso()).Array(call_of_entry);
  AppendEntries(params, entries);
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(LimitsOf(calls), kRecord, params));
  std::vector<std::vector<EntryRefusal>> outcomes(calls.size());
  for (int row = 0; row < rows.size(); ++row)
    outcomes[static_cast<size_t>(call_of_entry[static_cast<size_t>(row)] - 1)].push_back(
        EntryRefusalIn(rows, row));
  return outcomes;
}

absl::StatusOr<std::vector<EntryRefusal>> CalendarStore::Plan(const rpc::CallContext& call,
                                                              const Entries& entries,
                                                              bool validate_only) const {
  Params params;
  params.Bool(validate_only);
  AppendEntries(params, Pointers(entries));
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kPlan, params));
  std::vector<EntryRefusal> outcomes;
  for (int row = 0; row < rows.size(); ++row) outcomes.push_back(EntryRefusalIn(rows, row));
  return outcomes;
}

absl::Status CalendarStore::Move(const rpc::CallContext& call, const Statement& statement,
                                 const Params& params, HalfDays* moved) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, statement, params));
  rows.ReadAll(moved);
  return absl::OkStatus();
}

absl::Status CalendarStore::Attest(const rpc::CallContext& call, const Ids& ids, const Scope& scope,
                                   HalfDays* moved) const {
  return Move(call, kAttest, Params().Array(ids).IntOrNull(scope.consultant_id).TextOrNull(scope.siren),
              moved);
}

absl::Status CalendarStore::Approve(const rpc::CallContext& call, const Ids& ids, HalfDays* moved) const {
  return Move(call, kApprove, Params().Array(ids), moved);
}

absl::Status CalendarStore::Cancel(const rpc::CallContext& call, const Ids& ids, const Scope& scope,
                                   const std::string& reason, HalfDays* moved) const {
  return Move(call, kCancel,
              Params().Array(ids).IntOrNull(scope.consultant_id).TextOrNull(scope.siren).Text(reason), moved);
}

absl::Status CalendarStore::Reopen(const rpc::CallContext& call, const Ids& ids, const std::string& reason,
                                   HalfDays* moved) const {
  return Move(call, kReopen, Params().Array(ids).Text(reason), moved);
}

absl::Status CalendarStore::Dispute(const rpc::CallContext& call, const Ids& ids, const Scope& scope,
                                    const std::string& reason, HalfDays* moved) const {
  return Move(call, kDispute,
              Params().Array(ids).IntOrNull(scope.consultant_id).TextOrNull(scope.siren).Text(reason), moved);
}

absl::StatusOr<v1::HalfDay> CalendarStore::EditNote(const rpc::CallContext& call,
                                                    const v1::EditHalfDayNoteRequest& request,
                                                    int64_t only_consultant) const {
  return CommandOne<v1::HalfDay>(
      call, kEditNote, Params().Text(request.half_day_id()).Text(request.note()).IntOrNull(only_consultant));
}

absl::StatusOr<rpc::Encoded<v1::ListHalfDaysResponse>> CalendarStore::List(
    const rpc::CallContext& call, const v1::ListHalfDaysRequest& request, const Scope& scope) const {
  return ReadPage<v1::ListHalfDaysResponse>(call, request, kListHalfDays,
                                            FilterParams(request.filter(), scope), "half_days");
}

absl::Status CalendarStore::Export(const rpc::CallContext& call, const v1::HalfDayFilter& filter,
                                   const rpc::Sender<v1::ExportHalfDaysResponse>& send) const {
  return SendAll<v1::ExportHalfDaysResponse>(call, kListHalfDays, FilterParams(filter, {}), "half_day", send);
}

absl::Status CalendarStore::ReadCases(std::span<const CaseCall> calls) const {
  const auto case_of = [](const CaseCall& call) { return call.case_id; };
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(LimitsOf(calls), kReadCases, Params().Array(calls, case_of)));
  std::unordered_map<int64_t, std::pair<int, int>> found;  // by case: its first row and how many it has
  for (int row = 0; row < rows.size(); ++row)
    ++found.try_emplace(rows.Int(row, "#case_id"), row, 0).first->second.second;
  for (const CaseCall& call : calls) {
    const auto of_case = found.find(call.case_id);
    if (of_case == found.end()) {
      *call.reply = Refuse(common::v1::REASON_CASE_NOT_FOUND, {{"case_id", std::to_string(call.case_id)}});
      continue;
    }
    const auto [first, count] = of_case->second;
    const absl::Status allowed = AllowReading(call, rows.Text(first, "#siren"));
    *call.reply = allowed.ok() ? rpc::Reply(CaseCalendar(rows, first, count)) : rpc::Reply(allowed);
  }
  return absl::OkStatus();
}

absl::Status CalendarStore::AllowReading(const CaseCall& call, std::string_view siren) const {
  if (!call.scope.siren.empty() && siren != call.scope.siren) return Refuse(common::v1::REASON_NOT_ALLOWED);
  if (call.scope.consultant_id == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const storage::Rows own, Read(*call.context, kIsAssigned,
                                                 Params().Int(call.case_id).Int(call.scope.consultant_id)));
  return own.Bool(0, "assigned") ? absl::OkStatus() : Refuse(common::v1::REASON_NOT_ALLOWED);
}

}  // namespace jalon::calendar
