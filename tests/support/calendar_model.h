#ifndef JALON_TESTS_SUPPORT_CALENDAR_MODEL_H_
#define JALON_TESTS_SUPPORT_CALENDAR_MODEL_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/common/v1/reason.pb.h"

namespace jalon::test {

// What the calendar must answer, written from the contract alone: one caller at a time, all in memory.
class CalendarModel {
 public:
  using Entry = calendar::v1::HalfDayEntry;
  using State = calendar::v1::HalfDayState;
  using Reason = common::v1::Reason;

  // `today` as ISO 8601; dates compare as text.
  explicit CalendarModel(std::string today) : today_(std::move(today)) {}

  void AddCase(int64_t case_id, int granted, const std::string& starts_on, const std::string& ends_on);
  // Assignments are told by their place in the order in which they were made, from 0.
  void AddAssignment(int64_t case_id, int64_t consultant_id, const std::string& phase,
                     const std::string& starts_on, const std::string& ends_on);

  // When a consultant works in an ordinary week, a bit a half from Monday morning on, and the most half-days
  // in one.
  void SetCapacity(int64_t consultant_id, uint32_t working_halves, int most);

  // A reason an entry; REASON_UNSPECIFIED: accepted.
  std::vector<Reason> Record(const std::vector<Entry>& entries);
  std::vector<Reason> Plan(const std::vector<Entry>& entries);  // all or none
  // All or none.
  Reason Attest(const std::vector<std::string>& ids);
  Reason Approve(const std::vector<std::string>& ids);
  Reason Cancel(const std::vector<std::string>& ids);
  Reason Reopen(const std::vector<std::string>& ids);
  Reason Dispute(const std::vector<std::string>& ids);  // for "essai"
  // All or none; each half-day of the list at its entry's date and half.
  std::vector<Reason> Reschedule(const std::vector<calendar::v1::HalfDayMove>& moves);
  Reason ApproveSheet(int64_t case_id, int64_t consultant_id, const std::string& month);
  Reason LockMonth(const std::string& month);  // YYYY-MM; of the one programme of all cases
  Reason AddAbsence(int64_t consultant_id, const std::string& starts_on, const std::string& ends_on);
  Reason RemoveAbsence(int64_t consultant_id, const std::string& starts_on);
  Reason EndAssignment(size_t assignment, const std::string& ends_on);
  // The cases for which a consultant who works no longer than `last_day` must have a successor.
  std::set<int64_t> CasesToHandOver(int64_t consultant_id, const std::string& last_day) const;
  Reason HandOver(int64_t consultant_id, const std::string& last_day,
                  const std::map<int64_t, int64_t>& successor_by_case);
  size_t assignments() const { return assignments_.size(); }

  // "<state> <date> <half> <case> <consultant> <sheet> <note> <dispute>" by id.
  std::map<std::string, std::string> HalfDays() const;

 private:
  struct Case {
    int granted = 0;
    std::string starts_on, ends_on;
  };
  struct Assignment {
    int64_t case_id = 0, consultant_id = 0;
    std::string phase, starts_on, ends_on;
    bool ended = false;
  };
  struct HalfDay {
    Entry entry;
    State state;
    size_t assignment;
    bool non_working_day;
    std::string sheet_month;
    std::string dispute = "";
  };
  struct Absence {
    int64_t consultant_id;
    std::string starts_on, ends_on;
  };

  std::vector<Reason> Enter(const std::vector<Entry>& entries, State target);
  Reason EnterOne(const Entry& entry, State target);
  // Refuses what is planned or moved, other than what stood `before`, and does not suit the consultant's
  // week; it is entered already.
  void JudgeWeeks(const std::vector<Entry>& entries, const std::map<std::string, HalfDay>& before,
                  std::vector<Reason>* reasons) const;
  Reason Move(const std::vector<std::string>& ids, const std::vector<State>& from, State to);
  std::optional<size_t> AssignmentFor(const Entry& entry) const;
  std::vector<size_t> LeftBehind(int64_t consultant_id, const std::string& last_day) const;
  bool NeedsSuccessor(size_t assignment, const std::string& last_day) const;
  // The successor's own that covers the rest of it, else a new one; none: another of theirs overlaps.
  std::optional<size_t> Succeed(size_t assignment, int64_t consultant_id, const std::string& first_day);
  // What a place must fulfil whatever else is there: assignment, window, absences, working days.
  Reason JudgePlace(const Entry& entry, bool confirmed) const;
  bool IsAbsent(const Entry& entry) const;
  std::string SheetOf(const std::string& date) const;
  int LiveIn(int64_t case_id) const;

  std::string today_;
  std::map<int64_t, Case> cases_;
  std::vector<Assignment> assignments_;
  std::map<std::string, HalfDay> half_days_;
  std::vector<Absence> absences_;
  std::string open_from_;  // first open month; empty: all are
  struct Capacity {
    uint32_t working_halves;
    int most;
  };
  std::map<int64_t, Capacity> capacities_;
};

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_CALENDAR_MODEL_H_
