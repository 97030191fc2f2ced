#include "calendar/calendar_service.h"
#include "calendar/doors.h"

namespace jalon::calendar {
namespace {

using rpc::CallContext;

// Kind and target of a feed go together: one consultant, one case, or an officer's cases.
void CheckTarget(const CallContext&, const v1::CreateFeedRequest& request,
                 std::vector<Violation>* violations) {
  const bool consultant = request.kind() == v1::FEED_KIND_CONSULTANT;
  if (consultant != (request.consultant_id() != 0))
    violations->push_back({"consultant_id", "d’un calendrier de consultant, et de lui seul",
                           "of a consultant's calendar and of no other"});
  if (consultant                             ? !request.case_ids().empty()
      : request.kind() == v1::FEED_KIND_CASE ? request.case_ids_size() != 1
                                             : request.case_ids().empty())
    violations->push_back({"case_ids", "un pour un dossier, au moins un pour un portefeuille, sinon aucun",
                           "one for a case, at least one for a portfolio, otherwise none"});
}

}  // namespace

void CalendarService::OpenDoors() {
  using namespace v1;
  Unary<CreateFeedRequest, CreateFeedResponse>(
      "CreateFeed", [this](auto& c, const auto& r) { return CreateFeed(c, r); }, CheckTarget);
  Unary<ListFeedsRequest, ListFeedsResponse>(
      "ListFeeds", [this](auto& c, const auto& r) { return feeds_.List(c, r, ScopeOf(c.principal)); });
  Unary<SetFeedCasesRequest, SetFeedCasesResponse>(
      "SetFeedCases", [this](auto& c, const auto& r) { return SetFeedCases(c, r); });
  Unary<CreateAttestationLinkRequest, CreateAttestationLinkResponse>(
      "CreateAttestationLink", [this](auto& c, const auto& r) { return CreateAttestationLink(c, r); });
  Unary<ListAttestationLinksRequest, ListAttestationLinksResponse>(
      "ListAttestationLinks", [this](auto& c, const auto& r) { return attestations_.List(c, r); });
  Unary<RevokeAttestationLinkRequest, RevokeAttestationLinkResponse>(
      "RevokeAttestationLink", [this](auto& c, const auto& r) { return attestations_.Revoke(c, r); });
  Unary<OpenAttestationRequest, OpenAttestationResponse>(
      "OpenAttestation", [this](auto& c, const auto& r) { return attestations_.Open(c.limits, r.token()); });
  Unary<AttestByLinkRequest, AttestByLinkResponse>(
      "AttestByLink", [this](auto& c, const auto& r) { return attestations_.AttestByLink(c, r); });
  Unary<AttestByCodeRequest, AttestByCodeResponse>(
      "AttestByCode", [this](auto& c, const auto& r) { return attestations_.AttestByCode(c, r); });
  Unary<RevokeFeedRequest, RevokeFeedResponse>("RevokeFeed",
                                               [this](auto& c, const auto& r) { return RevokeFeed(c, r); });
}

absl::StatusOr<v1::CreateFeedResponse> CalendarService::CreateFeed(CallContext& call,
                                                                   const v1::CreateFeedRequest& request) {
  // A portfolio is an officer's.
  if (request.kind() == v1::FEED_KIND_PORTFOLIO && !call.principal.Has(common::v1::ROLE_OFFICER))
    return Refuse(common::v1::REASON_NOT_ALLOWED);
  const std::string token = NewToken();
  v1::CreateFeedResponse response;
  ASSIGN_OR_RETURN(*response.mutable_feed(), feeds_.Create(call, request, ScopeOf(call.principal), token));
  response.set_url(public_url_ + FeedPath(token));
  return response;
}

absl::StatusOr<v1::SetFeedCasesResponse> CalendarService::SetFeedCases(
    CallContext& call, const v1::SetFeedCasesRequest& request) {
  v1::SetFeedCasesResponse response;
  ASSIGN_OR_RETURN(*response.mutable_feed(), feeds_.SetCases(call, request));
  return response;
}

absl::StatusOr<v1::RevokeFeedResponse> CalendarService::RevokeFeed(CallContext& call,
                                                                   const v1::RevokeFeedRequest& request) {
  v1::RevokeFeedResponse response;
  ASSIGN_OR_RETURN(*response.mutable_feed(), feeds_.Revoke(call, request, ScopeOf(call.principal)));
  return response;
}

absl::StatusOr<v1::CreateAttestationLinkResponse> CalendarService::CreateAttestationLink(
    CallContext& call, const v1::CreateAttestationLinkRequest& request) {
  const std::string token = NewToken(), code = NewCode();
  ASSIGN_OR_RETURN(v1::CreateAttestationLinkResponse response,
                   attestations_.Create(call, request, token, code));
  response.set_url(public_url_ + AttestationPath(token));
  response.set_code(code);
  return response;
}

}  // namespace jalon::calendar
