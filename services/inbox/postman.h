#ifndef JALON_INBOX_POSTMAN_H_
#define JALON_INBOX_POSTMAN_H_

#include <string>

#include "area/area.h"
#include "inbox/inbox_store.h"

namespace jalon::inbox {

// Decides on mails and sends them, each at most once, whatever dies in between and however many processes do
// it: the database decides once and lets one process claim each (deploy/database/deploy/inbox.sql).
class Postman {
 public:
  explicit Postman(const area::Surroundings& around)
      : store_(around.database),
        mail_(*around.mail),
        public_url_(around.public_url),
        digest_hour_(around.digest_hour) {}

  // Digests of the day, once its hour has come. False: there is never more to do at once.
  absl::StatusOr<bool> DecideDigests(const Limits& limits) const;
  // Steps for sheets that a company does not attest.
  absl::StatusOr<bool> DecideReminders(const Limits& limits) const;
  // Sends the next mail that is due. True: there may be another.
  absl::StatusOr<bool> SendNext(const Limits& limits) const;

 private:
  // What to say now; none: nothing, so that it is not sent.
  struct Draft {
    Letter letter;
    std::string told = {};  // digest of what a digest tells
  };
  absl::StatusOr<std::optional<Draft>> Compose(const Limits& limits, const Claimed& mail) const;
  absl::StatusOr<std::optional<Draft>> ComposeDigest(const Limits& limits, const Claimed& mail) const;
  absl::StatusOr<std::optional<Draft>> ComposeReminder(const Limits& limits, const Claimed& mail) const;

  InboxStore store_;
  const mail::Sender& mail_;
  const std::string public_url_;
  const int digest_hour_;
};

}  // namespace jalon::inbox

#endif  // JALON_INBOX_POSTMAN_H_
