#include "rules/decision.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"

namespace jalon::rules {
namespace {

using Refused = std::optional<CoverageRefusal>;
using internal::Int128;

// As the contract bounds AgreedPhase; far below what exact arithmetic can hold.
constexpr int kMaxHalfDays = 1'000;
constexpr int64_t kMaxDayRate = 10'000'00;
constexpr int64_t kMaxPrice = 100'000'000'00;

// ---- What must hold before any arithmetic.

Refused RefuseField(int index, std::string_view field) {
  return CoverageRefusal{
      common::v1::REASON_INVALID_REQUEST,
      {{"violations", std::string("phases[").append(std::to_string(index)).append("].").append(field)}}};
}

// Metadata is in no language: "1300.00 EUR".
std::string PlainEuros(Cents amount) {
  return std::to_string(amount.value() / 100) + "." + internal::ZeroPadded(amount.value() % 100, 2) + " EUR";
}

bool Within(int64_t value, int64_t most) {
  return 0 <= value && value <= most;
}

Refused CheckFields(const AgreedPhases& agreed) {
  for (int i = 0; i < agreed.size(); ++i) {
    const funding::v1::AgreedPhase& phase = agreed[i];
    // Twice the same phase would be twice its ceilings.
    for (int j = 0; j < i; ++j) {
      if (agreed[j].phase() == phase.phase()) return RefuseField(i, "phase");
    }
    if (phase.half_days() < 1 || phase.half_days() > kMaxHalfDays) return RefuseField(i, "half_days");
    if (!Within(phase.day_rate().cents(), kMaxDayRate)) return RefuseField(i, "day_rate");
    if (!Within(phase.price().cents(), kMaxPrice)) return RefuseField(i, "price");
  }
  return std::nullopt;
}

Refused FindPhases(const CompiledRulebook& rulebook, const AgreedPhases& agreed, Decision* decision) {
  std::string unknown;  // all of them, so that one answer is enough to correct the request
  for (const funding::v1::AgreedPhase& phase : agreed) {
    const CompiledPhase* const found = rulebook.FindPhase(phase.phase());
    if (found == nullptr) {
      unknown.append(unknown.empty() ? "" : ", ").append(phase.phase());
      continue;
    }
    decision->lines.push_back({.phase = found,
                               .tariff = nullptr,
                               .half_days = phase.half_days(),
                               .day_rate = Cents(phase.day_rate().cents()),
                               .cost = {},
                               .eligible = {},
                               .company = {},
                               .first_share = 0,
                               .end_share = 0});
  }
  if (!unknown.empty()) return CoverageRefusal{common::v1::REASON_PHASE_NOT_FOUND, {{"phase", unknown}}};
  return std::nullopt;
}

Refused CheckPrerequisites(const CoverageFacts& facts, const Decision& decision) {
  for (const DecidedLine& line : decision.lines) {
    for (const std::string& required : line.phase->source->prerequisites()) {
      const bool is_agreed =
          std::any_of(decision.lines.begin(), decision.lines.end(),
                      [&](const auto& other) { return other.phase->source->code() == required; });
      const bool is_done =
          std::find(facts.phases_done.begin(), facts.phases_done.end(), required) != facts.phases_done.end();
      if (!is_agreed && !is_done) {
        return CoverageRefusal{common::v1::REASON_PREREQUISITE_MISSING,
                               {{"phase", line.phase->source->code()}, {"prerequisite", required}}};
      }
    }
  }
  return std::nullopt;
}

Refused FindTariffs(const CoverageFacts& facts, Decision* decision) {
  const auto day = static_cast<int>(facts.terms_date.days().time_since_epoch().count());
  for (DecidedLine& line : decision->lines) {
    for (const CompiledTariff& tariff : line.phase->tariffs) {
      if (tariff.from_day <= day && day <= tariff.until_day && tariff.min_half_days <= line.half_days &&
          line.half_days <= tariff.max_half_days && tariff.scope.Fits(decision->key)) {
        line.tariff = &tariff;
        break;
      }
    }
    if (line.tariff == nullptr) {
      return CoverageRefusal{common::v1::REASON_NO_TARIFF,
                             {{"phase", line.phase->source->code()}, {"date", facts.terms_date.ToIso()}}};
    }
  }
  return std::nullopt;
}

Refused CheckPrices(const AgreedPhases& agreed, const Decision& decision) {
  for (int i = 0; i < agreed.size(); ++i) {
    const DecidedLine& line = decision.lines[static_cast<size_t>(i)];
    if (line.tariff->IsByDay() && !agreed[i].has_day_rate()) return RefuseField(i, "day_rate");
    if (line.tariff->price == Price::kAgreed && !agreed[i].has_price()) return RefuseField(i, "price");
    if (line.tariff->price == Price::kCappedByDay && line.day_rate > line.tariff->price_cents) {
      return CoverageRefusal{common::v1::REASON_DAY_RATE_OVER_CAP,
                             {{"phase", agreed[i].phase()}, {"cap", PlainEuros(line.tariff->price_cents)}}};
    }
  }
  return std::nullopt;
}

// ---- One line, step by step.

class LineDecider {
 public:
  LineDecider(int index, Decision* decision)
      : index_(index),
        decision_(*decision),
        line_(decision->lines[static_cast<size_t>(index)]),
        tariff_(*line_.tariff) {}

  Refused Decide(const funding::v1::AgreedPhase& agreed, const CaseKey& key) {
    Note(Rule::kTariff, kWholeLine, Cents(0));
    SetCost(agreed);
    SetEligible();
    line_.first_share = decision_.shares.size();
    if (line_.eligible < tariff_.min_cost) {
      Note(Rule::kMinCost, kWholeLine, line_.eligible);
    } else if (Refused refusal = TakeShares(key)) {
      return refusal;
    }
    line_.end_share = decision_.shares.size();
    ApplyStackCap();
    return std::nullopt;
  }

 private:
  Step& Note(Rule rule, int funder, Cents amount, Cents taken = Cents(0)) {
    decision_.steps.push_back({.rule = rule,
                               .line = index_,
                               .funder = funder,
                               .amount = amount,
                               .taken = taken,
                               .coverage = nullptr,
                               .ceiling = 0,
                               .earlier = {}});
    return decision_.steps.back();
  }

  // A day is two half-days.
  static Cents ByDay(Cents day_rate, int half_days) { return MulDivHalfUp(day_rate, half_days, 2); }

  void SetCost(const funding::v1::AgreedPhase& agreed) {
    switch (tariff_.price) {
      case Price::kFixed:
        line_.cost = tariff_.price_cents;
        break;
      case Price::kAgreed:
        line_.cost = Cents(agreed.price().cents());
        break;
      case Price::kCappedByDay:
      case Price::kByDay:
        line_.cost = ByDay(line_.day_rate, line_.half_days);
        break;
    }
    Note(Rule::kPrice, kWholeLine, line_.cost);
  }

  void SetEligible() {
    eligible_half_days_ = std::min(line_.half_days, tariff_.eligible_half_days);
    line_.eligible = line_.cost;
    const auto limit = [&](Rule rule, Cents most) {
      if (line_.eligible <= most) return;
      line_.eligible = most;
      Note(rule, kWholeLine, most);
    };
    if (tariff_.IsByDay()) limit(Rule::kEligibleHalfDays, ByDay(line_.day_rate, eligible_half_days_));
    if (tariff_.eligible_day_rate)
      limit(Rule::kEligibleDayRate, ByDay(*tariff_.eligible_day_rate, eligible_half_days_));
    if (tariff_.eligible_cost) limit(Rule::kEligibleCost, *tariff_.eligible_cost);
  }

  Refused TakeShares(const CaseKey& key) {
    const std::vector<CompiledCoverage>& all = tariff_.coverage;
    Cents aid_before;
    for (size_t i = 0; i < all.size();) {
      const int funder = all[i].funder;
      const CompiledCoverage* first = nullptr;  // of those of this funder that fit, the first counts
      for (; i < all.size() && all[i].funder == funder; ++i) {
        if (first == nullptr && all[i].scope.Fits(key)) first = &all[i];
      }
      if (first == nullptr) {
        Note(Rule::kNotCovered, funder, Cents(0));
        continue;
      }
      Cents aid = BeforeCeiling(*first, aid_before);
      if (first->ceiling && aid > *first->ceiling) {
        if (first->refuses_at_ceiling) return RefuseCeiling(aid, *first->ceiling);
        Note(Rule::kCeiling, funder, *first->ceiling, aid - *first->ceiling).coverage = first;
        aid = *first->ceiling;
      }
      aid_before += aid;
      decision_.shares.push_back({funder, aid, first});
    }
    return std::nullopt;
  }

  Refused RefuseCeiling(Cents aid, Cents ceiling) const {
    return CoverageRefusal{common::v1::REASON_AID_OVER_CEILING,
                           {{"phase", line_.phase->source->code()},
                            {"aid_cents", std::to_string(aid.value())},
                            {"ceiling_cents", std::to_string(ceiling.value())}}};
  }

  Cents BeforeCeiling(const CompiledCoverage& coverage, Cents aid_before) {
    Cents aid;
    Rule rule = Rule::kRate;
    switch (coverage.giving) {
      case Giving::kRate:
        aid = coverage.rate.Of(line_.eligible);
        break;
      case Giving::kRemainingCharge:
        rule = Rule::kRemainingCharge;
        aid = std::max(line_.cost - coverage.amount - aid_before, Cents(0));
        break;
      case Giving::kFlatAmount:
        rule = Rule::kFlatAmount;
        aid = std::min(coverage.amount, line_.eligible);
        break;
      case Giving::kAmountPerDay:
        rule = Rule::kAmountPerDay;
        aid = std::min(ByDay(coverage.amount, eligible_half_days_), line_.eligible);
        break;
    }
    Note(rule, coverage.funder, aid).coverage = &coverage;
    if (rule == Rule::kRate) NoteRounding(coverage, aid);
    return aid;
  }

  void NoteRounding(const CompiledCoverage& coverage, Cents aid) {
    const bool exact = static_cast<Int128>(aid.value()) * coverage.rate.denominator() ==
                       static_cast<Int128>(line_.eligible.value()) * coverage.rate.numerator();
    if (!exact) Note(Rule::kRounding, coverage.funder, aid).coverage = &coverage;
  }

  // Law: public aid never exceeds the stack cap of the eligible cost. Rounded down, so that not even the
  // rounding cent passes it. Held on every line, so it holds on the case, and at every moment of its life.
  void ApplyStackCap() {
    const Rate& cap = tariff_.stack_cap;
    Cents excess = -Cents(static_cast<int64_t>(static_cast<Int128>(line_.eligible.value()) * cap.numerator() /
                                               cap.denominator()));
    for (size_t i = line_.first_share; i < line_.end_share; ++i) excess += decision_.shares[i].amount;
    for (size_t i = line_.end_share; i > line_.first_share && excess > Cents(0); --i) {
      DecidedShare& share = decision_.shares[i - 1];
      const Cents cut = std::min(excess, share.amount);
      if (cut == Cents(0)) continue;
      share.amount -= cut;
      excess -= cut;
      Note(Rule::kStackCap, share.funder, share.amount, cut);
    }
  }

  const int index_;
  Decision& decision_;
  DecidedLine& line_;
  const CompiledTariff& tariff_;
  int eligible_half_days_ = 0;
};

// ---- What the company gets over time.

// Aid granted in the period that ends on the day of this grant. Of a calendar year all counts, whenever in
// it.
Cents EarlierAidOf(const CompiledCompanyCeiling& ceiling, const CoverageFacts& facts) {
  const int year = facts.granted_on.FirstOfMonth().year;
  const Date from = facts.granted_on.AddMonths(-12 * ceiling.rolling_years);
  Int128 sum = 0;
  for (const EarlierAid& earlier : facts.earlier_aid) {
    const int earlier_year = earlier.granted_on.FirstOfMonth().year;
    const bool counts = ceiling.rolling_years > 0
                            ? from <= earlier.granted_on && earlier.granted_on <= facts.granted_on
                            : year - ceiling.calendar_years < earlier_year && earlier_year <= year;
    if (counts && ceiling.Counts(earlier.phase, earlier.funder)) sum += earlier.amount.value();
  }
  return Cents(static_cast<int64_t>(std::clamp<Int128>(sum, 0, kMaxCents)));
}

// Tells every share of the decision that counts under a ceiling, from the last of the last line on.
template <typename Tell>
void EachUnder(const CompiledCompanyCeiling& ceiling, const CompiledRulebook& rulebook, Decision* decision,
               Tell tell) {
  for (size_t l = decision->lines.size(); l > 0; --l) {
    const DecidedLine& line = decision->lines[l - 1];
    for (size_t i = line.end_share; i > line.first_share; --i) {
      DecidedShare& share = decision->shares[i - 1];
      if (ceiling.Counts(line.phase->source->code(), rulebook.source().funders(share.funder)))
        tell(static_cast<int>(l - 1), share);
    }
  }
}

Refused ApplyCompanyCeilings(const CompiledRulebook& rulebook, const CoverageFacts& facts,
                             Decision* decision) {
  const auto& ceilings = rulebook.company_ceilings();
  for (size_t place = 0; place < ceilings.size(); ++place) {
    const CompiledCompanyCeiling& ceiling = ceilings[place];
    const Cents earlier = EarlierAidOf(ceiling, facts);
    Cents aid;
    EachUnder(ceiling, rulebook, decision, [&](int, const DecidedShare& share) { aid += share.amount; });
    Cents excess = aid - std::max(ceiling.ceiling - earlier, Cents(0));
    if (excess <= Cents(0)) continue;
    if (ceiling.refuses) {
      return CoverageRefusal{common::v1::REASON_COMPANY_OVER_CEILING,
                             {{"aid_cents", std::to_string(aid.value())},
                              {"earlier_cents", std::to_string(earlier.value())},
                              {"ceiling_cents", std::to_string(ceiling.ceiling.value())}}};
    }
    EachUnder(ceiling, rulebook, decision, [&](int line, DecidedShare& share) {
      const Cents cut = std::min(excess, share.amount);
      if (cut == Cents(0)) return;
      share.amount -= cut;
      excess -= cut;
      decision->steps.push_back({.rule = Rule::kCompanyCeiling,
                                 .line = line,
                                 .funder = share.funder,
                                 .amount = share.amount,
                                 .taken = cut,
                                 .coverage = nullptr,
                                 .ceiling = static_cast<int>(place),
                                 .earlier = earlier});
    });
  }
  return std::nullopt;
}

void LeaveTheRestToTheCompany(Decision* decision) {
  for (DecidedLine& line : decision->lines) {
    line.company = line.cost;
    for (size_t i = line.first_share; i < line.end_share; ++i) line.company -= decision->shares[i].amount;
  }
}

}  // namespace

Refused Decide(const CompiledRulebook& rulebook, const CoverageFacts& facts, const AgreedPhases& agreed,
               Decision* decision) {
  decision->lines.clear();
  decision->shares.clear();
  decision->steps.clear();
  if (Refused refusal = CheckFields(agreed)) return refusal;
  if (!rulebook.sound())
    return CoverageRefusal{common::v1::REASON_RULEBOOK_INVALID,
                           {{"problems", rulebook.source().programme()}}};
  rulebook.Read(facts, &decision->key);
  if (Refused refusal = FindPhases(rulebook, agreed, decision)) return refusal;
  if (Refused refusal = CheckPrerequisites(facts, *decision)) return refusal;
  if (Refused refusal = FindTariffs(facts, decision)) return refusal;
  if (Refused refusal = CheckPrices(agreed, *decision)) return refusal;
  for (int i = 0; i < agreed.size(); ++i) {
    if (Refused refusal = LineDecider(i, decision).Decide(agreed[i], decision->key)) return refusal;
  }
  if (Refused refusal = ApplyCompanyCeilings(rulebook, facts, decision)) return refusal;
  LeaveTheRestToTheCompany(decision);
  return std::nullopt;
}

}  // namespace jalon::rules
