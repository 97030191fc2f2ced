#include "assignment/assignment_service.h"

#include <algorithm>
#include <iterator>

#include "base/paris.h"
#include "base/place.h"
#include "base/refusal.h"

namespace jalon::assignment {
namespace {

using rpc::CallContext;

// A consultant speaks for itself only.
absl::Status AllowFor(const rpc::Principal& principal, int64_t consultant_id) {
  if (principal.SeesAll() || principal.consultant_id == consultant_id) return absl::OkStatus();
  return Refuse(common::v1::REASON_NOT_ALLOWED);
}

// What the contract's rules cannot say of a consultant's attributes. `at`: the path before their fields.
template <class Attributes>
void CheckAttributes(const Attributes& given, const std::string& at, std::vector<Violation>* violations) {
  const auto add = [&](const std::string& field, const char* fr, const char* en) {
    violations->push_back({at + field, fr, en});
  };
  if (given.skill_levels_size() > 0 && given.skill_levels_size() != given.skills_size())
    add("skill_levels", "autant que de compétences", "as many as skills");
  for (const std::string& sector : given.sectors()) {
    if (sector.size() != 1 || sector[0] < 'A' || sector[0] > 'U')
      add("sectors", "une section de la NAF, de A à U", "a section of the NAF, A to U");
  }
  for (const std::string& language : given.languages()) {
    if (language.size() != 2)
      add("languages", "un code de deux lettres, comme fr", "a code of two letters, as fr");
  }
  if (!given.home_commune().empty() && !PlaceOfCommune(given.home_commune()))
    add("home_commune", "le code INSEE d’une commune, comme 59350", "the INSEE code of a commune, as 59350");
}

void CheckCreation(const CallContext&, const v1::CreateConsultantRequest& request,
                   std::vector<Violation>* violations) {
  CheckAttributes(request, "", violations);
}

void CheckUpdate(const CallContext&, const v1::UpdateConsultantRequest& request,
                 std::vector<Violation>* violations) {
  constexpr std::string_view kPaths[] = {"name",           "skills",           "regions",
                                         "day_rate",       "accredited_until", "sectors",
                                         "languages",      "home_commune",     "radius_km",
                                         "employer_siren", "working_halves",   "max_half_days_per_week"};
  if (request.consultant().consultant_id() == 0)
    violations->push_back({"consultant.consultant_id", "à renseigner", "required"});
  for (const std::string& path : request.update_mask()) {
    if (std::find(std::begin(kPaths), std::end(kPaths), path) == std::end(kPaths))
      violations->push_back(
          {"update_mask", "« " + path + " » ne se modifie pas ainsi", "“" + path + "” is not changed so"});
    if (path == "name" && request.consultant().name().empty())
      violations->push_back({"consultant.name", "à renseigner", "required"});
  }
  CheckAttributes(request.consultant(), "consultant.", violations);
}

void CheckNeeds(const CallContext&, const v1::ProposeAssignmentsRequest& request,
                std::vector<Violation>* violations) {
  if (request.needs().empty() && request.phase().empty())
    violations->push_back({"phase", "à renseigner, sans besoins", "required without needs"});
  std::set<std::pair<int64_t, std::string>> seen;
  for (int i = 0; i < request.needs_size(); ++i) {
    if (!seen.emplace(request.needs(i).case_id(), request.needs(i).phase()).second)
      violations->push_back({"needs[" + std::to_string(i) + "]", "demandé deux fois", "asked for twice"});
  }
}

void CheckSuccessors(const CallContext&, const v1::ReassignConsultantRequest& request,
                     std::vector<Violation>* violations) {
  std::set<int64_t> seen;
  for (int i = 0; i < request.successors_size(); ++i) {
    const std::string field = "successors[" + std::to_string(i) + "]";
    if (!seen.insert(request.successors(i).case_id()).second)
      violations->push_back({field + ".case_id", "nommé deux fois", "named twice"});
    if (request.successors(i).consultant_id() == request.consultant_id())
      violations->push_back({field + ".consultant_id", "c’est celui qui part", "this is the one who leaves"});
  }
}

}  // namespace

AssignmentService::AssignmentService(storage::Database* database)
    : rpc::Service(v1::CreateAssignmentRequest::descriptor()->file()->service(0)),
      store_(database),
      matchmaker_(database),
      contacts_(database) {
  using namespace v1;
  Unary<CreateConsultantRequest, CreateConsultantResponse>(
      "CreateConsultant", [this](auto& c, const auto& r) { return CreateConsultant(c, r); }, CheckCreation);
  Unary<GetConsultantRequest, GetConsultantResponse>(
      "GetConsultant", [this](auto& c, const auto& r) { return GetConsultant(c, r); });
  Unary<UpdateConsultantRequest, UpdateConsultantResponse>(
      "UpdateConsultant", [this](auto& c, const auto& r) { return UpdateConsultant(c, r); }, CheckUpdate);
  Unary<RetireConsultantRequest, RetireConsultantResponse>(
      "RetireConsultant", [this](auto& c, const auto& r) { return RetireConsultant(c, r); });
  Unary<AccreditConsultantRequest, AccreditConsultantResponse>(
      "AccreditConsultant", [this](auto& c, const auto& r) { return AccreditConsultant(c, r); });
  Unary<DeclarePreviousClientRequest, DeclarePreviousClientResponse>(
      "DeclarePreviousClient", [this](auto& c, const auto& r) { return DeclarePreviousClient(c, r); });
  Unary<ListConsultantsRequest, ListConsultantsResponse>(
      "ListConsultants", [this](auto& c, const auto& r) { return store_.ListConsultants(c, r); });
  Unary<AddAbsenceRequest, AddAbsenceResponse>("AddAbsence",
                                               [this](auto& c, const auto& r) { return AddAbsence(c, r); });
  Unary<RemoveAbsenceRequest, RemoveAbsenceResponse>(
      "RemoveAbsence", [this](auto& c, const auto& r) { return RemoveAbsence(c, r); });
  Unary<ListAbsencesRequest, ListAbsencesResponse>(
      "ListAbsences", [this](auto& c, const auto& r) { return ListAbsences(c, r); });
  Unary<DeclareConflictRequest, DeclareConflictResponse>(
      "DeclareConflict", [this](auto& c, const auto& r) { return DeclareConflict(c, r); });
  Unary<WithdrawConflictRequest, WithdrawConflictResponse>(
      "WithdrawConflict", [this](auto& c, const auto& r) { return WithdrawConflict(c, r); });
  Unary<CreateAssignmentRequest, CreateAssignmentResponse>(
      "CreateAssignment", [this](auto& c, const auto& r) { return CreateAssignment(c, r); });
  Unary<EndAssignmentRequest, EndAssignmentResponse>(
      "EndAssignment", [this](auto& c, const auto& r) { return EndAssignment(c, r); });
  Unary<ListAssignmentsRequest, ListAssignmentsResponse>("ListAssignments", [this](auto& c, const auto& r) {
    return store_.ListAssignments(c, r, c.principal.SeesAll() ? 0 : c.principal.consultant_id);
  });
  Unary<SetConsultantContactRequest, SetConsultantContactResponse>(
      "SetConsultantContact", [this](auto& c, const auto& r) -> absl::StatusOr<SetConsultantContactResponse> {
        RETURN_IF_ERROR(AllowFor(c.principal, r.contact().consultant_id()));
        return contacts_.Set(c, r);
      });
  Unary<GetConsultantContactRequest, GetConsultantContactResponse>(
      "GetConsultantContact", [this](auto& c, const auto& r) -> absl::StatusOr<GetConsultantContactResponse> {
        RETURN_IF_ERROR(AllowFor(c.principal, r.consultant_id()));
        return contacts_.Get(c, r.consultant_id());
      });
  Unary<EraseConsultantContactRequest, EraseConsultantContactResponse>(
      "EraseConsultantContact",
      [this](auto& c, const auto& r) -> absl::StatusOr<EraseConsultantContactResponse> {
        RETURN_IF_ERROR(AllowFor(c.principal, r.consultant_id()));
        return contacts_.Erase(c, r.consultant_id());
      });
  Unary<RankCandidatesRequest, RankCandidatesResponse>(
      "RankCandidates", [this](auto& c, const auto& r) { return matchmaker_.Rank(c, r); });
  Unary<ProposeAssignmentsRequest, ProposeAssignmentsResponse>(
      "ProposeAssignments", [this](auto& c, const auto& r) { return matchmaker_.Propose(c, r); }, CheckNeeds);
  Unary<ReassignConsultantRequest, ReassignConsultantResponse>(
      "ReassignConsultant", [this](auto& c, const auto& r) { return matchmaker_.Reassign(c, r); },
      CheckSuccessors);
}

absl::StatusOr<v1::CreateConsultantResponse> AssignmentService::CreateConsultant(
    CallContext& call, const v1::CreateConsultantRequest& request) {
  v1::CreateConsultantResponse response;
  ASSIGN_OR_RETURN(*response.mutable_consultant(), store_.CreateConsultant(call, request));
  return response;
}

absl::StatusOr<v1::GetConsultantResponse> AssignmentService::GetConsultant(
    CallContext& call, const v1::GetConsultantRequest& request) {
  RETURN_IF_ERROR(AllowFor(call.principal, request.consultant_id()));
  return store_.ReadConsultant(call, request.consultant_id());
}

absl::StatusOr<v1::UpdateConsultantResponse> AssignmentService::UpdateConsultant(
    CallContext& call, const v1::UpdateConsultantRequest& request) {
  v1::UpdateConsultantResponse response;
  ASSIGN_OR_RETURN(*response.mutable_consultant(), store_.UpdateConsultant(call, request));
  return response;
}

absl::StatusOr<v1::RetireConsultantResponse> AssignmentService::RetireConsultant(
    CallContext& call, const v1::RetireConsultantRequest& request) {
  v1::RetireConsultantResponse response;
  ASSIGN_OR_RETURN(*response.mutable_consultant(), store_.RetireConsultant(call, request));
  return response;
}

absl::StatusOr<v1::AccreditConsultantResponse> AssignmentService::AccreditConsultant(
    CallContext& call, const v1::AccreditConsultantRequest& request) {
  v1::AccreditConsultantResponse response;
  ASSIGN_OR_RETURN(*response.mutable_accreditation(), store_.Accredit(call, request));
  return response;
}

absl::StatusOr<v1::DeclarePreviousClientResponse> AssignmentService::DeclarePreviousClient(
    CallContext& call, const v1::DeclarePreviousClientRequest& request) {
  RETURN_IF_ERROR(AllowFor(call.principal, request.consultant_id()));
  v1::DeclarePreviousClientResponse response;
  ASSIGN_OR_RETURN(*response.mutable_previous_client(), store_.DeclarePreviousClient(call, request, Today()));
  return response;
}

absl::StatusOr<v1::AddAbsenceResponse> AssignmentService::AddAbsence(CallContext& call,
                                                                     const v1::AddAbsenceRequest& request) {
  RETURN_IF_ERROR(AllowFor(call.principal, request.consultant_id()));
  v1::AddAbsenceResponse response;
  ASSIGN_OR_RETURN(*response.mutable_absence(), store_.AddAbsence(call, request));
  return response;
}

absl::StatusOr<v1::RemoveAbsenceResponse> AssignmentService::RemoveAbsence(
    CallContext& call, const v1::RemoveAbsenceRequest& request) {
  v1::RemoveAbsenceResponse response;
  ASSIGN_OR_RETURN(*response.mutable_absence(),
                   store_.RemoveAbsence(call, request.absence_id(),
                                        call.principal.SeesAll() ? 0 : call.principal.consultant_id));
  return response;
}

absl::StatusOr<rpc::Encoded<v1::ListAbsencesResponse>> AssignmentService::ListAbsences(
    CallContext& call, const v1::ListAbsencesRequest& request) {
  RETURN_IF_ERROR(AllowFor(call.principal, request.consultant_id()));
  return store_.ListAbsences(call, request);
}

absl::StatusOr<v1::DeclareConflictResponse> AssignmentService::DeclareConflict(
    CallContext& call, const v1::DeclareConflictRequest& request) {
  RETURN_IF_ERROR(AllowFor(call.principal, request.consultant_id()));
  v1::DeclareConflictResponse response;
  ASSIGN_OR_RETURN(*response.mutable_conflict(), store_.DeclareConflict(call, request, Today()));
  return response;
}

absl::StatusOr<v1::WithdrawConflictResponse> AssignmentService::WithdrawConflict(
    CallContext& call, const v1::WithdrawConflictRequest& request) {
  v1::WithdrawConflictResponse response;
  ASSIGN_OR_RETURN(*response.mutable_conflict(), store_.WithdrawConflict(call, request));
  return response;
}

absl::StatusOr<v1::CreateAssignmentResponse> AssignmentService::CreateAssignment(
    CallContext& call, const v1::CreateAssignmentRequest& request) {
  v1::CreateAssignmentResponse response;
  ASSIGN_OR_RETURN(*response.mutable_assignment(), store_.CreateAssignment(call, request));
  return response;
}

absl::StatusOr<v1::EndAssignmentResponse> AssignmentService::EndAssignment(
    CallContext& call, const v1::EndAssignmentRequest& request) {
  v1::EndAssignmentResponse response;
  ASSIGN_OR_RETURN(*response.mutable_assignment(), store_.EndAssignment(call, request));
  return response;
}

area::Area AssignmentArea() {
  return {.name = "assignment", .make_service = [](const area::Surroundings& around) {
            return std::make_unique<AssignmentService>(around.database);
          }};
}

}  // namespace jalon::assignment
