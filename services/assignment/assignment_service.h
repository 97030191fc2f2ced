#ifndef JALON_ASSIGNMENT_ASSIGNMENT_SERVICE_H_
#define JALON_ASSIGNMENT_ASSIGNMENT_SERVICE_H_

#include "area/area.h"
#include "assignment/assignment_store.h"
#include "assignment/contact_store.h"
#include "assignment/matchmaker.h"
#include "rpc/service.h"

namespace jalon::assignment {

// With whom: the handlers of jalon.assignment.v1.AssignmentService.
class AssignmentService final : public rpc::Service {
 public:
  explicit AssignmentService(storage::Database* database);

 private:
  absl::StatusOr<v1::CreateConsultantResponse> CreateConsultant(rpc::CallContext& call,
                                                                const v1::CreateConsultantRequest& request);
  absl::StatusOr<v1::GetConsultantResponse> GetConsultant(rpc::CallContext& call,
                                                          const v1::GetConsultantRequest& request);
  absl::StatusOr<v1::UpdateConsultantResponse> UpdateConsultant(rpc::CallContext& call,
                                                                const v1::UpdateConsultantRequest& request);
  absl::StatusOr<v1::RetireConsultantResponse> RetireConsultant(rpc::CallContext& call,
                                                                const v1::RetireConsultantRequest& request);
  absl::StatusOr<v1::AccreditConsultantResponse> AccreditConsultant(
      rpc::CallContext& call, const v1::AccreditConsultantRequest& request);
  absl::StatusOr<v1::DeclarePreviousClientResponse> DeclarePreviousClient(
      rpc::CallContext& call, const v1::DeclarePreviousClientRequest& request);
  absl::StatusOr<v1::AddAbsenceResponse> AddAbsence(rpc::CallContext& call,
                                                    const v1::AddAbsenceRequest& request);
  absl::StatusOr<v1::RemoveAbsenceResponse> RemoveAbsence(rpc::CallContext& call,
                                                          const v1::RemoveAbsenceRequest& request);
  absl::StatusOr<v1::WithdrawConflictResponse> WithdrawConflict(rpc::CallContext& call,
                                                                const v1::WithdrawConflictRequest& request);
  absl::StatusOr<rpc::Encoded<v1::ListAbsencesResponse>> ListAbsences(rpc::CallContext& call,
                                                                      const v1::ListAbsencesRequest& request);
  absl::StatusOr<v1::DeclareConflictResponse> DeclareConflict(rpc::CallContext& call,
                                                              const v1::DeclareConflictRequest& request);
  absl::StatusOr<v1::CreateAssignmentResponse> CreateAssignment(rpc::CallContext& call,
                                                                const v1::CreateAssignmentRequest& request);
  absl::StatusOr<v1::EndAssignmentResponse> EndAssignment(rpc::CallContext& call,
                                                          const v1::EndAssignmentRequest& request);

  AssignmentStore store_;
  Matchmaker matchmaker_;
  ContactStore contacts_;
};

area::Area AssignmentArea();

}  // namespace jalon::assignment

#endif  // JALON_ASSIGNMENT_ASSIGNMENT_SERVICE_H_
