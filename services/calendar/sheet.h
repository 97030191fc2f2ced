#ifndef JALON_CALENDAR_SHEET_H_
#define JALON_CALENDAR_SHEET_H_

#include <string>
#include <string_view>

#include "base/language.h"
#include "document/document.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

// The sheet of a month (feuille d'émargement): what a case's half-days by one consultant were, who signed for
// them and when. Pure: no clock, no database, no wire.
namespace jalon::calendar {

// The code printed on a sheet, as 7K2D-0QXM-V4RT: sixty bits of a keyed digest of all that the sheet says.
// Whoever has the key finds out whether a paper still says what the calendar does; nobody else can make one.
std::string SheetCode(std::string_view key, const v1::GetSheetResponse& sheet);

// A code as somebody typed it off paper, in the form above: O is zero, I and L are one.
std::string NormalCode(std::string_view typed);

// The sheet as paper. What is not attested or approved yet says so: such a sheet is provisional.
document::Document SheetDocument(const v1::GetSheetResponse& sheet, Language language);

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_SHEET_H_
