#include "clients/cli/app.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "CLI/CLI.hpp"
#include "clients/rpc/contracts.h"

// CLI11 splits the words into commands, options and values. What a command takes, its help and what is wrong
// with it come from our own tables, in both languages and all at once.
namespace jalon::cli {
namespace {

// Where CLI11 puts what belongs to one argument.
struct Slot {
  const Argument* argument;
  std::vector<std::string> values;  // of one that may be repeated
  std::string single;
  bool flag = false;
  CLI::Option* option = nullptr;
};

struct CommandSlots {
  const Command* command;
  std::vector<Argument> implied;
  std::deque<Slot> slots;
  CLI::App* app = nullptr;
};

const google::protobuf::FieldDescriptor* FieldOf(const Command& command, const Argument& argument) {
  const auto* method = FindMethod(command.method);
  if (method == nullptr || argument.field.empty()) return nullptr;
  return FindField(method->input_type(), argument.field);
}

Kind KindOfArgument(const Command& command, const Argument& argument) {
  const auto* field = FieldOf(command, argument);
  return field == nullptr ? argument.kind : KindOf(*field);
}

bool IsRepeated(const Command& command, const Argument& argument) {
  const auto* field = FieldOf(command, argument);
  return argument.repeated || (field != nullptr && field->is_repeated());
}

bool IsFlag(const Command& command, const Argument& argument) {
  return KindOfArgument(command, argument) == Kind::kFlag;
}

void AddArgument(CLI::App& app, const Command& command, Slot& slot) {
  const Argument& argument = *slot.argument;
  if (IsFlag(command, argument)) {
    app.add_flag(argument.name.en, slot.flag);
    return;
  }
  const std::string name = argument.positional() ? argument.key() : std::string(argument.name.en);
  if (!IsRepeated(command, argument)) {
    slot.option = app.add_option(name, slot.single);
    return;
  }
  slot.option = app.add_option(name, slot.values);
  // --skill a b must leave b to the positionals.
  if (!argument.positional()) {
    slot.option->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
}

CommandSlots MakeSlots(const Command& command) {
  CommandSlots slots{.command = &command, .implied = ImpliedArguments(command), .slots = {}, .app = nullptr};
  return slots;
}

void FillSlots(CommandSlots& slots) {
  for (const Argument& argument : slots.command->arguments)
    slots.slots.push_back({.argument = &argument, .values = {}, .single = {}});
  for (const Argument& argument : slots.implied)
    slots.slots.push_back({.argument = &argument, .values = {}, .single = {}});
}

// Values of codes and identifiers may also come as a,b,c.
std::vector<std::string> SplitValues(Kind kind, const std::vector<std::string>& typed) {
  if (kind == Kind::kText || kind == Kind::kFile || kind == Kind::kEuros || kind == Kind::kDays ||
      kind == Kind::kHeadcount || kind == Kind::kPercent)
    return typed;
  std::vector<std::string> values;
  for (const std::string& text : typed) {
    size_t start = 0;
    while (start <= text.size()) {
      const size_t comma = std::min(text.find(',', start), text.size());
      if (comma > start) values.push_back(text.substr(start, comma - start));
      start = comma + 1;
    }
    if (text.empty()) values.emplace_back();
  }
  return values;
}

// What is wrong with a word, put behind it: a predicate goes on with its sentence, anything else is told
// apart.
std::string Following(const std::string& sentence, const char* colon) {
  for (const char* verb : {"n’", "is ", "does "})
    if (sentence.starts_with(verb)) return " " + sentence;
  return colon + sentence;
}

void ReadSlot(const Command& command, const Slot& slot, Language language, Parsed& parsed) {
  const Argument& argument = *slot.argument;
  const Kind kind = KindOfArgument(command, argument);
  const char* colon = Words{" : ", ": "}.In(language);
  if (kind == Kind::kFlag) {
    if (slot.flag) parsed.inputs.Add(argument.key(), "true");
    return;
  }
  std::vector<std::string> typed = slot.values;
  if (!IsRepeated(command, argument) && slot.option->count() > 0) typed = {slot.single};
  if (typed.empty() && !argument.fallback.empty()) typed = {argument.fallback};
  if (typed.empty() && argument.required) {
    parsed.problems.push_back(std::string(argument.name.In(language)) + colon +
                              Words{"à préciser — ", "needed — "}.In(language) + argument.help.In(language));
    return;
  }
  if (IsRepeated(command, argument)) typed = SplitValues(kind, typed);
  for (const std::string& text : typed) {
    auto normal = Normalise(kind, text, language, FieldOf(command, argument));
    if (const auto* problem = std::get_if<Problem>(&normal)) {
      parsed.problems.push_back(std::string(argument.name.In(language)) + colon +
                                Words{"« ", "“"}.In(language) + Printable(text) +
                                Words{" »", "”"}.In(language) + Following(problem->sentence, colon));
    } else {
      parsed.inputs.Add(argument.key(), std::get<Normal>(normal).value);
    }
  }
}

// How many letters to change, add or drop to go from one word to the other.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

std::string Nearest(std::string_view word, const std::vector<std::string>& choices) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& choice : choices) {
    if (const size_t distance = Distance(word, choice); distance < best_distance) {
      best = choice;
      best_distance = distance;
    }
  }
  return best;
}

std::vector<std::string> OptionsOf(const Command* command) {
  std::vector<std::string> names;
  if (command != nullptr) {
    for (const Argument& argument : command->arguments) {
      if (!argument.positional()) names.emplace_back(argument.name.en);
    }
    for (const Argument& argument : ImpliedArguments(*command)) names.emplace_back(argument.name.en);
  }
  for (const GlobalOption& option : AllGlobalOptions()) names.push_back("--" + option.name);
  return names;
}

std::vector<std::string> NamesIn(const std::string& group) {
  std::vector<std::string> names;
  if (group.empty()) {
    for (const Group& each : AllGroups()) names.push_back(each.name);
  }
  for (const Command& command : AllCommands()) {
    if (command.group == group) names.push_back(command.name);
  }
  return names;
}

void ReportUnknown(const std::string& word, Language language, Parsed& parsed) {
  const bool option = word.starts_with("-");
  const bool names_command = !option && parsed.command == nullptr;
  std::string sentence = (option          ? Words{"option inconnue : ", "unknown option: "}
                          : names_command ? Words{"commande inconnue : ", "unknown command: "}
                                          : Words{"mot en trop : ", "one word too many: "})
                             .In(language) +
                         Printable(word);
  const std::string nearest = option          ? Nearest(word, OptionsOf(parsed.command))
                              : names_command ? Nearest(word, NamesIn(parsed.group))
                                              : "";
  if (!nearest.empty()) {
    sentence += Words{" ; peut-être ", "; perhaps "}.In(language) + nearest + Words{" ?", "?"}.In(language);
  }
  parsed.problems.push_back(sentence);
}

bool IsKnownOption(const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  for (const Command& command : AllCommands()) {
    const std::vector<std::string> options = OptionsOf(&command);
    if (std::find(options.begin(), options.end(), name) != options.end()) return true;
  }
  return false;
}

const Group* FindGroup(std::string_view name) {
  for (const Group& group : AllGroups()) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

// What one argument looks like in a usage line or a list.
std::string Shape(const Command& command, const Argument& argument, Language language) {
  if (argument.positional())
    return std::string(argument.name.In(language)) + (IsRepeated(command, argument) ? "…" : "");
  std::string shape = argument.name.In(language);
  const Kind kind = KindOfArgument(command, argument);
  const auto* field = FieldOf(command, argument);
  switch (kind) {
    case Kind::kFlag:
      break;
    case Kind::kInteger:
    case Kind::kHeadcount:
      shape += " N";
      break;
    case Kind::kPercent:
      shape += " %";
      break;
    case Kind::kDays:
      shape += Words{" JOURS", " DAYS"}.In(language);
      break;
    case Kind::kDate:
      shape += " DATE";
      break;
    case Kind::kMonth:
      shape += Words{" MOIS", " MONTH"}.In(language);
      break;
    case Kind::kEuros:
      shape += Words{" EUROS", " EUROS"}.In(language);
      break;
    case Kind::kUuid:
      shape += " UUID";
      break;
    case Kind::kSiren:
      shape += " SIREN";
      break;
    case Kind::kParty:
      shape += " SIREN|CODE";
      break;
    case Kind::kRegion:
    case Kind::kCode:
      shape += " CODE";
      break;
    case Kind::kText:
      shape += Words{" TEXTE", " TEXT"}.In(language);
      break;
    case Kind::kFile:
      shape += Words{" FICHIER", " FILE"}.In(language);
      break;
    case Kind::kEnum: {
      shape += " ";
      for (int i = 1; i < field->enum_type()->value_count(); ++i) {
        shape += (i > 1 ? "|" : "") + EnumWord(*field->enum_type()->value(i));
      }
      break;
    }
  }
  return shape;
}

void PrintTwoColumns(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& lines) {
  constexpr int kMostIndent = 30;
  int width = 0;
  for (const auto& [left, right] : lines) {
    if (DisplayWidth(left) <= kMostIndent) width = std::max(width, DisplayWidth(left));
  }
  for (const auto& [left, right] : lines) {
    const int padding = width - DisplayWidth(left);
    out << "  " << left;
    if (padding < 0) {
      out << '\n' << std::string(static_cast<size_t>(width) + 4, ' ');
    } else {
      out << std::string(static_cast<size_t>(padding) + 2, ' ');
    }
    out << right << '\n';
  }
}

std::string PathOf(const Command& command) {
  return "jalon " + (command.group.empty() ? "" : command.group + " ") + command.name;
}

}  // namespace

const std::vector<GlobalOption>& AllGlobalOptions() {
  static const auto& options = *new std::vector<GlobalOption>{
      {"json",
       "",
       {"Un document JSON (un par ligne pour un flux)", "One JSON document (one a line for a stream)"}},
      {"csv", "", {"CSV (RFC 4180), tous les champs", "CSV (RFC 4180), every field"}},
      {"lang",
       "fr|en",
       {"Langue (sinon JALON_LANG, LANG ; français par défaut)",
        "Language (otherwise JALON_LANG, LANG; French by default)"}},
      {"server",
       Words{"ADRESSE", "ADDRESS"}.en,
       {"unix:/chemin/jalond.sock ou hôte:port (JALON_SERVER)",
        "unix:/path/jalond.sock or host:port (JALON_SERVER)"}},
      {"server-programme", "ADDRESS", {"Adresse d’un service à part", "Address of one service apart"}},
      {"server-enrolment", "ADDRESS", {"", ""}},
      {"server-assignment", "ADDRESS", {"", ""}},
      {"server-calendar", "ADDRESS", {"", ""}},
      {"server-funding", "ADDRESS", {"", ""}},
      {"server-audit", "ADDRESS", {"", ""}},
      {"token", "TOKEN", {"Jeton (JALON_TOKEN)", "Token (JALON_TOKEN)"}},
      {"token-file", "FILE", {"Fichier qui contient le jeton", "File that holds the token"}},
      {"tls-ca", "FILE", {"Autorités de confiance (PEM) : TLS", "Trusted authorities (PEM): TLS"}},
      {"config",
       "FILE",
       {"Configuration nom=valeur (JALON_CONFIG, sinon ~/.config/jalon/client.conf)",
        "Configuration name=value (JALON_CONFIG, otherwise ~/.config/jalon/client.conf)"}},
      {"timeout", "SECONDS", {"Délai d’un appel (10)", "Time allowed to a call (10)"}},
      {"request-id",
       "UUID",
       {"Identifiant de la demande, pour relancer sans doubler l’effet",
        "Id of the request, to run again with one effect"}},
      {"version", "", {"Version du programme", "Version of the program"}},
      {"help", "", {"Cette aide (-h), de chaque commande aussi", "This help (-h), of each command too"}},
  };
  return options;
}

// A name of two words, as "link add", is a command within a command; `middles` holds those made already.
CLI::App* AddCommand(CLI::App* parent, const Command& command, std::map<std::string, CLI::App*>& middles) {
  const size_t space = command.name.find(' ');
  if (space == std::string::npos) return parent->add_subcommand(command.name);
  const std::string first = command.name.substr(0, space);
  CLI::App*& middle = middles[command.group + " " + first];
  if (middle == nullptr) middle = parent->add_subcommand(first);
  return middle->add_subcommand(command.name.substr(space + 1));
}

Parsed Parse(const std::vector<std::string>& words, Language language) {
  Parsed parsed;
  CLI::App root;
  root.set_help_flag();
  root.allow_extras();
  root.fallthrough();

  std::deque<std::pair<const GlobalOption*, std::string>> globals;
  std::deque<std::pair<const GlobalOption*, bool>> flags;
  for (const GlobalOption& option : AllGlobalOptions()) {
    const std::string name = (option.name == "help" ? "-h,--" : "--") + option.name;
    if (option.value_name.empty()) {
      root.add_flag(name, flags.emplace_back(&option, false).second);
    } else {
      root.add_option(name, globals.emplace_back(&option, "").second)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
  }

  std::map<std::string, CLI::App*> groups;
  for (const Group& group : AllGroups()) groups[group.name] = root.add_subcommand(group.name);
  std::map<std::string, CLI::App*> middles;
  std::deque<CommandSlots> all;
  for (const Command& command : AllCommands()) {
    CommandSlots& slots = all.emplace_back(MakeSlots(command));
    FillSlots(slots);
    slots.app = AddCommand(command.group.empty() ? &root : groups.at(command.group), command, middles);
    for (Slot& slot : slots.slots) AddArgument(*slots.app, command, slot);
  }

  std::vector<std::string> reversed(words.rbegin(), words.rend());
  bool misparsed = false;
  try {
    root.parse(reversed);
  } catch (const CLI::ParseError& error) {
    // CLI11 takes the value of an option it does not know for a word of its own: tell the cause, not the
    // effect.
    misparsed = true;
    for (const std::string& word : words) {
      if (word.starts_with("--") && !IsKnownOption(word)) ReportUnknown(word, language, parsed);
    }
    if (!parsed.problems.empty()) return parsed;
    parsed.problems.push_back(Words{"option mal employée — ", "misused option — "}.In(language) +
                              Printable(error.what()));
  }

  for (const auto& [option, value] : globals) {
    if (root.get_option("--" + option->name)->count() > 0) parsed.global[option->name] = value;
  }
  for (const auto& [option, on] : flags) {
    if (on) parsed.global[option->name] = "true";
  }
  parsed.help = parsed.global.contains("help");
  for (const auto& [name, app] : groups) {
    if (app->parsed()) parsed.group = name;
  }
  const CommandSlots* chosen = nullptr;
  for (const CommandSlots& slots : all) {
    if (slots.app->parsed()) chosen = &slots;
  }
  if (chosen != nullptr) parsed.command = chosen->command;
  bool after_unknown = false;
  for (const std::string& word : root.remaining(true)) {
    const bool option = word.starts_with("-");
    if (!option && after_unknown) continue;  // its value, as it was meant
    after_unknown = option;
    ReportUnknown(word, language, parsed);
    if (parsed.command == nullptr) break;  // what follows an unknown command means nothing
  }
  // The value of an unknown option lands where it was not meant to, and says nothing of what was.
  const bool unknown_option = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return word.starts_with("--") && word.size() > 2 && !parsed.problems.empty() && !IsKnownOption(word);
  });
  if (chosen != nullptr && !parsed.help && !misparsed && !unknown_option) {
    for (const Slot& slot : chosen->slots) ReadSlot(*chosen->command, slot, language, parsed);
  }
  return parsed;
}

void PrintHelp(std::ostream& out, Language language) {
  out << Words{"jalon — dossiers, demi-journées et financement d’un programme d’accompagnement\n\n"
               "Usage : jalon COMMANDE [OPTIONS]\n\nCommandes :\n",
               "jalon — cases, half-days and funding of an accompaniment programme\n\n"
               "Usage: jalon COMMAND [OPTIONS]\n\nCommands:\n"}
             .In(language);
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Group& group : AllGroups()) {
    std::string names;
    for (const std::string& name : NamesIn(group.name)) names += (names.empty() ? "" : "|") + name;
    lines.emplace_back(group.name, std::string(group.about.In(language)) + " (" + names + ")");
  }
  for (const Command& command : AllCommands()) {
    if (command.group.empty()) lines.emplace_back(command.name, command.about.In(language));
  }
  PrintTwoColumns(out, lines);

  out << Words{"\nOptions communes, avant ou après la commande :\n",
               "\nCommon options, before or after the command:\n"}
             .In(language);
  lines.clear();
  for (const GlobalOption& option : AllGlobalOptions()) {
    if (*option.help.fr == '\0') continue;  // the five other areas, like the first
    const std::string name = option.name == "server-programme"
                                 ? Words{"server-<service>", "server-<service>"}.In(language)
                                 : option.name.c_str();
    lines.emplace_back("--" + name + (option.value_name.empty() ? "" : " " + option.value_name),
                       option.help.In(language));
  }
  PrintTwoColumns(out, lines);
  out << Words{"\nCodes de sortie : 0 fait · 1 refusé par le service, ou loi enfreinte · "
               "2 commande à corriger, rien n’a été envoyé\n"
               "· 3 service injoignable ou saturé : relancez la même commande\n",
               "\nExit codes: 0 done · 1 refused by the service, or a law broken · "
               "2 command to correct, nothing was sent\n"
               "· 3 service out of reach or saturated: run the same command again\n"}
             .In(language);
}

void PrintGroupHelp(std::ostream& out, const Group& group, Language language) {
  out << group.about.In(language) << "\n\nUsage" << Words{" : ", ": "}.In(language) << "jalon " << group.name
      << Words{" COMMANDE [OPTIONS]\n\nCommandes :\n", " COMMAND [OPTIONS]\n\nCommands:\n"}.In(language);
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Command& command : AllCommands()) {
    if (command.group == group.name) lines.emplace_back(command.name, command.about.In(language));
  }
  PrintTwoColumns(out, lines);
}

// A default as it may be typed in this language.
std::string FallbackShown(const Argument& argument, Language language) {
  return argument.fallback == "today" ? Words{"aujourd’hui", "today"}.In(language) : argument.fallback;
}

void PrintCommandHelp(std::ostream& out, const Command& command, Language language) {
  out << command.about.In(language) << "\n\nUsage" << Words{" : ", ": "}.In(language) << PathOf(command);
  const std::vector<Argument> implied = ImpliedArguments(command);
  std::vector<const Argument*> all;
  for (const Argument& argument : command.arguments) all.push_back(&argument);
  for (const Argument& argument : implied) all.push_back(&argument);
  for (const Argument* argument : all) {
    if (argument->positional() || argument->required) {
      const std::string shape = Shape(command, *argument, language);
      out << ' ' << (argument->required ? shape : "[" + shape + "]");
    }
  }
  out << Words{" [OPTIONS]\n\n", " [OPTIONS]\n\n"}.In(language);
  std::vector<std::pair<std::string, std::string>> lines;
  for (const Argument* argument : all) {
    std::string help = argument->help.In(language);
    if (!argument->positional() && argument->required)
      help += Words{" (obligatoire)", " (required)"}.In(language);
    if (!argument->fallback.empty()) {
      help += Words{" (par défaut : ", " (default: "}.In(language) + FallbackShown(*argument, language) + ")";
    }
    if (!argument->positional() && IsRepeated(command, *argument)) {
      help += Words{" ; peut se répéter", "; may be repeated"}.In(language);
    }
    lines.emplace_back(Shape(command, *argument, language), help);
  }
  PrintTwoColumns(out, lines);
  out << Words{"\nOptions communes (--json, --csv, --server, --lang …) : jalon --help\n",
               "\nCommon options (--json, --csv, --server, --lang …): jalon --help\n"}
             .In(language);
}

// What may follow the words typed, of names that may have two.
std::vector<std::string> NextWords(const std::vector<std::string>& names, const std::string& begun) {
  std::set<std::string> words;
  for (const std::string& name : names)
    if (name.starts_with(begun))
      words.insert(name.substr(begun.size(), name.find(' ', begun.size()) - begun.size()));
  return {words.begin(), words.end()};
}

std::vector<std::string> Complete(const std::vector<std::string>& words) {
  std::vector<std::string> done(words.begin(), words.empty() ? words.end() : words.end() - 1);
  const std::string typing = words.empty() ? "" : words.back();
  std::string group, begun;  // of the command's name, where it has two words
  const Command* command = nullptr;
  for (const std::string& word : done) {
    if (command != nullptr) break;
    const std::string name = begun + word;
    for (const Command& each : AllCommands()) {
      if (each.group != group) continue;
      if (each.name == name) command = &each;
      if (each.name.starts_with(name + " ")) begun = name + " ";
    }
    if (command == nullptr && group.empty() && FindGroup(word) != nullptr) group = word;
  }

  std::vector<std::string> choices;
  const std::string previous = done.empty() ? "" : done.back();
  if (command != nullptr) {
    for (const Argument& argument : command->arguments) {
      const auto* field = FieldOf(*command, argument);
      if (previous != argument.name.en || field == nullptr || field->enum_type() == nullptr) continue;
      for (int i = 1; i < field->enum_type()->value_count(); ++i) {
        choices.push_back(EnumWord(*field->enum_type()->value(i)));
      }
    }
    if (command->name == "completion") choices = {"bash", "zsh", "fish"};
  }
  if (previous == "--lang") choices = {"fr", "en"};
  if (choices.empty() && typing.starts_with("-")) choices = OptionsOf(command);
  if (choices.empty() && command == nullptr) choices = NextWords(NamesIn(group), begun);
  std::erase_if(choices, [&](const std::string& choice) { return !choice.starts_with(typing); });
  return choices;
}

int RunCommandLine(const std::vector<std::string>& words, const Environment& environment, std::ostream& out,
                   std::ostream& err) {
  // The shell's own question, before anything could print beside it.
  if (!words.empty() && words.front() == "__complete") {
    for (const std::string& choice : Complete({words.begin() + 1, words.end()})) out << choice << '\n';
    return kDone;
  }
  // The language of the sentences about the command line itself, which is not read yet.
  std::optional<std::string> asked;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--lang" && i + 1 < words.size()) asked = words[i + 1];
    if (words[i].starts_with("--lang=")) asked = words[i].substr(7);
  }
  const Language language = ChooseLanguage(asked, environment);
  if (asked && *asked != "fr" && *asked != "en") {
    err << "jalon" << Words{" : ", ": "}.In(language) << "--lang" << Words{" : « ", ": “"}.In(language)
        << Printable(*asked)
        << Words{" » n’est pas une langue d’ici ; choisissez parmi : fr, en",
                 "” is no language spoken here; choose among: fr, en"}
               .In(language)
        << '\n';
    return kMisused;
  }

  const Parsed parsed = Parse(words, language);
  if (parsed.global.contains("version")) {
    out << "jalon " << kVersion << '\n';
    return kDone;
  }
  const Group* group = FindGroup(parsed.group);
  const auto help = [&](std::ostream& where) {
    if (parsed.command != nullptr) return PrintCommandHelp(where, *parsed.command, language);
    if (group != nullptr) return PrintGroupHelp(where, *group, language);
    PrintHelp(where, language);
  };
  if (parsed.help) {
    help(out);
    return kDone;
  }
  if (!parsed.problems.empty()) {
    for (const std::string& problem : parsed.problems) {
      err << "jalon" << Words{" : ", ": "}.In(language) << problem << '\n';
    }
    err << "  → "
        << (parsed.command != nullptr ? PathOf(*parsed.command)
            : group != nullptr        ? "jalon " + group->name
                                      : "jalon")
        << " --help\n";
    return kMisused;
  }
  if (parsed.command == nullptr) {
    help(err);
    return kMisused;
  }
  auto settings = MakeSettings(parsed.global, environment);
  if (const auto* problem = std::get_if<Problem>(&settings)) {
    err << "jalon" << Words{" : ", ": "}.In(language) << problem->sentence << '\n';
    return kMisused;
  }
  Session session(std::get<Settings>(std::move(settings)), out, err);
  return RunCommand(session, *parsed.command, parsed.inputs);
}

}  // namespace jalon::cli
