#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "enrolment/assessment.h"
#include "enrolment/eu_size.h"

// The computations over links, for any links whatever: circles, several links between two, holdings beyond
// the whole.
namespace jalon::enrolment {
namespace {

constexpr int kParties = 7;
constexpr v1::PartyKind kKinds[] = {v1::PARTY_KIND_ENTERPRISE,     v1::PARTY_KIND_ENTERPRISE,
                                    v1::PARTY_KIND_ENTERPRISE,     v1::PARTY_KIND_NATURAL_PERSON,
                                    v1::PARTY_KIND_PUBLIC_BODY,    v1::PARTY_KIND_UNIVERSITY,
                                    v1::PARTY_KIND_VENTURE_CAPITAL};

std::string Id(int n) {
  return std::string(1, static_cast<char>('a' + n));
}

Date On() {
  return *Date::Parse("2026-07-01");
}

v1::Party Me() {
  v1::Party me;
  me.set_party_id(Id(0));
  me.set_name("me");
  me.set_kind(v1::PARTY_KIND_ENTERPRISE);
  return me;
}

Ownership AnyOwnership() {
  Ownership ownership;
  for (int n = 1; n < kParties; ++n) {
    v1::Party& party = ownership.parties.emplace_back();
    party.set_party_id(Id(n));
    party.set_name(Id(n));
    party.set_kind(kKinds[*rc::gen::inRange<size_t>(0, std::size(kKinds))]);
  }
  ownership.parties.push_back(Me());
  for (int links = *rc::gen::inRange(0, 14); links > 0; --links) {
    v1::Link& link = ownership.links.emplace_back();
    const int holder = *rc::gen::inRange(0, kParties);
    link.mutable_holder()->set_party_id(Id(holder));
    link.mutable_held()->set_party_id(Id((holder + *rc::gen::inRange(1, kParties)) % kParties));
    const auto share = [] {
      return *rc::gen::oneOf(rc::gen::elementOf(std::vector<int>{0, 2499, 2500, 2501, 5000, 5001}),
                             rc::gen::inRange(0, 10001));
    };
    link.set_capital_hundredths(share());
    link.set_votes_hundredths(share());
    if (*rc::gen::inRange(0, 8) == 0) link.add_controls(v1::CONTROL_BOARD_MAJORITY);
    if (*rc::gen::inRange(0, 2) == 0)
      link.set_market(*rc::gen::elementOf(std::vector<std::string>{"x", "y"}));
    link.set_starts_on(*rc::gen::inRange(0, 8) == 0 ? "2026-07-02" : "2020-01-01");
    if (*rc::gen::inRange(0, 8) == 0) link.set_ends_on("2026-07-01");
  }
  for (int n = 0; n < kParties; ++n) {
    if (n > 0 && *rc::gen::inRange(0, 6) == 0) continue;
    v1::Accounts& accounts = ownership.accounts.emplace_back();
    accounts.set_party_id(Id(n));
    accounts.set_closed_on("2025-12-31");
    accounts.set_headcount_hundredths(*rc::gen::inRange(0, 40'000));
    accounts.mutable_turnover()->set_cents(*rc::gen::inRange<int64_t>(0, 10'000'000'000));
    accounts.mutable_balance_sheet()->set_cents(*rc::gen::inRange<int64_t>(0, 10'000'000'000));
  }
  return ownership;
}

// ---- The rules written a second time: by matrices, and without regard to cost.

struct Oracle {
  explicit Oracle(const Ownership& ownership) : all(ownership) {
    for (const v1::Party& party : all.parties) kinds[party.party_id()] = party.kind();
    for (const v1::Link& link : all.links)
      if (link.starts_on() <= "2026-07-01" && (link.ends_on().empty() || link.ends_on() > "2026-07-01"))
        links.push_back(link);
  }

  using Same = std::map<std::string, std::map<std::string, bool>>;

  // Who belongs with whom. `stands_for` names the node through which a holder joins, or nobody ("").
  template <class StandsFor>
  Same Groups(StandsFor stands_for) const {
    Same same;
    std::vector<std::string> nodes;
    for (const v1::Party& party : all.parties) nodes.push_back(party.party_id());
    for (const v1::Link& link : links)
      if (const std::string node = stands_for(link); !node.empty()) nodes.push_back(node);
    for (const std::string& a : nodes) same[a][a] = true;
    Same before;
    while (before != same) {
      before = same;
      for (const std::string& a : nodes) {
        for (const std::string& held : nodes) {
          int votes = 0;
          bool controls = false;
          for (const v1::Link& link : links) {
            const std::string holder = stands_for(link);
            if (holder.empty() || link.held().party_id() != held || !same[a][holder]) continue;
            votes += link.votes_hundredths();
            controls = controls || link.controls_size() > 0;
          }
          if (votes > 5000 || controls) same[a][held] = same[held][a] = true;
        }
      }
      for (const std::string& k : nodes)
        for (const std::string& i : nodes)
          for (const std::string& j : nodes)
            if (same[i][k] && same[k][j]) same[i][j] = same[j][i] = true;
    }
    return same;
  }

  Same Undertakings() const {
    return Groups([&](const v1::Link& link) -> std::string {
      const v1::PartyKind kind = kinds.at(link.holder().party_id());
      if (kind == v1::PARTY_KIND_NATURAL_PERSON || kind == v1::PARTY_KIND_PUBLIC_BODY) return "";
      return link.holder().party_id();
    });
  }

  // Headcount of the group in hundredths of hundredths of a percent.
  int64_t Heads() const {
    Same same = Groups([&](const v1::Link& link) -> std::string {
      const v1::PartyKind kind = kinds.at(link.holder().party_id());
      if (kind == v1::PARTY_KIND_PUBLIC_BODY) return "";
      if (kind != v1::PARTY_KIND_NATURAL_PERSON) return link.holder().party_id();
      return link.market().empty() ? "" : link.holder().party_id() + " on " + link.market();
    });
    const auto mine = [&](const std::string& id) { return same["a"][id]; };
    const auto enterprise = [&](const std::string& id) {
      return kinds.at(id) != v1::PARTY_KIND_NATURAL_PERSON && kinds.at(id) != v1::PARTY_KIND_PUBLIC_BODY;
    };
    int64_t sum = 0;
    for (const v1::Accounts& accounts : all.accounts) {
      const std::string& id = accounts.party_id();
      if (!enterprise(id)) continue;
      int share = 0;
      if (mine(id)) {
        share = 10000;
      } else {
        // The greatest of what id's group holds of one of mine, and of what mine holds of one of id's.
        for (const v1::Party& at : all.parties) {
          const std::string& held = at.party_id();
          int capital = 0, votes = 0;
          for (const v1::Link& link : links) {
            const std::string& holder = link.holder().party_id();
            if (link.held().party_id() != held || !enterprise(holder)) continue;
            const bool exempt = kinds.at(holder) == v1::PARTY_KIND_UNIVERSITY ||
                                kinds.at(holder) == v1::PARTY_KIND_VENTURE_CAPITAL;
            const bool up = mine(held) && same[id][holder] && !exempt;
            const bool down = same[id][held] && mine(holder);
            if (!up && !down) continue;
            capital += link.capital_hundredths();
            votes += link.votes_hundredths();
          }
          if (std::max(capital, votes) >= 2500) share = std::max({share, capital, votes});
        }
      }
      sum += accounts.headcount_hundredths() * share;
    }
    return sum;
  }

  Ownership all;
  std::vector<v1::Link> links;
  std::map<std::string, v1::PartyKind> kinds;
};

RC_GTEST_PROP(SingleUndertaking, IsThatOfTheOracle, ()) {
  const Ownership ownership = AnyOwnership();
  Oracle::Same same = Oracle(ownership).Undertakings();
  std::vector<std::string> expected, found;
  for (int n = 0; n < kParties; ++n)
    if (same["a"][Id(n)]) expected.push_back(Id(n));
  const v1::CompanyAssessment assessment = Assess(ownership, Me(), On());
  for (const v1::Party& member : assessment.single_undertaking().members())
    found.push_back(member.party_id());
  RC_ASSERT(found == expected);
}

RC_GTEST_PROP(EuSizeOfAGroup, CountsTheHeadsThatTheOracleCounts, ()) {
  const Ownership ownership = AnyOwnership();
  const v1::CompanyAssessment assessment = Assess(ownership, Me(), On());
  RC_ASSERT(LastFigures(assessment.eu_size())->headcount_hundredths == Oracle(ownership).Heads() / 10000);
}

RC_GTEST_PROP(Assessment, IsTheSameInWhateverOrderItsFactsAreTold, ()) {
  Ownership ownership = AnyOwnership();
  // Links between the same two would be told in the order given.
  std::map<std::pair<std::string, std::string>, v1::Link> unique;
  for (const v1::Link& link : ownership.links)
    unique[{link.holder().party_id(), link.held().party_id()}] = link;
  ownership.links.clear();
  for (const auto& [pair, link] : unique) ownership.links.push_back(link);
  Ownership shuffled = ownership;
  const auto turn = [](auto* items) {
    for (size_t i = items->size(); i > 1; --i)
      std::swap((*items)[i - 1], (*items)[*rc::gen::inRange<size_t>(0, i)]);
  };
  turn(&shuffled.parties), turn(&shuffled.links), turn(&shuffled.accounts);
  RC_ASSERT(Assess(shuffled, Me(), On()).SerializeAsString() ==
            Assess(ownership, Me(), On()).SerializeAsString());
}

RC_GTEST_PROP(EuSizeOfAGroup, NeverShrinksWhenSomebodyGrows, ()) {
  Ownership ownership = AnyOwnership();
  const v1::EuSize before = Assess(ownership, Me(), On()).eu_size().size();
  v1::Accounts& grown = ownership.accounts[*rc::gen::inRange<size_t>(0, ownership.accounts.size())];
  grown.set_headcount_hundredths(grown.headcount_hundredths() + *rc::gen::inRange(0, 40'000));
  RC_ASSERT(Assess(ownership, Me(), On()).eu_size().size() >= before);
}

// Accounts that hold one another's figures never count more than all of them apart, nor less than the least.
RC_GTEST_PROP(EuSizeOfAGroup, CountsConsolidatedFiguresOnceAndNeverNot, ()) {
  Ownership ownership = AnyOwnership();
  for (v1::Accounts& accounts : ownership.accounts) {
    accounts.set_headcount_hundredths(100);
    if (*rc::gen::inRange(0, 2) == 0) {
      const std::string other = Id(*rc::gen::inRange(0, kParties));
      if (other != accounts.party_id()) accounts.add_consolidates(other);
    }
  }
  const v1::EuSizeResult result = Assess(ownership, Me(), On()).eu_size();
  const int64_t heads = LastFigures(result)->headcount_hundredths;
  RC_ASSERT(heads >= 100);
  for (const v1::CountedEnterprise& counted : result.counted()) {
    if (counted.included_in().empty()) continue;
    const auto at = std::find_if(result.counted().begin(), result.counted().end(), [&](const auto& other) {
      return other.party_id() == counted.included_in();
    });
    RC_ASSERT(at != result.counted().end());
    RC_ASSERT(at->included_in().empty());
    RC_ASSERT(at->has_figures());
    RC_ASSERT(at->share_hundredths() >= counted.share_hundredths());
  }
}

// Each ceiling by itself, as article 4(2) has it: it is lost or gained when two years in a row say so.
RC_GTEST_PROP(TwoYearRule, TurnsEachCeilingByItself, ()) {
  const auto years = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4));
  std::vector<EuSize> sizes;
  for (const int year : years) sizes.push_back(static_cast<EuSize>(year));
  std::vector<int> expected(years.size());
  for (int ceiling = 0; ceiling < 3; ++ceiling) {
    bool beyond = false;
    for (size_t year = 0; year < years.size(); ++year) {
      const bool now = years[year] > ceiling;
      if (year == 0 || now == (years[year - 1] > ceiling)) beyond = now;
      expected[year] += beyond ? 1 : 0;
    }
  }
  const std::vector<EuSize> status = TwoYearRule(sizes);
  for (size_t year = 0; year < years.size(); ++year)
    RC_ASSERT(static_cast<int>(status[year]) == expected[year]);
}

}  // namespace
}  // namespace jalon::enrolment
