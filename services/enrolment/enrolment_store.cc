#include "enrolment/enrolment_store.h"

#include <google/protobuf/util/json_util.h>

#include "base/commune.h"
#include "base/refusal.h"
#include "enrolment/eligibility.h"

namespace jalon::enrolment {
namespace {

using storage::Params;
using storage::Planned;
using storage::Statement;

constexpr Statement kImport{"import_companies", R"sql(
SELECT * FROM enrolment.import_companies(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::text[], $6::text[], $7::text[],
                                         $8::text[], $9::text[], $10::date[], $11::boolean[], $12::text[], $13::text[],
                                         $14::text[], $15::text[]))sql"};

// What kImport would count, as the companies are now.
constexpr Statement kTryImport{"try_import_companies", R"sql(
WITH given AS (
  SELECT DISTINCT ON (g.siren COLLATE "C") g.*
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::boolean[], $8::text[], $9::text[],
                $10::text[], $11::text[]) WITH ORDINALITY
         AS g (siren, name, legal_category, naf, headcount_band, created_on, ceased, seat_nic, commune, department, region, place)
   ORDER BY g.siren COLLATE "C", g.place DESC
)
SELECT count(*) FILTER (WHERE k.siren IS NULL) AS added,
       count(*) FILTER (WHERE k.siren IS NOT NULL AND NOT o.same) AS changed,
       count(*) FILTER (WHERE k.siren IS NOT NULL AND o.same) AS unchanged
  FROM given g
  LEFT JOIN enrolment.company k ON k.siren = g.siren
 CROSS JOIN LATERAL (SELECT (k.name, k.legal_category, k.naf, k.headcount_band, k.created_on, k.ceased, k.seat_nic, k.commune,
                             k.department, k.region)
                            IS NOT DISTINCT FROM
                            (g.name, g.legal_category, g.naf, g.headcount_band, g.created_on, g.ceased, g.seat_nic, g.commune,
                             g.department, g.region) AS same) o)sql"};

constexpr Statement kReadCompany{"read_company", R"sql(
SELECT c.*, EXISTS (SELECT FROM enrolment.support_case k JOIN assignment.assignee a USING (case_id)
                     WHERE k.siren = c.siren AND a.consultant_id = $2::bigint) AS "#assigned"
  FROM enrolment.company_row c
 WHERE c.siren = $1)sql"};

constexpr Statement kCasesOfCompany{"cases_of_company", R"sql(
SELECT * FROM enrolment.case_row WHERE siren = $1 ORDER BY case_id DESC LIMIT 50)sql"};

// The key is the SIREN, nine digits, and then the name in lower case.
constexpr Statement kListCompanies{"list_companies", R"sql(
SELECT c.siren, c.name, c.legal_category, c.naf, c.headcount_band, c.created_on, c.ceased, c.seat_nic, c.commune,
       c.department, c.region, c.updated_at, c.siren || c."#key" AS "#key"
  FROM enrolment.company_row c
 WHERE c."#key" >= lower($3) AND c."#key" < lower($3) || U&'\+10FFFF'
   AND (c."#key", c.siren) > (coalesce(substr($1, 10), ''), coalesce(left($1, 9), ''))
   AND ($4::text IS NULL OR c.region = $4)
 ORDER BY c."#key", c.siren
 LIMIT $2)sql",
                                   Planned::kEachTime};

constexpr Statement kOpen{"open_case", R"sql(
SELECT * FROM enrolment.open_case(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5, $6, $7::date, $8::bigint, $9::bigint,
                                  $10::bigint, $11::date, $12::boolean, $13, $14::bigint, $15::bigint, $16::bigint, $17::text[]))sql"};

constexpr Statement kReadCaseFile{"read_case_file", R"sql(
SELECT r.*, c.naf AS "#naf", c.created_on AS "#created_on", c.ceased AS "#ceased", b.rulebook AS "#rulebook",
       (SELECT string_agg(e.applied_on::text, ',')
          FROM enrolment.support_case e
         WHERE e.programme = r.programme AND e.siren = r.siren AND e.case_id <> r.case_id AND e.state <> 'rejected') AS "#earlier"
  FROM enrolment.case_row r
  JOIN enrolment.company c USING (siren)
  LEFT JOIN LATERAL programme.rulebook_in_force(r.programme, r.applied_on, coalesce($2::date, r.admitted_on), NULL, NULL) b ON true
 WHERE r.case_id = $1)sql"};

constexpr Statement kAdmit{"admit_case", R"sql(
SELECT * FROM enrolment.admit_case(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::date, $7::int, $8, $9::int, $10,
                                   $11::jsonb, $12, $13::bytea, $14, $15::bigint, $16, $17::int))sql"};

// A page of the cases that may be due, and the day for those that are: the acceptance arises at the end of
// the last working day, so today's is not over yet. The version in force is that of the admission it makes.
constexpr Statement kReadSilences{"read_silences", R"sql(
SELECT k.case_id, due.day AS admitted_on, k.working_days
  FROM (SELECT k.case_id, k.programme, k.applied_on, now.tacit_acceptance_working_days AS working_days
          FROM enrolment.support_case k
         CROSS JOIN LATERAL programme.rulebook_in_force(k.programme, k.applied_on, NULL, NULL, NULL) now
         WHERE k.state = 'open' AND k.case_id > $1::bigint
           AND k.programme IN (SELECT t.programme FROM programme.tacit_programme t)
           AND k.applied_on + now.tacit_acceptance_working_days < $2::date
         ORDER BY k.case_id
         LIMIT $3::int) k
  LEFT JOIN LATERAL (SELECT d.day
                       FROM calendar.working_days_after(k.applied_on, k.working_days) AS d (day),
                            programme.rulebook_in_force(k.programme, k.applied_on, d.day, NULL, NULL) b
                      WHERE d.day < $2::date AND b.tacit_acceptance_working_days = k.working_days) due ON true
 ORDER BY k.case_id)sql",
                                  Planned::kEachTime};

constexpr Statement kReject{"reject_case", R"sql(
SELECT * FROM enrolment.reject_case(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6, $7))sql"};

constexpr Statement kWithdraw{"withdraw_case", R"sql(
SELECT * FROM enrolment.withdraw_case(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6, $7))sql"};

constexpr Statement kReadCase{"read_case", R"sql(
SELECT r.*, EXISTS (SELECT FROM assignment.assignee a
                     WHERE a.case_id = r.case_id AND a.consultant_id = $2::bigint) AS "#assigned"
  FROM enrolment.case_row r
 WHERE r.case_id = $1)sql"};

constexpr Statement kListCases{"list_cases", R"sql(
SELECT r.*, r.case_id::text AS "#key"
  FROM enrolment.case_row r
 WHERE ($1::text IS NULL OR r.case_id < $1::bigint)
   AND ($3::text IS NULL OR r.programme = $3)
   AND ($4::text IS NULL OR r.state = $4)
   AND ($5::text IS NULL OR r.siren = $5)
   AND ($6::text IS NULL OR r.region = $6)
   AND ($7::bigint IS NULL OR r.case_id IN (SELECT a.case_id FROM assignment.assignee a WHERE a.consultant_id = $7))
   AND ($8::text IS NULL OR r.siren = $8)
 ORDER BY r.case_id DESC
 LIMIT $2)sql",
                               Planned::kEachTime};

constexpr Statement kExportCases{"export_cases", R"sql(
SELECT r.*, r.case_id::text AS "#key"
  FROM enrolment.case_row r
 WHERE ($1::text IS NULL OR r.case_id > $1::bigint)
   AND ($3::text IS NULL OR r.programme = $3)
   AND ($4::text IS NULL OR r.state = $4)
   AND ($5::text IS NULL OR r.siren = $5)
   AND ($6::text IS NULL OR r.region = $6)
 ORDER BY r.case_id
 LIMIT $2)sql",
                                 Planned::kEachTime};

absl::Status NoCase(int64_t case_id) {
  return Refuse(common::v1::REASON_CASE_NOT_FOUND, {{"case_id", std::to_string(case_id)}});
}

// $3 to $6 of the lists of cases.
Params FilterParams(const v1::CaseFilter& filter) {
  return Params()
      .TextOrNull(filter.programme())
      .TextOrNull(storage::EnumLabel(filter.state()))
      .TextOrNull(filter.siren())
      .TextOrNull(filter.region());
}

std::string DepartmentOf(const v1::Company& company) {
  return DepartmentOfCommune(company.commune()).value_or("");
}

std::string RegionOf(const v1::Company& company) {
  const auto department = DepartmentOfCommune(company.commune());
  const auto region = department ? RegionOfDepartment(*department) : std::nullopt;
  return region ? std::string(region->code) : "";
}

// Zero staff is an answer, too.
void AppendKnown(bool known, int64_t value, Params* params) {
  if (known) {
    params->Int(value);
  } else {
    params->Null();
  }
}

std::string ConditionsJson(const std::vector<v1::Condition>& conditions) {
  std::string json = "[";
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  for (const v1::Condition& condition : conditions) {
    std::string one;
    (void)google::protobuf::util::MessageToJsonString(condition, &one, options);
    json += (json.size() > 1 ? "," : "") + one;
  }
  return json + "]";
}

// The arrays of kImport and kTryImport, in the order of the table's columns.
Params CompanyParams(const std::vector<const v1::Company*>& companies) {
  Params params;
  params.Array(companies, [](const auto* c) { return c->siren(); });
  params.Array(companies, [](const auto* c) { return c->name(); });
  params.ArrayOrNulls(companies, [](const auto* c) { return c->legal_category(); });
  params.ArrayOrNulls(companies, [](const auto* c) { return c->naf(); });
  params.ArrayOrNulls(companies, [](const auto* c) { return c->headcount_band(); });
  params.ArrayOrNulls(companies, [](const auto* c) { return c->created_on(); });
  params.Array(companies, [](const auto* c) { return c->ceased(); });
  params.ArrayOrNulls(companies, [](const auto* c) { return c->seat_nic(); });
  params.ArrayOrNulls(companies, [](const auto* c) { return c->commune(); });
  params.ArrayOrNulls(companies, [](const auto* c) { return DepartmentOf(*c); });
  params.ArrayOrNulls(companies, [](const auto* c) { return RegionOf(*c); });
  return params;
}

}  // namespace

absl::StatusOr<v1::ImportCompaniesResponse> EnrolmentStore::Import(
    const rpc::CallContext& call, const std::vector<const v1::Company*>& companies) const {
  return CommandOne<v1::ImportCompaniesResponse>(call, kImport, CompanyParams(companies));
}

absl::StatusOr<v1::ImportCompaniesResponse> EnrolmentStore::TryImport(
    const rpc::CallContext& call, const std::vector<const v1::Company*>& companies) const {
  ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, kTryImport, CompanyParams(companies)));
  return rows.Read<v1::ImportCompaniesResponse>(0);
}

absl::StatusOr<v1::GetCompanyResponse> EnrolmentStore::ReadCompany(const rpc::CallContext& call,
                                                                   const std::string& siren,
                                                                   const Scope& scope) const {
  ASSIGN_OR_RETURN(const storage::Rows company,
                   Read(call, kReadCompany, Params().Text(siren).Int(scope.consultant_id)));
  const bool hidden = (!scope.siren.empty() && scope.siren != siren) ||
                      (scope.consultant_id != 0 && !company.empty() && !company.Bool(0, "#assigned"));
  if (hidden) return Refuse(common::v1::REASON_NOT_ALLOWED);
  if (company.empty()) return Refuse(common::v1::REASON_COMPANY_NOT_FOUND, {{"siren", siren}});
  v1::GetCompanyResponse response;
  company.ReadInto(0, response.mutable_company());
  ASSIGN_OR_RETURN(const storage::Rows cases, Read(call, kCasesOfCompany, Params().Text(siren)));
  cases.ReadAll(response.mutable_cases());
  return response;
}

absl::StatusOr<rpc::Encoded<v1::ListCompaniesResponse>> EnrolmentStore::ListCompanies(
    const rpc::CallContext& call, const v1::ListCompaniesRequest& request) const {
  const Params filter = Params().Text(request.name_prefix()).TextOrNull(request.region());
  return ReadPage<v1::ListCompaniesResponse>(call, request, kListCompanies, filter, "companies");
}

absl::StatusOr<v1::Case> EnrolmentStore::Open(const rpc::CallContext& call,
                                              const v1::OpenCaseRequest& request,
                                              const v1::CompanyAssessment& assessment) const {
  const v1::CompanyFacts& facts = request.facts();
  Params params;
  params.Text(request.programme())
      .Text(request.siren())
      .Text(request.applied_on())
      .Int(facts.headcount_hundredths())
      .Int(facts.turnover().cents())
      .Int(facts.balance_sheet().cents())
      .Text(facts.year_closed_on())
      .Bool(facts.independent())
      .Text(storage::EnumLabel(assessment.size_class()));
  AppendKnown(facts.has_site_headcount_hundredths(), facts.site_headcount_hundredths(), &params);
  AppendKnown(facts.has_group_headcount_hundredths(), facts.group_headcount_hundredths(), &params);
  const std::optional<int64_t> group = GroupHeadcount(facts, assessment);
  AppendKnown(group.has_value(), group.value_or(0), &params);
  params.Array(facts.statuses());
  return CommandOne<v1::Case>(call, kOpen, params);
}

absl::StatusOr<std::optional<CaseFile>> EnrolmentStore::ReadCaseFile(const rpc::CallContext& call,
                                                                     int64_t case_id,
                                                                     const std::string& admitted_on) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(call, kReadCaseFile, Params().Int(case_id).TextOrNull(admitted_on)));
  if (rows.empty()) return std::nullopt;
  CaseFile file;
  rows.ReadInto(0, &file.support_case);
  file.company.set_siren(file.support_case.siren());
  file.company.set_name(file.support_case.company_name());
  file.company.set_naf(std::string(rows.Text(0, "#naf")));
  file.company.set_created_on(std::string(rows.Text(0, "#created_on")));
  file.company.set_ceased(rows.Bool(0, "#ceased"));
  file.company.set_department(file.support_case.department());
  file.company.set_region(file.support_case.region());
  const std::string_view earlier = rows.IsNull(0, "#earlier") ? "" : rows.Text(0, "#earlier");
  for (size_t at = 0; at + 10 <= earlier.size(); at += 11)  // dates of ten characters, and a comma
    file.earlier_requests.push_back(*Date::Parse(earlier.substr(at, 10)));
  if (!rows.IsNull(0, "#rulebook")) file.rulebook.emplace().ParseFromString(rows.Bytes(0, "#rulebook"));
  return file;
}

absl::StatusOr<v1::Case> EnrolmentStore::Admit(const rpc::CallContext& call,
                                               const Admission& admission) const {
  const v1::AdmitCaseRequest& request = *admission.request;
  Params params;
  params.Int(request.case_id())
      .Text(request.admitted_on())
      .IntOrNull(request.granted_half_days())
      .TextOrNull(request.etag());
  if (admission.judged && admission.judged->rulebook) {
    params.Int(admission.judged->rulebook->version()).Text(admission.judged->support_case.etag());
    params.Text(ConditionsJson(admission.conditions)).TextOrNull(admission.unmet);
    params.Bytes(admission.assessment.SerializeAsString());
    params.Text(storage::EnumLabel(admission.assessment.size_class()));
    const std::optional<int64_t> group =
        GroupHeadcount(admission.judged->support_case.facts(), admission.assessment);
    AppendKnown(group.has_value(), group.value_or(0), &params);
    params.Text(admission.ownership_etag);
  } else {
    // The database finds the same, and refuses in order.
    params.Null().Null().Null().Null().Null().Null().Null().Null();
  }
  params.IntOrNull(admission.tacit_working_days);
  return CommandOne<v1::Case>(call, kAdmit, params);
}

absl::StatusOr<std::vector<Silence>> EnrolmentStore::ReadSilences(const Limits& limits, int64_t after,
                                                                  Date today, int most) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(limits, kReadSilences, Params().Int(after).Text(today.ToIso()).Int(most)));
  std::vector<Silence> silences;
  for (int row = 0; row < rows.size(); ++row) {
    silences.push_back({.case_id = rows.Int(row, "case_id"),
                        .admitted_on = std::string(rows.Text(row, "admitted_on")),
                        .working_days = static_cast<int>(rows.Int(row, "working_days"))});
  }
  return silences;
}

absl::StatusOr<v1::Case> EnrolmentStore::Reject(const rpc::CallContext& call,
                                                const v1::RejectCaseRequest& request) const {
  return CommandOne<v1::Case>(
      call, kReject, Params().Int(request.case_id()).Text(request.reason()).TextOrNull(request.etag()));
}

absl::StatusOr<v1::Case> EnrolmentStore::Withdraw(const rpc::CallContext& call,
                                                  const v1::WithdrawCaseRequest& request) const {
  return CommandOne<v1::Case>(
      call, kWithdraw, Params().Int(request.case_id()).Text(request.reason()).TextOrNull(request.etag()));
}

absl::StatusOr<v1::Case> EnrolmentStore::ReadCase(const rpc::CallContext& call, int64_t case_id,
                                                  const Scope& scope) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(call, kReadCase, Params().Int(case_id).Int(scope.consultant_id)));
  if (rows.empty()) return NoCase(case_id);
  v1::Case found = rows.Read<v1::Case>(0);
  const bool hidden = (!scope.siren.empty() && scope.siren != found.siren()) ||
                      (scope.consultant_id != 0 && !rows.Bool(0, "#assigned"));
  if (hidden) return Refuse(common::v1::REASON_NOT_ALLOWED);
  return found;
}

absl::StatusOr<rpc::Encoded<v1::ListCasesResponse>> EnrolmentStore::ListCases(
    const rpc::CallContext& call, const v1::ListCasesRequest& request, const Scope& scope) const {
  const Params filter = FilterParams(request.filter()).IntOrNull(scope.consultant_id).TextOrNull(scope.siren);
  return ReadPage<v1::ListCasesResponse>(call, request, kListCases, filter, "cases");
}

absl::Status EnrolmentStore::ExportCases(const rpc::CallContext& call, const v1::CaseFilter& filter,
                                         const rpc::Sender<v1::ExportCasesResponse>& send) const {
  return SendAll<v1::ExportCasesResponse>(call, kExportCases, FilterParams(filter), "case", send);
}

}  // namespace jalon::enrolment
