#include "enrolment/size_class.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jalon::enrolment {
namespace {

using testing::HasSubstr;

constexpr int64_t kMillion = 1'000'000'00;
constexpr int64_t kHuge = 10'000 * kMillion;

SizeFigures Figures(int64_t headcount_hundredths, int64_t turnover, int64_t balance_sheet) {
  return {headcount_hundredths, Cents(turnover), Cents(balance_sheet)};
}

// Recommendation 2003/361/EC: strict on heads, inclusive on money, either amount suffices.
TEST(EuSize, IsStrictOnHeads) {
  EXPECT_EQ(EuSizeOf(Figures(9'99, 0, 0)).size_class, EuSize::kMicro);
  EXPECT_EQ(EuSizeOf(Figures(10'00, 0, 0)).size_class, EuSize::kSmall);
  EXPECT_EQ(EuSizeOf(Figures(49'99, 0, 0)).size_class, EuSize::kSmall);
  EXPECT_EQ(EuSizeOf(Figures(50'00, 0, 0)).size_class, EuSize::kMedium);
  EXPECT_EQ(EuSizeOf(Figures(249'99, 0, 0)).size_class, EuSize::kMedium);
  EXPECT_EQ(EuSizeOf(Figures(250'00, 0, 0)).size_class, EuSize::kNotSme);
}

TEST(EuSize, IsInclusiveOnMoney) {
  EXPECT_EQ(EuSizeOf(Figures(1'00, 2 * kMillion, kHuge)).size_class, EuSize::kMicro);
  EXPECT_EQ(EuSizeOf(Figures(1'00, 2 * kMillion + 1, kHuge)).size_class, EuSize::kSmall);
  EXPECT_EQ(EuSizeOf(Figures(1'00, 2 * kMillion + 1, 2 * kMillion + 1)).size_class, EuSize::kSmall);
  EXPECT_EQ(EuSizeOf(Figures(1'00, 10 * kMillion, kHuge)).size_class, EuSize::kSmall);
  EXPECT_EQ(EuSizeOf(Figures(1'00, 10 * kMillion + 1, kHuge)).size_class, EuSize::kMedium);
  EXPECT_EQ(EuSizeOf(Figures(1'00, 50 * kMillion, kHuge)).size_class, EuSize::kMedium);
  EXPECT_EQ(EuSizeOf(Figures(1'00, 50 * kMillion + 1, 43 * kMillion)).size_class, EuSize::kMedium);
  EXPECT_EQ(EuSizeOf(Figures(1'00, 50 * kMillion + 1, 43 * kMillion + 1)).size_class, EuSize::kNotSme);
}

TEST(EuSize, TakesEitherAmount) {
  EXPECT_EQ(EuSizeOf(Figures(1'00, kHuge, 2 * kMillion)).size_class, EuSize::kMicro);
  EXPECT_EQ(EuSizeOf(Figures(1'00, kHuge, 10 * kMillion)).size_class, EuSize::kSmall);
  EXPECT_EQ(EuSizeOf(Figures(249'00, kHuge, 43 * kMillion)).size_class, EuSize::kMedium);
}

// Décret n° 2008-1354.
TEST(FrenchCategory, HasItsOwnLimits) {
  EXPECT_EQ(FrenchCategoryOf(Figures(9'99, 2 * kMillion, kHuge)).size_class, FrenchCategory::kMicro);
  EXPECT_EQ(FrenchCategoryOf(Figures(10'00, 0, 0)).size_class, FrenchCategory::kPme);
  EXPECT_EQ(FrenchCategoryOf(Figures(249'99, 50 * kMillion, kHuge)).size_class, FrenchCategory::kPme);
  EXPECT_EQ(FrenchCategoryOf(Figures(249'99, kHuge, 43 * kMillion)).size_class, FrenchCategory::kPme);
  EXPECT_EQ(FrenchCategoryOf(Figures(250'00, 0, 0)).size_class, FrenchCategory::kEti);
  EXPECT_EQ(FrenchCategoryOf(Figures(4'999'99, 1'500 * kMillion, 3'000 * kMillion)).size_class,
            FrenchCategory::kEti);
  EXPECT_EQ(FrenchCategoryOf(Figures(4'999'99, 1'500 * kMillion + 1, 2'000 * kMillion)).size_class,
            FrenchCategory::kEti);
  EXPECT_EQ(FrenchCategoryOf(Figures(4'999'99, 1'500 * kMillion + 1, 2'000 * kMillion + 1)).size_class,
            FrenchCategory::kLarge);
  EXPECT_EQ(FrenchCategoryOf(Figures(5'000'00, 0, 0)).size_class, FrenchCategory::kLarge);
}

TEST(SizeClass, OfTheContractIsEuropeanUpToMediumAndFrenchBeyond) {
  EXPECT_EQ(SizeClassOf(Figures(9'99, 0, 0)).size_class, common::v1::SIZE_CLASS_MICRO);
  EXPECT_EQ(SizeClassOf(Figures(10'00, 0, 0)).size_class, common::v1::SIZE_CLASS_SMALL);
  EXPECT_EQ(SizeClassOf(Figures(120'00, 20 * kMillion, 20 * kMillion)).size_class,
            common::v1::SIZE_CLASS_MEDIUM);
  EXPECT_EQ(SizeClassOf(Figures(250'00, 0, 0)).size_class, common::v1::SIZE_CLASS_ETI);
  EXPECT_EQ(SizeClassOf(Figures(100'00, 50 * kMillion + 1, 43 * kMillion + 1)).size_class,
            common::v1::SIZE_CLASS_ETI);
  EXPECT_EQ(SizeClassOf(Figures(5'000'00, 0, 0)).size_class, common::v1::SIZE_CLASS_LARGE);
}

TEST(SizeClass, ShowsTheFiguresAgainstTheLimitsThatDecided) {
  const auto medium = SizeClassOf(Figures(120'50, 20 * kMillion, 15 * kMillion));
  EXPECT_THAT(medium.evidence_fr, HasSubstr("Moyenne entreprise"));
  EXPECT_THAT(medium.evidence_fr, HasSubstr("effectif de 120,5 (limite\u00A0: moins de 250)"));
  EXPECT_THAT(medium.evidence_en, HasSubstr("headcount of 120.5 (limit: fewer than 250)"));
  EXPECT_THAT(medium.evidence_en, HasSubstr("turnover of €20,000,000.00 (limit: €50,000,000.00)"));
  EXPECT_THAT(medium.evidence_en, HasSubstr("balance sheet of €15,000,000.00 (limit: €43,000,000.00)"));
  EXPECT_THAT(SizeClassOf(Figures(5'000'00, 0, 0)).evidence_en,
              HasSubstr("Large enterprise, beyond the limits"));
}

}  // namespace
}  // namespace jalon::enrolment
