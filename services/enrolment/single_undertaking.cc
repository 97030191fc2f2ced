#include "enrolment/single_undertaking.h"

#include <algorithm>

namespace jalon::enrolment {
namespace {

// Control that makes no single undertaking is told, so that a person sees why.
void TellWhoJoinsNobody(const OwnershipGraph& graph, const std::vector<PartyIndex>& members,
                        v1::SingleUndertakingResult* result) {
  for (const Holding& holding : graph.holdings()) {
    const v1::Party& holder = graph.party(holding.holder);
    const v1::PartyKind kind = holder.kind();
    const bool joins_nobody = kind == v1::PARTY_KIND_NATURAL_PERSON ||
                              kind == v1::PARTY_KIND_BUSINESS_ANGEL || kind == v1::PARTY_KIND_PUBLIC_BODY ||
                              kind == v1::PARTY_KIND_SMALL_LOCAL_AUTHORITY;
    if (!joins_nobody || (holding.votes <= kMajority && !holding.controls) ||
        !std::binary_search(members.begin(), members.end(), holding.held))
      continue;
    const std::string held = NameOf(graph.party(holding.held));
    *result->add_findings() =
        MakeFinding(NameOf(holder) + " contrôle " + held +
                        " : personne physique ou publique, ce lien ne réunit pas d’entreprises.",
                    NameOf(holder) + " controls " + held +
                        ": a natural person or public body, which joins no enterprises.");
  }
}

}  // namespace

v1::SingleUndertakingResult AssessSingleUndertaking(const OwnershipGraph& graph) {
  const std::vector<PartyIndex> members =
      MembersWith(GroupsBy(graph, Joining::kSingleUndertaking), graph.subject());
  v1::SingleUndertakingResult result;
  for (const PartyIndex member : members) {
    *result.add_members() = graph.party(member);
    const std::string& id = graph.party(member).party_id();
    // In the order of identifiers, digits come first.
    if (result.undertaking().empty() && id[0] >= '0' && id[0] <= '9') result.set_undertaking(id);
  }
  for (v1::Finding& finding : ControlFindings(graph, members, Joining::kSingleUndertaking))
    *result.add_findings() = std::move(finding);
  TellWhoJoinsNobody(graph, members, &result);
  if (members.size() == 1) {
    *result.add_findings() =
        MakeFinding("Seule : aucune entreprise ne la contrôle ni n’est contrôlée par elle.",
                    "Alone: no enterprise controls it or is controlled by it.");
  }
  return result;
}

}  // namespace jalon::enrolment
