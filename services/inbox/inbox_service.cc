#include "inbox/inbox_service.h"

#include <algorithm>

#include "base/paris.h"
#include "base/refusal.h"
#include "inbox/postman.h"

namespace jalon::inbox {
namespace {

using namespace std::chrono_literals;
using rpc::CallContext;
using rpc::Principal;

Reader ReaderOf(const Principal& principal) {
  return principal.SeesAll()            ? Reader::kOfficer
         : principal.consultant_id != 0 ? Reader::kConsultant
                                        : Reader::kCompany;
}

Scope ScopeOf(const Principal& principal) {
  if (principal.SeesAll()) return {};
  if (principal.consultant_id != 0) return {.consultant_id = principal.consultant_id};
  return {.siren = principal.siren};
}

std::string RecipientOf(const Principal& principal) {
  return principal.SeesAll() ? "officer/" + principal.name
                             : "consultant/" + std::to_string(principal.consultant_id);
}

bool Matches(const v1::InboxItem& item, const v1::InboxFilter& filter) {
  return (filter.kind() == v1::INBOX_KIND_UNSPECIFIED || item.kind() == filter.kind()) &&
         (filter.severity() == v1::INBOX_SEVERITY_UNSPECIFIED || item.severity() <= filter.severity()) &&
         (filter.case_id() == 0 || item.case_id() == filter.case_id());
}

// An officer's digest goes to an address of its own, a consultant's to that of the contact.
void CheckSubscription(const CallContext& call, const v1::SetSubscriptionRequest& request,
                       std::vector<Violation>* violations) {
  const bool off = request.frequency() == v1::FREQUENCY_OFF, officer = call.principal.SeesAll();
  if (officer && !off && request.email().empty())
    violations->push_back({"email", "à renseigner", "required"});
  if (!officer && !request.email().empty())
    violations->push_back({"email", "l’adresse d’un consultant est celle de son contact",
                           "a consultant's address is that of the contact"});
}

}  // namespace

InboxService::InboxService(storage::Database* database)
    : rpc::Service(v1::ListInboxRequest::descriptor()->file()->service(0)), store_(database) {
  using namespace v1;
  Unary<ListInboxRequest, ListInboxResponse>("ListInbox",
                                             [this](auto& c, const auto& r) { return ListInbox(c, r); });
  Unary<SetSubscriptionRequest, SetSubscriptionResponse>(
      "SetSubscription", [this](auto& c, const auto& r) { return SetSubscription(c, r); }, CheckSubscription);
  Unary<GetSubscriptionRequest, GetSubscriptionResponse>(
      "GetSubscription", [this](auto& c, const auto&) -> absl::StatusOr<GetSubscriptionResponse> {
        GetSubscriptionResponse response;
        ASSIGN_OR_RETURN(*response.mutable_subscription(),
                         store_.ReadSubscription(c, RecipientOf(c.principal)));
        return response;
      });
  Unary<ListMailsRequest, ListMailsResponse>(
      "ListMails", [this](auto& c, const auto& r) { return store_.ListMails(c, r); });
}

// The whole inbox is judged and ordered each time; a page is cut from it by the place of its last item, so
// that what comes or goes meanwhile moves nothing else.
absl::StatusOr<v1::ListInboxResponse> InboxService::ListInbox(CallContext& call,
                                                              const v1::ListInboxRequest& request) {
  ASSIGN_OR_RETURN(const std::string secret, store_.ReadPageKey(call.limits));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(secret, call, request));
  const Date today = Today();
  ASSIGN_OR_RETURN(const std::vector<Waiting> waiting,
                   store_.ReadWaiting(call.limits, today, ScopeOf(call.principal)));
  std::vector<v1::InboxItem> items = InboxOf(waiting, ReaderOf(call.principal), today, call.language);
  std::erase_if(items, [&](const v1::InboxItem& item) { return !Matches(item, request.filter()); });
  v1::ListInboxResponse response;
  response.set_total(static_cast<int>(items.size()));
  auto next = std::find_if(items.begin(), items.end(),
                           [&](const v1::InboxItem& item) { return PlaceOf(item) > page.after; });
  for (; next != items.end() && response.items_size() < page.size; ++next)
    *response.add_items() = std::move(*next);
  if (next != items.end() && !response.items().empty())
    response.set_next_page_token(rpc::PageToken(secret, call, request, PlaceOf(*response.items().rbegin())));
  return response;
}

absl::StatusOr<v1::SetSubscriptionResponse> InboxService::SetSubscription(
    CallContext& call, const v1::SetSubscriptionRequest& request) {
  v1::SetSubscriptionResponse response;
  ASSIGN_OR_RETURN(*response.mutable_subscription(),
                   store_.Subscribe(call, RecipientOf(call.principal), request));
  return response;
}

area::Area InboxArea() {
  return {
      .name = "inbox",
      .make_service =
          [](const area::Surroundings& around) { return std::make_unique<InboxService>(around.database); },
      .make_chores = [](const area::Surroundings& around) -> std::vector<area::Chore> {
        if (around.mail == nullptr) return {};
        const auto postman = std::make_shared<Postman>(around);
        return {{.name = "decide on digests",
                 .every = 1min,
                 .run = [postman](const Limits& limits) { return postman->DecideDigests(limits); }},
                {.name = "decide on reminders",
                 .every = 10min,
                 .run = [postman](const Limits& limits) { return postman->DecideReminders(limits); }},
                {.name = "send mail", .every = 2s, .run = [postman](const Limits& limits) {
                   return postman->SendNext(limits);
                 }}};
      }};
}

}  // namespace jalon::inbox
