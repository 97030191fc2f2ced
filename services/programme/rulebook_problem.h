#ifndef JALON_PROGRAMME_RULEBOOK_PROBLEM_H_
#define JALON_PROGRAMME_RULEBOOK_PROBLEM_H_

#include <string>

namespace jalon::programme {

// What is wrong at one place of a rulebook's file, told to the person who wrote it. Line and column count
// from 1, the column in characters, as an editor shows them.
struct RulebookProblem {
  int line = 1;
  int column = 1;
  std::string fr;
  std::string en;
};

}  // namespace jalon::programme

#endif  // JALON_PROGRAMME_RULEBOOK_PROBLEM_H_
