#include "rules/examples.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "base/cents.h"
#include "base/refusal.h"
#include "base/wording.h"
#include "rules/coverage.h"
#include "rules/eligibility.h"

namespace jalon::rules {
namespace {

using programme::v1::Eligibility;
using programme::v1::Example;
using programme::v1::ExampleFacts;
using programme::v1::ExampleOutcome;
using programme::v1::Rulebook;

// ---- The facts of an example, completed.

struct Dates {
  Date applied, admitted, signed_on, first_day;
};

// ISO dates compare as text.
std::string NewestStart(const Rulebook& rulebook) {
  std::string newest = rulebook.in_force_from();
  for (const auto& phase : rulebook.phases()) {
    for (const auto& tariff : phase.tariffs()) newest = std::max(newest, tariff.valid_from());
  }
  return newest.empty() ? "2026-01-01" : newest;  // nothing then depends on the date
}

Dates DatesOf(const Rulebook& rulebook, const ExampleFacts& facts) {
  std::array<std::string, 4> days = {facts.applied_on(), facts.admitted_on(), facts.signed_on(),
                                     facts.first_day()};
  for (size_t i = 1; i < days.size(); ++i) {
    if (days[i].empty()) days[i] = days[i - 1];
  }
  for (size_t i = days.size() - 1; i > 0; --i) {
    if (days[i - 1].empty()) days[i - 1] = days[i];
  }
  const auto day = [&](size_t i) { return *Date::Parse(days[i].empty() ? NewestStart(rulebook) : days[i]); };
  return {day(0), day(1), day(2), day(3)};
}

Date TermsDate(const Rulebook& rulebook, const Dates& dates) {
  switch (rulebook.terms_fixed_by()) {
    case programme::v1::FIXING_DATE_APPLICATION:
      return dates.applied;
    case programme::v1::FIXING_DATE_ADMISSION:
      return dates.admitted;
    case programme::v1::FIXING_DATE_FIRST_DAY:
      return dates.first_day;
    default:
      return dates.signed_on;
  }
}

// `usual`, moved into the bounds.
template <typename Rules>
int64_t UsualHeadcount(const Rules& rules) {
  int64_t staff = 100'00;
  if (rules.has_max_headcount_hundredths()) staff = std::min(staff, rules.max_headcount_hundredths());
  if (rules.has_min_headcount_hundredths()) staff = std::max(staff, rules.min_headcount_hundredths());
  return staff;
}

int64_t UsualTurnover(const Eligibility& rules) {
  int64_t turnover = 5'000'000'00;
  if (rules.has_max_turnover_cents()) turnover = std::min(turnover, rules.max_turnover_cents());
  if (rules.has_min_turnover_cents()) turnover = std::max(turnover, rules.min_turnover_cents());
  return turnover;
}

int64_t UsualBalanceSheet(const Eligibility& rules) {
  const int64_t total = 2'000'000'00;
  return rules.has_max_balance_sheet_cents() ? std::min(total, rules.max_balance_sheet_cents()) : total;
}

Date UsualCreation(const Eligibility& rules, Date applied) {
  int months = 120;
  if (rules.has_max_age_months()) months = std::min(months, rules.max_age_months());
  if (rules.has_min_age_months()) months = std::max(months, rules.min_age_months());
  return applied.AddMonths(-months);
}

// By the headcount alone (Rec. 2003/361 art. 2; ETI: décret 2008-1354), since the money figures of an example
// are rarely told; where the rulebook does not admit that class, the first it does.
common::v1::SizeClass UsualSize(const Eligibility& rules, bool staff_given, int64_t staff) {
  const common::v1::SizeClass by_staff = staff < 10'00      ? common::v1::SIZE_CLASS_MICRO
                                         : staff < 50'00    ? common::v1::SIZE_CLASS_SMALL
                                         : staff < 250'00   ? common::v1::SIZE_CLASS_MEDIUM
                                         : staff < 5'000'00 ? common::v1::SIZE_CLASS_ETI
                                                            : common::v1::SIZE_CLASS_LARGE;
  const auto& admitted = rules.size_classes();
  if (staff_given || admitted.empty() ||
      std::find(admitted.begin(), admitted.end(), by_staff) != admitted.end())
    return by_staff;
  return static_cast<common::v1::SizeClass>(admitted[0]);
}

struct CompletedFacts {
  Dates dates;
  EligibilityFacts eligibility;
  CoverageFacts coverage;
};

void CompleteHeadcounts(const Eligibility& rules, const ExampleFacts& given, EligibilityFacts& facts) {
  std::optional<int64_t> any;
  if (given.has_site_headcount_hundredths()) any = given.site_headcount_hundredths();
  if (given.has_group_headcount_hundredths()) any = given.group_headcount_hundredths();
  if (given.has_headcount_hundredths()) any = given.headcount_hundredths();
  const int64_t staff = any.value_or(UsualHeadcount(rules));
  facts.headcount_hundredths = given.has_headcount_hundredths() ? given.headcount_hundredths() : staff;
  facts.site_headcount_hundredths =
      given.has_site_headcount_hundredths() ? given.site_headcount_hundredths() : staff;
  facts.group_headcount_hundredths =
      given.has_group_headcount_hundredths() ? given.group_headcount_hundredths() : staff;
  facts.size_class = given.size_class() != common::v1::SIZE_CLASS_UNSPECIFIED
                         ? given.size_class()
                         : UsualSize(rules, any.has_value(), *facts.group_headcount_hundredths);
}

EligibilityFacts CompleteEligibility(const Eligibility& rules, const ExampleFacts& given,
                                     const Dates& dates) {
  EligibilityFacts facts{.applied_on = dates.applied};
  CompleteHeadcounts(rules, given, facts);
  facts.turnover_cents = given.has_turnover() ? given.turnover().cents() : UsualTurnover(rules);
  facts.balance_sheet_cents =
      given.has_balance_sheet() ? given.balance_sheet().cents() : UsualBalanceSheet(rules);
  facts.created_on =
      given.created_on().empty() ? UsualCreation(rules, dates.applied) : Date::Parse(given.created_on());
  facts.independent = !given.has_independent() || given.independent();
  facts.region = given.region();
  if (facts.region.empty() && !rules.region_agreements().empty())
    facts.region = rules.region_agreements(0).region();
  else if (facts.region.empty() && !rules.regions().empty())
    facts.region = rules.regions(0);
  facts.naf = given.naf();
  facts.statuses.assign(given.statuses().begin(), given.statuses().end());
  if (facts.statuses.empty() && !rules.statuses().empty()) facts.statuses.push_back(rules.statuses(0));
  for (const std::string& day : given.earlier_requests()) facts.earlier_requests.push_back(*Date::Parse(day));
  return facts;
}

CompletedFacts Complete(const Rulebook& rulebook, const ExampleFacts& given) {
  const Dates dates = DatesOf(rulebook, given);
  CompletedFacts completed{
      dates, CompleteEligibility(rulebook.eligibility(), given, dates),
      CoverageFacts{.terms_date = TermsDate(rulebook, dates), .granted_on = dates.signed_on}};
  const EligibilityFacts& facts = completed.eligibility;
  CoverageFacts& coverage = completed.coverage;
  coverage.size_class = facts.size_class;
  coverage.region = facts.region;
  coverage.headcount_hundredths = facts.headcount_hundredths;
  coverage.site_headcount_hundredths = facts.site_headcount_hundredths;
  coverage.group_headcount_hundredths = facts.group_headcount_hundredths;
  coverage.created_on = facts.created_on->ToIso();
  coverage.statuses = facts.statuses;
  coverage.phases_done.assign(given.phases_done().begin(), given.phases_done().end());
  for (const auto& earlier : given.earlier_aid())
    coverage.earlier_aid.push_back({*Date::Parse(earlier.granted_on()), Cents(earlier.amount().cents()),
                                    earlier.phase(), earlier.funder()});
  return completed;
}

// ---- What is expected, beside what is.

class Comparison {
 public:
  explicit Comparison(ExampleOutcome& outcome) : outcome_(outcome) {}

  void Say(std::string field, std::string fr, std::string en) {
    auto& difference = *outcome_.add_differences();
    difference.set_field(std::move(field));
    difference.set_text_fr(Typeset(std::move(fr)));
    difference.set_text_en(std::move(en));
  }

  void Amount(const std::string& field, const std::string& fr, const std::string& en, int64_t expected,
              int64_t got) {
    if (expected == got) return;
    Say(field,
        fr + " : attendu " + FormatEuros(Cents(expected), Language::kFrench) + ", obtenu " +
            FormatEuros(Cents(got), Language::kFrench) + ".",
        en + ": expected " + FormatEuros(Cents(expected), Language::kEnglish) + ", got " +
            FormatEuros(Cents(got), Language::kEnglish) + ".");
    auto& difference = *outcome_.mutable_differences()->rbegin();
    difference.mutable_expected()->set_cents(expected);
    difference.mutable_expected()->set_currency("EUR");
    difference.mutable_got()->set_cents(got);
    difference.mutable_got()->set_currency("EUR");
  }

 private:
  ExampleOutcome& outcome_;
};

struct Totals {
  int64_t cost = 0, aid = 0, company = 0;
  std::map<std::string, int64_t> shares;

  void Add(const funding::v1::CoverageLine& line) {
    cost += line.cost().cents();
    company += line.company().cents();
    for (const auto& share : line.shares()) {
      aid += share.amount().cents();
      shares[share.funder()] += share.amount().cents();
    }
  }
};

// `expected`: an Example or one of its phases.
template <typename Amounts>
void Compare(const Amounts& expected, const Totals& got, const std::string& field, const std::string& of,
             Comparison& comparison) {
  const auto amount = [&](const char* name, const char* fr, const char* en, const auto& money,
                          int64_t value) {
    comparison.Amount(field + name, of + fr, of + en, money.cents(), value);
  };
  if (expected.has_cost()) amount("cost", "coût", "cost", expected.cost(), got.cost);
  if (expected.has_aid()) amount("aid", "aide", "aid", expected.aid(), got.aid);
  if (expected.has_company())
    amount("company", "part de l’entreprise", "company’s part", expected.company(), got.company);
  if (expected.shares().empty()) return;
  // Where shares are told, a funder that is not among them gives nothing.
  std::map<std::string, int64_t> wanted;
  for (const auto& [funder, cents] : got.shares) wanted[funder] = 0;
  for (const auto& share : expected.shares()) wanted[share.funder()] = share.amount().cents();
  for (const auto& [funder, cents] : wanted) {
    const auto found = got.shares.find(funder);
    comparison.Amount(field + "shares." + funder, of + funder, of + funder, cents,
                      found == got.shares.end() ? 0 : found->second);
  }
}

void CompareLines(const Example& example, const std::vector<funding::v1::CoverageLine>& lines,
                  Comparison& comparison) {
  if (!example.refused().empty()) {
    return comparison.Say("refused", "refus attendu (" + example.refused() + "), mais l’aide est accordée.",
                          "refusal expected (" + example.refused() + "), but the aid is granted.");
  }
  Totals all;
  for (size_t i = 0; i < lines.size(); ++i) {
    Totals one;
    one.Add(lines[i]);
    all.Add(lines[i]);
    Compare(example.phases(static_cast<int>(i)), one, "phases[" + std::to_string(i) + "].",
            lines[i].phase() + ", ", comparison);
  }
  Compare(example, all, "", "", comparison);
}

void CompareRefusal(const Example& example, Reason reason, const std::string& fr, const std::string& en,
                    Comparison& comparison) {
  const std::string name(ReasonName(reason));
  if (example.refused() == name) return;
  const std::string wanted_fr =
                        example.refused().empty() ? "refus inattendu" : "attendu " + example.refused(),
                    wanted_en =
                        example.refused().empty() ? "unexpected refusal" : "expected " + example.refused();
  comparison.Say("refused", wanted_fr + ", obtenu " + name + " : " + fr,
                 wanted_en + ", got " + name + ": " + en);
}

// Whether the facts contradict the eligibility; a sector that is not told does not.
std::optional<std::pair<std::string, std::string>> FailedConditions(const Rulebook& rulebook,
                                                                    const EligibilityFacts& facts) {
  std::pair<std::string, std::string> failed;
  for (const Condition& condition : CheckEligibility(rulebook.eligibility(), facts)) {
    if (condition.met || (condition.code == "sector" && facts.naf.empty())) continue;
    failed.first.append(failed.first.empty() ? "" : " ").append(condition.fr);
    failed.second.append(failed.second.empty() ? "" : " ").append(condition.en);
  }
  if (failed.first.empty()) return std::nullopt;
  return failed;
}

AgreedPhases AgreedOf(const Example& example) {
  AgreedPhases agreed;
  for (const auto& phase : example.phases()) {
    funding::v1::AgreedPhase& each = *agreed.Add();
    each.set_phase(phase.phase());
    each.set_half_days(phase.half_days());
    if (phase.has_day_rate()) *each.mutable_day_rate() = phase.day_rate();
    if (phase.has_price()) *each.mutable_price() = phase.price();
  }
  return agreed;
}

void Run(const Rulebook& rulebook, const Example& example, Comparison& comparison) {
  CompletedFacts facts = Complete(rulebook, example.facts());
  if (const auto failed = FailedConditions(rulebook, facts.eligibility)) {
    return CompareRefusal(example, common::v1::REASON_NOT_ELIGIBLE, failed->first, failed->second,
                          comparison);
  }
  const CoverageOutcome outcome = ComputeCoverage(rulebook, facts.coverage, AgreedOf(example));
  if (const auto* refusal = std::get_if<CoverageRefusal>(&outcome)) {
    return CompareRefusal(example, refusal->reason,
                          Sentence(refusal->reason, refusal->metadata, Language::kFrench),
                          Sentence(refusal->reason, refusal->metadata, Language::kEnglish), comparison);
  }
  CompareLines(example, std::get<std::vector<funding::v1::CoverageLine>>(outcome), comparison);
}

}  // namespace

std::vector<ExampleOutcome> RunExamples(const Rulebook& rulebook) {
  std::vector<ExampleOutcome> outcomes;
  for (const Example& example : rulebook.examples()) {
    ExampleOutcome& outcome = outcomes.emplace_back();
    outcome.set_title_fr(example.title_fr());
    outcome.set_title_en(example.title_en());
    Comparison comparison(outcome);
    Run(rulebook, example, comparison);
    outcome.set_passed(outcome.differences().empty());
  }
  return outcomes;
}

std::vector<std::string> PhasesWithoutExample(const Rulebook& rulebook) {
  std::vector<std::string> phases;
  for (const auto& phase : rulebook.phases()) {
    const bool shown =
        std::any_of(rulebook.examples().begin(), rulebook.examples().end(), [&](const Example& example) {
          return example.refused().empty() &&
                 std::any_of(example.phases().begin(), example.phases().end(),
                             [&](const auto& agreed) { return agreed.phase() == phase.code(); });
        });
    if (phase.chargeable() && !shown) phases.push_back(phase.code());
  }
  return phases;
}

}  // namespace jalon::rules
