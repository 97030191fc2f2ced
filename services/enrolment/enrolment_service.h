#ifndef JALON_ENROLMENT_ENROLMENT_SERVICE_H_
#define JALON_ENROLMENT_ENROLMENT_SERVICE_H_

#include "area/area.h"
#include "enrolment/contact_store.h"
#include "enrolment/enrolment_store.h"
#include "enrolment/ownership_store.h"
#include "rpc/service.h"

namespace jalon::enrolment {

// Who: the handlers of jalon.enrolment.v1.EnrolmentService.
class EnrolmentService final : public rpc::Service {
 public:
  explicit EnrolmentService(storage::Database* database);

  // Admits, of the open cases after one, those that their programme accepts by its silence and that are
  // eligible; the others stay for an officer. Sets `after` to the last one looked at, or to 0 when that was
  // the last of all; true when there is more to admit at once. Cases that are not eligible are many and
  // change little, so they are no reason to hurry.
  absl::StatusOr<bool> AdmitSilently(const Limits& limits, int64_t* after);

 private:
  absl::StatusOr<v1::ImportCompaniesResponse> ImportCompanies(rpc::CallContext& call,
                                                              const v1::ImportCompaniesRequest& request);
  absl::StatusOr<v1::OpenCaseResponse> OpenCase(rpc::CallContext& call, const v1::OpenCaseRequest& request);
  absl::StatusOr<v1::CheckCaseResponse> CheckCase(rpc::CallContext& call,
                                                  const v1::CheckCaseRequest& request);
  absl::StatusOr<v1::AdmitCaseResponse> AdmitCase(rpc::CallContext& call,
                                                  const v1::AdmitCaseRequest& request);
  // Judges what it reads, then admits if that is still what the database holds.
  absl::StatusOr<v1::Case> Admit(rpc::CallContext& call, const v1::AdmitCaseRequest& request,
                                 int tacit_working_days);
  absl::StatusOr<v1::DeclareLinkResponse> DeclareLink(rpc::CallContext& call,
                                                      const v1::DeclareLinkRequest& request);
  absl::StatusOr<v1::AddAccountsResponse> AddAccounts(rpc::CallContext& call,
                                                      const v1::AddAccountsRequest& request);
  absl::StatusOr<v1::GetCompanyAssessmentResponse> GetCompanyAssessment(
      rpc::CallContext& call, const v1::GetCompanyAssessmentRequest& request);

  EnrolmentStore store_;
  OwnershipStore ownership_;
  ContactStore contacts_;
};

area::Area EnrolmentArea();

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_ENROLMENT_SERVICE_H_
