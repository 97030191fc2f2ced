#ifndef JALON_RULES_RULEBOOK_H_
#define JALON_RULES_RULEBOOK_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/cents.h"
#include "jalon/programme/v1/rulebook.pb.h"
#include "rules/rulebook_problem.h"

// A rulebook as a programme officer writes it: a YAML file whose fields have the names of the contract
// (jalon/programme/v1/rulebook.proto), with amounts as "13 000 EUR", rates as "42 %" and dates as 2026-06-17.
// deploy/rulebooks/ia-booster-hdf.yaml is the one to copy.
namespace jalon::rules {

inline constexpr size_t kMaxPhases = 50;
inline constexpr size_t kMaxTariffs = 200;   // of all phases together
inline constexpr size_t kMaxCoverages = 50;  // of one tariff
inline constexpr size_t kMaxFunders = 20;
inline constexpr size_t kMaxExamples = 200;
// Far above the price of a phase, and far below what exact arithmetic can hold: a typing error.
inline constexpr Cents kMaxPrice{100'000'000'00};

struct ParsedRulebook {
  programme::v1::Rulebook rulebook;  // to be used only when there is no problem
  std::vector<RulebookProblem> problems;
};

// Reads and checks a rulebook, and reports every problem at once, in the order of the file. Never throws or
// stops the process, whatever the bytes.
//
// A rulebook without problems says something definite of every case: at most one tariff of a phase fits a
// date and a number of half-days, a published remaining charge is what the company pays, no line of coverage
// is dead.
ParsedRulebook ParseRulebook(std::string_view source);

}  // namespace jalon::rules

#endif  // JALON_RULES_RULEBOOK_H_
