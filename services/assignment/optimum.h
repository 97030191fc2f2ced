#ifndef JALON_ASSIGNMENT_OPTIMUM_H_
#define JALON_ASSIGNMENT_OPTIMUM_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace jalon::assignment {

// Who takes what, so that all together are served best: first as many needs as can be, then as many points as
// can be. Pure numbers; what a point means is matching.h's matter.
inline constexpr int kUnfit = -1;
inline constexpr int kNobody = -1;
inline constexpr int kMostPoints = 1000;
// What each need beyond the first costs that the same person takes: 20 for the second, 40 for the third, ….
// Work is spread, but not at the price of a much better fit.
inline constexpr int kCrowding = 20;

struct Contest {
  int needs = 0;
  int people = 0;
  // Of a person for a need, 0 to 1000; kUnfit: never. Row by row, a need each.
  std::vector<int> points;
  // The most needs a person may take.
  std::vector<int> most;

  int PointsOf(int need, int person) const {
    return points[static_cast<size_t>(need) * static_cast<size_t>(people) + static_cast<size_t>(person)];
  }
};

struct Choice {
  std::vector<int> person_of;  // by need; kNobody: nobody is left for it
  int placed = 0;
  int64_t points = 0;  // of all placed needs, less the crowding
};

// The optimum, as a flow of least cost: one unit from each need, through a person, or to nobody at a price
// above everything else.
Choice Choose(const Contest& contest);

// Points of a given choice, less the crowding.
int64_t PointsOf(const Contest& contest, const std::vector<int>& person_of);

// What it costs to override an optimal choice in one place, the others chosen anew.
class Overrides {
 public:
  Overrides(const Contest& contest, const Choice& choice);

  // Points that all needs together lose when `person` takes `need`; 0 or more. Nothing where the person is
  // unfit, or where another need, that is placed now, would then be left with nobody.
  std::optional<int64_t> Cost(int need, int person) const;

 private:
  size_t At(int from, int to) const {
    return static_cast<size_t>(from) * static_cast<size_t>(nodes_) + static_cast<size_t>(to);
  }

  const Contest& contest_;
  const Choice& choice_;
  int nodes_;                      // the people, and the sink after them
  std::vector<int64_t> distance_;  // shortest ways to move one unit from one node to another
};

}  // namespace jalon::assignment

#endif  // JALON_ASSIGNMENT_OPTIMUM_H_
