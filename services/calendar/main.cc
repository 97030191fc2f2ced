#include "area/process.h"
#include "calendar/calendar_service.h"

int main(int argc, char** argv) {
  return jalon::area::RunProcess("jalon-calendard", {jalon::calendar::CalendarArea()}, argc, argv);
}
