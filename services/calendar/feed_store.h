#ifndef JALON_CALENDAR_FEED_STORE_H_
#define JALON_CALENDAR_FEED_STORE_H_

#include <optional>

#include "area/store.h"
#include "calendar/calendar_store.h"
#include "calendar/feed.h"

namespace jalon::calendar {

// Where feeds are kept, by the digests of their tokens.
class FeedStore : area::Store {
 public:
  using Store::Store;

  // Refusals: NOT_ALLOWED, CONSULTANT_NOT_FOUND, CASE_NOT_FOUND.
  absl::StatusOr<v1::Feed> Create(const rpc::CallContext& call, const v1::CreateFeedRequest& request,
                                  const Scope& scope, std::string_view token) const;
  absl::StatusOr<rpc::Encoded<v1::ListFeedsResponse>> List(const rpc::CallContext& call,
                                                           const v1::ListFeedsRequest& request,
                                                           const Scope& scope) const;
  // Refusals: FEED_NOT_FOUND, CASE_NOT_FOUND.
  absl::StatusOr<v1::Feed> SetCases(const rpc::CallContext& call,
                                    const v1::SetFeedCasesRequest& request) const;
  // Refusals: FEED_NOT_FOUND, NOT_ALLOWED.
  absl::StatusOr<v1::Feed> Revoke(const rpc::CallContext& call, const v1::RevokeFeedRequest& request,
                                  const Scope& scope) const;

  // The feed that a token opens, with at most kMaxFeedEvents of its half-days, the newest; none where it
  // opens nothing.
  absl::StatusOr<std::optional<Feed>> Open(const Limits& limits, std::string_view token) const;
};

inline constexpr int kMaxFeedEvents = 5000;

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_FEED_STORE_H_
