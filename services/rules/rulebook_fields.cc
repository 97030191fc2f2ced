#include "rules/rulebook_fields.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/commune.h"
#include "base/text.h"
#include "base/wording.h"

namespace jalon::rules {
namespace {

constexpr size_t kMaxQuoted = 60;               // bytes
constexpr int64_t kMaxTitle = 200;              // characters, as any text of the contract
constexpr int64_t kMaxHeadcount = 100'000'000;  // hundredths, as CompanyFacts takes

std::string Shown(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kMaxQuoted))
    shown.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  if (text.size() <= kMaxQuoted) return shown;
  // Not in the middle of a character.
  while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xC0) == 0x80) shown.pop_back();
  return shown.append("…");
}

// Levenshtein's: the fewest letters to add, drop or change.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

// The nearest of `names`, when it is near enough to be what was meant.
template <typename Names, typename NameOf>
std::optional<std::string_view> Nearest(std::string_view text, const Names& names, NameOf name_of) {
  if (text.size() > 64) return std::nullopt;
  std::optional<std::string_view> nearest;
  size_t least = std::max<size_t>(2, text.size() / 3) + 1;
  for (const auto& candidate : names) {
    const std::string_view name = name_of(candidate);
    if (const size_t distance = Distance(text, name); distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

// " Vouliez-vous dire « x » ?" and its English, or nothing.
std::pair<std::string, std::string> Suggestion(const std::optional<std::string_view>& name) {
  if (!name) return {};
  return {" Vouliez-vous dire " + QuoteFr(*name) + " ?", " Did you mean " + QuoteEn(*name) + "?"};
}

bool IsTitle(std::string_view text) {
  const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  if (internal::PlainSpaces(text).empty()) return false;
  if (std::count_if(text.begin(), text.end(), starts_character) > kMaxTitle) return false;
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

void Problems::Add(const YamlNode& at, std::string fr, std::string en) {
  if (!full()) found_.push_back({at.line, at.column, Typeset(std::move(fr)), std::move(en)});
}

std::vector<RulebookProblem> Problems::Take() {
  std::stable_sort(found_.begin(), found_.end(), [](const RulebookProblem& a, const RulebookProblem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return std::exchange(found_, {});
}

std::string QuoteFr(std::string_view text) {
  return "« " + Shown(text) + " »";
}

std::string QuoteEn(std::string_view text) {
  return "“" + Shown(text) + "”";
}

bool IsCode(std::string_view text) {
  const auto lower = [](char c) { return 'a' <= c && c <= 'z'; };
  return !text.empty() && text.size() <= 64 && lower(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return lower(c) || internal::IsDigit(c) || c == '-'; });
}

std::optional<std::string> ReadCode(const YamlNode& node, Problems& problems) {
  if (node.kind == YamlNode::Kind::kScalar && IsCode(node.text)) return node.text;
  problems.Add(node,
               QuoteFr(node.text) +
                   " n’est pas un code : minuscules, chiffres et traits d’union, une lettre en tête, "
                   "64 signes au plus.",
               QuoteEn(node.text) +
                   " is not a code: lower-case letters, digits and hyphens, a letter first, at most "
                   "64 characters.");
  return std::nullopt;
}

std::optional<std::string> ReadRegion(const YamlNode& node, Problems& problems) {
  const bool known = std::any_of(internal::kRegions.begin(), internal::kRegions.end(),
                                 [&](const auto& entry) { return entry.region.code == node.text; });
  if (node.kind == YamlNode::Kind::kScalar && known) return node.text;
  problems.Add(
      node,
      QuoteFr(node.text) +
          " n’est pas le code INSEE d’une région : deux chiffres, 32 pour les Hauts-de-France.",
      QuoteEn(node.text) + " is not the INSEE code of a region: two digits, 32 for Hauts-de-France.");
  return std::nullopt;
}

// A beginning of a code of the NAF rev. 2 (INSEE), 62.01Z: two digits, a dot, one or two digits, a letter.
std::optional<std::string> ReadNafPrefix(const YamlNode& node, Problems& problems) {
  const std::string_view text = node.text;
  bool good = node.kind == YamlNode::Kind::kScalar && text.size() >= 2 && text.size() <= 6;
  for (size_t i = 0; good && i < text.size(); ++i) {
    good = i == 2 ? text[i] == '.' : i == 5 ? 'A' <= text[i] && text[i] <= 'Z' : internal::IsDigit(text[i]);
  }
  if (good && text.size() != 3) return node.text;
  problems.Add(node, QuoteFr(text) + " n’est pas le début d’un code NAF, comme 64, 01.1 ou 62.01Z.",
               QuoteEn(text) + " is not the beginning of a NAF code, such as 64, 01.1 or 62.01Z.");
  return std::nullopt;
}

std::optional<int> ReadWord(const YamlNode& node, std::span<const Word> words, Problems& problems) {
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.text == node.text; });
  if (node.kind == YamlNode::Kind::kScalar && found != words.end()) return found->value;
  std::string list;
  for (const Word& word : words) list.append(list.empty() ? "" : ", ").append(word.text);
  const std::string list_fr = list.empty() ? "aucun" : list, list_en = list.empty() ? "none" : list;
  const auto [fr, en] = Suggestion(Nearest(node.text, words, [](const Word& word) { return word.text; }));
  problems.Add(node, QuoteFr(node.text) + " n’est pas admis ici ; sont admis : " + list_fr + "." + fr,
               QuoteEn(node.text) + " is not allowed here; allowed: " + list_en + "." + en);
  return std::nullopt;
}

std::optional<std::string> ReadTitle(const YamlNode& node, Problems& problems) {
  if (node.kind == YamlNode::Kind::kScalar && IsTitle(node.text)) return node.text;
  problems.Add(node, "Il faut ici un texte d’une ligne, de 200 signes au plus.",
               "Here stands a text of one line, at most 200 characters.");
  return std::nullopt;
}

std::optional<int> ReadInteger(const YamlNode& node, int64_t min, int64_t max, Problems& problems) {
  const std::optional<int64_t> value = internal::ParseDigits(node.text);
  if (value && min <= *value && *value <= max) return static_cast<int>(*value);
  const std::string low = std::to_string(min), high = std::to_string(max);
  problems.Add(node, QuoteFr(node.text) + " n’est pas un entier de " + low + " à " + high + ".",
               QuoteEn(node.text) + " is not a whole number from " + low + " to " + high + ".");
  return std::nullopt;
}

std::optional<int64_t> ReadHeadcount(const YamlNode& node, Problems& problems) {
  const std::string_view text = node.text;
  // As exact as an amount in euros, and written the same way: "2 000", "12,5".
  if (!text.ends_with("EUR") && !text.ends_with("€")) {
    const std::optional<Cents> hundredths = ParseEuros(text);
    if (hundredths && hundredths->value() >= 0 && hundredths->value() <= kMaxHeadcount)
      return hundredths->value();
  }
  problems.Add(node, QuoteFr(text) + " n’est pas un effectif, comme 10 ou 12,5 (1 000 000 au plus).",
               QuoteEn(text) + " is not a number of staff, such as 10 or 12.5 (at most 1,000,000).");
  return std::nullopt;
}

std::optional<Cents> ReadMoney(const YamlNode& node, Cents max, Problems& problems) {
  const std::optional<Cents> amount = ParseEuros(node.text);
  if (amount && Cents(0) <= *amount && *amount <= max) return amount;
  problems.Add(node,
               QuoteFr(node.text) + " n’est pas un montant, comme 13 000 EUR ou 13 000,50 €, de zéro à " +
                   FormatEuros(max, Language::kFrench) + " ; une virgule précède toujours les centimes.",
               QuoteEn(node.text) + " is not an amount, such as 13 000 EUR or 13 000.50 EUR, from zero to " +
                   FormatEuros(max, Language::kEnglish) + "; a comma always comes before cents.");
  return std::nullopt;
}

std::optional<Rate> ReadShare(const YamlNode& node, Problems& problems) {
  const std::optional<Rate> rate = Rate::Parse(node.text);
  if (rate && *rate <= Rate(1, 1)) return rate;
  problems.Add(node, QuoteFr(node.text) + " n’est pas un taux de 0 % à 100 %, comme 42 %, 54,66 % ou 1/3.",
               QuoteEn(node.text) + " is not a rate from 0 % to 100 %, such as 42 %, 54.66 % or 1/3.");
  return std::nullopt;
}

std::optional<Date> ReadDay(const YamlNode& node, Problems& problems) {
  const std::optional<Date> date = Date::Parse(node.text);
  if (!date) {
    problems.Add(node, QuoteFr(node.text) + " n’est pas une date qui existe, écrite comme 2026-06-17.",
                 QuoteEn(node.text) + " is not a date that exists, written as 2026-06-17.");
  }
  return date;
}

void CheckKeys(const YamlNode& map, std::span<const std::string_view> known,
               std::span<const std::string_view> required, Problems& problems) {
  if (map.kind != YamlNode::Kind::kMap) {
    problems.Add(map, "Il faut ici des champs, un par ligne : « nom: valeur ».",
                 "Fields are expected here, one a line: “name: value”.");
    return;
  }
  std::vector<std::string_view> seen;
  // A file of garbage may hold thousands of keys: looking for what each was meant to be ends with the list.
  for (size_t i = 0; i + 1 < map.children.size() && !problems.full(); i += 2) {
    const YamlNode& key = map.children[i];
    const std::string& name = key.text;
    if (key.kind != YamlNode::Kind::kScalar || std::find(known.begin(), known.end(), name) == known.end()) {
      const auto [fr, en] =
          Suggestion(Nearest(name, known, [](std::string_view candidate) { return candidate; }));
      problems.Add(key, "Champ inconnu : " + QuoteFr(name) + "." + fr,
                   "Unknown field: " + QuoteEn(name) + "." + en);
      continue;
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      problems.Add(key, "Le champ " + QuoteFr(name) + " est écrit deux fois.",
                   "The field " + QuoteEn(name) + " stands twice.");
      continue;
    }
    seen.push_back(name);
    if (map.children[i + 1].kind == YamlNode::Kind::kEmpty) {
      problems.Add(key, "Le champ " + QuoteFr(name) + " n’a pas de valeur : donnez-en une ou ôtez-le.",
                   "The field " + QuoteEn(name) + " has no value: give one or take it out.");
    }
  }
  for (const std::string_view name : required) {
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
    problems.Add(map, "Il manque le champ " + QuoteFr(name) + ".",
                 "The field " + QuoteEn(name) + " is missing.");
  }
}

const YamlNode* FindField(const YamlNode& map, std::string_view key) {
  if (map.kind != YamlNode::Kind::kMap) return nullptr;
  for (size_t i = 0; i + 1 < map.children.size(); i += 2) {
    const YamlNode& name = map.children[i];
    const YamlNode& value = map.children[i + 1];
    if (name.kind != YamlNode::Kind::kScalar || name.text != key) continue;
    return value.kind == YamlNode::Kind::kEmpty ? nullptr : &value;
  }
  return nullptr;
}

}  // namespace jalon::rules
