#ifndef JALON_RULES_RULEBOOK_PROBLEM_H_
#define JALON_RULES_RULEBOOK_PROBLEM_H_

#include <string>

namespace jalon::rules {

// What is wrong at one place of a rulebook's file, told to the person who wrote it. Line and column count
// from 1, the column in characters, as an editor shows them.
struct RulebookProblem {
  int line = 1;
  int column = 1;
  std::string fr;
  std::string en;
};

}  // namespace jalon::rules

#endif  // JALON_RULES_RULEBOOK_PROBLEM_H_
