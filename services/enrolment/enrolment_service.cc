#include "enrolment/enrolment_service.h"

#include <algorithm>

#include "base/paris.h"
#include "base/refusal.h"
#include "base/uuid.h"
#include "enrolment/assessment.h"
#include "enrolment/eligibility.h"
#include "rpc/validator.h"

namespace jalon::enrolment {
namespace {

using rpc::CallContext;

// Judgements of one admission: another is due when the case or the rulebook changed under the one before.
constexpr int kMaxJudgements = 3;

constexpr int kSilencesAtOnce = 50;

Scope ScopeOf(const rpc::Principal& principal) {
  if (principal.SeesAll()) return {};
  return {.consultant_id = principal.consultant_id, .siren = principal.siren};
}

v1::Party PartyOf(const std::string& siren, const std::string& name) {
  v1::Party party;
  party.set_party_id(siren);
  party.set_kind(v1::PARTY_KIND_ENTERPRISE);
  party.set_name(name);
  party.set_country("FR");
  return party;
}

v1::CompanyAssessment AssessFile(const CaseFile& file, Ownership ownership, Date on) {
  const v1::Case& support_case = file.support_case;
  return AssessCase(std::move(ownership), PartyOf(support_case.siren(), support_case.company_name()),
                    support_case.facts(), on);
}

std::vector<v1::Condition> Judge(const CaseFile& file, const v1::CompanyAssessment& assessment) {
  // The database holds no date that does not exist.
  const Date applied_on = *Date::Parse(file.support_case.applied_on());
  return CheckEligibility(file.rulebook->eligibility(), file.company, file.support_case.facts(), assessment,
                          applied_on, file.earlier_requests);
}

void CheckParty(const v1::Party& party, const std::string& field, std::vector<Violation>* violations) {
  const std::string& country = party.country();
  const bool two_letters =
      country.size() == 2 && country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' && country[1] <= 'Z';
  if (!country.empty() && !two_letters) {
    violations->push_back(
        {field + ".country", "deux lettres majuscules (ISO 3166)", "two capital letters (ISO 3166)"});
  } else if (!country.empty() && country != "FR" && party.party_id() < ":") {
    violations->push_back({field + ".country", "un SIREN est français : FR", "a SIREN is French: FR"});
  }
}

// What no single field of a link tells.
void CheckLink(const CallContext&, const v1::DeclareLinkRequest& request,
               std::vector<Violation>* violations) {
  if (!request.has_link()) return;
  const v1::Link& link = request.link();
  CheckParty(link.holder(), "link.holder", violations);
  CheckParty(link.held(), "link.held", violations);
  if (!link.held().party_id().empty() && link.holder().party_id() == link.held().party_id())
    violations->push_back({"link.held.party_id", "nul ne se détient soi-même", "nobody holds itself"});
  if (link.capital_hundredths() == 0 && link.votes_hundredths() == 0 && link.controls().empty()) {
    violations->push_back({"link.capital_hundredths", "du capital, des droits de vote ou un contrôle",
                           "capital, votes or a control"});
  }
  if (!link.ends_on().empty() && link.ends_on() <= link.starts_on())
    violations->push_back(
        {"link.ends_on", "après le premier jour du lien", "after the first day of the link"});
}

void CheckConsolidation(const CallContext&, const v1::AddAccountsRequest& request,
                        std::vector<Violation>* violations) {
  const v1::Accounts& accounts = request.accounts();
  if (std::count(accounts.consolidates().begin(), accounts.consolidates().end(), accounts.party_id()) > 0)
    violations->push_back({"accounts.consolidates", "des comptes ne se consolident pas eux-mêmes",
                           "accounts do not consolidate themselves"});
}

// Dates in ISO 8601 compare as text.
void CheckApplication(const CallContext&, const v1::OpenCaseRequest& request,
                      std::vector<Violation>* violations) {
  if (request.facts().year_closed_on() > request.applied_on())
    violations->push_back({"facts.year_closed_on", "un exercice clos avant la demande",
                           "a year closed before the application"});
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
    : rpc::Service(v1::OpenCaseRequest::descriptor()->file()->service(0)),
      store_(database),
      ownership_(database),
      contacts_(database) {
  using namespace v1;
  Unary<ImportCompaniesRequest, ImportCompaniesResponse>(
      "ImportCompanies", [this](auto& c, const auto& r) { return ImportCompanies(c, r); });
  Unary<GetCompanyRequest, GetCompanyResponse>("GetCompany", [this](auto& c, const auto& r) {
    return store_.ReadCompany(c, r.siren(), ScopeOf(c.principal));
  });
  Unary<ListCompaniesRequest, ListCompaniesResponse>(
      "ListCompanies", [this](auto& c, const auto& r) { return store_.ListCompanies(c, r); });
  Unary<DeclareLinkRequest, DeclareLinkResponse>(
      "DeclareLink", [this](auto& c, const auto& r) { return DeclareLink(c, r); }, CheckLink);
  Unary<EndLinkRequest, EndLinkResponse>(
      "EndLink", [this](auto& c, const auto& r) -> absl::StatusOr<EndLinkResponse> {
        EndLinkResponse response;
        ASSIGN_OR_RETURN(*response.mutable_link(), ownership_.EndLink(c, r));
        return response;
      });
  Unary<ListLinksRequest, ListLinksResponse>(
      "ListLinks", [this](auto& c, const auto& r) { return ownership_.ListLinks(c, r); });
  Unary<AddAccountsRequest, AddAccountsResponse>(
      "AddAccounts", [this](auto& c, const auto& r) { return AddAccounts(c, r); }, CheckConsolidation);
  Unary<ListAccountsRequest, ListAccountsResponse>(
      "ListAccounts", [this](auto& c, const auto& r) { return ownership_.ListAccounts(c, r); });
  Unary<GetCompanyAssessmentRequest, GetCompanyAssessmentResponse>(
      "GetCompanyAssessment", [this](auto& c, const auto& r) { return GetCompanyAssessment(c, r); });
  Unary<GetCaseAssessmentRequest, GetCaseAssessmentResponse>(
      "GetCaseAssessment", [this](auto& c, const auto& r) -> absl::StatusOr<GetCaseAssessmentResponse> {
        GetCaseAssessmentResponse response;
        ASSIGN_OR_RETURN(*response.mutable_assessment(), ownership_.ReadAssessment(c, r.case_id()));
        return response;
      });
  Unary<SetContactRequest, SetContactResponse>(
      "SetContact", [this](auto& c, const auto& r) { return contacts_.Set(c, r, ScopeOf(c.principal)); });
  Unary<GetContactRequest, GetContactResponse>("GetContact", [this](auto& c, const auto& r) {
    return contacts_.Get(c, r.siren(), ScopeOf(c.principal));
  });
  Unary<EraseContactRequest, EraseContactResponse>("EraseContact", [this](auto& c, const auto& r) {
    return contacts_.Erase(c, r.siren(), ScopeOf(c.principal));
  });
  Unary<OpenCaseRequest, OpenCaseResponse>(
      "OpenCase", [this](auto& c, const auto& r) { return OpenCase(c, r); }, CheckApplication);
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
  ASSIGN_OR_RETURN(OwnershipFile around, ownership_.ReadAround(call, request.siren()));
  const v1::CompanyAssessment assessment =
      AssessCase(std::move(around.ownership), PartyOf(request.siren(), around.company_name), request.facts(),
                 *Date::Parse(request.applied_on()));
  v1::OpenCaseResponse response;
  ASSIGN_OR_RETURN(*response.mutable_case_(), store_.Open(call, request, assessment));
  return response;
}

absl::StatusOr<v1::CheckCaseResponse> EnrolmentService::CheckCase(CallContext& call,
                                                                  const v1::CheckCaseRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<CaseFile> file, store_.ReadCaseFile(call, request.case_id(), ""));
  if (!file)
    return Refuse(common::v1::REASON_CASE_NOT_FOUND, {{"case_id", std::to_string(request.case_id())}});
  if (!file->rulebook)
    return Refuse(common::v1::REASON_PROGRAMME_NOT_FOUND, {{"programme", file->support_case.programme()}});
  ASSIGN_OR_RETURN(OwnershipFile around, ownership_.ReadAround(call, file->support_case.siren()));
  const std::vector<v1::Condition> conditions =
      Judge(*file, AssessFile(*file, std::move(around.ownership), Today()));
  v1::CheckCaseResponse response;
  response.set_eligible(AllMet(conditions));
  response.mutable_conditions()->Assign(conditions.begin(), conditions.end());
  response.set_rulebook_version(file->rulebook->version());
  return response;
}

absl::StatusOr<v1::AdmitCaseResponse> EnrolmentService::AdmitCase(CallContext& call,
                                                                  const v1::AdmitCaseRequest& request) {
  v1::AdmitCaseResponse response;
  ASSIGN_OR_RETURN(*response.mutable_case_(), Admit(call, request, 0));
  return response;
}

absl::StatusOr<v1::Case> EnrolmentService::Admit(CallContext& call, const v1::AdmitCaseRequest& request,
                                                 int tacit_working_days) {
  for (int judgement = 1;; ++judgement) {
    Admission admission;
    admission.request = &request;
    admission.tacit_working_days = tacit_working_days;
    ASSIGN_OR_RETURN(admission.judged, store_.ReadCaseFile(call, request.case_id(), request.admitted_on()));
    if (admission.judged && admission.judged->rulebook) {
      ASSIGN_OR_RETURN(OwnershipFile around,
                       ownership_.ReadAround(call, admission.judged->support_case.siren()));
      admission.ownership_etag = around.etag;
      admission.assessment =
          AssessFile(*admission.judged, std::move(around.ownership), *Date::Parse(request.admitted_on()));
      admission.conditions = Judge(*admission.judged, admission.assessment);
      admission.unmet = Unmet(admission.conditions, call.language);
    }
    absl::StatusOr<v1::Case> admitted = store_.Admit(call, admission);
    const bool stale = ReasonOf(admitted.status()) == common::v1::REASON_STALE_ETAG && request.etag().empty();
    if (stale && judgement < kMaxJudgements) continue;
    return admitted;
  }
}

absl::StatusOr<bool> EnrolmentService::AdmitSilently(const Limits& limits, int64_t* after) {
  ASSIGN_OR_RETURN(const std::vector<Silence> silences,
                   store_.ReadSilences(limits, *after, Today(), kSilencesAtOnce));
  bool any = false;
  for (const Silence& silence : silences) {
    *after = silence.case_id;
    if (silence.admitted_on.empty()) continue;
    v1::AdmitCaseRequest request;
    request.set_case_id(silence.case_id);
    request.set_admitted_on(silence.admitted_on);
    CallContext call;
    call.principal.name = "jalon";
    call.method = "AdmitCase";
    call.request_id = Uuid::Random().str();
    call.limits = limits;
    const absl::Status admitted = Admit(call, request, silence.working_days).status();
    // A refusal is of this case alone: it is not eligible, or somebody was faster.
    if (!admitted.ok() && !absl::IsFailedPrecondition(admitted) && !absl::IsAborted(admitted))
      return admitted;
    any = any || admitted.ok();
  }
  const bool more = silences.size() == kSilencesAtOnce;
  if (!more) *after = 0;
  return more && any;
}

absl::StatusOr<v1::DeclareLinkResponse> EnrolmentService::DeclareLink(CallContext& call,
                                                                      const v1::DeclareLinkRequest& request) {
  v1::DeclareLinkResponse response;
  ASSIGN_OR_RETURN(*response.mutable_link(), ownership_.DeclareLink(call, request));
  return response;
}

absl::StatusOr<v1::AddAccountsResponse> EnrolmentService::AddAccounts(CallContext& call,
                                                                      const v1::AddAccountsRequest& request) {
  v1::AddAccountsResponse response;
  ASSIGN_OR_RETURN(*response.mutable_accounts(), ownership_.AddAccounts(call, request));
  return response;
}

absl::StatusOr<v1::GetCompanyAssessmentResponse> EnrolmentService::GetCompanyAssessment(
    CallContext& call, const v1::GetCompanyAssessmentRequest& request) {
  ASSIGN_OR_RETURN(const OwnershipFile around, ownership_.ReadAround(call, request.siren()));
  if (around.company_name.empty())
    return Refuse(common::v1::REASON_COMPANY_NOT_FOUND, {{"siren", request.siren()}});
  const Date on = request.on().empty() ? Today() : *Date::Parse(request.on());
  v1::GetCompanyAssessmentResponse response;
  *response.mutable_assessment() =
      Assess(around.ownership, PartyOf(request.siren(), around.company_name), on);
  return response;
}

area::Area EnrolmentArea() {
  return {.name = "enrolment",
          .make_service =
              [](const area::Surroundings& around) {
                return std::make_unique<EnrolmentService>(around.database);
              },
          .make_chores = [](const area::Surroundings& around) -> std::vector<area::Chore> {
            const auto service = std::make_shared<EnrolmentService>(around.database);
            const auto after = std::make_shared<int64_t>(0);
            return {{.name = "accept by silence",
                     .every = std::chrono::seconds(5),
                     .run = [service, after](const Limits& limits) {
                       return service->AdmitSilently(limits, after.get());
                     }}};
          }};
}

}  // namespace jalon::enrolment
