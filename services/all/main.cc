#include "area/process.h"
#include "assignment/assignment_service.h"
#include "audit/audit_service.h"
#include "calendar/calendar_service.h"
#include "enrolment/enrolment_service.h"
#include "funding/funding_service.h"
#include "inbox/inbox_service.h"
#include "programme/programme_service.h"

// Every service in one process, for a laptop and for ./run.
int main(int argc, char** argv) {
  using namespace jalon;
  return area::RunProcess(
      "jalond",
      {programme::ProgrammeArea(), enrolment::EnrolmentArea(), assignment::AssignmentArea(),
       calendar::CalendarArea(), funding::FundingArea(), inbox::InboxArea(), audit::AuditArea()},
      argc, argv);
}
