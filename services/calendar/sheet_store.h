#ifndef JALON_CALENDAR_SHEET_STORE_H_
#define JALON_CALENDAR_SHEET_STORE_H_

#include <string>
#include <vector>

#include "area/store.h"
#include "base/date.h"
#include "base/refusal.h"
#include "calendar/calendar_store.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

namespace jalon::calendar {

// What became of a move.
struct MoveOutcome {
  EntryRefusal refusal;
  std::string state;  // of the half-day, as the database writes it; empty when there is none
};

// A sheet as it stands, and the key that signs its code.
struct SignedSheet {
  v1::GetSheetResponse content;  // without its code
  std::string key;
};

// Where sheets, months and the lives of half-days are read, and changed by whole sheets and months.
class SheetStore : area::Store {
 public:
  using Store::Store;

  // By move; nothing is moved unless all can be.
  absl::StatusOr<std::vector<MoveOutcome>> Reschedule(const rpc::CallContext& call,
                                                      const v1::RescheduleHalfDaysRequest& request,
                                                      const Scope& scope) const;
  // Refusals: HALF_DAY_NOT_FOUND, NOT_ALLOWED.
  absl::StatusOr<v1::GetHalfDayResponse> GetHalfDay(const rpc::CallContext& call, const std::string& id,
                                                    const Scope& scope) const;

  // Refuses a programme that has no rulebook: PROGRAMME_NOT_FOUND. Empty: every programme.
  absl::Status CheckProgramme(const rpc::CallContext& call, const std::string& programme) const;
  absl::StatusOr<rpc::Encoded<v1::ListSheetsResponse>> List(const rpc::CallContext& call,
                                                            const v1::ListSheetsRequest& request,
                                                            const Scope& scope) const;
  // Refusals: SHEET_NOT_FOUND, NOT_ALLOWED.
  absl::StatusOr<SignedSheet> Get(const rpc::CallContext& call, int64_t case_id, int64_t consultant_id,
                                  const std::string& month, const Scope& scope) const;
  absl::StatusOr<v1::ApproveSheetsResponse> Approve(const rpc::CallContext& call,
                                                    const v1::ApproveSheetsRequest& request) const;

  absl::StatusOr<v1::LockMonthResponse> Lock(const rpc::CallContext& call,
                                             const v1::LockMonthRequest& request, Date today) const;
  absl::StatusOr<rpc::Encoded<v1::ListLockedMonthsResponse>> ListLocked(
      const rpc::CallContext& call, const v1::ListLockedMonthsRequest& request) const;
};

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_SHEET_STORE_H_
