#include "enrolment/contact_store.h"

#include "base/refusal.h"
#include "storage/params.h"

namespace jalon::enrolment {
namespace {

using storage::Params;
using storage::Statement;

constexpr Statement kSet{"set_contact", R"sql(
SELECT * FROM enrolment.set_contact(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6, $7, $8, $9))sql"};

// $2, $3: the consultant or the company that asks; NULL: whoever sees all.
constexpr Statement kGet{"get_contact", R"sql(
SELECT c.*, ($2::bigint IS NULL OR EXISTS (SELECT FROM enrolment.support_case k
                                             JOIN assignment.assignee a USING (case_id)
                                            WHERE k.siren = $1 AND a.consultant_id = $2))
            AND ($3::text IS NULL OR $3 = $1) AS "#allowed"
  FROM (SELECT 1) AS one
  LEFT JOIN enrolment.contact_row c ON c.siren = $1)sql"};

constexpr Statement kErase{"erase_contact", R"sql(
SELECT enrolment.erase_contact(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5))sql"};

// Whether a company speaks of itself; whoever sees all speaks of any.
absl::Status AllowFor(const std::string& siren, const Scope& scope) {
  return scope.siren.empty() || scope.siren == siren ? absl::OkStatus()
                                                     : Refuse(common::v1::REASON_NOT_ALLOWED);
}

}  // namespace

absl::StatusOr<v1::SetContactResponse> ContactStore::Set(const rpc::CallContext& call,
                                                         const v1::SetContactRequest& request,
                                                         const Scope& scope) const {
  const v1::Contact& contact = request.contact();
  RETURN_IF_ERROR(AllowFor(contact.siren(), scope));
  Params params;
  params.Text(contact.siren()).Text(contact.name()).Text(contact.email()).Text(contact.phone());
  params.Text(contact.language().empty() ? "fr" : contact.language());
  v1::SetContactResponse response;
  ASSIGN_OR_RETURN(*response.mutable_contact(), CommandOne<v1::Contact>(call, kSet, params));
  return response;
}

absl::StatusOr<v1::GetContactResponse> ContactStore::Get(const rpc::CallContext& call,
                                                         const std::string& siren, const Scope& scope) const {
  ASSIGN_OR_RETURN(
      const storage::Rows rows,
      Read(call, kGet, Params().Text(siren).IntOrNull(scope.consultant_id).TextOrNull(scope.siren)));
  if (!rows.Bool(0, "#allowed")) return Refuse(common::v1::REASON_NOT_ALLOWED);
  v1::GetContactResponse response;
  if (!rows.IsNull(0, "siren")) rows.ReadInto(0, response.mutable_contact());
  return response;
}

absl::StatusOr<v1::EraseContactResponse> ContactStore::Erase(const rpc::CallContext& call,
                                                             const std::string& siren,
                                                             const Scope& scope) const {
  RETURN_IF_ERROR(AllowFor(siren, scope));
  RETURN_IF_ERROR(Command(call, kErase, Params().Text(siren)).status());
  return v1::EraseContactResponse();
}

}  // namespace jalon::enrolment
