#include "clients/cli/matching.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/cents.h"
#include "base/half_day.h"
#include "jalon/assignment/v1/assignment_service.pb.h"

namespace jalon::cli {
namespace {

using assignment::v1::Candidate;
using assignment::v1::Criterion;
using assignment::v1::Handover;
using assignment::v1::Need;
using assignment::v1::Proposal;
using assignment::v1::ProposeAssignmentsRequest;
using assignment::v1::ProposeAssignmentsResponse;
using assignment::v1::RankCandidatesRequest;
using assignment::v1::RankCandidatesResponse;
using assignment::v1::ReassignConsultantRequest;
using assignment::v1::ReassignConsultantResponse;
using assignment::v1::UnfitConsultant;

// The sentence in the language asked for, of a message that has one in each.
template <class Message>
const std::string& Reason(Session& session, const Message& message) {
  return session.language() == Language::kFrench ? message.reason_fr() : message.reason_en();
}

std::string Points(Session& session, int64_t points) {
  return CountForPeople(points, session.language()) +
         session.Say({points < 2 ? " point" : " points", points == 1 ? " point" : " points"});
}

template <class Parts>
void PrintParts(Session& session, const Parts& parts) {
  for (const auto& part : parts) {
    std::string share = std::to_string(part.points()) + "/" + std::to_string(part.most());
    share.insert(0, 9 - std::min<size_t>(9, share.size()), ' ');
    session.out() << "    " << share << "  " << Reason(session, part) << '\n';
  }
}

// "Claire Durand (n° 12) : 812 points, à 12 km, 1 300,00 € par jour".
void PrintCandidate(Session& session, const Candidate& candidate) {
  session.out() << candidate.consultant_name() << session.Say({" (n° ", " (no. "})
                << candidate.consultant_id() << session.Say({")\u00A0: ", "): "})
                << Points(session, candidate.points());
  if (candidate.has_distance_km())
    session.out() << session.Say({", à ", ", "})
                  << CountForPeople(candidate.distance_km(), session.language())
                  << session.Say({" km", " km away"});
  session.out() << ", " << FormatField(candidate, "day_rate", session.language())
                << session.Say({" par jour\n", " a day\n"});
}

Need NeedTyped(const Inputs& inputs, int64_t case_id) {
  Need need;
  need.set_case_id(case_id);
  need.set_phase(inputs.Text("phase"));
  for (const std::string& skill : inputs.All("skill")) need.add_skills(skill);
  for (const std::string& language : inputs.All("speaks")) need.add_languages(language);
  need.set_from(inputs.Text("from"));
  need.set_until(inputs.Text("until"));
  need.set_half_days(static_cast<int32_t>(std::clamp<int64_t>(inputs.Integer("days"), 0, 1'000'000)));
  return need;
}

Words ShortcomingWords(int shortcoming) {
  switch (shortcoming) {
    case assignment::v1::SHORTCOMING_LEFT:
      return {"partis du programme", "have left the programme"};
    case assignment::v1::SHORTCOMING_NOT_ACCREDITED:
      return {"sans agrément", "not accredited"};
    case assignment::v1::SHORTCOMING_CONFLICT_DECLARED:
    case assignment::v1::SHORTCOMING_CONFLICT_EMPLOYER:
    case assignment::v1::SHORTCOMING_CONFLICT_CLIENT:
      return {"en conflit d’intérêts", "with a conflict of interest"};
    case assignment::v1::SHORTCOMING_ALREADY_ASSIGNED:
      return {"déjà affectés", "assigned already"};
    case assignment::v1::SHORTCOMING_REGION:
      return {"d’une autre région", "of another region"};
    case assignment::v1::SHORTCOMING_RADIUS:
      return {"trop loin", "too far away"};
    case assignment::v1::SHORTCOMING_SKILL:
      return {"sans une compétence voulue", "lacking a skill wanted"};
    case assignment::v1::SHORTCOMING_LANGUAGE:
      return {"sans une langue voulue", "lacking a language wanted"};
    case assignment::v1::SHORTCOMING_AVAILABILITY:
      return {"pas assez libres", "not free enough"};
    default:
      return {"pour une autre raison", "for another reason"};
  }
}

// Those who do not fit, by what is in the way: a list of them all is for whoever asks for details.
void PrintUnfitByReason(Session& session, const RankCandidatesResponse& answer) {
  std::map<std::string, int> counts;  // each once, under the first thing in the way
  for (const UnfitConsultant& other : answer.others())
    if (!other.why_not().empty()) ++counts[session.Say(ShortcomingWords(other.why_not(0).shortcoming()))];
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  session.out() << '\n'
                << CountForPeople(answer.others_size(), session.language())
                << session.Say({answer.others_size() == 1 ? " ne convient pas" : " ne conviennent pas",
                                answer.others_size() == 1 ? " does not fit" : " do not fit"})
                << session.Say({" (--details dit qui)\n", " (--details tells who)\n"});
  for (const auto& [why, count] : sorted) {
    std::string number = CountForPeople(count, session.language());
    number.insert(0, 6 - std::min<size_t>(6, static_cast<size_t>(DisplayWidth(number))), ' ');
    session.out() << number << "  " << why << '\n';
  }
}

void PrintRanking(Session& session, const RankCandidatesResponse& answer, bool details) {
  for (const Candidate& candidate : answer.candidates()) {
    session.out() << candidate.rank() << ". ";
    PrintCandidate(session, candidate);
    PrintParts(session, candidate.parts());
  }
  if (answer.fitting() > answer.candidates_size()) {
    session.out() << session.Say({"… et ", "… and "}) << answer.fitting() - answer.candidates_size()
                  << session.Say({" autres qui conviennent (--limit).\n", " others who fit (--limit).\n"});
  }
  if (answer.others().empty()) return;
  if (!details) return PrintUnfitByReason(session, answer);
  session.out() << session.Say({"\nNe conviennent pas\n", "\nDo not fit\n"});
  for (const UnfitConsultant& other : answer.others()) {
    session.out() << "  " << other.consultant_name() << session.Say({" (n° ", " (no. "})
                  << other.consultant_id() << session.Say({")\u00A0:", "):"});
    for (const auto& why : other.why_not()) session.out() << ' ' << Reason(session, why);
    session.out() << '\n';
  }
}

void PrintProposals(Session& session, const ProposeAssignmentsResponse& answer, bool details) {
  for (const Proposal& proposal : answer.proposals()) {
    session.out() << session.Say({"Dossier ", "Case "}) << proposal.need().case_id() << ", "
                  << proposal.company_name();
    if (proposal.assignment_id() > 0)
      session.out() << session.Say({", affectation ", ", assignment "}) << proposal.assignment_id();
    session.out() << (details ? "\n  " : session.Say({"\u00A0: ", ": "}));
    PrintCandidate(session, proposal.chosen());
    if (!details) continue;
    PrintParts(session, proposal.chosen().parts());
    for (const auto& other : proposal.alternatives()) {
      session.out() << session.Say({"    sinon ", "    or "}) << other.consultant_name()
                    << session.Say({" (n° ", " (no. "}) << other.consultant_id()
                    << session.Say({")\u00A0: ", "): "}) << Points(session, other.points())
                    << session.Say({", et l’ensemble en perd ", ", and all together lose "})
                    << other.override_cost() << '\n';
    }
  }
  for (const auto& unmet : answer.unmet()) {
    session.out() << session.Say({"Personne\u00A0: ", "Nobody: "})
                  << (session.language() == Language::kFrench ? unmet.missing_fr() : unmet.missing_en())
                  << '\n';
  }
  session.out() << answer.proposals_size() << session.Say({" choisis, ", " chosen, "})
                << Points(session, answer.total_points())
                << session.Say(
                       {" ; aucun autre choix n’en donne plus.\n", "; no other choice gives more.\n"});
}

void PrintHandovers(Session& session, const ReassignConsultantResponse& answer, bool dry_run) {
  int blocked = 0;
  for (const Handover& handover : answer.handovers()) {
    session.out() << session.Say({"Dossier ", "Case "}) << handover.case_id() << ", "
                  << handover.company_name() << ", " << handover.phase();
    if (handover.to_consultant_id() == 0) {
      session.out() << session.Say(
          {"\u00A0: s’arrête, rien n’y reste à faire\n", ": ends, nothing is left to do\n"});
      continue;
    }
    session.out() << " → " << handover.to_consultant_name() << session.Say({" (n° ", " (no. "})
                  << handover.to_consultant_id() << "), "
                  << DateForPeople(handover.starts_on(), session.language()) << " – "
                  << DateForPeople(handover.ends_on(), session.language());
    if (handover.points() > 0) session.out() << ", " << Points(session, handover.points());
    session.out() << '\n';
    PrintParts(session, handover.parts());
    for (const auto& why : handover.why_not())
      session.out() << session.Say({"    attention : ", "    beware: "}) << Reason(session, why) << '\n';
    for (const auto& half_day : handover.handed()) {
      session.out() << "    " << DateForPeople(half_day.date(), session.language()) << ' '
                    << FormatField(half_day, "half", session.language()) << "  " << half_day.half_day_id();
      if (!half_day.refusal().empty()) {
        ++blocked;
        session.out() << "  "
                      << (session.language() == Language::kFrench ? half_day.message_fr()
                                                                  : half_day.message_en());
      }
      session.out() << '\n';
    }
  }
  session.out() << HalfDays(answer.half_days()).FormatDays(session.language())
                << (dry_run || blocked > 0 ? session.Say({" à reprendre", " to take over"})
                                           : session.Say({" repris", " taken over"}));
  if (blocked > 0)
    session.out() << session.Say({", dont ", ", of which "})
                  << HalfDays(blocked).FormatDays(session.language())
                  << session.Say({" ne peuvent l’être", " cannot be"});
  session.out() << '\n';
}

// People read sentences, programs the contract's own form.
template <class Response, class Print>
int CallAndTell(Session& session, const char* method, const google::protobuf::Message& request, Print print) {
  const auto answer = session.client().Call<Response>(method, request, session.call_options());
  if (!answer.ok()) return session.Fail(answer.status());
  if (session.for_people()) {
    print(session, *answer);
  } else {
    PrintAnswer(session.out(), session.format(), session.language(), *answer);
  }
  return kDone;
}

}  // namespace

int RunCandidates(Session& session, const Inputs& inputs) {
  RankCandidatesRequest request;
  *request.mutable_need() = NeedTyped(inputs, inputs.Integer("case"));
  request.set_limit(static_cast<int32_t>(std::clamp<int64_t>(inputs.Integer("limit"), 0, 1'000'000)));
  return CallAndTell<RankCandidatesResponse>(session, "AssignmentService.RankCandidates", request,
                                             [&](Session& told, const RankCandidatesResponse& answer) {
                                               PrintRanking(told, answer, inputs.Has("details"));
                                             });
}

int RunPropose(Session& session, const Inputs& inputs) {
  ProposeAssignmentsRequest request;
  request.set_request_id(session.request_id());
  for (const std::string& typed : inputs.All("case"))
    *request.add_needs() = NeedTyped(inputs, std::stoll(typed));
  request.set_phase(inputs.Text("phase"));
  request.set_programme(inputs.Text("programme"));
  request.set_rest_may_wait(inputs.Has("rest-may-wait"));
  request.set_validate_only(!inputs.Has("apply"));
  return CallAndTell<ProposeAssignmentsResponse>(
      session, "AssignmentService.ProposeAssignments", request,
      [&](Session& told, const ProposeAssignmentsResponse& answer) {
        PrintProposals(told, answer, inputs.Has("details"));
      });
}

int RunReassign(Session& session, const Inputs& inputs) {
  ReassignConsultantRequest request;
  request.set_request_id(session.request_id());
  request.set_consultant_id(inputs.Integer("consultant"));
  request.set_last_day(inputs.Text("last-day"));
  request.set_leaves(inputs.Has("leaves"));
  request.set_validate_only(inputs.Has("dry-run"));
  for (const std::string& typed : inputs.All("to")) {
    int64_t case_id = 0, consultant_id = 0;
    const char* const end = typed.data() + typed.size();
    const auto [colon, first] = std::from_chars(typed.data(), end, case_id);
    const bool split = first == std::errc() && colon != end && *colon == ':';
    const auto [rest, second] = std::from_chars(split ? colon + 1 : end, end, consultant_id);
    if (!split || second != std::errc() || rest != end) {
      return session.Misused(session.Say(
          {"--to s’écrit DOSSIER:CONSULTANT, comme 12:34", "--to is written CASE:CONSULTANT, as 12:34"}));
    }
    auto& successor = *request.add_successors();
    successor.set_case_id(case_id);
    successor.set_consultant_id(consultant_id);
  }
  return CallAndTell<ReassignConsultantResponse>(
      session, "AssignmentService.ReassignConsultant", request,
      [&](Session& told, const ReassignConsultantResponse& answer) {
        PrintHandovers(told, answer, request.validate_only());
      });
}

}  // namespace jalon::cli
