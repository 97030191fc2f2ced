#include "rules/compiled_rulebook.h"

#include <algorithm>
#include <set>

namespace jalon::rules {
namespace {

using programme::v1::Rulebook;

// As ParseRulebook bounds amounts; far below what exact arithmetic can hold.
constexpr int64_t kMaxAmount = 100'000'000'00;
constexpr int kMaxYears = 100;

bool ReadAmount(const common::v1::Money& money, Cents* amount) {
  if (money.cents() < 0 || money.cents() > kMaxAmount) return false;
  *amount = Cents(money.cents());
  return true;
}

bool ReadAmount(bool is_set, const common::v1::Money& money, std::optional<Cents>* amount) {
  if (!is_set) return true;
  return ReadAmount(money, &amount->emplace());
}

bool ReadShare(const common::v1::Rate& rate, Rate* share) {
  if (rate.numerator() < 0 || rate.denominator() <= 0 || rate.numerator() > rate.denominator()) return false;
  *share = Rate(rate.numerator(), rate.denominator());
  return true;
}

int DayNumber(Date date) {
  return static_cast<int>(date.days().time_since_epoch().count());
}

bool ReadDay(const std::string& text, int if_empty, int* day) {
  *day = if_empty;
  if (text.empty()) return true;
  const std::optional<Date> date = Date::Parse(text);
  if (date) *day = DayNumber(*date);
  return date.has_value();
}

int PlaceOf(const std::vector<std::string>& codes, const std::string& code) {
  const auto found = std::find(codes.begin(), codes.end(), code);
  return found == codes.end() ? kUnknown : static_cast<int>(found - codes.begin());
}

int Intern(const std::string& code, std::vector<std::string>* codes) {
  const int place = PlaceOf(*codes, code);
  if (place != kUnknown) return place;
  codes->push_back(code);
  return static_cast<int>(codes->size()) - 1;
}

bool Holds(const std::vector<int>& values, int value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool HoldsOne(const std::vector<int>& wanted, const std::vector<int>& given) {
  return std::any_of(given.begin(), given.end(), [&](int value) { return Holds(wanted, value); });
}

template <class Values>
bool AllDifferent(const Values& values) {
  return std::set<std::string>(values.begin(), values.end()).size() == static_cast<size_t>(values.size());
}

}  // namespace

int WholeMonths(Date from, Date until) {
  const Month first = from.FirstOfMonth(), last = until.FirstOfMonth();
  const int months =
      (last.year - first.year) * 12 + static_cast<int>(last.month) - static_cast<int>(first.month);
  return from.AddMonths(months) > until ? months - 1 : months;
}

bool CompiledScope::FitsEach(const CaseKey& key) const {
  const int64_t headcount = key.headcount_hundredths[basis];
  return (size_bits == 0 || (size_bits & key.size_bit) != 0) &&
         (regions.empty() || Holds(regions, key.region)) &&  //
         min_headcount <= headcount && headcount <= max_headcount && min_age <= key.age_months &&
         key.age_months <= max_age && (statuses.empty() || HoldsOne(statuses, key.statuses));
}

bool CompiledCompanyCeiling::Counts(std::string_view phase, std::string_view funder) const {
  const auto holds = [](const std::vector<std::string>& all, std::string_view one) {
    return all.empty() || one.empty() || std::find(all.begin(), all.end(), one) != all.end();
  };
  return holds(phases, phase) && holds(funders, funder);
}

CompiledRulebook::CompiledRulebook(const Rulebook& rulebook) : source_(rulebook) {
  sound_ = AllDifferent(rulebook.funders()) && CompileCompanyCeilings();
  for (const programme::v1::Phase& phase : rulebook.phases()) {
    if (!phase.chargeable()) continue;
    CompiledPhase& compiled = phases_.emplace_back(CompiledPhase{&phase, {}});
    for (const programme::v1::Tariff& tariff : phase.tariffs()) {
      sound_ = Compile(tariff, &compiled.tariffs.emplace_back()) && sound_;
    }
  }
}

bool CompiledRulebook::CompileCompanyCeilings() {
  for (const programme::v1::CompanyCeiling& ceiling : source_.company_ceilings()) {
    const programme::v1::Period& period = ceiling.period();
    CompiledCompanyCeiling compiled{.ceiling = Cents(0),
                                    .calendar_years = period.calendar_years(),
                                    .rolling_years = period.rolling_years(),
                                    .refuses = ceiling.at_ceiling() == programme::v1::AT_CEILING_REFUSE,
                                    .phases = {ceiling.phases().begin(), ceiling.phases().end()},
                                    .funders = {ceiling.funders().begin(), ceiling.funders().end()}};
    const int years = std::max(compiled.calendar_years, compiled.rolling_years);
    if (!ReadAmount(ceiling.ceiling(), &compiled.ceiling) || years < 1 || years > kMaxYears) return false;
    company_ceilings_.push_back(std::move(compiled));
  }
  // A narrow one cuts what a wide one would otherwise have counted against others.
  const auto reach = [&](const CompiledCompanyCeiling& ceiling) {
    return (ceiling.phases.empty() ? static_cast<size_t>(source_.phases_size()) : ceiling.phases.size()) *
           (ceiling.funders.empty() ? static_cast<size_t>(source_.funders_size()) : ceiling.funders.size());
  };
  std::stable_sort(company_ceilings_.begin(), company_ceilings_.end(),
                   [&](const auto& a, const auto& b) { return reach(a) < reach(b); });
  return true;
}

bool CompiledRulebook::Compile(const programme::v1::Scope& scope, CompiledScope* compiled) {
  for (const int size : scope.size_classes()) {
    if (size < 0 || size > 31) return false;
    compiled->size_bits |= uint32_t{1} << size;
  }
  for (const std::string& region : scope.regions()) compiled->regions.push_back(Intern(region, &regions_));
  for (const std::string& status : scope.statuses()) compiled->statuses.push_back(Intern(status, &statuses_));
  if (scope.headcount_basis() == programme::v1::HEADCOUNT_BASIS_SITE) compiled->basis = 1;
  if (scope.headcount_basis() == programme::v1::HEADCOUNT_BASIS_GROUP) compiled->basis = 2;
  const bool bounds_headcount = scope.has_min_headcount_hundredths() || scope.has_max_headcount_hundredths();
  // A bound of any kind asks for a fact that is known.
  if (bounds_headcount) compiled->min_headcount = std::max<int64_t>(scope.min_headcount_hundredths(), 0);
  if (scope.has_max_headcount_hundredths()) compiled->max_headcount = scope.max_headcount_hundredths();
  const bool bounds_age = scope.has_min_age_months() || scope.has_max_age_months();
  if (bounds_age) compiled->min_age = std::max(scope.min_age_months(), 0);
  if (scope.has_max_age_months()) compiled->max_age = scope.max_age_months();
  uses_age_ = uses_age_ || bounds_age;
  compiled->of_all = compiled->size_bits == 0 && compiled->regions.empty() && compiled->statuses.empty() &&
                     !bounds_headcount && !bounds_age;
  return true;
}

bool CompiledRulebook::Compile(const programme::v1::Coverage& coverage, CompiledCoverage* compiled) {
  const auto& funders = source_.funders();
  const auto funder = std::find(funders.begin(), funders.end(), coverage.funder());
  if (funder == funders.end()) return false;
  compiled->source = &coverage;
  compiled->funder = static_cast<int>(funder - funders.begin());
  compiled->refuses_at_ceiling = coverage.at_ceiling() == programme::v1::AT_CEILING_REFUSE;
  if (!ReadAmount(coverage.has_ceiling(), coverage.ceiling(), &compiled->ceiling)) return false;
  if (!Compile(coverage.scope(), &compiled->scope)) return false;
  switch (coverage.amount_case()) {
    case programme::v1::Coverage::kRate:
      compiled->giving = Giving::kRate;
      return ReadShare(coverage.rate(), &compiled->rate);
    case programme::v1::Coverage::kRemainingCharge:
      compiled->giving = Giving::kRemainingCharge;
      return ReadAmount(coverage.remaining_charge(), &compiled->amount);
    case programme::v1::Coverage::kFlatAmount:
      compiled->giving = Giving::kFlatAmount;
      return ReadAmount(coverage.flat_amount(), &compiled->amount);
    case programme::v1::Coverage::kAmountPerDay:
      compiled->giving = Giving::kAmountPerDay;
      return ReadAmount(coverage.amount_per_day(), &compiled->amount);
    case programme::v1::Coverage::AMOUNT_NOT_SET:
      break;
  }
  return false;
}

bool CompiledRulebook::Compile(const programme::v1::Tariff& tariff, CompiledTariff* compiled) {
  constexpr int kNever = std::numeric_limits<int>::max();
  compiled->source = &tariff;
  compiled->min_half_days = tariff.min_half_days();
  compiled->max_half_days = tariff.max_half_days() == 0 ? kNever : tariff.max_half_days();
  compiled->eligible_half_days = tariff.eligible_half_days() == 0 ? kNever : tariff.eligible_half_days();
  compiled->price = tariff.has_fixed_price()    ? Price::kFixed
                    : tariff.has_max_day_rate() ? Price::kCappedByDay
                    : tariff.any_day_rate()     ? Price::kByDay
                                                : Price::kAgreed;
  bool sound =
      (compiled->price != Price::kAgreed || tariff.agreed_price()) && tariff.eligible_half_days() >= 0;
  sound = ReadDay(tariff.valid_from(), std::numeric_limits<int>::min(), &compiled->from_day) && sound;
  sound = ReadDay(tariff.valid_until(), kNever, &compiled->until_day) && sound;
  const auto& price = tariff.has_fixed_price() ? tariff.fixed_price() : tariff.max_day_rate();
  sound = ReadAmount(price, &compiled->price_cents) && sound;
  sound = ReadAmount(tariff.min_cost(), &compiled->min_cost) && sound;
  sound =
      ReadAmount(tariff.has_eligible_day_rate(), tariff.eligible_day_rate(), &compiled->eligible_day_rate) &&
      sound;
  sound = ReadAmount(tariff.has_eligible_cost(), tariff.eligible_cost(), &compiled->eligible_cost) && sound;
  const auto& cap = tariff.has_stack_cap() ? tariff.stack_cap() : source_.stack_cap();
  sound = ReadShare(cap, &compiled->stack_cap) && Compile(tariff.scope(), &compiled->scope) && sound;
  for (const programme::v1::Coverage& coverage : tariff.coverage())
    sound = Compile(coverage, &compiled->coverage.emplace_back()) && sound;
  std::stable_sort(compiled->coverage.begin(), compiled->coverage.end(),
                   [](const auto& a, const auto& b) { return a.funder < b.funder; });
  return sound;
}

const CompiledPhase* CompiledRulebook::FindPhase(std::string_view code) const {
  for (const CompiledPhase& phase : phases_)
    if (phase.source->code() == code) return &phase;
  return nullptr;
}

void CompiledRulebook::Read(const CoverageFacts& facts, CaseKey* key) const {
  const auto size = static_cast<unsigned>(facts.size_class);
  key->size_bit = size > 31 ? 0 : uint32_t{1} << size;
  key->region = PlaceOf(regions_, facts.region);
  key->headcount_hundredths[0] = facts.headcount_hundredths.value_or(kUnknown);
  key->headcount_hundredths[1] = facts.site_headcount_hundredths.value_or(kUnknown);
  key->headcount_hundredths[2] = facts.group_headcount_hundredths.value_or(kUnknown);
  key->age_months = kUnknown;
  if (uses_age_) {
    const std::optional<Date> created_on = Date::Parse(facts.created_on);
    if (created_on && *created_on <= facts.terms_date)
      key->age_months = WholeMonths(*created_on, facts.terms_date);
  }
  key->statuses.clear();
  for (const std::string& status : facts.statuses) {
    const int place = PlaceOf(statuses_, status);
    if (place != kUnknown) key->statuses.push_back(place);
  }
}

}  // namespace jalon::rules
