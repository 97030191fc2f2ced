#ifndef JALON_CLIENTS_RPC_CONTRACTS_H_
#define JALON_CLIENTS_RPC_CONTRACTS_H_

#include <memory>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

// The contracts as data, for code that works on any of them: the command line is a table over these.
namespace jalon {

// Jalon's services, in the order of a case's life.
const std::vector<const google::protobuf::ServiceDescriptor*>& AllServices();

// "EnrolmentService.AdmitCase"; null when there is none.
const google::protobuf::MethodDescriptor* FindMethod(std::string_view method);

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type);

}  // namespace jalon

#endif  // JALON_CLIENTS_RPC_CONTRACTS_H_
