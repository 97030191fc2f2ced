#ifndef JALON_CLIENTS_CLI_PROGRAMME_H_
#define JALON_CLIENTS_CLI_PROGRAMME_H_

#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"

namespace jalon::cli {

// The programme a command is about when none is typed: the only one there is. Several, or none, is an error
// whose sentence names them.
absl::StatusOr<std::string> OnlyProgramme(Session& session);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_PROGRAMME_H_
