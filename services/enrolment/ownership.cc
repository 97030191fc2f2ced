#include "enrolment/ownership.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "base/wording.h"

namespace jalon::enrolment {
namespace {

// Sets of parties that grow together.
class Sets {
 public:
  explicit Sets(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
  size_t Of(size_t index) {
    while (parent_[index] != index) index = parent_[index] = parent_[parent_[index]];
    return index;
  }
  // The smaller index stands for both.
  void Join(size_t a, size_t b) {
    a = Of(a), b = Of(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<size_t> parent_;
};

struct ControlEdge {
  size_t holder;
  size_t held;
  int votes;
  bool controls;
};

// Joins until no set has the majority of a member of another. Sets only grow, so circles of holdings end like
// all else. A sum begun before its set was joined to another is of a part of it: never too much, and whole in
// the next round.
Sets JoinByControl(size_t count, const std::vector<ControlEdge>& edges) {
  Sets sets(count);
  for (bool joined = true; joined;) {
    joined = false;
    std::map<std::pair<size_t, size_t>, int> votes;  // of a set in a party
    for (const ControlEdge& edge : edges) {
      const size_t holder = sets.Of(edge.holder);
      if (holder == sets.Of(edge.held)) continue;
      const int sum = votes[{holder, edge.held}] += edge.votes;
      if (sum <= kMajority && !edge.controls) continue;
      sets.Join(holder, edge.held);
      joined = true;
    }
  }
  return sets;
}

bool JoinsUndertakings(v1::PartyKind kind) {
  switch (kind) {
    case v1::PARTY_KIND_ENTERPRISE:
    case v1::PARTY_KIND_VENTURE_CAPITAL:
    case v1::PARTY_KIND_PUBLIC_INVESTMENT:
    case v1::PARTY_KIND_UNIVERSITY:
    case v1::PARTY_KIND_INSTITUTIONAL_INVESTOR:
      return true;
    default:
      return false;
  }
}

std::vector<ControlEdge> UndertakingEdges(const OwnershipGraph& graph) {
  std::vector<ControlEdge> edges;
  for (const Holding& holding : graph.holdings())
    if (JoinsUndertakings(graph.party(holding.holder).kind()))
      edges.push_back({holding.holder, holding.held, holding.votes, holding.controls});
  return edges;
}

// A natural person links the enterprises of one market with one another and not with those of another, so it
// stands once for each market, behind the parties; `*count` grows by these.
std::vector<ControlEdge> LinkEdges(const OwnershipGraph& graph, size_t* count) {
  std::map<std::pair<PartyIndex, std::string>, size_t> persons;
  std::vector<ControlEdge> edges;
  for (const Holding& holding : graph.holdings()) {
    size_t holder = holding.holder;
    switch (graph.party(holding.holder).kind()) {
      case v1::PARTY_KIND_PUBLIC_BODY:
        continue;
      case v1::PARTY_KIND_NATURAL_PERSON: {
        if (holding.market.empty()) continue;
        const auto [at, added] = persons.try_emplace({holder, holding.market}, *count);
        if (added) ++*count;
        holder = at->second;
        break;
      }
      default:
        break;
    }
    edges.push_back({holder, holding.held, holding.votes, holding.controls});
  }
  return edges;
}

Holding Read(const v1::Link& link, PartyIndex holder, PartyIndex held) {
  Holding holding{.holder = holder,
                  .held = held,
                  .capital = link.capital_hundredths(),
                  .votes = link.votes_hundredths(),
                  .controls = link.controls_size() > 0,
                  .market = link.market(),
                  .investment_cents = std::nullopt};
  if (link.has_investment()) holding.investment_cents = link.investment().cents();
  return holding;
}

bool HoldsOn(const v1::Link& link, Date on) {
  const std::optional<Date> from = Date::Parse(link.starts_on()), until = Date::Parse(link.ends_on());
  return from && *from <= on && (!until || on < *until);
}

// What parties hold of one, told: "A (…) détient 60 % des droits de vote de B (…)".
v1::Finding ControlOf(const OwnershipGraph& graph, PartyIndex held, const std::vector<Holding>& by) {
  std::string holders_fr, holders_en;
  int votes = 0;
  for (const Holding& holding : by) {
    const std::string name = NameOf(graph.party(holding.holder));
    holders_fr.append(holders_fr.empty() ? "" : " et ").append(name);
    holders_en.append(holders_en.empty() ? "" : " and ").append(name);
    votes += holding.votes;
  }
  const std::string name = NameOf(graph.party(held));
  if (by.size() == 1 && by[0].controls && votes <= kMajority) {
    return MakeFinding(holders_fr + " contrôle " + name + ", autrement que par les droits de vote détenus.",
                       holders_en + " controls " + name + ", by other means than the votes it holds.");
  }
  return MakeFinding(holders_fr + (by.size() > 1 ? " détiennent ensemble " : " détient ") +
                         FormatShare(votes, true) + " des droits de vote de " + name + ".",
                     holders_en + (by.size() > 1 ? " together hold " : " holds ") +
                         FormatShare(votes, false) + " of the votes of " + name + ".");
}

}  // namespace

OwnershipGraph::OwnershipGraph(const Ownership& ownership, const v1::Party& subject, Date on) : on_(on) {
  std::map<std::string, v1::Party> known;
  for (const v1::Party& party : ownership.parties) known[party.party_id()] = party;
  const auto know = [&](const std::string& id) {
    if (known.contains(id)) return;
    v1::Party party;
    party.set_party_id(id);
    party.set_name(id);
    party.set_kind(v1::PARTY_KIND_ENTERPRISE);
    known[id] = party;
  };
  known.try_emplace(subject.party_id(), subject);
  for (const v1::Link& link : ownership.links) know(link.holder().party_id()), know(link.held().party_id());
  for (const auto& [id, party] : known) parties_.push_back(party);
  subject_ = Place(subject.party_id());

  for (const v1::Link& link : ownership.links)
    if (HoldsOn(link, on))
      holdings_.push_back(Read(link, Place(link.holder().party_id()), Place(link.held().party_id())));
  std::sort(holdings_.begin(), holdings_.end(), [](const Holding& a, const Holding& b) {
    return std::tie(a.holder, a.held) < std::tie(b.holder, b.held);
  });
  accounts_.resize(parties_.size());
  for (const v1::Accounts& accounts : ownership.accounts)
    if (const auto closed_on = Date::Parse(accounts.closed_on());
        closed_on && known.contains(accounts.party_id()))
      accounts_[Place(accounts.party_id())][*closed_on] = accounts;
}

PartyIndex OwnershipGraph::Place(const std::string& id) const {
  return static_cast<PartyIndex>(std::lower_bound(parties_.begin(), parties_.end(), id,
                                                  [](const v1::Party& party, const std::string& key) {
                                                    return party.party_id() < key;
                                                  }) -
                                 parties_.begin());
}

std::vector<size_t> GroupsBy(const OwnershipGraph& graph, Joining joining) {
  size_t count = graph.parties().size();
  const std::vector<ControlEdge> edges =
      joining == Joining::kSingleUndertaking ? UndertakingEdges(graph) : LinkEdges(graph, &count);
  Sets sets = JoinByControl(count, edges);
  std::vector<size_t> groups(graph.parties().size());
  for (PartyIndex i = 0; i < groups.size(); ++i) groups[i] = sets.Of(i);
  return groups;
}

std::vector<PartyIndex> MembersWith(const std::vector<size_t>& groups, PartyIndex subject) {
  std::vector<PartyIndex> members;
  for (PartyIndex i = 0; i < groups.size(); ++i)
    if (groups[i] == groups[subject]) members.push_back(i);
  return members;
}

std::vector<bool> PubliclyControlled(const OwnershipGraph& graph) {
  std::vector<bool> is_public(graph.parties().size());
  for (PartyIndex i = 0; i < is_public.size(); ++i)
    is_public[i] = graph.party(i).kind() == v1::PARTY_KIND_PUBLIC_BODY;
  for (bool grown = true; grown;) {
    grown = false;
    std::vector<int> votes(is_public.size());
    for (const Holding& holding : graph.holdings()) {
      if (!is_public[holding.holder] || is_public[holding.held]) continue;
      votes[holding.held] += holding.votes;
      if (votes[holding.held] > kMajority || holding.controls) is_public[holding.held] = grown = true;
    }
  }
  return is_public;
}

bool LeavesAutonomous(const OwnershipGraph& graph, const Holding& holding) {
  switch (graph.party(holding.holder).kind()) {
    case v1::PARTY_KIND_VENTURE_CAPITAL:
    case v1::PARTY_KIND_PUBLIC_INVESTMENT:
    case v1::PARTY_KIND_UNIVERSITY:
    case v1::PARTY_KIND_INSTITUTIONAL_INVESTOR:
    case v1::PARTY_KIND_SMALL_LOCAL_AUTHORITY:
      return true;
    case v1::PARTY_KIND_BUSINESS_ANGEL:
      break;
    default:
      return false;
  }
  int64_t invested = 0;
  for (const Holding& other : graph.holdings()) {
    if (other.held != holding.held || graph.party(other.holder).kind() != v1::PARTY_KIND_BUSINESS_ANGEL)
      continue;
    invested += std::min(other.investment_cents.value_or(kMostByAngels), kMostByAngels);
  }
  return invested < kMostByAngels;
}

bool IsEnterprise(v1::PartyKind kind) {
  return kind != v1::PARTY_KIND_NATURAL_PERSON && kind != v1::PARTY_KIND_PUBLIC_BODY;
}

std::vector<v1::Finding> ControlFindings(const OwnershipGraph& graph, const std::vector<PartyIndex>& members,
                                         Joining joining) {
  std::vector<v1::Finding> findings;
  for (const PartyIndex held : members) {
    std::vector<Holding> together;
    int votes = 0;
    bool alone = false;
    for (const Holding& holding : graph.holdings()) {
      const bool person = joining == Joining::kLinkedEnterprises && !holding.market.empty() &&
                          graph.party(holding.holder).kind() == v1::PARTY_KIND_NATURAL_PERSON;
      if (holding.held != held ||
          (!person && !std::binary_search(members.begin(), members.end(), holding.holder)))
        continue;
      if (holding.votes > kMajority || holding.controls) {
        findings.push_back(ControlOf(graph, held, {holding}));
        alone = true;
      }
      if (holding.votes > 0 && !person) {
        together.push_back(holding);
        votes += holding.votes;
      }
    }
    if (!alone && votes > kMajority) findings.push_back(ControlOf(graph, held, together));
  }
  return findings;
}

std::vector<v1::Finding> QuarterHolders(const OwnershipGraph& graph) {
  const std::vector<size_t> groups = GroupsBy(graph, Joining::kLinkedEnterprises);
  struct Held {
    std::string names;
    int capital = 0;
    int votes = 0;
    bool controls = false;
  };
  std::map<size_t, Held> by_group;
  for (const Holding& holding : graph.holdings()) {
    if (holding.held != graph.subject() || !IsEnterprise(graph.party(holding.holder).kind())) continue;
    const bool controls = holding.controls || holding.votes > kMajority;
    if (!controls && LeavesAutonomous(graph, holding)) continue;
    Held& held = by_group[groups[holding.holder]];
    held.names.append(held.names.empty() ? "" : ", ").append(NameOf(graph.party(holding.holder)));
    held.capital += holding.capital;
    held.votes += holding.votes;
    held.controls = held.controls || controls;
  }
  std::vector<v1::Finding> findings;
  for (const auto& [group, held] : by_group) {
    const int share = std::max(held.capital, held.votes);
    if (share < kQuarter && !held.controls) continue;
    findings.push_back(MakeFinding(
        held.names + " : " + FormatShare(share, true) + (held.controls ? ", avec le contrôle." : "."),
        held.names + ": " + FormatShare(share, false) + (held.controls ? ", with control." : ".")));
  }
  return findings;
}

std::string NameOf(const v1::Party& party) {
  return party.name() + " (" + party.party_id() + ")";
}

std::string FormatShare(int hundredths, bool french) {
  std::string text = std::to_string(hundredths / 100);
  if (const int rest = hundredths % 100; rest != 0) {
    text.append(french ? "," : ".").append(rest < 10 ? "0" : "").append(std::to_string(rest));
    if (text.ends_with('0')) text.pop_back();
  }
  return french ? text.append(internal::kNoBreakSpace).append("%") : text.append("%");
}

v1::Finding MakeFinding(std::string fr, std::string en) {
  v1::Finding finding;
  finding.set_fr(Typeset(std::move(fr)));
  finding.set_en(std::move(en));
  return finding;
}

}  // namespace jalon::enrolment
