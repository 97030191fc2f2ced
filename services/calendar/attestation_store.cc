#include "calendar/attestation_store.h"

#include <set>
#include <utility>

#include "base/date.h"
#include "base/refusal.h"
#include "calendar/calendar_store.h"
#include "rpc/digest.h"
#include "storage/params.h"

namespace jalon::calendar {
namespace {

using storage::Params;
using storage::Statement;

constexpr int kValidDays = 14;
constexpr int kSaltBytes = 16;
constexpr size_t kCodeDigits = 8;

constexpr Statement kCreate{"create_attestation_link", R"sql(
SELECT (l.link).*, l.replaced AS "#replaced"
  FROM calendar.create_attestation_link(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bytea, $6::bytea, $7::bytea,
                                        $8::bigint, $9::bigint, $10::date, $11::int) l)sql"};

// $1: number before which the page begins; $2: rows. A filter that is NULL does not apply.
constexpr Statement kListLinks{"list_attestation_links", R"sql(
SELECT w.*, w.link_id::text AS "#key"
  FROM calendar.attestation_link_row w
 WHERE ($1::bigint IS NULL OR w.link_id < $1)
   AND ($3::bigint IS NULL OR w.case_id = $3)
   AND ($4::bigint IS NULL OR w.consultant_id = $4)
   AND ($5::text IS NULL OR w.month = $5)
   AND ($6::boolean OR (w.revoked_at IS NULL AND w.used_at IS NULL))
 ORDER BY w.link_id DESC
 LIMIT $2)sql",
                               storage::Planned::kEachTime};

constexpr Statement kRevoke{"revoke_attestation_link", R"sql(
SELECT * FROM calendar.revoke_attestation_link(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::bigint, $7::date))sql"};

// The link in the columns link.…, a half-day of the sheet in the others.
constexpr Statement kOpen{"open_attestation", R"sql(
SELECT (o.link).link_id AS "#link_id", (o.link).case_id AS "#case_id", (o.link).consultant_id AS "#consultant_id",
       (o.link).month AS "#month", (o.link).signer AS "#signer", (o.link).expires_at::date::text AS "#expires_on",
       extract(epoch FROM (o.link).expires_at)::bigint AS "#expires_at", extract(epoch FROM (o.link).used_at)::bigint AS "#used_at",
       o.expired AS "#expired", o.company_name AS "#company_name", o.consultant_name AS "#consultant_name", (o.half_day).*
  FROM calendar.open_attestation($1::bytea) o)sql"};

// A refusal in one row, or a half-day of the sheet a row.
constexpr Statement kByLink{"attest_by_link", R"sql(
SELECT a.refusal AS "#refusal", a.tries_left AS "#tries_left", (a.half_day).*
  FROM calendar.attest_by_link(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bytea, $6::uuid[], $7::uuid[], $8::text[], $9) a)sql"};

constexpr Statement kByCode{"attest_by_code", R"sql(
SELECT a.refusal AS "#refusal", a.tries_left AS "#tries_left", (a.half_day).*
  FROM calendar.attest_by_code(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::bigint, $7::date, $8, $9::uuid[],
                               $10::uuid[], $11::text[], $12) a)sql"};

std::string FirstDay(const std::string& month) {
  return Month::Parse(month)->FirstDay().ToIso();
}

// What the contract's rules of the fields do not see: something must be said, and of each half-day once.
absl::Status Check(const v1::Attestation& attestation, std::vector<Violation> violations, Language language) {
  std::set<std::string> named;
  bool twice = false;
  const auto name = [&](const std::string& id) {
    if (!named.insert(id).second && !std::exchange(twice, true))
      violations.push_back(
          {"attestation", "demi-journée nommée deux fois : " + id, "half-day named twice: " + id});
  };
  for (const std::string& id : attestation.half_day_ids()) name(id);
  for (const auto& dispute : attestation.disputes()) name(dispute.half_day_id());
  if (named.empty())
    violations.push_back({"attestation", "au moins une demi-journée", "at least one half-day"});
  return violations.empty() ? absl::OkStatus() : RefuseInvalid(violations, language);
}

void Append(Params& params, const v1::Attestation& attestation) {
  params.Array(attestation.half_day_ids());
  params.Array(attestation.disputes(), [](const v1::Dispute& dispute) { return dispute.half_day_id(); });
  params.Array(attestation.disputes(), [](const v1::Dispute& dispute) { return dispute.reason(); });
  params.Text(attestation.signer());
}

template <class Response>
absl::StatusOr<Response> AnswerOf(const storage::Rows& rows) {
  Response response;
  if (rows.empty()) return response;
  if (!rows.IsNull(0, "#refusal"))
    return Refuse(ReasonFromName(rows.Text(0, "#refusal")),
                  {{"left", std::to_string(rows.Int(0, "#tries_left"))}});
  rows.ReadAll(response.mutable_half_days());
  return response;
}

}  // namespace

absl::StatusOr<v1::CreateAttestationLinkResponse> AttestationStore::Create(
    const rpc::CallContext& call, const v1::CreateAttestationLinkRequest& request, std::string_view token,
    std::string_view code) const {
  const std::string salt = rpc::RandomBytes(kSaltBytes);
  Params params;
  params.Bytes(rpc::Sha256(token)).Bytes(salt).Bytes(rpc::Sha256(salt + std::string(code)));
  params.Int(request.case_id()).Int(request.consultant_id()).Text(FirstDay(request.month()));
  params.Int(request.valid_days() == 0 ? kValidDays : request.valid_days());
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kCreate, params));
  v1::CreateAttestationLinkResponse response;
  rows.ReadInto(0, response.mutable_link());
  if (!rows.IsNull(0, "#replaced")) response.set_replaced_link_id(rows.Int(0, "#replaced"));
  return response;
}

absl::StatusOr<rpc::Encoded<v1::ListAttestationLinksResponse>> AttestationStore::List(
    const rpc::CallContext& call, const v1::ListAttestationLinksRequest& request) const {
  Params params;
  params.IntOrNull(request.case_id()).IntOrNull(request.consultant_id()).TextOrNull(request.month());
  params.Bool(request.ended());
  return ReadPage<v1::ListAttestationLinksResponse>(call, request, kListLinks, params, "links");
}

absl::StatusOr<v1::RevokeAttestationLinkResponse> AttestationStore::Revoke(
    const rpc::CallContext& call, const v1::RevokeAttestationLinkRequest& request) const {
  Params params;
  params.Int(request.case_id()).Int(request.consultant_id()).Text(FirstDay(request.month()));
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kRevoke, params));
  v1::RevokeAttestationLinkResponse response;
  if (!rows.empty()) rows.ReadInto(0, response.mutable_link());
  return response;
}

absl::StatusOr<v1::OpenAttestationResponse> AttestationStore::Open(const Limits& limits,
                                                                   std::string_view token) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(limits, kOpen, Params().Bytes(rpc::Sha256(token))));
  if (rows.empty()) return Refuse(common::v1::REASON_LINK_INVALID);
  if (rows.Bool(0, "#expired"))
    return Refuse(common::v1::REASON_LINK_EXPIRED, {{"date", std::string(rows.Text(0, "#expires_on"))}});
  v1::OpenAttestationResponse response;
  v1::AttestationLink& link = *response.mutable_link();
  link.set_link_id(rows.Int(0, "#link_id"));
  link.set_case_id(rows.Int(0, "#case_id"));
  link.set_consultant_id(rows.Int(0, "#consultant_id"));
  link.set_month(std::string(rows.Text(0, "#month")));
  link.mutable_expires_at()->set_seconds(rows.Int(0, "#expires_at"));
  if (!rows.IsNull(0, "#used_at")) link.mutable_used_at()->set_seconds(rows.Int(0, "#used_at"));
  if (!rows.IsNull(0, "#signer")) link.set_signer(std::string(rows.Text(0, "#signer")));
  response.set_company_name(std::string(rows.Text(0, "#company_name")));
  response.set_consultant_name(std::string(rows.Text(0, "#consultant_name")));
  if (!rows.IsNull(0, "half_day_id")) rows.ReadAll(response.mutable_half_days());
  ASSIGN_OR_RETURN(const storage::Rows phases, Read(limits, kPhaseTitles, Params().Int(link.case_id())));
  phases.ReadAll(response.mutable_phases());
  return response;
}

absl::StatusOr<v1::AttestByLinkResponse> AttestationStore::AttestByLink(
    const rpc::CallContext& call, const v1::AttestByLinkRequest& request) const {
  RETURN_IF_ERROR(Check(request.attestation(), {}, call.language));
  Params params;
  params.Bytes(rpc::Sha256(request.token()));
  Append(params, request.attestation());
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kByLink, params));
  return AnswerOf<v1::AttestByLinkResponse>(rows);
}

absl::StatusOr<v1::AttestByCodeResponse> AttestationStore::AttestByCode(
    const rpc::CallContext& call, const v1::AttestByCodeRequest& request) const {
  std::string code;  // as it is read: in groups, perhaps
  for (const char c : request.code())
    if (c != ' ' && c != '-') code += c;
  // What cannot be a code is a slip, and no try.
  std::vector<Violation> violations;
  if (code.size() != kCodeDigits || code.find_first_not_of("0123456789") != std::string::npos)
    violations.push_back({"code", "huit chiffres", "eight digits"});
  RETURN_IF_ERROR(Check(request.attestation(), std::move(violations), call.language));
  Params params;
  params.Int(request.case_id()).Int(request.consultant_id()).Text(FirstDay(request.month())).Text(code);
  Append(params, request.attestation());
  ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, kByCode, params));
  return AnswerOf<v1::AttestByCodeResponse>(rows);
}

}  // namespace jalon::calendar
