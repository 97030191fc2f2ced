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
