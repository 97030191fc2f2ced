#ifndef JALON_ASSIGNMENT_DIARY_H_
#define JALON_ASSIGNMENT_DIARY_H_

#include <cstdint>
#include <vector>

#include "base/date.h"

namespace jalon::assignment {

// An ordinary week: bit 2 × (ISO weekday - 1) is the morning, the next bit the afternoon.
inline constexpr int kMondayToFriday = 0b11'1111'1111;
inline constexpr int kHalvesOfAWeek = 14;

struct WorkingWeek {
  int halves = kMondayToFriday;
  int most_half_days = kHalvesOfAWeek;
};

// When somebody is free, between two days. Pure: filled first, with what is known of absences and half-days,
// then closed, then asked.
class Diary {
 public:
  Diary(Date first, Date last, const WorkingWeek& week);

  // Nothing can be planned from one day to another.
  void TakeOff(Date from, Date until);
  // Half-days that are taken already: bit 0 the morning, bit 1 the afternoon.
  void Take(Date day, unsigned halves);
  void Close();

  // Whether the half is one of the ordinary week, and neither off nor taken. The week's maximum is another
  // matter: what passes from one to another was agreed with a company.
  bool IsFree(Date day, bool morning) const;
  // How many half-days more could be planned, within each week's maximum. Days outside the diary count none.
  int FreeBetween(Date from, Date until) const;
  int TakenBetween(Date from, Date until) const;

 private:
  struct Week {
    int free = 0;
    int taken = 0;
    int room = 0;         // of the free ones, those within the week's maximum
    int room_before = 0;  // in all the weeks before
  };
  size_t IndexOf(Date day) const { return static_cast<size_t>(monday_.DaysUntil(day)); }
  // In a part of one week.
  int RoomInPart(size_t first_day, size_t last_day) const;

  Date monday_;  // of the first week
  Date first_, last_;
  int most_;
  std::vector<uint8_t> free_;  // a day each, from the first Monday on; bits as in Take
  std::vector<uint8_t> taken_;
  std::vector<Week> weeks_;
};

}  // namespace jalon::assignment

#endif  // JALON_ASSIGNMENT_DIARY_H_
