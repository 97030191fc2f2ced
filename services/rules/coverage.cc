#include "rules/coverage.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/cents.h"
#include "base/half_day.h"
#include "base/language.h"
#include "base/rate.h"
#include "base/text.h"
#include "base/wording.h"

namespace jalon::rules {
namespace {

using common::v1::Reason;
using programme::v1::Coverage;
using programme::v1::Rulebook;
using programme::v1::Tariff;

constexpr Language kFr = Language::kFrench;
constexpr Language kEn = Language::kEnglish;

// As the contract bounds AgreedPhase; far below what exact arithmetic can hold.
constexpr int kMaxHalfDays = 1'000;
constexpr Cents kMaxDayRate{10'000'00};
// As ParseRulebook bounds amounts.
constexpr Cents kMaxAmount{100'000'000'00};

// ---- The trace: every step in French and in English.

class Trace {
 public:
  explicit Trace(funding::v1::CoverageLine& line) : line_(line) {}

  // `taken`: the cents this step took from the aid.
  void Add(std::string_view rule, std::string fr, std::string en, Cents taken = Cents(0)) {
    funding::v1::TraceStep& step = *line_.add_trace();
    step.set_rule(std::string(rule));
    step.set_text_fr(Typeset(std::move(fr)));
    step.set_text_en(std::move(en));
    step.mutable_taken()->set_cents(taken.value());
    step.mutable_taken()->set_currency("EUR");
  }

 private:
  funding::v1::CoverageLine& line_;
};

std::string Fr(Cents amount) {
  return FormatEuros(amount, kFr);
}
std::string En(Cents amount) {
  return FormatEuros(amount, kEn);
}

std::string HalfDaysFr(int64_t count) {
  return std::to_string(count) + (count < 2 ? " demi-journée" : " demi-journées");
}
std::string HalfDaysEn(int64_t count) {
  return std::to_string(count) + (count == 1 ? " half-day" : " half-days");
}

std::string_view SizeFr(common::v1::SizeClass size) {
  switch (size) {
    case common::v1::SIZE_CLASS_MICRO:
      return "une microentreprise";
    case common::v1::SIZE_CLASS_SMALL:
      return "une petite entreprise";
    case common::v1::SIZE_CLASS_MEDIUM:
      return "une moyenne entreprise";
    case common::v1::SIZE_CLASS_ETI:
      return "une ETI";
    case common::v1::SIZE_CLASS_LARGE:
      return "une grande entreprise";
    default:
      return "une entreprise de taille inconnue";
  }
}
std::string_view SizeEn(common::v1::SizeClass size) {
  switch (size) {
    case common::v1::SIZE_CLASS_MICRO:
      return "a micro-enterprise";
    case common::v1::SIZE_CLASS_SMALL:
      return "a small enterprise";
    case common::v1::SIZE_CLASS_MEDIUM:
      return "a medium enterprise";
    case common::v1::SIZE_CLASS_ETI:
      return "a mid-cap (ETI)";
    case common::v1::SIZE_CLASS_LARGE:
      return "a large enterprise";
    default:
      return "a company of unknown size";
  }
}

// ---- What of the rulebook applies.

const programme::v1::Phase* FindPhase(const Rulebook& rulebook, const std::string& code) {
  const auto found = std::find_if(rulebook.phases().begin(), rulebook.phases().end(), [&](const auto& phase) {
    return phase.chargeable() && phase.code() == code;
  });
  return found == rulebook.phases().end() ? nullptr : &*found;
}

// ISO dates compare as text.
bool Applies(const Tariff& tariff, const std::string& date, int half_days) {
  return (tariff.valid_from().empty() || tariff.valid_from() <= date) &&
         (tariff.valid_until().empty() || date <= tariff.valid_until()) &&
         tariff.min_half_days() <= half_days &&
         (tariff.max_half_days() == 0 || half_days <= tariff.max_half_days());
}

const Tariff* FindTariff(const programme::v1::Phase& phase, const std::string& date, int half_days) {
  const auto found = std::find_if(phase.tariffs().begin(), phase.tariffs().end(),
                                  [&](const Tariff& tariff) { return Applies(tariff, date, half_days); });
  return found == phase.tariffs().end() ? nullptr : &*found;
}

template <typename Values, typename Value>
bool Admits(const Values& values, const Value& value) {
  return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

// Of the coverages of a funder that match, the first counts.
const Coverage* FindCoverage(const Tariff& tariff, const std::string& funder, const CoverageFacts& facts) {
  const auto found =
      std::find_if(tariff.coverage().begin(), tariff.coverage().end(), [&](const Coverage& coverage) {
        return coverage.funder() == funder &&
               Admits(coverage.scope().size_classes(), static_cast<int>(facts.size_class)) &&
               Admits(coverage.scope().regions(), facts.region);
      });
  return found == tariff.coverage().end() ? nullptr : &*found;
}

bool Names(const Tariff& tariff, const std::string& funder) {
  return std::any_of(tariff.coverage().begin(), tariff.coverage().end(),
                     [&](const Coverage& coverage) { return coverage.funder() == funder; });
}

// ---- What must hold before any arithmetic.

bool IsAmount(const common::v1::Money& money) {
  return 0 <= money.cents() && money.cents() <= kMaxAmount.value();
}

bool IsShare(const common::v1::Rate& rate) {
  return 0 <= rate.numerator() && 0 < rate.denominator() && rate.numerator() <= rate.denominator();
}

// Whether the arithmetic below is safe; what ParseRulebook passes is.
bool IsSound(const Tariff& tariff) {
  if (!tariff.has_fixed_price() && !tariff.has_max_day_rate()) return false;
  return IsAmount(tariff.fixed_price()) && IsAmount(tariff.max_day_rate()) &&
         std::all_of(tariff.coverage().begin(), tariff.coverage().end(), [](const Coverage& coverage) {
           return IsAmount(coverage.remaining_charge()) && IsAmount(coverage.ceiling()) &&
                  (coverage.has_remaining_charge() || (coverage.has_rate() && IsShare(coverage.rate())));
         });
}

CoverageRefusal RefuseField(int index, std::string_view field) {
  return {common::v1::REASON_INVALID_REQUEST,
          {{"violations", std::string("phases[").append(std::to_string(index)).append("].").append(field)}}};
}

// Metadata is in no language: "1300.00 EUR".
std::string PlainEuros(int64_t cents) {
  return std::to_string(cents / 100) + "." + internal::ZeroPadded(cents % 100, 2) + " EUR";
}

using AgreedPhases = google::protobuf::RepeatedPtrField<funding::v1::AgreedPhase>;

std::optional<CoverageRefusal> CheckFields(const AgreedPhases& agreed) {
  for (int i = 0; i < agreed.size(); ++i) {
    const funding::v1::AgreedPhase& phase = agreed[i];
    // Twice the same phase would be twice its ceilings.
    for (int j = 0; j < i; ++j) {
      if (agreed[j].phase() == phase.phase()) return RefuseField(i, "phase");
    }
    if (phase.half_days() < 1 || phase.half_days() > kMaxHalfDays) return RefuseField(i, "half_days");
    if (phase.day_rate().cents() < 0 || phase.day_rate().cents() > kMaxDayRate.value())
      return RefuseField(i, "day_rate");
  }
  return std::nullopt;
}

// The tariff of each agreed phase, or the refusal that comes first in the order of the contract.
std::variant<std::vector<const Tariff*>, CoverageRefusal> FindTariffs(const Rulebook& rulebook,
                                                                      const CoverageFacts& facts,
                                                                      const AgreedPhases& agreed) {
  const std::string date = facts.terms_date.ToIso();
  for (const funding::v1::AgreedPhase& phase : agreed) {
    if (FindPhase(rulebook, phase.phase()) == nullptr) {
      return CoverageRefusal{common::v1::REASON_PHASE_NOT_FOUND, {{"phase", phase.phase()}}};
    }
  }
  std::vector<const Tariff*> tariffs;
  for (const funding::v1::AgreedPhase& phase : agreed) {
    tariffs.push_back(FindTariff(*FindPhase(rulebook, phase.phase()), date, phase.half_days()));
    if (tariffs.back() == nullptr) {
      return CoverageRefusal{common::v1::REASON_NO_TARIFF, {{"phase", phase.phase()}, {"date", date}}};
    }
  }
  for (int i = 0; i < agreed.size(); ++i) {
    const Tariff& tariff = *tariffs[static_cast<size_t>(i)];
    if (!tariff.has_max_day_rate()) continue;
    if (!agreed[i].has_day_rate()) return RefuseField(i, "day_rate");
    if (agreed[i].day_rate().cents() > tariff.max_day_rate().cents()) {
      return CoverageRefusal{
          common::v1::REASON_DAY_RATE_OVER_CAP,
          {{"phase", agreed[i].phase()}, {"cap", PlainEuros(tariff.max_day_rate().cents())}}};
    }
  }
  if (!IsShare(rulebook.stack_cap()) ||
      !std::all_of(tariffs.begin(), tariffs.end(), [](const Tariff* tariff) { return IsSound(*tariff); })) {
    return CoverageRefusal{common::v1::REASON_RULEBOOK_INVALID, {{"problems", rulebook.programme()}}};
  }
  return tariffs;
}

// ---- One line, step by step.

struct Share {
  std::string funder;
  Cents amount;
};

void TraceTariff(const Tariff& tariff, const CoverageFacts& facts, Trace& trace) {
  std::string fr = "Tarif en vigueur le " + FormatDate(facts.terms_date, kFr);
  std::string en = "Tariff in force on " + FormatDate(facts.terms_date, kEn);
  const std::optional<Date> from = Date::Parse(tariff.valid_from()),
                            until = Date::Parse(tariff.valid_until());
  if (from && until) {
    fr += " (du " + FormatDate(*from, kFr) + " au " + FormatDate(*until, kFr) + ")";
    en += " (from " + FormatDate(*from, kEn) + " to " + FormatDate(*until, kEn) + ")";
  } else if (from) {
    fr += " (depuis le " + FormatDate(*from, kFr) + ")";
    en += " (since " + FormatDate(*from, kEn) + ")";
  } else if (until) {
    fr += " (jusqu’au " + FormatDate(*until, kFr) + ")";
    en += " (until " + FormatDate(*until, kEn) + ")";
  }
  trace.Add("tariff", fr + ".", en + ".");
}

Cents ComputeCost(const Tariff& tariff, const funding::v1::AgreedPhase& agreed, Trace& trace) {
  if (tariff.has_fixed_price()) {
    const Cents price(tariff.fixed_price().cents());
    trace.Add("price", "Prix fixé pour la phase : " + Fr(price) + ".",
              "Price fixed for the phase: " + En(price) + ".");
    return price;
  }
  const Cents day_rate(agreed.day_rate().cents());
  const Cents cost = MulDivHalfUp(day_rate, agreed.half_days(), 2);  // a day is two half-days
  trace.Add("price",
            HalfDaysFr(agreed.half_days()) + " à " + Fr(day_rate) + " la journée : " + Fr(cost) + ".",
            HalfDaysEn(agreed.half_days()) + " at " + En(day_rate) + " a day: " + En(cost) + ".");
  return cost;
}

// What a coverage gives before its ceiling; `aid_before` is what the funders before it took.
Cents AidBeforeCeiling(const Coverage& coverage, Cents cost, Cents aid_before, Trace& trace) {
  const std::string& funder = coverage.funder();
  if (coverage.has_remaining_charge()) {
    const Cents remaining(coverage.remaining_charge().cents());
    const Cents aid = std::max(cost - remaining - aid_before, Cents(0));
    trace.Add(
        "remaining-charge",
        funder + " : reste à charge publié de " + Fr(remaining) + ", soit " + Fr(aid) + " d’aide.",
        funder + ": published remaining charge of " + En(remaining) + ", hence " + En(aid) + " of aid.");
    return aid;
  }
  const Rate rate(coverage.rate().numerator(), coverage.rate().denominator());
  const Cents aid = rate.Of(cost);
  trace.Add("rate", funder + " : " + rate.FormatPercent(kFr) + " de " + Fr(cost) + ", soit " + Fr(aid) + ".",
            funder + ": " + rate.FormatPercent(kEn) + " of " + En(cost) + ", hence " + En(aid) + ".");
  const bool exact = static_cast<internal::Int128>(aid.value()) * rate.denominator() ==
                     static_cast<internal::Int128>(cost.value()) * rate.numerator();
  if (!exact) {
    trace.Add("rounding", funder + " : part arrondie au centime le plus proche ; l’entreprise porte l’écart.",
              funder + ": share rounded to the nearest cent; the company bears the difference.");
  }
  return aid;
}

std::vector<Share> TakeShares(const Rulebook& rulebook, const Tariff& tariff, const CoverageFacts& facts,
                              Cents cost, Trace& trace) {
  std::vector<Share> shares;
  Cents aid_before;
  for (const std::string& funder : rulebook.funders()) {
    const Coverage* const coverage = FindCoverage(tariff, funder, facts);
    if (coverage == nullptr) {
      if (!Names(tariff, funder)) continue;  // pays for other phases
      const std::string region = facts.region.empty() ? "?" : facts.region;
      trace.Add(
          "not-covered",
          funder + " : rien pour " + std::string(SizeFr(facts.size_class)) + " de la région " + region + ".",
          funder + ": nothing for " + std::string(SizeEn(facts.size_class)) + " of region " + region + ".");
      continue;
    }
    Cents aid = AidBeforeCeiling(*coverage, cost, aid_before, trace);
    if (const Cents ceiling(coverage->ceiling().cents()); coverage->has_ceiling() && aid > ceiling) {
      trace.Add(
          "ceiling", funder + " : plafonné à " + Fr(ceiling) + ", soit " + Fr(aid - ceiling) + " de moins.",
          funder + ": capped at " + En(ceiling) + ", that is " + En(aid - ceiling) + " less.", aid - ceiling);
      aid = ceiling;
    }
    aid_before += aid;
    shares.push_back({funder, aid});
  }
  return shares;
}

// Law: public aid never exceeds the stack cap of the eligible cost. Rounded down, so that not even the
// rounding cent passes it. Held on every line, so it holds on the case, and at every moment of its life.
void ApplyStackCap(const Rulebook& rulebook, Cents cost, std::vector<Share>& shares, Trace& trace) {
  const Rate cap(rulebook.stack_cap().numerator(), rulebook.stack_cap().denominator());
  const Cents room(static_cast<int64_t>(static_cast<internal::Int128>(cost.value()) * cap.numerator() /
                                        cap.denominator()));
  Cents excess = -room;
  for (const Share& share : shares) excess += share.amount;
  for (auto share = shares.rbegin(); share != shares.rend() && excess > Cents(0); ++share) {
    const Cents cut = std::min(excess, share->amount);
    if (cut == Cents(0)) continue;
    share->amount -= cut;
    excess -= cut;
    trace.Add("stack-cap",
              "Aides publiques plafonnées ensemble à " + cap.FormatPercent(kFr) + ", soit " + Fr(room) +
                  " : " + share->funder + " donne " + Fr(cut) + " de moins.",
              "Public aid capped in all at " + cap.FormatPercent(kEn) + ", that is " + En(room) + ": " +
                  share->funder + " gives " + En(cut) + " less.",
              cut);
  }
}

void SetMoney(Cents amount, common::v1::Money* money) {
  money->set_cents(amount.value());
  money->set_currency("EUR");
}

funding::v1::CoverageLine CoverPhase(const Rulebook& rulebook, const Tariff& tariff,
                                     const CoverageFacts& facts, const funding::v1::AgreedPhase& agreed) {
  funding::v1::CoverageLine line;
  Trace trace(line);
  line.set_phase(agreed.phase());
  line.set_half_days(agreed.half_days());
  TraceTariff(tariff, facts, trace);
  const Cents cost = ComputeCost(tariff, agreed, trace);
  std::vector<Share> shares = TakeShares(rulebook, tariff, facts, cost, trace);
  ApplyStackCap(rulebook, cost, shares, trace);

  Cents company = cost;
  for (const Share& share : shares) {
    if (share.amount == Cents(0)) continue;
    company -= share.amount;
    line.add_shares()->set_funder(share.funder);
    SetMoney(share.amount, line.mutable_shares()->rbegin()->mutable_amount());
  }
  SetMoney(cost, line.mutable_cost());
  SetMoney(company, line.mutable_company());
  trace.Add("company", "Reste à charge de l’entreprise : " + Fr(company) + ".",
            "Remaining charge of the company: " + En(company) + ".");
  return line;
}

}  // namespace

CoverageOutcome ComputeCoverage(const Rulebook& rulebook, const CoverageFacts& facts,
                                const AgreedPhases& agreed) {
  if (auto refusal = CheckFields(agreed)) return *std::move(refusal);
  auto tariffs = FindTariffs(rulebook, facts, agreed);
  if (auto* refusal = std::get_if<CoverageRefusal>(&tariffs)) return std::move(*refusal);

  std::vector<funding::v1::CoverageLine> lines;
  for (int i = 0; i < agreed.size(); ++i) {
    const Tariff& tariff = *std::get<0>(tariffs)[static_cast<size_t>(i)];
    lines.push_back(CoverPhase(rulebook, tariff, facts, agreed[i]));
  }
  return lines;
}

}  // namespace jalon::rules
