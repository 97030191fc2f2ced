#include "rules/rulebook.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/rate.h"
#include "rules/rulebook_fields.h"
#include "rules/yaml_tree.h"

namespace jalon::rules {
namespace {

using common::v1::SizeClass;

constexpr int kPme = -1;  // stands for the three classes of an SME
constexpr Word kSizeClasses[] = {
    {"micro", common::v1::SIZE_CLASS_MICRO},   {"small", common::v1::SIZE_CLASS_SMALL},
    {"medium", common::v1::SIZE_CLASS_MEDIUM}, {"pme", kPme},
    {"eti", common::v1::SIZE_CLASS_ETI},       {"large", common::v1::SIZE_CLASS_LARGE}};
constexpr Word kFixingDates[] = {{"application", programme::v1::FIXING_DATE_APPLICATION},
                                 {"admission", programme::v1::FIXING_DATE_ADMISSION},
                                 {"agreement", programme::v1::FIXING_DATE_AGREEMENT},
                                 {"first_day", programme::v1::FIXING_DATE_FIRST_DAY}};
constexpr Word kPayees[] = {{"expert", programme::v1::PAYEE_KIND_EXPERT},
                            {"company", programme::v1::PAYEE_KIND_COMPANY}};

// As the contract bounds the same numbers in requests.
constexpr int kMaxVersion = 100'000;
constexpr int kMaxHalfDays = 1'000;
constexpr int kMaxWindowMonths = 120;
constexpr int kMaxAgeMonths = 1'200;
constexpr Cents kMaxTurnover{100'000'000'000'000};

void SetMoney(Cents amount, common::v1::Money* money) {
  money->set_cents(amount.value());
  money->set_currency("EUR");
}

void SetRate(Rate rate, common::v1::Rate* message) {
  message->set_numerator(rate.numerator());
  message->set_denominator(rate.denominator());
}

// Whether `part` is more than this share of `whole`.
bool Exceeds(int64_t part, int64_t whole, const common::v1::Rate& share) {
  return static_cast<internal::Int128>(part) * share.denominator() >
         static_cast<internal::Int128>(whole) * share.numerator();
}

template <typename Values, typename Value>
bool Contains(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// A restriction names what it admits; one that names nothing admits everything.
template <typename Values>
bool Includes(const Values& wide, const Values& narrow) {
  if (wide.empty()) return true;
  return !narrow.empty() &&
         std::all_of(narrow.begin(), narrow.end(), [&](const auto& value) { return Contains(wide, value); });
}
template <typename Values>
bool Meets(const Values& a, const Values& b) {
  if (a.empty() || b.empty()) return true;
  return std::any_of(a.begin(), a.end(), [&](const auto& value) { return Contains(b, value); });
}

// ISO dates compare as text.
bool DatesMeet(const programme::v1::Tariff& a, const programme::v1::Tariff& b) {
  const auto starts_by_end = [](const programme::v1::Tariff& first, const programme::v1::Tariff& second) {
    return first.valid_from().empty() || second.valid_until().empty() ||
           first.valid_from() <= second.valid_until();
  };
  return starts_by_end(a, b) && starts_by_end(b, a);
}
bool HalfDaysMeet(const programme::v1::Tariff& a, const programme::v1::Tariff& b) {
  const auto starts_by_end = [](const programme::v1::Tariff& first, const programme::v1::Tariff& second) {
    return second.max_half_days() == 0 || first.min_half_days() <= second.max_half_days();
  };
  return starts_by_end(a, b) && starts_by_end(b, a);
}

// Reads one file from top to bottom; a method for each kind of block.
class RulebookReader {
 public:
  ParsedRulebook Read(const YamlNode& root);

 private:
  void ReadFunders(Fields& fields);
  void ReadEligibility(const YamlNode& node);
  void ReadPhase(const YamlNode& node, programme::v1::Phase& phase);
  void ReadTariff(const YamlNode& node, programme::v1::Tariff& tariff);
  void ReadPrice(Fields& fields, programme::v1::Tariff& tariff);
  void ReadCoverage(const YamlNode& node, const programme::v1::Tariff& tariff,
                    programme::v1::Coverage& coverage);
  void CheckTariffsApart(std::span<const YamlNode> nodes, const programme::v1::Phase& phase);
  void CheckCoverages(std::span<const YamlNode> nodes, const programme::v1::Tariff& tariff);
  template <typename AddClass>
  void ReadSizeClasses(Fields& fields, AddClass add);
  template <typename AddRegion>
  void ReadRegions(Fields& fields, AddRegion add);
  int OrderOf(const std::string& funder) const;

  programme::v1::Rulebook rulebook_;
  bool funders_known_ = false;  // a list, so that a name that is not in it is a wrong name
  Problems problems_;
  size_t tariffs_ = 0;
};

ParsedRulebook RulebookReader::Read(const YamlNode& root) {
  Fields fields(root,
                {"programme", "version", "title_fr", "title_en", "terms_fixed_by", "cap_half_days",
                 "stack_cap", "window_months", "payee", "funders", "eligibility", "phases"},
                {"programme", "version", "title_fr", "title_en", "terms_fixed_by", "cap_half_days",
                 "stack_cap", "window_months", "payee", "funders", "phases"},
                problems_);
  if (const auto code = fields.Code("programme")) rulebook_.set_programme(*code);
  if (const auto version = fields.Integer("version", 1, kMaxVersion)) rulebook_.set_version(*version);
  if (const auto title = fields.Title("title_fr")) rulebook_.set_title_fr(*title);
  if (const auto title = fields.Title("title_en")) rulebook_.set_title_en(*title);
  if (const auto date = fields.OneOf("terms_fixed_by", kFixingDates)) {
    rulebook_.set_terms_fixed_by(static_cast<programme::v1::FixingDate>(*date));
  }
  if (const auto cap = fields.Integer("cap_half_days", 1, kMaxHalfDays)) rulebook_.set_cap_half_days(*cap);
  if (const auto cap = fields.Share("stack_cap")) SetRate(*cap, rulebook_.mutable_stack_cap());
  if (const auto months = fields.Integer("window_months", 1, kMaxWindowMonths))
    rulebook_.set_window_months(*months);
  if (const auto payee = fields.OneOf("payee", kPayees))
    rulebook_.set_payee(static_cast<programme::v1::PayeeKind>(*payee));
  ReadFunders(fields);
  rulebook_.mutable_eligibility();
  if (const YamlNode* const node = fields.Find("eligibility")) ReadEligibility(*node);

  const std::span<const YamlNode> phases = fields.List("phases", kMaxPhases);
  for (const YamlNode& node : phases) ReadPhase(node, *rulebook_.add_phases());
  if (const YamlNode* const node = fields.Find("phases"); node != nullptr && node->children.empty()) {
    problems_.Add(*node, "Un règlement a au moins une phase.", "A rulebook has at least one phase.");
  }
  return {std::move(rulebook_), problems_.Take()};
}

void RulebookReader::ReadFunders(Fields& fields) {
  const YamlNode* const list = fields.Find("funders");
  funders_known_ = list != nullptr && list->kind == YamlNode::Kind::kList;
  for (const YamlNode& node : fields.List("funders", kMaxFunders)) {
    const std::optional<std::string> funder = ReadCode(node, problems_);
    if (!funder) continue;
    if (Contains(rulebook_.funders(), *funder)) {
      problems_.Add(node, "Le financeur " + QuoteFr(*funder) + " est cité deux fois.",
                    "The funder " + QuoteEn(*funder) + " stands twice.");
    }
    rulebook_.add_funders(*funder);
  }
}

void RulebookReader::ReadEligibility(const YamlNode& node) {
  programme::v1::Eligibility& rules = *rulebook_.mutable_eligibility();
  Fields fields(node,
                {"min_headcount", "max_headcount", "min_turnover", "max_turnover", "min_age_months",
                 "independent", "regions", "naf_excluded", "size_classes"},
                {}, problems_);
  if (const auto staff = fields.Headcount("min_headcount")) rules.set_min_headcount_hundredths(*staff);
  if (const auto staff = fields.Headcount("max_headcount")) rules.set_max_headcount_hundredths(*staff);
  if (const auto amount = fields.Money("min_turnover", kMaxTurnover))
    rules.set_min_turnover_cents(amount->value());
  if (const auto amount = fields.Money("max_turnover", kMaxTurnover))
    rules.set_max_turnover_cents(amount->value());
  if (const auto months = fields.Integer("min_age_months", 0, kMaxAgeMonths))
    rules.set_min_age_months(*months);
  if (const auto independent = fields.YesNo("independent")) rules.set_independent(*independent);
  ReadRegions(fields, [&](const std::string& region) { rules.add_regions(region); });
  for (const YamlNode& item : fields.List("naf_excluded", 1'000)) {
    if (const auto prefix = ReadNafPrefix(item, problems_)) rules.add_naf_excluded(*prefix);
  }
  ReadSizeClasses(fields, [&](SizeClass size) { rules.add_size_classes(size); });

  if (rules.has_min_headcount_hundredths() && rules.has_max_headcount_hundredths() &&
      rules.min_headcount_hundredths() > rules.max_headcount_hundredths()) {
    problems_.Add(*fields.Find("max_headcount"), "L’effectif maximal est inférieur au minimal.",
                  "The greatest headcount is below the least.");
  }
  if (rules.has_min_turnover_cents() && rules.has_max_turnover_cents() &&
      rules.min_turnover_cents() > rules.max_turnover_cents()) {
    problems_.Add(*fields.Find("max_turnover"), "Le chiffre d’affaires maximal est inférieur au minimal.",
                  "The greatest turnover is below the least.");
  }
}

void RulebookReader::ReadPhase(const YamlNode& node, programme::v1::Phase& phase) {
  Fields fields(node, {"code", "title_fr", "title_en", "chargeable", "tariffs"},
                {"code", "title_fr", "title_en", "chargeable"}, problems_);
  if (const auto code = fields.Code("code")) {
    if (std::any_of(rulebook_.phases().begin(), rulebook_.phases().end(),
                    [&](const programme::v1::Phase& other) { return other.code() == *code; })) {
      problems_.Add(*fields.Find("code"), "Une phase porte déjà le code " + QuoteFr(*code) + ".",
                    "Another phase has the code " + QuoteEn(*code) + " already.");
    }
    phase.set_code(*code);
  }
  if (const auto title = fields.Title("title_fr")) phase.set_title_fr(*title);
  if (const auto title = fields.Title("title_en")) phase.set_title_en(*title);
  const std::optional<bool> chargeable = fields.YesNo("chargeable");
  phase.set_chargeable(chargeable.value_or(false));

  const std::span<const YamlNode> tariffs = fields.List("tariffs", kMaxTariffs);
  tariffs_ += tariffs.size();
  if (tariffs_ > kMaxTariffs) {
    problems_.Add(node, "Le règlement dépasse 200 tarifs.", "The rulebook exceeds 200 tariffs.");
    return;
  }
  for (const YamlNode& tariff : tariffs) ReadTariff(tariff, *phase.add_tariffs());
  CheckTariffsApart(tariffs, phase);
  if (chargeable == true && fields.Find("tariffs") == nullptr) {
    problems_.Add(node, "Une phase facturable a au moins un tarif.",
                  "A chargeable phase has at least one tariff.");
  }
  if (chargeable == true && fields.Find("tariffs") != nullptr && fields.Find("tariffs")->children.empty()) {
    problems_.Add(*fields.Find("tariffs"), "Une phase facturable a au moins un tarif.",
                  "A chargeable phase has at least one tariff.");
  }
  if (chargeable == false && !tariffs.empty()) {
    problems_.Add(*fields.Find("tariffs"), "Une phase qui n’est pas facturable n’a pas de tarif.",
                  "A phase that is not chargeable has no tariff.");
  }
}

void RulebookReader::ReadTariff(const YamlNode& node, programme::v1::Tariff& tariff) {
  Fields fields(node,
                {"valid_from", "valid_until", "min_half_days", "max_half_days", "fixed_price", "max_day_rate",
                 "coverage"},
                {}, problems_);
  if (const auto date = fields.Day("valid_from")) tariff.set_valid_from(date->ToIso());
  if (const auto date = fields.Day("valid_until")) tariff.set_valid_until(date->ToIso());
  if (!tariff.valid_until().empty() && tariff.valid_from() > tariff.valid_until()) {
    problems_.Add(*fields.Find("valid_until"), "Le tarif finit avant de commencer.",
                  "The tariff ends before it starts.");
  }
  if (const auto least = fields.Integer("min_half_days", 1, kMaxHalfDays)) tariff.set_min_half_days(*least);
  if (const auto most = fields.Integer("max_half_days", 1, kMaxHalfDays)) tariff.set_max_half_days(*most);
  if (tariff.max_half_days() != 0 && tariff.min_half_days() > tariff.max_half_days()) {
    problems_.Add(*fields.Find("max_half_days"), "Le maximum de demi-journées est inférieur au minimum.",
                  "The most half-days are fewer than the least.");
  }
  if (rulebook_.cap_half_days() != 0 && tariff.min_half_days() > rulebook_.cap_half_days()) {
    problems_.Add(*fields.Find("min_half_days"),
                  "Ce tarif demande plus de demi-journées que cap_half_days n’en accorde.",
                  "This tariff needs more half-days than cap_half_days grants.");
  }
  ReadPrice(fields, tariff);

  const std::span<const YamlNode> coverages = fields.List("coverage", kMaxCoverages);
  for (const YamlNode& coverage : coverages) ReadCoverage(coverage, tariff, *tariff.add_coverage());
  CheckCoverages(coverages, tariff);
}

void RulebookReader::ReadPrice(Fields& fields, programme::v1::Tariff& tariff) {
  const bool fixed = fields.Find("fixed_price") != nullptr;
  const bool by_day = fields.Find("max_day_rate") != nullptr;
  if (fixed == by_day) {
    problems_.Add(fields.map(), "Un tarif a soit fixed_price, soit max_day_rate.",
                  "A tariff has either fixed_price or max_day_rate.");
  }
  if (const auto rate = fields.Money("max_day_rate", kMaxPrice))
    SetMoney(*rate, tariff.mutable_max_day_rate());
  if (const auto price = fields.Money("fixed_price", kMaxPrice))
    SetMoney(*price, tariff.mutable_fixed_price());
}

void RulebookReader::ReadCoverage(const YamlNode& node, const programme::v1::Tariff& tariff,
                                  programme::v1::Coverage& coverage) {
  Fields fields(node, {"funder", "size_classes", "regions", "rate", "remaining_charge", "ceiling"},
                {"funder"}, problems_);
  if (const auto funder = fields.Code("funder")) {
    if (funders_known_ && !Contains(rulebook_.funders(), *funder)) {
      std::vector<Word> known;
      for (const std::string& name : rulebook_.funders()) known.push_back({name, 0});
      ReadWord(*fields.Find("funder"), known, problems_);  // notes the nearest
    }
    coverage.set_funder(*funder);
  }
  ReadSizeClasses(fields, [&](SizeClass size) { coverage.mutable_scope()->add_size_classes(size); });
  ReadRegions(fields, [&](const std::string& region) { coverage.mutable_scope()->add_regions(region); });

  if ((fields.Find("rate") != nullptr) == (fields.Find("remaining_charge") != nullptr)) {
    problems_.Add(node, "Une prise en charge a soit rate, soit remaining_charge.",
                  "A coverage has either rate or remaining_charge.");
  }
  if (const auto rate = fields.Share("rate")) SetRate(*rate, coverage.mutable_rate());
  if (const auto charge = fields.Money("remaining_charge", kMaxPrice)) {
    if (tariff.has_fixed_price() && charge->value() > tariff.fixed_price().cents()) {
      problems_.Add(*fields.Find("remaining_charge"), "Le reste à charge dépasse le prix.",
                    "The remaining charge exceeds the price.");
    } else if (tariff.has_fixed_price() && rulebook_.has_stack_cap() &&
               Exceeds(tariff.fixed_price().cents() - charge->value(), tariff.fixed_price().cents(),
                       rulebook_.stack_cap())) {
      problems_.Add(*fields.Find("remaining_charge"),
                    "Ce reste à charge publié laisse aux aides plus que stack_cap ne permet : l’entreprise "
                    "paierait davantage.",
                    "This published remaining charge leaves more to public aid than stack_cap allows: the "
                    "company would pay more.");
    }
    SetMoney(*charge, coverage.mutable_remaining_charge());
  }
  if (const auto ceiling = fields.Money("ceiling", kMaxPrice)) SetMoney(*ceiling, coverage.mutable_ceiling());
}

// Two tariffs that fit the same agreement would make its price a matter of their order in the file.
void RulebookReader::CheckTariffsApart(std::span<const YamlNode> nodes, const programme::v1::Phase& phase) {
  for (int later = 1; later < phase.tariffs_size(); ++later) {
    for (int earlier = 0; earlier < later; ++earlier) {
      const programme::v1::Tariff& a = phase.tariffs(earlier);
      const programme::v1::Tariff& b = phase.tariffs(later);
      if (!DatesMeet(a, b) || !HalfDaysMeet(a, b)) continue;
      const std::string line = std::to_string(nodes[static_cast<size_t>(earlier)].line);
      problems_.Add(nodes[static_cast<size_t>(later)],
                    "Ce tarif et celui de la ligne " + line +
                        " valent aux mêmes dates pour les mêmes nombres de demi-journées.",
                    "This tariff and the one on line " + line +
                        " hold on the same dates for the same numbers of half-days.");
      break;
    }
  }
}

// Of the coverages of one funder the first that matches counts; and a published remaining charge is only true
// when no funder after it pays part of it.
void RulebookReader::CheckCoverages(std::span<const YamlNode> nodes, const programme::v1::Tariff& tariff) {
  for (int i = 0; i < tariff.coverage_size(); ++i) {
    const programme::v1::Coverage& coverage = tariff.coverage(i);
    const YamlNode& node = nodes[static_cast<size_t>(i)];
    for (int j = 0; j < i; ++j) {
      const programme::v1::Coverage& earlier = tariff.coverage(j);
      if (earlier.funder() != coverage.funder() ||
          !Includes(earlier.scope().regions(), coverage.scope().regions()) ||
          !Includes(earlier.scope().size_classes(), coverage.scope().size_classes())) {
        continue;
      }
      const std::string line = std::to_string(nodes[static_cast<size_t>(j)].line);
      problems_.Add(node,
                    "Cette prise en charge ne sert jamais : celle de la ligne " + line + " passe avant.",
                    "This coverage never counts: the one on line " + line + " comes first.");
      break;
    }
    const bool undercut =
        coverage.has_remaining_charge() &&
        std::any_of(tariff.coverage().begin(), tariff.coverage().end(),
                    [&](const programme::v1::Coverage& other) {
                      const bool pays = other.has_remaining_charge() || other.rate().numerator() > 0;
                      return pays && OrderOf(other.funder()) > OrderOf(coverage.funder()) &&
                             Meets(other.scope().regions(), coverage.scope().regions()) &&
                             Meets(other.scope().size_classes(), coverage.scope().size_classes());
                    });
    if (undercut) {
      problems_.Add(
          node,
          "Un financeur cité après lui dans funders paierait une part de ce reste à charge publié : "
          "placez en dernier celui qui le porte.",
          "A funder that stands after it in funders would pay part of this published remaining charge: put "
          "the one that bears it last.");
    }
  }
}

template <typename AddClass>
void RulebookReader::ReadSizeClasses(Fields& fields, AddClass add) {
  for (const YamlNode& node : fields.List("size_classes", std::size(kSizeClasses))) {
    const std::optional<int> word = ReadWord(node, kSizeClasses, problems_);
    if (!word) continue;
    if (*word != kPme) {
      add(static_cast<SizeClass>(*word));
      continue;
    }
    for (const SizeClass size :
         {common::v1::SIZE_CLASS_MICRO, common::v1::SIZE_CLASS_SMALL, common::v1::SIZE_CLASS_MEDIUM}) {
      add(size);
    }
  }
}

template <typename AddRegion>
void RulebookReader::ReadRegions(Fields& fields, AddRegion add) {
  for (const YamlNode& node : fields.List("regions", 50)) {
    if (const auto region = ReadRegion(node, problems_)) add(*region);
  }
}

int RulebookReader::OrderOf(const std::string& funder) const {
  const auto found = std::find(rulebook_.funders().begin(), rulebook_.funders().end(), funder);
  return static_cast<int>(found - rulebook_.funders().begin());
}

}  // namespace

ParsedRulebook ParseRulebook(std::string_view source) {
  RulebookProblem problem;
  const std::optional<YamlNode> root = ParseYaml(source, problem);
  if (!root) return {{}, {problem}};
  return RulebookReader().Read(*root);
}

}  // namespace jalon::rules
