#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>

#include "base/cents.h"
#include "base/commune.h"
#include "base/date.h"
#include "base/half_day.h"
#include "base/language.h"
#include "base/rate.h"
#include "base/siren.h"
#include "base/uuid.h"

namespace jalon {
namespace {

using internal::Int128;

// RC_ASSERT takes expressions apart, and with them && and || lose their short circuit: those stand in double
// parentheses below.

// Amounts of every magnitude: rapidcheck's own integers rarely reach the limits.
rc::Gen<Cents> AnyCents() {
  return rc::gen::map(rc::gen::oneOf(rc::gen::inRange<int64_t>(-1'000, 1'001),
                                     rc::gen::inRange<int64_t>(-100'000'000, 100'000'001),
                                     rc::gen::inRange<int64_t>(-kMaxCents, kMaxCents + 1)),
                      [](int64_t value) { return Cents(value); });
}

// Text close enough to what the parsers take to reach deep into them, bytes of the no-break spaces included.
rc::Gen<std::string> AnyText() {
  const std::string alphabet = "0123456789.,-/%;=qenfrEUR €\u00A0\u202F";
  return rc::gen::oneOf(rc::gen::container<std::string>(rc::gen::elementOf(alphabet)),
                        rc::gen::arbitrary<std::string>());
}

rc::Gen<Date> AnyDate() {
  return rc::gen::map(rc::gen::inRange(0, 109'572),
                      [](int n) { return Date::FromYmd(1900, 1, 1)->AddDays(n); });
}

rc::Gen<std::string> Digits(size_t count) {
  return rc::gen::container<std::string>(count, rc::gen::inRange<char>('0', '9' + 1));
}

// Written apart from the code under test, in the textbook's way: tries each check digit.
int LuhnSum(const std::string& digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int value = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) value = value * 2 / 10 + value * 2 % 10;
    sum += value;
  }
  return sum;
}

std::string CompleteLuhn(std::string digits) {
  digits.push_back('0');
  while (LuhnSum(digits) % 10 != 0) ++digits.back();
  return digits;
}

// `digits` with one of them, anywhere, replaced by another.
std::string ChangeOneDigit(std::string digits) {
  const auto position = *rc::gen::inRange<size_t>(0, digits.size());
  const int shift = *rc::gen::inRange(1, 10);
  digits[position] = static_cast<char>('0' + (digits[position] - '0' + shift) % 10);
  return digits;
}

RC_GTEST_PROP(CentsProperty, WrittenInFrenchAreReadBack, ()) {
  const Cents amount = *AnyCents();
  RC_ASSERT(ParseEuros(FormatEuros(amount, Language::kFrench)) == amount);
}

RC_GTEST_PROP(CentsProperty, ReadingAnyTextNeverFailsOtherThanByRefusing, ()) {
  const std::string text = *AnyText();
  const auto amount = ParseEuros(text);
  RC_ASSERT((!amount || ParseEuros(FormatEuros(*amount, Language::kFrench)) == amount));
}

RC_GTEST_PROP(CentsProperty, MulDivIsWithinHalfACentAndTiesGoAwayFromZero, ()) {
  const Cents amount = *AnyCents();
  const auto denominator =
      *rc::gen::oneOf(rc::gen::inRange<int64_t>(1, 200), rc::gen::inRange<int64_t>(1, INT64_MAX));
  const auto numerator = *rc::gen::inRange<int64_t>(0, denominator);
  const Int128 exact = static_cast<Int128>(amount.value()) * numerator;
  const Int128 result = MulDivHalfUp(amount, numerator, denominator).value();
  // result = exact ÷ denominator ± ½, so twice the difference is at most one denominator.
  const Int128 twice_excess = 2 * (result * denominator - exact);
  RC_ASSERT((twice_excess <= denominator && twice_excess >= -static_cast<Int128>(denominator)));
  if (twice_excess == denominator) RC_ASSERT(exact > 0);
  if (twice_excess == -static_cast<Int128>(denominator)) RC_ASSERT(exact < 0);
}

RC_GTEST_PROP(CentsProperty, AReversalRoundsToTheExactOpposite, ()) {
  const Cents amount = *AnyCents();
  const auto denominator = *rc::gen::inRange<int64_t>(1, 10'000);
  const auto numerator = *rc::gen::inRange<int64_t>(0, denominator + 1);
  RC_ASSERT(MulDivHalfUp(-amount, numerator, denominator) == -MulDivHalfUp(amount, numerator, denominator));
}

// PRODUCT: a line is rounded on the running total, so that any number of half-days adds up to what was
// agreed.
RC_GTEST_PROP(CentsProperty, LinesRoundedOnTheRunningTotalAddUpToTheAgreedAmount, ()) {
  const Cents agreed = *AnyCents();
  const auto lines = *rc::gen::inRange<int64_t>(1, 301);
  const int64_t fair = MulDivHalfUp(agreed, 1, lines).value();
  Cents sum;
  for (int64_t line = 1; line <= lines; ++line) {
    const Cents amount = MulDivHalfUp(agreed, line, lines) - MulDivHalfUp(agreed, line - 1, lines);
    RC_ASSERT((amount.value() >= fair - 1 && amount.value() <= fair + 1));
    sum += amount;
  }
  RC_ASSERT(sum == agreed);
}

RC_GTEST_PROP(RateProperty, WrittenInEitherLanguageIsReadBack, ()) {
  const auto denominator = *rc::gen::oneOf(rc::gen::element<int64_t>(1, 100, 10'000, 1'000'000, 1'024),
                                           rc::gen::inRange<int64_t>(1, INT64_MAX));
  const Rate rate(*rc::gen::inRange<int64_t>(0, 2'000'000), denominator);
  for (const Language language : {Language::kFrench, Language::kEnglish}) {
    RC_ASSERT(Rate::Parse(rate.FormatPercent(language)) == rate);
  }
}

RC_GTEST_PROP(RateProperty, ReadingAnyTextNeverFailsOtherThanByRefusing, ()) {
  const std::string text = *AnyText();
  const auto rate = Rate::Parse(text);
  RC_ASSERT((!rate || rate->denominator() > 0));
}

RC_GTEST_PROP(RateProperty, IsOrderedAsItsCrossProducts, ()) {
  const auto any = rc::gen::inRange<int64_t>(1, INT64_MAX);
  const int64_t a = *any, b = *any, c = *any, d = *any;
  const Int128 left = static_cast<Int128>(a) * d, right = static_cast<Int128>(c) * b;
  RC_ASSERT((Rate(a, b) < Rate(c, d)) == (left < right));
  RC_ASSERT((Rate(a, b) == Rate(c, d)) == (left == right));
}

RC_GTEST_PROP(RateProperty, ACompanyAndAFunderShareEveryCent, ()) {
  const Cents cost = *AnyCents();
  const auto denominator = *rc::gen::inRange<int64_t>(1, 10'000);
  const Rate rate(*rc::gen::inRange<int64_t>(0, denominator + 1), denominator);
  const Cents aid = rate.Of(cost);
  RC_ASSERT(aid + (cost - aid) == cost);
  RC_ASSERT((cost >= Cents(0) ? aid >= Cents(0) && aid <= cost : aid <= Cents(0) && aid >= cost));
}

RC_GTEST_PROP(DateProperty, WrittenIsReadBack, ()) {
  const Date date = *AnyDate();
  RC_ASSERT(Date::Parse(date.ToIso()) == date);
  RC_ASSERT(Month::Parse(date.FirstOfMonth().ToIso()) == date.FirstOfMonth());
}

RC_GTEST_PROP(DateProperty, AddDaysIsTheInverseOfDaysUntil, ()) {
  const Date from = *AnyDate(), to = *AnyDate();
  RC_ASSERT(from.AddDays(from.DaysUntil(to)) == to);
  RC_ASSERT((from < to) == (from.DaysUntil(to) > 0));
  RC_ASSERT((from < to) == (from.ToIso() < to.ToIso()));
}

RC_GTEST_PROP(DateProperty, AddMonthsLandsInTheRightMonthOnTheSameDayOrItsLast, ()) {
  const Date date = *AnyDate();
  const int year = *rc::gen::inRange(kFirstYear, kLastYear + 1);
  const auto month = *rc::gen::inRange(1u, 13u);
  const int months = (year - static_cast<int>(date.ymd().year())) * 12 + static_cast<int>(month) -
                     static_cast<int>(static_cast<unsigned>(date.ymd().month()));
  const Date moved = date.AddMonths(months);
  RC_ASSERT(moved.FirstOfMonth() == (Month{year, month}));
  RC_ASSERT((moved.ymd().day() == date.ymd().day() ||
             (moved.ymd().day() < date.ymd().day() && moved == moved.FirstOfMonth().LastDay())));
}

RC_GTEST_PROP(DateProperty, ReadingAnyTextNeverFailsOtherThanByRefusing, ()) {
  const std::string text = *AnyText();
  const auto date = Date::Parse(text);
  RC_ASSERT((!date || date->ToIso() == text));
}

RC_GTEST_PROP(SirenProperty, CompletedByItsLuhnDigitIsRead, ()) {
  const std::string siren = CompleteLuhn(*Digits(8));
  RC_ASSERT(Siren::Parse(siren)->str() == siren);
  RC_ASSERT(VatNumber(*Siren::Parse(siren)).size() == 13);
}

RC_GTEST_PROP(SirenProperty, WithOneDigitChangedIsNeverRead, ()) {
  RC_ASSERT(CheckSiren(ChangeOneDigit(CompleteLuhn(*Digits(8)))) == IdentifierProblem::kBadChecksum);
}

RC_GTEST_PROP(SiretProperty, OfAFirmCompletedByItsLuhnDigitIsRead, ()) {
  const std::string siren = CompleteLuhn(*Digits(8));
  RC_PRE(siren != "356000000");
  const std::string siret = CompleteLuhn(siren + *Digits(4));
  RC_ASSERT(Siret::Parse(siret)->siren().str() == siren);
  RC_ASSERT(CheckSiret(ChangeOneDigit(siret)) == IdentifierProblem::kBadChecksum);
}

TEST(SiretProperty, OfLaPosteIsReadWhenItsDigitsSumToAMultipleOfFiveOrItIsTheHeadOffice) {
  int read = 0;
  for (int establishment = 0; establishment < 100'000; ++establishment) {
    int sum = 3 + 5 + 6;
    for (int rest = establishment; rest > 0; rest /= 10) sum += rest % 10;
    const std::string siret = std::to_string(35'600'000'000'000 + establishment);
    const bool valid = Siret::Parse(siret).has_value();
    ASSERT_EQ(valid, sum % 5 == 0 || establishment == 48) << siret;
    read += valid;
  }
  EXPECT_EQ(read, 20'001);
}

RC_GTEST_PROP(SirenProperty, ReadingAnyTextNeverFailsOtherThanByRefusing, ()) {
  const std::string text = *AnyText();
  RC_ASSERT(Siren::Parse(text).has_value() == !CheckSiren(text).has_value());
  RC_ASSERT(Siret::Parse(text).has_value() == !CheckSiret(text).has_value());
}

RC_GTEST_PROP(CommuneProperty, BelongsToADepartmentItsCodeStartsWith, ()) {
  const std::string code = *Digits(5);
  const auto department = DepartmentOfCommune(code);
  if (department) RC_ASSERT(code.starts_with(*department));
}

RC_GTEST_PROP(UuidProperty, WrittenIsReadBackAndASeedIsNeverConfusedWithAnother,
              (uint64_t hi, uint32_t lo, uint32_t other)) {
  const Uuid uuid = Uuid::FromSeed(hi, lo);
  RC_ASSERT(Uuid::Parse(uuid.str()) == uuid);
  RC_ASSERT((Uuid::FromSeed(hi, other) == uuid) == (lo == other));
}

RC_GTEST_PROP(LanguageProperty, AnyTextYieldsOne, ()) {
  const std::string text = *AnyText();
  const Language language = LanguageFromTag(text);
  RC_ASSERT((language == Language::kFrench || language == Language::kEnglish));
}

}  // namespace
}  // namespace jalon
