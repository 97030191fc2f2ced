#ifndef JALON_CLIENTS_CLI_SETTINGS_H_
#define JALON_CLIENTS_CLI_SETTINGS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "clients/cli/command.h"

namespace jalon::cli {

// The options that stand before or after any command, as typed: by name without dashes (server,
// server-calendar, token, json …).
using GlobalOptions = std::map<std::string, std::string>;

// The value of an environment variable, or nothing: injected, so that tests bring their own.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

// French unless --lang, JALON_LANG, LC_ALL, LC_MESSAGES or LANG (the first that is set) asks for English.
Language ChooseLanguage(const std::optional<std::string>& option, const Environment& environment);

// What is typed wins over the environment (JALON_SERVER, JALON_TOKEN, JALON_TLS_CA, JALON_SERVER_CALENDAR …),
// which wins over the configuration file. A file that was asked for by name and cannot be read is a problem.
std::variant<Settings, Problem> MakeSettings(const GlobalOptions& typed, const Environment& environment);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_SETTINGS_H_
