#ifndef JALON_CLIENTS_CLI_IMPACT_H_
#define JALON_CLIENTS_CLI_IMPACT_H_

#include <functional>
#include <string>

#include "clients/cli/command.h"

namespace jalon::cli {

// Holds a draft, the text of a rulebook, against the live cases and prints what it would change: for people
// the cases that change most, then the sums; as CSV or JSON a line a case as they come, in flat memory.
// `all`: also the cases that stay as they are. `fail` tells a refusal, and gives the exit code.
int MeasureImpact(Session& session, const std::string& draft, bool all,
                  const std::function<int(const absl::Status&)>& fail);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_IMPACT_H_
