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

 private:
  absl::StatusOr<v1::ImportCompaniesResponse> ImportCompanies(rpc::CallContext& call,
                                                              const v1::ImportCompaniesRequest& request);
  absl::StatusOr<v1::OpenCaseResponse> OpenCase(rpc::CallContext& call, const v1::OpenCaseRequest& request);
  absl::StatusOr<v1::CheckCaseResponse> CheckCase(rpc::CallContext& call,
                                                  const v1::CheckCaseRequest& request);
  absl::StatusOr<v1::AdmitCaseResponse> AdmitCase(rpc::CallContext& call,
                                                  const v1::AdmitCaseRequest& request);
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
