#include "calendar/feed_store.h"

#include "rpc/digest.h"
#include "storage/params.h"

namespace jalon::calendar {
namespace {

using storage::Params;
using storage::Statement;

constexpr Statement kCreate{"create_feed", R"sql(
SELECT * FROM calendar.create_feed(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bytea, $6::calendar.feed_kind, $7::bigint,
                                   $8::bigint[], $9, $10, $11::bigint, $12))sql"};

constexpr Statement kSetCases{"set_feed_cases", R"sql(
SELECT * FROM calendar.set_feed_cases(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::bigint[]))sql"};

constexpr Statement kRevoke{"revoke_feed", R"sql(
SELECT * FROM calendar.revoke_feed(ROW($1::uuid, $2::bytea, $3, $4)::common.call, $5::bigint, $6::bigint, $7))sql"};

// $1: number before which the page begins; $2: rows. A filter that is NULL does not apply.
constexpr Statement kListFeeds{"list_feeds", R"sql(
SELECT f.*, f.feed_id::text AS "#key"
  FROM calendar.feed_row f
 WHERE ($1::bigint IS NULL OR f.feed_id < $1)
   AND ($3::bigint IS NULL OR f.consultant_id = $3)
   AND ($4::bigint IS NULL OR f.case_ids @> ARRAY[$4::bigint])
   AND ($5::boolean OR f.revoked_at IS NULL)
   AND calendar.owns_target(f.consultant_id, f.case_ids, $6::bigint, $7::text)
 ORDER BY f.feed_id DESC
 LIMIT $2)sql",
                               storage::Planned::kEachTime};

constexpr Statement kOpen{"open_feed", R"sql(
SELECT * FROM calendar.read_feed($1::bytea, $2::int))sql"};

Params& AppendScope(Params& params, const Scope& scope) {
  return params.IntOrNull(scope.consultant_id).TextOrNull(scope.siren);
}

FeedEvent EventOf(const storage::Rows& rows, int row) {
  return {.half_day_id = std::string(rows.Text(row, "half_day_id")),
          .case_id = rows.Int(row, "case_id"),
          .phase = std::string(rows.Text(row, "phase")),
          .date = *Date::Parse(rows.Text(row, "date")),
          .half = rows.Text(row, "half") == "morning" ? Half::kMorning : Half::kAfternoon,
          .state = storage::EnumValue<v1::HalfDayState>(rows.Text(row, "state")),
          .changed_at = rows.Int(row, "changed_at"),
          .company_name = std::string(rows.Text(row, "company_name")),
          .consultant_name = std::string(rows.Text(row, "consultant_name")),
          .department = std::string(rows.Text(row, "department")),
          .commune = rows.IsNull(row, "commune") ? "" : std::string(rows.Text(row, "commune"))};
}

}  // namespace

absl::StatusOr<v1::Feed> FeedStore::Create(const rpc::CallContext& call, const v1::CreateFeedRequest& request,
                                           const Scope& scope, std::string_view token) const {
  Params params;
  params.Bytes(rpc::Sha256(token)).Text(storage::EnumLabel(request.kind()));
  params.IntOrNull(request.consultant_id());
  request.case_ids().empty() ? params.Null() : params.Array(request.case_ids());
  params.Text(call.language == Language::kFrench ? "fr" : "en").Text(request.label());
  return CommandOne<v1::Feed>(call, kCreate, AppendScope(params, scope));
}

absl::StatusOr<rpc::Encoded<v1::ListFeedsResponse>> FeedStore::List(const rpc::CallContext& call,
                                                                    const v1::ListFeedsRequest& request,
                                                                    const Scope& scope) const {
  Params params;
  params.IntOrNull(request.consultant_id()).IntOrNull(request.case_id()).Bool(request.revoked());
  return ReadPage<v1::ListFeedsResponse>(call, request, kListFeeds, AppendScope(params, scope), "feeds");
}

absl::StatusOr<v1::Feed> FeedStore::SetCases(const rpc::CallContext& call,
                                             const v1::SetFeedCasesRequest& request) const {
  return CommandOne<v1::Feed>(call, kSetCases, Params().Int(request.feed_id()).Array(request.case_ids()));
}

absl::StatusOr<v1::Feed> FeedStore::Revoke(const rpc::CallContext& call, const v1::RevokeFeedRequest& request,
                                           const Scope& scope) const {
  Params params;
  params.Int(request.feed_id());
  return CommandOne<v1::Feed>(call, kRevoke, AppendScope(params, scope));
}

absl::StatusOr<std::optional<Feed>> FeedStore::Open(const Limits& limits, std::string_view token) const {
  ASSIGN_OR_RETURN(const storage::Rows rows,
                   Read(limits, kOpen, Params().Bytes(rpc::Sha256(token)).Int(kMaxFeedEvents)));
  if (rows.empty()) return std::nullopt;
  Feed feed{.kind = storage::EnumValue<v1::FeedKind>(rows.Text(0, "kind")),
            .language = rows.Text(0, "language") == "en" ? Language::kEnglish : Language::kFrench,
            .target_name = rows.IsNull(0, "target_name") ? "" : std::string(rows.Text(0, "target_name")),
            .case_count = static_cast<int>(rows.Int(0, "case_count")),
            .events = {}};
  if (rows.IsNull(0, "half_day_id")) return feed;
  for (int row = 0; row < rows.size(); ++row) feed.events.push_back(EventOf(rows, row));
  return feed;
}

}  // namespace jalon::calendar
