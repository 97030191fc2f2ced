#include "assignment/matching.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "assignment/optimum.h"

// How long it takes to choose consultants for many cases at once: judging everybody for every case, the
// optimum, and what overriding any of it would cost. On one core, without the database.
//
//   jalon-matching-bench [NEEDS PEOPLE]     500 cases and 300 people by themselves
namespace jalon::assignment {
namespace {

constexpr const char* kSkills[] = {"data-strategy", "computer-vision", "nlp",
                                   "mlops",         "forecasting",     "energy"};
constexpr const char* kCommunes[] = {"59350", "59512", "62041", "80021", "60057", "02691", "75056"};
constexpr const char* kSectors[] = {"C", "G", "J", "M"};

class Clock {
 public:
  // Milliseconds since the last lap.
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double, std::milli> taken = now - last_;
    last_ = now;
    return taken.count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

std::vector<Person> SomePeople(int count, std::mt19937_64& random, Date today) {
  std::vector<Person> people;
  for (int i = 0; i < count; ++i) {
    Person& person = people.emplace_back(Person{.consultant_id = i + 1,
                                                .name = "Consultante " + std::to_string(i + 1),
                                                .regions = {"32"},
                                                .diary = Diary(today, today.AddDays(730), {})});
    for (const char* skill : kSkills)
      if (random() % 2 == 0) person.skills.push_back({skill, static_cast<int>(1 + random() % 3)});
    for (const char* sector : kSectors)
      if (random() % 2 == 0) person.sectors.emplace_back(sector);
    person.home = PlaceOfCommune(kCommunes[random() % std::size(kCommunes)]);
    for (int n = 0; n < 60; ++n)
      person.diary.Take(today.AddDays(static_cast<int>(random() % 200)),
                        1 + static_cast<unsigned>(random() % 3));
    person.diary.Close();
  }
  return people;
}

std::vector<CaseNeed> SomeNeeds(int count, std::mt19937_64& random, Date today) {
  std::vector<CaseNeed> needs;
  for (int i = 0; i < count; ++i) {
    needs.push_back({.case_id = i + 1,
                     .programme = "ia-booster-hdf",
                     .region = "32",
                     .place = PlaceOfCommune(kCommunes[random() % std::size(kCommunes)]),
                     .sector = kSectors[random() % std::size(kSectors)][0],
                     .phases = {"accompaniment"},
                     .skills = {kSkills[random() % std::size(kSkills)]},
                     .from = today,
                     .until = today.AddDays(static_cast<int>(300 + random() % 400)),
                     .half_days = static_cast<int>(16 + random() % 65)});
  }
  return needs;
}

int Run(int need_count, int people_count) {
  std::mt19937_64 random(1);  // the same in every run
  const Date today = *Date::Parse("2026-09-01");
  const std::vector<Person> people = SomePeople(people_count, random, today);
  const std::vector<CaseNeed> needs = SomeNeeds(need_count, random, today);

  Clock clock;
  std::vector<Score> scores;
  scores.reserve(needs.size() * people.size());
  for (const CaseNeed& need : needs)
    for (const Person& person : people) scores.push_back(Judge(need, person, {}, today));
  Contest contest{.needs = need_count, .people = people_count, .points = {}, .most = {}};
  for (const Score& score : scores) contest.points.push_back(score.fit() ? score.points : kUnfit);
  for (size_t person = 0; person < people.size(); ++person) {
    std::vector<const Score*> of_person;
    for (size_t need = 0; need < needs.size(); ++need)
      of_person.push_back(&scores[need * people.size() + person]);
    contest.most.push_back(MostNeeds(needs, of_person));
  }
  const double judge_ms = clock.Lap();
  const Choice choice = Choose(contest);
  const double choose_ms = clock.Lap();
  const Overrides overrides(contest, choice);
  const double overrides_ms = clock.Lap();
  std::printf(
      "matching needs=%d people=%d placed=%d points=%lld judge_ms=%.1f choose_ms=%.1f overrides_ms=%.1f "
      "all_ms=%.1f\n",
      need_count, people_count, choice.placed, static_cast<long long>(choice.points), judge_ms, choose_ms,
      overrides_ms, judge_ms + choose_ms + overrides_ms);
  return 0;
}

}  // namespace
}  // namespace jalon::assignment

int main(int argc, char** argv) {
  const int needs = argc > 2 ? std::atoi(argv[1]) : 500, people = argc > 2 ? std::atoi(argv[2]) : 300;
  if (needs < 1 || people < 1) {
    std::fprintf(stderr, "jalon-matching-bench [NEEDS PEOPLE]\n");
    return 2;
  }
  return jalon::assignment::Run(needs, people);
}
