#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/email.h"
#include "mail/message.h"
#include "mail/sender.h"

namespace jalon::mail {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Email, IsADotAtomAtADomain) {
  for (const char* good : {"a@b.fr", "claire.durand@exemple.fr", "c+jalon@sous.domaine.exemple.fr",
                           "o'neil@exemple.ie", "x_y-z@a-b.fr", "1@2.fr"})
    EXPECT_TRUE(IsEmailAddress(good)) << good;
  for (const char* bad : {"",
                          "a",
                          "@b.fr",
                          "a@",
                          "a@b",
                          "a b@c.fr",
                          "a@b..fr",
                          ".a@b.fr",
                          "a.@b.fr",
                          "a..b@c.fr",
                          "a@-b.fr",
                          "a@b-.fr",
                          "a@b.fr\r\nRCPT TO:<x@y.fr>",
                          "a@b.fr>",
                          "<a@b.fr>",
                          "a@b.fr,c@d.fr",
                          "\"a b\"@c.fr",
                          "a@[127.0.0.1]",
                          "é@b.fr",
                          "a@é.fr",
                          "a@b@c.fr",
                          "a@b.fr "})
    EXPECT_FALSE(IsEmailAddress(bad)) << bad;
  EXPECT_TRUE(IsEmailAddress(std::string(64, 'a') + "@b.fr"));
  EXPECT_FALSE(IsEmailAddress(std::string(65, 'a') + "@b.fr"));
  EXPECT_FALSE(IsEmailAddress("a@" + std::string(64, 'b') + ".fr"));
}

TEST(Mailbox, IsReadWithOrWithoutAName) {
  EXPECT_EQ(Mailbox::Parse(" jalon@exemple.fr ")->address, "jalon@exemple.fr");
  const auto named = Mailbox::Parse("Jalon, IA Booster <jalon@exemple.fr>");
  EXPECT_EQ(named->name, "Jalon, IA Booster");
  EXPECT_EQ(named->address, "jalon@exemple.fr");
  for (const char* bad : {"", "Jalon", "Jalon <jalon>", "jalon@exemple.fr>", "<>"})
    EXPECT_FALSE(Mailbox::Parse(bad)) << bad;
}

std::string WireOf(const std::string& name, const std::string& subject, const std::string& text = "x\n") {
  return ToWire({.id = "jalon.1", .to = {name, "claire@exemple.fr"}, .subject = subject, .text = text},
                {"Jalon", "jalon@exemple.fr"}, 1795647600);
}

std::string HeadersOf(const std::string& wire) {
  return wire.substr(0, wire.find("\r\n\r\n"));
}

TEST(Message, HasTheHeadersThatMailNeeds) {
  EXPECT_EQ(WireOf("Claire", "Hello", "Bonjour\n"),
            "Date: Wed, 25 Nov 2026 23:00:00 +0000\r\nFrom: Jalon\r\n <jalon@exemple.fr>\r\nTo: Claire\r\n "
            "<claire@exemple.fr>\r\nSubject: Hello\r\nMessage-ID: <jalon.1@exemple.fr>\r\nAuto-Submitted: "
            "auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
            "charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nQm9uam91cg0K\r\n");
}

// Whatever a name or a subject holds, the headers stay these, a line each or folded.
TEST(Message, NothingInANameOrASubjectBecomesAHeader) {
  for (const std::string& evil : std::vector<std::string>{
           "Zoé\r\nBcc: tous@exemple.fr", "Zoé\nBcc: tous@exemple.fr", "\r\n\r\nPayez ici",
           "Zoé\rBcc: x@y.fr", "\" <x@y.fr>, \"", "=?UTF-8?B?QmNj?=", "a <x@y.fr>", std::string("nul\0l", 5),
           std::string(5000, 'a')}) {
    const std::string headers = HeadersOf(WireOf(evil, evil));
    std::string names;  // of the headers, in their order
    size_t lines = 0;
    for (size_t at = 0; at < headers.size(); ++lines) {
      const size_t end = std::min(headers.find("\r\n", at), headers.size());
      const std::string line = headers.substr(at, end - at);
      EXPECT_LE(line.size(), 100u);
      EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
      if (!line.starts_with(' ')) names += line.substr(0, line.find(':')) + " ";
      // A mailbox stands on a line of its own, behind the name: a name never makes a second one.
      if (line.starts_with("To:")) {
        EXPECT_THAT(line, Not(HasSubstr("@")));
      }
      at = end + 2;
    }
    EXPECT_EQ(names,
              "Date From To Subject Message-ID Auto-Submitted MIME-Version Content-Type "
              "Content-Transfer-Encoding ");
    EXPECT_EQ(headers.find('\0'), std::string::npos);
    EXPECT_GE(lines, 11u);
  }
}

TEST(Message, EncodedWordsHoldWholeCharacters) {
  std::string subject;
  for (int i = 0; i < 60; ++i) subject += "é€";
  const std::string headers = HeadersOf(WireOf("X", subject));
  size_t words = 0;
  for (size_t at = headers.find("=?UTF-8?B?"); at != std::string::npos;
       at = headers.find("=?UTF-8?B?", at + 1)) {
    ++words;
    EXPECT_LE(headers.find("?=", at) + 2 - at, 75u);
  }
  EXPECT_EQ(words, 7u);  // 300 bytes, at most 45 a word, none split within a character
}

TEST(Message, TextTravelsInShortLines) {
  const std::string wire = WireOf("X", "Y", std::string(1000, 'x') + "\n.\nFrom here\n");
  const std::string body = wire.substr(wire.find("\r\n\r\n") + 4);
  for (size_t at = 0; at < body.size();) {
    const size_t end = body.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 76u);
    at = end + 2;
  }
}

TEST(Sender, IsNotMadeOfWhatCannotWork) {
  EXPECT_FALSE(
      Sender::Make({.url = "http://x", .from = "a@b.fr", .user = "", .password = "", .ca_file = ""}).ok());
  EXPECT_FALSE(
      Sender::Make({.url = "smtp://x", .from = "nobody", .user = "", .password = "", .ca_file = ""}).ok());
  EXPECT_TRUE(
      Sender::Make({.url = "smtp://x", .from = "a@b.fr", .user = "", .password = "", .ca_file = ""}).ok());
}

TEST(Sender, SaysAwayWhereNobodyListens) {
  const auto sender = Sender::Make(
      {.url = "smtp://127.0.0.1:1", .from = "a@b.fr", .user = "", .password = "", .ca_file = ""});
  ASSERT_TRUE(sender.ok());
  EXPECT_EQ((*sender)->Send({.id = "1", .to = {"", "c@d.fr"}, .subject = "s", .text = "t"}), Outcome::kAway);
}

}  // namespace
}  // namespace jalon::mail
