#ifndef JALON_ENROLMENT_ENROLMENT_STORE_H_
#define JALON_ENROLMENT_ENROLMENT_STORE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "area/store.h"
#include "base/date.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "jalon/programme/v1/rulebook.pb.h"

namespace jalon::enrolment {

// Cases a caller sees: 0 and empty for all, else those of a consultant or of a company.
struct Scope {
  int64_t consultant_id = 0;
  std::string siren;
};

// What a case is judged on. Without a rulebook, its programme has none published.
struct CaseFile {
  v1::Case support_case;
  v1::Company company;
  std::optional<programme::v1::Rulebook> rulebook;
  std::vector<Date> earlier_requests;  // of the company in the programme, those rejected left out
};

// What the officer decides at admission, and what it was decided on.
struct Admission {
  const v1::AdmitCaseRequest* request;
  std::optional<CaseFile> judged;  // none: there is no such case
  std::vector<v1::Condition> conditions;
  std::string unmet;  // for a person; empty: eligible
  v1::CompanyAssessment assessment;
  std::string ownership_etag;  // of what it was assessed on
  int tacit_working_days = 0;  // of silence, that make this admission; 0: somebody decided
};

// A case that silence may admit.
struct Silence {
  int64_t case_id;
  std::string admitted_on;  // the last of the working days; empty: they are not over
  int working_days;
};

class EnrolmentStore : area::Store {
 public:
  using Store::Store;

  absl::StatusOr<v1::ImportCompaniesResponse> Import(const rpc::CallContext& call,
                                                     const std::vector<const v1::Company*>& companies) const;
  // What Import would answer as things stand; changes nothing.
  absl::StatusOr<v1::ImportCompaniesResponse> TryImport(
      const rpc::CallContext& call, const std::vector<const v1::Company*>& companies) const;
  // Refusals: COMPANY_NOT_FOUND, NOT_ALLOWED.
  absl::StatusOr<v1::GetCompanyResponse> ReadCompany(const rpc::CallContext& call, const std::string& siren,
                                                     const Scope& scope) const;
  absl::StatusOr<rpc::Encoded<v1::ListCompaniesResponse>> ListCompanies(
      const rpc::CallContext& call, const v1::ListCompaniesRequest& request) const;

  absl::StatusOr<v1::Case> Open(const rpc::CallContext& call, const v1::OpenCaseRequest& request,
                                const v1::CompanyAssessment& assessment) const;
  // None when there is no such case.
  absl::StatusOr<std::optional<CaseFile>> ReadCaseFile(const rpc::CallContext& call, int64_t case_id,
                                                       const std::string& admitted_on) const;
  absl::StatusOr<v1::Case> Admit(const rpc::CallContext& call, const Admission& admission) const;
  // Open cases, after one, that the rulebook may admit by a silence that ended before `today`; by their
  // numbers.
  absl::StatusOr<std::vector<Silence>> ReadSilences(const Limits& limits, int64_t after, Date today,
                                                    int most) const;
  absl::StatusOr<v1::Case> Reject(const rpc::CallContext& call, const v1::RejectCaseRequest& request) const;
  absl::StatusOr<v1::Case> Withdraw(const rpc::CallContext& call,
                                    const v1::WithdrawCaseRequest& request) const;

  // Refusals: CASE_NOT_FOUND, NOT_ALLOWED.
  absl::StatusOr<v1::Case> ReadCase(const rpc::CallContext& call, int64_t case_id, const Scope& scope) const;
  absl::StatusOr<rpc::Encoded<v1::ListCasesResponse>> ListCases(const rpc::CallContext& call,
                                                                const v1::ListCasesRequest& request,
                                                                const Scope& scope) const;
  absl::Status ExportCases(const rpc::CallContext& call, const v1::CaseFilter& filter,
                           const rpc::Sender<v1::ExportCasesResponse>& send) const;
};

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_ENROLMENT_STORE_H_
