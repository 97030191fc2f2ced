#include "rules/coverage_trace.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/language.h"
#include "base/text.h"
#include "base/wording.h"

namespace jalon::rules {
namespace {

using funding::v1::CoverageLine;
using funding::v1::TraceStep;
using programme::v1::Scope;

constexpr Language kFr = Language::kFrench;
constexpr Language kEn = Language::kEnglish;

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

// Of a headcount, as "120" or "9,5".
std::string Hundredths(int64_t value, char mark) {
  std::string text = std::to_string(value / 100);
  if (value % 100 != 0) text.append(1, mark).append(internal::ZeroPadded(value % 100, 2));
  if (value % 100 != 0 && text.back() == '0') text.pop_back();
  return text;
}

// Facts are in no language.
std::string Plain(Cents amount) {
  return std::to_string(amount.value() / 100) + "." + internal::ZeroPadded(amount.value() % 100, 2) + " EUR";
}
std::string Plain(const Rate& rate) {
  return std::to_string(rate.numerator()) + "/" + std::to_string(rate.denominator());
}

struct Said {
  std::string fr, en;
};

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text.append(text.empty() ? "" : ", ").append(part);
  return text;
}

Cents Floor(const Rate& rate, Cents amount) {
  return Cents(static_cast<int64_t>(static_cast<internal::Int128>(amount.value()) * rate.numerator() /
                                    rate.denominator()));
}

std::string_view RuleName(Rule rule) {
  switch (rule) {
    case Rule::kTariff:
      return "tariff";
    case Rule::kPrice:
      return "price";
    case Rule::kEligibleHalfDays:
      return "eligible-half-days";
    case Rule::kEligibleDayRate:
      return "eligible-day-rate";
    case Rule::kEligibleCost:
      return "eligible-cost";
    case Rule::kMinCost:
      return "min-cost";
    case Rule::kNotCovered:
      return "not-covered";
    case Rule::kRate:
      return "rate";
    case Rule::kRounding:
      return "rounding";
    case Rule::kRemainingCharge:
      return "remaining-charge";
    case Rule::kFlatAmount:
      return "flat-amount";
    case Rule::kAmountPerDay:
      return "amount-per-day";
    case Rule::kCeiling:
      return "ceiling";
    case Rule::kStackCap:
      return "stack-cap";
    case Rule::kCompanyCeiling:
      return "company-ceiling";
    case Rule::kCompany:
      break;
  }
  return "company";
}

Said FixedBy(const programme::v1::Rulebook& rulebook) {
  switch (rulebook.terms_fixed_by()) {
    case programme::v1::FIXING_DATE_APPLICATION:
      return {"date de la demande", "day of the application"};
    case programme::v1::FIXING_DATE_ADMISSION:
      return {"date de l’admission", "day of the admission"};
    case programme::v1::FIXING_DATE_FIRST_DAY:
      return {"première journée", "first day of work"};
    default:
      return {"signature de la convention", "signature of the agreement"};
  }
}

// "du … au …": the days between which something is valid; empty where it always is.
Said Between(const std::string& from_text, const std::string& until_text) {
  const std::optional<Date> from = Date::Parse(from_text), until = Date::Parse(until_text);
  if (from && until) {
    return {"du " + FormatDate(*from, kFr) + " au " + FormatDate(*until, kFr),
            "from " + FormatDate(*from, kEn) + " to " + FormatDate(*until, kEn)};
  }
  if (from) return {"depuis le " + FormatDate(*from, kFr), "since " + FormatDate(*from, kEn)};
  if (until) return {"jusqu’au " + FormatDate(*until, kFr), "until " + FormatDate(*until, kEn)};
  return {"sans limite de date", "without limit of date"};
}

Said ForHalfDays(int least, int most) {
  if (least > 0 && least == most) return {", pour " + HalfDaysFr(most), ", for " + HalfDaysEn(most)};
  if (least > 1 && most > 0) {
    return {", pour " + std::to_string(least) + " à " + HalfDaysFr(most),
            ", for " + std::to_string(least) + " to " + HalfDaysEn(most)};
  }
  if (most > 0) return {", pour " + HalfDaysFr(most) + " au plus", ", for at most " + HalfDaysEn(most)};
  if (least > 1) return {", pour " + HalfDaysFr(least) + " au moins", ", for at least " + HalfDaysEn(least)};
  return {};
}

// ---- Tells the steps of one line.

class Teller {
 public:
  Teller(const CompiledRulebook& rulebook, const CoverageFacts& facts, const DecidedLine& decided,
         CoverageLine* line)
      : rulebook_(rulebook.source()),
        ceilings_(rulebook.company_ceilings()),
        facts_(facts),
        decided_(decided),
        tariff_(*decided.tariff),
        line_(*line) {}

  void Tell(const Step& step) {
    current_ = line_.add_trace();
    current_->set_rule(std::string(RuleName(step.rule)));
    if (step.funder != kWholeLine) current_->set_funder(rulebook_.funders(step.funder));
    SetMoney(step.taken, current_->mutable_taken());
    if (step.rule != Rule::kTariff) SetMoney(step.amount, current_->mutable_amount());
    Said said = Sentence(step);
    current_->set_text_fr(Typeset(std::move(said.fr)));
    current_->set_text_en(std::move(said.en));
  }

  static void SetMoney(Cents amount, common::v1::Money* money) {
    money->set_cents(amount.value());
    money->set_currency("EUR");
  }

 private:
  void Fact(std::string_view name, std::string value) {
    funding::v1::TraceFact& fact = *current_->add_facts();
    fact.set_name(std::string(name));
    fact.set_value(std::move(value));
  }
  void Fact(std::string_view name, Cents amount) { Fact(name, Plain(amount)); }

  Said Sentence(const Step& step) {
    switch (step.rule) {
      case Rule::kTariff:
        return OfTariff();
      case Rule::kPrice:
        return OfPrice();
      case Rule::kEligibleHalfDays:
      case Rule::kEligibleDayRate:
      case Rule::kEligibleCost:
      case Rule::kMinCost:
        return OfEligible(step);
      case Rule::kNotCovered:
        return OfNotCovered(step);
      case Rule::kRate:
      case Rule::kRemainingCharge:
      case Rule::kFlatAmount:
      case Rule::kAmountPerDay:
        return OfGiving(step);
      case Rule::kRounding:
        return OfRounding(step);
      case Rule::kCeiling:
        return OfCeiling(step);
      case Rule::kStackCap:
        return OfStackCap(step);
      case Rule::kCompanyCeiling:
        return OfCompanyCeiling(step);
      case Rule::kCompany:
        break;
    }
    return {"Reste à charge de l’entreprise : " + Fr(step.amount) + ".",
            "Remaining charge of the company: " + En(step.amount) + "."};
  }

  Said OfTariff() {
    const programme::v1::Tariff& source = *tariff_.source;
    Fact("rulebook", rulebook_.programme());
    Fact("rulebook_version", std::to_string(rulebook_.version()));
    Fact("terms_date", facts_.terms_date.ToIso());
    Fact("half_days", std::to_string(decided_.half_days));
    if (!source.valid_from().empty()) Fact("valid_from", source.valid_from());
    if (!source.valid_until().empty()) Fact("valid_until", source.valid_until());
    const Said by = FixedBy(rulebook_), valid = Between(source.valid_from(), source.valid_until());
    const Said half_days = ForHalfDays(source.min_half_days(), source.max_half_days());
    const Said why = Why(source.scope());
    return {"Conditions du " + FormatDate(facts_.terms_date, kFr) + " (" + by.fr + ") : tarif valable " +
                valid.fr + half_days.fr + why.fr + ".",
            "Terms of " + FormatDate(facts_.terms_date, kEn) + " (" + by.en + "): tariff valid " + valid.en +
                half_days.en + why.en + "."};
  }

  Said OfPrice() {
    const Cents cost = decided_.cost;
    if (tariff_.price == Price::kFixed) {
      return {"Prix fixé pour la phase : " + Fr(cost) + ".", "Price fixed for the phase: " + En(cost) + "."};
    }
    if (tariff_.price == Price::kAgreed)
      return {"Prix convenu : " + Fr(cost) + ".", "Price agreed: " + En(cost) + "."};
    Fact("half_days", std::to_string(decided_.half_days));
    Fact("day_rate", decided_.day_rate);
    if (tariff_.price == Price::kCappedByDay) Fact("max_day_rate", tariff_.price_cents);
    return {
        HalfDaysFr(decided_.half_days) + " à " + Fr(decided_.day_rate) + " la journée : " + Fr(cost) + ".",
        HalfDaysEn(decided_.half_days) + " at " + En(decided_.day_rate) + " a day: " + En(cost) + "."};
  }

  int EligibleHalfDays() const { return std::min(decided_.half_days, tariff_.eligible_half_days); }

  Said OfEligible(const Step& step) {
    const int half_days = EligibleHalfDays();
    const std::string fr = " : coût éligible de " + Fr(step.amount) + ".";
    const std::string en = ": eligible cost of " + En(step.amount) + ".";
    if (step.rule == Rule::kMinCost) {
      Fact("min_cost", tariff_.min_cost);
      return {"Coût éligible de " + Fr(step.amount) + ", sous le minimum de " + Fr(tariff_.min_cost) +
                  " : la phase n’est pas aidée.",
              "Eligible cost of " + En(step.amount) + ", below the minimum of " + En(tariff_.min_cost) +
                  ": the phase is not aided."};
    }
    if (step.rule == Rule::kEligibleCost)
      return {"Coût retenu au plus" + fr, "At most this of the cost counts" + en};
    Fact("eligible_half_days", std::to_string(half_days));
    if (step.rule == Rule::kEligibleHalfDays) {
      return {HalfDaysFr(half_days) + " retenues au plus" + fr,
              "At most " + HalfDaysEn(half_days) + " count" + en};
    }
    Fact("eligible_day_rate", *tariff_.eligible_day_rate);
    return {"Journée retenue à " + Fr(*tariff_.eligible_day_rate) + " au plus, pour " +
                HalfDaysFr(half_days) + fr,
            "A day counts for at most " + En(*tariff_.eligible_day_rate) + ", over " + HalfDaysEn(half_days) +
                en};
  }

  Said OfNotCovered(const Step& step) {
    Scope asked;  // whatever a coverage of this funder asks of a case
    for (const CompiledCoverage& coverage : tariff_.coverage)
      if (coverage.funder == step.funder) asked.MergeFrom(coverage.source->scope());
    asked.clear_size_classes();
    asked.clear_regions();
    Fact("size_class", SizeLabel());
    Fact("region", facts_.region);
    const Said more = Why(asked);
    const std::string& funder = rulebook_.funders(step.funder);
    const bool somewhere = !facts_.region.empty();
    return {funder + " : rien pour " + std::string(SizeInWords(facts_.size_class, kFr)) +
                (somewhere ? " de la région " + facts_.region : " de région inconnue") + more.fr + ".",
            funder + ": nothing for " + std::string(SizeInWords(facts_.size_class, kEn)) +
                (somewhere ? " of region " + facts_.region : " of unknown region") + more.en + "."};
  }

  Said OfGiving(const Step& step) {
    const CompiledCoverage& coverage = *step.coverage;
    const Said what = Giving(coverage, step);
    const Said why = Why(coverage.source->scope());
    const std::string& funder = rulebook_.funders(step.funder);
    return {funder + " : " + what.fr + why.fr + ", soit " + Fr(step.amount) + ".",
            funder + ": " + what.en + why.en + ", hence " + En(step.amount) + "."};
  }

  Said Giving(const CompiledCoverage& coverage, const Step& step) {
    const Cents amount = coverage.amount, eligible = decided_.eligible;
    if (step.rule == Rule::kRate) {
      Fact("rate", Plain(coverage.rate));
      Fact("eligible_cost", eligible);
      return {coverage.rate.FormatPercent(kFr) + " de " + Fr(eligible),
              coverage.rate.FormatPercent(kEn) + " of " + En(eligible)};
    }
    if (step.rule == Rule::kRemainingCharge) {
      Fact("remaining_charge", amount);
      Fact("cost", decided_.cost);
      return {"reste à charge publié de " + Fr(amount) + " sur " + Fr(decided_.cost),
              "published remaining charge of " + En(amount) + " out of " + En(decided_.cost)};
    }
    const bool trimmed = step.amount == eligible;
    if (step.rule == Rule::kFlatAmount) {
      Fact("flat_amount", amount);
      return {"forfait de " + Fr(amount) + (trimmed ? ", dans la limite du coût éligible" : ""),
              "flat amount of " + En(amount) + (trimmed ? ", within the eligible cost" : "")};
    }
    Fact("amount_per_day", amount);
    Fact("eligible_half_days", std::to_string(EligibleHalfDays()));
    return {Fr(amount) + " la journée pour " + HalfDaysFr(EligibleHalfDays()) +
                (trimmed ? ", dans la limite du coût éligible" : ""),
            En(amount) + " a day for " + HalfDaysEn(EligibleHalfDays()) +
                (trimmed ? ", within the eligible cost" : "")};
  }

  // What a share gained or lost by rounding, as a fraction of a cent: what the company bears.
  Said OfRounding(const Step& step) {
    const Rate& rate = step.coverage->rate;
    internal::Int128 over = static_cast<internal::Int128>(step.amount.value()) * rate.denominator() -
                            static_cast<internal::Int128>(decided_.eligible.value()) * rate.numerator();
    const bool up = over > 0;
    const Rate part(static_cast<int64_t>(up ? over : -over), rate.denominator());
    Fact("rounded", (up ? "+" : "-") + Plain(part) + " cent");
    const std::string text = Plain(part);
    const std::string& funder = rulebook_.funders(step.funder);
    return {funder + " : part arrondie au centime " + (up ? "supérieur (+" : "inférieur (−") + text +
                " de centime) ; l’entreprise porte l’écart.",
            funder + ": share rounded " + (up ? "up (+" : "down (−") + text +
                " of a cent); the company bears the difference."};
  }

  Said OfCeiling(const Step& step) {
    Fact("ceiling", step.amount);
    const std::string& funder = rulebook_.funders(step.funder);
    return {funder + " : plafonné à " + Fr(step.amount) + ", soit " + Fr(step.taken) + " de moins.",
            funder + ": capped at " + En(step.amount) + ", that is " + En(step.taken) + " less."};
  }

  Said OfStackCap(const Step& step) {
    const Rate& cap = tariff_.stack_cap;
    const Cents room = Floor(cap, decided_.eligible);
    Fact("stack_cap", Plain(cap));
    Fact("eligible_cost", decided_.eligible);
    const std::string& funder = rulebook_.funders(step.funder);
    return {"Aides publiques plafonnées ensemble à " + cap.FormatPercent(kFr) + " de " +
                Fr(decided_.eligible) + ", soit " + Fr(room) + " : " + funder + " donne " + Fr(step.taken) +
                " de moins.",
            "Public aid capped in all at " + cap.FormatPercent(kEn) + " of " + En(decided_.eligible) +
                ", that is " + En(room) + ": " + funder + " gives " + En(step.taken) + " less."};
  }

  Said OfCompanyCeiling(const Step& step) {
    const CompiledCompanyCeiling& ceiling = ceilings_[static_cast<size_t>(step.ceiling)];
    const bool rolling = ceiling.rolling_years > 0;
    const Date from =
        rolling ? facts_.granted_on.AddMonths(-12 * ceiling.rolling_years)
                : *Date::FromYmd(std::max(facts_.granted_on.FirstOfMonth().year - ceiling.calendar_years + 1,
                                          kFirstYear),
                                 1, 1);
    Fact("company_ceiling", ceiling.ceiling);
    Fact("earlier_aid", step.earlier);
    Fact("since", from.ToIso());
    Fact("granted_on", facts_.granted_on.ToIso());
    const std::string& funder = rulebook_.funders(step.funder);
    std::string fr, en;
    if (!ceiling.phases.empty()) {
      fr = " pour " + Joined(ceiling.phases);
      en = " for " + Joined(ceiling.phases);
    }
    if (!ceiling.funders.empty()) {
      fr += " de " + Joined(ceiling.funders);
      en += " from " + Joined(ceiling.funders);
    }
    return {"Plafond de " + Fr(ceiling.ceiling) + " par entreprise" + fr + ", qui a déjà reçu " +
                Fr(step.earlier) + " depuis le " + FormatDate(from, kFr) + " : " + funder + " donne " +
                Fr(step.taken) + " de moins.",
            "Ceiling of " + En(ceiling.ceiling) + " per company" + en + ", which already had " +
                En(step.earlier) + " since " + FormatDate(from, kEn) + ": " + funder + " gives " +
                En(step.taken) + " less."};
  }

  std::string SizeLabel() const {
    std::string name = common::v1::SizeClass_Name(facts_.size_class);
    name.erase(0, std::string_view("SIZE_CLASS_").size());
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c | 0x20; });
    return name;
  }

  // What of the case made a scope fit, or not: " (120 salariés, région 32)"; empty where the scope asks
  // nothing.
  Said Why(const Scope& scope) {
    std::vector<std::string> fr, en;
    if (!scope.size_classes().empty()) {
      Fact("size_class", SizeLabel());
      fr.emplace_back(SizeInWords(facts_.size_class, kFr));
      en.emplace_back(SizeInWords(facts_.size_class, kEn));
    }
    if (!scope.regions().empty()) {
      Fact("region", facts_.region);
      fr.push_back(facts_.region.empty() ? "région inconnue" : "région " + facts_.region);
      en.push_back(facts_.region.empty() ? "unknown region" : "region " + facts_.region);
    }
    if (scope.has_min_headcount_hundredths() || scope.has_max_headcount_hundredths())
      AddHeadcount(scope.headcount_basis(), &fr, &en);
    if (scope.has_min_age_months() || scope.has_max_age_months()) AddAge(&fr, &en);
    if (!scope.statuses().empty()) {
      const std::string statuses = Joined(facts_.statuses);
      Fact("statuses", statuses);
      fr.push_back(statuses.empty() ? "sans statut" : "statut " + statuses);
      en.push_back(statuses.empty() ? "no status" : "status " + statuses);
    }
    if (fr.empty()) return {};
    return {" (" + Joined(fr) + ")", " (" + Joined(en) + ")"};
  }

  void AddHeadcount(programme::v1::HeadcountBasis basis, std::vector<std::string>* fr,
                    std::vector<std::string>* en) {
    const bool of_site = basis == programme::v1::HEADCOUNT_BASIS_SITE;
    const bool of_group = basis == programme::v1::HEADCOUNT_BASIS_GROUP;
    const std::optional<int64_t>& headcount = of_site    ? facts_.site_headcount_hundredths
                                              : of_group ? facts_.group_headcount_hundredths
                                                         : facts_.headcount_hundredths;
    Fact(of_site    ? "site_headcount"
         : of_group ? "group_headcount"
                    : "headcount",
         headcount ? Hundredths(*headcount, '.') : "");
    const std::string where_fr = of_site ? " sur le site" : of_group ? " dans le groupe" : "";
    const std::string where_en = of_site ? " on the site" : of_group ? " in the group" : "";
    fr->push_back(headcount ? Hundredths(*headcount, ',') + " salariés" + where_fr
                            : "effectif inconnu" + where_fr);
    en->push_back(headcount ? Hundredths(*headcount, '.') + " staff" + where_en
                            : "unknown headcount" + where_en);
  }

  void AddAge(std::vector<std::string>* fr, std::vector<std::string>* en) {
    Fact("created_on", facts_.created_on);
    const std::optional<Date> created_on = Date::Parse(facts_.created_on);
    fr->push_back(created_on ? "créée le " + FormatDate(*created_on, kFr) : "date de création inconnue");
    en->push_back(created_on ? "created on " + FormatDate(*created_on, kEn) : "unknown date of creation");
  }

  const programme::v1::Rulebook& rulebook_;
  const std::vector<CompiledCompanyCeiling>& ceilings_;
  const CoverageFacts& facts_;
  const DecidedLine& decided_;
  const CompiledTariff& tariff_;
  CoverageLine& line_;
  TraceStep* current_ = nullptr;
};

CoverageLine Amounts(const CompiledRulebook& rulebook, const Decision& decision, const DecidedLine& decided) {
  CoverageLine line;
  line.set_phase(decided.phase->source->code());
  line.set_half_days(decided.half_days);
  Teller::SetMoney(decided.cost, line.mutable_cost());
  Teller::SetMoney(decided.eligible, line.mutable_eligible_cost());
  Teller::SetMoney(decided.company, line.mutable_company());
  line.mutable_stack_cap()->set_numerator(decided.tariff->stack_cap.numerator());
  line.mutable_stack_cap()->set_denominator(decided.tariff->stack_cap.denominator());
  if (decided.tariff->IsByDay()) Teller::SetMoney(decided.day_rate, line.mutable_day_rate());
  for (size_t i = decided.first_share; i < decided.end_share; ++i) {
    const DecidedShare& share = decision.shares[i];
    if (share.amount == Cents(0)) continue;
    funding::v1::Share& told = *line.add_shares();
    told.set_funder(rulebook.source().funders(share.funder));
    Teller::SetMoney(share.amount, told.mutable_amount());
    if (share.coverage->ceiling) Teller::SetMoney(*share.coverage->ceiling, told.mutable_ceiling());
  }
  return line;
}

}  // namespace

std::string_view SizeInWords(common::v1::SizeClass size, Language language) {
  const bool french = language == kFr;
  switch (size) {
    case common::v1::SIZE_CLASS_MICRO:
      return french ? "une microentreprise" : "a micro-enterprise";
    case common::v1::SIZE_CLASS_SMALL:
      return french ? "une petite entreprise" : "a small enterprise";
    case common::v1::SIZE_CLASS_MEDIUM:
      return french ? "une moyenne entreprise" : "a medium enterprise";
    case common::v1::SIZE_CLASS_ETI:
      return french ? "une ETI" : "a mid-cap (ETI)";
    case common::v1::SIZE_CLASS_LARGE:
      return french ? "une grande entreprise" : "a large enterprise";
    default:
      return french ? "une entreprise de taille inconnue" : "a company of unknown size";
  }
}

std::vector<CoverageLine> RenderLines(const CompiledRulebook& rulebook, const CoverageFacts& facts,
                                      const Decision& decision) {
  std::vector<CoverageLine> lines;
  for (size_t i = 0; i < decision.lines.size(); ++i) {
    const DecidedLine& decided = decision.lines[i];
    lines.push_back(Amounts(rulebook, decision, decided));
    Teller teller(rulebook, facts, decided, &lines.back());
    for (const Step& step : decision.steps)
      if (step.line == static_cast<int>(i)) teller.Tell(step);
    teller.Tell({.rule = Rule::kCompany,
                 .line = static_cast<int>(i),
                 .funder = kWholeLine,
                 .amount = decided.company,
                 .taken = Cents(0),
                 .coverage = nullptr,
                 .ceiling = 0,
                 .earlier = {}});
  }
  return lines;
}

}  // namespace jalon::rules
