#ifndef JALON_RULES_RULEBOOK_LANGUAGE_H_
#define JALON_RULES_RULEBOOK_LANGUAGE_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "rules/rulebook_fields.h"

// The language of rulebooks as one table: every field of every block, with its kind, its bounds and a line on
// what it says. The parser reads by it, the schema for editors is written from it, and the guide must name
// all of it.
namespace jalon::rules {

enum class FieldKind {
  kCode,
  kTitle,
  kInteger,
  kHeadcount,  // "12,5", kept in hundredths
  kMoney,      // "13 000 EUR"
  kShare,      // "42 %"
  kDay,        // 2026-06-17
  kYesNo,
  kYes,   // only `true`: the field is there or is not
  kWord,  // one of `words`
  kRegion,
  kNaf,
  kBlock,
};

struct Block;

struct Field {
  std::string_view key;  // in the file
  FieldKind kind;
  std::string_view fr;
  std::string_view en;
  bool required = false;
  int64_t min = 0;       // of a number
  int64_t max = 0;       // of a number; of an amount, in cents
  size_t max_items = 0;  // a list of at most so many; 0: a single value
  std::span<const Word> words = {};
  const Block* block = nullptr;
  // Where the contract calls it otherwise than `key`; "scope.regions" stands in a message of its own there.
  std::string_view path = {};
};

// Of these fields exactly one stands.
struct Choice {
  std::vector<std::string_view> keys;
};

struct Block {
  std::string_view name;
  std::vector<Field> fields;
  std::vector<Choice> choices;
};

// The whole file; what it holds is reached from its fields.
const Block& RulebookBlock();

// Stands for the three classes of an SME in a list of size classes.
inline constexpr int kPme = -1;

}  // namespace jalon::rules

#endif  // JALON_RULES_RULEBOOK_LANGUAGE_H_
