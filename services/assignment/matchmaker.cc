#include "assignment/matchmaker.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/paris.h"
#include "base/refusal.h"

namespace jalon::assignment {
namespace {

using rpc::CallContext;

constexpr int kFirstFew = 5;
constexpr int kNeedsAtOnce = 500;
constexpr size_t kAlternatives = 2;
// Weeks of diary beyond today, for the present load.
constexpr int kDiaryDays = 8 * 7;
// The furthest from today that diaries reach, whatever is asked: ten years, which bounds what a call costs.
// Nobody is free beyond.
constexpr int kFurthestDays = 3653;

CaseNeed NeedOf(const MatchedCase& of) {
  return {.case_id = of.case_id,
          .company_name = of.company_name,
          .programme = of.programme,
          .region = of.region,
          .place = PlaceOfCommune(of.commune),
          .sector = SectionOfNaf(of.naf),
          .phases = {},
          .skills = {},
          .wanted = {},
          .languages = {},
          .from = *of.admitted_on,
          .until = *of.window_ends_on,
          .half_days = of.places,
          .planned = {}};
}

v1::Need AsProto(const CaseNeed& need) {
  v1::Need proto;
  proto.set_case_id(need.case_id);
  proto.set_phase(need.phases.front());
  proto.mutable_skills()->Assign(need.skills.begin(), need.skills.end());
  proto.mutable_languages()->Assign(need.languages.begin(), need.languages.end());
  proto.set_from(need.from.ToIso());
  proto.set_until(need.until.ToIso());
  proto.set_half_days(need.half_days);
  return proto;
}

std::vector<int64_t> CaseIds(const std::vector<CaseNeed>& needs) {
  std::set<int64_t> ids;
  for (const CaseNeed& need : needs) ids.insert(need.case_id);
  return {ids.begin(), ids.end()};
}

// What is missing, for a refusal; empty: nothing.
std::string Together(const std::vector<std::string>& missing) {
  std::string together;
  for (const std::string& each : missing) together += (together.empty() ? "" : " ; ") + each;
  return together;
}

}  // namespace

Matchmaker::Judged Matchmaker::Judged::Without(const std::set<int64_t>& cases) const {
  Judged rest = *this;
  std::erase_if(rest.needs, [&](const CaseNeed& need) { return cases.contains(need.case_id); });
  return rest;
}

void Matchmaker::Judged::JudgeAll(Date today) {
  scores.clear();
  scores.reserve(needs.size() * people.size());
  for (size_t need = 0; need < needs.size(); ++need)
    for (size_t person = 0; person < people.size(); ++person)
      scores.push_back(Judge(needs[need], people[person], KnownOf(need, person), today));
}

const Acquaintance& Matchmaker::Judged::KnownOf(size_t need, size_t person) const {
  static const Acquaintance kNone;
  const auto found = known.find({needs[need].case_id, people[person].consultant_id});
  return found == known.end() ? kNone : found->second;
}

std::vector<const Score*> Matchmaker::Judged::ScoresOf(size_t need) const {
  std::vector<const Score*> of_need;
  for (size_t person = 0; person < people.size(); ++person) of_need.push_back(&ScoreOf(need, person));
  return of_need;
}

v1::Candidate Matchmaker::Judged::CandidateOf(size_t need, size_t person) const {
  const Score& score = ScoreOf(need, person);
  v1::Candidate candidate;
  candidate.set_consultant_id(people[person].consultant_id);
  candidate.set_consultant_name(people[person].name);
  candidate.set_points(score.points);
  TellParts(needs[need], people[person], KnownOf(need, person), score, candidate.mutable_parts());
  if (score.distance_km) candidate.set_distance_km(*score.distance_km);
  candidate.set_free_half_days(score.free_half_days);
  candidate.mutable_day_rate()->set_cents(people[person].day_rate_cents);
  return candidate;
}

Contest Matchmaker::Judged::AsContest() const {
  Contest contest{.needs = static_cast<int>(needs.size()),
                  .people = static_cast<int>(people.size()),
                  .points = {},
                  .most = {}};
  for (const Score& score : scores) contest.points.push_back(score.fit() ? score.points : kUnfit);
  for (size_t person = 0; person < people.size(); ++person) {
    std::vector<const Score*> of_person;
    for (size_t need = 0; need < needs.size(); ++need) of_person.push_back(&ScoreOf(need, person));
    contest.most.push_back(MostNeeds(needs, of_person));
  }
  return contest;
}

absl::StatusOr<std::vector<CaseNeed>> Matchmaker::ReadNeeds(const CallContext& call, const Needs& asked,
                                                            Date today) const {
  std::vector<int64_t> ids;
  for (const v1::Need& need : asked) ids.push_back(need.case_id());
  ASSIGN_OR_RETURN(const auto cases, store_.ReadCases(call, ids));
  std::vector<CaseNeed> needs;
  for (const v1::Need& of : asked) {
    const auto found = cases.find(of.case_id());
    if (found == cases.end())
      return Refuse(common::v1::REASON_CASE_NOT_FOUND, {{"case_id", std::to_string(of.case_id())}});
    if (!found->second.admitted)
      return Refuse(common::v1::REASON_CASE_NOT_ADMITTED, {{"case_id", std::to_string(of.case_id())}});
    const auto& phases = found->second.phases;
    if (std::find(phases.begin(), phases.end(), of.phase()) == phases.end())
      return Refuse(common::v1::REASON_PHASE_NOT_FOUND, {{"phase", of.phase()}});
    CaseNeed& need = needs.emplace_back(NeedOf(found->second));
    need.phases = {of.phase()};
    need.skills = {of.skills().begin(), of.skills().end()};
    need.languages = {of.languages().begin(), of.languages().end()};
    need.from = Date::Parse(of.from()).value_or(std::max(today, need.from));
    need.until = Date::Parse(of.until()).value_or(need.until);
    if (of.half_days() > 0) need.half_days = of.half_days();
    if (need.from > need.until)
      return RefuseInvalid(
          {{"need.from", "la période du dossier " + std::to_string(of.case_id()) + " est finie",
            "the window of case " + std::to_string(of.case_id()) + " is over"}},
          call.language);
  }
  return needs;
}

absl::StatusOr<Matchmaker::Judged> Matchmaker::Gather(const CallContext& call, std::vector<CaseNeed> needs,
                                                      Date today) const {
  Judged judged{.needs = std::move(needs), .people = {}, .known = {}, .scores = {}};
  if (judged.needs.empty()) return judged;
  Date first = today, last = today.AddDays(kDiaryDays), on = judged.needs[0].from;
  for (const CaseNeed& need : judged.needs) {
    first = std::min(first, need.from);
    last = std::max(last, need.until);
    on = std::min(on, need.from);
  }
  first = std::max(first, today.AddDays(-kFurthestDays));
  last = std::min(last, today.AddDays(kFurthestDays));
  ASSIGN_OR_RETURN(judged.people, store_.ReadPeople(call, first, last));
  // A tie of the first of these days counts for all of them: too strict at times, never too lax.
  ASSIGN_OR_RETURN(judged.known, store_.ReadAcquaintances(call, CaseIds(judged.needs), on));
  return judged;
}

absl::StatusOr<v1::RankCandidatesResponse> Matchmaker::Rank(const CallContext& call,
                                                            const v1::RankCandidatesRequest& request) const {
  const Date today = Today();
  Needs asked;
  *asked.Add() = request.need();
  ASSIGN_OR_RETURN(std::vector<CaseNeed> needs, ReadNeeds(call, asked, today));
  ASSIGN_OR_RETURN(Judged judged, Gather(call, std::move(needs), today));
  judged.JudgeAll(today);

  v1::RankCandidatesResponse response;
  std::vector<size_t> fitting;
  for (size_t person = 0; person < judged.people.size(); ++person) {
    if (judged.ScoreOf(0, person).fit()) {
      fitting.push_back(person);
      continue;
    }
    v1::UnfitConsultant& other = *response.add_others();
    other.set_consultant_id(judged.people[person].consultant_id);
    other.set_consultant_name(judged.people[person].name);
    TellWhyNot(judged.needs[0], judged.people[person], judged.KnownOf(0, person), judged.ScoreOf(0, person),
               other.mutable_why_not());
  }
  // Equal points stay in the order of the numbers.
  std::stable_sort(fitting.begin(), fitting.end(), [&](size_t a, size_t b) {
    return judged.ScoreOf(0, a).points > judged.ScoreOf(0, b).points;
  });
  response.set_fitting(static_cast<int32_t>(fitting.size()));
  const int limit = request.limit() > 0 ? request.limit() : kFirstFew;
  for (size_t i = 0; i < fitting.size() && i < static_cast<size_t>(limit); ++i) {
    *response.add_candidates() = judged.CandidateOf(0, fitting[i]);
    response.mutable_candidates(static_cast<int>(i))->set_rank(static_cast<int32_t>(i) + 1);
  }
  return response;
}

absl::StatusOr<Matchmaker::Needs> Matchmaker::AskedFor(const CallContext& call,
                                                       const v1::ProposeAssignmentsRequest& request,
                                                       Date today) const {
  if (!request.needs().empty()) return request.needs();
  ASSIGN_OR_RETURN(
      const std::vector<int64_t> waiting,
      store_.CasesWithoutConsultant(call, request.programme(), request.phase(), today, kNeedsAtOnce));
  Needs asked;
  for (const int64_t case_id : waiting) {
    v1::Need& need = *asked.Add();
    need.set_case_id(case_id);
    need.set_phase(request.phase());
  }
  return asked;
}

void Matchmaker::Judged::TellOfNamed(const std::map<int64_t, int64_t>& successors, Date today,
                                     v1::ReassignConsultantResponse& told) const {
  for (size_t need = 0; need < needs.size(); ++need) {
    const auto successor = successors.find(needs[need].case_id);
    if (successor == successors.end()) continue;
    const auto person = std::ranges::find(people, successor->second, &Person::consultant_id);
    if (person == people.end()) continue;
    const auto place = static_cast<size_t>(person - people.begin());
    const Score score = Judge(needs[need], *person, KnownOf(need, place), today);
    v1::Handover& handover = *told.add_handovers();
    handover.set_case_id(needs[need].case_id);
    TellWhyNot(needs[need], *person, KnownOf(need, place), score, handover.mutable_why_not());
  }
}

v1::UnmetNeed Matchmaker::Judged::UnmetOf(size_t need) const {
  const Told missing = TellMissing(needs[need], ScoresOf(need));
  v1::UnmetNeed unmet;
  *unmet.mutable_need() = AsProto(needs[need]);
  unmet.set_company_name(needs[need].company_name);
  unmet.set_missing_fr(missing.fr);
  unmet.set_missing_en(missing.en);
  return unmet;
}

v1::Proposal Matchmaker::Judged::ProposalOf(size_t need, size_t chosen, const Overrides& overrides) const {
  v1::Proposal proposal;
  *proposal.mutable_need() = AsProto(needs[need]);
  proposal.set_company_name(needs[need].company_name);
  *proposal.mutable_chosen() = CandidateOf(need, chosen);
  proposal.mutable_chosen()->set_rank(1);

  std::vector<std::pair<int64_t, size_t>> others;  // cost and person
  for (size_t person = 0; person < people.size(); ++person) {
    const auto cost = overrides.Cost(static_cast<int>(need), static_cast<int>(person));
    if (person != chosen && cost) others.emplace_back(*cost, person);
  }
  const size_t few = std::min(kAlternatives, others.size());
  std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(few), others.end());
  for (size_t k = 0; k < few; ++k) {
    const auto [cost, person] = others[k];
    v1::Alternative& alternative = *proposal.add_alternatives();
    alternative.set_consultant_id(people[person].consultant_id);
    alternative.set_consultant_name(people[person].name);
    alternative.set_points(ScoreOf(need, person).points);
    alternative.set_override_cost(static_cast<int32_t>(cost));
  }
  return proposal;
}

absl::StatusOr<v1::ProposeAssignmentsResponse> Matchmaker::Propose(
    const CallContext& call, const v1::ProposeAssignmentsRequest& request) const {
  const Date today = Today();
  if (!request.validate_only()) {
    // Before anything that may have changed since.
    ASSIGN_OR_RETURN(auto first, store_.FirstProposals(call));
    if (first) return *std::move(first);
  }
  ASSIGN_OR_RETURN(const Needs asked, AskedFor(call, request, today));
  ASSIGN_OR_RETURN(std::vector<CaseNeed> needs, ReadNeeds(call, asked, today));
  ASSIGN_OR_RETURN(Judged judged, Gather(call, std::move(needs), today));
  judged.JudgeAll(today);
  const Contest contest = judged.AsContest();
  const Choice choice = Choose(contest);
  const Overrides overrides(contest, choice);

  v1::ProposeAssignmentsResponse response;
  std::vector<MatchingStore::NewAssignment> wanted;
  std::vector<std::string> missing;
  response.set_total_points(choice.points);
  for (size_t i = 0; i < judged.needs.size(); ++i) {
    const CaseNeed& need = judged.needs[i];
    if (choice.person_of[i] == kNobody) {
      v1::UnmetNeed& unmet = *response.add_unmet() = judged.UnmetOf(i);
      missing.push_back(call.language == Language::kFrench ? unmet.missing_fr() : unmet.missing_en());
      continue;
    }
    const auto chosen = static_cast<size_t>(choice.person_of[i]);
    *response.add_proposals() = judged.ProposalOf(i, chosen, overrides);
    wanted.push_back(
        {need.case_id, judged.people[chosen].consultant_id, need.phases.front(), need.from, need.until});
  }
  if (request.validate_only()) return response;
  return store_.CreateAssignments(call, request.rest_may_wait() ? "" : Together(missing), response, wanted);
}

absl::StatusOr<std::vector<CaseNeed>> Matchmaker::ReadInheritance(
    const CallContext& call, const v1::ReassignConsultantRequest& request) const {
  ASSIGN_OR_RETURN(const std::vector<LeftBehind> left,
                   store_.ReadLeftBehind(call, request.consultant_id(), *Date::Parse(request.last_day())));
  std::map<int64_t, std::vector<const LeftBehind*>> by_case;
  for (const LeftBehind& each : left)
    if (each.needs_successor) by_case[each.case_id].push_back(&each);

  std::vector<int64_t> ids;
  for (const auto& [case_id, of_case] : by_case) ids.push_back(case_id);
  ASSIGN_OR_RETURN(const auto cases, store_.ReadCases(call, ids));
  std::vector<CaseNeed> needs;
  for (const auto& [case_id, of_case] : by_case) {
    const auto found = cases.find(case_id);
    if (found == cases.end()) continue;
    CaseNeed& need = needs.emplace_back(NeedOf(found->second));
    need.from = of_case[0]->from;
    need.until = of_case[0]->until;
    for (const LeftBehind* each : of_case) {
      need.phases.push_back(each->phase);
      need.from = std::min(need.from, each->from);
      need.until = std::max(need.until, each->until);
      need.planned.insert(need.planned.end(), each->planned.begin(), each->planned.end());
    }
    need.half_days = static_cast<int>(need.planned.size());
  }
  return needs;
}

absl::StatusOr<v1::ReassignConsultantResponse> Matchmaker::TryReassign(
    const CallContext& call, const v1::ReassignConsultantRequest& request) const {
  const Date today = Today();
  std::map<int64_t, int64_t> successors;
  for (const v1::Successor& named : request.successors()) successors[named.case_id()] = named.consultant_id();

  ASSIGN_OR_RETURN(std::vector<CaseNeed> needs, ReadInheritance(call, request));
  ASSIGN_OR_RETURN(Judged all, Gather(call, std::move(needs), today));
  // What the one who leaves masters is what the company was promised.
  const auto leaver = std::find_if(all.people.begin(), all.people.end(), [&](const Person& person) {
    return person.consultant_id == request.consultant_id();
  });
  if (leaver != all.people.end()) {
    for (CaseNeed& need : all.needs)
      for (const Skill& skill : leaver->skills) need.wanted.push_back(skill.code);
    all.people.erase(leaver);
  }

  v1::ReassignConsultantResponse told;
  all.TellOfNamed(successors, today, told);
  std::set<int64_t> named;
  for (const auto& [case_id, consultant_id] : successors) named.insert(case_id);
  Judged judged = all.Without(named);
  judged.JudgeAll(today);
  const Choice choice = Choose(judged.AsContest());
  std::vector<std::string> nobody;
  for (size_t i = 0; i < judged.needs.size(); ++i) {
    const int chosen = choice.person_of[i];
    if (chosen == kNobody) {
      const Told missing = TellMissing(judged.needs[i], judged.ScoresOf(i));
      nobody.push_back(call.language == Language::kFrench ? missing.fr : missing.en);
      continue;
    }
    const v1::Candidate candidate = judged.CandidateOf(i, static_cast<size_t>(chosen));
    successors[judged.needs[i].case_id] = candidate.consultant_id();
    v1::Handover& handover = *told.add_handovers();
    handover.set_case_id(judged.needs[i].case_id);
    handover.set_points(candidate.points());
    *handover.mutable_parts() = candidate.parts();
  }
  return store_.Reassign(call, request, Together(nobody), successors, told);
}

absl::StatusOr<v1::ReassignConsultantResponse> Matchmaker::Reassign(
    const CallContext& call, const v1::ReassignConsultantRequest& request) const {
  // Others may take the very half-days meanwhile, or plan another one: the choice is then made anew.
  constexpr int kTries = 3;
  for (int tried = 1;; ++tried) {
    auto answer = TryReassign(call, request);
    if (answer.ok()) return answer;
    const Reason reason = ReasonOf(answer.status());
    const bool overtaken =
        reason == common::v1::REASON_STALE_ETAG ||
        ((reason == common::v1::REASON_REASSIGNMENT_BLOCKED || reason == common::v1::REASON_NOT_ASSIGNED) &&
         request.successors().empty());
    if (overtaken && tried < kTries) continue;
    if (reason != common::v1::REASON_REASSIGNMENT_BLOCKED) return answer;
    Metadata metadata = MetadataOf(answer.status());
    metadata["why"] = Sentence(ReasonFromName(metadata["why"]), {}, call.language);
    return Refuse(reason, metadata);
  }
}

}  // namespace jalon::assignment
