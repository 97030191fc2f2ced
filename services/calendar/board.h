#ifndef JALON_CALENDAR_BOARD_H_
#define JALON_CALENDAR_BOARD_H_

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/date.h"
#include "calendar/series.h"

// The planning board: half-days of some days, numbered from the first morning on, two a day. Pure.
namespace jalon::calendar {

// Bit n mod 8, the lowest first, of byte n / 8 is half-day n: the wire form of BoardLine.
class HalfDayBits {
 public:
  explicit HalfDayBits(int half_days) : bytes_(static_cast<size_t>((half_days + 7) / 8), '\0') {}
  void Set(int n) { bytes_[Byte(n)] = static_cast<char>(bytes_[Byte(n)] | (1 << (n % 8))); }
  bool Has(int n) const { return (bytes_[Byte(n)] >> (n % 8) & 1) != 0; }
  const std::string& bytes() const { return bytes_; }

 private:
  static size_t Byte(int n) { return static_cast<size_t>(n / 8); }
  std::string bytes_;
};

// Monday to Friday, mornings and afternoons.
inline constexpr HalvesOfWeek kOrdinaryWeek = 0b11'11'11'11'11;

// First and last day, counted from the first of the board.
using DaysAbsent = std::vector<std::pair<int, int>>;

// Where nothing is planned unless it is confirmed: weekends, `holidays`, absences, and what lies outside the
// week.
HalfDayBits OffHalfDays(Date from, int days, std::optional<HalvesOfWeek> week, const std::set<Date>& holidays,
                        const DaysAbsent& absent);

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_BOARD_H_
