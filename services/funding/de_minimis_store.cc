#include "funding/de_minimis_store.h"

#include "base/refusal.h"

namespace jalon::funding {
namespace {

using storage::Params;
using storage::Planned;
using storage::Statement;

// A row an aid that counts in the window ending on $2, oldest first, or one without an aid; the columns with
// # are the same on each. Of the ceilings that bind the regime, the one that leaves least is shown.
constexpr Statement kHeadroom{"de_minimis_headroom", R"sql(
WITH window_of AS (
  SELECT w.* FROM funding.de_minimis_windows($1, $2::date, $3) w
), shown AS (
  SELECT w.* FROM window_of w WHERE w.ends_on = $2::date ORDER BY w.ceiling_cents - w.used_cents LIMIT 1
)
SELECT n.name AS "#company_name", s.starts_on AS "#window_starts_on", s.ends_on AS "#window_ends_on",
       s.undertaking AS "#undertaking", array_to_string(s.members, ',') AS "#members", s.ceiling_cents AS "#ceiling",
       (SELECT greatest(min(w.ceiling_cents - w.used_cents), 0) FROM window_of w) AS "#left",
       c.siren, m.name AS company_name, c.origin, c.regime, c.granted_on, c.amount_cents AS amount, c.reference, c.authority, c.case_id,
       c.siren IS NOT NULL AS "#is_aid"
  FROM shown s
  JOIN enrolment.company_name n ON n.siren = $1
  LEFT JOIN LATERAL (
    SELECT a.* FROM funding.counted_aid(s.members) a
      JOIN funding.de_minimis_regime r USING (regime)
     WHERE a.granted_on BETWEEN s.starts_on AND s.ends_on
       AND r.place <= (SELECT o.place FROM funding.de_minimis_regime o WHERE o.ceiling_cents = s.ceiling_cents)) c ON true
  LEFT JOIN enrolment.company_name m ON m.siren = c.siren
 ORDER BY c.granted_on, c.siren, c.reference)sql"};

// What an attestation tells, in one snapshot: a row for each grant, grantor and member of the single
// undertaking, and one, at least, of the agreement itself, whose columns are the same on each.
constexpr Statement kAttest{"attest_aid", R"sql(
WITH signed AS (
  SELECT a.agreement_id, a.case_id, a.siren, a.programme, a.rulebook_version, a.de_minimis, l.first_granted_on, l.granted_on
    FROM funding.agreement a
    LEFT JOIN LATERAL (SELECT min(g.granted_on) AS first_granted_on, max(g.granted_on) AS granted_on FROM funding.aid g
                        WHERE g.case_id = a.case_id AND g.origin = 'granted' AND g.amount_cents > 0) l ON true
   WHERE a.case_id = $1
), told (kind, place, key, name, cents, granted_on, register_reference, registered_on, due_on) AS (
  SELECT 'grant', row_number() OVER (ORDER BY g.aid_id), '', '', g.amount_cents, g.granted_on, r.register_reference, r.registered_on,
         e.due_on
    FROM signed s
    JOIN funding.aid g ON g.case_id = s.case_id AND g.origin = 'granted'
    LEFT JOIN funding.aid_registered r USING (aid_id)
    LEFT JOIN funding.register_row e USING (aid_id)
  UNION ALL
  SELECT 'grantor', row_number() OVER (ORDER BY f.funder), f.funder, n.name, f.reserved_cents, NULL, NULL, NULL, NULL
    FROM signed s
    JOIN funding.agreement_funder f USING (agreement_id)
    JOIN funding.funder n USING (funder)
   WHERE f.reserved_cents > 0
  UNION ALL
  SELECT 'member', row_number() OVER (ORDER BY m.siren), m.siren, n.name, NULL, NULL, NULL, NULL, NULL
    FROM signed s
   CROSS JOIN LATERAL enrolment.single_undertaking(s.siren, s.granted_on) u
   CROSS JOIN LATERAL unnest(u.members) AS m (siren)
    LEFT JOIN enrolment.company_name n ON n.siren = m.siren
   WHERE s.granted_on IS NOT NULL
)
SELECT s.siren AS "#siren", n.name AS "#company_name", s.programme AS "#programme", s.de_minimis AS "#regime",
       b.title_fr AS "#title_fr", b.title_en AS "#title_en", s.first_granted_on AS "#first_granted_on",
       r.ceiling_cents AS "#ceiling", s.granted_on AS "#granted_on", t.kind AS "#kind", t.key AS "#key", t.name AS "#name",
       t.cents AS "#cents", t.granted_on AS "#on", t.register_reference AS "#register_reference", t.registered_on AS "#registered_on",
       t.due_on AS "#due_on"
  FROM signed s
  JOIN enrolment.company_name n ON n.siren = s.siren
  JOIN programme.published_rulebook b ON (b.programme, b.version) = (s.programme, s.rulebook_version)
  LEFT JOIN funding.de_minimis_regime r ON r.regime = s.de_minimis
  LEFT JOIN told t ON true
 ORDER BY t.kind, t.place)sql"};

constexpr Statement kEnterAid{"enter_aid", R"sql(
SELECT * FROM funding.enter_aid(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::funding.aid_origin, $6, $7::date, $8, $9::bigint,
                                $10, $11))sql"};

// In the order of the days that the time runs from, which is that of the days on which it ends.
constexpr Statement kListRegister{"list_register", R"sql(
SELECT r.*, r."#from" || '/' || r.aid_id AS "#key"
  FROM funding.register_row r
 WHERE ($1::text IS NULL OR (r."#from", r.aid_id) > (split_part($1, '/', 1)::date, split_part($1, '/', 2)::bigint))
   AND ($3::boolean OR r.registered_on IS NULL)
 ORDER BY r."#from", r.aid_id
 LIMIT $2)sql",
                                  Planned::kEachTime};

constexpr Statement kConfirmRegistered{"confirm_registered", R"sql(
SELECT * FROM funding.confirm_registered(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6, $7::date))sql"};

v1::AidRegime RegimeOf(v1::AidRegime given) {
  return given == v1::AID_REGIME_UNSPECIFIED ? v1::AID_REGIME_GENERAL : given;
}

void AddTo(common::v1::Money* money, int64_t cents) {
  money->set_cents(money->cents() + cents);
  money->set_currency("EUR");
}

common::v1::Money* SumOf(v1::DeMinimisHeadroom* headroom, v1::AidOrigin origin) {
  switch (origin) {
    case v1::AID_ORIGIN_DECLARED:
      return headroom->mutable_declared();
    case v1::AID_ORIGIN_CONFIRMED:
      return headroom->mutable_confirmed();
    default:
      return headroom->mutable_granted();
  }
}

void SetMembers(std::string_view members, v1::DeMinimisHeadroom* headroom) {
  while (!members.empty()) {
    const size_t comma = std::min(members.find(','), members.size());
    headroom->add_members(std::string(members.substr(0, comma)));
    members.remove_prefix(std::min(comma + 1, members.size()));
  }
}

void AddGrant(const storage::Rows& rows, int row, v1::DeMinimisAttestation* attestation) {
  v1::AttestedGrant* grant = attestation->add_grants();
  grant->set_granted_on(std::string(rows.Text(row, "#on")));
  AddTo(grant->mutable_amount(), rows.Int(row, "#cents"));
  AddTo(attestation->mutable_amount(), rows.Int(row, "#cents"));
  grant->set_register_reference(std::string(rows.Text(row, "#register_reference")));
  grant->set_registered_on(std::string(rows.Text(row, "#registered_on")));
  grant->set_due_on(std::string(rows.Text(row, "#due_on")));
}

void AddTold(const storage::Rows& rows, int row, v1::DeMinimisAttestation* attestation) {
  const std::string_view kind = rows.Text(row, "#kind");
  if (kind == "grant") AddGrant(rows, row, attestation);
  if (kind == "grantor") {
    v1::Grantor* grantor = attestation->add_grantors();
    grantor->set_funder(std::string(rows.Text(row, "#key")));
    grantor->set_name(std::string(rows.Text(row, "#name")));
    AddTo(grantor->mutable_amount(), rows.Int(row, "#cents"));
  }
  if (kind == "member") {
    v1::UndertakingMember* member = attestation->add_members();
    member->set_siren(std::string(rows.Text(row, "#key")));
    member->set_name(std::string(rows.Text(row, "#name")));
  }
}

template <class Request>
Params AidParams(v1::AidOrigin origin, const Request& request) {
  return Params()
      .Text(storage::EnumLabel(origin))
      .Text(request.siren())
      .Text(request.granted_on())
      .Text(storage::EnumLabel(RegimeOf(request.regime())))
      .Int(request.amount().cents())
      .Text(request.reference())
      .Text(request.authority());
}

}  // namespace

absl::StatusOr<v1::DeMinimisHeadroom> DeMinimisStore::Headroom(const rpc::CallContext& call,
                                                               const std::string& siren,
                                                               const std::string& on,
                                                               v1::AidRegime given) const {
  const v1::AidRegime regime = RegimeOf(given);
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(call, kHeadroom, Params().Text(siren).Text(on).Text(storage::EnumLabel(regime))));
  if (rows.empty()) return Refuse(common::v1::REASON_COMPANY_NOT_FOUND, {{"siren", siren}});
  v1::DeMinimisHeadroom headroom;
  headroom.set_siren(siren);
  headroom.set_company_name(std::string(rows.Text(0, "#company_name")));
  headroom.set_regime(regime);
  headroom.set_window_starts_on(std::string(rows.Text(0, "#window_starts_on")));
  headroom.set_window_ends_on(std::string(rows.Text(0, "#window_ends_on")));
  headroom.set_undertaking(std::string(rows.Text(0, "#undertaking")));
  SetMembers(rows.Text(0, "#members"), &headroom);
  AddTo(headroom.mutable_ceiling(), rows.Int(0, "#ceiling"));
  AddTo(headroom.mutable_left(), rows.Int(0, "#left"));
  for (const auto origin : {v1::AID_ORIGIN_GRANTED, v1::AID_ORIGIN_DECLARED, v1::AID_ORIGIN_CONFIRMED})
    AddTo(SumOf(&headroom, origin), 0);
  for (int row = 0; row < rows.size() && rows.Bool(row, "#is_aid"); ++row) {
    v1::Aid* aid = headroom.add_aids();
    rows.ReadInto(row, aid);
    AddTo(SumOf(&headroom, aid->origin()), aid->amount().cents());
  }
  return headroom;
}

absl::StatusOr<v1::DeMinimisAttestation> DeMinimisStore::Attest(const rpc::CallContext& call, int64_t case_id,
                                                                const std::string& only_siren) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kAttest, Params().Int(case_id)));
  if (rows.empty()) return Refuse(common::v1::REASON_AGREEMENT_NOT_FOUND);
  if (!only_siren.empty() && rows.Text(0, "#siren") != only_siren)
    return Refuse(common::v1::REASON_NOT_ALLOWED);
  v1::DeMinimisAttestation attestation;
  attestation.set_case_id(case_id);
  attestation.set_siren(std::string(rows.Text(0, "#siren")));
  attestation.set_company_name(std::string(rows.Text(0, "#company_name")));
  attestation.set_programme(std::string(rows.Text(0, "#programme")));
  attestation.set_programme_title_fr(std::string(rows.Text(0, "#title_fr")));
  attestation.set_programme_title_en(std::string(rows.Text(0, "#title_en")));
  attestation.set_first_granted_on(std::string(rows.Text(0, "#first_granted_on")));
  attestation.set_reference("jalon-" + std::to_string(case_id));
  attestation.set_granted_on(std::string(rows.Text(0, "#granted_on")));
  for (int row = 0; row < rows.size(); ++row) AddTold(rows, row, &attestation);
  if (attestation.amount().cents() <= 0)
    return Refuse(common::v1::REASON_AID_NOT_FOUND, {{"aid_id", attestation.reference()}});
  attestation.set_regime(storage::EnumValue<v1::AidRegime>(rows.Text(0, "#regime")));
  AddTo(attestation.mutable_ceiling(), rows.Int(0, "#ceiling"));
  return attestation;
}

absl::StatusOr<v1::DeclareAidResponse> DeMinimisStore::Declare(const rpc::CallContext& call,
                                                               const v1::DeclareAidRequest& request) const {
  v1::DeclareAidResponse response;
  ASSIGN_OR_RETURN(*response.mutable_aid(),
                   CommandOne<v1::Aid>(call, kEnterAid, AidParams(v1::AID_ORIGIN_DECLARED, request)));
  return response;
}

absl::StatusOr<v1::ConfirmAidResponse> DeMinimisStore::Confirm(const rpc::CallContext& call,
                                                               const v1::ConfirmAidRequest& request) const {
  v1::ConfirmAidResponse response;
  ASSIGN_OR_RETURN(*response.mutable_aid(),
                   CommandOne<v1::Aid>(call, kEnterAid, AidParams(v1::AID_ORIGIN_CONFIRMED, request)));
  return response;
}

absl::StatusOr<rpc::Encoded<v1::ListRegisterEntriesResponse>> DeMinimisStore::ListRegister(
    const rpc::CallContext& call, const v1::ListRegisterEntriesRequest& request) const {
  return ReadPage<v1::ListRegisterEntriesResponse>(call, request, kListRegister, Params().Bool(request.all()),
                                                   "entries");
}

absl::StatusOr<v1::ConfirmRegisteredResponse> DeMinimisStore::ConfirmRegistered(
    const rpc::CallContext& call, const v1::ConfirmRegisteredRequest& request) const {
  v1::ConfirmRegisteredResponse response;
  ASSIGN_OR_RETURN(
      *response.mutable_entry(),
      CommandOne<v1::RegisterEntry>(
          call, kConfirmRegistered,
          Params().Int(request.aid_id()).Text(request.register_reference()).Text(request.registered_on())));
  return response;
}

}  // namespace jalon::funding
