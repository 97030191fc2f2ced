#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "rules/compiled_rulebook.h"
#include "rules/coverage_trace.h"
#include "rules/decision.h"
#include "rules/rulebook.h"

// How many quotes a second one core computes: the engine on a rulebook, beside the bare arithmetic of the
// same quotes written out by hand for that rulebook. A quote has two phases and two funders.
//
//   jalon-coverage-bench RULEBOOK [SECONDS]     RULEBOOK: deploy/rulebooks/ia-booster-hdf.yaml
namespace jalon {
namespace {

struct Case {
  rules::CoverageFacts facts;
  rules::AgreedPhases agreed;
};

std::vector<Case> SomeCases() {
  std::mt19937_64 random(1);  // the same cases in every run
  std::vector<Case> cases;
  for (int i = 0; i < 1'000; ++i) {
    const Date day = Date::Parse("2024-01-01")->AddDays(static_cast<int>(random() % 700));
    Case& made = cases.emplace_back(Case{{.terms_date = day, .granted_on = day}, {}});
    made.facts.size_class = common::v1::SIZE_CLASS_MEDIUM;
    made.facts.region = "32";
    auto& diagnosis = *made.agreed.Add();
    diagnosis.set_phase("diagnosis");
    diagnosis.set_half_days(20);
    auto& accompaniment = *made.agreed.Add();
    accompaniment.set_phase("accompaniment");
    accompaniment.set_half_days(static_cast<int>(1 + random() % 80));
    accompaniment.mutable_day_rate()->set_cents(static_cast<int64_t>(90'000 + random() % 40'000));
  }
  return cases;
}

// Rounds over all cases until the time is up: quotes a second.
template <class Quote>
double PerSecond(const std::vector<Case>& cases, double seconds, Quote quote) {
  const auto start = std::chrono::steady_clock::now();
  std::chrono::duration<double> elapsed{};
  size_t done = 0;
  do {
    for (const Case& c : cases) quote(c);
    done += cases.size();
    elapsed = std::chrono::steady_clock::now() - start;
  } while (elapsed.count() < seconds);
  return static_cast<double>(done) / elapsed.count();
}

volatile int64_t sink;

// What the rules of the two tariffs come to, with nothing looked up and nothing noted.
void Bare(const Case& c, const Rate& bpifrance, const Rate& region, const Rate& cap) {
  const auto within = [](Cents aid, Cents cost, const Rate& share) {
    const auto room = static_cast<int64_t>(static_cast<internal::Int128>(cost.value()) * share.numerator() /
                                           share.denominator());
    return std::min(aid, Cents(room));
  };
  const Cents diagnosis = within(Cents(13'000'00) - Cents(7'500'00), Cents(13'000'00), cap);
  const auto& agreed = c.agreed[1];
  const Cents cost = MulDivHalfUp(Cents(agreed.day_rate().cents()), agreed.half_days(), 2);
  const Cents first = std::min(bpifrance.Of(cost), Cents(30'000'00));
  const Cents both = within(first + region.Of(cost), cost, cap);
  sink = sink + (Cents(13'000'00) - diagnosis).value() + (cost - both).value();
}

int Run(const char* path, double seconds) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  const rules::ParsedRulebook parsed = rules::ParseRulebook(text.str());
  if (!parsed.problems.empty()) {
    std::fprintf(stderr, "%s is no rulebook\n", path);
    return 2;
  }
  const std::vector<Case> cases = SomeCases();
  const rules::CompiledRulebook compiled(parsed.rulebook);
  rules::Decision decision;
  const auto decide = [&](const Case& c) {
    if (rules::Decide(compiled, c.facts, c.agreed, &decision)) std::abort();
    sink = sink + decision.lines[0].company.value() + decision.lines[1].company.value();
  };
  const auto tell = [&](const Case& c) {
    decide(c);
    sink = sink + static_cast<int64_t>(rules::RenderLines(compiled, c.facts, decision).size());
  };
  const auto whole = [&](const Case& c) {
    sink = sink + static_cast<int64_t>(rules::ComputeCoverage(parsed.rulebook, c.facts, c.agreed).index());
  };
  const Rate half(1, 2), third(3, 10), cap(4, 5);
  const auto bare = [&](const Case& c) { Bare(c, half, third, cap); };
  // By turns, so that a busy machine slows both.
  double engine = 0, limit = 0;
  for (int round = 0; round < 5; ++round) {
    engine = std::max(engine, PerSecond(cases, seconds / 5, decide));
    limit = std::max(limit, PerSecond(cases, seconds / 5, bare));
  }
  std::printf("coverage jalon=%.0f limit=%.0f ratio=%.3f told=%.0f compiled_and_told=%.0f\n", engine, limit,
              engine / limit, PerSecond(cases, seconds / 2, tell), PerSecond(cases, seconds / 2, whole));
  return 0;
}

}  // namespace
}  // namespace jalon

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "jalon-coverage-bench RULEBOOK [SECONDS]\n");
    return 2;
  }
  return jalon::Run(argv[1], argc > 2 ? std::atof(argv[2]) : 2.0);
}
