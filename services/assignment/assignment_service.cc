#include "assignment/assignment_service.h"

#include "area/today.h"
#include "base/refusal.h"

namespace jalon::assignment {
namespace {

using rpc::CallContext;

// A consultant speaks for itself only.
absl::Status AllowFor(const rpc::Principal& principal, int64_t consultant_id) {
  if (principal.SeesAll() || principal.consultant_id == consultant_id) return absl::OkStatus();
  return Refuse(common::v1::REASON_NOT_ALLOWED);
}

// Dates in ISO 8601 compare as text.
absl::Status CheckPeriod(const CallContext& call, const std::string& starts_on, const std::string& ends_on) {
  if (starts_on.empty() || ends_on.empty() || starts_on <= ends_on) return absl::OkStatus();
  return RefuseInvalid({{"ends_on", "la fin précède le début", "the end comes before the start"}},
                       call.language);
}

}  // namespace

AssignmentService::AssignmentService(storage::Database* database)
    : rpc::Service(v1::CreateAssignmentRequest::descriptor()->file()->service(0)), store_(database) {
  using namespace v1;
  Unary<CreateConsultantRequest, CreateConsultantResponse>(
      "CreateConsultant", [this](auto& c, const auto& r) { return CreateConsultant(c, r); });
  Unary<GetConsultantRequest, GetConsultantResponse>(
      "GetConsultant", [this](auto& c, const auto& r) { return GetConsultant(c, r); });
  Unary<ListConsultantsRequest, ListConsultantsResponse>(
      "ListConsultants", [this](auto& c, const auto& r) { return store_.ListConsultants(c, r); });
  Unary<AddAbsenceRequest, AddAbsenceResponse>("AddAbsence",
                                               [this](auto& c, const auto& r) { return AddAbsence(c, r); });
  Unary<ListAbsencesRequest, ListAbsencesResponse>(
      "ListAbsences", [this](auto& c, const auto& r) { return ListAbsences(c, r); });
  Unary<DeclareConflictRequest, DeclareConflictResponse>(
      "DeclareConflict", [this](auto& c, const auto& r) { return DeclareConflict(c, r); });
  Unary<CreateAssignmentRequest, CreateAssignmentResponse>(
      "CreateAssignment", [this](auto& c, const auto& r) { return CreateAssignment(c, r); });
  Unary<EndAssignmentRequest, EndAssignmentResponse>(
      "EndAssignment", [this](auto& c, const auto& r) { return EndAssignment(c, r); });
  Unary<ListAssignmentsRequest, ListAssignmentsResponse>("ListAssignments", [this](auto& c, const auto& r) {
    return store_.ListAssignments(c, r, c.principal.SeesAll() ? 0 : c.principal.consultant_id);
  });
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
  v1::GetConsultantResponse response;
  ASSIGN_OR_RETURN(*response.mutable_consultant(), store_.ReadConsultant(call, request.consultant_id()));
  return response;
}

absl::StatusOr<v1::AddAbsenceResponse> AssignmentService::AddAbsence(CallContext& call,
                                                                     const v1::AddAbsenceRequest& request) {
  RETURN_IF_ERROR(AllowFor(call.principal, request.consultant_id()));
  RETURN_IF_ERROR(CheckPeriod(call, request.starts_on(), request.ends_on()));
  v1::AddAbsenceResponse response;
  ASSIGN_OR_RETURN(*response.mutable_absence(), store_.AddAbsence(call, request));
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
  ASSIGN_OR_RETURN(*response.mutable_conflict(), store_.DeclareConflict(call, request, area::Today()));
  return response;
}

absl::StatusOr<v1::CreateAssignmentResponse> AssignmentService::CreateAssignment(
    CallContext& call, const v1::CreateAssignmentRequest& request) {
  RETURN_IF_ERROR(CheckPeriod(call, request.starts_on(), request.ends_on()));
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
