#ifndef JALON_INBOX_INBOX_STORE_H_
#define JALON_INBOX_INBOX_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "area/store.h"
#include "inbox/inbox.h"
#include "inbox/letter.h"

namespace jalon::inbox {

// Whose cases and sheets: 0 and empty for everybody's.
struct Scope {
  int64_t consultant_id = 0;
  std::string siren = {};
};

// A step to take for a sheet, as Waiting has it.
struct Step {
  const Waiting* sheet;
  int step;
};

// A mail that this process has taken upon itself.
struct Claimed {
  int64_t mail_id = 0;
  v1::MailKind kind = v1::MAIL_KIND_UNSPECIFIED;
  std::string recipient;
  int64_t case_id = 0;
  int64_t consultant_id = 0;
  std::string month;
  int step = 0;
  // Empty address: nobody is there to write to.
  std::string name;
  std::string email;
  Language language = Language::kFrench;
  v1::Frequency frequency = v1::FREQUENCY_UNSPECIFIED;
  std::string told;  // digest of what the last digest told; empty: there was none
};

class InboxStore : area::Store {
 public:
  using Store::Store;

  absl::StatusOr<std::vector<Waiting>> ReadWaiting(const Limits& limits, Date today,
                                                   const Scope& scope) const;

  absl::StatusOr<v1::Subscription> Subscribe(const rpc::CallContext& call, const std::string& recipient,
                                             const v1::SetSubscriptionRequest& request) const;
  // Empty: there is none.
  absl::StatusOr<v1::Subscription> ReadSubscription(const rpc::CallContext& call,
                                                    const std::string& recipient) const;
  absl::StatusOr<rpc::Encoded<v1::ListMailsResponse>> ListMails(const rpc::CallContext& call,
                                                                const v1::ListMailsRequest& request) const;

  // The key that signs page tokens.
  absl::StatusOr<std::string> ReadPageKey(const Limits& limits) const;

  // Decides on the digests of the day.
  absl::Status DecideDigests(const Limits& limits, Date today) const;
  // The last step taken for each of these sheets, in their order.
  absl::StatusOr<std::vector<std::optional<StepTaken>>> LastSteps(
      const Limits& limits, const std::vector<const Waiting*>& sheets) const;
  absl::Status TakeSteps(const Limits& limits, Date today, const std::vector<Step>& steps) const;

  // None: nothing is due.
  absl::StatusOr<std::optional<Claimed>> Claim(const Limits& limits) const;
  // `told`: digest of what a digest told; empty for any other mail.
  absl::Status Settle(const Limits& limits, int64_t mail_id, v1::MailState state,
                      std::string_view told) const;
  // A new link to the sheet that a reminder is about. Refusals: SHEET_NOT_FOUND, NOTHING_TO_ATTEST.
  absl::StatusOr<Key> OpenLink(const Limits& limits, const Claimed& mail,
                               const std::string& public_url) const;
};

}  // namespace jalon::inbox

#endif  // JALON_INBOX_INBOX_STORE_H_
