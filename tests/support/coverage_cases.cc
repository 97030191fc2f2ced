#include "tests/support/coverage_cases.h"

#include <algorithm>
#include <array>

namespace jalon::test {
namespace {

using programme::v1::Scope;

constexpr std::array<const char*, 4> kFunders = {"a", "b", "c", "d"};
constexpr std::array<const char*, 3> kRegions = {"11", "32", "93"};
constexpr std::array<const char*, 3> kStatuses = {"association", "cooperative", "eti-candidate"};

}  // namespace

int64_t CoverageCases::AnyCents(int64_t most) {
  switch (Draw(3)) {
    case 0:
      return Draw(20);
    case 1:
      return 50'000 * Draw(std::min<int64_t>(40, most / 50'000));  // round amounts meet each other
    default:
      return Draw(most);
  }
}

Date CoverageCases::AnyDate() {
  const Date first = *Date::Parse("2022-12-28");
  return OneIn(2) ? *Date::FromYmd(2024, 2, static_cast<unsigned>(27 + Draw(2)))
                  : first.AddDays(static_cast<int>(Draw(1'100)));
}

void CoverageCases::FillRate(int64_t least_percent, common::v1::Rate* rate) {
  const int64_t denominators[] = {100, 10'000, 3, 1 + Draw(1'000'000'000'000)};
  const int64_t denominator = denominators[Draw(3)];
  const int64_t least = denominator * least_percent / 100;
  rate->set_denominator(denominator);
  rate->set_numerator(least + Draw(denominator - least));
}

void CoverageCases::FillScope(Scope* scope) {
  if (OneIn(4)) {
    scope->add_size_classes(common::v1::SIZE_CLASS_MEDIUM);
    if (OneIn(2)) scope->add_size_classes(common::v1::SIZE_CLASS_SMALL);
  }
  if (OneIn(4)) scope->add_regions(kRegions[static_cast<size_t>(Draw(2))]);
  if (OneIn(5)) {
    if (!OneIn(3)) scope->set_min_headcount_hundredths(1000 * Draw(3));
    if (!OneIn(3)) scope->set_max_headcount_hundredths(1000 * (1 + Draw(4)));
    scope->set_headcount_basis(static_cast<programme::v1::HeadcountBasis>(Draw(3)));
  }
  if (OneIn(5)) {
    if (!OneIn(3)) scope->set_min_age_months(static_cast<int>(Draw(14)));
    if (!OneIn(3)) scope->set_max_age_months(static_cast<int>(Draw(26)));
  }
  if (OneIn(8)) scope->add_statuses(kStatuses[static_cast<size_t>(Draw(2))]);
}

void CoverageCases::FillCoverage(programme::v1::Coverage* coverage) {
  coverage->set_funder(kFunders[static_cast<size_t>(Draw(3))]);
  if (OneIn(2)) FillScope(coverage->mutable_scope());
  switch (Draw(6)) {
    case 0:
      coverage->mutable_remaining_charge()->set_cents(AnyCents(2'000'000));
      break;
    case 1:
      coverage->mutable_flat_amount()->set_cents(AnyCents(2'000'000));
      break;
    case 2:
      coverage->mutable_amount_per_day()->set_cents(AnyCents(150'000));
      break;
    default:
      FillRate(0, coverage->mutable_rate());
  }
  if (OneIn(3)) {
    coverage->mutable_ceiling()->set_cents(AnyCents(2'000'000));
    if (OneIn(6)) coverage->set_at_ceiling(programme::v1::AT_CEILING_REFUSE);
  }
}

void CoverageCases::FillTariff(programme::v1::Tariff* tariff) {
  if (OneIn(4)) tariff->set_valid_from(AnyDate().ToIso());
  if (OneIn(4)) tariff->set_valid_until(AnyDate().ToIso());
  if (OneIn(4)) tariff->set_min_half_days(static_cast<int>(Draw(6)));
  if (OneIn(4)) tariff->set_max_half_days(static_cast<int>(10 + Draw(60)));
  if (OneIn(3)) FillScope(tariff->mutable_scope());
  switch (Draw(3)) {
    case 0:
      tariff->mutable_fixed_price()->set_cents(AnyCents(3'000'000));
      break;
    case 1:
      tariff->set_agreed_price(true);
      break;
    case 2:
      tariff->set_any_day_rate(true);
      break;
    default:
      tariff->mutable_max_day_rate()->set_cents(100'000 + AnyCents(100'000));
  }
  if (OneIn(4)) tariff->mutable_eligible_day_rate()->set_cents(AnyCents(150'000));
  if (OneIn(4)) tariff->set_eligible_half_days(static_cast<int>(1 + Draw(30)));
  if (OneIn(4)) tariff->mutable_eligible_cost()->set_cents(AnyCents(3'000'000));
  if (OneIn(6)) tariff->mutable_min_cost()->set_cents(AnyCents(1'000'000));
  if (OneIn(4)) FillRate(50, tariff->mutable_stack_cap());
  const int64_t coverages = Draw(6);
  for (int64_t i = 0; i < coverages; ++i) FillCoverage(tariff->add_coverage());
}

void CoverageCases::FillPhase(int number, programme::v1::Phase* phase) {
  phase->set_code("p" + std::to_string(number));
  phase->set_chargeable(!OneIn(10));
  if (OneIn(8)) phase->add_prerequisites("p" + std::to_string(Draw(3)));
  if (!phase->chargeable()) return;
  const int64_t tariffs = 1 + Draw(2);
  for (int64_t i = 0; i < tariffs; ++i) FillTariff(phase->add_tariffs());
  if (OneIn(4)) return;
  programme::v1::Tariff& for_all = *phase->add_tariffs();
  FillTariff(&for_all);
  for_all.clear_valid_from();
  for_all.clear_valid_until();
  for_all.clear_min_half_days();
  for_all.clear_max_half_days();
  for_all.clear_scope();
}

programme::v1::Rulebook CoverageCases::Rulebook() {
  programme::v1::Rulebook rulebook;
  rulebook.set_programme("random");
  rulebook.set_version(static_cast<int>(1 + Draw(8)));
  FillRate(OneIn(2) ? 80 : 0, rulebook.mutable_stack_cap());
  for (const char* funder : kFunders) rulebook.add_funders(funder);
  std::shuffle(rulebook.mutable_funders()->begin(), rulebook.mutable_funders()->end(), random_);
  const int phases = static_cast<int>(1 + Draw(2));
  for (int i = 0; i < phases; ++i) FillPhase(i, rulebook.add_phases());
  const int64_t ceilings = OneIn(3) ? 1 + Draw(1) : 0;
  for (int64_t i = 0; i < ceilings; ++i) {
    programme::v1::CompanyCeiling& ceiling = *rulebook.add_company_ceilings();
    ceiling.mutable_ceiling()->set_cents(AnyCents(4'000'000));
    const int years = static_cast<int>(1 + Draw(2));
    if (OneIn(2)) ceiling.mutable_period()->set_calendar_years(years);
    if (!ceiling.period().has_calendar_years()) ceiling.mutable_period()->set_rolling_years(years);
    if (OneIn(4)) ceiling.set_at_ceiling(programme::v1::AT_CEILING_REFUSE);
    if (OneIn(3)) ceiling.add_phases(rulebook.phases(static_cast<int>(Draw(phases - 1))).code());
    if (OneIn(4)) ceiling.add_funders(kFunders[static_cast<size_t>(Draw(3))]);
  }
  return rulebook;
}

CoverageCase CoverageCases::Case(const programme::v1::Rulebook& rulebook) {
  CoverageCase made{.facts = {.terms_date = AnyDate(), .granted_on = AnyDate()}, .agreed = {}};
  rules::CoverageFacts& facts = made.facts;
  facts.size_class = static_cast<common::v1::SizeClass>(Draw(5));
  if (!OneIn(8)) facts.region = kRegions[static_cast<size_t>(Draw(2))];
  for (auto* headcount :
       {&facts.headcount_hundredths, &facts.site_headcount_hundredths, &facts.group_headcount_hundredths}) {
    if (!OneIn(6)) *headcount = 1000 * Draw(5) + (OneIn(3) ? Draw(2) - 1 : 0);
    if (*headcount && **headcount < 0) *headcount = 0;
  }
  if (!OneIn(8)) {
    facts.created_on = facts.terms_date.AddMonths(-static_cast<int>(Draw(28)))
                           .AddDays(static_cast<int>(Draw(2)) - 1)
                           .ToIso();
  }
  for (const char* status : kStatuses)
    if (OneIn(3)) facts.statuses.emplace_back(status);
  const int64_t earlier = rulebook.company_ceilings().empty() ? 0 : Draw(3);
  for (int64_t i = 0; i < earlier; ++i) {
    const Date near =
        facts.granted_on.AddMonths(-12 * static_cast<int>(Draw(3))).AddDays(static_cast<int>(Draw(2)) - 1);
    facts.earlier_aid.push_back({OneIn(2) ? near : AnyDate(), Cents(AnyCents(2'000'000)),
                                 OneIn(2) ? "" : "p" + std::to_string(Draw(3)),
                                 OneIn(2) ? "" : kFunders[static_cast<size_t>(Draw(3))]});
  }
  if (OneIn(6)) facts.phases_done.push_back("p" + std::to_string(Draw(3)));
  for (int i = 0; i < rulebook.phases_size(); ++i) {
    if (i > 0 && OneIn(3)) continue;
    funding::v1::AgreedPhase& agreed = *made.agreed.Add();
    agreed.set_phase(OneIn(100) ? "p9" : rulebook.phases(i).code());
    agreed.set_half_days(static_cast<int>(1 + Draw(OneIn(10) ? 999 : 40)));
    agreed.mutable_day_rate()->set_cents(OneIn(3) ? 100'000 : AnyCents(150'000));
    agreed.mutable_price()->set_cents(AnyCents(3'000'000));
    if (agreed.phase() == "p9") break;
  }
  return made;
}

std::string InWords(const rules::CoverageOutcome& outcome) {
  if (const auto* refusal = std::get_if<rules::CoverageRefusal>(&outcome)) {
    std::string words = common::v1::Reason_Name(refusal->reason).substr(7);
    for (const char* key : {"phase", "prerequisite", "aid_cents"}) {
      const auto value = refusal->metadata.find(key);
      if (value != refusal->metadata.end()) words.append(" ").append(value->second);
    }
    return words;
  }
  std::string words;
  for (const funding::v1::CoverageLine& line : std::get<0>(outcome)) {
    words += line.phase() + " " + std::to_string(line.cost().cents()) + " " +
             std::to_string(line.eligible_cost().cents()) + " " + std::to_string(line.company().cents());
    for (const funding::v1::Share& share : line.shares())
      words += " " + share.funder() + "=" + std::to_string(share.amount().cents());
    words += ";";
  }
  return words;
}

}  // namespace jalon::test
