#ifndef JALON_CALENDAR_PLANNING_STORE_H_
#define JALON_CALENDAR_PLANNING_STORE_H_

#include <string>
#include <vector>

#include "area/store.h"
#include "base/date.h"
#include "base/refusal.h"
#include "calendar/series.h"
#include "jalon/calendar/v1/planning.pb.h"

namespace jalon::calendar {

// Whose calendar, for which case.
struct Place {
  int64_t case_id;
  int64_t consultant_id;
  std::string phase;
};

// A stretch of a consultant's calendar as one case sees it.
struct Stretch {
  Moments moments;
  int places = 0;  // left in the grant
  // Words for the blanks of a refusal's sentence: of all moments, and the one that is of each.
  Metadata words = {};
  std::vector<std::string> prerequisites = {};

  Metadata WordsOf(size_t moment) const {
    Metadata all = words;
    all["prerequisite"] = prerequisites[moment];
    return all;
  }
};

// Why an entry is not planned; unspecified: it is.
struct EntryRefusal {
  Reason reason = common::v1::REASON_UNSPECIFIED;
  Metadata words = {};  // for the blanks of its sentence
};

// From a row with the columns of calendar.refusal.
EntryRefusal EntryRefusalIn(const storage::Rows& rows, int row);

// A half-day of a series, planned or refused.
struct SeriesEntry {
  std::string half_day_id;
  std::string date;
  common::v1::Half half;
  EntryRefusal refusal = {};
};

// Who might stand in, and between which communes; INSEE codes, empty: not known.
struct Candidate {
  v1::StandIn stand_in;
  std::string commune;  // of the company
  std::string home_commune;
  int radius_km = 0;  // 0: however far
};

// What planning reads and writes beside half-days themselves.
class PlanningStore : area::Store {
 public:
  using Store::Store;

  // `until` empty: the last day of the case's window. Refusals: CASE_NOT_FOUND, CASE_NOT_ADMITTED.
  absl::StatusOr<Stretch> ReadStretch(const rpc::CallContext& call, const Place& place, Date from,
                                      const std::string& until) const;
  // What this very command planned when it first came; none when it is new.
  absl::StatusOr<std::vector<SeriesEntry>> FirstSeries(const rpc::CallContext& call) const;
  // All or none: some are refused when the calendar changed since it was read.
  absl::StatusOr<std::vector<SeriesEntry>> PlanSeries(const rpc::CallContext& call, const Place& place,
                                                      const std::string& note,
                                                      const std::vector<SeriesEntry>& entries) const;

  // In order of preference, near and far.
  absl::StatusOr<std::vector<Candidate>> ReadStandIns(const rpc::CallContext& call, const Place& place,
                                                      const std::string& date, common::v1::Half half) const;
  absl::StatusOr<int> CountWaiting(const rpc::CallContext& call, int64_t consultant_id,
                                   const std::string& date) const;

  // Refusals: CASE_NOT_FOUND, CASE_NOT_ADMITTED, NOT_ASSIGNED.
  absl::StatusOr<v1::Waiting> Join(const rpc::CallContext& call,
                                   const v1::JoinWaitingListRequest& request) const;
  // `only_consultant` 0: whoever's. Refusals: WAITING_NOT_FOUND, NOT_ALLOWED.
  absl::StatusOr<v1::Waiting> Leave(const rpc::CallContext& call, int64_t waiting_id,
                                    int64_t only_consultant) const;
  absl::StatusOr<rpc::Encoded<v1::ListWaitingResponse>> ListWaiting(const rpc::CallContext& call,
                                                                    const v1::ListWaitingRequest& request,
                                                                    int64_t only_consultant,
                                                                    Date today) const;

  absl::StatusOr<v1::ListHolidaysResponse> ListHolidays(const rpc::CallContext& call,
                                                        const v1::ListHolidaysRequest& request) const;
  absl::StatusOr<v1::Holiday> SetSolidarityDay(const rpc::CallContext& call, int year, bool worked) const;

  // No numbers: all consultants who have a half-day or an assignment in that time.
  absl::StatusOr<v1::GetPlanningBoardResponse> ReadBoard(const rpc::CallContext& call, Date from, Date until,
                                                         const std::vector<int64_t>& consultant_ids) const;
};

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_PLANNING_STORE_H_
