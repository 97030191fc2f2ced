#ifndef JALON_ASSIGNMENT_MATCHING_STORE_H_
#define JALON_ASSIGNMENT_MATCHING_STORE_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "area/store.h"
#include "assignment/matching.h"
#include "base/date.h"
#include "jalon/assignment/v1/assignment_service.pb.h"

namespace jalon::assignment {

// A case as far as a choice depends on it.
struct MatchedCase {
  int64_t case_id;
  std::string company_name;
  std::string programme;
  bool admitted;
  std::string region;
  std::string commune;
  std::string naf;
  std::optional<Date> admitted_on;
  std::optional<Date> window_ends_on;
  int places;                       // half-days it may still take
  std::vector<std::string> phases;  // that may hold half-days
};

// An assignment that a consultant would leave behind.
struct LeftBehind {
  int64_t case_id;
  std::string phase;
  Date from, until;
  bool needs_successor;
  std::vector<PlannedHalf> planned;
};

// By case and consultant.
using Acquaintances = std::map<std::pair<int64_t, int64_t>, Acquaintance>;

// What the rules of matching.h read, and the two commands that write what they chose.
class MatchingStore : area::Store {
 public:
  using Store::Store;

  // Those that exist.
  absl::StatusOr<std::map<int64_t, MatchedCase>> ReadCases(const rpc::CallContext& call,
                                                           const std::vector<int64_t>& case_ids) const;
  // The oldest admitted cases with places left on whose phase nobody is assigned from a day on.
  absl::StatusOr<std::vector<int64_t>> CasesWithoutConsultant(const rpc::CallContext& call,
                                                              const std::string& programme,
                                                              const std::string& phase, Date on,
                                                              int limit) const;
  // Whoever is still in the programme on `from`, in the order of their numbers; their diaries from `from` to
  // `until`.
  absl::StatusOr<std::vector<Person>> ReadPeople(const rpc::CallContext& call, Date from, Date until) const;
  absl::StatusOr<Acquaintances> ReadAcquaintances(const rpc::CallContext& call,
                                                  const std::vector<int64_t>& case_ids, Date on) const;
  absl::StatusOr<std::vector<LeftBehind>> ReadLeftBehind(const rpc::CallContext& call, int64_t consultant_id,
                                                         Date last_day) const;

  struct NewAssignment {
    int64_t case_id;
    int64_t consultant_id;
    std::string phase;
    Date from, until;
  };
  // Completes `response`, in whose order `wanted` is, with the numbers of the assignments. `nobody`: what is
  // missing, where the command is to be refused for it; empty otherwise.
  absl::StatusOr<v1::ProposeAssignmentsResponse> CreateAssignments(
      const rpc::CallContext& call, const std::string& nobody, const v1::ProposeAssignmentsResponse& response,
      const std::vector<NewAssignment>& wanted) const;
  // What was answered to this very call before, if it was.
  absl::StatusOr<std::optional<v1::ProposeAssignmentsResponse>> FirstProposals(
      const rpc::CallContext& call) const;
  // `successors`: who takes each case. `chosen`: what there is to tell of those that were chosen, by case.
  absl::StatusOr<v1::ReassignConsultantResponse> Reassign(const rpc::CallContext& call,
                                                          const v1::ReassignConsultantRequest& request,
                                                          const std::string& nobody,
                                                          const std::map<int64_t, int64_t>& successors,
                                                          const v1::ReassignConsultantResponse& chosen) const;
};

}  // namespace jalon::assignment

#endif  // JALON_ASSIGNMENT_MATCHING_STORE_H_
