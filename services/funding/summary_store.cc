#include "funding/summary_store.h"

#include <malloc.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/date.h"
#include "base/refusal.h"
#include "storage/wire_form.h"

namespace jalon::funding {
namespace {

using storage::Params;
using storage::Rows;
using storage::Statement;

// Cells of each cut that memory holds at the most, of 120 bytes each; while it takes in a change, twice.
// Beyond, the database answers.
constexpr int kMostCells = 100'000;
// New cells that are kept apart, beside a quarter of what is known.
constexpr size_t kFewCells = 256;

constexpr Statement kDayIsOver{"day_is_over", R"sql(
SELECT funding.day_is_over($1::date) AS over, $1::date < funding.day_now() AS past)sql"};

// Where the rollups end, and their cells, in one snapshot.
constexpr Statement kReadRollups{"read_rollups", R"sql(
SELECT pg_postmaster_start_time() AS server, e.next_txid AS horizon, c.*
  FROM funding.summary_end e
  LEFT JOIN LATERAL (
    SELECT k.place - 1 AS cut, m.*
      FROM unnest(ARRAY['region', 'place', 'size', 'sector']::funding.summary_cut[]) WITH ORDINALITY AS k (cut, place),
           LATERAL (
             SELECT programme, funder, region, department, month, phase, size_class, sector, posted_on, entries, half_days, cost,
                    reserved, charged, paid, forecast, cases, companies, companies_anywhere
               FROM funding.summary_posted p
              WHERE p.cut = k.cut AND span = CASE k.cut WHEN 'region' THEN 'day' ELSE 'month' END::funding.summary_span
              LIMIT $1) m) c ON true)sql"};

// Everything of a transaction from $1 on. One before the horizon is over, whatever came of it. The second
// bound excludes nothing: of what lies between two bounds it does not know, the planner expects little and
// takes the index, where after one bound it would expect a third of the ledger and read it all. That it does
// not know the first either keeps one plan good for all, where it would make one at each call.
constexpr Statement kReadFresh{"read_fresh", R"sql(
SELECT pg_postmaster_start_time() AS server, h.horizon, m.*
  FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) h
  LEFT JOIN LATERAL (
    SELECT e.txid < h.horizon AS settled, e.programme, e.funder, e.region, e.department, e.month, e.phase, e.size_class,
           e.sector, e.posted_on,
           common.total(e.entries) AS entries, common.total(e.half_days) AS half_days, common.total(e.cost) AS cost,
           common.total(e.reserved) AS reserved, common.total(e.charged) AS charged, common.total(e.paid) AS paid,
           common.total(e.forecast) AS forecast, common.total(e.cases) AS cases, common.total(e.companies) AS companies,
           common.total(e.companies_anywhere) AS companies_anywhere
      FROM funding.measured_entry e
     WHERE e.txid >= (SELECT $1::xid8) AND e.txid < '18446744073709551615'::xid8
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) m ON true)sql"};

// What was posted in the month of $2 up to and with that day, which is over, in the cut $1; only the
// dimensions of $3 are told, and those that say what a row counts. It is whole by itself, under its own
// snapshot: nothing more can be posted on those days. The tail is read by its transactions before anybody
// asks for the days: a month's entries are many, those since the last folding few.
constexpr Statement kReadDays{"read_days", R"sql(
SELECT programme, funder, phase, CASE WHEN $3::boolean THEN region END AS region,
       CASE WHEN $4::boolean THEN department END AS department, CASE WHEN $5::boolean THEN month END AS month,
       CASE WHEN $6::boolean THEN size_class END AS size_class, CASE WHEN $7::boolean THEN sector END AS sector,
       '' AS posted_on,
       common.total(entries) AS entries, common.total(half_days) AS half_days, common.total(cost) AS cost,
       common.total(reserved) AS reserved, common.total(charged) AS charged, common.total(paid) AS paid,
       common.total(forecast) AS forecast, common.total(cases) AS cases, common.total(companies) AS companies,
       common.total(companies_anywhere) AS companies_anywhere
  FROM (SELECT * FROM funding.posted_in_month($1::funding.summary_cut, $2::date)
        UNION ALL
        SELECT programme, funder, region, department, month, phase, size_class, sector, entries, half_days, cost, reserved,
               charged, paid, forecast, cases, companies, companies_anywhere
          FROM (SELECT m.*
                  FROM funding.measured_entry m
                 WHERE txid >= (SELECT e.next_txid FROM funding.summary_end e) AND txid < '18446744073709551615'::xid8
                OFFSET 0) tail
         WHERE posted_on BETWEEN date_trunc('month', $2::date)::date AND $2::date) posted
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8)sql"};

// The rows asked for, and last their total.
constexpr Statement kSummarize{"summarize", R"sql(
SELECT s.programme, s.funder, s.region, s.department, s.month, s.phase, s.size_class, s.sector, s.half_days, s.cost, s.reserved,
       s.charged, s.paid, s.reserved - s.charged AS remaining, s.forecast, s.cases, s.companies
  FROM funding.summarize($1::text[], $2, $3, $4, $5, $6, $7, $8, $9::date, $10::date, $11::date) s)sql"};

std::string FirstOf(const std::string& month) {
  return month.empty() ? "" : month + "-01";
}

// None: the row tells of no cell.
bool HasCell(const Rows& rows, int row) {
  return !rows.IsNull(row, "funder");
}

// Of a row that tells a cell apart by everything.
SummaryWords WordsOf(const Rows& rows, int row) {
  return {rows.Text(row, "programme"),
          rows.Text(row, "funder"),
          rows.Text(row, "region"),
          rows.Text(row, "department"),
          rows.Text(row, "month").substr(0, 7),
          rows.Text(row, "phase"),
          rows.Text(row, "size_class"),
          rows.Text(row, "sector"),
          rows.Text(row, "posted_on")};
}

Measures SumsOf(const Rows& rows, int row) {
  return {.entries = rows.Int(row, "entries"),
          .half_days = rows.Int(row, "half_days"),
          .cost = rows.Int(row, "cost"),
          .reserved = rows.Int(row, "reserved"),
          .charged = rows.Int(row, "charged"),
          .paid = rows.Int(row, "paid"),
          .forecast = rows.Int(row, "forecast"),
          .cases = rows.Int(row, "cases"),
          .companies = rows.Int(row, "companies"),
          .companies_anywhere = rows.Int(row, "companies_anywhere")};
}

SummaryDimension DimensionOf(int dimension) {
  switch (dimension) {
    case v1::DIMENSION_PROGRAMME:
      return kProgramme;
    case v1::DIMENSION_FUNDER:
      return kFunder;
    case v1::DIMENSION_REGION:
      return kRegion;
    case v1::DIMENSION_DEPARTMENT:
      return kDepartment;
    case v1::DIMENSION_MONTH:
      return kMonth;
    case v1::DIMENSION_PHASE:
      return kPhase;
    case v1::DIMENSION_SIZE_CLASS:
      return kSizeClass;
    default:
      return kSector;
  }
}

bool WithinAMonth(const std::string& day) {
  const auto date = Date::Parse(day);
  return date && *date != date->FirstOfMonth().LastDay();
}

SummaryQuestion QuestionOf(const v1::SummarizeFundingRequest& request) {
  SummaryQuestion question{.group_by = {},
                           .programme = request.programme(),
                           .funder = request.funder(),
                           .region = request.region(),
                           .department = request.department(),
                           .phase = request.phase(),
                           .size_class = storage::EnumLabel(request.size_class()),
                           .sector = request.sector(),
                           .from_month = request.from_month(),
                           .until_month = request.until_month(),
                           .as_of = request.as_of()};
  for (const int asked : request.group_by()) question.group_by.set(DimensionOf(asked));
  return question;
}

// No currency: where none is named, it is the euro.
void Fill(const Measures& sums, v1::SummaryRow* row) {
  row->set_half_days(sums.half_days);
  row->mutable_cost()->set_cents(sums.cost);
  row->mutable_reserved()->set_cents(sums.reserved);
  row->mutable_charged()->set_cents(sums.charged);
  row->mutable_paid()->set_cents(sums.paid);
  row->mutable_remaining()->set_cents(sums.reserved - sums.charged);
  row->mutable_forecast()->set_cents(sums.forecast);
  row->set_cases(sums.cases);
  row->set_companies(sums.companies);
}

void Fill(const SummaryLine& line, v1::SummaryRow* row) {
  const auto set = [&](SummaryDimension dimension, void (v1::SummaryRow::*setter)(std::string &&)) {
    if (!line.words[dimension].empty()) (row->*setter)(std::string(line.words[dimension]));
  };
  set(kProgramme, &v1::SummaryRow::set_programme);
  set(kFunder, &v1::SummaryRow::set_funder);
  set(kRegion, &v1::SummaryRow::set_region);
  set(kDepartment, &v1::SummaryRow::set_department);
  set(kMonth, &v1::SummaryRow::set_month);
  set(kPhase, &v1::SummaryRow::set_phase);
  set(kSector, &v1::SummaryRow::set_sector);
  if (!line.words[kSizeClass].empty())
    row->set_size_class(storage::EnumValue<common::v1::SizeClass>(line.words[kSizeClass]));
  Fill(line.sums, row);
}

// Row by row through one message, which keeps what it allocated: thousands of rows, each with its amounts,
// would cost more to build and take down than to add up.
rpc::Encoded<v1::SummarizeFundingResponse> Encode(const SummaryAnswer& answer) {
  using Response = v1::SummarizeFundingResponse;
  const auto* rows = Response::descriptor()->FindFieldByNumber(Response::kRowsFieldNumber);
  const auto* total = Response::descriptor()->FindFieldByNumber(Response::kTotalFieldNumber);
  rpc::Encoded<Response> response;
  v1::SummaryRow row;
  std::string content;
  const auto append = [&](const auto& told, const google::protobuf::FieldDescriptor* field) {
    row.Clear();
    Fill(told, &row);
    row.SerializeToString(&content);
    storage::AppendMessage(field, content, &response.wire);
  };
  for (const SummaryLine& line : answer.lines) append(line, rows);
  append(answer.total, total);
  return response;
}

}  // namespace

absl::StatusOr<rpc::Encoded<v1::SummarizeFundingResponse>> SummaryStore::Summarize(
    const rpc::CallContext& call, const v1::SummarizeFundingRequest& request) const {
  if (!request.as_of().empty()) RETURN_IF_ERROR(AwaitEndOf(call, request.as_of()));
  SummaryQuestion question = QuestionOf(request);
  const Dimensions asked = AskedOf(question);
  const std::optional<Cut> cut = CutFor(asked, WithinAMonth(question.as_of));
  if (!cut) return AskDatabase(call, request);
  ASSIGN_OR_RETURN(Known known, Recall(call));
  if (known.cuts[*cut].base == nullptr) return AskDatabase(call, request);
  ASSIGN_OR_RETURN(Fresh fresh, ReadFresh(call, known));
  if (fresh.server != known.server) {
    ASSIGN_OR_RETURN(known, ReadRollups(call));
    if (known.cuts[*cut].base == nullptr) return AskDatabase(call, request);
    ASSIGN_OR_RETURN(fresh, ReadFresh(call, known));
  }
  SummaryCells days;
  if (*cut != kByRegion && WithinAMonth(question.as_of)) {
    ASSIGN_OR_RETURN(days, ReadDays(call, *cut, asked, question.as_of));
    question.as_of = Date::Parse(question.as_of)->FirstOfMonth().FirstDay().AddDays(-1).ToIso();
  }
  const Layers& held = known.cuts[*cut];
  const auto answer = funding::Summarize({held.base.get(), held.recent.get(), &fresh.all, &days}, question);
  if (!answer) return AskDatabase(call, request);
  auto response = Encode(*answer);
  Learn(known, fresh);
  return response;
}

// Those that make rows, or bound them.
SummaryStore::Dimensions SummaryStore::AskedOf(const SummaryQuestion& question) {
  Dimensions asked = question.group_by;
  if (!question.region.empty()) asked.set(kRegion);
  if (!question.department.empty()) asked.set(kDepartment);
  if (!question.from_month.empty() || !question.until_month.empty()) asked.set(kMonth);
  if (!question.phase.empty()) asked.set(kPhase);
  if (!question.size_class.empty()) asked.set(kSizeClass);
  if (!question.sector.empty()) asked.set(kSector);
  return asked;
}

// None: it asks for more than any cell in memory tells.
std::optional<SummaryStore::Cut> SummaryStore::CutFor(const Dimensions& asked, bool within_a_month) {
  const bool region = asked[kRegion], department = asked[kDepartment],
             size = asked[kPhase] || asked[kSizeClass], sector = asked[kSector];
  // By region there are fewer cells without each day.
  if (!size && !sector) return within_a_month && !department ? kByRegion : kByPlace;
  if (!department && !sector) return kBySize;
  if (!region && !department && !size) return kBySector;
  return std::nullopt;
}

// A summary as of a day is the same for ever only if nothing more can be posted on it. Said once, it stays
// true.
absl::Status SummaryStore::AwaitEndOf(const rpc::CallContext& call, const std::string& day) const {
  {
    const std::lock_guard lock(mutex_);
    if (day <= last_day_over_) return absl::OkStatus();  // dates in ISO 8601 compare as text
  }
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kDayIsOver, Params().Text(day)));
  if (!rows.Bool(0, "past")) return Refuse(common::v1::REASON_DAY_NOT_OVER, {{"date", day}});
  if (!rows.Bool(0, "over")) return Refuse(common::v1::REASON_CONTENDED);
  const std::lock_guard lock(mutex_);
  last_day_over_ = std::max(last_day_over_, day);
  return absl::OkStatus();
}

absl::StatusOr<SummaryCells> SummaryStore::ReadDays(const rpc::CallContext& call, Cut cut,
                                                    const Dimensions& asked, const std::string& as_of) const {
  const std::string_view label = cut == kBySize ? "size" : cut == kBySector ? "sector" : "place";
  Params params;
  params.Text(label).Text(as_of).Bool(asked[kRegion]).Bool(asked[kDepartment]).Bool(asked[kMonth]);
  params.Bool(asked[kSizeClass]).Bool(asked[kSector]);
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kReadDays, params));
  SummaryCells::Builder cells;
  for (int row = 0; row < rows.size(); ++row) AddCell(rows, row, cut, &cells);
  return std::move(cells).Build();
}

absl::StatusOr<SummaryStore::Known> SummaryStore::Recall(const rpc::CallContext& call) const {
  {
    const std::lock_guard lock(mutex_);
    if (!known_.server.empty()) return known_;
  }
  auto known = ReadRollups(call);
  malloc_trim(0);  // the rows took several times what is kept of them
  return known;
}

absl::StatusOr<SummaryStore::Known> SummaryStore::ReadRollups(const rpc::CallContext& call) const {
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kReadRollups, Params().Int(kMostCells + 1)));
  std::array<SummaryCells::Builder, kCuts> cells;
  std::array<int, kCuts> counts{};
  for (int row = 0; row < rows.size() && HasCell(rows, row); ++row) {
    const auto cut = static_cast<size_t>(rows.Int(row, "cut"));
    ++counts[cut];
    AddCell(rows, row, static_cast<Cut>(cut), &cells[cut]);
  }
  Known known{
      .server = std::string(rows.Text(0, "server")), .end = std::string(rows.Text(0, "horizon")), .cuts = {}};
  for (size_t cut = 0; cut < kCuts; ++cut) {
    if (counts[cut] > kMostCells) continue;
    known.cuts[cut] = {.base = std::make_shared<const SummaryCells>(std::move(cells[cut]).Build()),
                       .recent = std::make_shared<SummaryCells>()};
  }
  const std::lock_guard lock(mutex_);
  known_ = known;
  return known;
}

// What the cut does not tell apart is left out; counted for each phase, it would add up to more than once. A
// month of posting, as 2026-03, comes before its days: what is as of its last day has all of it.
void SummaryStore::AddCell(const Rows& rows, int row, Cut cut, SummaryCells::Builder* cells) {
  SummaryWords words = WordsOf(rows, row);
  Measures sums = SumsOf(rows, row);
  if (cut != kBySize) {
    if (!words[kPhase].empty()) sums.cases = sums.companies = sums.companies_anywhere = 0;
    words[kPhase] = words[kSizeClass] = "";
  }
  if (cut != kByPlace) words[kDepartment] = "";
  if (cut != kBySector) words[kSector] = "";
  if (cut == kBySector) words[kRegion] = "";
  if (cut != kByRegion) words[kPostedOn] = words[kPostedOn].substr(0, 7);
  cells->Add(words, sums);
}

absl::StatusOr<SummaryStore::Fresh> SummaryStore::ReadFresh(const rpc::CallContext& call,
                                                            const Known& known) const {
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kReadFresh, Params().Text(known.end)));
  SummaryCells::Builder all;
  std::array<SummaryCells::Builder, kCuts> settled;
  for (int row = 0; row < rows.size() && HasCell(rows, row); ++row) {
    all.Add(WordsOf(rows, row), SumsOf(rows, row));
    if (!rows.Bool(row, "settled")) continue;
    for (size_t cut = 0; cut < kCuts; ++cut) AddCell(rows, row, static_cast<Cut>(cut), &settled[cut]);
  }
  Fresh fresh{.server = std::string(rows.Text(0, "server")),
              .horizon = std::string(rows.Text(0, "horizon")),
              .all = std::move(all).Build(),
              .settled = {}};
  for (size_t cut = 0; cut < kCuts; ++cut) fresh.settled[cut] = std::move(settled[cut]).Build();
  return fresh;
}

SummaryStore::Layers SummaryStore::Layers::With(const SummaryCells& fresh) const {
  if (base == nullptr || fresh.size() == 0) return *this;
  Layers with{.base = base, .recent = std::make_shared<SummaryCells>(SummaryCells::Merge(*recent, fresh))};
  if (with.recent->size() <= kFewCells + base->size() / 4) return with;
  with.base = std::make_shared<SummaryCells>(SummaryCells::Merge(*base, *with.recent));
  with.recent = std::make_shared<SummaryCells>();
  if (with.base->size() > kMostCells) with.base = nullptr;
  return with;
}

// Of callers that learn at once, one does; the others' next question brings the rest.
void SummaryStore::Learn(const Known& known, const Fresh& fresh) const {
  Known more{.server = known.server, .end = fresh.horizon, .cuts = {}};
  for (size_t cut = 0; cut < kCuts; ++cut) more.cuts[cut] = known.cuts[cut].With(fresh.settled[cut]);
  const std::lock_guard lock(mutex_);
  if (known_.server == known.server && known_.end == known.end) known_ = std::move(more);
}

absl::StatusOr<rpc::Encoded<v1::SummarizeFundingResponse>> SummaryStore::AskDatabase(
    const rpc::CallContext& call, const v1::SummarizeFundingRequest& request) const {
  Params params;
  params.Array(request.group_by(),
               [](int dimension) { return storage::EnumLabel(static_cast<v1::Dimension>(dimension)); });
  params.TextOrNull(request.programme()).TextOrNull(request.funder()).TextOrNull(request.region());
  params.TextOrNull(request.department()).TextOrNull(request.phase());
  params.TextOrNull(storage::EnumLabel(request.size_class())).TextOrNull(request.sector());
  params.TextOrNull(FirstOf(request.from_month())).TextOrNull(FirstOf(request.until_month()));
  params.TextOrNull(request.as_of());
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kSummarize, params));
  rpc::Encoded<v1::SummarizeFundingResponse> response;
  const int last = rows.size() - 1;  // the total, which always comes
  rows.Encode<v1::SummarizeFundingResponse>(0, last, "rows", &response.wire);
  rows.Encode<v1::SummarizeFundingResponse>(last, 1, "total", &response.wire);
  return response;
}

}  // namespace jalon::funding
