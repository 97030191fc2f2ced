#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "assignment/optimum.h"

// The choice for many needs against another solver, GLPK (Debian's glpk-utils): the same question, asked as a
// linear programme. All its corners are whole numbers, as those of any flow, so no rounding is needed.
namespace jalon::assignment {
namespace {

// A weight on being placed at all that no points outweigh.
constexpr int64_t kPlaced = 1'000'000;

Contest Drawn(uint32_t seed, int needs, int people, int most, int fitting_percent) {
  std::mt19937 random(seed);
  Contest contest{.needs = needs, .people = people, .points = {}, .most = {}};
  const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<uint32_t>(bound)); };
  for (int person = 0; person < people; ++person) contest.most.push_back(below(most + 1));
  for (int i = 0; i < needs * people; ++i)
    contest.points.push_back(below(100) < fitting_percent ? below(kMostPoints + 1) : kUnfit);
  return contest;
}

// In CPLEX LP format: x takes a need, y is one more need of a person.
std::string AsLinearProgramme(const Contest& contest) {
  std::ostringstream objective, needs, people, bounds;
  for (int need = 0; need < contest.needs; ++need) {
    bool first = true;
    for (int person = 0; person < contest.people; ++person) {
      const int points = contest.PointsOf(need, person);
      if (points == kUnfit) continue;
      const std::string x = "x" + std::to_string(need) + "_" + std::to_string(person);
      objective << "\n + " << kPlaced + points << " " << x;
      needs << (first ? "\n need" + std::to_string(need) + ": " : " + ") << x;
      first = false;
      bounds << "\n 0 <= " << x << " <= 1";
    }
    if (!first) needs << " <= 1";
  }
  for (int person = 0; person < contest.people; ++person) {
    people << "\n person" << person << ":";
    for (int need = 0; need < contest.needs; ++need)
      if (contest.PointsOf(need, person) != kUnfit) people << "\n + x" << need << "_" << person;
    for (int nth = 0; nth < contest.most[static_cast<size_t>(person)]; ++nth) {
      const std::string y = "y" + std::to_string(person) + "_" + std::to_string(nth);
      people << "\n - " << y;
      if (nth > 0) objective << "\n - " << kCrowding * nth << " " << y;
      bounds << "\n 0 <= " << y << " <= 1";
    }
    people << "\n + unused <= 0";
  }
  return "Maximize\n all:" + objective.str() + "\nSubject To" + needs.str() + people.str() + "\nBounds" +
         bounds.str() + "\n unused = 0\nEnd\n";
}

int64_t BestByGlpk(const Contest& contest) {
  const std::string folder =
      std::filesystem::temp_directory_path() / ("jalon-glpk-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/choice.lp") << AsLinearProgramme(contest);
  const std::string command =
      "glpsol --lp " + folder + "/choice.lp --write " + folder + "/choice.sol >" + folder + "/log";
  EXPECT_EQ(std::system(command.c_str()), 0) << "glpsol (Debian's glpk-utils) is needed";
  // "s bas ROWS COLUMNS PRIMAL DUAL OBJECTIVE"
  std::ifstream solution(folder + "/choice.sol");
  std::string line;
  int64_t best = -1;
  while (std::getline(solution, line)) {
    std::istringstream words(line);
    std::string kind, form, primal, dual;
    long rows = 0, columns = 0;
    double objective = 0;
    if (words >> kind >> form >> rows >> columns >> primal >> dual >> objective && kind == "s")
      best = static_cast<int64_t>(objective + 0.5);
  }
  std::filesystem::remove_all(folder);
  return best;
}

TEST(Choose, IsAsGoodAsAnotherSolverOnLargeContests) {
  struct Size {
    int needs, people, most, fitting_percent;
  };
  uint32_t seed = 2030;
  // Enough for all, too few people, few who fit, and each person wanted by many.
  for (const Size& size : {Size{120, 60, 5, 60}, Size{150, 40, 4, 50}, Size{120, 80, 3, 4},
                           Size{200, 30, 12, 80}, Size{500, 300, 4, 60}}) {
    const Contest contest = Drawn(++seed, size.needs, size.people, size.most, size.fitting_percent);
    const Choice choice = Choose(contest);
    EXPECT_EQ(choice.placed * kPlaced + choice.points, BestByGlpk(contest)) << "seed " << seed;
    EXPECT_GT(choice.placed, 0);
  }
}

}  // namespace
}  // namespace jalon::assignment
