#include "funding/summary_store.h"

#include <utility>

#include "base/refusal.h"

namespace jalon::funding {
namespace {

using storage::Params;
using storage::Planned;
using storage::Rows;
using storage::Statement;

// Cells that memory holds at the most, of 64 bytes each; while it takes in a change, twice. Beyond, the
// database answers.
constexpr int kMostCells = 100'000;
// New cells that are kept apart, beside a quarter of what is known.
constexpr size_t kFewCells = 256;

// Where the rollup ends, and its cells, in one snapshot.
constexpr Statement kReadRollup{"read_rollup", R"sql(
SELECT pg_postmaster_start_time() AS server, e.next_txid AS horizon, c.*
  FROM funding.summary_end e
  LEFT JOIN LATERAL (SELECT * FROM funding.summary_cell LIMIT $1) c ON true)sql"};

// Everything of a transaction from $1 on. One before the horizon is over, whatever came of it. Planned each
// time, knowing how few they are: a plan for any number of them would read the whole ledger.
constexpr Statement kReadFresh{"read_fresh", R"sql(
SELECT pg_postmaster_start_time() AS server, h.horizon, m.*
  FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) h
  LEFT JOIN LATERAL (
    SELECT e.txid < h.horizon AS settled, e.programme, e.funder, e.region, e.month, e.phase, e.size_class,
           sum(e.half_days)::bigint AS half_days, sum(e.cost)::bigint AS cost, sum(e.reserved)::bigint AS reserved,
           sum(e.charged)::bigint AS charged, sum(e.paid)::bigint AS paid
      FROM funding.measured_entry e
     WHERE e.txid >= $1::xid8
     GROUP BY 1, e.programme, e.funder, e.region, e.month, e.phase, e.size_class) m ON true)sql",
                               Planned::kEachTime};

// The rows asked for, and last their total.
constexpr Statement kSummarize{"summarize", R"sql(
SELECT s.programme, s.funder, s.region, s.month, s.phase, s.size_class, s.half_days, s.cost, s.reserved, s.charged, s.paid
  FROM funding.summarize($1::text[], $2, $3, $4, $5::date, $6::date) s)sql"};

std::string FirstOf(const std::string& month) {
  return month.empty() ? "" : month + "-01";
}

// None: the row tells of no cell.
bool HasCell(const Rows& rows, int row) {
  return !rows.IsNull(row, "funder");
}

void AddCell(const Rows& rows, int row, SummaryCells::Builder* cells) {
  cells->Add({rows.Text(row, "programme"), rows.Text(row, "funder"), rows.Text(row, "region"),
              rows.Text(row, "month").substr(0, 7), rows.Text(row, "phase"), rows.Text(row, "size_class")},
             {.half_days = rows.Int(row, "half_days"),
              .cost = rows.Int(row, "cost"),
              .reserved = rows.Int(row, "reserved"),
              .charged = rows.Int(row, "charged"),
              .paid = rows.Int(row, "paid")});
}

SummaryDimension DimensionOf(int dimension) {
  switch (dimension) {
    case v1::DIMENSION_FUNDER:
      return kFunder;
    case v1::DIMENSION_REGION:
      return kRegion;
    case v1::DIMENSION_MONTH:
      return kMonth;
    case v1::DIMENSION_PHASE:
      return kPhase;
    case v1::DIMENSION_SIZE_CLASS:
      return kSizeClass;
    default:
      return kProgramme;
  }
}

SummaryQuestion QuestionOf(const v1::SummarizeFundingRequest& request) {
  SummaryQuestion question{.group_by = {},
                           .programme = request.programme(),
                           .funder = request.funder(),
                           .region = request.region(),
                           .from_month = request.from_month(),
                           .until_month = request.until_month()};
  for (const int dimension : request.group_by()) question.group_by.set(DimensionOf(dimension));
  return question;
}

// No currency: where none is named, it is the euro.
void Fill(const Measures& sums, v1::SummaryRow* row) {
  row->set_half_days(sums.half_days);
  row->mutable_cost()->set_cents(sums.cost);
  row->mutable_reserved()->set_cents(sums.reserved);
  row->mutable_charged()->set_cents(sums.charged);
  row->mutable_paid()->set_cents(sums.paid);
}

void Fill(const SummaryLine& line, v1::SummaryRow* row) {
  const auto set = [&](SummaryDimension dimension, void (v1::SummaryRow::*setter)(std::string &&)) {
    if (!line.words[dimension].empty()) (row->*setter)(std::string(line.words[dimension]));
  };
  set(kProgramme, &v1::SummaryRow::set_programme);
  set(kFunder, &v1::SummaryRow::set_funder);
  set(kRegion, &v1::SummaryRow::set_region);
  set(kMonth, &v1::SummaryRow::set_month);
  set(kPhase, &v1::SummaryRow::set_phase);
  if (!line.words[kSizeClass].empty())
    row->set_size_class(storage::EnumValue<common::v1::SizeClass>(line.words[kSizeClass]));
  Fill(line.sums, row);
}

v1::SummarizeFundingResponse ToProto(const SummaryAnswer& answer) {
  v1::SummarizeFundingResponse response;
  response.mutable_rows()->Reserve(static_cast<int>(answer.lines.size()));
  for (const SummaryLine& line : answer.lines) Fill(line, response.add_rows());
  Fill(answer.total, response.mutable_total());
  return response;
}

}  // namespace

absl::StatusOr<v1::SummarizeFundingResponse> SummaryStore::Summarize(
    const rpc::CallContext& call, const v1::SummarizeFundingRequest& request) const {
  ASSIGN_OR_RETURN(Known known, Recall(call));
  if (known.base == nullptr) return AskDatabase(call, request);
  ASSIGN_OR_RETURN(Fresh fresh, ReadFresh(call, known));
  if (fresh.server != known.server) {
    ASSIGN_OR_RETURN(known, ReadRollup(call));
    if (known.base == nullptr) return AskDatabase(call, request);
    ASSIGN_OR_RETURN(fresh, ReadFresh(call, known));
  }
  const auto answer =
      funding::Summarize({known.base.get(), known.recent.get(), &fresh.all}, QuestionOf(request));
  if (!answer) return AskDatabase(call, request);
  v1::SummarizeFundingResponse response = ToProto(*answer);
  Learn(known, fresh);
  return response;
}

absl::StatusOr<SummaryStore::Known> SummaryStore::Recall(const rpc::CallContext& call) const {
  {
    const std::lock_guard lock(mutex_);
    if (!known_.server.empty()) return known_;
  }
  return ReadRollup(call);
}

absl::StatusOr<SummaryStore::Known> SummaryStore::ReadRollup(const rpc::CallContext& call) const {
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kReadRollup, Params().Int(kMostCells + 1)));
  SummaryCells::Builder builder;
  Known known{.server = std::string(rows.Text(0, "server")),
              .end = std::string(rows.Text(0, "horizon")),
              .base = nullptr,
              .recent = std::make_shared<SummaryCells>()};
  if (rows.size() <= kMostCells) {
    for (int row = 0; row < rows.size(); ++row)
      if (HasCell(rows, row)) AddCell(rows, row, &builder);
    known.base = std::make_shared<SummaryCells>(std::move(builder).Build());
  }
  const std::lock_guard lock(mutex_);
  known_ = known;
  return known;
}

absl::StatusOr<SummaryStore::Fresh> SummaryStore::ReadFresh(const rpc::CallContext& call,
                                                            const Known& known) const {
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kReadFresh, Params().Text(known.end)));
  SummaryCells::Builder all, settled;
  for (int row = 0; row < rows.size() && HasCell(rows, row); ++row) {
    AddCell(rows, row, &all);
    if (rows.Bool(row, "settled")) AddCell(rows, row, &settled);
  }
  return Fresh{.server = std::string(rows.Text(0, "server")),
               .horizon = std::string(rows.Text(0, "horizon")),
               .all = std::move(all).Build(),
               .settled = std::move(settled).Build()};
}

// Of callers that learn at once, one does; the others' next question brings the rest.
void SummaryStore::Learn(const Known& known, const Fresh& fresh) const {
  Known more = known;
  more.end = fresh.horizon;
  if (fresh.settled.size() > 0) {
    more.recent = std::make_shared<SummaryCells>(SummaryCells::Merge(*known.recent, fresh.settled));
    if (more.recent->size() > kFewCells + known.base->size() / 4) {
      more.base = std::make_shared<SummaryCells>(SummaryCells::Merge(*known.base, *more.recent));
      more.recent = std::make_shared<SummaryCells>();
      if (more.base->size() > kMostCells) more.base = nullptr;
    }
  }
  const std::lock_guard lock(mutex_);
  if (known_.server == known.server && known_.end == known.end) known_ = std::move(more);
}

absl::StatusOr<v1::SummarizeFundingResponse> SummaryStore::AskDatabase(
    const rpc::CallContext& call, const v1::SummarizeFundingRequest& request) const {
  Params params;
  params.Array(request.group_by(),
               [](int dimension) { return storage::EnumLabel(static_cast<v1::Dimension>(dimension)); });
  params.TextOrNull(request.programme()).TextOrNull(request.funder()).TextOrNull(request.region());
  params.TextOrNull(FirstOf(request.from_month())).TextOrNull(FirstOf(request.until_month()));
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kSummarize, params));
  v1::SummarizeFundingResponse response;
  const int last = rows.size() - 1;  // the total, which always comes
  rows.ReadAll(response.mutable_rows(), last);
  rows.ReadInto(last, response.mutable_total());
  return response;
}

}  // namespace jalon::funding
