// Calendar feeds, read back by libical and by the clocks of the system.
#include "calendar/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libical/ical.h>

#include <functional>
#include <memory>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace jalon::calendar {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

FeedEvent Event(const std::string& department = "59") {
  return {.half_day_id = "0b6f1c1e-52c2-4d7c-9d5b-6f6c7d0c1a01",
          .case_id = 12,
          .phase = "accompaniment",
          .date = *Date::Parse("2026-07-01"),
          .half = Half::kMorning,
          .state = v1::HALF_DAY_STATE_PLANNED,
          .changed_at = 1'780'000'000,
          .company_name = "Ateliers du Nord",
          .consultant_name = "Claire Durand",
          .department = department,
          .commune = "59350"};
}

Feed Of(std::vector<FeedEvent> events, v1::FeedKind kind = v1::FEED_KIND_CONSULTANT) {
  return {.kind = kind,
          .language = Language::kFrench,
          .target_name = "Claire Durand",
          .case_count = 1,
          .events = std::move(events)};
}

Component Parsed(const std::string& text) {
  Component calendar(icalparser_parse_string(text.c_str()));
  EXPECT_NE(calendar, nullptr);
  EXPECT_EQ(icalcomponent_isa(calendar.get()), ICAL_VCALENDAR_COMPONENT);
  EXPECT_EQ(icalcomponent_count_errors(calendar.get()), 0) << text;
  EXPECT_NE(icalrestriction_check(calendar.get()), 0) << text;
  return calendar;
}

icalcomponent* FirstEvent(const Component& calendar) {
  return icalcomponent_get_first_component(calendar.get(), ICAL_VEVENT_COMPONENT);
}

// The instant of an event's start by the zone that the calendar itself defines.
int64_t StartOf(const Component& calendar, icalcomponent* event) {
  icalproperty* const start = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
  const char* const zone =
      icalparameter_get_tzid(icalproperty_get_first_parameter(start, ICAL_TZID_PARAMETER));
  icaltimezone* const defined = icalcomponent_get_timezone(calendar.get(), zone);
  EXPECT_NE(defined, nullptr) << zone;
  return icaltime_as_timet_with_zone(icalproperty_get_dtstart(start), defined);
}

TEST(CalendarFeed, IsWhatCalendarProgramsExpect) {
  const std::string text = WriteFeed(Of({Event()}));
  const Component calendar = Parsed(text);
  icalcomponent* const event = FirstEvent(calendar);
  EXPECT_STREQ(icalcomponent_get_uid(event), "0b6f1c1e-52c2-4d7c-9d5b-6f6c7d0c1a01@jalon");
  EXPECT_STREQ(icalcomponent_get_summary(event), "Ateliers du Nord · accompaniment");
  EXPECT_THAT(icalcomponent_get_description(event), HasSubstr("Dossier n° 12\n"));
  EXPECT_EQ(icalcomponent_get_status(event), ICAL_STATUS_CONFIRMED);
  EXPECT_THAT(text, HasSubstr("DTSTART;TZID=Europe/Paris:20260701T090000\r\n"));
  EXPECT_THAT(text, HasSubstr("DTEND;TZID=Europe/Paris:20260701T123000\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("METHOD")));
  EXPECT_THAT(text, HasSubstr("X-WR-CALNAME:Jalon · Claire Durand\r\n"));
  EXPECT_THAT(text, HasSubstr("REFRESH-INTERVAL;VALUE=DURATION:PT5M\r\n"));
  EXPECT_THAT(text, HasSubstr("TRANSP:OPAQUE\r\n")) << "it takes the consultant's time";
  EXPECT_THAT(WriteFeed(Of({Event()}, v1::FEED_KIND_CASE)), HasSubstr("TRANSP:TRANSPARENT\r\n"));

  FeedEvent afternoon = Event();
  afternoon.half = Half::kAfternoon;
  EXPECT_THAT(WriteFeed(Of({afternoon})), HasSubstr("DTSTART;TZID=Europe/Paris:20260701T140000\r\nDTEND;TZID="
                                                    "Europe/Paris:20260701T173000\r\n"));
}

TEST(CalendarFeed, SaysWhereTheVisitIs) {
  EXPECT_THAT(WriteFeed(Of({Event()})), HasSubstr("LOCATION:Ateliers du Nord\\, commune 59350 (INSEE)"));
  FeedEvent nowhere = Event();
  nowhere.commune.clear();
  EXPECT_THAT(WriteFeed(Of({nowhere})), HasSubstr("LOCATION:Ateliers du Nord\r\n"));
}

TEST(CalendarFeed, OfNoHalfDayIsACalendarAllTheSame) {
  const Component calendar = Parsed(WriteFeed(Of({})));
  EXPECT_EQ(icalcomponent_count_components(calendar.get(), ICAL_VEVENT_COMPONENT), 0);
  EXPECT_EQ(icalcomponent_count_components(calendar.get(), ICAL_VTIMEZONE_COMPONENT), 1);
}

TEST(CalendarFeed, AChangeRaisesTheSequenceAndIsAnotherContent) {
  const Feed before = Of({Event()});
  FeedEvent moved = Event();
  moved.date = moved.date.AddDays(1);
  moved.changed_at += 1;
  const Feed after = Of({moved});
  const Component first = Parsed(WriteFeed(before)), second = Parsed(WriteFeed(after));
  EXPECT_STREQ(icalcomponent_get_uid(FirstEvent(first)), icalcomponent_get_uid(FirstEvent(second)));
  EXPECT_LT(icalcomponent_get_sequence(FirstEvent(first)), icalcomponent_get_sequence(FirstEvent(second)));
  EXPECT_NE(FeedContent(before), FeedContent(after));
  EXPECT_EQ(FeedContent(before), FeedContent(Of({Event()})));
  EXPECT_EQ(WriteFeed(before), WriteFeed(Of({Event()}))) << "the same half-days are the same bytes";
}

TEST(CalendarFeed, ContentChangesWithWhateverIsWritten) {
  const std::vector<std::function<void(Feed&)>> changes = {
      [](Feed& f) { f.events[0].half_day_id = "1b6f1c1e-52c2-4d7c-9d5b-6f6c7d0c1a01"; },
      [](Feed& f) { f.events[0].case_id = 13; },
      [](Feed& f) { f.events[0].phase = "diagnosis"; },
      [](Feed& f) { f.events[0].date = f.events[0].date.AddDays(1); },
      [](Feed& f) { f.events[0].half = Half::kAfternoon; },
      [](Feed& f) { f.events[0].state = v1::HALF_DAY_STATE_CANCELLED; },
      [](Feed& f) { f.events[0].changed_at += 1; },
      [](Feed& f) { f.events[0].company_name += "x"; },
      [](Feed& f) { f.events[0].consultant_name += "x"; },
      [](Feed& f) { f.events[0].department = "974"; },
      [](Feed& f) { f.events.push_back(f.events[0]); },
      [](Feed& f) { f.language = Language::kEnglish; },
      [](Feed& f) { f.kind = v1::FEED_KIND_CASE; },
      [](Feed& f) { f.target_name += "x"; }};
  const Feed before = Of({Event()});
  for (size_t i = 0; i < changes.size(); ++i) {
    Feed after = before;
    changes[i](after);
    EXPECT_NE(WriteFeed(after), WriteFeed(before)) << i;
    EXPECT_NE(FeedContent(after), FeedContent(before)) << i;
  }
}

TEST(CalendarFeed, TellsThatAHalfDayIsCancelled) {
  FeedEvent event = Event();
  event.state = v1::HALF_DAY_STATE_CANCELLED;
  const std::string text = WriteFeed(Of({event}));
  const Component calendar = Parsed(text);
  EXPECT_EQ(icalcomponent_get_status(FirstEvent(calendar)), ICAL_STATUS_CANCELLED);
  EXPECT_THAT(text, HasSubstr("TRANSP:TRANSPARENT\r\n")) << "its time is free again";
}

TEST(CalendarFeed, ATextEndsNoLineAndStartsNoProperty) {
  FeedEvent event = Event();
  event.company_name =
      "A;B,C\\D\nEND:VEVENT\r\nX-EVIL:1 " + std::string(200, 'e') + " éèàçœ€" + std::string(80, '\xC3');
  event.company_name.resize(event.company_name.size() - 80);
  const std::string text = WriteFeed(Of({event}));
  const Component calendar = Parsed(text);
  EXPECT_EQ(icalcomponent_count_components(calendar.get(), ICAL_VEVENT_COMPONENT), 1);
  EXPECT_THAT(text, Not(HasSubstr("\r\nX-EVIL")));
  EXPECT_THAT(icalcomponent_get_summary(FirstEvent(calendar)), HasSubstr("A;B,C\\D\nEND:VEVENT"));
  EXPECT_THAT(icalcomponent_get_summary(FirstEvent(calendar)), HasSubstr("éèàçœ€"));
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 75u) << text.substr(at, end - at);
    // A line is not folded inside a character.
    EXPECT_NE(static_cast<unsigned char>(text[end + 2]) & 0xC0, 0x80);
    at = end + 2;
  }
}

// Of every territory, by the calendar's own zone and by the system's: each day of a year, and 1 January
// and 1 July of the century.
TEST(CalendarFeed, StandsAtTheHourOfThePlace) {
  const std::pair<const char*, const char*> places[] = {
      {"59", "Europe/Paris"},           {"", "Europe/Paris"},          {"2A", "Europe/Paris"},
      {"971", "America/Guadeloupe"},    {"972", "America/Martinique"}, {"973", "America/Cayenne"},
      {"974", "Indian/Reunion"},        {"975", "America/Miquelon"},   {"976", "Indian/Mayotte"},
      {"977", "America/St_Barthelemy"}, {"978", "America/Marigot"},    {"986", "Pacific/Wallis"},
      {"987", "Pacific/Tahiti"},        {"988", "Pacific/Noumea"}};
  std::vector<Date> days;
  for (Date day = *Date::Parse("2025-01-01"); day < *Date::Parse("2026-01-01"); day = day.AddDays(1))
    days.push_back(day);
  for (int year = 2010; year <= 2037; ++year)
    for (const unsigned month : {1u, 7u}) days.push_back(*Date::FromYmd(year, month, 1));
  for (const auto& [department, zone_name] : places) {
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(zone_name, &zone)) << zone_name;
    std::vector<FeedEvent> events;
    for (const Date day : days) {
      events.push_back(Event(department));
      events.back().date = day;
    }
    const Component calendar = Parsed(WriteFeed(Of(events)));
    icalcomponent* event = FirstEvent(calendar);
    for (const Date day : days) {
      const auto ymd = day.ymd();
      const absl::CivilHour nine(static_cast<int>(ymd.year()),
                                 static_cast<int>(static_cast<unsigned>(ymd.month())),
                                 static_cast<int>(static_cast<unsigned>(ymd.day())), 9);
      ASSERT_EQ(StartOf(calendar, event), absl::ToUnixSeconds(absl::FromCivil(nine, zone)))
          << zone_name << " " << day.ToIso();
      event = icalcomponent_get_next_component(calendar.get(), ICAL_VEVENT_COMPONENT);
    }
  }
}

TEST(FeedPath, IsATokenAndNothingElse) {
  const std::string token(kTokenCharacters, 'a');
  EXPECT_THAT(TokenOfFeedPath(token + ".ics"), Optional(std::string_view(token)));
  EXPECT_TRUE(IsToken("ABCXYZabcxyz0123456789-_ABCXYZabcxyz0123456"));
  for (const std::string& wrong :
       {token, token + ".ICS", token + "a.ics", token.substr(1) + ".ics", std::string(".ics"), std::string(),
        "../" + token.substr(3) + ".ics", token.substr(1) + "=.ics", token + ".ics/",
        "é" + token.substr(2) + ".ics", token + ".ics.ics"})
    EXPECT_EQ(TokenOfFeedPath(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace jalon::calendar
