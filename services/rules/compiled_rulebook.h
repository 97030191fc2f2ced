#ifndef JALON_RULES_COMPILED_RULEBOOK_H_
#define JALON_RULES_COMPILED_RULEBOOK_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cents.h"
#include "base/rate.h"
#include "jalon/programme/v1/rulebook.pb.h"
#include "rules/coverage.h"

// A rulebook made ready for many cases: dates as days, codes as numbers, coverages in the order in which
// their funders stack.
namespace jalon::rules {

inline constexpr int kUnknown = -1;

// A case as a compiled rulebook sees it.
struct CaseKey {
  uint32_t size_bit = 0;
  int region = kUnknown;                                             // place in CompiledRulebook's list
  int64_t headcount_hundredths[3] = {kUnknown, kUnknown, kUnknown};  // company, site, group
  int age_months = kUnknown;
  std::vector<int> statuses;
};

struct CompiledScope {
  bool of_all = true;
  uint32_t size_bits = 0;  // none: every size
  std::vector<int> regions, statuses;
  int basis = 0;  // place in CaseKey::headcount_hundredths
  // Unbounded where a fact that is not known passes too.
  int64_t min_headcount = kUnknown, max_headcount = std::numeric_limits<int64_t>::max();
  int min_age = kUnknown, max_age = std::numeric_limits<int>::max();

  bool Fits(const CaseKey& key) const { return of_all || FitsEach(key); }

 private:
  bool FitsEach(const CaseKey& key) const;
};

enum class Giving : uint8_t { kRate, kRemainingCharge, kFlatAmount, kAmountPerDay };

struct CompiledCoverage {
  int funder = kUnknown;  // place in the rulebook's funders
  Giving giving = Giving::kRate;
  Rate rate;
  Cents amount;  // of all but a rate
  std::optional<Cents> ceiling;
  bool refuses_at_ceiling = false;
  CompiledScope scope;
  const programme::v1::Coverage* source = nullptr;
};

enum class Price : uint8_t { kFixed, kAgreed, kCappedByDay, kByDay };

struct CompiledTariff {
  int from_day = 0, until_day = 0;  // since 1970
  int min_half_days = 0, max_half_days = 0;
  CompiledScope scope;
  Price price = Price::kFixed;
  Cents price_cents;  // fixed, or the cap by day
  std::optional<Cents> eligible_day_rate, eligible_cost;
  int eligible_half_days = 0;
  Cents min_cost;
  Rate stack_cap;
  std::vector<CompiledCoverage> coverage;  // by funder, and for one funder as the rulebook has them
  const programme::v1::Tariff* source = nullptr;

  bool IsByDay() const { return price == Price::kCappedByDay || price == Price::kByDay; }
};

struct CompiledPhase {
  const programme::v1::Phase* source;
  std::vector<CompiledTariff> tariffs;
};

struct CompiledCompanyCeiling {
  Cents ceiling;
  int calendar_years, rolling_years;  // one of them is 0
  bool refuses;
  std::vector<std::string> phases, funders;  // none: all

  // Whether aid of that phase and funder counts; '' for one that is not known, and counts.
  bool Counts(std::string_view phase, std::string_view funder) const;
};

class CompiledRulebook {
 public:
  // `rulebook` must outlive this object.
  explicit CompiledRulebook(const programme::v1::Rulebook& rulebook);

  const programme::v1::Rulebook& source() const { return source_; }
  // Whether it says something definite of every case, as one that ParseRulebook passed does.
  bool sound() const { return sound_; }
  // The chargeable phase of that code, or none.
  const CompiledPhase* FindPhase(std::string_view code) const;
  // Those for fewer phases and funders first, otherwise as the rulebook has them.
  const std::vector<CompiledCompanyCeiling>& company_ceilings() const { return company_ceilings_; }

  void Read(const CoverageFacts& facts, CaseKey* key) const;

 private:
  bool Compile(const programme::v1::Scope& scope, CompiledScope* compiled);
  bool Compile(const programme::v1::Coverage& coverage, CompiledCoverage* compiled);
  bool Compile(const programme::v1::Tariff& tariff, CompiledTariff* compiled);
  bool CompileCompanyCeilings();

  const programme::v1::Rulebook& source_;
  bool sound_ = true;
  bool uses_age_ = false;
  std::vector<std::string> regions_, statuses_;  // that some scope names
  std::vector<CompiledPhase> phases_;
  std::vector<CompiledCompanyCeiling> company_ceilings_;
};

// Whole months from one day to another, as a term in months is counted (Date::AddMonths).
int WholeMonths(Date from, Date until);

}  // namespace jalon::rules

#endif  // JALON_RULES_COMPILED_RULEBOOK_H_
