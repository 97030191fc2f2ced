#ifndef JALON_RULES_RULEBOOK_FIELDS_H_
#define JALON_RULES_RULEBOOK_FIELDS_H_

#include <cstdint>
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

// Values, each from a single scalar; anything else is noted.
std::optional<std::string> ReadCode(const YamlNode& node, Problems& problems);
std::optional<std::string> ReadRegion(const YamlNode& node, Problems& problems);
std::optional<std::string> ReadNafPrefix(const YamlNode& node, Problems& problems);
std::optional<std::string> ReadTitle(const YamlNode& node, Problems& problems);
std::optional<int> ReadWord(const YamlNode& node, std::span<const Word> words, Problems& problems);
std::optional<int> ReadInteger(const YamlNode& node, int64_t min, int64_t max, Problems& problems);
// Full-time equivalents with at most two decimals, in hundredths.
std::optional<int64_t> ReadHeadcount(const YamlNode& node, Problems& problems);
std::optional<Cents> ReadMoney(const YamlNode& node, Cents max, Problems& problems);
std::optional<Rate> ReadShare(const YamlNode& node, Problems& problems);  // 0 % to 100 %
std::optional<Date> ReadDay(const YamlNode& node, Problems& problems);

// The value of a field of a map; null where the field is absent or empty.
const YamlNode* FindField(const YamlNode& map, std::string_view key);

// Notes what is wrong with the keys of a map: unknown, repeated, without a value, or missing.
void CheckKeys(const YamlNode& map, std::span<const std::string_view> known,
               std::span<const std::string_view> required, Problems& problems);

}  // namespace jalon::rules

#endif  // JALON_RULES_RULEBOOK_FIELDS_H_
