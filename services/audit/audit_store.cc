#include "audit/audit_store.h"

namespace jalon::audit {
namespace {

using storage::Params;
using storage::Planned;
using storage::Statement;

constexpr Statement kList{"list_events", R"sql(
SELECT e.*, e."#event_id"::text AS "#key"
  FROM audit.event_row e
 WHERE ($1::text IS NULL OR e."#event_id" < $1::bigint)
   AND ($3::bigint IS NULL OR e.case_id = $3)
   AND ($4::text IS NULL OR e.actor = $4)
   AND ($5::text IS NULL OR e.area = $5)
 ORDER BY e."#event_id" DESC
 LIMIT $2)sql",
                          Planned::kEachTime};

constexpr Statement kChainEnd{"chain_end", R"sql(
SELECT place FROM audit.chain_end)sql"};

// Every event of the stretch, wanted or not: a watcher moves past those it filters out, so that what it reads
// next time grows with what is new and not with what it once skipped.
constexpr Statement kReadAfter{"read_events_after", R"sql(
SELECT c.place::text AS cursor, e.at, e.actor, e.area, e.action, e.subject, e.case_id, e.details::text AS details, e.request_id,
       ($3::bigint IS NULL OR e.case_id IS NOT DISTINCT FROM $3) AND ($4::text IS NULL OR e.actor = $4)
       AND ($5::text IS NULL OR e.area = $5) AS "#wanted"
  FROM audit.chain c
  JOIN audit.event e USING (event_id)
 WHERE c.place > $1
 ORDER BY c.place
 LIMIT $2)sql"};

// In one statement, so that all laws are checked on one instant.
constexpr Statement kCheckLaws{"check_laws", R"sql(
SELECT c.law, sum(c.checked)::bigint AS checked, sum(c.breaches)::bigint AS breaches,
       coalesce(string_agg(nullif(c.sample, ''), E'\n'), '') AS sample
  FROM (SELECT * FROM enrolment.check_laws()
        UNION ALL SELECT * FROM assignment.check_laws()
        UNION ALL SELECT * FROM calendar.check_laws()
        UNION ALL SELECT * FROM funding.check_laws()
        UNION ALL SELECT (funding.check_periods()).*
        UNION ALL SELECT (audit.check_requests()).*
        UNION ALL SELECT (audit.check_chain()).*) c
 GROUP BY c.law
 ORDER BY c.law)sql"};

constexpr Statement kExtendChain{"extend_chain", R"sql(
SELECT audit.extend_chain($1::int) AS placed)sql"};

constexpr int kChainBatch = 5000;

Params FilterParams(const v1::EventFilter& filter) {
  return Params().IntOrNull(filter.case_id()).TextOrNull(filter.actor()).TextOrNull(filter.area());
}

}  // namespace

absl::StatusOr<rpc::Encoded<v1::ListEventsResponse>> AuditStore::List(
    const rpc::CallContext& call, const v1::ListEventsRequest& request) const {
  return ReadPage<v1::ListEventsResponse>(call, request, kList, FilterParams(request.filter()), "events");
}

absl::StatusOr<int64_t> AuditStore::ChainEnd(const rpc::CallContext& call) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kChainEnd));
  return rows.Int(0, "place");
}

absl::StatusOr<Stretch> AuditStore::ReadAfter(const rpc::CallContext& call, int64_t place,
                                              const v1::EventFilter& filter, int limit) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(call, kReadAfter, Params().Int(place).Int(limit).Append(FilterParams(filter))));
  Stretch stretch{.events = {},
                  .last_place = rows.empty() ? place : rows.Int(rows.size() - 1, "cursor"),
                  .full = rows.size() == limit};
  for (int row = 0; row < rows.size(); ++row)
    if (rows.Bool(row, "#wanted")) stretch.events.push_back(rows.Read<v1::Event>(row));
  return stretch;
}

absl::StatusOr<std::vector<LawCheck>> AuditStore::CheckLaws(const rpc::CallContext& call) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kCheckLaws));
  std::vector<LawCheck> checks;
  for (int row = 0; row < rows.size(); ++row) {
    checks.push_back({.law = static_cast<int>(rows.Int(row, "law")),
                      .checked = rows.Int(row, "checked"),
                      .breaches = rows.Int(row, "breaches"),
                      .sample = std::string(rows.Text(row, "sample"))});
  }
  return checks;
}

absl::StatusOr<bool> ExtendChain(storage::Database* database, const Limits& limits) {
  ASSIGN_OR_RETURN(const storage::Rows rows, database->Run(limits, kExtendChain, Params().Int(kChainBatch)));
  return rows.Int(0, "placed") == kChainBatch;
}

}  // namespace jalon::audit
