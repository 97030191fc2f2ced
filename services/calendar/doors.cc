#include "calendar/doors.h"

#include <cstring>
#include <memory>

#include "absl/strings/escaping.h"
#include "base/log.h"
#include "base/text.h"
#include "base/uuid.h"
#include "calendar/attestation_page.h"
#include "calendar/attestation_store.h"
#include "calendar/feed_store.h"
#include "rpc/digest.h"
#include "rpc/validator.h"

namespace jalon::calendar {
namespace {

using http::Request;
using http::Response;

constexpr char kFeedPrefix[] = "/calendar/";
constexpr char kAttestationPrefix[] = "/attest/";

std::string StyleDigest() {
  std::string digest;
  absl::Base64Escape(rpc::Sha256(PageStyle()), &digest);
  return digest;
}

Response Page(int status, std::string html) {
  static const std::string style = StyleDigest();
  return {
      .status = status, .content_type = "text/html; charset=utf-8", .body = std::move(html), .style = style};
}

Response Plain(int status, std::string_view fr, std::string_view en, Language language) {
  return {.status = status,
          .content_type = "text/plain; charset=utf-8",
          .body = std::string(language == Language::kFrench ? fr : en) + "\n"};
}

void LogFailure(const absl::Status& status) {
  Log(Severity::kWarning, "http request failed", {{"reason", ReasonName(ReasonOf(status))}});
}

Response AnswerFeed(const FeedStore& store, const Request& request) {
  const auto token = TokenOfFeedPath(request.tail);
  auto feed = token ? store.Open(request.limits, *token) : absl::StatusOr<std::optional<Feed>>(std::nullopt);
  if (!feed.ok()) {
    LogFailure(feed.status());
    return Plain(503, "Service momentanément indisponible ; réessayez.",
                 "The service is away for a moment; try again.", request.language);
  }
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

// A refusal as its sentence on a page of its own.
Response RefusedPage(const absl::Status& status, Language language) {
  const Reason reason = ReasonOf(status);
  const bool french = language == Language::kFrench;
  Response page = Page(reason == common::v1::REASON_LINK_INVALID   ? 404
                       : reason == common::v1::REASON_LINK_EXPIRED ? 410
                                                                   : 503,
                       "");
  page.wrong_token = reason == common::v1::REASON_LINK_INVALID;
  if (page.status != 503) {
    page.body = WriteNoticePage(french ? "Lien sans effet" : "A link without effect",
                                Sentence(reason, MetadataOf(status), language), language);
    return page;
  }
  LogFailure(status);
  page.body = WriteNoticePage(
      french ? "Service indisponible" : "Service away",
      french ? "Rien n’est perdu ; réessayez dans un moment." : "Nothing is lost; try again in a moment.",
      language);
  return page;
}

Response Sheet(const v1::OpenAttestationResponse& sheet, const Request& request, std::string problem,
               http::Form entered, std::vector<Missing> missing = {}) {
  const int status = problem.empty() && missing.empty() ? 200 : 422;
  return Page(status, WriteAttestationPage(sheet, {.language = request.language,
                                                   .request_id = Uuid::Random().str(),
                                                   .problem = std::move(problem),
                                                   .entered = std::move(entered),
                                                   .missing = std::move(missing)}));
}

rpc::CallContext ContextOf(const Request& request, const v1::AttestByLinkRequest& command) {
  rpc::CallContext call;
  call.method = "AttestByLink";
  call.request_id = command.request_id();
  call.request_hash = rpc::Sha256(command.SerializeAsString());
  call.language = request.language;
  call.limits = request.limits;
  return call;
}

// A refusal of what the form says is told on the form; the page shows the sheet as it is now.
Response Sign(const AttestationStore& store, const Request& request,
              const v1::OpenAttestationResponse& sheet) {
  const bool french = request.language == Language::kFrench;
  auto form = http::ParseForm(request.body, kMaxFormFields);
  const auto attestation = form ? AttestationOf(*form) : std::nullopt;
  v1::AttestByLinkRequest command;
  if (attestation) {
    if (auto missing = MissingIn(*attestation, sheet, request.language); !missing.empty())
      return Sheet(sheet, request, "", *std::move(form), std::move(missing));
    const auto id = form->find("request_id");
    command.set_request_id(id == form->end() ? "" : id->second);
    command.set_token(request.tail);
    *command.mutable_attestation() = *attestation;
  }
  if (!attestation || !rpc::Violations(command).empty())
    return Sheet(sheet, request,
                 french ? "Ce formulaire est illisible ; répondez de nouveau."
                        : "This form cannot be read; answer again.",
                 {});
  const auto answer = store.AttestByLink(ContextOf(request, command), command);
  // Shown by a new request, so that a reload signs nothing.
  if (answer.ok()) return {.status = 303, .location = request.tail};
  const Reason reason = ReasonOf(answer.status());
  if (reason != common::v1::REASON_HALF_DAY_STATE && reason != common::v1::REASON_HALF_DAY_NOT_FOUND &&
      reason != common::v1::REASON_LINK_USED && reason != common::v1::REASON_REQUEST_ID_REUSED)
    return RefusedPage(answer.status(), request.language);
  const auto now = store.Open(request.limits, request.tail);
  if (!now.ok()) return RefusedPage(now.status(), request.language);
  return Sheet(*now, request,
               french ? "La feuille a changé entre-temps ; voyez ce qu’il en reste, et signez de nouveau."
                      : "The sheet has changed in the meantime; see what is left of it, and sign again.",
               {});
}

Response AnswerAttestation(const AttestationStore& store, const Request& request) {
  const auto sheet =
      IsToken(request.tail)
          ? store.Open(request.limits, request.tail)
          : absl::StatusOr<v1::OpenAttestationResponse>(Refuse(common::v1::REASON_LINK_INVALID));
  if (!sheet.ok()) return RefusedPage(sheet.status(), request.language);
  return request.post ? Sign(store, request, *sheet) : Sheet(*sheet, request, "", {});
}

}  // namespace

std::string NewToken() {
  std::string token;
  absl::WebSafeBase64Escape(rpc::RandomBytes(kTokenBytes), &token);
  return token.substr(0, kTokenCharacters);
}

std::string NewCode() {
  uint64_t random = 0;
  std::memcpy(&random, rpc::RandomBytes(sizeof random).data(), sizeof random);
  return internal::ZeroPadded(static_cast<int64_t>(random % 100'000'000), 8);
}

std::string FeedPath(std::string_view token) {
  return kFeedPrefix + std::string(token) + ".ics";
}

std::string AttestationPath(std::string_view token) {
  return kAttestationPrefix + std::string(token);
}

std::vector<http::Route> CalendarRoutes(storage::Database* database) {
  const auto feeds = std::make_shared<FeedStore>(database);
  const auto attestations = std::make_shared<AttestationStore>(database);
  return {
      {.prefix = kFeedPrefix,
       .answer = [feeds](const Request& request) { return AnswerFeed(*feeds, request); }},
      {.prefix = kAttestationPrefix, .takes_posts = true, .answer = [attestations](const Request& request) {
         return AnswerAttestation(*attestations, request);
       }}};
}

}  // namespace jalon::calendar
