#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>

#include "base/cents.h"
#include "base/commune.h"
#include "base/date.h"
#include "base/deadline.h"
#include "base/half_day.h"
#include "base/language.h"
#include "base/rate.h"
#include "base/siren.h"
#include "base/uuid.h"

namespace jalon {
namespace {

using enum Language;

// What a value type holds, or −1: amounts here are never −1 cent.
int64_t CentsIn(const char* text) {
  return ParseEuros(text).value_or(Cents(-1)).value();
}

Date D(const char* iso) {
  return Date::Parse(iso).value();
}

// --- cents
// ---------------------------------------------------------------------------------------------------

static_assert(MulDivHalfUp(Cents(1'300'000), 42, 100) == Cents(546'000));
static_assert(MulDivHalfUp(Cents(1), 1, 2) == Cents(1));
static_assert(MulDivHalfUp(Cents(-1), 1, 2) == Cents(-1));
static_assert(MulDivHalfUp(Cents(1), -1, 2) == Cents(-1));
static_assert(MulDivHalfUp(Cents(1), 49, 100) == Cents(0));
static_assert(MulDivHalfUp(Cents(kMaxCents), INT64_MAX, INT64_MAX) == Cents(kMaxCents));
static_assert(Cents(70'000) * 100 == Cents(7'000'000));
static_assert(!Cents::FromUntrusted(kMaxCents + 1) && !Cents::FromUntrusted(INT64_MIN));

TEST(Cents, AreWrittenAsEachLanguageWritesMoney) {
  EXPECT_EQ(FormatEuros(Cents(1'300'000), kFrench), "13\u202F000,00\u00A0€");
  EXPECT_EQ(FormatEuros(Cents(1'300'000), kEnglish), "€13,000.00");
  EXPECT_EQ(FormatEuros(Cents(-123'456'789), kFrench), "-1\u202F234\u202F567,89\u00A0€");
  EXPECT_EQ(FormatEuros(Cents(-123'456'789), kEnglish), "-€1,234,567.89");
  EXPECT_EQ(FormatEuros(Cents(-5), kFrench), "-0,05\u00A0€");
  EXPECT_EQ(FormatEuros(Cents(99'999), kEnglish), "€999.99");
}

TEST(Cents, AreReadAsPeopleTypeThem) {
  for (const char* text : {"13000", "13000.00", "13000,0", "13 000", "13\u202F000,00\u00A0€",
                           "13\u00A0000 EUR", " 13000€ ", "13000 €"}) {
    EXPECT_EQ(CentsIn(text), 1'300'000) << text;
  }
  EXPECT_EQ(CentsIn("0,5"), 50);
  EXPECT_EQ(CentsIn("-1 234,56 €"), -123'456);
  EXPECT_EQ(CentsIn("-0"), 0);
  EXPECT_EQ(CentsIn("90 000 000 000 000"), kMaxCents);
}

TEST(Cents, AreRefusedWhenTheyCouldMeanTwoThings) {
  for (const char* text : {"",
                           " ",
                           "-",
                           "€",
                           "EUR",
                           "13,000",
                           "13,000.00",
                           "13.000,00",
                           "1.234",
                           ".50",
                           "13.",
                           "13,",
                           "1 3",
                           "13 00",
                           "1234 567",
                           "1  234",
                           "13 000 0",
                           "1 234567",
                           "1,2 3",
                           "--1",
                           "- 1",
                           "+1",
                           "1e3",
                           "0x10",
                           "13 €€",
                           "€13",
                           "13 USD",
                           "90000000000000.01",
                           "99999999999999999999",
                           "１３",
                           "1\u2009000"}) {
    EXPECT_EQ(ParseEuros(text), std::nullopt) << text;
  }
}

TEST(CentsDeathTest, NeverLeaveTheirLimitsSilently) {
  EXPECT_DEATH(Cents(kMaxCents) + Cents(1), "out of limits");
  EXPECT_DEATH(Cents(-kMaxCents) - Cents(1), "out of limits");
  EXPECT_DEATH(Cents(kMaxCents) * 2, "out of limits");
  EXPECT_DEATH(Cents(kMaxCents) * INT64_MAX, "overflow");
  EXPECT_DEATH(MulDivHalfUp(Cents(kMaxCents), 2, 1), "out of limits");
  EXPECT_DEATH(MulDivHalfUp(Cents(1), 1, 0), "denominator");
}

// --- language
// ------------------------------------------------------------------------------------------------

TEST(Language, IsTheOneAskedForAndFrenchOtherwise) {
  for (const char* tag :
       {"", "fr", "FR", "fr_FR.UTF-8", "fr-CA", "C", "POSIX", "de", "*", "eng", "e", "en;q=0",
        "fr;q=0.9,en;q=0.8", "fr,en", "en;q=2", "en;q=", "en;q=abc", ",,;", "en;q=0.0001"}) {
    EXPECT_EQ(LanguageFromTag(tag), kFrench) << tag;
  }
  for (const char* tag : {"en", "EN", "en_GB.UTF-8", "en-US,en;q=0.9", "en-US,fr;q=0.9", "fr;q=0.8, en;q=0.9",
                          "de-DE, en;q=0.5, fr;q=0.4", "en,fr", "fr;q=0,en;q=0.001", "en ; q=1.000"}) {
    EXPECT_EQ(LanguageFromTag(tag), kEnglish) << tag;
  }
}

// --- rate
// ----------------------------------------------------------------------------------------------------

static_assert(Rate(42, 100) == Rate(21, 50) && Rate::FromPercent(80) > Rate(79'999, 100'000));
static_assert(Rate(INT64_MAX - 1, INT64_MAX) < Rate(1, 1));
static_assert(Rate(INT64_MAX - 2, INT64_MAX - 1) < Rate(INT64_MAX - 1, INT64_MAX));
static_assert(Rate(5466, 10'000).Of(Cents(1'300'000)) == Cents(710'580));

TEST(Rate, IsReadExactly) {
  EXPECT_EQ(Rate::Parse("42 %"), Rate(42, 100));
  EXPECT_EQ(Rate::Parse("42\u202F%"), Rate(42, 100));
  EXPECT_EQ(Rate::Parse(" 42% "), Rate(42, 100));
  EXPECT_EQ(Rate::Parse("54.66 %"), Rate(5466, 10'000));
  EXPECT_EQ(Rate::Parse("54,66%"), Rate(5466, 10'000));
  EXPECT_EQ(Rate::Parse("1/3"), Rate(1, 3));
  EXPECT_EQ(Rate::Parse("4 / 3"), Rate(4, 3));
  EXPECT_EQ(Rate::Parse("0.42"), Rate(42, 100));
  EXPECT_EQ(Rate::Parse("0,42"), Rate(42, 100));
  EXPECT_EQ(Rate::Parse("1"), Rate(1, 1));
  EXPECT_EQ(Rate::Parse("0"), Rate());
  EXPECT_EQ(Rate::Parse("120 %"), Rate(6, 5));
}

TEST(Rate, IsRefusedWhenMalformedOrWithoutItsPercentSign) {
  for (const char* text : {"",
                           "%",
                           "42",
                           "1.01",
                           "-5 %",
                           "1/0",
                           "/3",
                           "1/",
                           "1/-3",
                           "1/3/5",
                           "1/3 %",
                           "4 2 %",
                           "42 %%",
                           ".5",
                           "5.",
                           "1.2.3",
                           "1e-1",
                           "0.12345678901234567",
                           "99999999999999999999 %",
                           "99999999999999999999/3"}) {
    EXPECT_EQ(Rate::Parse(text), std::nullopt) << text;
  }
  EXPECT_EQ(Rate::FromUntrusted(-1, 2), std::nullopt);
  EXPECT_EQ(Rate::FromUntrusted(1, 0), std::nullopt);
  EXPECT_EQ(Rate::FromUntrusted(1, INT64_MIN), std::nullopt);
  EXPECT_DEATH(Rate(1, 0), "rate");
}

TEST(Rate, IsWrittenInFullWhereFiniteAndAsAFractionElsewhere) {
  EXPECT_EQ(Rate(5466, 10'000).FormatPercent(kFrench), "54,66\u00A0%");
  EXPECT_EQ(Rate(5466, 10'000).FormatPercent(kEnglish), "54.66%");
  EXPECT_EQ(Rate().FormatPercent(kEnglish), "0%");
  EXPECT_EQ(Rate(1, 1).FormatPercent(kEnglish), "100%");
  EXPECT_EQ(Rate(6, 5).FormatPercent(kEnglish), "120%");
  EXPECT_EQ(Rate(5, 100).FormatPercent(kEnglish), "5%");
  EXPECT_EQ(Rate(1, 8).FormatPercent(kFrench), "12,5\u00A0%");
  EXPECT_EQ(Rate(1, 10'000).FormatPercent(kEnglish), "0.01%");
  EXPECT_EQ(Rate(1, 3).FormatPercent(kFrench), "1/3");
  EXPECT_EQ(Rate(INT64_MAX, 1).FormatPercent(kEnglish), "922337203685477580700%");
}

// --- date
// ----------------------------------------------------------------------------------------------------

TEST(Date, IsReadOnlyFromStrictIsoOfADayThatExists) {
  for (const char* text : {"2024-02-29", "1900-01-01", "2199-12-31", "2000-02-29"}) {
    EXPECT_EQ(D(text).ToIso(), text);
  }
  for (const char* text : {"",           "2023-02-29",       "1900-02-29",  "2024-13-01",  "2024-00-10",
                           "2024-01-00", "2024-04-31",       "0000-01-01",  "0001-01-01",  "1899-12-31",
                           "2200-01-01", "9999-12-31",       "2024-1-01",   "2024-01-1",   "20240101",
                           "2024/01/01", "2024-01-01T00:00", " 2024-01-01", "2024-01-01 ", "+024-01-01",
                           "2024--1-01", "2024-01- 1"}) {
    EXPECT_EQ(Date::Parse(text), std::nullopt) << text;
  }
  EXPECT_EQ(Date::FromYmd(2024, 257, 1), std::nullopt);
  EXPECT_EQ(Date::FromYmd(2024, 1, 257), std::nullopt);
  EXPECT_EQ(Date::FromYmd(2024 + 65'536, 1, 1), std::nullopt);
}

TEST(Date, CountsDaysAndMonthsAsTheCalendarDoes) {
  EXPECT_EQ(D("2024-02-28").AddDays(2).ToIso(), "2024-03-01");
  EXPECT_EQ(D("2024-03-01").AddDays(-1).ToIso(), "2024-02-29");
  EXPECT_EQ(D("2024-01-31").AddMonths(1).ToIso(), "2024-02-29");
  EXPECT_EQ(D("2023-01-31").AddMonths(1).ToIso(), "2023-02-28");
  EXPECT_EQ(D("2024-01-30").AddMonths(-36).ToIso(), "2021-01-30");
  EXPECT_EQ(D("2024-01-15").AddMonths(-1).ToIso(), "2023-12-15");
  EXPECT_EQ(D("2024-02-29").AddMonths(12).ToIso(), "2025-02-28");
  EXPECT_EQ(D("2025-01-01").DaysUntil(D("2026-01-01")), 365);
  EXPECT_EQ(D("2025-01-01").DaysUntil(D("2024-01-01")), -366);
  EXPECT_LT(D("2025-01-31"), D("2025-02-01"));
}

TEST(Date, KnowsItsWeekdayAndItsMonth) {
  EXPECT_EQ(D("2025-07-14").weekday(), std::chrono::Monday);
  EXPECT_FALSE(D("2025-07-18").IsWeekend());
  EXPECT_TRUE(D("2025-07-19").IsWeekend());
  EXPECT_TRUE(D("2025-07-20").IsWeekend());
  EXPECT_EQ(D("2025-07-14").FirstOfMonth(), (Month{2025, 7}));
}

TEST(Date, StaysWithinTheYearsOfTheSystemWhateverIsAdded) {
  constexpr int kMost = std::numeric_limits<int>::max(), kLeast = std::numeric_limits<int>::min();
  EXPECT_EQ(D("2025-01-01").AddDays(kMost).ToIso(), "2199-12-31");
  EXPECT_EQ(D("2025-01-01").AddDays(kLeast).ToIso(), "1900-01-01");
  EXPECT_EQ(D("2025-01-31").AddMonths(kMost).ToIso(), "2199-12-31");
  EXPECT_EQ(D("2025-01-01").AddMonths(kLeast).ToIso(), "1900-01-01");
  EXPECT_EQ(Date::FromDays(std::chrono::sys_days::max()).ToIso(), "2199-12-31");
}

TEST(Month, IsReadWrittenAndBounded) {
  const Month february = Month::Parse("2024-02").value();
  EXPECT_EQ(february.ToIso(), "2024-02");
  EXPECT_EQ(february.FirstDay().ToIso(), "2024-02-01");
  EXPECT_EQ(february.LastDay().ToIso(), "2024-02-29");
  EXPECT_EQ(february.AddMonths(-2), (Month{2023, 12}));
  EXPECT_EQ(february.AddMonths(11), (Month{2025, 1}));
  EXPECT_LT((Month{2024, 12}), (Month{2025, 1}));
  for (const char* text :
       {"", "2024-00", "2024-13", "2024-1", "2024-012", "1899-12", "2200-01", "2024/02", "2024-+2"}) {
    EXPECT_EQ(Month::Parse(text), std::nullopt) << text;
  }
}

// --- half-days
// -----------------------------------------------------------------------------------------------

static_assert(HalfDays::FromDays(50) == HalfDays(100));
static_assert(HalfDays(3) - HalfDays(1) + HalfDays(2) == HalfDays(4));

TEST(HalfDays, AreWrittenInDaysWithTheRightPlural) {
  EXPECT_EQ(HalfDays(0).FormatDays(kFrench), "0 jour");
  EXPECT_EQ(HalfDays(1).FormatDays(kFrench), "0,5 jour");
  EXPECT_EQ(HalfDays(2).FormatDays(kFrench), "1 jour");
  EXPECT_EQ(HalfDays(3).FormatDays(kFrench), "1,5 jour");
  EXPECT_EQ(HalfDays(4).FormatDays(kFrench), "2 jours");
  EXPECT_EQ(HalfDays(-5).FormatDays(kFrench), "-2,5 jours");
  EXPECT_EQ(HalfDays(0).FormatDays(kEnglish), "0 days");
  EXPECT_EQ(HalfDays(1).FormatDays(kEnglish), "0.5 days");
  EXPECT_EQ(HalfDays(2).FormatDays(kEnglish), "1 day");
  EXPECT_EQ(HalfDays(3).FormatDays(kEnglish), "1.5 days");
  EXPECT_EQ(HalfDays(-1).FormatDays(kEnglish), "-0.5 days");
  EXPECT_EQ(HalfDays(INT64_MIN).FormatDays(kEnglish), "-4611686018427387904 days");
}

TEST(HalfDaysDeathTest, NeverOverflowSilently) {
  EXPECT_DEATH(HalfDays(INT64_MAX) + HalfDays(1), "overflow");
  EXPECT_DEATH(HalfDays(INT64_MIN) - HalfDays(1), "overflow");
}

// --- SIREN and SIRET
// -----------------------------------------------------------------------------------------

TEST(Siren, IsReadWithOrWithoutSpacesAndGivesItsVatNumber) {
  for (const char* text : {"732829320", "732 829 320", "732\u00A0829\u202F320"}) {
    ASSERT_TRUE(Siren::Parse(text)) << text;
    EXPECT_EQ(Siren::Parse(text)->str(), "732829320");
  }
  EXPECT_EQ(VatNumber(*Siren::Parse("732829320")), "FR44732829320");
}

TEST(Siren, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(CheckSiren("732829320"), std::nullopt);
  EXPECT_EQ(CheckSiren("73282932A"), IdentifierProblem::kNotDigits);
  EXPECT_EQ(CheckSiren("732-829-320"), IdentifierProblem::kNotDigits);
  EXPECT_EQ(CheckSiren("73282932"), IdentifierProblem::kWrongLength);
  EXPECT_EQ(CheckSiren(""), IdentifierProblem::kWrongLength);
  EXPECT_EQ(CheckSiren("73282932000074"), IdentifierProblem::kWrongLength);
  EXPECT_EQ(CheckSiren("732829321"), IdentifierProblem::kBadChecksum);
}

TEST(Siret, IsReadAndKnowsItsFirm) {
  ASSERT_TRUE(Siret::Parse("732 829 320 00074"));
  EXPECT_EQ(Siret::Parse("732 829 320 00074")->str(), "73282932000074");
  EXPECT_EQ(Siret::Parse("73282932000074")->siren(), Siren::Parse("732829320"));
  EXPECT_EQ(CheckSiret("73282932000079"), IdentifierProblem::kBadChecksum);
  EXPECT_EQ(CheckSiret("732829320"), IdentifierProblem::kWrongLength);
  EXPECT_EQ(CheckSiret("7328293200007O"), IdentifierProblem::kNotDigits);
  // Luhn holds over the fourteen digits, not over the nine of the firm.
  EXPECT_EQ(CheckSiret("73282932100072"), IdentifierProblem::kBadChecksum);
}

TEST(Siret, OfLaPosteFollowsItsOwnRule) {
  EXPECT_TRUE(Siret::Parse("35600000049837"));
  EXPECT_TRUE(Siret::Parse("35600000000048"));
  EXPECT_EQ(CheckSiret("35600000000055"), IdentifierProblem::kBadChecksum);  // Luhn, but not the head office
  EXPECT_EQ(CheckSiret("35600000049838"), IdentifierProblem::kBadChecksum);
  EXPECT_EQ(Siret::Parse("35600000049837")->siren().str(), "356000000");
}

// --- communes
// ------------------------------------------------------------------------------------------------

TEST(Commune, GivesItsDepartment) {
  const std::pair<const char*, const char*> expected[] = {
      {"59350", "59"},  {"2A004", "2A"},  {"2B033", "2B"},  {"01001", "01"},
      {"75101", "75"},  {"97105", "971"}, {"97502", "975"}, {"97701", "977"},
      {"97801", "978"}, {"98611", "986"}, {"98735", "987"}, {"98818", "988"},
  };
  for (const auto& [commune, department] : expected)
    EXPECT_EQ(DepartmentOfCommune(commune), department) << commune;
}

TEST(Commune, IsRefusedWhenNoneCanHaveThatCode) {
  for (const char* code : {"", "59", "5935", "593500", "20004", "96001", "00001", "99100", "2C004", "2a004",
                           "5935A", "59000", "97100", "97901", "98401", "A9350", "97 05"}) {
    EXPECT_EQ(DepartmentOfCommune(code), std::nullopt) << code;
  }
}

static_assert(RegionOfDepartment("59") == Region{"32", "Hauts-de-France"});
static_assert(RegionOfDepartment("976") == Region{"06", "Mayotte"});
static_assert(RegionOfDepartment("2B") == Region{"94", "Corse"});
static_assert(!RegionOfDepartment("20") && !RegionOfDepartment("975") && !RegionOfDepartment("96"));
static_assert(!RegionOfDepartment("") && !RegionOfDepartment("5") && !RegionOfDepartment("59 60"));

TEST(Region, CoversTheHundredAndOneDepartmentsOnce) {
  std::multiset<std::string> departments;
  for (const internal::RegionEntry& entry : internal::kRegions) {
    std::string_view rest = entry.departments;
    while (!rest.empty()) {
      const std::string department(rest.substr(0, rest.find(' ')));
      EXPECT_EQ(RegionOfDepartment(department), entry.region) << department;
      departments.insert(department);
      rest.remove_prefix(std::min(rest.size(), department.size() + 1));
    }
  }
  std::multiset<std::string> expected = {"2A", "2B", "971", "972", "973", "974", "976"};
  for (int number = 1; number <= 95; ++number) {
    if (number != 20) expected.insert(internal::ZeroPadded(number, 2));
  }
  EXPECT_EQ(expected.size(), 101u);
  EXPECT_EQ(departments, expected);
  EXPECT_EQ(internal::kRegions.size(), 18u);
}

TEST(Region, OfTheFoundingProgrammeIsItsFiveDepartments) {
  for (const char* department : {"02", "59", "60", "62", "80"}) {
    EXPECT_EQ(RegionOfDepartment(department)->code, "32") << department;
  }
}

// --- UUIDs and cancellation
// ----------------------------------------------------------------------------------

TEST(Uuid, IsReadInCanonicalFormOnly) {
  const char* text = "01234567-89ab-4cde-8f01-23456789abcd";
  EXPECT_EQ(Uuid::Parse(text)->str(), text);
  EXPECT_EQ(Uuid::Parse("01234567-89AB-4CDE-8F01-23456789ABCD"), Uuid::Parse(text));
  for (const char* bad : {"", "0123456789ab4cde8f0123456789abcd", "{01234567-89ab-4cde-8f01-23456789abcd}",
                          "01234567-89ab-4cde-8f01-23456789abcg", "01234567-89ab-4cde-8f01-23456789abc",
                          "012345678-9ab-4cde-8f01-23456789abcd", "01234567-89ab-4cde-8f01-23456789abcd "}) {
    EXPECT_EQ(Uuid::Parse(bad), std::nullopt) << bad;
  }
}

TEST(Uuid, IsAVersion4WhetherDrawnOrSeeded) {
  for (const Uuid& uuid : {Uuid::Random(), Uuid::FromSeed(0, 0), Uuid::FromSeed(UINT64_MAX, UINT64_MAX)}) {
    EXPECT_EQ(uuid.str()[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid.str()[19]), std::string::npos);
  }
  EXPECT_EQ(Uuid::FromSeed(0x0123456789abcdef, 5).str(), "01234567-89ab-4def-8000-000000000005");
}

TEST(Uuid, HasOthersThatGoWithIt) {
  const Uuid uuid = *Uuid::Parse("01234567-89ab-4cde-8f01-23456789abcd");
  EXPECT_EQ(uuid.Nth(0), uuid);
  EXPECT_EQ(uuid.Nth(1).str(), "01234567-89ab-4cde-8f01-23456789abcc");
  std::unordered_set<Uuid> others;
  for (uint32_t n = 0; n < 70'000; ++n) EXPECT_TRUE(others.insert(uuid.Nth(n)).second);
  EXPECT_EQ(uuid.Nth(UINT32_MAX), uuid.Nth(UINT32_MAX));
}

TEST(Uuid, IsNeverDrawnTwice) {
  std::unordered_set<Uuid> drawn;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(drawn.insert(Uuid::Random()).second);
}

TEST(CancelToken, IsSharedByItsCopies) {
  CancelToken token;
  const CancelToken copy = token;
  EXPECT_FALSE(copy.cancelled());
  token.Cancel();
  EXPECT_TRUE(copy.cancelled());
  EXPECT_FALSE(CancelToken().cancelled());
}

}  // namespace
}  // namespace jalon
