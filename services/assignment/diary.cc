#include "assignment/diary.h"

#include <algorithm>
#include <bit>

namespace jalon::assignment {
namespace {

constexpr size_t kDays = 7;

int Count(uint8_t halves) {
  return std::popcount(halves);
}

}  // namespace

Diary::Diary(Date first, Date last, const WorkingWeek& week)
    : monday_(first.AddDays(1 - static_cast<int>(first.weekday().iso_encoding()))),
      first_(first),
      last_(last),
      most_(week.most_half_days) {
  const size_t weeks = IndexOf(last) / kDays + 1;
  free_.resize(weeks * kDays);
  taken_.resize(weeks * kDays);
  weeks_.resize(weeks);
  for (size_t day = IndexOf(first); day <= IndexOf(last); ++day)
    free_[day] = static_cast<uint8_t>(week.halves >> (2 * (day % kDays)) & 3);
}

void Diary::TakeOff(Date from, Date until) {
  from = std::max(from, first_);
  until = std::min(until, last_);
  // By index: no day follows the last that a date can be.
  if (from <= until) std::fill(&free_[IndexOf(from)], &free_[IndexOf(until)] + 1, 0);
}

void Diary::Take(Date day, unsigned halves) {
  if (day < first_ || day > last_) return;
  taken_[IndexOf(day)] |= static_cast<uint8_t>(halves & 3);
}

void Diary::Close() {
  for (size_t day = 0; day < free_.size(); ++day) {
    free_[day] &= static_cast<uint8_t>(~taken_[day]);
    weeks_[day / kDays].free += Count(free_[day]);
    weeks_[day / kDays].taken += Count(taken_[day]);
  }
  for (size_t week = 0; week < weeks_.size(); ++week) {
    Week& of = weeks_[week];
    of.room = std::clamp(most_ - of.taken, 0, of.free);
    if (week == 0) continue;
    of.room_before = weeks_[week - 1].room_before + weeks_[week - 1].room;
  }
}

bool Diary::IsFree(Date day, bool morning) const {
  return first_ <= day && day <= last_ && (free_[IndexOf(day)] & (morning ? 1 : 2)) != 0;
}

int Diary::RoomInPart(size_t first_day, size_t last_day) const {
  int free = 0;
  for (size_t day = first_day; day <= last_day; ++day) free += Count(free_[day]);
  const Week& week = weeks_[first_day / kDays];
  return std::min(free, week.room);
}

int Diary::FreeBetween(Date from, Date until) const {
  from = std::max(from, first_);
  until = std::min(until, last_);
  if (from > until) return 0;
  const size_t first = IndexOf(from), last = IndexOf(until);
  const size_t first_week = first / kDays, last_week = last / kDays;
  if (first_week == last_week) return RoomInPart(first, last);
  const int between =
      weeks_[last_week].room_before - weeks_[first_week].room_before - weeks_[first_week].room;
  return RoomInPart(first, first_week * kDays + kDays - 1) + between + RoomInPart(last_week * kDays, last);
}

int Diary::TakenBetween(Date from, Date until) const {
  from = std::max(from, first_);
  until = std::min(until, last_);
  if (from > until) return 0;
  int taken = 0;
  for (size_t day = IndexOf(from); day <= IndexOf(until); ++day) taken += Count(taken_[day]);
  return taken;
}

}  // namespace jalon::assignment
