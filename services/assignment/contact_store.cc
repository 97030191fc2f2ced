#include "assignment/contact_store.h"

#include "base/refusal.h"
#include "storage/params.h"

namespace jalon::assignment {
namespace {

using storage::Params;
using storage::Statement;

constexpr Statement kSet{"set_consultant_contact", R"sql(
SELECT * FROM assignment.set_contact(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6, $7))sql"};

constexpr Statement kGet{"get_consultant_contact", R"sql(
SELECT * FROM assignment.contact_row WHERE consultant_id = $1)sql"};

constexpr Statement kErase{"erase_consultant_contact", R"sql(
SELECT assignment.erase_contact(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint))sql"};

}  // namespace

absl::StatusOr<v1::SetConsultantContactResponse> ContactStore::Set(
    const rpc::CallContext& call, const v1::SetConsultantContactRequest& request) const {
  const v1::ConsultantContact& contact = request.contact();
  Params params;
  params.Int(contact.consultant_id()).Text(contact.email());
  params.Text(contact.language().empty() ? "fr" : contact.language());
  v1::SetConsultantContactResponse response;
  ASSIGN_OR_RETURN(*response.mutable_contact(), CommandOne<v1::ConsultantContact>(call, kSet, params));
  return response;
}

absl::StatusOr<v1::GetConsultantContactResponse> ContactStore::Get(const rpc::CallContext& call,
                                                                   int64_t consultant_id) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kGet, Params().Int(consultant_id)));
  v1::GetConsultantContactResponse response;
  if (!rows.empty()) rows.ReadInto(0, response.mutable_contact());
  return response;
}

absl::StatusOr<v1::EraseConsultantContactResponse> ContactStore::Erase(const rpc::CallContext& call,
                                                                       int64_t consultant_id) const {
  RETURN_IF_ERROR(Command(call, kErase, Params().Int(consultant_id)).status());
  return v1::EraseConsultantContactResponse();
}

}  // namespace jalon::assignment
