#include "clients/cli/command.h"

namespace jalon::cli {
namespace {

// The shells ask the program itself, so that completion never lags behind the commands.
constexpr char kBash[] = R"sh(# eval "$(jalon completion bash)"
_jalon() {
  local IFS=$'\n'
  COMPREPLY=($(jalon __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _jalon jalon
)sh";

constexpr char kZsh[] = R"sh(#compdef jalon
# eval "$(jalon completion zsh)"
_jalon() {
  local - a choices choices =
      ("${(@f)$(jalon __complete " $ { (@) words[2, CURRENT] } " 2>/dev/null)}") if[[-n "${choices[1]}"]];
  then compadd-- "${choices[@]}";
  else _files;
  fi
}
compdef _jalon jalon
)sh";

constexpr char kFish[] = R"sh(# jalon completion fish | source
function __jalon_complete
    set -l words (commandline -opc) (commandline -ct)
    jalon __complete $words[2..-1] 2>/dev/null
end
complete -c jalon -a '(__jalon_complete)'
)sh";

int RunCompletion(Session& session, const Inputs& inputs) {
  const std::string shell = inputs.Text("shell");
  const char* script = shell == "bash" ? kBash : shell == "zsh" ? kZsh : shell == "fish" ? kFish : nullptr;
  if (script == nullptr)
    return session.Misused(session.Say({"interpréteur : bash, zsh ou fish", "shell: bash, zsh or fish"}));
  session.out() << script;
  return kDone;
}

}  // namespace

void AddCompletionCommand(std::vector<Command>& commands) {
  commands.push_back(
      {.group = "",
       .name = "completion",
       .about = {"Complétion pour bash, zsh ou fish : eval \"$(jalon completion bash)\"",
                 "Completion for bash, zsh or fish: eval \"$(jalon completion bash)\""},
       .arguments = {Positional({"INTERPRETEUR", "SHELL"}, "", {"bash, zsh ou fish", "bash, zsh or fish"})},
       .run = RunCompletion});
}

}  // namespace jalon::cli
