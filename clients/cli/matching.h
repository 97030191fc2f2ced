#ifndef JALON_CLIENTS_CLI_MATCHING_H_
#define JALON_CLIENTS_CLI_MATCHING_H_

#include "clients/cli/command.h"

namespace jalon::cli {

// assignment candidates, propose and reassign: choices, told so that they can be argued with.
int RunCandidates(Session& session, const Inputs& inputs);
int RunPropose(Session& session, const Inputs& inputs);
int RunReassign(Session& session, const Inputs& inputs);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_MATCHING_H_
