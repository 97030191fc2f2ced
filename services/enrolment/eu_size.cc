#include "enrolment/eu_size.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/checked.h"
#include "base/wording.h"
#include "enrolment/evidence.h"

namespace jalon::enrolment {
namespace {

using internal::Int128;

// Two closings further apart than this are not consecutive: no accounting period is that long.
constexpr int kLongestPeriodDays = 731;

struct Counted {
  PartyIndex party;
  v1::Relation relation;
  int share;  // hundredths of a percent
};

struct PeriodSum {
  SizeFigures figures;
  std::vector<v1::CountedEnterprise> counted;
  bool complete = true;
};

// Sums that are exact until they are shown, in hundredths of a percent of a hundredth of a head and of a
// cent.
class ExactSum {
 public:
  void Add(int64_t value, int share) { sum_ += static_cast<Int128>(value) * share; }
  // Staff must be below its ceiling and money not above: rounded down and up, they compare as the exact sums
  // do.
  int64_t Down() const { return Bounded(sum_ / kWhole); }
  int64_t Up() const { return Bounded((sum_ + kWhole - 1) / kWhole); }

 private:
  static int64_t Bounded(Int128 value) { return static_cast<int64_t>(std::min<Int128>(value, kMaxCents)); }
  Int128 sum_ = 0;
};

v1::Figures ToProto(const SizeFigures& figures) {
  v1::Figures proto;
  proto.set_headcount_hundredths(figures.headcount_hundredths);
  proto.mutable_turnover()->set_cents(figures.turnover.value());
  proto.mutable_balance_sheet()->set_cents(figures.balance_sheet.value());
  return proto;
}

v1::EuSize ToProto(EuSize size) {
  switch (size) {
    case EuSize::kMicro:
      return v1::EU_SIZE_MICRO;
    case EuSize::kSmall:
      return v1::EU_SIZE_SMALL;
    case EuSize::kMedium:
      return v1::EU_SIZE_MEDIUM;
    case EuSize::kNotSme:
      return v1::EU_SIZE_NOT_SME;
  }
  return v1::EU_SIZE_UNSPECIFIED;
}

std::string_view SizeFr(v1::EuSize size) {
  switch (size) {
    case v1::EU_SIZE_MICRO:
      return "microentreprise";
    case v1::EU_SIZE_SMALL:
      return "petite entreprise";
    case v1::EU_SIZE_MEDIUM:
      return "moyenne entreprise";
    default:
      return "hors PME";
  }
}

std::string_view SizeEn(v1::EuSize size) {
  switch (size) {
    case v1::EU_SIZE_MICRO:
      return "micro";
    case v1::EU_SIZE_SMALL:
      return "small";
    case v1::EU_SIZE_MEDIUM:
      return "medium";
    default:
      return "not an SME";
  }
}

// Reads the whole of a result off a graph, step by step.
class Assessor {
 public:
  explicit Assessor(const OwnershipGraph& graph)
      : graph_(graph), groups_(GroupsBy(graph, Joining::kLinkedEnterprises)) {}

  v1::EuSizeResult Run() {
    TellLinks();
    FindCounted();
    AssessPeriods();
    TellPublicHands();
    return std::move(result_);
  }

 private:
  void Tell(std::string fr, std::string en) {
    *result_.add_findings() = MakeFinding(std::move(fr), std::move(en));
  }
  bool Linked(PartyIndex party) const { return groups_[party] == groups_[graph_.subject()]; }

  void TellLinks() {
    const std::vector<PartyIndex> linked = MembersWith(groups_, graph_.subject());
    for (v1::Finding& finding : ControlFindings(graph_, linked, Joining::kLinkedEnterprises))
      *result_.add_findings() = std::move(finding);
    for (const Holding& holding : graph_.holdings()) {
      const v1::Party& holder = graph_.party(holding.holder);
      if (!Linked(holding.held)) continue;
      if (holder.kind() == v1::PARTY_KIND_NATURAL_PERSON && holding.market.empty() &&
          (holding.votes > kMajority || holding.controls)) {
        Tell(NameOf(holder) + " contrôle " + NameOf(graph_.party(holding.held)) +
                 " : aucun marché n’est déclaré, ses entreprises ne sont pas liées entre elles (art. 3, §3).",
             NameOf(holder) + " controls " + NameOf(graph_.party(holding.held)) +
                 ": no market is declared, so the enterprises are not linked through this person (art. "
                 "3(3)).");
      }
      const int share = std::max(holding.capital, holding.votes);
      if (share >= kQuarter && !Linked(holding.holder) && LeavesAutonomous(graph_, holding)) {
        Tell(NameOf(holder) + " détient " + FormatShare(share, true) + " de " +
                 NameOf(graph_.party(holding.held)) + " : investisseur de l’art. 3, §2, pas un partenaire.",
             NameOf(holder) + " holds " + FormatShare(share, false) + " of " +
                 NameOf(graph_.party(holding.held)) + ": an investor of art. 3(2), not a partner.");
      }
    }
  }

  // Partner groups by their share: the greatest one, upstream or downstream (art. 6(2): in the case of
  // cross-holdings, the greater percentage applies).
  std::map<size_t, int> PartnerShares() const {
    struct Sum {
      int capital = 0;
      int votes = 0;
    };
    std::map<std::pair<size_t, PartyIndex>, Sum> sums;  // of a group in a party
    for (const Holding& holding : graph_.holdings()) {
      const bool up = Linked(holding.held), down = Linked(holding.holder);
      if (up == down || !IsEnterprise(graph_.party(holding.holder).kind())) continue;
      if (up && LeavesAutonomous(graph_, holding)) continue;
      Sum& sum = sums[{groups_[holding.holder], holding.held}];
      sum.capital += holding.capital;
      sum.votes += holding.votes;
    }
    std::map<size_t, int> shares;
    for (const auto& [pair, sum] : sums) {
      const int share = std::max(sum.capital, sum.votes);
      if (share < kQuarter) continue;
      int& greatest = shares[Linked(pair.second) ? pair.first : groups_[pair.second]];
      greatest = std::max(greatest, share);
    }
    return shares;
  }

  void FindCounted() {
    counted_.push_back({graph_.subject(), v1::RELATION_ITSELF, kWhole});
    for (const PartyIndex party : MembersWith(groups_, graph_.subject()))
      if (party != graph_.subject() && IsEnterprise(graph_.party(party).kind()))
        counted_.push_back({party, v1::RELATION_LINKED, kWhole});
    for (const auto& [group, share] : PartnerShares()) {
      for (PartyIndex party = 0; party < groups_.size(); ++party) {
        if (groups_[party] != group || !IsEnterprise(graph_.party(party).kind())) continue;
        counted_.push_back({party, v1::RELATION_PARTNER, share});
        Tell(NameOf(graph_.party(party)) + " : partenaire, ou liée à un partenaire, comptée pour " +
                 FormatShare(share, true) + " (art. 3, §2 et art. 6).",
             NameOf(graph_.party(party)) + ": partner, or linked to a partner, counted for " +
                 FormatShare(share, false) + " (art. 3(2) and art. 6).");
      }
    }
    if (counted_.size() == 1) {
      Tell("Entreprise autonome : ni entreprise liée ni partenaire (art. 3, §1).",
           "Autonomous: no linked enterprise and no partner (art. 3(1)).");
    }
  }

  // The accounts of each as of a day: their latest. `consolidating` accounts leave out those they hold
  // already; among accounts that would leave out one another, the first by identifier counts.
  PeriodSum SumUp(Date latest) const {
    std::map<PartyIndex, const v1::Accounts*> known;
    for (const Counted& counted : counted_) {
      const auto& accounts = graph_.accounts(counted.party);
      if (const auto after = accounts.upper_bound(latest); after != accounts.begin())
        known[counted.party] = &std::prev(after)->second;
    }
    const std::map<PartyIndex, PartyIndex> inside = Inside(known);
    PeriodSum sum;
    ExactSum staff, turnover, balance_sheet;
    for (const Counted& counted : counted_) {
      v1::CountedEnterprise& told = sum.counted.emplace_back();
      told.set_party_id(graph_.party(counted.party).party_id());
      told.set_name(graph_.party(counted.party).name());
      told.set_relation(counted.relation);
      told.set_share_hundredths(counted.share);
      if (const auto at = inside.find(counted.party); at != inside.end()) {
        told.set_included_in(graph_.party(at->second).party_id());
        told.set_closed_on(known.at(at->second)->closed_on());
        continue;
      }
      const auto at = known.find(counted.party);
      if (at == known.end()) {
        sum.complete = false;
        continue;
      }
      const v1::Accounts& accounts = *at->second;
      const SizeFigures own{accounts.headcount_hundredths(), BoundedCents(accounts.turnover().cents()),
                            BoundedCents(accounts.balance_sheet().cents())};
      told.set_closed_on(accounts.closed_on());
      *told.mutable_figures() = ToProto(own);
      staff.Add(own.headcount_hundredths, counted.share);
      turnover.Add(own.turnover.value(), counted.share);
      balance_sheet.Add(own.balance_sheet.value(), counted.share);
    }
    sum.figures = {staff.Down(), Cents(turnover.Up()), Cents(balance_sheet.Up())};
    return sum;
  }

  // Whose figures are inside the consolidated accounts of whom. Only accounts that count themselves, and at
  // no smaller a share (art. 6(3)), take others in; those that nobody takes in come first.
  std::map<PartyIndex, PartyIndex> Inside(const std::map<PartyIndex, const v1::Accounts*>& known) const {
    std::map<std::string, const Counted*> by_id;
    for (const Counted& counted : counted_) by_id[graph_.party(counted.party).party_id()] = &counted;
    const auto taken_in = [&](const Counted& by, auto visit) {
      const auto at = known.find(by.party);
      if (at == known.end()) return;
      for (const std::string& id : at->second->consolidates())
        if (const auto other = by_id.find(id);
            other != by_id.end() && other->second->party != by.party && other->second->share <= by.share)
          visit(other->second->party);
    };
    std::set<PartyIndex> wanted;
    for (const auto& [id, counted] : by_id)
      taken_in(*counted, [&](PartyIndex party) { wanted.insert(party); });
    std::map<PartyIndex, PartyIndex> inside;
    for (const bool first : {true, false}) {
      for (const auto& [id, counted] : by_id) {
        const PartyIndex by = counted->party;
        if (wanted.contains(by) == first || inside.contains(by)) continue;
        taken_in(*counted, [&](PartyIndex party) {
          if (!Consolidator(inside, party)) inside.emplace(party, by);
        });
      }
    }
    return inside;
  }
  static bool Consolidator(const std::map<PartyIndex, PartyIndex>& inside, PartyIndex party) {
    return std::any_of(inside.begin(), inside.end(), [&](const auto& pair) { return pair.second == party; });
  }

  void AssessPeriods() {
    const auto& own = graph_.accounts(graph_.subject());
    std::vector<EuSize> by_figures;
    for (auto at = own.begin(); at != own.end() && at->first <= graph_.on(); ++at) {
      const auto next = std::next(at);
      const bool last = next == own.end() || next->first > graph_.on();
      PeriodSum sum = SumUp(last ? graph_.on() : next->first.AddDays(-1));
      if (!last && (!sum.complete || at->first.DaysUntil(next->first) > kLongestPeriodDays)) {
        TellLeftOut(at->first, sum.complete);
        by_figures.clear();
        result_.clear_periods();
        continue;
      }
      v1::EuSizePeriod& period = *result_.add_periods();
      period.set_closed_on(at->first.ToIso());
      *period.mutable_figures() = ToProto(sum.figures);
      by_figures.push_back(EuSizeOf(sum.figures).size_class);
      period.set_size_by_figures(ToProto(by_figures.back()));
      if (last) Conclude(std::move(sum));
    }
    const std::vector<EuSize> status = TwoYearRule(by_figures);
    for (int i = 0; i < result_.periods_size(); ++i)
      result_.mutable_periods(i)->set_size(ToProto(status[static_cast<size_t>(i)]));
    TellPeriods(status);
  }

  void TellLeftOut(Date closed_on, bool complete) {
    const std::string fr = FormatDate(closed_on, Language::kFrench),
                      en = FormatDate(closed_on, Language::kEnglish);
    if (complete) {
      Tell("L’exercice clos le " + fr +
               " n’est pas suivi d’un exercice consécutif : l’historique repart après lui.",
           "The period closed on " + en +
               " is not followed by a consecutive one: the history starts after it.");
    } else {
      Tell("Exercice clos le " + fr +
               " : les comptes d’une entreprise du groupe manquent, l’historique repart après lui.",
           "Period closed on " + en +
               ": accounts of an enterprise of the group are missing, the history starts after it.");
    }
  }

  void Conclude(PeriodSum sum) {
    result_.set_complete(sum.complete);
    for (v1::CountedEnterprise& counted : sum.counted) {
      if (counted.closed_on().empty()) {
        Tell("Comptes inconnus : " + counted.name() + " (" + counted.party_id() +
                 ") ; déclarez-les (jalon company accounts add).",
             "Accounts unknown: " + counted.name() + " (" + counted.party_id() +
                 "); give them (jalon company accounts add).");
      }
      *result_.add_counted() = std::move(counted);
    }
    last_ = sum.figures;
  }

  void TellPeriods(const std::vector<EuSize>& status) {
    if (!last_) {
      Tell("Aucun exercice clos connu : la taille ne peut être établie.",
           "No closed period is known: the size cannot be established.");
      return;
    }
    const Sized<EuSize> by_figures = EuSizeOf(*last_);
    Tell(by_figures.evidence_fr, by_figures.evidence_en);
    const v1::EuSizePeriod& period = result_.periods(result_.periods_size() - 1);
    result_.set_size(period.size());
    if (status.back() != by_figures.size_class) {
      const std::string size_fr(SizeFr(period.size())), size_en(SizeEn(period.size()));
      Tell(
          "Un seuil n’est franchi que sur un exercice : l’entreprise reste « " + size_fr + " » (art. 4, §2).",
          "A ceiling is crossed over one period only: the enterprise stays “" + size_en + "” (art. 4(2)).");
    } else if (status.size() > 1 && status[status.size() - 2] != status.back()) {
      const std::string size_fr(SizeFr(period.size())), size_en(SizeEn(period.size()));
      Tell(
          "Un seuil est franchi sur deux exercices consécutifs : « " + size_fr + " » désormais (art. 4, §2).",
          "A ceiling is crossed over two consecutive periods: “" + size_en + "” from now on (art. 4(2)).");
    }
  }

  void TellPublicHands() {
    const std::vector<bool> is_public = PubliclyControlled(graph_);
    int capital = 0, votes = 0;
    bool controls = false;
    for (const Holding& holding : graph_.holdings()) {
      if (holding.held != graph_.subject() || !is_public[holding.holder]) continue;
      capital += holding.capital;
      votes += holding.votes;
      controls = controls || holding.controls;
    }
    const int share = std::max(capital, votes);
    if (share < kQuarter && !controls) return;
    result_.set_size(v1::EU_SIZE_NOT_SME);
    Tell("Des organismes publics contrôlent, directement ou non, " + FormatShare(share, true) +
             " de l’entreprise (25 % ou plus) : elle n’est pas une PME (art. 3, §4).",
         "Public bodies control, directly or not, " + FormatShare(share, false) +
             " of the enterprise (25% or more): it is not an SME (art. 3(4)).");
  }

  const OwnershipGraph& graph_;
  const std::vector<size_t> groups_;
  std::vector<Counted> counted_;
  std::optional<SizeFigures> last_;
  v1::EuSizeResult result_;
};

}  // namespace

v1::EuSizeResult AssessEuSize(const OwnershipGraph& graph) {
  return Assessor(graph).Run();
}

std::optional<SizeFigures> LastFigures(const v1::EuSizeResult& result) {
  if (result.periods().empty()) return std::nullopt;
  const v1::Figures& figures = result.periods(result.periods_size() - 1).figures();
  return SizeFigures{figures.headcount_hundredths(), Cents(figures.turnover().cents()),
                     Cents(figures.balance_sheet().cents())};
}

std::vector<EuSize> TwoYearRule(const std::vector<EuSize>& by_figures) {
  std::vector<EuSize> status;
  for (size_t year = 0; year < by_figures.size(); ++year) {
    const EuSize now = by_figures[year];
    if (year == 0) {
      status.push_back(now);
      continue;
    }
    // Ceilings are nested, so those that both years cross in the same direction lead to the nearer of the
    // two.
    const EuSize before = by_figures[year - 1], was = status.back();
    if (now > was && before > was) {
      status.push_back(std::min(now, before));
    } else if (now < was && before < was) {
      status.push_back(std::max(now, before));
    } else {
      status.push_back(was);
    }
  }
  return status;
}

}  // namespace jalon::enrolment
