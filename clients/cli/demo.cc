#include "clients/cli/command.h"

namespace jalon::cli {

void AddDemoCommands(std::vector<Command>&) {}

}  // namespace jalon::cli
