#ifndef JALON_CALENDAR_PLANNING_H_
#define JALON_CALENDAR_PLANNING_H_

#include "calendar/planning_store.h"

namespace jalon::calendar {

// The handlers of CalendarService that plan beyond single half-days.
class Planning {
 public:
  explicit Planning(storage::Database* database) : store_(database) {}

  absl::StatusOr<v1::PlanSeriesResponse> PlanSeries(rpc::CallContext& call,
                                                    const v1::PlanSeriesRequest& request) const;
  absl::StatusOr<v1::SuggestAlternativesResponse> SuggestAlternatives(
      rpc::CallContext& call, const v1::SuggestAlternativesRequest& request) const;
  absl::StatusOr<v1::JoinWaitingListResponse> JoinWaitingList(
      rpc::CallContext& call, const v1::JoinWaitingListRequest& request) const;
  absl::StatusOr<rpc::Encoded<v1::ListWaitingResponse>> ListWaiting(
      rpc::CallContext& call, const v1::ListWaitingRequest& request) const;
  absl::StatusOr<v1::LeaveWaitingListResponse> LeaveWaitingList(
      rpc::CallContext& call, const v1::LeaveWaitingListRequest& request) const;
  absl::StatusOr<v1::ListHolidaysResponse> ListHolidays(rpc::CallContext& call,
                                                        const v1::ListHolidaysRequest& request) const;
  absl::StatusOr<v1::SetSolidarityDayResponse> SetSolidarityDay(
      rpc::CallContext& call, const v1::SetSolidarityDayRequest& request) const;
  absl::StatusOr<v1::GetPlanningBoardResponse> GetPlanningBoard(
      rpc::CallContext& call, const v1::GetPlanningBoardRequest& request) const;

  // What no single field of a request tells.
  static void CheckSeries(const rpc::CallContext& call, const v1::PlanSeriesRequest& request,
                          std::vector<Violation>* violations);
  static void CheckWaiting(const rpc::CallContext& call, const v1::JoinWaitingListRequest& request,
                           std::vector<Violation>* violations);
  static void CheckHolidays(const rpc::CallContext& call, const v1::ListHolidaysRequest& request,
                            std::vector<Violation>* violations);
  static void CheckBoard(const rpc::CallContext& call, const v1::GetPlanningBoardRequest& request,
                         std::vector<Violation>* violations);

 private:
  absl::StatusOr<v1::PlanSeriesResponse> TryPlanSeries(rpc::CallContext& call,
                                                       const v1::PlanSeriesRequest& request) const;

  PlanningStore store_;
};

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_PLANNING_H_
