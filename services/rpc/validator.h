#ifndef JALON_RPC_VALIDATOR_H_
#define JALON_RPC_VALIDATOR_H_

#include <string>
#include <vector>

#include "base/refusal.h"
#include "google/protobuf/message.h"

namespace jalon::rpc {

// Every way in which `message` breaks the rules that the contract gives its fields (jalon.common.v1.rule),
// and every enum value the contract does not know. Strings are at most 200 characters where a rule does not
// say.
std::vector<Violation> Violations(const google::protobuf::Message& message);

}  // namespace jalon::rpc

#endif  // JALON_RPC_VALIDATOR_H_
