#include "clients/rpc/contracts.h"

#include <string>

#include "jalon/assignment/v1/assignment_service.pb.h"
#include "jalon/audit/v1/audit_service.pb.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "jalon/funding/v1/funding_service.pb.h"
#include "jalon/inbox/v1/inbox_service.pb.h"
#include "jalon/programme/v1/programme_service.pb.h"

namespace jalon {

using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

const std::vector<const ServiceDescriptor*>& AllServices() {
  // Naming one message of each file also keeps the linker from dropping the file's descriptors.
  static const auto& services = *new std::vector<const ServiceDescriptor*>{
      programme::v1::ListProgrammesRequest::descriptor()->file()->service(0),
      enrolment::v1::GetCaseRequest::descriptor()->file()->service(0),
      assignment::v1::GetConsultantRequest::descriptor()->file()->service(0),
      calendar::v1::ListHalfDaysRequest::descriptor()->file()->service(0),
      funding::v1::ListFundersRequest::descriptor()->file()->service(0),
      inbox::v1::ListInboxRequest::descriptor()->file()->service(0),
      audit::v1::ListEventsRequest::descriptor()->file()->service(0),
  };
  return services;
}

const MethodDescriptor* FindMethod(std::string_view method) {
  const size_t dot = method.find('.');
  if (dot == std::string_view::npos) return nullptr;
  for (const ServiceDescriptor* service : AllServices()) {
    if (service->name() == method.substr(0, dot)) {
      return service->FindMethodByName(std::string(method.substr(dot + 1)));
    }
  }
  return nullptr;
}

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<google::protobuf::Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

}  // namespace jalon
