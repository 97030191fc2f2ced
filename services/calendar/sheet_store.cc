#include "calendar/sheet_store.h"

#include "storage/params.h"

namespace jalon::calendar {
namespace {

using storage::Params;
using storage::Statement;

// A row a move, in their order; refusal NULL: lawful.
constexpr Statement kReschedule{"reschedule_half_days", R"sql(
SELECT (m.why).*, m.state
  FROM calendar.reschedule_half_days(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::boolean, $6::uuid[], $7::date[],
                                     $8::calendar.half[], $9::boolean[], $10::bigint) m
 ORDER BY m.item)sql"};

constexpr Statement kHalfDay{"get_half_day", R"sql(
SELECT h.*, g.siren AS "#siren"
  FROM calendar.half_day_row h
  JOIN calendar.case_grant g USING (case_id)
 WHERE h.half_day_id = $1::uuid)sql"};

constexpr Statement kHistory{"half_day_history", R"sql(
SELECT * FROM calendar.history($1::uuid))sql"};

// $1: place in the order|month|case|consultant after which the page begins; $2: rows; $9: the unusual ones
// first.
constexpr Statement kListSheets{"list_sheets", R"sql(
SELECT s.*, p.place || '|' || s.month || '|' || s.case_id || '|' || s.consultant_id AS "#key"
  FROM calendar.sheets($3::date, $4::bigint, $5::bigint, $8, $7) s,
       LATERAL (SELECT CASE WHEN $9::boolean THEN -s.unusual_half_days ELSE 0 END AS place) p
 WHERE ($1::text IS NULL OR (p.place, s.month, s.case_id, s.consultant_id) > (split_part($1, '|', 1)::bigint, split_part($1, '|', 2),
                                                                              split_part($1, '|', 3)::bigint,
                                                                              split_part($1, '|', 4)::bigint))
   AND ($6::text IS NULL OR s.state = $6)
 ORDER BY p.place, s.month, s.case_id, s.consultant_id
 LIMIT $2)sql"};

constexpr Statement kIsProgramme{"is_programme", R"sql(
SELECT EXISTS (SELECT FROM programme.published_rulebook b WHERE b.programme = $1) AS known)sql"};

constexpr Statement kSheet{"get_sheet", R"sql(
SELECT s.*, k.key AS "#signing"
  FROM calendar.sheets($1::date, $2::bigint, $3::bigint, NULL, NULL) s, calendar.sheet_key k)sql"};

constexpr Statement kLines{"get_sheet_lines", R"sql(
SELECT * FROM calendar.sheet_lines($1::bigint, $2::bigint, $3::date))sql"};

// In the order of the sheets.
constexpr Statement kApprove{"approve_sheets", R"sql(
SELECT * FROM calendar.approve_sheets(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint[], $6::bigint[], $7::date[],
                                      $8::text[]))sql"};

// A row a sheet that half-days left, or one without a case.
constexpr Statement kLock{"lock_month", R"sql(
SELECT case_id, consultant_id, planned, performed, attested, disputed, locked_at AS "#locked_at"
  FROM calendar.lock_month(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::boolean, $6, $7::date, $8::date))sql"};

constexpr Statement kLockedMonth{"get_locked_month", R"sql(
SELECT m.programme, left(m.month::text, 7) AS month, m.locked_at, m.locked_by
  FROM calendar.locked_month m
 WHERE m.programme = $1 AND m.month = $2::date)sql"};

constexpr Statement kListLocked{"list_locked_months", R"sql(
SELECT m.programme, left(m.month::text, 7) AS month, m.locked_at, m.locked_by, m.programme || '/' || m.month AS "#key"
  FROM calendar.locked_month m
 WHERE ($1::text IS NULL OR (m.programme, m.month) > (split_part($1, '/', 1), split_part($1, '/', 2)::date))
   AND ($3::text IS NULL OR m.programme = $3)
 ORDER BY m.programme, m.month
 LIMIT $2)sql"};

std::string FirstOf(const std::string& month) {
  return month.empty() ? "" : month + "-01";
}

bool Hidden(const Scope& scope, int64_t consultant_id, std::string_view siren) {
  return (scope.consultant_id != 0 && consultant_id != scope.consultant_id) ||
         (!scope.siren.empty() && siren != scope.siren);
}

}  // namespace

absl::StatusOr<std::vector<MoveOutcome>> SheetStore::Reschedule(const rpc::CallContext& call,
                                                                const v1::RescheduleHalfDaysRequest& request,
                                                                const Scope& scope) const {
  const auto& moves = request.moves();
  Params params;
  params.Bool(request.validate_only());
  params.Array(moves, [](const auto& m) { return m.half_day_id(); });
  params.Array(moves, [](const auto& m) { return m.date(); });
  params.Array(moves, [](const auto& m) { return storage::EnumLabel(m.half()); });
  params.Array(moves, [](const auto& m) { return m.non_working_day_confirmed(); });
  params.IntOrNull(scope.consultant_id);
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kReschedule, params));
  std::vector<MoveOutcome> outcomes;
  for (int row = 0; row < rows.size(); ++row) {
    outcomes.push_back({.refusal = EntryRefusalIn(rows, row), .state = std::string(rows.Text(row, "state"))});
  }
  return outcomes;
}

absl::StatusOr<v1::GetHalfDayResponse> SheetStore::GetHalfDay(const rpc::CallContext& call,
                                                              const std::string& id,
                                                              const Scope& scope) const {
  ASSIGN_OR_RETURN(const storage::Rows found, Read(call, kHalfDay, Params().Text(id)));
  if (found.empty()) return Refuse(common::v1::REASON_HALF_DAY_NOT_FOUND, {{"half_day_id", id}});
  if (Hidden(scope, found.Int(0, "consultant_id"), found.Text(0, "#siren")))
    return Refuse(common::v1::REASON_NOT_ALLOWED);
  ASSIGN_OR_RETURN(const storage::Rows history, Read(call, kHistory, Params().Text(id)));
  v1::GetHalfDayResponse response;
  found.ReadInto(0, response.mutable_half_day());
  history.ReadAll(response.mutable_history());
  return response;
}

absl::Status SheetStore::CheckProgramme(const rpc::CallContext& call, const std::string& programme) const {
  if (programme.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kIsProgramme, Params().Text(programme)));
  return rows.Bool(0, "known") ? absl::OkStatus()
                               : Refuse(common::v1::REASON_PROGRAMME_NOT_FOUND, {{"programme", programme}});
}

absl::StatusOr<rpc::Encoded<v1::ListSheetsResponse>> SheetStore::List(const rpc::CallContext& call,
                                                                      const v1::ListSheetsRequest& request,
                                                                      const Scope& scope) const {
  const v1::SheetFilter& filter = request.filter();
  Params params;
  params.TextOrNull(FirstOf(filter.month())).IntOrNull(filter.case_id());
  // Somebody else's sheets, asked for by a consultant, are none.
  params.IntOrNull(scope.consultant_id == 0 ? filter.consultant_id() : scope.consultant_id);
  params.TextOrNull(storage::EnumLabel(filter.state())).TextOrNull(filter.programme());
  params.TextOrNull(scope.siren).Bool(call.principal.SeesAll());
  return ReadPage<v1::ListSheetsResponse>(call, request, kListSheets, params, "sheets");
}

absl::StatusOr<SignedSheet> SheetStore::Get(const rpc::CallContext& call, int64_t case_id,
                                            int64_t consultant_id, const std::string& month,
                                            const Scope& scope) const {
  ASSIGN_OR_RETURN(const storage::Rows sheet,
                   Read(call, kSheet, Params().Text(FirstOf(month)).Int(case_id).Int(consultant_id)));
  if (sheet.empty())
    return Refuse(common::v1::REASON_SHEET_NOT_FOUND, {{"case_id", std::to_string(case_id)},
                                                       {"consultant_id", std::to_string(consultant_id)},
                                                       {"month", month}});
  if (Hidden(scope, consultant_id, sheet.Text(0, "siren"))) return Refuse(common::v1::REASON_NOT_ALLOWED);
  ASSIGN_OR_RETURN(const storage::Rows lines,
                   Read(call, kLines, Params().Int(case_id).Int(consultant_id).Text(FirstOf(month))));
  ASSIGN_OR_RETURN(const storage::Rows phases, Read(call, kPhaseTitles, Params().Int(case_id)));
  SignedSheet result{.content = {}, .key = sheet.Bytes(0, "#signing")};
  sheet.ReadInto(0, result.content.mutable_sheet());
  lines.ReadAll(result.content.mutable_half_days());
  phases.ReadAll(result.content.mutable_phases());
  return result;
}

absl::StatusOr<v1::ApproveSheetsResponse> SheetStore::Approve(const rpc::CallContext& call,
                                                              const v1::ApproveSheetsRequest& request) const {
  const auto& sheets = request.sheets();
  Params params;
  params.Array(sheets, [](const auto& s) { return s.case_id(); });
  params.Array(sheets, [](const auto& s) { return s.consultant_id(); });
  params.Array(sheets, [](const auto& s) { return FirstOf(s.month()); });
  params.ArrayOrNulls(sheets, [](const auto& s) { return s.etag(); });
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kApprove, params));
  v1::ApproveSheetsResponse response;
  rows.ReadAll(response.mutable_sheets());
  return response;
}

absl::StatusOr<v1::LockMonthResponse> SheetStore::Lock(const rpc::CallContext& call,
                                                       const v1::LockMonthRequest& request,
                                                       Date today) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kLock,
                                                     Params()
                                                         .Bool(request.validate_only())
                                                         .Text(request.programme())
                                                         .Text(FirstOf(request.month()))
                                                         .Text(today.ToIso())));
  v1::LockMonthResponse response;
  response.mutable_month()->set_programme(request.programme());
  response.mutable_month()->set_month(request.month());
  if (!rows.IsNull(0, "case_id")) rows.ReadAll(response.mutable_rolled());
  for (const auto& sheet : response.rolled())
    response.set_rolled_half_days(response.rolled_half_days() + sheet.planned() + sheet.performed() +
                                  sheet.attested());
  if (request.validate_only()) return response;
  ASSIGN_OR_RETURN(
      const storage::Rows month,
      Read(call, kLockedMonth, Params().Text(request.programme()).Text(FirstOf(request.month()))));
  month.ReadInto(0, response.mutable_month());
  return response;
}

absl::StatusOr<rpc::Encoded<v1::ListLockedMonthsResponse>> SheetStore::ListLocked(
    const rpc::CallContext& call, const v1::ListLockedMonthsRequest& request) const {
  return ReadPage<v1::ListLockedMonthsResponse>(call, request, kListLocked,
                                                Params().TextOrNull(request.programme()), "months");
}

}  // namespace jalon::calendar
