#include "inbox/letter.h"

#include <algorithm>

#include "base/wording.h"
#include "inbox/inbox.h"
#include "inbox/words.h"

namespace jalon::inbox {
namespace {

struct Heading {
  v1::InboxSeverity severity;
  const char *fr, *en;
};
constexpr Heading kHeadings[] = {{v1::INBOX_SEVERITY_OVERDUE, "EN RETARD", "OVERDUE"},
                                 {v1::INBOX_SEVERITY_URGENT, "URGENT", "URGENT"},
                                 {v1::INBOX_SEVERITY_SOON, "BIENTÔT", "SOON"},
                                 {v1::INBOX_SEVERITY_NOTE, "À SAVOIR", "TO KNOW"}};

// A name that holds a line feed would write lines of its own.
std::string OnOneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

std::string DigestSubject(const std::vector<v1::InboxItem>& items, bool french) {
  const auto overdue = std::count_if(items.begin(), items.end(), [](const auto& item) {
    return item.severity() == v1::INBOX_SEVERITY_OVERDUE;
  });
  const std::string all = std::to_string(items.size()), late = std::to_string(overdue);
  if (french)
    return Typeset("Jalon : " + all + (items.size() < 2 ? " point vous attend" : " points vous attendent") +
                   (overdue > 0 ? ", dont " + late + " en retard" : ""));
  return "Jalon: " + all + (items.size() == 1 ? " item waits" : " items wait") + " for you" +
         (overdue > 0 ? ", " + late + " overdue" : "");
}

std::string InGroups(const std::string& code) {
  return code.size() == 8 ? code.substr(0, 4) + " " + code.substr(4) : code;
}

std::string DayOf(const std::string& iso, Language language) {
  const auto date = Date::Parse(iso);
  return date ? FormatDate(*date, language) : iso;
}

// How the company attests, and until when.
std::string HowTo(const Key& key, Language language) {
  const bool french = language == Language::kFrench;
  const std::string until = key.expires_on ? FormatDate(*key.expires_on, language) : "";
  std::string text;
  if (!key.url.empty())
    text +=
        (french ? Typeset("Attestez-les, ou contestez-en une, à cette adresse, qui ne vaut que pour cette "
                          "feuille, jusqu’au " +
                          until + " :\n")
                : "Attest them, or dispute one, at this address, which is good for this sheet alone, until " +
                      until + ":\n") +
        key.url + "\n\n";
  text += french ? Typeset("Vous pouvez aussi appeler votre conseiller et lui lire ce code : ") +
                       InGroups(key.code) +
                       "\nUn lien ou un code reçu auparavant pour cette feuille ne vaut plus.\n"
                 : "You may also call your adviser and read them this code: " + InGroups(key.code) +
                       "\nA link or a code that you were sent for this sheet before is void.\n";
  return text;
}

Letter ContactLetter(int step, const v1::InboxItem& item, const std::string& name, const Key& key,
                     Language language) {
  const bool french = language == Language::kFrench;
  const std::string month = MonthInWords(item.month(), language), company = OnOneLine(item.company_name()),
                    consultant = OnOneLine(item.consultant_name()),
                    half_days = HalfDays(item.half_days(), language);
  if (french) {
    const bool one = item.half_days() < 2;
    return {Typeset((step > 1 ? "Rappel : feuille " : "Feuille ") + OfMonth(item.month(), language) +
                    " à attester, " + company),
            "Bonjour " + OnOneLine(name) + ",\n\n" + half_days + " d’accompagnement de " + company + " par " +
                consultant + (one ? " attend" : " attendent") + " votre attestation (" + month + ").\n\n" +
                HowTo(key, language) + "\n" +
                (step > 1 ? "C’est le dernier rappel qui vous est adressé ; votre consultant en est averti.\n"
                          : "Sans réponse, un rappel vous sera adressé dans une semaine.\n")};
  }
  return {
      (step > 1 ? "Reminder: sheet " : "Sheet ") + OfMonth(item.month(), language) + " to attest, " + company,
      "Dear " + OnOneLine(name) + ",\n\n" + half_days + " of accompaniment of " + company + " by " +
          consultant + (item.half_days() == 1 ? " waits" : " wait") + " for your attestation (" + month +
          ").\n\n" + HowTo(key, language) + "\n" +
          (step > 1 ? "This is the last reminder that you are sent; your consultant is told of it.\n"
                    : "Without an answer, you will be reminded in a week.\n")};
}

// To those who can only see to it that the company does.
Letter HelperLetter(Addressee addressee, const v1::InboxItem& item, const std::string& name,
                    Language language) {
  const bool french = language == Language::kFrench, officer = addressee == Addressee::kOfficer;
  const std::string month = OfMonth(item.month(), language), company = OnOneLine(item.company_name()),
                    due = DayOf(item.due_on(), language);
  if (french) {
    return {
        Typeset("Feuille " + month + " toujours pas attestée : " + company),
        "Bonjour " + OnOneLine(name) + ",\n\n" + OnOneLine(item.text()) + ".\n\n" +
            (officer
                 ? Typeset("L’entreprise a été relancée deux fois et son consultant une fois ; Jalon n’écrit "
                           "plus à personne de cette feuille. À vous de jouer : appelez l’entreprise, "
                           "l’attestation peut se faire par téléphone.\n")
                 : "L’entreprise a été relancée deux fois. Un mot de votre part aiderait : elle a reçu un "
                   "lien "
                   "pour attester.\n") +
            "L’attestation était attendue le " + due + ".\n"};
  }
  return {
      "Sheet " + month + " still not attested: " + company,
      "Dear " + OnOneLine(name) + ",\n\n" + OnOneLine(item.text()) + ".\n\n" +
          (officer
               ? "The company was reminded twice and its consultant once; Jalon writes to nobody about this "
                 "sheet any more. It is up to you: call the company, it can attest over the phone.\n"
               : "The company was reminded twice. A word from you would help: it was sent a link to attest "
                 "with.\n") +
          "The attestation was due on " + due + ".\n"};
}

}  // namespace

Letter DigestLetter(const std::vector<v1::InboxItem>& items, v1::Frequency frequency, Language language) {
  const bool french = language == Language::kFrench;
  const size_t told = std::min(items.size(), kMostTold);
  std::string text = french ? "Bonjour,\n" : "Hello,\n";
  for (const Heading& heading : kHeadings) {
    bool begun = false;
    for (size_t i = 0; i < told; ++i) {
      if (items[i].severity() != heading.severity) continue;
      if (!begun) text.append("\n").append(french ? heading.fr : heading.en).append("\n");
      begun = true;
      text.append("- ").append(OnOneLine(items[i].text())).append("\n");
    }
  }
  if (told < items.size()) {
    const std::string more = std::to_string(items.size() - told);
    text += french ? Typeset("\n… et " + more + " de plus : jalon inbox\n")
                   : "\n… and " + more + " more: jalon inbox\n";
  }
  const bool weekly = frequency == v1::FREQUENCY_WEEKLY;
  text += french ? std::string("\nCe courriel vient au plus une fois par ") + (weekly ? "semaine" : "jour") +
                       ", et seulement quand la liste a changé.\nPour changer : jalon mail subscribe daily, "
                       "weekly ou off.\n"
                 : std::string("\nThis mail comes once a ") + (weekly ? "week" : "day") +
                       " at the most, and only when the list has changed.\nTo change that: jalon mail "
                       "subscribe daily, weekly or "
                       "off.\n";
  return {DigestSubject(items, french), french ? Typeset(std::move(text)) : std::move(text)};
}

Letter ReminderLetter(Addressee addressee, int step, const v1::InboxItem& item, const std::string& name,
                      const Key& key, Language language) {
  return addressee == Addressee::kContact ? ContactLetter(step, item, name, key, language)
                                          : HelperLetter(addressee, item, name, language);
}

}  // namespace jalon::inbox
