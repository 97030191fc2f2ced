#ifndef JALON_CALENDAR_DOORS_H_
#define JALON_CALENDAR_DOORS_H_

#include <vector>

#include "calendar/feed_store.h"
#include "http/exchange.h"

// What the calendar shows over HTTP to those who have no account: calendar programs and companies. A token in
// the path is all the authority there is, good for one feed or one sheet.
namespace jalon::calendar {

// A new token.
std::string NewToken();
// Paths, after the server's public address.
std::string FeedPath(std::string_view token);

std::vector<http::Route> CalendarRoutes(storage::Database* database);

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_DOORS_H_
