#ifndef JALON_TESTS_SUPPORT_OUTCOME_H_
#define JALON_TESTS_SUPPORT_OUTCOME_H_

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "clients/rpc/call_error.h"
#include "jalon/common/v1/reason.pb.h"

namespace jalon::test {

using common::v1::Reason;
using common::v1::Reason_Name;
using enum common::v1::Reason;

// How a command ended: accepted, refused for a reason, or failed on the way.
struct Outcome {
  bool ok = false;
  Reason reason = REASON_UNSPECIFIED;  // of a refusal
  std::string told;                    // what the caller read

  static Outcome Refused(Reason reason, std::string told = "") {
    return {.ok = false, .reason = reason, .told = std::move(told)};
  }
  static Outcome Accepted() { return {.ok = true, .reason = REASON_UNSPECIFIED, .told = ""}; }
  static Outcome Of(const absl::Status& status) {
    if (status.ok()) return Accepted();
    const CallError error = CallErrorOf(status);
    Outcome outcome;
    common::v1::Reason_Parse("REASON_" + error.reason, &outcome.reason);
    outcome.told = std::string(absl::StatusCodeToString(error.code)) + " " + error.message;
    return outcome;
  }

  friend bool operator==(const Outcome& a, const Outcome& b) { return a.ok == b.ok && a.reason == b.reason; }
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << (outcome.ok ? "accepted" : Reason_Name(outcome.reason) + " (" + outcome.told + ")");
  }
};

inline int CountOk(const std::vector<Outcome>& outcomes) {
  int count = 0;
  for (const Outcome& outcome : outcomes) count += outcome.ok ? 1 : 0;
  return count;
}

inline std::vector<Outcome> Refusals(const std::vector<Outcome>& outcomes) {
  std::vector<Outcome> refusals;
  for (const Outcome& outcome : outcomes)
    if (!outcome.ok) refusals.push_back(outcome);
  return refusals;
}

inline Outcome ToOutcome(const Outcome& outcome) {
  return outcome;
}
inline Outcome ToOutcome(const absl::Status& status) {
  return Outcome::Of(status);
}

// Of an Outcome, or of the absl::Status of a call.
MATCHER_P(HasReason, reason, Reason_Name(reason)) {
  const Outcome outcome = ToOutcome(arg);
  *result_listener << outcome;
  return !outcome.ok && outcome.reason == reason;
}

MATCHER(IsAccepted, "accepted") {
  const Outcome outcome = ToOutcome(arg);
  *result_listener << outcome;
  return outcome.ok;
}

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_OUTCOME_H_
