#ifndef JALON_MAIL_SENDER_H_
#define JALON_MAIL_SENDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "mail/message.h"

namespace jalon::mail {

// What came of a message. Only what is certain is said: between the end of the text and the server's answer,
// nobody knows who has it.
enum class Outcome {
  kAccepted,  // the server answers for it
  kAway,      // it certainly has it not, and may take it later
  kRefused,   // it certainly has it not, and never will
  kUnknown,   // the text was out, and no answer came
};

struct ServerOptions {
  std::string url;   // smtp://host:port or smtps://host:port
  std::string from;  // as Mailbox::Parse reads it
  std::string user;  // empty: no login
  std::string password;
  std::string ca_file;  // certificates to trust in place of the system's; empty: those
};

// How long a message may take: to reach the server, and in all.
inline constexpr long kConnectSeconds = 5;
inline constexpr long kTotalSeconds = 20;

// Hands messages to one SMTP server, a connection each. Speaks TLS where the server offers it, and where it
// logs in it speaks nothing else. Writes neither addresses nor text into any log.
class Sender {
 public:
  static absl::StatusOr<std::unique_ptr<Sender>> Make(const ServerOptions& options);
  Outcome Send(const Message& message) const;

 private:
  Sender(ServerOptions options, Mailbox from) : options_(std::move(options)), from_(std::move(from)) {}

  const ServerOptions options_;
  const Mailbox from_;
};

}  // namespace jalon::mail

#endif  // JALON_MAIL_SENDER_H_
