#include "rpc/service.h"

#include <cstdio>
#include <cstdlib>

namespace jalon::rpc {
namespace {

[[noreturn]] void Defect(const char* what, const std::string& name) {
  std::fprintf(stderr, "service: %s %s\n", what, name.c_str());
  std::abort();
}

}  // namespace

Service::Service(const google::protobuf::ServiceDescriptor* descriptor) : descriptor_(descriptor) {
  for (int i = 0; i < descriptor->method_count(); ++i) {
    Method method;
    method.descriptor = descriptor->method(i);
    const auto& access = method.descriptor->options().GetExtension(common::v1::access);
    for (const int role : access.allow()) method.roles |= 1u << role;
    method.anyone = access.anyone();
    methods_.push_back(std::move(method));
  }
}

const std::vector<Method>& Service::methods() const {
  for (const Method& method : methods_)
    if (!method.unary && !method.batch && !method.stream)
      Defect("no handler for", method.descriptor->full_name());
  return methods_;
}

Method& Service::SlotOf(std::string_view name, const Message& request,
                        const google::protobuf::Descriptor* response) {
  for (Method& method : methods_) {
    if (method.descriptor->name() != name) continue;
    if (method.descriptor->input_type() != request.GetDescriptor() ||
        method.descriptor->output_type() != response)
      Defect("other types in the contract for", method.descriptor->full_name());
    method.request_prototype = &request;
    return method;
  }
  Defect("the contract has no method", std::string(name));
}

}  // namespace jalon::rpc
