#ifndef JALON_ENROLMENT_OWNERSHIP_H_
#define JALON_ENROLMENT_OWNERSHIP_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "jalon/enrolment/v1/ownership.pb.h"

// Who owns whom on a date: what the European size and the single undertaking are read from. Pure: no clock,
// no database. What is given in another order gives the same answers in the same order.
namespace jalon::enrolment {

inline constexpr int kWhole = 100'00;    // all of a company, in hundredths of a percent
inline constexpr int kMajority = 50'00;  // beyond it
inline constexpr int kQuarter = 25'00;   // from it on
inline constexpr int64_t kMostByAngels =
    1'250'000'00;  // cents, below it: Recommendation, annex, art. 3(2)(a)

// What is known around a company, whatever the dates.
struct Ownership {
  std::vector<v1::Party> parties;
  std::vector<v1::Link> links;
  std::vector<v1::Accounts> accounts;
};

// Parties by their place in OwnershipGraph::parties().
using PartyIndex = size_t;

struct Holding {
  PartyIndex holder;
  PartyIndex held;
  int capital;  // hundredths of a percent, as are the votes
  int votes;
  bool controls;  // by other means than the votes
  std::string market;
  std::optional<int64_t> investment_cents;
};

// The links that hold on a date.
class OwnershipGraph {
 public:
  OwnershipGraph(const Ownership& ownership, const v1::Party& subject, Date on);

  Date on() const { return on_; }
  PartyIndex subject() const { return subject_; }
  const std::vector<v1::Party>& parties() const { return parties_; }  // by party_id
  const v1::Party& party(PartyIndex index) const { return parties_[index]; }
  const std::vector<Holding>& holdings() const { return holdings_; }
  // By closing date, of one party.
  const std::map<Date, v1::Accounts>& accounts(PartyIndex index) const { return accounts_[index]; }

 private:
  PartyIndex Place(const std::string& id) const;

  Date on_;
  std::vector<v1::Party> parties_;
  std::vector<Holding> holdings_;
  std::vector<std::map<Date, v1::Accounts>> accounts_;
  PartyIndex subject_ = 0;
};

// Which holders pass a group on.
enum class Joining {
  // Recommendation 2003/361/EC, annex, art. 3(3): enterprises, the investors of art. 3(2), and a natural
  // person
  // between enterprises of one market. Not a public body: art. 3(4) has its own rule.
  kLinkedEnterprises,
  // Regulation (EU) 2023/2831, art. 2(2): enterprises only. Funds, investment companies and universities that
  // control
  // are enterprises; natural persons and public bodies (recital 4) join nothing.
  kSingleUndertaking,
};

// For each party, the group it belongs to: two parties belong together when one, with those that already
// belong to it, has a majority of votes of the other or controls it otherwise, and through chains. A natural
// person belongs to none.
std::vector<size_t> GroupsBy(const OwnershipGraph& graph, Joining joining);

// Everyone of the subject's group, the subject among them.
std::vector<PartyIndex> MembersWith(const std::vector<size_t>& groups, PartyIndex subject);

// Enterprises that public bodies control, alone or together, directly or through others, and the public
// bodies.
std::vector<bool> PubliclyControlled(const OwnershipGraph& graph);

// Whether this holding leaves what is held autonomous although it is 25 % or more: art. 3(2), second
// subparagraph. A business angel's does so while all business angels of the enterprise together invest less
// than 1.25 M€.
bool LeavesAutonomous(const OwnershipGraph& graph, const Holding& holding);

bool IsEnterprise(v1::PartyKind kind);

// Which control holds the members together: a sentence for each member that others of them control, and for
// kLinkedEnterprises that a natural person of a market does.
std::vector<v1::Finding> ControlFindings(const OwnershipGraph& graph, const std::vector<PartyIndex>& members,
                                         Joining joining);

// The enterprises that hold 25 % or more of the subject, alone or with what they are linked to,
// LeavesAutonomous apart.
std::vector<v1::Finding> QuarterHolders(const OwnershipGraph& graph);

// "Ateliers Durand (732829320)", "33,33 %".
std::string NameOf(const v1::Party& party);
std::string FormatShare(int hundredths, bool french);

v1::Finding MakeFinding(std::string fr, std::string en);

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_OWNERSHIP_H_
