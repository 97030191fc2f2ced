#ifndef JALON_CALENDAR_CALENDAR_SERVICE_H_
#define JALON_CALENDAR_CALENDAR_SERVICE_H_

#include "area/area.h"
#include "calendar/attestation_store.h"
#include "calendar/calendar_store.h"
#include "calendar/feed_store.h"
#include "calendar/planning.h"
#include "calendar/sheet_store.h"
#include "rpc/service.h"

namespace jalon::calendar {

// When: the handlers of jalon.calendar.v1.CalendarService.
class CalendarService final : public rpc::Service {
 public:
  explicit CalendarService(const area::Surroundings& around);

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
  absl::StatusOr<v1::DisputeHalfDaysResponse> DisputeHalfDays(rpc::CallContext& call,
                                                              const v1::DisputeHalfDaysRequest& request);
  absl::StatusOr<v1::EditHalfDayNoteResponse> EditHalfDayNote(rpc::CallContext& call,
                                                              const v1::EditHalfDayNoteRequest& request);
  absl::StatusOr<v1::RescheduleHalfDaysResponse> RescheduleHalfDays(
      rpc::CallContext& call, const v1::RescheduleHalfDaysRequest& request);
  absl::StatusOr<rpc::Encoded<v1::ListSheetsResponse>> ListSheets(rpc::CallContext& call,
                                                                  const v1::ListSheetsRequest& request);
  absl::StatusOr<v1::GetSheetDocumentResponse> GetSheetDocument(rpc::CallContext& call,
                                                                const v1::GetSheetDocumentRequest& request);
  absl::StatusOr<v1::CheckSheetResponse> CheckSheet(rpc::CallContext& call,
                                                    const v1::CheckSheetRequest& request);
  // The sheet that a request names, with its code.
  template <class Request>
  absl::StatusOr<v1::GetSheetResponse> ReadSheet(rpc::CallContext& call, const Request& request);

  // What the calendar opens to those who have no account: registered and handled in doors_service.cc.
  void OpenDoors();
  absl::StatusOr<v1::CreateFeedResponse> CreateFeed(rpc::CallContext& call,
                                                    const v1::CreateFeedRequest& request);
  absl::StatusOr<v1::SetFeedCasesResponse> SetFeedCases(rpc::CallContext& call,
                                                        const v1::SetFeedCasesRequest& request);
  absl::StatusOr<v1::RevokeFeedResponse> RevokeFeed(rpc::CallContext& call,
                                                    const v1::RevokeFeedRequest& request);
  absl::StatusOr<v1::CreateAttestationLinkResponse> CreateAttestationLink(
      rpc::CallContext& call, const v1::CreateAttestationLinkRequest& request);

  CalendarStore store_;
  Planning planning_;
  SheetStore sheets_;
  FeedStore feeds_;
  AttestationStore attestations_;
  const std::string public_url_;
};

area::Area CalendarArea();

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_CALENDAR_SERVICE_H_
