#include "calendar/feed.h"

#include <libical/ical.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <set>

namespace jalon::calendar {
namespace {

// So that a program learns of a change soon, and asks for little when there is none.
constexpr char kRefresh[] = "PT5M";
// 2020-01-01: what SEQUENCE, an int, counts seconds from.
constexpr int64_t kSequenceEpoch = 1'577'836'800;

// The Sunday rules of Europe since 1996 (directive 2000/84/EC).
constexpr char kParis[] =
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:19960331T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\n"
    "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"
    "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\n"
    "END:VTIMEZONE\r\n";
// Those of North America since 2007.
constexpr char kMiquelon[] =
    "BEGIN:VTIMEZONE\r\nTZID:America/Miquelon\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:20070311T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\n"
    "TZOFFSETFROM:-0300\r\nTZOFFSETTO:-0200\r\nTZNAME:-02\r\nEND:DAYLIGHT\r\n"
    "BEGIN:STANDARD\r\nDTSTART:20071104T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\n"
    "TZOFFSETFROM:-0200\r\nTZOFFSETTO:-0300\r\nTZNAME:-03\r\nEND:STANDARD\r\n"
    "END:VTIMEZONE\r\n";

// The clock of a territory that is not that of Paris.
struct Clock {
  std::string_view department;
  const char* zone;
  const char* offset;  // all year; null: kMiquelon
};
constexpr std::array kClocks = {
    Clock{"971", "America/Guadeloupe", "-0400"},    Clock{"972", "America/Martinique", "-0400"},
    Clock{"973", "America/Cayenne", "-0300"},       Clock{"974", "Indian/Reunion", "+0400"},
    Clock{"975", "America/Miquelon", nullptr},      Clock{"976", "Indian/Mayotte", "+0300"},
    Clock{"977", "America/St_Barthelemy", "-0400"}, Clock{"978", "America/Marigot", "-0400"},
    Clock{"986", "Pacific/Wallis", "+1200"},        Clock{"987", "Pacific/Tahiti", "-1000"},
    Clock{"988", "Pacific/Noumea", "+1100"}};

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

const Clock* ClockOf(std::string_view department) {
  for (const Clock& clock : kClocks)
    if (clock.department == department) return &clock;
  return nullptr;
}

std::string Definition(const Clock* clock) {
  if (clock == nullptr) return kParis;
  if (clock->offset == nullptr) return kMiquelon;
  const std::string offset = clock->offset;
  return std::string("BEGIN:VTIMEZONE\r\nTZID:") + clock->zone +
         "\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:" + offset +
         "\r\nTZOFFSETTO:" + offset + "\r\nTZNAME:" + offset.substr(0, 3) +
         "\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
}

void AddFromText(icalcomponent* to, const std::string& text) {
  icalcomponent_add_property(to, icalproperty_new_from_string(text.c_str()));
}

void AddX(icalcomponent* to, const char* name, const std::string& value) {
  icalproperty* property = icalproperty_new_x(value.c_str());
  icalproperty_set_x_name(property, name);
  icalcomponent_add_property(to, property);
}

icaltimetype TimeOf(Date date, int hour, int minute) {
  icaltimetype time = icaltime_null_time();
  const auto ymd = date.ymd();
  time.year = static_cast<int>(ymd.year());
  time.month = static_cast<int>(static_cast<unsigned>(ymd.month()));
  time.day = static_cast<int>(static_cast<unsigned>(ymd.day()));
  time.hour = hour;
  time.minute = minute;
  return time;
}

icaltimetype UtcTimeOf(int64_t seconds) {
  return icaltime_from_timet_with_zone(static_cast<time_t>(seconds), 0, icaltimezone_get_utc_timezone());
}

void AddTime(icalcomponent* to, icalproperty* property, const char* zone) {
  icalproperty_add_parameter(property, icalparameter_new_tzid(zone));
  icalcomponent_add_property(to, property);
}

const char* StateWord(v1::HalfDayState state, bool french) {
  switch (state) {
    case v1::HALF_DAY_STATE_PLANNED:
      return french ? "planifiée" : "planned";
    case v1::HALF_DAY_STATE_PERFORMED:
      return french ? "réalisée" : "performed";
    case v1::HALF_DAY_STATE_ATTESTED:
      return french ? "attestée" : "attested";
    case v1::HALF_DAY_STATE_APPROVED:
      return french ? "approuvée" : "approved";
    case v1::HALF_DAY_STATE_CANCELLED:
      return french ? "annulée" : "cancelled";
    default:
      return "";
  }
}

std::string SummaryOf(const Feed& feed, const FeedEvent& event) {
  switch (feed.kind) {
    case v1::FEED_KIND_CONSULTANT:
      return event.company_name + " · " + event.phase;
    case v1::FEED_KIND_CASE:
      return event.consultant_name + " · " + event.phase;
    default:
      return event.company_name + " · " + event.consultant_name;
  }
}

std::string DescriptionOf(const FeedEvent& event, bool french) {
  return (french ? "Entreprise : " : "Company: ") + event.company_name +
         (french ? "\nDossier n° " : "\nCase no. ") + std::to_string(event.case_id) + "\nConsultant" +
         (french ? " : " : ": ") + event.consultant_name + (french ? "\nPhase : " : "\nPhase: ") +
         event.phase + (french ? "\nÉtat : " : "\nState: ") + StateWord(event.state, french);
}

std::string NameOf(const Feed& feed) {
  if (feed.kind != v1::FEED_KIND_PORTFOLIO) return "Jalon · " + feed.target_name;
  const std::string cases = std::to_string(feed.case_count);
  return "Jalon · " + cases + (feed.language == Language::kFrench ? " dossier" : " case") +
         (feed.case_count > 1 ? "s" : "");
}

// The visit is at the company's.
std::string LocationOf(const FeedEvent& event) {
  return event.company_name + (event.commune.empty() ? "" : ", commune " + event.commune + " (INSEE)");
}

Component EventOf(const Feed& feed, const FeedEvent& event) {
  const bool french = feed.language == Language::kFrench;
  const Clock* const clock = ClockOf(event.department);
  const char* const zone = clock == nullptr ? "Europe/Paris" : clock->zone;
  const bool morning = event.half == Half::kMorning;
  const bool cancelled = event.state == v1::HALF_DAY_STATE_CANCELLED;
  Component made(icalcomponent_new_vevent());
  icalcomponent* const to = made.get();
  icalcomponent_add_property(to, icalproperty_new_uid((event.half_day_id + "@jalon").c_str()));
  // Of the change and not of the reading, so that what did not change is the same bytes.
  icalcomponent_add_property(to, icalproperty_new_dtstamp(UtcTimeOf(event.changed_at)));
  icalcomponent_add_property(to, icalproperty_new_lastmodified(UtcTimeOf(event.changed_at)));
  icalcomponent_add_property(to, icalproperty_new_sequence(static_cast<int>(
                                     std::clamp<int64_t>(event.changed_at - kSequenceEpoch, 0, INT32_MAX))));
  AddTime(to, icalproperty_new_dtstart(TimeOf(event.date, morning ? 9 : 14, 0)), zone);
  AddTime(to, icalproperty_new_dtend(TimeOf(event.date, morning ? 12 : 17, 30)), zone);
  icalcomponent_add_property(to, icalproperty_new_summary(SummaryOf(feed, event).c_str()));
  icalcomponent_add_property(to, icalproperty_new_description(DescriptionOf(event, french).c_str()));
  icalcomponent_add_property(to, icalproperty_new_location(LocationOf(event).c_str()));
  icalcomponent_add_property(to, icalproperty_new_categories(StateWord(event.state, french)));
  icalcomponent_add_property(
      to, icalproperty_new_status(cancelled ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED));
  // It takes the consultant's time and nobody else's.
  icalcomponent_add_property(to, icalproperty_new_transp(feed.kind == v1::FEED_KIND_CONSULTANT && !cancelled
                                                             ? ICAL_TRANSP_OPAQUE
                                                             : ICAL_TRANSP_TRANSPARENT));
  return made;
}

}  // namespace

std::string WriteFeed(const Feed& feed) {
  const Component calendar(icalcomponent_new_vcalendar());
  icalcomponent* const to = calendar.get();
  icalcomponent_add_property(to, icalproperty_new_version("2.0"));
  icalcomponent_add_property(to, icalproperty_new_prodid("-//Jalon//Calendar//FR"));
  icalcomponent_add_property(to, icalproperty_new_calscale("GREGORIAN"));
  // No METHOD: it would make of the calendar an iTIP message, which wants an organizer (RFC 5546).
  AddX(to, "X-WR-CALNAME", NameOf(feed));
  AddX(to, "X-WR-TIMEZONE", "Europe/Paris");
  AddFromText(to, std::string("REFRESH-INTERVAL;VALUE=DURATION:") + kRefresh);
  AddX(to, "X-PUBLISHED-TTL", kRefresh);
  std::set<const Clock*> clocks = {nullptr};
  for (const FeedEvent& event : feed.events) clocks.insert(ClockOf(event.department));
  for (const Clock* clock : clocks)
    icalcomponent_add_component(to, icalparser_parse_string(Definition(clock).c_str()));
  for (const FeedEvent& event : feed.events) icalcomponent_add_component(to, EventOf(feed, event).release());
  char* const text = icalcomponent_as_ical_string_r(to);
  std::string written = text;
  icalmemory_free_buffer(text);
  return written;
}

std::string FeedContent(const Feed& feed) {
  // The first number is that of what WriteFeed makes of it.
  std::string content = "2|" + std::to_string(feed.kind) + "|" +
                        (feed.language == Language::kFrench ? "fr" : "en") + "|" + NameOf(feed);
  for (const FeedEvent& event : feed.events) {
    content += '\n' + event.half_day_id + '|' + std::to_string(event.case_id) + '|' + event.date.ToIso() +
               (event.half == Half::kMorning ? "|am|" : "|pm|") + std::to_string(event.state) + '|' +
               std::to_string(event.changed_at) + '|' + event.phase + '|' + event.department + '|' +
               event.commune + '|' + event.company_name + '|' + event.consultant_name;
  }
  return content;
}

std::optional<std::string_view> TokenOfFeedPath(std::string_view tail) {
  constexpr std::string_view kEnd = ".ics";
  if (!tail.ends_with(kEnd)) return std::nullopt;
  tail.remove_suffix(kEnd.size());
  return IsToken(tail) ? std::optional(tail) : std::nullopt;
}

bool IsToken(std::string_view text) {
  return text.size() == kTokenCharacters && std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_';
         });
}

}  // namespace jalon::calendar
