#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "clients/cli/app.h"

int main(int argc, char** argv) {
  // gRPC logs each lost connection to the error stream, beside our own sentence about it.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // `jalon … | head` ends quietly.
  std::signal(SIGPIPE, SIG_DFL);
  std::ios::sync_with_stdio(false);
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return jalon::cli::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc), environment, std::cout,
                                    std::cerr);
}
