#ifndef JALON_ENROLMENT_SIZE_CLASS_H_
#define JALON_ENROLMENT_SIZE_CLASS_H_

#include <cstdint>
#include <string>

#include "base/cents.h"
#include "jalon/common/v1/types.pb.h"

// The ceilings of the two definitions of size that programmes refer to. They share figures but not their
// purpose, so they are computed apart. Whose figures these are, and over which years, is for eu_size.h and
// french_category.h.
namespace jalon::enrolment {

struct SizeFigures {
  int64_t headcount_hundredths = 0;  // annual work units, 120 staff is 12000
  Cents turnover;
  Cents balance_sheet;
};

enum class EuSize { kMicro, kSmall, kMedium, kNotSme };
enum class FrenchCategory { kMicro, kPme, kEti, kLarge };

template <typename Class>
struct Sized {
  Class size_class;
  // The figures against the limits that decided.
  std::string evidence_fr;
  std::string evidence_en;
};

// Recommendation 2003/361/EC, annex, article 2: fewer than the limit of staff, and turnover or balance sheet
// not above theirs; one of the two suffices.
Sized<EuSize> EuSizeOf(const SizeFigures& figures);

// Décret n° 2008-1354, article 3: microentreprise, PME (which includes the micro), ETI, grande entreprise.
Sized<FrenchCategory> FrenchCategoryOf(const SizeFigures& figures);

// The class the contract speaks of, of figures that need no second year: the European one up to medium, and
// beyond it the French ETI and grande entreprise.
Sized<common::v1::SizeClass> SizeClassOf(const SizeFigures& figures);

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_SIZE_CLASS_H_
