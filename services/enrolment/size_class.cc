#include "enrolment/size_class.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/language.h"
#include "base/wording.h"
#include "enrolment/evidence.h"

namespace jalon::enrolment {
namespace {

template <typename Class>
struct Limits {
  Class size_class;
  int64_t headcount_hundredths;  // fewer than
  Cents turnover;                // at most, or
  Cents balance_sheet;           // at most
  std::string_view fr;
  std::string_view en;
};

// From the smallest class up: the first whose limits hold is the enterprise's.
constexpr std::array kEuLimits = {
    Limits<EuSize>{EuSize::kMicro, 10'00, Cents(2'000'000'00), Cents(2'000'000'00), "Microentreprise",
                   "Micro-enterprise"},
    Limits<EuSize>{EuSize::kSmall, 50'00, Cents(10'000'000'00), Cents(10'000'000'00), "Petite entreprise",
                   "Small enterprise"},
    Limits<EuSize>{EuSize::kMedium, 250'00, Cents(50'000'000'00), Cents(43'000'000'00), "Moyenne entreprise",
                   "Medium enterprise"}};

constexpr std::array kFrenchLimits = {
    Limits<FrenchCategory>{FrenchCategory::kMicro, 10'00, Cents(2'000'000'00), Cents(2'000'000'00),
                           "Microentreprise", "Microentreprise"},
    Limits<FrenchCategory>{FrenchCategory::kPme, 250'00, Cents(50'000'000'00), Cents(43'000'000'00), "PME",
                           "PME"},
    Limits<FrenchCategory>{FrenchCategory::kEti, 5'000'00, Cents(1'500'000'000'00), Cents(2'000'000'000'00),
                           "Entreprise de taille intermédiaire (ETI)", "Mid-cap (ETI)"}};

template <typename Class>
bool Within(const SizeFigures& figures, const Limits<Class>& limits) {
  return figures.headcount_hundredths < limits.headcount_hundredths &&
         (figures.turnover <= limits.turnover || figures.balance_sheet <= limits.balance_sheet);
}

// "Moyenne entreprise : effectif de 120 (moins de 250), chiffre d’affaires de … (… au plus) ou bilan de …
// (…)."
template <typename Class>
std::string EvidenceFr(std::string_view name, bool within, const SizeFigures& figures,
                       const Limits<Class>& limits) {
  constexpr Language kFr = Language::kFrench;
  std::string text(name);
  text.append(within ? " : " : ", au-delà des limites : ")
      .append("effectif de ")
      .append(FormatHeadcount(figures.headcount_hundredths, kFr))
      .append(" (limite : moins de ")
      .append(FormatHeadcount(limits.headcount_hundredths, kFr))
      .append(") ; chiffre d’affaires de ")
      .append(FormatEuros(figures.turnover, kFr))
      .append(" (limite : ")
      .append(FormatEuros(limits.turnover, kFr))
      .append(") ou bilan de ")
      .append(FormatEuros(figures.balance_sheet, kFr))
      .append(" (limite : ")
      .append(FormatEuros(limits.balance_sheet, kFr))
      .append(").");
  return Typeset(std::move(text));
}

template <typename Class>
std::string EvidenceEn(std::string_view name, bool within, const SizeFigures& figures,
                       const Limits<Class>& limits) {
  constexpr Language kEn = Language::kEnglish;
  std::string text(name);
  return text.append(within ? ": " : ", beyond the limits: ")
      .append("headcount of ")
      .append(FormatHeadcount(figures.headcount_hundredths, kEn))
      .append(" (limit: fewer than ")
      .append(FormatHeadcount(limits.headcount_hundredths, kEn))
      .append("); turnover of ")
      .append(FormatEuros(figures.turnover, kEn))
      .append(" (limit: ")
      .append(FormatEuros(limits.turnover, kEn))
      .append(") or balance sheet of ")
      .append(FormatEuros(figures.balance_sheet, kEn))
      .append(" (limit: ")
      .append(FormatEuros(limits.balance_sheet, kEn))
      .append(").");
}

// The first class whose limits hold; past the last of them, `beyond`, whose evidence is the limits it
// exceeds.
template <typename Class, size_t kCount>
Sized<Class> Classify(const SizeFigures& figures, const std::array<Limits<Class>, kCount>& table,
                      Class beyond, std::string_view beyond_fr, std::string_view beyond_en) {
  for (const Limits<Class>& limits : table) {
    if (!Within(figures, limits)) continue;
    return {limits.size_class, EvidenceFr(limits.fr, true, figures, limits),
            EvidenceEn(limits.en, true, figures, limits)};
  }
  return {beyond, EvidenceFr(beyond_fr, false, figures, table.back()),
          EvidenceEn(beyond_en, false, figures, table.back())};
}

}  // namespace

Sized<EuSize> EuSizeOf(const SizeFigures& figures) {
  return Classify(figures, kEuLimits, EuSize::kNotSme, "Ni micro, ni petite, ni moyenne entreprise",
                  "Neither a micro, small nor medium enterprise");
}

Sized<FrenchCategory> FrenchCategoryOf(const SizeFigures& figures) {
  return Classify(figures, kFrenchLimits, FrenchCategory::kLarge, "Grande entreprise", "Large enterprise");
}

Sized<common::v1::SizeClass> SizeClassOf(const SizeFigures& figures) {
  Sized<EuSize> eu = EuSizeOf(figures);
  if (eu.size_class != EuSize::kNotSme) {
    const auto size = eu.size_class == EuSize::kMicro   ? common::v1::SIZE_CLASS_MICRO
                      : eu.size_class == EuSize::kSmall ? common::v1::SIZE_CLASS_SMALL
                                                        : common::v1::SIZE_CLASS_MEDIUM;
    return {size, std::move(eu.evidence_fr), std::move(eu.evidence_en)};
  }
  // Past the European medium, whose limits are those of the French PME, only these two are left.
  Sized<FrenchCategory> french = FrenchCategoryOf(figures);
  const auto size =
      french.size_class == FrenchCategory::kEti ? common::v1::SIZE_CLASS_ETI : common::v1::SIZE_CLASS_LARGE;
  return {size, std::move(french.evidence_fr), std::move(french.evidence_en)};
}

}  // namespace jalon::enrolment
