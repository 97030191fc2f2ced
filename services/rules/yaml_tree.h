#ifndef JALON_RULES_YAML_TREE_H_
#define JALON_RULES_YAML_TREE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rulebook_problem.h"

namespace jalon::rules {

// PublishRulebookRequest.source takes as much.
inline constexpr size_t kMaxYamlBytes = 200'000;
inline constexpr size_t kMaxYamlNodes = 50'000;
inline constexpr size_t kMaxYamlDepth = 16;

// A YAML document as it stands in the file: every value is its text, so that an amount is never read through
// a floating-point number, and knows its place.
struct YamlNode {
  enum class Kind { kEmpty, kScalar, kList, kMap };

  Kind kind = Kind::kEmpty;
  std::string text;                // of a scalar
  std::vector<YamlNode> children;  // of a list; of a map: key, value, key, value, …
  int line = 1;
  int column = 1;
};

// Reads a file of one document. Refuses what could make a small file a huge document or hide what it says
// (anchors, aliases, tags), and what is beyond the limits above or not UTF-8 text. Never throws, whatever the
// bytes.
std::optional<YamlNode> ParseYaml(std::string_view source, RulebookProblem& problem);

}  // namespace jalon::rules

#endif  // JALON_RULES_YAML_TREE_H_
