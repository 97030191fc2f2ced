#include "rules/explanation.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/cents.h"
#include "base/date.h"
#include "base/half_day.h"
#include "base/wording.h"
#include "rules/coverage_trace.h"

namespace jalon::rules {
namespace {

using funding::v1::CoverageLine;
using funding::v1::Quote;
using funding::v1::TraceStep;

// Columns on a screen: letters, not bytes.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Explainer {
 public:
  Explainer(const Quote& terms, Language language) : terms_(terms), language_(language) {}

  std::string Explain() {
    Heading();
    for (int i = 0; i < terms_.lines_size(); ++i) Line(i + 1, terms_.lines(i));
    Totals();
    Rounding();
    return std::move(text_);
  }

 private:
  std::string Say(std::string fr, std::string en) const {
    return language_ == Language::kFrench ? Typeset(std::move(fr)) : std::move(en);
  }
  std::string Amount(int64_t cents) const { return FormatEuros(Cents(cents), language_); }
  std::string Day(const std::string& iso) const {
    const std::optional<Date> date = Date::Parse(iso);
    return date ? FormatDate(*date, language_) : iso;
  }
  void Add(const std::string& line) { text_.append(line).append("\n"); }

  // A name and an amount, the amounts flush right under each other.
  void AddRow(const std::string& name, int64_t cents) {
    constexpr size_t kColumns = 46;
    const std::string amount = Amount(cents);
    const size_t used = Width(name) + Width(amount);
    Add("   " + name + std::string(used < kColumns ? kColumns - used : 1, ' ') + amount);
  }

  void Heading() {
    const std::string version = std::to_string(terms_.rulebook_version());
    Add(Say("Dossier n° " + std::to_string(terms_.case_id()) + " : règlement " + terms_.programme() +
                ", version " + version + ", aux conditions du " + Day(terms_.terms_date()) + ".",
            "Case no. " + std::to_string(terms_.case_id()) + ": rulebook " + terms_.programme() +
                ", version " + version + ", on the terms of " + Day(terms_.terms_date()) + "."));
    if (terms_.has_facts()) Add(Facts());
  }

  std::string Facts() const {
    const funding::v1::CaseFacts& facts = terms_.facts();
    const std::string size(SizeInWords(facts.size_class(), language_));
    std::string fr = "Entreprise : " + size, en = "Company: " + size;
    if (!facts.region().empty()) {
      fr += ", région " + facts.region();
      en += ", region " + facts.region();
    }
    if (facts.has_headcount_hundredths()) {
      fr += ", " + Staff(facts.headcount_hundredths()) + " salariés";
      en += ", " + Staff(facts.headcount_hundredths()) + " staff";
    }
    if (!facts.created_on().empty()) {
      fr += ", créée le " + Day(facts.created_on());
      en += ", created on " + Day(facts.created_on());
    }
    if (!facts.earlier_aid().empty()) {
      Cents earlier;
      for (const funding::v1::PriorAid& aid : facts.earlier_aid()) earlier += Cents(aid.amount().cents());
      fr += ", déjà aidée par le programme pour " + Amount(earlier.value());
      en += ", aided by the programme before for " + Amount(earlier.value());
    }
    return Say(fr + ".", en + ".");
  }

  std::string Staff(int64_t hundredths) const {
    std::string text = std::to_string(hundredths / 100);
    if (hundredths % 100 == 0) return text;
    const std::string decimals = std::to_string(hundredths % 100 + 100).substr(1);
    return text + (language_ == Language::kFrench ? "," : ".") + decimals;
  }

  void Line(int number, const CoverageLine& line) {
    Add("");
    Add(std::to_string(number) + ". " + line.phase() + ", " +
        HalfDays(line.half_days()).FormatDays(language_));
    for (const TraceStep& step : line.trace()) {
      if (step.rule() == "company") continue;  // told below, beside the others
      Add("   - " + (language_ == Language::kFrench ? step.text_fr() : step.text_en()));
    }
    AddRow(Say("Coût", "Cost"), line.cost().cents());
    if (line.has_eligible_cost() && line.eligible_cost().cents() != line.cost().cents())
      AddRow(Say("dont éligible", "of which eligible"), line.eligible_cost().cents());
    for (const funding::v1::Share& share : line.shares()) AddRow(share.funder(), share.amount().cents());
    AddRow(Say("entreprise", "company"), line.company().cents());
  }

  void Totals() {
    std::vector<std::pair<std::string, int64_t>> funders;  // in the order in which they first appear
    int64_t taken = 0;
    for (const CoverageLine& line : terms_.lines()) {
      for (const TraceStep& step : line.trace()) taken += step.taken().cents();
      for (const funding::v1::Share& share : line.shares()) {
        auto known = std::find_if(funders.begin(), funders.end(),
                                  [&](const auto& funder) { return funder.first == share.funder(); });
        if (known == funders.end()) known = funders.insert(known, {share.funder(), 0});
        known->second += share.amount().cents();
      }
    }
    Add("");
    Add(Say("En tout", "In all"));
    AddRow(Say("Coût hors taxes", "Cost without VAT"), terms_.cost().cents());
    for (const auto& [funder, cents] : funders) AddRow(funder, cents);
    AddRow(Say("aide publique", "public aid"), terms_.aid().cents());
    AddRow(Say("reste à charge de l’entreprise", "remaining charge of the company"),
           terms_.company().cents());
    if (taken != 0) AddRow(Say("retiré de l’aide par les plafonds", "taken from the aid by ceilings"), taken);
  }

  void Rounding() {
    bool rounded = false;
    for (const CoverageLine& line : terms_.lines()) {
      rounded = rounded || std::any_of(line.trace().begin(), line.trace().end(),
                                       [](const TraceStep& step) { return step.rule() == "rounding"; });
    }
    Add("");
    Add(rounded ? Say("Arrondi : chaque part est portée au centime le plus proche ; l’entreprise paie le "
                      "reste et porte donc "
                      "l’écart, de moins d’un centime par financeur et par phase.",
                      "Rounding: each share is brought to the nearest cent; the company pays the rest, and "
                      "so bears the "
                      "difference, below one cent for each funder and phase.")
                : Say("Arrondi : aucun, chaque part tombe juste au centime.",
                      "Rounding: none, every share is a whole number of cents."));
    Add(Say(
        "Chaque demi-journée faite est liquidée sur le total courant : la dernière amène exactement à ces "
        "montants.",
        "Each half-day done is charged on the running total: the last one leads to exactly these amounts."));
  }

  const Quote& terms_;
  const Language language_;
  std::string text_;
};

}  // namespace

std::string Explain(const Quote& terms, Language language) {
  return Explainer(terms, language).Explain();
}

}  // namespace jalon::rules
