#ifndef JALON_MAIL_MESSAGE_H_
#define JALON_MAIL_MESSAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jalon::mail {

// A person as a message names one.
struct Mailbox {
  std::string name;     // empty: the address alone
  std::string address;  // as IsEmailAddress has it

  // Reads "claire@exemple.fr" or "Claire Durand <claire@exemple.fr>".
  static std::optional<Mailbox> Parse(std::string_view text);
};

struct Message {
  std::string id;  // unlike that of any other; letters, digits and dots
  Mailbox to;
  std::string subject;
  std::string text;  // UTF-8, its lines ended by a line feed
};

// The message as it travels (RFC 5322, 2045, 2047): one part of plain text. Whatever a name or a subject
// holds stays within its header: what is not printable ASCII is encoded, and control characters are spaces.
// `sent_at` in seconds since 1970.
std::string ToWire(const Message& message, const Mailbox& from, int64_t sent_at);

}  // namespace jalon::mail

#endif  // JALON_MAIL_MESSAGE_H_
