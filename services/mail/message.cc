#include "mail/message.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "base/email.h"
#include "base/text.h"

namespace jalon::mail {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
// An encoded word takes 75 characters at the most, twelve of them its frame (RFC 2047, section 2): 60 of
// base64.
constexpr size_t kWordBytes = 45;
// Of base64, and of a header that is not folded.
constexpr size_t kLineCharacters = 76;

std::string OnOneLine(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      ' ');
  return std::string(internal::Trim(line));
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::string Base64(std::string_view bytes) {
  std::string encoded;
  absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()), &encoded);
  return encoded;
}

// Words that hold whole characters each, a line a word.
std::string Encoded(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    size_t length = std::min(kWordBytes, text.size());
    while (length > 1 && length < text.size() && IsContinuation(text[length])) --length;
    if (!words.empty()) words.append(kLineEnd).append(" ");
    words.append("=?UTF-8?B?").append(Base64(text.substr(0, length))).append("?=");
    text.remove_prefix(length);
  }
  return words;
}

// Short, printable, and nothing that a reader could take for an encoded word.
bool TravelsAsItIs(std::string_view text) {
  return text.size() <= kLineCharacters - 16 && text.find("=?") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string Unstructured(std::string_view text) {
  const std::string line = OnOneLine(text);
  return TravelsAsItIs(line) ? line : Encoded(line);
}

// A name of words that need no quoting stands as it is; any other is encoded.
std::string Written(const Mailbox& mailbox) {
  const std::string name = OnOneLine(mailbox.name);
  if (name.empty()) return mailbox.address;
  const bool plain = TravelsAsItIs(name) && std::all_of(name.begin(), name.end(), [](char c) {
                       return c == ' ' || c == '-' || internal::IsDigit(c) || (c >= 'a' && c <= 'z') ||
                              (c >= 'A' && c <= 'Z');
                     });
  const std::string word = plain ? name : Encoded(name);
  // Folded between name and address, so that no line outgrows what SMTP takes.
  return word + "\r\n <" + mailbox.address + ">";
}

std::string Lines(std::string_view text) {
  std::string lines;
  lines.reserve(text.size() + text.size() / 40);
  for (const char c : text) {
    if (c == '\n') {
      lines.append(kLineEnd);
    } else if (c != '\r') {
      lines += c;
    }
  }
  return lines;
}

std::string Body(std::string_view text) {
  const std::string encoded = Base64(Lines(text));
  std::string body;
  for (size_t at = 0; at < encoded.size(); at += kLineCharacters)
    body.append(encoded, at, kLineCharacters).append(kLineEnd);
  return body;
}

}  // namespace

std::optional<Mailbox> Mailbox::Parse(std::string_view text) {
  text = internal::Trim(text);
  Mailbox mailbox;
  if (text.ends_with('>')) {
    const size_t open = text.rfind('<');
    if (open == std::string_view::npos) return std::nullopt;
    mailbox.name = OnOneLine(text.substr(0, open));
    text = text.substr(open + 1, text.size() - open - 2);
  }
  if (!IsEmailAddress(text)) return std::nullopt;
  mailbox.address = std::string(text);
  return mailbox;
}

std::string ToWire(const Message& message, const Mailbox& from, int64_t sent_at) {
  const std::string domain = from.address.substr(from.address.find('@') + 1);
  std::string wire;
  const auto add = [&](std::string_view name, std::string_view value) {
    wire.append(name).append(": ").append(value).append(kLineEnd);
  };
  add("Date",
      absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", absl::FromUnixSeconds(sent_at), absl::UTCTimeZone()));
  add("From", Written(from));
  add("To", Written(message.to));
  add("Subject", Unstructured(message.subject));
  add("Message-ID", "<" + message.id + "@" + domain + ">");
  // So that nobody's holiday answers it (RFC 3834).
  add("Auto-Submitted", "auto-generated");
  add("MIME-Version", "1.0");
  add("Content-Type", "text/plain; charset=utf-8");
  add("Content-Transfer-Encoding", "base64");
  return wire.append(kLineEnd).append(Body(message.text));
}

}  // namespace jalon::mail
