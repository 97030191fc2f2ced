#ifndef JALON_CALENDAR_FEED_H_
#define JALON_CALENDAR_FEED_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "base/half_day.h"
#include "base/language.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

// Calendar feeds as calendar programs read them (RFC 5545). Pure: the same half-days are the same bytes.
namespace jalon::calendar {

struct FeedEvent {
  std::string half_day_id;
  int64_t case_id;
  std::string phase;  // its title, in the feed's language
  Date date;
  Half half;
  v1::HalfDayState state;
  int64_t changed_at;  // seconds since 1970, UTC
  std::string company_name;
  std::string consultant_name;
  std::string department;  // of the company: its clock is that of the visit; empty: not known
  std::string commune;     // INSEE code of the company's; empty: not known
};

struct Feed {
  v1::FeedKind kind;
  Language language;
  std::string target_name;  // of the consultant or the company; empty for a portfolio
  int case_count = 0;
  std::vector<FeedEvent> events;
};

// The calendar: mornings from 09:00 to 12:30 and afternoons from 14:00 to 17:30, our assumption, on the
// clock where the company is. An event keeps its UID for life; SEQUENCE and LAST-MODIFIED rise with each
// change, so that programs take the newer version, and a cancelled half-day is told as such.
std::string WriteFeed(const Feed& feed);

// What stands for the calendar in an ETag: another one whenever WriteFeed would write other bytes.
std::string FeedContent(const Feed& feed);

// The token in ".../calendar/<token>.ics"; none where the form is not that of a token of ours.
std::optional<std::string_view> TokenOfFeedPath(std::string_view tail);

// 256 random bits, as an address carries them: 43 characters of base64url.
inline constexpr size_t kTokenBytes = 32;
inline constexpr size_t kTokenCharacters = 43;
bool IsToken(std::string_view text);

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_FEED_H_
