#ifndef JALON_TESTS_SUPPORT_COVERAGE_CASES_H_
#define JALON_TESTS_SUPPORT_COVERAGE_CASES_H_

#include <random>
#include <string>

#include "jalon/programme/v1/rulebook.pb.h"
#include "rules/coverage.h"

// Rulebooks and cases drawn at random over the whole language. Amounts and dates are drawn from few values,
// so that limits are often met exactly or missed by one.
namespace jalon::test {

struct CoverageCase {
  rules::CoverageFacts facts;
  rules::AgreedPhases agreed;
};

class CoverageCases {
 public:
  explicit CoverageCases(uint64_t seed) : random_(seed) {}

  programme::v1::Rulebook Rulebook();
  CoverageCase Case(const programme::v1::Rulebook& rulebook);
  // From 0 to most, both included.
  int64_t Draw(int64_t most) { return static_cast<int64_t>(random_() % (static_cast<uint64_t>(most) + 1)); }
  bool OneIn(int64_t times) { return Draw(times - 1) == 0; }

 private:
  int64_t AnyCents(int64_t most);
  Date AnyDate();
  void FillRate(int64_t least_percent, common::v1::Rate* rate);
  void FillScope(programme::v1::Scope* scope);
  void FillCoverage(programme::v1::Coverage* coverage);
  void FillTariff(programme::v1::Tariff* tariff);
  void FillPhase(int number, programme::v1::Phase* phase);

  std::mt19937_64 random_;
};

// The answer in the words of tests/integration/coverage_oracle.sql: "phase cost eligible company funder=cents
// …;" a line, or the reason of the refusal and its figures.
std::string InWords(const rules::CoverageOutcome& outcome);

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_COVERAGE_CASES_H_
