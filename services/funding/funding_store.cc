#include "funding/funding_store.h"

#include <algorithm>
#include <sstream>

#include "base/refusal.h"
#include "funding/agreement_row.h"

namespace jalon::funding {
namespace {

using storage::Params;
using storage::Planned;
using storage::Statement;

constexpr Statement kCreateFunder{"create_funder", R"sql(
SELECT * FROM funding.create_funder(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6))sql"};

constexpr Statement kListFunders{"list_funders", R"sql(
SELECT * FROM funding.funder_row ORDER BY funder)sql"};

constexpr Statement kCreateEnvelope{"create_envelope", R"sql(
SELECT * FROM funding.create_envelope(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6, $7::date, $8::date, $9::bigint))sql"};

constexpr Statement kListEnvelopes{"list_envelopes", R"sql(
SELECT * FROM funding.envelope_state WHERE $1::text IS NULL OR funder = $1 ORDER BY funder, starts_on, envelope_id)sql"};

constexpr Statement kChangeEnvelope{"change_envelope", R"sql(
SELECT * FROM funding.change_envelope(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::bigint, $7))sql"};

constexpr Statement kListAlerts{"list_envelope_alerts", R"sql(
SELECT a.*, a.alert_id::text AS "#key"
  FROM funding.envelope_alert_row a
 WHERE ($1::text IS NULL OR a.alert_id < $1::bigint)
   AND ($3::text IS NULL OR a.funder = $3)
   AND ($4::text IS NULL OR a.funder = $4)
 ORDER BY a.alert_id DESC
 LIMIT $2)sql",
                                Planned::kEachTime};

constexpr Statement kReadCaseTerms{"read_case_terms", R"sql(
SELECT f.siren, f.programme, f.state, f.applied_on, f.admitted_on, f.granted_half_days, f.region, f.size_class, f.etag,
       b.version AS rulebook_version, f.headcount_hundredths, f.created_on, f.site_headcount_hundredths, f.group_headcount_hundredths,
       array_to_string(f.statuses, ',') AS statuses,
       first.day AS first_day,
       (SELECT string_agg(concat_ws(' ', a.signed_on, s.agreed_cents - s.released_cents, s.phase, s.funder), ','
                          ORDER BY a.signed_on, a.agreement_id, s.phase, s.place)
          FROM funding.agreement a
          JOIN funding.agreement_share s USING (agreement_id)
         WHERE a.siren = f.siren AND a.programme = f.programme AND a.case_id <> f.case_id
           AND s.agreed_cents > s.released_cents) AS earlier_aid,
       (SELECT string_agg(d.phase, ',' ORDER BY d.phase)
          FROM (SELECT h.phase FROM calendar.approved_half_day h WHERE h.case_id = f.case_id
                UNION
                SELECT p.phase FROM funding.agreement a JOIN funding.agreement_phase p USING (agreement_id)
                 WHERE a.siren = f.siren AND a.programme = f.programme AND p.half_days > 0
                   AND p.charged_half_days = p.half_days) d) AS phases_done
  FROM enrolment.case_facts f
 CROSS JOIN LATERAL (SELECT min(h.date) AS day FROM calendar.approved_half_day h WHERE h.case_id = f.case_id) first
  LEFT JOIN LATERAL programme.rulebook_in_force(f.programme, f.applied_on, f.admitted_on, $2::date, first.day) b ON true
 WHERE f.case_id = $1)sql"};

constexpr Statement kReadRulebook{"read_published_rulebook", R"sql(
SELECT rulebook FROM programme.published_rulebook WHERE programme = $1 AND version = $2::int)sql"};

// The envelope is the one that a signature would draw on; a funder without one has a row all the same.
constexpr Statement kReadNeeds{"read_envelope_needs", R"sql(
SELECT n.funder, e.envelope_id, n.cents AS needed, e.allocated_cents - e.reserved_cents AS "left"
  FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS n (funder, cents, place)
  LEFT JOIN funding.envelope e ON e.envelope_id = funding.envelope_for(n.funder, n.cents, $3, $4::date)
 ORDER BY n.place)sql"};

constexpr Statement kSign{"sign_agreement", R"sql(
SELECT * FROM funding.sign_agreement(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6, $7, $8::int, $9::date, $10::date,
                                     $11::bytea, $12::bytea, $13, $14, $15::text[], $16::int[], $17::bigint[], $18::bigint[],
                                     $19::bigint[], $20::bigint[], $21::bigint[], $22::text[], $23::text[], $24::bigint[],
                                     $25::bigint[]))sql"};

constexpr Statement kFindSigned{"find_signed", R"sql(
SELECT r.* FROM common.replay(ROW($1::uuid, $2::bytea, $3, $4)::common.call) AS known (answer),
               jsonb_populate_record(NULL::funding.agreement_row, known.answer) r
 WHERE known.answer IS NOT NULL)sql"};

constexpr Statement kReadAgreement{"read_agreement", R"sql(
SELECT * FROM funding.agreement_row a WHERE a."#case_id" = $1 AND CASE WHEN $2::int = 0 THEN a."#current" ELSE a.version = $2 END)sql"};

constexpr Statement kReadProgress{"read_progress", R"sql(
SELECT * FROM funding.phase_progress_row p WHERE p."#agreement_id" = $1 ORDER BY p."#place")sql"};

constexpr Statement kCharge{"charge_half_days", R"sql(
SELECT * FROM funding.charge_half_days(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint))sql"};

constexpr Statement kReverse{"reverse_charge", R"sql(
SELECT * FROM funding.reverse_charge(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::uuid, $6))sql"};

constexpr Statement kRecordPayment{"record_payment", R"sql(
SELECT * FROM funding.record_payment(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6, $7::bigint, $8::date, $9))sql"};

constexpr Statement kListLedger{"list_ledger", R"sql(
SELECT e.*, e.entry_id::text AS "#key"
  FROM funding.ledger_entry_row e
 WHERE ($1::text IS NULL OR e.entry_id > $1::bigint)
   AND ($3::bigint IS NULL OR e.case_id = $3)
   AND ($4::text IS NULL OR e.funder = $4)
   AND ($5::text IS NULL OR e.region = $5)
   AND ($6::date IS NULL OR e."#month" = $6)
   AND ($7::funding.posting_kind IS NULL OR e.kind = $7)
   AND ($8::text IS NULL OR e.funder = $8)
   AND ($9::text IS NULL OR e.programme = $9)
   AND ($10::text IS NULL OR e.department = $10)
   AND ($11::text IS NULL OR e.phase = $11)
   AND ($12::text IS NULL OR e.size_class = $12)
   AND ($13::text IS NULL OR e.sector = $13)
   AND ($14::date IS NULL OR e."#month" >= $14)
   AND ($15::date IS NULL OR e."#month" <= $15)
   AND ($16::date IS NULL OR e.posted_on <= $16)
 ORDER BY e.entry_id
 LIMIT $2)sql",
                                Planned::kEachTime};

// From which transaction on another may still post; what is before it is complete.
constexpr Statement kHorizon{"ledger_horizon", R"sql(
SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon)sql"};

// The key is "txid/entry". Filters from $5 on, as above from $3 on.
constexpr Statement kListChanges{"list_changes", R"sql(
SELECT e.*, e."#txid"::text || '/' || e.entry_id AS "#key"
  FROM funding.ledger_entry_row e
 WHERE (e."#txid", e.entry_id) >
         (coalesce(split_part($1, '/', 1)::xid8, $3::xid8), coalesce(split_part($1, '/', 2)::bigint, 0))
   AND e."#txid" >= $3::xid8 AND e."#txid" < $4::xid8
   AND ($5::bigint IS NULL OR e.case_id = $5)
   AND ($6::text IS NULL OR e.funder = $6)
   AND ($7::text IS NULL OR e.region = $7)
   AND ($8::date IS NULL OR e."#month" = $8)
   AND ($9::funding.posting_kind IS NULL OR e.kind = $9)
   AND ($10::text IS NULL OR e.funder = $10)
   AND ($11::text IS NULL OR e.programme = $11)
   AND ($12::text IS NULL OR e.department = $12)
   AND ($13::text IS NULL OR e.phase = $13)
   AND ($14::text IS NULL OR e.size_class = $14)
   AND ($15::text IS NULL OR e.sector = $15)
   AND ($16::date IS NULL OR e."#month" >= $16)
   AND ($17::date IS NULL OR e."#month" <= $17)
   AND ($18::date IS NULL OR e.posted_on <= $18)
 ORDER BY e."#txid", e.entry_id
 LIMIT $2)sql",
                                 Planned::kEachTime};

constexpr Statement kClosePeriod{"close_period", R"sql(
SELECT * FROM funding.close_period(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6::date))sql"};

constexpr Statement kListPeriods{"list_periods", R"sql(
SELECT p.*, p.programme || '/' || p.month AS "#key"
  FROM funding.period_row p
 WHERE ($1::text IS NULL OR (p.programme, p.month) > (split_part($1, '/', 1), split_part($1, '/', 2)))
   AND ($3::text IS NULL OR p.programme = $3)
 ORDER BY p.programme, p.month
 LIMIT $2)sql"};

constexpr Statement kGetPeriod{"get_period", R"sql(
SELECT p.* FROM funding.period_row p WHERE p.programme = $1 AND p."#month" = $2)sql"};

constexpr Statement kFold{"fold_summary", R"sql(
SELECT funding.fold_summary() AS changed)sql"};

std::string FirstOf(const std::string& month) {
  return month.empty() ? "" : month + "-01";
}

// The sums by month of a frozen summary, whose lines funding.period_content writes. Lines without a funder
// count each half-day and its cost once; the others, for each funder that bears a share.
void AddMonths(std::string_view content, v1::ClosePeriodResponse* response) {
  enum Cell { kMonth, kFunder, kHalfDays = 7, kCost, kReserved, kCharged, kPaid, kCells };
  const auto add = [](const std::string& cents, common::v1::Money* money) {
    money->set_cents(money->cents() + std::stoll(cents));
    money->set_currency("EUR");
  };
  std::map<std::string, v1::ClosedMonth> months;
  for (int line = 1; !content.empty(); ++line) {
    const size_t end = std::min(content.find('\n'), content.size());
    const std::vector<std::string> cells = SplitList(content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
    if (line <= 2 || cells.size() < kCells) continue;  // the titles
    v1::ClosedMonth& month = months[cells[kMonth]];
    const bool of_all = cells[kFunder].empty();
    if (of_all) month.set_half_days(month.half_days() + std::stoll(cells[kHalfDays]));
    add(of_all ? cells[kCost] : "0", month.mutable_cost());
    add(of_all ? "0" : cells[kReserved], month.mutable_reserved());
    add(of_all ? "0" : cells[kCharged], month.mutable_charged());
    add(of_all ? "0" : cells[kPaid], month.mutable_paid());
  }
  for (auto& [name, month] : months) {
    month.set_month(name);
    *response->add_months() = std::move(month);
  }
}

Params LedgerParams(const v1::LedgerFilter& filter, const std::string& only_funder) {
  return Params()
      .IntOrNull(filter.case_id())
      .TextOrNull(filter.funder())
      .TextOrNull(filter.region())
      .TextOrNull(FirstOf(filter.month()))
      .TextOrNull(storage::EnumLabel(filter.kind()))
      .TextOrNull(only_funder)
      .TextOrNull(filter.programme())
      .TextOrNull(filter.department())
      .TextOrNull(filter.phase())
      .TextOrNull(storage::EnumLabel(filter.size_class()))
      .TextOrNull(filter.sector())
      .TextOrNull(FirstOf(filter.from_month()))
      .TextOrNull(FirstOf(filter.until_month()))
      .TextOrNull(filter.as_of());
}

std::optional<int64_t> KnownInt(const storage::Rows& rows, std::string_view column) {
  return rows.IsNull(0, column) ? std::nullopt : std::optional(rows.Int(0, column));
}

// "2025-03-10 120000 diagnosis bpifrance,…": what the company had from the programme on its other cases, and
// when.
std::vector<rules::EarlierAid> ReadEarlierAid(std::string_view text) {
  std::vector<rules::EarlierAid> aid;
  for (const std::string& grant : SplitList(text)) {
    std::istringstream words(grant);
    std::string day, phase, funder;
    int64_t cents = 0;
    words >> day >> cents >> phase >> funder;
    aid.push_back({*Date::Parse(day), Cents(cents), phase, funder});
  }
  return aid;
}

}  // namespace

absl::StatusOr<v1::Funder> FundingStore::CreateFunder(const rpc::CallContext& call,
                                                      const v1::CreateFunderRequest& request) const {
  return CommandOne<v1::Funder>(call, kCreateFunder, Params().Text(request.funder()).Text(request.name()));
}

absl::StatusOr<v1::ListFundersResponse> FundingStore::ListFunders(const rpc::CallContext& call) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kListFunders));
  v1::ListFundersResponse response;
  rows.ReadAll(response.mutable_funders());
  return response;
}

absl::StatusOr<v1::Envelope> FundingStore::CreateEnvelope(const rpc::CallContext& call,
                                                          const v1::CreateEnvelopeRequest& request) const {
  return CommandOne<v1::Envelope>(call, kCreateEnvelope,
                                  Params()
                                      .Text(request.funder())
                                      .TextOrNull(request.region())
                                      .Text(request.starts_on())
                                      .Text(request.ends_on())
                                      .Int(request.allocated().cents()));
}

absl::StatusOr<v1::ListEnvelopesResponse> FundingStore::ListEnvelopes(const rpc::CallContext& call,
                                                                      const std::string& funder) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kListEnvelopes, Params().TextOrNull(funder)));
  v1::ListEnvelopesResponse response;
  rows.ReadAll(response.mutable_envelopes());
  return response;
}

absl::StatusOr<v1::ChangeEnvelopeResponse> FundingStore::ChangeEnvelope(
    const rpc::CallContext& call, const v1::ChangeEnvelopeRequest& request) const {
  v1::ChangeEnvelopeResponse response;
  ASSIGN_OR_RETURN(
      *response.mutable_envelope(),
      CommandOne<v1::Envelope>(
          call, kChangeEnvelope,
          Params().Int(request.envelope_id()).Int(request.allocated().cents()).Text(request.reason())));
  return response;
}

absl::StatusOr<rpc::Encoded<v1::ListEnvelopeAlertsResponse>> FundingStore::ListAlerts(
    const rpc::CallContext& call, const v1::ListEnvelopeAlertsRequest& request,
    const std::string& only_funder) const {
  return ReadPage<v1::ListEnvelopeAlertsResponse>(
      call, request, kListAlerts, Params().TextOrNull(request.funder()).TextOrNull(only_funder), "alerts");
}

absl::StatusOr<CaseTerms> FundingStore::ReadCaseTerms(const rpc::CallContext& call, int64_t case_id,
                                                      const std::string& signed_on) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(call, kReadCaseTerms, Params().Int(case_id).TextOrNull(signed_on)));
  if (rows.empty()) return Refuse(common::v1::REASON_CASE_NOT_FOUND, {{"case_id", std::to_string(case_id)}});
  CaseTerms terms;
  terms.siren = rows.Text(0, "siren");
  terms.programme = rows.Text(0, "programme");
  terms.state = rows.Text(0, "state");
  terms.applied_on = rows.Text(0, "applied_on");
  terms.admitted_on = rows.Text(0, "admitted_on");
  terms.first_day = rows.Text(0, "first_day");
  terms.granted_half_days =
      rows.IsNull(0, "granted_half_days") ? 0 : static_cast<int>(rows.Int(0, "granted_half_days"));
  terms.region = rows.Text(0, "region");
  terms.size_class = storage::EnumValue<common::v1::SizeClass>(rows.Text(0, "size_class"));
  terms.headcount_hundredths = rows.Int(0, "headcount_hundredths");
  terms.site_headcount_hundredths = KnownInt(rows, "site_headcount_hundredths");
  terms.group_headcount_hundredths = KnownInt(rows, "group_headcount_hundredths");
  terms.statuses = SplitList(rows.Text(0, "statuses"));
  terms.created_on = rows.Text(0, "created_on");
  terms.earlier_aid = ReadEarlierAid(rows.Text(0, "earlier_aid"));
  terms.phases_done = SplitList(rows.Text(0, "phases_done"));
  terms.etag = rows.Text(0, "etag");
  if (rows.IsNull(0, "rulebook_version")) return terms;
  ASSIGN_OR_RETURN(terms.rulebook, ReadRulebook(call, terms.programme, rows.Int(0, "rulebook_version")));
  return terms;
}

absl::StatusOr<std::shared_ptr<const programme::v1::Rulebook>> FundingStore::ReadRulebook(
    const rpc::CallContext& call, const std::string& programme, int64_t version) const {
  const std::pair key(programme, version);
  {
    const std::lock_guard lock(rulebooks_mutex_);
    const auto known = rulebooks_.find(key);
    if (known != rulebooks_.end()) return known->second;
  }
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(call, kReadRulebook, Params().Text(programme).Int(version)));
  auto rulebook = std::make_shared<programme::v1::Rulebook>();
  rulebook->ParseFromString(rows.Bytes(0, "rulebook"));
  const std::lock_guard lock(rulebooks_mutex_);
  rulebooks_[key] = rulebook;
  return rulebook;
}

absl::Status FundingStore::ReadNeeds(const rpc::CallContext& call, const SignableQuote& signable,
                                     const std::string& signed_on,
                                     google::protobuf::RepeatedPtrField<v1::EnvelopeNeed>* needs) const {
  std::vector<std::pair<std::string, int64_t>> funders;  // in the order in which aid stacks
  for (const v1::CoverageLine& line : signable.quote.lines()) {
    for (const v1::Share& share : line.shares()) {
      if (share.amount().cents() == 0) continue;
      const auto known = std::find_if(funders.begin(), funders.end(),
                                      [&](const auto& one) { return one.first == share.funder(); });
      if (known == funders.end()) {
        funders.emplace_back(share.funder(), share.amount().cents());
      } else {
        known->second += share.amount().cents();
      }
    }
  }
  Params params;
  params.Array(funders, [](const auto& one) { return one.first; });
  params.Array(funders, [](const auto& one) { return one.second; });
  params.Text(signable.region).Text(signed_on);
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kReadNeeds, params));
  rows.ReadAll(needs);
  return absl::OkStatus();
}

absl::StatusOr<v1::Agreement> FundingStore::Sign(const rpc::CallContext& call,
                                                 const v1::SignAgreementRequest& request,
                                                 const SignableQuote& signable) const {
  const v1::Quote& quote = signable.quote;
  Params params;
  params.Int(quote.case_id()).Text(signable.case_etag).Text(quote.programme()).Int(quote.rulebook_version());
  params.Text(request.signed_on()).Text(quote.terms_date());
  params.Bytes(quote.SerializeAsString()).Bytes(BasisOf(quote));
  params.Text(signable.payee);
  params.Text(signable.de_minimis == v1::AID_REGIME_UNSPECIFIED ? "none"
                                                                : storage::EnumLabel(signable.de_minimis));
  AppendShares(quote, &params);
  ASSIGN_OR_RETURN(const storage::Rows rows, request.validate_only() ? CommandInVain(call, kSign, params)
                                                                     : Command(call, kSign, params));
  v1::Agreement agreement = ReadAgreementRow(rows);
  if (request.validate_only()) agreement.clear_agreement_id();  // a number that nobody will have
  return agreement;
}

absl::StatusOr<std::optional<v1::Agreement>> FundingStore::FindSigned(const rpc::CallContext& call) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kFindSigned, {}));
  if (rows.empty()) return std::nullopt;
  return ReadAgreementRow(rows);
}

absl::StatusOr<v1::Agreement> FundingStore::ReadAgreement(const rpc::CallContext& call, int64_t case_id,
                                                          int version, const std::string& only_siren) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kReadAgreement, Params().Int(case_id).Int(version)));
  if (rows.empty()) return Refuse(common::v1::REASON_AGREEMENT_NOT_FOUND);
  if (!only_siren.empty() && rows.Text(0, "#siren") != only_siren)
    return Refuse(common::v1::REASON_NOT_ALLOWED);
  v1::Agreement agreement = ReadAgreementRow(rows);
  ASSIGN_OR_RETURN(const storage::Rows progress,
                   Read(call, kReadProgress, Params().Int(agreement.agreement_id())));
  progress.ReadAll(agreement.mutable_progress());
  return agreement;
}

absl::StatusOr<v1::ChargeHalfDaysResponse> FundingStore::Charge(
    const rpc::CallContext& call, const v1::ChargeHalfDaysRequest& request) const {
  return CommandOne<v1::ChargeHalfDaysResponse>(call, kCharge, Params().Int(request.case_id()));
}

absl::StatusOr<v1::ReverseChargeResponse> FundingStore::Reverse(
    const rpc::CallContext& call, const v1::ReverseChargeRequest& request) const {
  return CommandOne<v1::ReverseChargeResponse>(call, kReverse,
                                               Params().Text(request.half_day_id()).Text(request.reason()));
}

absl::StatusOr<v1::RecordPaymentResponse> FundingStore::RecordPayment(
    const rpc::CallContext& call, const v1::RecordPaymentRequest& request) const {
  return CommandOne<v1::RecordPaymentResponse>(call, kRecordPayment,
                                               Params()
                                                   .Int(request.case_id())
                                                   .Text(request.funder())
                                                   .Int(request.amount().cents())
                                                   .Text(request.paid_on())
                                                   .Text(request.reference()));
}

absl::StatusOr<rpc::Encoded<v1::ListLedgerEntriesResponse>> FundingStore::ListLedger(
    const rpc::CallContext& call, const v1::ListLedgerEntriesRequest& request,
    const std::string& only_funder) const {
  return ReadPage<v1::ListLedgerEntriesResponse>(call, request, kListLedger,
                                                 LedgerParams(request.filter(), only_funder), "entries");
}

absl::Status FundingStore::ExportLedger(const rpc::CallContext& call, const v1::LedgerFilter& filter,
                                        const std::string& only_funder,
                                        const rpc::Sender<v1::ExportLedgerResponse>& send) const {
  return SendAll<v1::ExportLedgerResponse>(call, kListLedger, LedgerParams(filter, only_funder), "entry",
                                           send);
}

absl::StatusOr<std::string> FundingStore::ExportChanges(
    const rpc::CallContext& call, const v1::ExportLedgerChangesRequest& request,
    const std::string& only_funder, const rpc::Sender<v1::ExportLedgerChangesResponse>& send) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kHorizon));
  const std::string horizon(rows.Text(0, "horizon"));
  const std::string since = request.cursor().empty() ? "0" : request.cursor();
  RETURN_IF_ERROR(SendAll<v1::ExportLedgerChangesResponse>(
      call, kListChanges,
      Params().Text(since).Text(horizon).Append(LedgerParams(request.filter(), only_funder)), "entry", send));
  return horizon;
}

absl::StatusOr<v1::ClosePeriodResponse> FundingStore::ClosePeriod(
    const rpc::CallContext& call, const v1::ClosePeriodRequest& request) const {
  const Params params = Params().Text(request.programme()).Text(FirstOf(request.month()));
  ASSIGN_OR_RETURN(const storage::Rows rows, request.validate_only()
                                                 ? CommandInVain(call, kClosePeriod, params)
                                                 : Command(call, kClosePeriod, params));
  v1::ClosePeriodResponse response;
  rows.ReadInto(0, response.mutable_period());
  AddMonths(rows.Text(0, "#content"), &response);
  if (request.validate_only()) {
    response.mutable_period()->clear_closed_at();
    response.mutable_period()->clear_closed_by();
  }
  return response;
}

absl::StatusOr<rpc::Encoded<v1::ListPeriodsResponse>> FundingStore::ListPeriods(
    const rpc::CallContext& call, const v1::ListPeriodsRequest& request) const {
  return ReadPage<v1::ListPeriodsResponse>(call, request, kListPeriods,
                                           Params().TextOrNull(request.programme()), "periods");
}

absl::StatusOr<v1::GetPeriodResponse> FundingStore::GetPeriod(const rpc::CallContext& call,
                                                              const v1::GetPeriodRequest& request) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(call, kGetPeriod, Params().Text(request.programme()).Text(FirstOf(request.month()))));
  if (rows.empty())
    return Refuse(common::v1::REASON_PERIOD_NOT_FOUND,
                  {{"programme", request.programme()}, {"month", request.month()}});
  v1::GetPeriodResponse response;
  rows.ReadInto(0, response.mutable_period());
  response.set_content(std::string(rows.Text(0, "#content")));
  return response;
}

absl::StatusOr<bool> FoldSummary(storage::Database* database, const Limits& limits) {
  RETURN_IF_ERROR(database->Run(limits, kFold, {}).status());
  return false;
}

}  // namespace jalon::funding
