#include "assignment/optimum.h"

#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

#include <algorithm>

namespace jalon::assignment {
namespace {

using Graph = lemon::SmartDigraph;

constexpr int64_t kNoWay = int64_t{1} << 60;

// Leaving a need with nobody costs more than twice everything that could be gained elsewhere by it: half of
// this price tells a choice that serves fewer needs from one that serves them worse.
int64_t PriceOfNobody(const Contest& contest) {
  return 1 + 2 * int64_t{contest.needs} * (kMostPoints + int64_t{kCrowding} * contest.needs);
}

// No person can take more needs than there are.
int MostOf(const Contest& contest, int person) {
  return std::min(contest.most[static_cast<size_t>(person)], contest.needs);
}

std::vector<int> LoadOf(const Contest& contest, const std::vector<int>& person_of) {
  std::vector<int> load(static_cast<size_t>(contest.people));
  for (const int person : person_of)
    if (person != kNobody) ++load[static_cast<size_t>(person)];
  return load;
}

}  // namespace

int64_t PointsOf(const Contest& contest, const std::vector<int>& person_of) {
  int64_t points = 0;
  for (int need = 0; need < contest.needs; ++need) {
    const int person = person_of[static_cast<size_t>(need)];
    if (person != kNobody) points += contest.PointsOf(need, person);
  }
  for (const int64_t load : LoadOf(contest, person_of)) points -= kCrowding * load * (load - 1) / 2;
  return points;
}

Choice Choose(const Contest& contest) {
  Choice choice;
  choice.person_of.assign(static_cast<size_t>(contest.needs), kNobody);
  if (contest.needs == 0) return choice;

  Graph graph;
  std::vector<Graph::Node> needs, people;
  for (int need = 0; need < contest.needs; ++need) needs.push_back(graph.addNode());
  for (int person = 0; person < contest.people; ++person) people.push_back(graph.addNode());
  const Graph::Node sink = graph.addNode();

  struct Arc {
    Graph::Arc arc;
    int64_t cost;
    int need;
    int person;
  };
  std::vector<Arc> arcs;
  const auto add = [&](Graph::Node from, Graph::Node to, int64_t cost, int need, int person) {
    arcs.push_back({graph.addArc(from, to), cost, need, person});
  };
  for (int need = 0; need < contest.needs; ++need) {
    for (int person = 0; person < contest.people; ++person) {
      const int points = contest.PointsOf(need, person);
      if (points != kUnfit)
        add(needs[static_cast<size_t>(need)], people[static_cast<size_t>(person)], kMostPoints - points, need,
            person);
    }
    add(needs[static_cast<size_t>(need)], sink, PriceOfNobody(contest), need, kNobody);
  }
  // One arc for each need that a person may take, each dearer than the one before: the flow fills them in
  // order.
  for (int person = 0; person < contest.people; ++person)
    for (int64_t nth = 0; nth < MostOf(contest, person); ++nth)
      add(people[static_cast<size_t>(person)], sink, kCrowding * nth, kNobody, person);

  Graph::ArcMap<int64_t> cost(graph);
  Graph::ArcMap<int> upper(graph, 1);
  Graph::NodeMap<int> supply(graph, 0);
  for (const Arc& arc : arcs) cost[arc.arc] = arc.cost;
  for (const Graph::Node& need : needs) supply[need] = 1;
  supply[sink] = -contest.needs;
  lemon::NetworkSimplex<Graph, int, int64_t> simplex(graph);
  simplex.upperMap(upper).costMap(cost).supplyMap(supply).run();  // feasible: nobody takes any need

  for (const Arc& arc : arcs) {
    if (arc.need == kNobody || arc.person == kNobody || simplex.flow(arc.arc) == 0) continue;
    choice.person_of[static_cast<size_t>(arc.need)] = arc.person;
    ++choice.placed;
  }
  choice.points = PointsOf(contest, choice.person_of);
  return choice;
}

// To force a need onto a person is to push one unit around the cheapest circle through that arc: it leaves
// the one who has the need now, and the person taken pushes another need on, or has room. Since the choice is
// optimal, no circle gains anything, so shortest ways between people are well defined (Floyd and Warshall).
Overrides::Overrides(const Contest& contest, const Choice& choice)
    : contest_(contest),
      choice_(choice),
      nodes_(contest.people + 1),
      distance_(static_cast<size_t>(nodes_) * static_cast<size_t>(nodes_), kNoWay) {
  const int sink = contest.people;
  const auto shorten = [&](int from, int to, int64_t cost) {
    int64_t& known = distance_[At(from, to)];
    known = std::min(known, cost);
  };
  for (int node = 0; node < nodes_; ++node) distance_[At(node, node)] = 0;
  const std::vector<int> load = LoadOf(contest, choice.person_of);
  for (int person = 0; person < contest.people; ++person) {
    const int64_t taken = load[static_cast<size_t>(person)];
    if (taken < MostOf(contest, person)) shorten(person, sink, kCrowding * taken);
    if (taken > 0) shorten(sink, person, -kCrowding * (taken - 1));
  }
  const int64_t nobody = PriceOfNobody(contest);
  for (int need = 0; need < contest.needs; ++need) {
    const int now = choice.person_of[static_cast<size_t>(need)];
    const int64_t cost_now = now == kNobody ? nobody : kMostPoints - contest.PointsOf(need, now);
    const int from = now == kNobody ? sink : now;
    if (now != kNobody) shorten(from, sink, nobody - cost_now);
    for (int person = 0; person < contest.people; ++person) {
      const int points = contest.PointsOf(need, person);
      if (points != kUnfit && person != now) shorten(from, person, kMostPoints - points - cost_now);
    }
  }
  for (int via = 0; via < nodes_; ++via) {
    for (int from = 0; from < nodes_; ++from) {
      const int64_t first = distance_[At(from, via)];
      if (first >= kNoWay / 2) continue;
      for (int to = 0; to < nodes_; ++to) {
        const int64_t second = distance_[At(via, to)];
        if (second < kNoWay / 2) shorten(from, to, first + second);
      }
    }
  }
}

std::optional<int64_t> Overrides::Cost(int need, int person) const {
  const int points = contest_.PointsOf(need, person);
  const int now = choice_.person_of[static_cast<size_t>(need)];
  if (points == kUnfit || MostOf(contest_, person) == 0) return std::nullopt;
  if (person == now) return 0;
  const int64_t nobody = PriceOfNobody(contest_);
  const int64_t way = distance_[At(person, now == kNobody ? contest_.people : now)];
  const int64_t cost_now = now == kNobody ? nobody : kMostPoints - contest_.PointsOf(need, now);
  const int64_t cost = kMostPoints - points - cost_now + way;
  if (way >= kNoWay / 2 || cost >= nobody / 2) return std::nullopt;
  return cost;
}

}  // namespace jalon::assignment
