#include "calendar/doors.h"

#include <memory>

#include "absl/strings/escaping.h"
#include "base/log.h"
#include "rpc/digest.h"

namespace jalon::calendar {
namespace {

using http::Request;
using http::Response;

constexpr char kFeedPrefix[] = "/calendar/";

Response Plain(int status, std::string_view fr, std::string_view en, Language language) {
  return {.status = status,
          .content_type = "text/plain; charset=utf-8",
          .body = std::string(language == Language::kFrench ? fr : en) + "\n"};
}

// What the asker can do nothing about.
Response Failed(const absl::Status& status, Language language) {
  Log(Severity::kWarning, "http request failed", {{"reason", ReasonName(ReasonOf(status))}});
  return Plain(503, "Service momentanément indisponible ; réessayez.",
               "The service is away for a moment; try again.", language);
}

Response AnswerFeed(const FeedStore& store, const Request& request) {
  const auto token = TokenOfFeedPath(request.tail);
  auto feed = token ? store.Open(request.limits, *token) : absl::StatusOr<std::optional<Feed>>(std::nullopt);
  if (!feed.ok()) return Failed(feed.status(), request.language);
  if (!feed->has_value()) {
    Response nothing = Plain(404, "Aucun calendrier à cette adresse, ou il est révoqué.",
                             "No calendar at this address, or it was revoked.", request.language);
    nothing.wrong_token = true;
    return nothing;
  }
  Response response{.content_type = "text/calendar; charset=utf-8",
                    .etag = rpc::Hex(rpc::Sha256(FeedContent(**feed)).substr(0, 16))};
  if (!request.Knows(response.etag)) response.body = WriteFeed(**feed);
  return response;
}

}  // namespace

std::string NewToken() {
  const std::string bytes = rpc::RandomBytes(kTokenBytes);
  std::string token;
  absl::WebSafeBase64Escape(bytes, &token);
  return token.substr(0, kTokenCharacters);
}

std::string FeedPath(std::string_view token) {
  return kFeedPrefix + std::string(token) + ".ics";
}

std::vector<http::Route> CalendarRoutes(storage::Database* database) {
  const auto feeds = std::make_shared<FeedStore>(database);
  return {{.prefix = kFeedPrefix,
           .answer = [feeds](const Request& request) { return AnswerFeed(*feeds, request); }}};
}

}  // namespace jalon::calendar
