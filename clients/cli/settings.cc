#include "clients/cli/settings.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "CLI/CLI.hpp"

namespace jalon::cli {
namespace {

constexpr std::array kAreas = {"programme", "enrolment", "assignment", "calendar",
                               "funding",   "inbox",     "audit"};

std::string Capitals(std::string text) {
  for (char& c : text) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::optional<std::string> ConfigPath(const GlobalOptions& typed, const Environment& environment) {
  if (const auto option = typed.find("config"); option != typed.end()) return option->second;
  const auto named = environment("JALON_CONFIG");
  return named && !named->empty() ? named : std::nullopt;
}

std::optional<std::string> DefaultConfigPath(const Environment& environment) {
  if (const auto config = environment("XDG_CONFIG_HOME"); config && !config->empty()) {
    return *config + "/jalon/client.conf";
  }
  const auto home = environment("HOME");
  if (!home) return std::nullopt;
  return *home + "/.config/jalon/client.conf";
}

std::string ReadAll(std::ifstream& file) {
  return {std::istreambuf_iterator<char>(file), {}};
}

// name=value lines, as CLI11 reads them.
std::map<std::string, std::string> ParseConfig(std::istream& file) {
  std::map<std::string, std::string> values;
  for (const CLI::ConfigItem& item : CLI::ConfigINI().from_config(file)) {
    if (item.parents.empty() && !item.inputs.empty()) values[item.name] = item.inputs.front();
  }
  return values;
}

}  // namespace

Language ChooseLanguage(const std::optional<std::string>& option, const Environment& environment) {
  if (option && !option->empty()) return LanguageFromTag(*option);
  for (const char* name : {"JALON_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}) {
    const auto value = environment(name);
    if (value && !value->empty()) return LanguageFromTag(*value);
  }
  return Language::kFrench;
}

std::variant<Settings, Problem> MakeSettings(const GlobalOptions& typed, const Environment& environment) {
  const auto typed_language = typed.find("lang");
  Settings settings;
  settings.language = ChooseLanguage(
      typed_language == typed.end() ? std::nullopt : std::optional(typed_language->second), environment);
  const auto problem = [&settings](Words words, const std::string& what) {
    return Problem{words.In(settings.language) + what};
  };

  std::map<std::string, std::string> file_values;
  const auto named = ConfigPath(typed, environment);
  const auto path = named ? named : DefaultConfigPath(environment);
  if (path) {
    std::ifstream file(*path);
    if (!file && named) {
      return problem({"fichier de configuration illisible : ", "unreadable configuration file: "}, *path);
    }
    try {
      if (file) file_values = ParseConfig(file);
    } catch (const CLI::Error&) {
      return problem({"fichier de configuration à corriger (attendu : nom=valeur) : ",
                      "configuration file needs correcting (expected: name=value): "},
                     *path);
    }
  }
  const auto value = [&](const std::string& name) -> std::string {
    if (const auto found = typed.find(name); found != typed.end()) return found->second;
    if (const auto found = environment("JALON_" + Capitals(name)); found && !found->empty()) return *found;
    const auto found = file_values.find(name);
    return found == file_values.end() ? "" : found->second;
  };

  if (!typed.contains("lang") && !environment("JALON_LANG") && file_values.contains("lang")) {
    settings.language = LanguageFromTag(file_values["lang"]);
  }
  settings.client.language = settings.language == Language::kFrench ? "fr" : "en";
  settings.client.server = value("server");
  for (const char* area : kAreas) {
    const std::string address = value(std::string("server-") + area);
    if (!address.empty()) settings.client.area_servers[area] = address;
  }
  settings.client.tls_ca = value("tls-ca");
  if (!settings.client.tls_ca.empty() && !std::ifstream(settings.client.tls_ca)) {
    return problem({"fichier d’autorités illisible : ", "unreadable file of authorities: "},
                   settings.client.tls_ca);
  }
  settings.client.token = value("token");
  if (const std::string token_file = value("token-file");
      settings.client.token.empty() && !token_file.empty()) {
    std::ifstream file(token_file);
    if (!file) return problem({"fichier de jeton illisible : ", "unreadable token file: "}, token_file);
    settings.client.token = ReadAll(file);
    settings.client.token.erase(settings.client.token.find_last_not_of(" \r\n\t") + 1);
  }
  // A header cannot carry control characters, and gRPC stops the process over one.
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x21 || c == 0x7F; };
  if (std::any_of(settings.client.token.begin(), settings.client.token.end(), control)) {
    return problem({"le jeton contient un espace ou un caractère de contrôle",
                    "the token contains a space or a control character"},
                   "");
  }
  if (typed.contains("json") && typed.contains("csv")) {
    return problem({"choisissez --json ou --csv, pas les deux", "choose --json or --csv, not both"}, "");
  }
  if (typed.contains("json")) settings.format = Format::kJson;
  if (typed.contains("csv")) settings.format = Format::kCsv;

  if (const auto id = typed.find("request-id"); id != typed.end()) {
    auto normal = Normalise(Kind::kUuid, id->second, settings.language);
    if (auto* wrong = std::get_if<Problem>(&normal))
      return problem({"--request-id : ", "--request-id: "}, wrong->sentence);
    settings.request_id = std::get<Normal>(normal).value;
  }
  if (const std::string timeout = value("timeout"); !timeout.empty()) {
    auto normal = Normalise(Kind::kInteger, timeout, settings.language);
    if (std::holds_alternative<Problem>(normal) || std::stoll(std::get<Normal>(normal).value) < 1 ||
        std::stoll(std::get<Normal>(normal).value) > 86'400) {
      return problem(
          {"--timeout : un nombre de secondes, de 1 à 86400", "--timeout: a number of seconds, 1 to 86400"},
          "");
    }
    settings.timeout = std::chrono::seconds(std::stoll(std::get<Normal>(normal).value));
  }
  return settings;
}

}  // namespace jalon::cli
