#include "enrolment/enrolment_service.h"

#include "base/refusal.h"
#include "enrolment/eligibility.h"
#include "enrolment/size_class.h"
#include "rpc/validator.h"

namespace jalon::enrolment {
namespace {

using rpc::CallContext;

// Judgements of one admission: another is due when the case or the rulebook changed under the one before.
constexpr int kMaxJudgements = 3;

Scope ScopeOf(const rpc::Principal& principal) {
  if (principal.SeesAll()) return {};
  return {.consultant_id = principal.consultant_id, .siren = principal.siren};
}

std::vector<v1::Condition> Judge(const CaseFile& file) {
  // The database holds no date that does not exist.
  const Date applied_on = *Date::Parse(file.support_case.applied_on());
  return CheckEligibility(file.rulebook->eligibility(), file.company, file.support_case.facts(), applied_on);
}

// What fails, for a person to read.
std::string Unmet(const std::vector<v1::Condition>& conditions, Language language) {
  std::string text;
  for (const v1::Condition& condition : conditions) {
    if (condition.met()) continue;
    text += (text.empty() ? "" : " ; ") +
            (language == Language::kFrench ? condition.evidence_fr() : condition.evidence_en());
  }
  return text;
}

void Report(int index, const v1::Company& company, const std::vector<Violation>& violations,
            v1::ImportCompaniesResponse* response) {
  auto* problem = response->add_problems();
  problem->set_index(index);
  problem->set_siren(company.siren().substr(0, 40));
  for (const Violation& violation : violations) {
    const std::string separator = problem->message_fr().empty() ? "" : " ; ";
    problem->mutable_message_fr()->append(separator + violation.field + " : " + violation.fr);
    problem->mutable_message_en()->append(separator + violation.field + ": " + violation.en);
  }
}

}  // namespace

EnrolmentService::EnrolmentService(storage::Database* database)
    : rpc::Service(v1::OpenCaseRequest::descriptor()->file()->service(0)), store_(database) {
  using namespace v1;
  Unary<ImportCompaniesRequest, ImportCompaniesResponse>(
      "ImportCompanies", [this](auto& c, const auto& r) { return ImportCompanies(c, r); });
  Unary<GetCompanyRequest, GetCompanyResponse>("GetCompany", [this](auto& c, const auto& r) {
    return store_.ReadCompany(c, r.siren(), ScopeOf(c.principal));
  });
  Unary<ListCompaniesRequest, ListCompaniesResponse>(
      "ListCompanies", [this](auto& c, const auto& r) { return store_.ListCompanies(c, r); });
  Unary<OpenCaseRequest, OpenCaseResponse>("OpenCase",
                                           [this](auto& c, const auto& r) { return OpenCase(c, r); });
  Unary<CheckCaseRequest, CheckCaseResponse>("CheckCase",
                                             [this](auto& c, const auto& r) { return CheckCase(c, r); });
  Unary<AdmitCaseRequest, AdmitCaseResponse>("AdmitCase",
                                             [this](auto& c, const auto& r) { return AdmitCase(c, r); });
  Unary<RejectCaseRequest, RejectCaseResponse>(
      "RejectCase", [this](auto& c, const auto& r) -> absl::StatusOr<RejectCaseResponse> {
        RejectCaseResponse response;
        ASSIGN_OR_RETURN(*response.mutable_case_(), store_.Reject(c, r));
        return response;
      });
  Unary<WithdrawCaseRequest, WithdrawCaseResponse>(
      "WithdrawCase", [this](auto& c, const auto& r) -> absl::StatusOr<WithdrawCaseResponse> {
        WithdrawCaseResponse response;
        ASSIGN_OR_RETURN(*response.mutable_case_(), store_.Withdraw(c, r));
        return response;
      });
  Unary<GetCaseRequest, GetCaseResponse>(
      "GetCase", [this](auto& c, const auto& r) -> absl::StatusOr<GetCaseResponse> {
        GetCaseResponse response;
        ASSIGN_OR_RETURN(*response.mutable_case_(), store_.ReadCase(c, r.case_id(), ScopeOf(c.principal)));
        return response;
      });
  Unary<ListCasesRequest, ListCasesResponse>(
      "ListCases", [this](auto& c, const auto& r) { return store_.ListCases(c, r, ScopeOf(c.principal)); });
  Stream<ExportCasesRequest, ExportCasesResponse>(
      "ExportCases",
      [this](auto& c, const auto& r, const auto& send) { return store_.ExportCases(c, r.filter(), send); });
}

absl::StatusOr<v1::ImportCompaniesResponse> EnrolmentService::ImportCompanies(
    CallContext& call, const v1::ImportCompaniesRequest& request) {
  v1::ImportCompaniesResponse response;
  std::vector<const v1::Company*> sound;
  for (int i = 0; i < request.companies_size(); ++i) {
    const std::vector<Violation> violations = rpc::Violations(request.companies(i));
    if (violations.empty()) {
      sound.push_back(&request.companies(i));
    } else {
      Report(i, request.companies(i), violations, &response);
    }
  }
  if (sound.empty()) return response;
  ASSIGN_OR_RETURN(const v1::ImportCompaniesResponse counts,
                   request.validate_only() ? store_.TryImport(call, sound) : store_.Import(call, sound));
  response.MergeFrom(counts);
  return response;
}

absl::StatusOr<v1::OpenCaseResponse> EnrolmentService::OpenCase(CallContext& call,
                                                                const v1::OpenCaseRequest& request) {
  v1::OpenCaseResponse response;
  ASSIGN_OR_RETURN(*response.mutable_case_(),
                   store_.Open(call, request, SizeClassOf(FiguresOf(request.facts())).size_class));
  return response;
}

absl::StatusOr<v1::CheckCaseResponse> EnrolmentService::CheckCase(CallContext& call,
                                                                  const v1::CheckCaseRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<CaseFile> file, store_.ReadCaseFile(call, request.case_id()));
  if (!file)
    return Refuse(common::v1::REASON_CASE_NOT_FOUND, {{"case_id", std::to_string(request.case_id())}});
  if (!file->rulebook)
    return Refuse(common::v1::REASON_PROGRAMME_NOT_FOUND, {{"programme", file->support_case.programme()}});
  const std::vector<v1::Condition> conditions = Judge(*file);
  v1::CheckCaseResponse response;
  response.set_eligible(AllMet(conditions));
  response.mutable_conditions()->Assign(conditions.begin(), conditions.end());
  response.set_rulebook_version(file->rulebook->version());
  return response;
}

// Judges what it reads, then admits if that is still what the database holds.
absl::StatusOr<v1::AdmitCaseResponse> EnrolmentService::AdmitCase(CallContext& call,
                                                                  const v1::AdmitCaseRequest& request) {
  for (int judgement = 1;; ++judgement) {
    Admission admission{.request = &request, .judged = std::nullopt, .conditions = {}, .unmet = ""};
    ASSIGN_OR_RETURN(admission.judged, store_.ReadCaseFile(call, request.case_id()));
    if (admission.judged && admission.judged->rulebook) {
      admission.conditions = Judge(*admission.judged);
      admission.unmet = Unmet(admission.conditions, call.language);
    }
    absl::StatusOr<v1::Case> admitted = store_.Admit(call, admission);
    const bool stale = ReasonOf(admitted.status()) == common::v1::REASON_STALE_ETAG && request.etag().empty();
    if (stale && judgement < kMaxJudgements) continue;
    if (!admitted.ok()) return admitted.status();
    v1::AdmitCaseResponse response;
    *response.mutable_case_() = *std::move(admitted);
    return response;
  }
}

area::Area EnrolmentArea() {
  return {.name = "enrolment", .make_service = [](storage::Database* database) {
            return std::make_unique<EnrolmentService>(database);
          }};
}

}  // namespace jalon::enrolment
