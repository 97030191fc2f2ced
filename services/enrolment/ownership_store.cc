#include "enrolment/ownership_store.h"

#include <string_view>

#include "base/refusal.h"
#include "storage/text_form.h"

namespace jalon::enrolment {
namespace {

using storage::Params;
using storage::Planned;
using storage::Rows;
using storage::Statement;

constexpr Statement kDeclareLink{"declare_link", R"sql(
SELECT * FROM enrolment.declare_link(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6, $7, $8, $9, $10, $11, $12, $13::int,
                                     $14::int, $15::text[], $16, $17::bigint, $18::date, $19::date, $20))sql"};

constexpr Statement kEndLink{"end_link", R"sql(
SELECT * FROM enrolment.end_link(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::date, $7))sql"};

constexpr Statement kListLinks{"list_links", R"sql(
SELECT r.*, r.link_id::text AS "#key"
  FROM enrolment.link_row r
 WHERE ($1::text IS NULL OR r.link_id > $1::bigint)
   AND (r."holder.party_id" = $3 OR r."held.party_id" = $3)
   AND ($4::date IS NULL OR r.starts_on <= $4 AND coalesce(r.ends_on > $4, true))
 ORDER BY r.link_id
 LIMIT $2)sql",
                               Planned::kEachTime};

constexpr Statement kAddAccounts{"add_accounts", R"sql(
SELECT * FROM enrolment.add_accounts(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6::date, $7::bigint, $8::bigint,
                                     $9::bigint, $10::text[], $11, $12::boolean))sql"};

constexpr Statement kListAccounts{"list_accounts", R"sql(
SELECT r.*, r.closed_on::text AS "#key"
  FROM enrolment.accounts_row r
 WHERE ($1::text IS NULL OR r.closed_on < $1::date) AND r.party_id = $3
 ORDER BY r.closed_on DESC
 LIMIT $2)sql"};

// The etag is what enrolment.ownership_etag computes, here over the very rows that are read. One row at
// least.
constexpr Statement kReadAround{"read_ownership", R"sql(
WITH around AS MATERIALIZED (
  SELECT * FROM enrolment.ownership_around($1)
)
SELECT a.*, e.etag, (SELECT c.name FROM enrolment.company c WHERE c.siren = $1) AS company_name
  FROM (SELECT md5(coalesce(string_agg(o::text, E'\n'), '')) AS etag FROM around o) e
  LEFT JOIN around a ON true)sql"};

constexpr Statement kReadAssessment{"read_case_assessment", R"sql(
SELECT a.assessment
  FROM enrolment.support_case k
  LEFT JOIN enrolment.case_assessment a USING (case_id)
 WHERE k.case_id = $1)sql"};

void PushParty(const v1::Party& party, Params* params) {
  params->Text(party.party_id())
      .Text(storage::EnumLabel(party.kind()))
      .Text(party.name())
      .Text(party.country());
}

v1::Party ReadParty(const Rows& rows, int row) {
  v1::Party party;
  party.set_party_id(std::string(rows.Text(row, "party_id")));
  party.set_kind(storage::EnumValue<v1::PartyKind>(rows.Text(row, "kind")));
  party.set_name(std::string(rows.Text(row, "name")));
  party.set_country(std::string(rows.Text(row, "country")));
  return party;
}

v1::Link ReadLink(const Rows& rows, int row) {
  v1::Link link;
  link.set_link_id(rows.Int(row, "link_id"));
  link.mutable_holder()->set_party_id(std::string(rows.Text(row, "party_id")));
  link.mutable_held()->set_party_id(std::string(rows.Text(row, "held_id")));
  link.set_capital_hundredths(static_cast<int32_t>(rows.Int(row, "capital")));
  link.set_votes_hundredths(static_cast<int32_t>(rows.Int(row, "votes")));
  storage::ForEachElement(rows.Text(row, "controls"), [&](const std::string& control) {
    link.add_controls(storage::EnumValue<v1::Control>(control));
  });
  link.set_market(std::string(rows.Text(row, "market")));
  if (!rows.IsNull(row, "investment_cents"))
    link.mutable_investment()->set_cents(rows.Int(row, "investment_cents"));
  link.set_starts_on(std::string(rows.Text(row, "starts_on")));
  link.set_ends_on(std::string(rows.Text(row, "ends_on")));
  return link;
}

v1::Accounts ReadAccounts(const Rows& rows, int row) {
  v1::Accounts accounts;
  accounts.set_party_id(std::string(rows.Text(row, "party_id")));
  accounts.set_closed_on(std::string(rows.Text(row, "closed_on")));
  accounts.set_headcount_hundredths(rows.Int(row, "headcount_hundredths"));
  accounts.mutable_turnover()->set_cents(rows.Int(row, "turnover_cents"));
  accounts.mutable_balance_sheet()->set_cents(rows.Int(row, "balance_sheet_cents"));
  storage::ForEachElement(rows.Text(row, "consolidates"),
                          [&](const std::string& id) { accounts.add_consolidates(id); });
  return accounts;
}

}  // namespace

absl::StatusOr<v1::Link> OwnershipStore::DeclareLink(const rpc::CallContext& call,
                                                     const v1::DeclareLinkRequest& request) const {
  const v1::Link& link = request.link();
  Params params;
  PushParty(link.holder(), &params);
  PushParty(link.held(), &params);
  params.Int(link.capital_hundredths()).Int(link.votes_hundredths());
  params.Array(link.controls(),
               [](int control) { return storage::EnumLabel(static_cast<v1::Control>(control)); });
  params.TextOrNull(link.market());
  if (link.has_investment()) {
    params.Int(link.investment().cents());
  } else {
    params.Null();
  }
  params.Text(link.starts_on()).TextOrNull(link.ends_on()).Text(link.source());
  return CommandOne<v1::Link>(call, kDeclareLink, params);
}

absl::StatusOr<v1::Link> OwnershipStore::EndLink(const rpc::CallContext& call,
                                                 const v1::EndLinkRequest& request) const {
  return CommandOne<v1::Link>(call, kEndLink,
                              Params().Int(request.link_id()).Text(request.ends_on()).Text(request.source()));
}

absl::StatusOr<rpc::Encoded<v1::ListLinksResponse>> OwnershipStore::ListLinks(
    const rpc::CallContext& call, const v1::ListLinksRequest& request) const {
  const Params filter = Params().Text(request.party_id()).TextOrNull(request.on());
  return ReadPage<v1::ListLinksResponse>(call, request, kListLinks, filter, "links");
}

absl::StatusOr<v1::Accounts> OwnershipStore::AddAccounts(const rpc::CallContext& call,
                                                         const v1::AddAccountsRequest& request) const {
  const v1::Accounts& accounts = request.accounts();
  return CommandOne<v1::Accounts>(call, kAddAccounts,
                                  Params()
                                      .Text(accounts.party_id())
                                      .Text(accounts.closed_on())
                                      .Int(accounts.headcount_hundredths())
                                      .Int(accounts.turnover().cents())
                                      .Int(accounts.balance_sheet().cents())
                                      .Array(accounts.consolidates())
                                      .Text(accounts.source())
                                      .Bool(request.replace()));
}

absl::StatusOr<rpc::Encoded<v1::ListAccountsResponse>> OwnershipStore::ListAccounts(
    const rpc::CallContext& call, const v1::ListAccountsRequest& request) const {
  return ReadPage<v1::ListAccountsResponse>(call, request, kListAccounts, Params().Text(request.party_id()),
                                            "accounts");
}

absl::StatusOr<OwnershipFile> OwnershipStore::ReadAround(const rpc::CallContext& call,
                                                         const std::string& siren) const {
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kReadAround, Params().Text(siren)));
  OwnershipFile file;
  file.etag = std::string(rows.Text(0, "etag"));
  file.company_name = std::string(rows.Text(0, "company_name"));
  for (int row = 0; row < rows.size(); ++row) {
    const std::string_view what = rows.Text(row, "what");
    if (what == "party") {
      file.ownership.parties.push_back(ReadParty(rows, row));
    } else if (what == "link") {
      file.ownership.links.push_back(ReadLink(rows, row));
    } else if (what == "accounts") {
      file.ownership.accounts.push_back(ReadAccounts(rows, row));
    }
  }
  return file;
}

absl::StatusOr<v1::CompanyAssessment> OwnershipStore::ReadAssessment(const rpc::CallContext& call,
                                                                     int64_t case_id) const {
  ASSIGN_OR_RETURN(const Rows rows, Read(call, kReadAssessment, Params().Int(case_id)));
  const Metadata which = {{"case_id", std::to_string(case_id)}};
  if (rows.empty()) return Refuse(common::v1::REASON_CASE_NOT_FOUND, which);
  if (rows.IsNull(0, "assessment")) return Refuse(common::v1::REASON_CASE_NOT_ADMITTED, which);
  v1::CompanyAssessment assessment;
  assessment.ParseFromString(rows.Bytes(0, "assessment"));
  return assessment;
}

}  // namespace jalon::enrolment
