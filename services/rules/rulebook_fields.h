#ifndef JALON_RULES_RULEBOOK_FIELDS_H_
#define JALON_RULES_RULEBOOK_FIELDS_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cents.h"
#include "base/date.h"
#include "base/rate.h"
#include "rules/rulebook_problem.h"
#include "rules/yaml_tree.h"

// How the fields of a rulebook are read: each reader returns the value, or notes what is wrong with it and
// returns nothing, so that one pass finds every problem.
namespace jalon::rules {

inline constexpr size_t kMaxProblems = 100;  // more would help nobody, and travel in an error message

class Problems {
 public:
  // French with ordinary spaces; it is typeset here.
  void Add(const YamlNode& at, std::string fr, std::string en);
  bool full() const { return found_.size() >= kMaxProblems; }
  std::vector<RulebookProblem> Take();  // in the order of the file

 private:
  std::vector<RulebookProblem> found_;
};

// A word of the rulebook's language, and the number it has in the contract.
struct Word {
  std::string_view text;
  int value;
};

// `text` between quotation marks, cut when long, without control characters: it goes into sentences.
std::string QuoteFr(std::string_view text);
std::string QuoteEn(std::string_view text);

// Whether `text` may name a programme, a phase or a funder (FORMAT_CODE of the contract).
bool IsCode(std::string_view text);

std::optional<std::string> ReadCode(const YamlNode& node, Problems& problems);
std::optional<std::string> ReadRegion(const YamlNode& node, Problems& problems);
std::optional<std::string> ReadNafPrefix(const YamlNode& node, Problems& problems);
std::optional<int> ReadWord(const YamlNode& node, std::span<const Word> words, Problems& problems);

// The fields of one map. Keys that are unknown, repeated or without a value are noted once, on construction.
class Fields {
 public:
  Fields(const YamlNode& map, std::initializer_list<std::string_view> known,
         std::initializer_list<std::string_view> required, Problems& problems);

  const YamlNode& map() const { return map_; }
  // Null when the field is absent or empty.
  const YamlNode* Find(std::string_view key) const;

  std::optional<std::string> Code(std::string_view key);
  std::optional<std::string> Title(std::string_view key);
  std::optional<int> Integer(std::string_view key, int min, int max);
  // Full-time equivalents with at most two decimals, in hundredths.
  std::optional<int64_t> Headcount(std::string_view key);
  std::optional<Cents> Money(std::string_view key, Cents max);
  std::optional<Rate> Share(std::string_view key);  // 0 % to 100 %
  std::optional<Date> Day(std::string_view key);
  std::optional<bool> YesNo(std::string_view key);
  std::optional<int> OneOf(std::string_view key, std::span<const Word> words);
  // The items of a list of at most `max`; none when the field is absent.
  std::span<const YamlNode> List(std::string_view key, size_t max);

 private:
  const std::string* Scalar(std::string_view key) const;

  const YamlNode& map_;
  Problems& problems_;
};

}  // namespace jalon::rules

#endif  // JALON_RULES_RULEBOOK_FIELDS_H_
