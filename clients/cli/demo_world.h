#ifndef JALON_CLIENTS_CLI_DEMO_WORLD_H_
#define JALON_CLIENTS_CLI_DEMO_WORLD_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/date.h"
#include "base/uuid.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"

// The programme as it is lived, made from a seed: the same seed and sizes give the same companies, people,
// dates and identifiers on every machine. Pure: nothing here calls a service or reads a clock.
namespace jalon::cli {

// SplitMix64: portable, and good enough for plausible data (std's distributions differ from library to
// library).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  // 0 to count - 1.
  int Below(int count) { return static_cast<int>(Next() % static_cast<uint64_t>(count)); }
  int Between(int low, int high) { return low + Below(high - low + 1); }
  bool Chance(int percent) { return Below(100) < percent; }
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  template <class Container>
  const auto& Of(const Container& choices) {
    return choices[static_cast<size_t>(Below(static_cast<int>(choices.size())))];
  }

 private:
  uint64_t state_;
};

struct DemoSize {
  uint64_t seed = 2030;
  int companies = 5000;
  int cases = 600;
  int consultants = 120;
};

enum class DemoStage { kOpen, kRejected, kWithdrawn, kAdmitted, kUnderWay, kApproved, kCharged, kPaid };
inline constexpr int kDemoStages = 8;

struct DemoAbsence {
  Date starts_on;
  Date ends_on;
  const char* label;
};

struct DemoConsultant {
  std::string name;
  std::vector<std::string> skills;
  std::vector<std::string> regions;
  int64_t day_rate_cents;
  std::string accredited_until;
  std::vector<DemoAbsence> absences;  // in order, apart from one another
  std::vector<int> conflicts;         // cases with whose company it has an interest
  std::vector<int> skill_levels;      // of the skills, in their order
  std::vector<std::string> sectors;
  std::vector<std::string> languages;
  std::string home_commune;
  int radius_km;  // 0: no matter
  std::string employer_siren;
  int working_halves;  // bit 2 × (ISO weekday - 1): the morning, and the next the afternoon; 0: Monday to
                       // Friday
  int max_half_days_per_week;  // 0: none
  bool accredited;             // for this programme by name; the others are for all
  int former_client;           // case whose company was a client; -1: none
  std::vector<int> ties;       // cases whose company's group it works or worked for

  bool Works(Date date, bool morning) const;
};

struct DemoCase {
  int index;
  int company;
  DemoStage stage;
  Date applied_on;
  Date admitted_on;
  Date signed_on;
  enrolment::v1::CompanyFacts facts;
  int granted_half_days;  // 0: the rulebook's cap
  int diagnosis_half_days;
  int accompaniment_half_days;
  bool withdrawn_before_admission;
  int consultant;
};

// Who is around the company of a case, for the few that are not alone.
struct DemoGroup {
  std::vector<enrolment::v1::Link> links;
  std::vector<enrolment::v1::Accounts> accounts;
};

struct DemoHalfDay {
  std::string id;
  std::string phase;
  Date date;
  bool morning;
  std::string note;
};

class DemoWorld {
 public:
  explicit DemoWorld(const DemoSize& size);

  const DemoSize& size() const { return size_; }
  // For commands: one id for each kind of command and place in it.
  std::string RequestId(std::string_view kind, uint64_t index) const;

  enrolment::v1::Company Company(int index) const;
  // `index` of a case; `today` is the day the demonstration was first loaded, which the first case does not
  // need.
  DemoCase Case(int index, Date today) const;
  DemoConsultant Consultant(int index, Date today) const;
  DemoGroup Group(int case_index) const;
  std::string CompanyDepartment(int index) const;
  std::string CompanyRegion(int index) const;
  int CompanyOfCase(int index) const;

 private:
  Random For(std::string_view kind, uint64_t index) const;
  // Why a rejected case fails, which shapes its company too: 0 headcount, 1 turnover, 2 age, 3 independence,
  // 4 ceased.
  int RejectionOf(int case_index) const;
  DemoStage StageOf(int case_index) const;
  void AddProfile(int index, DemoConsultant* consultant) const;
  Date YoungApplication(int case_index) const;
  int CaseOfCompany(int company) const;  // -1: none

  DemoSize size_;
  uint64_t seed_;
};

// Days on which people meet: never two half-days of a consultant at once, none on its absences, on weekends
// or on the company's holidays.
class DemoCalendar {
 public:
  DemoCalendar(const DemoWorld& world, std::vector<DemoConsultant> consultants);

  // The half-days of a case in date order, up to `last_day`, as many as the case agreed unless time runs out.
  std::vector<DemoHalfDay> Schedule(const DemoCase& the_case, const std::string& department, Date last_day,
                                    bool must_finish_by_last_day);

  // Who works in the region, has no interest in the company and has the lightest load.
  int Assign(int case_index, const std::string& region);

  const std::vector<DemoConsultant>& consultants() const { return consultants_; }

 private:
  bool IsFree(int consultant, Date date, bool morning) const;
  bool IsAbsent(int consultant, Date date) const;
  std::vector<DemoHalfDay> Try(const DemoCase& the_case, const std::string& department, Date last_day,
                               int percent);

  const DemoWorld& world_;
  std::vector<DemoConsultant> consultants_;
  std::vector<int> load_;
  std::set<std::tuple<int, int, bool>> taken_;  // consultant, days since the epoch, morning
  std::map<std::pair<int, int>, int> weekly_;   // consultant and week: half-days
};

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_DEMO_WORLD_H_
