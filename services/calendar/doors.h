#ifndef JALON_CALENDAR_DOORS_H_
#define JALON_CALENDAR_DOORS_H_

#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.h"
#include "storage/database.h"

// What the calendar shows over HTTP to those who have no account: calendar programs and companies. A token in
// the path is all the authority there is, good for one feed or one sheet.
namespace jalon::calendar {

// A new token, and a new code of eight digits.
std::string NewToken();
std::string NewCode();
// Paths, after the server's public address.
std::string FeedPath(std::string_view token);
std::string AttestationPath(std::string_view token);

std::vector<http::Route> CalendarRoutes(storage::Database* database);

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_DOORS_H_
