#include "funding/impact_store.h"

#include "base/paris.h"
#include "base/refusal.h"
#include "funding/agreement_row.h"

namespace jalon::funding {
namespace {

using programme::v1::Rulebook;
using storage::Params;
using storage::Statement;

// So many cases in a message at the most: far below a message's limit, and few enough for a smooth bar.
constexpr int kCasesAtOnce = 500;

constexpr Statement kPublished{"published_versions", R"sql(
SELECT b.rulebook FROM programme.published_rulebook b WHERE b.programme = $1 ORDER BY b.version)sql"};

constexpr Statement kCount{"count_live_cases", R"sql(
SELECT count(*) AS live
  FROM enrolment.eligibility_facts f
  LEFT JOIN funding.agreement a USING (case_id)
 WHERE f.programme = $1 AND f.state IN ('open', 'admitted') AND a.released_on IS NULL)sql"};

// After a case, by number; said of the agreements too, or they would be merged from their first. An open case
// is governed by the version in force; an admission freezes it.
constexpr Statement kLiveCases{"live_cases", R"sql(
SELECT f.case_id, f.siren, f.company_name, f.applied_on, f.admitted_on, f.granted_half_days, f.headcount_hundredths,
       f.site_headcount_hundredths, f.turnover_cents, f.balance_sheet_cents, f.independent, f.size_class,
       array_to_string(f.statuses, ',') AS statuses, f.ceased, f.created_on, f.region, f.naf, f.earlier_requests,
       coalesce(f.rulebook_version, b.version) AS rulebook_version, a.basis, a.region AS signed_region,
       CASE WHEN $3::boolean THEN (SELECT min(h.date) FROM calendar.approved_half_day h WHERE h.case_id = f.case_id) END AS first_day,
       (SELECT (v.agreed_at AT TIME ZONE 'Europe/Paris')::date > $4::date - 90
          FROM funding.agreement_version v WHERE v.agreement_id = a.agreement_id AND v.version = 1) AS signed_lately,
       (SELECT string_agg(d.funder || ' ' || d.envelope_id, ',')
          FROM funding.agreement_funder d WHERE d.agreement_id = a.agreement_id) AS envelopes
  FROM enrolment.eligibility_facts f
  LEFT JOIN LATERAL programme.rulebook_in_force(f.programme, f.applied_on, f.admitted_on, NULL, NULL) b ON f.rulebook_version IS NULL
  LEFT JOIN funding.agreement a ON a.case_id = f.case_id AND a.case_id > $2::bigint
 WHERE f.programme = $1 AND f.state IN ('open', 'admitted') AND a.released_on IS NULL AND f.case_id > $2::bigint
 ORDER BY f.case_id
 LIMIT 500)sql"};

constexpr Statement kEnvelopes{"envelopes_under_draft", R"sql(
SELECT * FROM funding.envelopes_under($1::text[], $2::bigint[], $3::text[], $4::text[], $5::date[], $6::bigint[], $7::bigint[]))sql"};

rules::EligibilityFacts ReadFacts(const storage::Rows& rows, int row) {
  rules::EligibilityFacts facts{.applied_on = *Date::Parse(rows.Text(row, "applied_on"))};
  facts.headcount_hundredths = rows.Int(row, "headcount_hundredths");
  if (!rows.IsNull(row, "site_headcount_hundredths"))
    facts.site_headcount_hundredths = rows.Int(row, "site_headcount_hundredths");
  facts.turnover_cents = rows.Int(row, "turnover_cents");
  facts.balance_sheet_cents = rows.Int(row, "balance_sheet_cents");
  facts.created_on = Date::Parse(rows.Text(row, "created_on"));
  facts.independent = rows.Bool(row, "independent");
  facts.region = rows.Text(row, "region");
  facts.naf = rows.Text(row, "naf");
  facts.size_class = storage::EnumValue<common::v1::SizeClass>(rows.Text(row, "size_class"));
  facts.statuses = SplitList(rows.Text(row, "statuses"));
  for (const std::string& day : SplitList(rows.Text(row, "earlier_requests")))
    facts.earlier_requests.push_back(*Date::Parse(day));
  return facts;
}

LiveCase ReadCase(const storage::Rows& rows, int row) {
  LiveCase live;
  live.case_id = rows.Int(row, "case_id");
  live.siren = rows.Text(row, "siren");
  live.company_name = rows.Text(row, "company_name");
  live.applied_on = rows.Text(row, "applied_on");
  live.admitted_on = rows.Text(row, "admitted_on");
  live.first_day = rows.Text(row, "first_day");
  live.ceased = rows.Bool(row, "ceased");
  live.facts = ReadFacts(rows, row);
  if (!rows.IsNull(row, "rulebook_version"))
    live.rulebook_version = static_cast<int>(rows.Int(row, "rulebook_version"));
  if (rows.IsNull(row, "basis")) return live;
  live.granted_half_days = static_cast<int>(rows.Int(row, "granted_half_days"));
  live.terms.emplace().ParseFromString(rows.Bytes(row, "basis"));
  live.region = rows.Text(row, "signed_region");
  live.signed_lately = rows.Bool(row, "signed_lately");
  for (const std::string& drawn : SplitList(rows.Text(row, "envelopes"))) {
    const size_t blank = drawn.find(' ');
    live.envelopes[drawn.substr(0, blank)] = std::stoll(drawn.substr(blank + 1));
  }
  return live;
}

bool ReadsFirstDay(const Rulebook& draft) {
  return draft.terms_fixed_by() == programme::v1::FIXING_DATE_FIRST_DAY ||
         draft.transition_by() == programme::v1::FIXING_DATE_FIRST_DAY;
}

Params EnvelopeParams(const Impact& impact) {
  const auto& needs = impact.envelope_needs();
  const auto envelope = [](const auto& need) {
    return need.first.envelope_id == 0 ? std::string() : std::to_string(need.first.envelope_id);
  };
  return Params()
      .Array(impact.funders())
      .ArrayOrNulls(needs, envelope)
      .Array(needs, [](const auto& need) { return need.first.funder; })
      .Array(needs, [](const auto& need) { return need.first.region; })
      .ArrayOrNulls(needs, [](const auto& need) { return need.first.signed_on; })
      .Array(needs, [](const auto& need) { return need.second.cents; })
      .Array(needs, [](const auto& need) { return need.second.lately; });
}

// What one reading of the database makes of a draft.
class Measurement {
 public:
  Measurement(storage::Snapshot& database, const Rulebook& draft, bool include_unchanged,
              const rpc::Sender<v1::MeasureRulebookImpactResponse>& send)
      : database_(database), draft_(draft), include_unchanged_(include_unchanged), send_(send) {}

  absl::Status Run() {
    ASSIGN_OR_RETURN(const std::vector<Rulebook> published, ReadPublished());
    if (published.empty())
      return Refuse(common::v1::REASON_PROGRAMME_NOT_FOUND, {{"programme", draft_.programme()}});
    Impact impact(draft_, published, today_);
    ASSIGN_OR_RETURN(const bool stays, SendOutset(impact));
    if (!stays) return absl::OkStatus();
    ASSIGN_OR_RETURN(const bool still_stays, SendCases(&impact));
    if (!still_stays) return absl::OkStatus();
    return SendSummary(impact);
  }

 private:
  absl::StatusOr<std::vector<Rulebook>> ReadPublished() {
    ASSIGN_OR_RETURN(const storage::Rows rows, database_.Run(kPublished, Params().Text(draft_.programme())));
    std::vector<Rulebook> published(static_cast<size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row)
      published[static_cast<size_t>(row)].ParseFromString(rows.Bytes(row, "rulebook"));
    return published;
  }

  // As the two below: false once the caller left.
  absl::StatusOr<bool> SendOutset(const Impact& impact) {
    ASSIGN_OR_RETURN(const storage::Rows rows, database_.Run(kCount, Params().Text(draft_.programme())));
    v1::MeasureRulebookImpactResponse response;
    v1::ImpactOutset& outset = *response.mutable_outset();
    outset.set_programme(draft_.programme());
    outset.set_live_cases(static_cast<int32_t>(rows.Int(0, "live")));
    for (const std::string& funder : impact.funders()) outset.add_funders(funder);
    return send_(response);
  }

  absl::StatusOr<bool> SendCases(Impact* impact) {
    for (int64_t after = 0;;) {
      ASSIGN_OR_RETURN(
          const storage::Rows rows,
          database_.Run(
              kLiveCases,
              Params().Text(draft_.programme()).Int(after).Bool(ReadsFirstDay(draft_)).Text(today_)));
      if (rows.empty()) return true;
      v1::MeasureRulebookImpactResponse response;
      for (int row = 0; row < rows.size(); ++row) {
        v1::CaseImpact one = impact->Examine(ReadCase(rows, row));
        if (include_unchanged_ || one.effect() != v1::CASE_EFFECT_UNCHANGED)
          *response.add_cases() = std::move(one);
      }
      examined_ += rows.size();
      response.set_examined(examined_);
      if (!send_(response)) return false;
      if (rows.size() < kCasesAtOnce) return true;
      after = rows.Int(rows.size() - 1, "case_id");
    }
  }

  absl::Status SendSummary(const Impact& impact) {
    ASSIGN_OR_RETURN(const storage::Rows rows, database_.Run(kEnvelopes, EnvelopeParams(impact)));
    v1::MeasureRulebookImpactResponse response;
    response.set_examined(examined_);
    *response.mutable_summary() = impact.Summary();
    rows.ReadAll(response.mutable_summary()->mutable_envelopes());
    send_(response);
    return absl::OkStatus();
  }

  storage::Snapshot& database_;
  const Rulebook& draft_;
  const bool include_unchanged_;
  const rpc::Sender<v1::MeasureRulebookImpactResponse>& send_;
  const std::string today_ = Today().ToIso();
  int examined_ = 0;
};

}  // namespace

absl::Status ImpactStore::Measure(const rpc::CallContext& call, const Rulebook& draft, bool include_unchanged,
                                  const rpc::Sender<v1::MeasureRulebookImpactResponse>& send) const {
  return InSnapshot(call, [&](storage::Snapshot& database) {
    return Measurement(database, draft, include_unchanged, send).Run();
  });
}

}  // namespace jalon::funding
