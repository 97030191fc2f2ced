#ifndef JALON_INBOX_LETTER_H_
#define JALON_INBOX_LETTER_H_

#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/language.h"
#include "jalon/inbox/v1/inbox_service.pb.h"

// What the mails say. Pure.
namespace jalon::inbox {

struct Letter {
  std::string subject;
  std::string text;
};

// Items of a digest that are told one by one; of the others, how many there are.
inline constexpr size_t kMostTold = 50;

// An inbox, which holds something.
Letter DigestLetter(const std::vector<v1::InboxItem>& items, v1::Frequency frequency, Language language);

// By which a company attests one sheet without an account.
struct Key {
  std::string url;  // empty: the world reaches no page of ours
  std::string code;
  std::optional<Date> expires_on;
};

// Who is asked to do something about a sheet that the company does not attest.
enum class Addressee { kContact, kConsultant, kOfficer };

// `item` is the sheet, in the letter's language; `key` is for the contact alone.
Letter ReminderLetter(Addressee addressee, int step, const v1::InboxItem& item, const std::string& name,
                      const Key& key, Language language);

}  // namespace jalon::inbox

#endif  // JALON_INBOX_LETTER_H_
