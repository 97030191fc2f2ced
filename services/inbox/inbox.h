#ifndef JALON_INBOX_INBOX_H_
#define JALON_INBOX_INBOX_H_

#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/language.h"
#include "jalon/inbox/v1/inbox_service.pb.h"

// What waits for whom, and how much it hurts. Pure: the day is an argument.
namespace jalon::inbox {

// Something that waits, as the area that knows of it publishes it (common.waiting).
struct Waiting {
  v1::InboxKind kind = v1::INBOX_KIND_UNSPECIFIED;
  std::string subject = {};
  int64_t case_id = 0;
  int64_t consultant_id = 0;
  std::string siren = {};
  std::string company_name = {};
  std::string consultant_name = {};
  std::string month = {};  // of a sheet
  int half_days = 0;
  std::optional<Date> since = {};
  std::optional<Date> due = {};
  std::string detail = {};
};

enum class Reader { kOfficer, kConsultant, kCompany };

// Days, each with what it decides. They are ours: no rulebook sets them.
inline constexpr int kAnswerDisputeWithin = 7;
inline constexpr int kAttestWithin = 10;  // of the day the sheet is ready
inline constexpr int kApproveWithin = 10;
inline constexpr int kDecideWithin = 30;  // of the application
inline constexpr int kAssignWithin = 30;  // of the admission
inline constexpr int kIdleAfter = 30;     // idle for that long is told, twice is urgent, three times overdue
inline constexpr int kTellAheadDays = 92;
inline constexpr int kFewHalfDays = 4;

// The item that it makes for a reader, in a language; none when it is not this reader's to know, or not yet.
// The text gives the days and dates that its severity comes from.
std::optional<v1::InboxItem> Judge(const Waiting& waiting, Reader reader, Date today, Language language);

// A text by which items compare in the order of the inbox: by severity, then by the day each should be done
// by, those without one last, then by kind and subject. No two items have the same.
std::string PlaceOf(const v1::InboxItem& item);

// The inbox of a reader, in that order.
std::vector<v1::InboxItem> InboxOf(const std::vector<Waiting>& waiting, Reader reader, Date today,
                                   Language language);

// Steps that ask a company to attest a sheet: its contact; then the contact and the consultant; then the
// officers. Then it stops.
inline constexpr int kSteps = 3;
inline constexpr int kFirstStepAfter = 3;  // days since the sheet was ready
inline constexpr int kNextStepAfter = 7;   // days since the step before

struct StepTaken {
  int step;
  Date on;
};

// The step to take today for a sheet that is ready since a day; none when there is none to take.
std::optional<int> NextStep(Date ready, const std::optional<StepTaken>& last, Date today);

}  // namespace jalon::inbox

#endif  // JALON_INBOX_INBOX_H_
