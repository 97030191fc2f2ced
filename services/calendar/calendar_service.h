#ifndef JALON_CALENDAR_CALENDAR_SERVICE_H_
#define JALON_CALENDAR_CALENDAR_SERVICE_H_

#include "area/area.h"
#include "calendar/calendar_store.h"
#include "calendar/planning.h"
#include "rpc/service.h"

namespace jalon::calendar {

// When: the handlers of jalon.calendar.v1.CalendarService.
class CalendarService final : public rpc::Service {
 public:
  explicit CalendarService(storage::Database* database);

 private:
  // A record command on its way, and where its answer goes.
  struct Recording {
    RecordCall call;
    rpc::Traveller* traveller;
  };
  void RecordHalfDays(std::span<rpc::Traveller> travellers);
  void RecordTogether(std::span<Recording> group);
  void GetCaseCalendars(std::span<rpc::Traveller> travellers);
  absl::StatusOr<v1::PlanHalfDaysResponse> PlanHalfDays(rpc::CallContext& call,
                                                        const v1::PlanHalfDaysRequest& request);
  absl::StatusOr<v1::AttestHalfDaysResponse> AttestHalfDays(rpc::CallContext& call,
                                                            const v1::AttestHalfDaysRequest& request);
  absl::StatusOr<v1::ApproveHalfDaysResponse> ApproveHalfDays(rpc::CallContext& call,
                                                              const v1::ApproveHalfDaysRequest& request);
  absl::StatusOr<v1::CancelHalfDaysResponse> CancelHalfDays(rpc::CallContext& call,
                                                            const v1::CancelHalfDaysRequest& request);
  absl::StatusOr<v1::ReopenHalfDaysResponse> ReopenHalfDays(rpc::CallContext& call,
                                                            const v1::ReopenHalfDaysRequest& request);

  CalendarStore store_;
  Planning planning_;
};

area::Area CalendarArea();

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_CALENDAR_SERVICE_H_
