#include "tests/support/calendar_model.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "base/date.h"
#include "tests/support/programme.h"

namespace jalon::test {
namespace {

using namespace calendar::v1;
using common::v1::Reason;
using enum common::v1::Reason;

bool Live(HalfDayState state) {
  return state != HALF_DAY_STATE_CANCELLED;
}

bool SamePlace(const HalfDayEntry& a, const HalfDayEntry& b) {
  return std::tuple(a.case_id(), a.consultant_id(), a.phase(), a.date(), a.half()) ==
         std::tuple(b.case_id(), b.consultant_id(), b.phase(), b.date(), b.half());
}

auto SlotOf(const HalfDayEntry& entry) {
  return std::tuple(entry.consultant_id(), entry.date(), entry.half());
}

bool Within(const std::string& date, const std::string& first, const std::string& last) {
  return first <= date && date <= last;
}

}  // namespace

void CalendarModel::AddCase(int64_t case_id, int granted, const std::string& starts_on,
                            const std::string& ends_on) {
  cases_[case_id] = {granted, starts_on, ends_on};
}

void CalendarModel::AddAssignment(int64_t case_id, int64_t consultant_id, const std::string& phase,
                                  const std::string& starts_on, const std::string& ends_on) {
  assignments_.push_back({case_id, consultant_id, phase, starts_on, ends_on, false});
}

std::optional<size_t> CalendarModel::AssignmentFor(const Entry& entry) const {
  for (size_t i = 0; i < assignments_.size(); ++i) {
    const Assignment& assignment = assignments_[i];
    if (assignment.case_id == entry.case_id() && assignment.consultant_id == entry.consultant_id() &&
        assignment.phase == entry.phase() && Within(entry.date(), assignment.starts_on, assignment.ends_on))
      return i;
  }
  return std::nullopt;
}

int CalendarModel::LiveIn(int64_t case_id) const {
  return static_cast<int>(std::count_if(half_days_.begin(), half_days_.end(), [&](const auto& known) {
    return known.second.entry.case_id() == case_id && Live(known.second.state);
  }));
}

Reason CalendarModel::EnterOne(const Entry& entry, State target) {
  const auto known = half_days_.find(entry.half_day_id());
  if (known != half_days_.end()) {
    const bool already = Live(known->second.state) && known->second.state >= target;
    if (!SamePlace(known->second.entry, entry)) return REASON_HALF_DAY_ID_REUSED;
    if (!Live(known->second.state)) return REASON_HALF_DAY_STATE;
    if (already)
      return known->second.entry.note() == entry.note() ? REASON_UNSPECIFIED : REASON_HALF_DAY_ID_REUSED;
  }
  if (target == HALF_DAY_STATE_PERFORMED && entry.date() > today_) return REASON_IN_FUTURE;
  const bool was_off = known != half_days_.end() && known->second.non_working_day;
  if (const Reason refusal = JudgePlace(entry, entry.non_working_day_confirmed() || was_off);
      refusal != REASON_UNSPECIFIED)
    return refusal;
  if (known == half_days_.end()) {
    for (const auto& [id, other] : half_days_)
      if (Live(other.state) && SlotOf(other.entry) == SlotOf(entry)) return REASON_SLOT_TAKEN;
    if (LiveIn(entry.case_id()) >= cases_.at(entry.case_id()).granted) return REASON_GRANT_EXHAUSTED;
  }
  const std::string sheet =
      known == half_days_.end() ? SheetOf(entry.date()) : known->second.sheet_month;  // planned there
  half_days_[entry.half_day_id()] = {entry, target, *AssignmentFor(entry),
                                     !IsWorkingDay(*Date::Parse(entry.date())), sheet};
  return REASON_UNSPECIFIED;
}

Reason CalendarModel::JudgePlace(const Entry& entry, bool confirmed) const {
  if (!AssignmentFor(entry)) return REASON_NOT_ASSIGNED;
  const Case& its_case = cases_.at(entry.case_id());
  if (!Within(entry.date(), its_case.starts_on, its_case.ends_on)) return REASON_OUTSIDE_WINDOW;
  if (IsAbsent(entry)) return REASON_CONSULTANT_ABSENT;
  if (!IsWorkingDay(*Date::Parse(entry.date())) && !confirmed) return REASON_NON_WORKING_DAY;
  return REASON_UNSPECIFIED;
}

bool CalendarModel::IsAbsent(const Entry& entry) const {
  return std::any_of(absences_.begin(), absences_.end(), [&](const Absence& absence) {
    return absence.consultant_id == entry.consultant_id() &&
           Within(entry.date(), absence.starts_on, absence.ends_on);
  });
}

std::string CalendarModel::SheetOf(const std::string& date) const {
  return std::max(date.substr(0, 7), open_from_);
}

std::vector<Reason> CalendarModel::Enter(const std::vector<Entry>& entries, State target) {
  // The earlier slot is served first, and of two entries for one slot the first.
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return SlotOf(entries[a]) < SlotOf(entries[b]); });
  std::vector<Reason> reasons(entries.size());
  for (const size_t i : order) reasons[i] = EnterOne(entries[i], target);
  return reasons;
}

std::vector<Reason> CalendarModel::Record(const std::vector<Entry>& entries) {
  return Enter(entries, HALF_DAY_STATE_PERFORMED);
}

void CalendarModel::SetCapacity(int64_t consultant_id, uint32_t working_halves, int most) {
  capacities_[consultant_id] = {working_halves, most};
}

void CalendarModel::JudgeWeeks(const std::vector<Entry>& entries,
                               const std::map<std::string, HalfDay>& before,
                               std::vector<Reason>* reasons) const {
  const auto weekday = [](const Entry& e) { return Date::Parse(e.date())->weekday().iso_encoding(); };
  const auto monday = [&](const Entry& e) {
    return Date::Parse(e.date())->AddDays(1 - static_cast<int>(weekday(e)));
  };
  const auto is_new = [&](size_t i) {
    return (*reasons)[i] == REASON_UNSPECIFIED && !before.contains(entries[i].half_day_id());
  };
  for (size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    const auto capacity = capacities_.find(entry.consultant_id());
    if (!is_new(i) || capacity == capacities_.end()) continue;
    const unsigned bit = 2 * (weekday(entry) - 1) + (entry.half() == common::v1::HALF_AFTERNOON ? 1 : 0);
    if ((capacity->second.working_halves >> bit & 1) == 0 && !entry.non_working_day_confirmed()) {
      (*reasons)[i] = REASON_CONSULTANT_NOT_WORKING;
      continue;
    }
    // The last of the week that are new go first.
    int live = 0;
    for (const auto& [id, known] : half_days_)
      live += Live(known.state) && known.entry.consultant_id() == entry.consultant_id() &&
              monday(known.entry) == monday(entry);
    int later = 0;
    for (size_t j = 0; j < entries.size(); ++j)
      later += !before.contains(entries[j].half_day_id()) && half_days_.contains(entries[j].half_day_id()) &&
               entries[j].consultant_id() == entry.consultant_id() && monday(entries[j]) == monday(entry) &&
               SlotOf(entry) < SlotOf(entries[j]);
    if (later + 1 <= live - capacity->second.most) (*reasons)[i] = REASON_WEEKLY_LOAD_EXCEEDED;
  }
}

std::vector<Reason> CalendarModel::Plan(const std::vector<Entry>& entries) {
  const auto before = half_days_;
  auto reasons = Enter(entries, HALF_DAY_STATE_PLANNED);
  JudgeWeeks(entries, before, &reasons);
  if (std::any_of(reasons.begin(), reasons.end(), [](Reason reason) { return reason != REASON_UNSPECIFIED; }))
    half_days_ = before;
  return reasons;
}

Reason CalendarModel::Move(const std::vector<std::string>& ids, const std::vector<State>& from, State to) {
  for (const std::string& id : ids)
    if (!half_days_.contains(id)) return REASON_HALF_DAY_NOT_FOUND;
  for (const std::string& id : ids)
    if (std::find(from.begin(), from.end(), half_days_[id].state) == from.end()) return REASON_HALF_DAY_STATE;
  for (const std::string& id : ids) {
    half_days_[id].state = to;
    if (to != HALF_DAY_STATE_CANCELLED) half_days_[id].dispute.clear();
  }
  return REASON_UNSPECIFIED;
}

Reason CalendarModel::Attest(const std::vector<std::string>& ids) {
  return Move(ids, {HALF_DAY_STATE_PERFORMED}, HALF_DAY_STATE_ATTESTED);
}
Reason CalendarModel::Approve(const std::vector<std::string>& ids) {
  bool all_known = true, disputed = false;
  for (const std::string& id : ids) {
    const auto known = half_days_.find(id);
    all_known = all_known && known != half_days_.end();
    disputed = disputed || (known != half_days_.end() && known->second.state == HALF_DAY_STATE_PERFORMED &&
                            !known->second.dispute.empty());
  }
  if (all_known && disputed) return REASON_HALF_DAY_DISPUTED;
  return Move(ids, {HALF_DAY_STATE_ATTESTED}, HALF_DAY_STATE_APPROVED);
}
Reason CalendarModel::Cancel(const std::vector<std::string>& ids) {
  return Move(ids, {HALF_DAY_STATE_PLANNED, HALF_DAY_STATE_PERFORMED, HALF_DAY_STATE_APPROVED},
              HALF_DAY_STATE_CANCELLED);
}
Reason CalendarModel::Reopen(const std::vector<std::string>& ids) {
  return Move(ids, {HALF_DAY_STATE_ATTESTED}, HALF_DAY_STATE_PERFORMED);
}

Reason CalendarModel::Dispute(const std::vector<std::string>& ids) {
  const Reason refusal =
      Move(ids, {HALF_DAY_STATE_PERFORMED, HALF_DAY_STATE_ATTESTED}, HALF_DAY_STATE_PERFORMED);
  if (refusal == REASON_UNSPECIFIED)
    for (const std::string& id : ids) half_days_[id].dispute = "essai";
  return refusal;
}

std::vector<Reason> CalendarModel::Reschedule(const std::vector<HalfDayMove>& moves) {
  const auto before = half_days_;
  // Who moves leaves first: they may trade places.
  std::set<std::string> movers;
  for (const HalfDayMove& move : moves) movers.insert(move.half_day_id());
  std::vector<Reason> reasons;
  std::map<std::string, HalfDay> moved;
  std::vector<Entry> asked;  // where the ones before it want to go, whether they may or not
  for (const HalfDayMove& move : moves) {
    reasons.push_back([&] {
      const auto known = before.find(move.half_day_id());
      if (known == before.end()) return REASON_HALF_DAY_NOT_FOUND;
      HalfDay half_day = known->second;
      Entry& entry = half_day.entry;
      const bool stays = entry.date() == move.date() && half_day.non_working_day;
      entry.set_date(move.date());
      entry.set_half(move.half());
      const std::vector<Entry> asked_before = asked;
      asked.push_back(entry);
      asked.back().set_non_working_day_confirmed(move.non_working_day_confirmed());
      if (half_day.state != HALF_DAY_STATE_PLANNED) return REASON_HALF_DAY_STATE;
      if (const Reason refusal = JudgePlace(entry, move.non_working_day_confirmed() || stays);
          refusal != REASON_UNSPECIFIED)
        return refusal;
      for (const auto& [id, other] : before)
        if (!movers.contains(id) && Live(other.state) && SlotOf(other.entry) == SlotOf(entry))
          return REASON_SLOT_TAKEN;
      for (const Entry& other : asked_before)
        if (SlotOf(other) == SlotOf(entry)) return REASON_SLOT_TAKEN;
      half_day.assignment = *AssignmentFor(entry);
      half_day.non_working_day = !IsWorkingDay(*Date::Parse(entry.date()));
      half_day.sheet_month = SheetOf(entry.date());
      moved[move.half_day_id()] = half_day;
      return REASON_UNSPECIFIED;
    }());
  }
  const auto refused = [](Reason reason) { return reason != REASON_UNSPECIFIED; };
  if (std::any_of(reasons.begin(), reasons.end(), refused)) return reasons;
  auto others = before;
  for (const auto& [id, half_day] : moved) {
    half_days_[id] = half_day;
    others.erase(id);
  }
  JudgeWeeks(asked, others, &reasons);
  if (std::any_of(reasons.begin(), reasons.end(), refused)) half_days_ = before;
  return reasons;
}

Reason CalendarModel::ApproveSheet(int64_t case_id, int64_t consultant_id, const std::string& month) {
  if (month < open_from_) return REASON_MONTH_LOCKED;
  bool found = false;
  for (auto& [id, half_day] : half_days_) {
    if (half_day.entry.case_id() != case_id || half_day.entry.consultant_id() != consultant_id ||
        half_day.sheet_month != month || !Live(half_day.state))
      continue;
    found = true;
    if (half_day.state == HALF_DAY_STATE_ATTESTED) half_day.state = HALF_DAY_STATE_APPROVED;
  }
  return found ? REASON_UNSPECIFIED : REASON_SHEET_NOT_FOUND;
}

Reason CalendarModel::LockMonth(const std::string& month) {
  if (month >= today_.substr(0, 7)) return REASON_MONTH_NOT_OVER;
  if (month < open_from_) return REASON_MONTH_LOCKED;
  std::string first = open_from_;
  if (first.empty()) {
    for (const auto& [id, half_day] : half_days_)
      if (Live(half_day.state) && (first.empty() || half_day.sheet_month < first))
        first = half_day.sheet_month;
  }
  if (!first.empty() && month > first) return REASON_MONTH_LOCK_ORDER;
  open_from_ = Month::Parse(month)->AddMonths(1).ToIso();
  for (auto& [id, half_day] : half_days_)
    if (half_day.sheet_month == month && Live(half_day.state) && half_day.state != HALF_DAY_STATE_APPROVED)
      half_day.sheet_month = open_from_;
  return REASON_UNSPECIFIED;
}

Reason CalendarModel::AddAbsence(int64_t consultant_id, const std::string& starts_on,
                                 const std::string& ends_on) {
  for (const Absence& absence : absences_)
    if (absence.consultant_id == consultant_id && absence.starts_on <= ends_on &&
        starts_on <= absence.ends_on)
      return REASON_ABSENCE_OVERLAPS;
  for (const auto& [id, half_day] : half_days_)
    if (Live(half_day.state) && half_day.entry.consultant_id() == consultant_id &&
        Within(half_day.entry.date(), starts_on, ends_on))
      return REASON_HALF_DAYS_LEFT_OUTSIDE;
  absences_.push_back({consultant_id, starts_on, ends_on});
  return REASON_UNSPECIFIED;
}

Reason CalendarModel::RemoveAbsence(int64_t consultant_id, const std::string& starts_on) {
  const size_t removed = std::erase_if(absences_, [&](const Absence& absence) {
    return absence.consultant_id == consultant_id && absence.starts_on == starts_on;
  });
  return removed == 0 ? REASON_ABSENCE_NOT_FOUND : REASON_UNSPECIFIED;
}

Reason CalendarModel::EndAssignment(size_t number, const std::string& ends_on) {
  Assignment& assignment = assignments_[number];
  if (assignment.ended || assignment.ends_on <= ends_on) return REASON_ASSIGNMENT_ENDED;
  for (const auto& [id, half_day] : half_days_)
    if (Live(half_day.state) && half_day.assignment == number && half_day.entry.date() > ends_on)
      return REASON_HALF_DAYS_LEFT_OUTSIDE;
  assignment.ends_on = ends_on;
  assignment.ended = true;
  return REASON_UNSPECIFIED;
}

std::vector<size_t> CalendarModel::LeftBehind(int64_t consultant_id, const std::string& last_day) const {
  std::vector<size_t> left;
  for (size_t i = 0; i < assignments_.size(); ++i)
    if (assignments_[i].consultant_id == consultant_id && assignments_[i].ends_on > last_day &&
        assignments_[i].starts_on <= assignments_[i].ends_on)
      left.push_back(i);
  return left;
}

bool CalendarModel::NeedsSuccessor(size_t number, const std::string& last_day) const {
  const int64_t case_id = assignments_[number].case_id;
  return LiveIn(case_id) < cases_.at(case_id).granted ||
         std::any_of(half_days_.begin(), half_days_.end(), [&](const auto& known) {
           const HalfDay& half_day = known.second;
           return half_day.assignment == number && half_day.state == HALF_DAY_STATE_PLANNED &&
                  half_day.entry.date() > last_day;
         });
}

std::set<int64_t> CalendarModel::CasesToHandOver(int64_t consultant_id, const std::string& last_day) const {
  std::set<int64_t> cases;
  for (const size_t number : LeftBehind(consultant_id, last_day))
    if (NeedsSuccessor(number, last_day)) cases.insert(assignments_[number].case_id);
  return cases;
}

std::optional<size_t> CalendarModel::Succeed(size_t number, int64_t consultant_id,
                                             const std::string& first_day) {
  const Assignment old = assignments_[number];
  const auto is_theirs = [&](const Assignment& other) {
    return other.case_id == old.case_id && other.consultant_id == consultant_id && other.phase == old.phase;
  };
  for (size_t i = 0; i < assignments_.size(); ++i)
    if (is_theirs(assignments_[i]) && assignments_[i].starts_on <= first_day &&
        assignments_[i].ends_on >= old.ends_on)
      return i;
  for (const Assignment& other : assignments_)
    if (is_theirs(other) && other.starts_on <= old.ends_on &&
        other.ends_on >= std::max(other.starts_on, first_day))
      return std::nullopt;
  AddAssignment(old.case_id, consultant_id, old.phase, first_day, old.ends_on);
  return assignments_.size() - 1;
}

Reason CalendarModel::HandOver(int64_t consultant_id, const std::string& last_day,
                               const std::map<int64_t, int64_t>& successor_by_case) {
  const std::vector<size_t> closing = LeftBehind(consultant_id, last_day);
  for (const auto& [case_id, successor] : successor_by_case)
    if (std::none_of(closing.begin(), closing.end(),
                     [&](size_t number) { return assignments_[number].case_id == case_id; }))
      return REASON_NOT_ASSIGNED;

  const auto assignments_before = assignments_;
  const auto half_days_before = half_days_;
  const auto refuse = [&](Reason reason) {
    assignments_ = assignments_before;
    half_days_ = half_days_before;
    return reason;
  };
  std::map<size_t, size_t> successors;
  for (const size_t number : closing) {
    if (!NeedsSuccessor(number, last_day)) continue;
    const Assignment& old = assignments_[number];
    const auto successor = Succeed(number, successor_by_case.at(old.case_id),
                                   std::max(old.starts_on, Date::Parse(last_day)->AddDays(1).ToIso()));
    if (!successor) return refuse(REASON_ASSIGNMENT_OVERLAPS);
    successors[number] = *successor;
  }
  for (auto& [id, half_day] : half_days_) {
    const auto successor = successors.find(half_day.assignment);
    if (successor == successors.end() || half_day.state != HALF_DAY_STATE_PLANNED ||
        half_day.entry.date() <= last_day)
      continue;
    half_day.assignment = successor->second;
    half_day.entry.set_consultant_id(assignments_[successor->second].consultant_id);
    if (IsAbsent(half_day.entry)) return refuse(REASON_REASSIGNMENT_BLOCKED);
    for (const auto& [other_id, other] : half_days_before)
      if (Live(other.state) && SlotOf(other.entry) == SlotOf(half_day.entry))
        return refuse(REASON_REASSIGNMENT_BLOCKED);
  }
  for (const auto& [id, half_day] : half_days_)
    if (Live(half_day.state) && half_day.entry.date() > last_day &&
        std::find(closing.begin(), closing.end(), half_day.assignment) != closing.end())
      return refuse(REASON_HALF_DAYS_LEFT_OUTSIDE);
  for (const size_t number : closing) {
    assignments_[number].ends_on = last_day;
    assignments_[number].ended = true;
  }
  return REASON_UNSPECIFIED;
}

std::map<std::string, std::string> CalendarModel::HalfDays() const {
  std::map<std::string, std::string> told;
  for (const auto& [id, half_day] : half_days_) {
    told[id] = HalfDayState_Name(half_day.state) + " " + half_day.entry.date() + " " +
               common::v1::Half_Name(half_day.entry.half()) + " " + std::to_string(half_day.entry.case_id()) +
               " " + std::to_string(half_day.entry.consultant_id()) + " " + half_day.sheet_month + " " +
               half_day.entry.note() + " " + half_day.dispute;
  }
  return told;
}

}  // namespace jalon::test
