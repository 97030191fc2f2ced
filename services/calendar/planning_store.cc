#include "calendar/planning_store.h"

#include <algorithm>
#include <charconv>

#include "calendar/board.h"
#include "storage/params.h"

namespace jalon::calendar {
namespace {

using storage::Params;
using storage::Statement;

// A row a moment, in their order.
constexpr Statement kReadStretch{"read_moments", R"sql(
SELECT m.date, m.half, (m.why).refusal, (m.why).phase, (m.why)."from", (m.why).until, (m.why).prerequisite, (m.why).most,
       m.places, m.week_room
  FROM calendar.moments($1::bigint, $2::bigint, $3, $4::date, $5::date) m
 ORDER BY m.date, m.half)sql"};

constexpr Statement kFirstSeries{"first_series", R"sql(
SELECT s.half_day_id, s.date, s.half, NULL AS refusal
  FROM calendar.first_series(ROW($1::uuid, $2::bytea, $3, $4)::common.call) s)sql"};

constexpr Statement kPlanSeries{"plan_series", R"sql(
SELECT s.half_day_id, s.date, s.half, (s.why).*
  FROM calendar.plan_series(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::bigint, $7, $8, $9::uuid[],
                            $10::date[], $11::calendar.half[]) s)sql"};

constexpr Statement kReadStandIns{"read_stand_ins", R"sql(
SELECT s.consultant_id, s.name, s.assigned, s.commune AS "#commune", s.home_commune AS "#home", s.radius_km AS "#radius_km"
  FROM calendar.stand_ins($1::bigint, $2::bigint, $3, $4::date, $5::calendar.half) s)sql"};

constexpr Statement kCountWaiting{"count_waiting", R"sql(
SELECT count(*) AS waiting FROM calendar.waiting w
 WHERE w.consultant_id = $1 AND w.left_at IS NULL AND $2::date BETWEEN w.starts_on AND w.ends_on)sql"};

constexpr Statement kJoin{"join_waiting_list", R"sql(
SELECT * FROM calendar.join_waiting_list(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::bigint, $7, $8::date,
                                         $9::date, $10::calendar.half))sql"};

constexpr Statement kLeave{"leave_waiting_list", R"sql(
SELECT * FROM calendar.leave_waiting_list(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::bigint))sql"};

// $1: waiting_id after which the page begins; $2: rows. The free place is looked for once the page is cut.
constexpr Statement kListWaiting{"list_waiting", R"sql(
SELECT r.*, f.date AS free_date, f.half AS free_half, r.waiting_id::text AS "#key"
  FROM (SELECT w FROM calendar.waiting w
         WHERE ($1::text IS NULL OR w.waiting_id > $1::bigint)
           AND ($3::bigint IS NULL OR w.case_id = $3)
           AND ($4::bigint IS NULL OR w.consultant_id = $4)
           AND ($5::bigint IS NULL OR w.consultant_id = $5)
           AND ($6::boolean OR w.left_at IS NULL)
         ORDER BY w.waiting_id
         LIMIT $2) p
  JOIN calendar.waiting_row r ON r.waiting_id = (p.w).waiting_id
 CROSS JOIN LATERAL calendar.first_free(p.w, $7::date) f
 ORDER BY r.waiting_id)sql",
                                 storage::Planned::kEachTime};

constexpr Statement kListHolidays{"list_holidays", R"sql(
SELECT h.* FROM calendar.holiday_row h
 WHERE h.date BETWEEN make_date($2::int, 1, 1) AND make_date($2::int, 12, 31) AND h.territory IN ('FR', $1)
 ORDER BY h.date, h.territory DESC)sql"};

constexpr Statement kSetSolidarityDay{"set_solidarity_day", R"sql(
SELECT * FROM calendar.set_solidarity_day(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::int, $6::boolean))sql"};

constexpr Statement kReadBoard{"read_board", R"sql(
SELECT b.consultant_id, b.name, b.working_halves, array_to_string(b.busy, ',') AS busy,
       b.left_on, array_to_string(b.absent_from, ',') AS absent_from, array_to_string(b.absent_until, ',') AS absent_until,
       (SELECT string_agg((o.date - $1::date)::text, ',') FROM calendar.holiday o
         WHERE o.date BETWEEN $1::date AND $2::date AND o.territory = 'FR' AND NOT o.worked) AS holidays
  FROM calendar.board($1::date, $2::date, $3::bigint[]) b)sql"};

std::vector<int> Numbers(std::string_view list) {
  std::vector<int> numbers;
  for (const char *at = list.data(), *end = at + list.size(); at < end; ++at) {  // past a comma
    int value = 0;
    at = std::from_chars(at, end, value).ptr;
    numbers.push_back(value);
  }
  return numbers;
}

// Of calendar.refusal's columns, those that have a word in this row.
Metadata WordsIn(const storage::Rows& rows, int row) {
  Metadata words;
  for (const char* column : {"phase", "from", "until", "prerequisite", "most"})
    if (!rows.IsNull(row, column)) words[column] = std::string(rows.Text(row, column));
  return words;
}

std::vector<SeriesEntry> EntriesIn(const storage::Rows& rows) {
  std::vector<SeriesEntry> entries;
  for (int row = 0; row < rows.size(); ++row) {
    entries.push_back({.half_day_id = std::string(rows.Text(row, "half_day_id")),
                       .date = std::string(rows.Text(row, "date")),
                       .half = storage::EnumValue<common::v1::Half>(rows.Text(row, "half")),
                       .refusal = {}});
    if (!rows.IsNull(row, "refusal")) entries.back().refusal = EntryRefusalIn(rows, row);
  }
  return entries;
}

v1::BoardLine LineIn(const storage::Rows& rows, int row, Date from, int days, const std::set<Date>& closed) {
  const std::vector<int> first = Numbers(rows.Text(row, "absent_from"));
  const std::vector<int> last = Numbers(rows.Text(row, "absent_until"));
  DaysAbsent absent;
  if (!rows.IsNull(row, "left_on")) {
    const int gone = from.DaysUntil(*Date::Parse(rows.Text(row, "left_on"))) + 1;
    if (gone < days) absent.emplace_back(std::max(gone, 0), days - 1);
  }
  for (size_t i = 0; i < first.size(); ++i) absent.emplace_back(first[i], last[i]);
  std::optional<HalvesOfWeek> week;
  if (!rows.IsNull(row, "working_halves")) week = static_cast<HalvesOfWeek>(rows.Int(row, "working_halves"));
  const HalfDayBits off = OffHalfDays(from, days, week, closed, absent);
  HalfDayBits busy(2 * days);
  for (const int n : Numbers(rows.Text(row, "busy"))) busy.Set(n);

  v1::BoardLine line;
  line.set_consultant_id(rows.Int(row, "consultant_id"));
  line.set_name(std::string(rows.Text(row, "name")));
  if (!rows.IsNull(row, "left_on")) line.set_left_on(std::string(rows.Text(row, "left_on")));
  line.set_busy(busy.bytes());
  line.set_off(off.bytes());
  int taken = 0, free = 0;
  for (int n = 0; n < 2 * days; ++n) {
    taken += busy.Has(n);
    free += !busy.Has(n) && !off.Has(n);
  }
  line.set_busy_half_days(taken);
  line.set_free_half_days(free);
  return line;
}

}  // namespace

EntryRefusal EntryRefusalIn(const storage::Rows& rows, int row) {
  if (rows.IsNull(row, "refusal")) return {};
  return {.reason = ReasonFromName(rows.Text(row, "refusal")), .words = WordsIn(rows, row)};
}

absl::StatusOr<Stretch> PlanningStore::ReadStretch(const rpc::CallContext& call, const Place& place,
                                                   Date from, const std::string& until) const {
  Params params;
  params.Int(place.case_id).Int(place.consultant_id).Text(place.phase).Text(from.ToIso()).TextOrNull(until);
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kReadStretch, params));
  Stretch stretch;
  stretch.moments.reserve(static_cast<size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    stretch.moments.push_back(
        {.date = *Date::Parse(rows.Text(row, "date")),
         .half = rows.Text(row, "half") == "afternoon" ? Half::kAfternoon : Half::kMorning,
         .refusal = EntryRefusalIn(rows, row).reason});
    if (!rows.IsNull(row, "week_room"))
      stretch.moments.back().week_room = static_cast<int>(rows.Int(row, "week_room"));
    stretch.prerequisites.push_back(
        rows.IsNull(row, "prerequisite") ? "" : std::string(rows.Text(row, "prerequisite")));
  }
  if (!rows.empty()) {
    stretch.places = static_cast<int>(rows.Int(0, "places"));
    stretch.words = WordsIn(rows, 0);
  }
  return stretch;
}

absl::StatusOr<std::vector<SeriesEntry>> PlanningStore::FirstSeries(const rpc::CallContext& call) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kFirstSeries, {}));
  return EntriesIn(rows);
}

absl::StatusOr<std::vector<SeriesEntry>> PlanningStore::PlanSeries(
    const rpc::CallContext& call, const Place& place, const std::string& note,
    const std::vector<SeriesEntry>& entries) const {
  Params params;
  params.Int(place.case_id).Int(place.consultant_id).Text(place.phase).Text(note);
  params.Array(entries, [](const SeriesEntry& entry) { return entry.half_day_id; });
  params.Array(entries, [](const SeriesEntry& entry) { return entry.date; });
  params.Array(entries, [](const SeriesEntry& entry) { return storage::EnumLabel(entry.half); });
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kPlanSeries, params));
  return EntriesIn(rows);
}

absl::StatusOr<std::vector<Candidate>> PlanningStore::ReadStandIns(const rpc::CallContext& call,
                                                                   const Place& place,
                                                                   const std::string& date,
                                                                   common::v1::Half half) const {
  Params params;
  params.Int(place.case_id)
      .Int(place.consultant_id)
      .Text(place.phase)
      .Text(date)
      .Text(storage::EnumLabel(half));
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kReadStandIns, params));
  std::vector<Candidate> candidates;
  for (int row = 0; row < rows.size(); ++row) {
    Candidate& candidate = candidates.emplace_back();
    rows.ReadInto(row, &candidate.stand_in);
    candidate.commune = rows.Text(row, "#commune");
    candidate.home_commune = rows.Text(row, "#home");
    candidate.radius_km = rows.IsNull(row, "#radius_km") ? 0 : static_cast<int>(rows.Int(row, "#radius_km"));
  }
  return candidates;
}

absl::StatusOr<int> PlanningStore::CountWaiting(const rpc::CallContext& call, int64_t consultant_id,
                                                const std::string& date) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(call, kCountWaiting, Params().Int(consultant_id).Text(date)));
  return static_cast<int>(rows.Int(0, "waiting"));
}

absl::StatusOr<v1::Waiting> PlanningStore::Join(const rpc::CallContext& call,
                                                const v1::JoinWaitingListRequest& request) const {
  Params params;
  params.Int(request.case_id()).Int(request.consultant_id()).Text(request.phase());
  params.Text(request.from()).Text(request.until()).TextOrNull(storage::EnumLabel(request.half()));
  return CommandOne<v1::Waiting>(call, kJoin, params);
}

absl::StatusOr<v1::Waiting> PlanningStore::Leave(const rpc::CallContext& call, int64_t waiting_id,
                                                 int64_t only_consultant) const {
  return CommandOne<v1::Waiting>(call, kLeave, Params().Int(waiting_id).IntOrNull(only_consultant));
}

absl::StatusOr<rpc::Encoded<v1::ListWaitingResponse>> PlanningStore::ListWaiting(
    const rpc::CallContext& call, const v1::ListWaitingRequest& request, int64_t only_consultant,
    Date today) const {
  Params params;
  params.IntOrNull(request.case_id()).IntOrNull(request.consultant_id()).IntOrNull(only_consultant);
  params.Bool(request.show_left()).Text(today.ToIso());
  return ReadPage<v1::ListWaitingResponse>(call, request, kListWaiting, params, "waiting");
}

absl::StatusOr<v1::ListHolidaysResponse> PlanningStore::ListHolidays(
    const rpc::CallContext& call, const v1::ListHolidaysRequest& request) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(call, kListHolidays, Params().Text(request.department()).Int(request.year())));
  v1::ListHolidaysResponse response;
  rows.ReadAll(response.mutable_holidays());
  return response;
}

absl::StatusOr<v1::Holiday> PlanningStore::SetSolidarityDay(const rpc::CallContext& call, int year,
                                                            bool worked) const {
  return CommandOne<v1::Holiday>(call, kSetSolidarityDay, Params().Int(year).Bool(worked));
}

absl::StatusOr<v1::GetPlanningBoardResponse> PlanningStore::ReadBoard(
    const rpc::CallContext& call, Date from, Date until, const std::vector<int64_t>& consultant_ids) const {
  Params days;
  days.Text(from.ToIso()).Text(until.ToIso());
  consultant_ids.empty() ? days.Null() : days.Array(consultant_ids);
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kReadBoard, days));
  std::set<Date> closed;
  if (!rows.empty() && !rows.IsNull(0, "holidays"))
    for (const int day : Numbers(rows.Text(0, "holidays"))) closed.insert(from.AddDays(day));
  v1::GetPlanningBoardResponse response;
  response.set_from(from.ToIso());
  response.set_until(until.ToIso());
  for (int row = 0; row < rows.size(); ++row)
    *response.add_lines() = LineIn(rows, row, from, from.DaysUntil(until) + 1, closed);
  return response;
}

}  // namespace jalon::calendar
