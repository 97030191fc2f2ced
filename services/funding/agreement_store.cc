#include "funding/agreement_store.h"

#include "base/refusal.h"
#include "funding/agreement_row.h"

namespace jalon::funding {
namespace {

using storage::Params;
using storage::Statement;

constexpr Statement kReadSigned{"read_signed_terms", R"sql(
SELECT a.version, a.terms, b.rulebook
  FROM funding.agreement a
  JOIN programme.published_rulebook b ON (b.programme, b.version) = (a.programme, a.rulebook_version)
 WHERE a.case_id = $1)sql"};

constexpr Statement kAmend{"amend_agreement", R"sql(
SELECT * FROM funding.amend_agreement(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6, $7::int, $8::date, $9, $10::bytea,
                                      $11::bytea, $12::text[], $13::int[], $14::bigint[], $15::bigint[], $16::bigint[],
                                      $17::bigint[], $18::bigint[], $19::text[], $20::text[], $21::bigint[], $22::bigint[]))sql"};

constexpr Statement kRelease{"release_agreement", R"sql(
SELECT * FROM funding.release_agreement(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::date, $7))sql"};

constexpr Statement kReleaseWithdrawn{"release_withdrawn", R"sql(
SELECT funding.release_withdrawn($1::int) AS released)sql"};

constexpr int kReleasedAtOnce = 100;

}  // namespace

absl::StatusOr<SignedTerms> AgreementStore::ReadSigned(const rpc::CallContext& call, int64_t case_id) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kReadSigned, Params().Int(case_id)));
  if (rows.empty()) return Refuse(common::v1::REASON_AGREEMENT_NOT_FOUND);
  SignedTerms terms;
  terms.version = static_cast<int>(rows.Int(0, "version"));
  terms.quote.ParseFromString(rows.Bytes(0, "terms"));
  auto rulebook = std::make_shared<programme::v1::Rulebook>();
  rulebook->ParseFromString(rows.Bytes(0, "rulebook"));
  terms.rulebook = std::move(rulebook);
  return terms;
}

absl::StatusOr<v1::Agreement> AgreementStore::Amend(const rpc::CallContext& call,
                                                    const v1::AmendAgreementRequest& request,
                                                    const Amendment& amendment) const {
  Params params;
  params.Int(request.case_id()).Text(amendment.case_etag).Int(amendment.version);
  params.Text(request.amended_on()).Text(request.reason());
  params.Bytes(amendment.quote.SerializeAsString()).Bytes(BasisOf(amendment.quote));
  AppendShares(amendment.quote, &params);
  ASSIGN_OR_RETURN(const storage::Rows rows, request.validate_only() ? CommandInVain(call, kAmend, params)
                                                                     : Command(call, kAmend, params));
  return ReadAgreementRow(rows);
}

absl::StatusOr<v1::ReleaseAgreementResponse> AgreementStore::Release(
    const rpc::CallContext& call, const v1::ReleaseAgreementRequest& request,
    const std::string& today) const {
  return CommandOne<v1::ReleaseAgreementResponse>(
      call, kRelease, Params().Int(request.case_id()).Text(today).Text(request.reason()));
}

absl::StatusOr<bool> ReleaseWithdrawn(storage::Database* database, const Limits& limits) {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   database->Run(limits, kReleaseWithdrawn, Params().Int(kReleasedAtOnce)));
  return rows.Int(0, "released") == kReleasedAtOnce;
}

}  // namespace jalon::funding
