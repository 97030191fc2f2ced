#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "base/commune.h"
#include "base/siren.h"
#include "clients/cli/demo_world.h"
#include "clients/cli/working_days.h"

namespace jalon::cli {
namespace {

Date D(const char* iso) {
  return Date::Parse(iso).value();
}

TEST(WorkingDays, AreAsManyAsTheCalendarOfEachYearSays) {
  const std::array<std::pair<int, int>, 3> years = {{{2025, 251}, {2026, 252}, {2027, 254}}};
  for (const auto& [year, expected] : years) {
    int working = 0;
    for (Date date = *Date::FromYmd(year, 1, 1); date <= *Date::FromYmd(year, 12, 31);
         date = date.AddDays(1)) {
      working += IsWorkingDay(date, "59");
    }
    EXPECT_EQ(working, expected) << year;
  }
}

TEST(WorkingDays, KeepTheHolidaysOfAlsaceMoselleAndOverseas) {
  EXPECT_TRUE(IsHoliday(D("2026-04-03"), "67")) << "Good Friday";
  EXPECT_FALSE(IsHoliday(D("2026-04-03"), "59"));
  EXPECT_TRUE(IsHoliday(D("2026-12-26"), "57"));
  EXPECT_TRUE(IsHoliday(D("2026-05-22"), "972"));
  EXPECT_FALSE(IsHoliday(D("2026-05-22"), "974"));
  EXPECT_TRUE(IsHoliday(D("2008-05-01"), "59")) << "Ascension and 1 May on one day";
}

TEST(DemoWorld, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const DemoWorld world({}), same({}), other({.seed = 7});
  EXPECT_EQ(world.Company(17).SerializeAsString(), same.Company(17).SerializeAsString());
  EXPECT_EQ(world.RequestId("open", 3), same.RequestId("open", 3));
  EXPECT_NE(world.RequestId("open", 3), other.RequestId("open", 3));
  EXPECT_NE(world.RequestId("open", 3), world.RequestId("admit", 3));
  EXPECT_NE(world.Company(17).siren(), other.Company(17).siren());
}

TEST(DemoWorld, HasCompaniesARegisterCouldHold) {
  const DemoWorld world({});
  std::set<std::string> sirens;
  int northern = 0;
  for (int i = 0; i < world.size().companies; ++i) {
    const enrolment::v1::Company company = world.Company(i);
    EXPECT_FALSE(CheckSiren(company.siren()).has_value()) << company.siren();
    EXPECT_TRUE(sirens.insert(company.siren()).second) << "twice: " << company.siren();
    EXPECT_TRUE(DepartmentOfCommune(company.commune()).has_value()) << company.commune();
    EXPECT_TRUE(Date::Parse(company.created_on()).has_value()) << company.created_on();
    northern += world.CompanyRegion(i) == "32";
  }
  EXPECT_GT(northern, world.size().companies * 3 / 4);
}

TEST(DemoWorld, HasEveryStageAndBoundsOfTheProgramme) {
  const DemoWorld world({});
  std::array<int, kDemoStages> stages{};
  std::set<int> companies;
  for (int i = 0; i < world.size().cases; ++i) {
    const DemoCase the_case = world.Case(i, D("2026-11-23"));
    ++stages[static_cast<size_t>(the_case.stage)];
    EXPECT_TRUE(companies.insert(the_case.company).second);
    EXPECT_LE(the_case.diagnosis_half_days + the_case.accompaniment_half_days, 100);
    EXPECT_LE(the_case.applied_on, the_case.admitted_on);
    EXPECT_LE(the_case.admitted_on, the_case.signed_on);
    EXPECT_GE(the_case.signed_on, D("2023-12-01"));
    EXPECT_LE(the_case.applied_on, D("2026-11-23"));
  }
  for (const int count : stages) EXPECT_GT(count, 10);
}

TEST(DemoWorld, OpensItsFirstCaseAlikeWhateverTheDay) {
  const DemoWorld world({});
  const DemoCase one = world.Case(0, D("2024-01-01"));
  const DemoCase two = world.Case(0, D("2026-11-23"));
  EXPECT_EQ(one.applied_on, two.applied_on);
  EXPECT_EQ(one.facts.SerializeAsString(), two.facts.SerializeAsString());
}

TEST(DemoCalendar, NeverBooksAConsultantTwiceNorOnDaysOff) {
  const DemoWorld world({});
  const Date today = D("2026-11-23");
  std::vector<DemoConsultant> consultants;
  for (int i = 0; i < world.size().consultants; ++i) consultants.push_back(world.Consultant(i, today));
  DemoCalendar calendar(world, consultants);
  std::set<std::tuple<int, Date, bool>> taken;
  std::map<std::pair<int, int>, int> weeks;
  std::set<std::string> ids;
  for (int i = 0; i < world.size().cases; ++i) {
    DemoCase the_case = world.Case(i, today);
    if (the_case.stage < DemoStage::kUnderWay) continue;
    const std::string department = world.CompanyDepartment(the_case.company);
    the_case.consultant = calendar.Assign(i, world.CompanyRegion(the_case.company));
    ASSERT_GE(the_case.consultant, 0);
    const DemoConsultant& consultant = consultants[static_cast<size_t>(the_case.consultant)];
    for (const int conflict : consultant.conflicts) EXPECT_NE(conflict, i);
    for (const int tie : consultant.ties) EXPECT_NE(tie, i);
    for (const DemoHalfDay& half_day : calendar.Schedule(the_case, department, today, true)) {
      EXPECT_TRUE(taken.insert({the_case.consultant, half_day.date, half_day.morning}).second);
      EXPECT_TRUE(ids.insert(half_day.id).second);
      EXPECT_TRUE(IsWorkingDay(half_day.date, department)) << half_day.date.ToIso() << " in " << department;
      EXPECT_GT(half_day.date, the_case.signed_on);
      EXPECT_TRUE(consultant.Works(half_day.date, half_day.morning)) << half_day.date.ToIso();
      const int monday = static_cast<int>((half_day.date.days().time_since_epoch().count() + 3) / 7);
      const int in_week = ++weeks[{the_case.consultant, monday}];
      if (consultant.max_half_days_per_week > 0) EXPECT_LE(in_week, consultant.max_half_days_per_week);
      for (const DemoAbsence& absence : consultant.absences) {
        EXPECT_FALSE(absence.starts_on <= half_day.date && half_day.date <= absence.ends_on);
      }
    }
  }
  EXPECT_GT(taken.size(), 10'000u);
}

TEST(DemoWorld, HasConsultantsThatAChoiceCanTellApart) {
  const DemoWorld world({});
  int employed = 0, former = 0, accredited = 0;
  std::set<std::string> homes;
  for (int i = 0; i < world.size().consultants; ++i) {
    const DemoConsultant consultant = world.Consultant(i, D("2026-11-23"));
    EXPECT_EQ(consultant.skills.size(), consultant.skill_levels.size());
    for (const int level : consultant.skill_levels) EXPECT_TRUE(1 <= level && level <= 3) << level;
    EXPECT_TRUE(DepartmentOfCommune(consultant.home_commune).has_value()) << consultant.home_commune;
    homes.insert(consultant.home_commune);
    employed += !consultant.employer_siren.empty();
    former += consultant.former_client >= 0;
    accredited += consultant.accredited;
  }
  EXPECT_GT(employed, 1);
  EXPECT_GT(former, 5);
  EXPECT_GT(accredited, 20);
  EXPECT_GT(homes.size(), 10u);
}

TEST(DemoWorld, KeepsTheAbsencesOfAConsultantApart) {
  const DemoWorld world({});
  for (int i = 0; i < world.size().consultants; ++i) {
    const DemoConsultant consultant = world.Consultant(i, D("2026-11-23"));
    for (size_t k = 1; k < consultant.absences.size(); ++k) {
      EXPECT_GT(consultant.absences[k].starts_on, consultant.absences[k - 1].ends_on);
    }
  }
}

}  // namespace
}  // namespace jalon::cli
