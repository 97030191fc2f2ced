#ifndef JALON_CLIENTS_CLI_WATCH_H_
#define JALON_CLIENTS_CLI_WATCH_H_

#include <cstdint>
#include <string>

#include "clients/cli/command.h"

namespace jalon::cli {

// Prints events as they come until interrupted, and takes up after the last one printed when the connection
// is lost. An empty or zero filter does not apply; an empty cursor: from now on.
int WatchEvents(Session& session, int64_t case_id, std::string cursor, const std::string& actor,
                const std::string& area);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_WATCH_H_
