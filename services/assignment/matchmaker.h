#ifndef JALON_ASSIGNMENT_MATCHMAKER_H_
#define JALON_ASSIGNMENT_MATCHMAKER_H_

#include <map>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "assignment/matching.h"
#include "assignment/matching_store.h"
#include "assignment/optimum.h"
#include "rpc/call_context.h"

namespace jalon::assignment {

// Chooses consultants: reads what is known, lets the rules judge, and has the choice written. What is written
// is judged again by the database, under its locks; a choice that others overtook is made anew.
class Matchmaker {
 public:
  explicit Matchmaker(storage::Database* database) : store_(database) {}

  absl::StatusOr<v1::RankCandidatesResponse> Rank(const rpc::CallContext& call,
                                                  const v1::RankCandidatesRequest& request) const;
  absl::StatusOr<v1::ProposeAssignmentsResponse> Propose(const rpc::CallContext& call,
                                                         const v1::ProposeAssignmentsRequest& request) const;
  absl::StatusOr<v1::ReassignConsultantResponse> Reassign(const rpc::CallContext& call,
                                                          const v1::ReassignConsultantRequest& request) const;

 private:
  using Needs = google::protobuf::RepeatedPtrField<v1::Need>;

  // Everybody, judged for every need.
  struct Judged {
    std::vector<CaseNeed> needs;
    std::vector<Person> people;
    Acquaintances known;
    std::vector<Score> scores;  // row by row, a need each

    // Takes out the needs whose case is among these.
    Judged Without(const std::set<int64_t>& cases) const;
    void JudgeAll(Date today);
    const Score& ScoreOf(size_t need, size_t person) const { return scores[need * people.size() + person]; }
    const Acquaintance& KnownOf(size_t need, size_t person) const;
    std::vector<const Score*> ScoresOf(size_t need) const;
    v1::Candidate CandidateOf(size_t need, size_t person) const;
    // What keeps successors from being chosen who are named, by case, all the same.
    void TellOfNamed(const std::map<int64_t, int64_t>& successors, Date today,
                     v1::ReassignConsultantResponse& told) const;
    v1::UnmetNeed UnmetOf(size_t need) const;
    v1::Proposal ProposalOf(size_t need, size_t chosen, const Overrides& overrides) const;
    Contest AsContest() const;
  };

  absl::StatusOr<Needs> AskedFor(const rpc::CallContext& call, const v1::ProposeAssignmentsRequest& request,
                                 Date today) const;
  absl::StatusOr<std::vector<CaseNeed>> ReadNeeds(const rpc::CallContext& call, const Needs& asked,
                                                  Date today) const;
  // All that the rules judge by; not judged yet.
  absl::StatusOr<Judged> Gather(const rpc::CallContext& call, std::vector<CaseNeed> needs, Date today) const;
  // What the cases of one who leaves ask for, a need each.
  absl::StatusOr<std::vector<CaseNeed>> ReadInheritance(const rpc::CallContext& call,
                                                        const v1::ReassignConsultantRequest& request) const;
  absl::StatusOr<v1::ReassignConsultantResponse> TryReassign(
      const rpc::CallContext& call, const v1::ReassignConsultantRequest& request) const;

  MatchingStore store_;
};

}  // namespace jalon::assignment

#endif  // JALON_ASSIGNMENT_MATCHMAKER_H_
