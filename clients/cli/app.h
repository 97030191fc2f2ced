#ifndef JALON_CLIENTS_CLI_APP_H_
#define JALON_CLIENTS_CLI_APP_H_

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "clients/cli/command.h"
#include "clients/cli/settings.h"

namespace jalon::cli {

// The version `jalon --version` prints.
inline constexpr char kVersion[] = "0.1.0";

// One command line, read and understood.
struct Parsed {
  GlobalOptions global;
  const Command* command = nullptr;  // none when the words name none
  std::string group;                 // as far as the words went
  Inputs inputs;
  bool help = false;
  // Everything wrong with it, at once, each a sentence.
  std::vector<std::string> problems;
};

// `words` without the program's name.
Parsed Parse(const std::vector<std::string>& words, Language language);

// The whole program but for main's streams and environment.
int RunCommandLine(const std::vector<std::string>& words, const Environment& environment, std::ostream& out,
                   std::ostream& err);

// Help for the program, a group or a command.
void PrintHelp(std::ostream& out, Language language);
void PrintGroupHelp(std::ostream& out, const Group& group, Language language);
void PrintCommandHelp(std::ostream& out, const Command& command, Language language);

struct GlobalOption {
  std::string name;        // without dashes
  std::string value_name;  // empty: a flag
  Words help;
};
const std::vector<GlobalOption>& AllGlobalOptions();

// Words that may follow, for the shell: the last of `words` is the one being typed.
std::vector<std::string> Complete(const std::vector<std::string>& words);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_APP_H_
