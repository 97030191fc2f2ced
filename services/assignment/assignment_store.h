#ifndef JALON_ASSIGNMENT_ASSIGNMENT_STORE_H_
#define JALON_ASSIGNMENT_ASSIGNMENT_STORE_H_

#include "area/store.h"
#include "base/date.h"
#include "jalon/assignment/v1/assignment_service.pb.h"

namespace jalon::assignment {

class AssignmentStore : area::Store {
 public:
  using Store::Store;

  absl::StatusOr<v1::Consultant> CreateConsultant(const rpc::CallContext& call,
                                                  const v1::CreateConsultantRequest& request) const;
  absl::StatusOr<v1::Consultant> UpdateConsultant(const rpc::CallContext& call,
                                                  const v1::UpdateConsultantRequest& request) const;
  absl::StatusOr<v1::Consultant> RetireConsultant(const rpc::CallContext& call,
                                                  const v1::RetireConsultantRequest& request) const;
  absl::StatusOr<v1::Accreditation> Accredit(const rpc::CallContext& call,
                                             const v1::AccreditConsultantRequest& request) const;
  absl::StatusOr<v1::PreviousClient> DeclarePreviousClient(const rpc::CallContext& call,
                                                           const v1::DeclarePreviousClientRequest& request,
                                                           Date today) const;
  // With accreditations, conflicts and previous clients. Refusals: CONSULTANT_NOT_FOUND.
  absl::StatusOr<v1::GetConsultantResponse> ReadConsultant(const rpc::CallContext& call,
                                                           int64_t consultant_id) const;
  absl::StatusOr<rpc::Encoded<v1::ListConsultantsResponse>> ListConsultants(
      const rpc::CallContext& call, const v1::ListConsultantsRequest& request) const;

  absl::StatusOr<v1::Absence> AddAbsence(const rpc::CallContext& call,
                                         const v1::AddAbsenceRequest& request) const;
  // `only_consultant` 0: whoever's. Refusals: ABSENCE_NOT_FOUND, NOT_ALLOWED.
  absl::StatusOr<v1::Absence> RemoveAbsence(const rpc::CallContext& call, int64_t absence_id,
                                            int64_t only_consultant) const;
  absl::StatusOr<rpc::Encoded<v1::ListAbsencesResponse>> ListAbsences(
      const rpc::CallContext& call, const v1::ListAbsencesRequest& request) const;
  absl::StatusOr<v1::Conflict> DeclareConflict(const rpc::CallContext& call,
                                               const v1::DeclareConflictRequest& request, Date today) const;
  absl::StatusOr<v1::Conflict> WithdrawConflict(const rpc::CallContext& call,
                                                const v1::WithdrawConflictRequest& request) const;

  absl::StatusOr<v1::Assignment> CreateAssignment(const rpc::CallContext& call,
                                                  const v1::CreateAssignmentRequest& request) const;
  absl::StatusOr<v1::Assignment> EndAssignment(const rpc::CallContext& call,
                                               const v1::EndAssignmentRequest& request) const;
  // `only_consultant`: 0, or the one consultant whose assignments the caller sees.
  absl::StatusOr<rpc::Encoded<v1::ListAssignmentsResponse>> ListAssignments(
      const rpc::CallContext& call, const v1::ListAssignmentsRequest& request, int64_t only_consultant) const;
};

}  // namespace jalon::assignment

#endif  // JALON_ASSIGNMENT_ASSIGNMENT_STORE_H_
