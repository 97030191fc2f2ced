#include "inbox/postman.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/paris.h"
#include "base/refusal.h"
#include "base/uuid.h"
#include "rpc/digest.h"

namespace jalon::inbox {
namespace {

// Steps decided in one statement.
constexpr size_t kMostSteps = 500;

int HourInParis() {
  return absl::ToCivilHour(absl::Now(), Paris()).hour();
}

// "officer" of "officer/marie", and "marie".
std::string_view KindOf(std::string_view recipient) {
  return recipient.substr(0, recipient.find('/'));
}
std::string_view NameIn(std::string_view recipient) {
  return recipient.substr(recipient.find('/') + 1);
}

Addressee AddresseeOf(std::string_view recipient) {
  const std::string_view kind = KindOf(recipient);
  return kind == "contact"      ? Addressee::kContact
         : kind == "consultant" ? Addressee::kConsultant
                                : Addressee::kOfficer;
}

Reader ReaderOf(Addressee addressee) {
  switch (addressee) {
    case Addressee::kContact:
      return Reader::kCompany;
    case Addressee::kConsultant:
      return Reader::kConsultant;
    case Addressee::kOfficer:
      break;
  }
  return Reader::kOfficer;
}

Scope ScopeOf(const Claimed& mail) {
  switch (AddresseeOf(mail.recipient)) {
    case Addressee::kContact:
      return {.siren = std::string(NameIn(mail.recipient))};
    case Addressee::kConsultant:
      return {.consultant_id = std::stoll(std::string(NameIn(mail.recipient)))};
    case Addressee::kOfficer:
      break;
  }
  return {};
}

// Of all that makes one digest another: what is told, and how severe it is. Days that pass are not news.
std::string DigestOf(const std::vector<v1::InboxItem>& items) {
  std::string bytes;
  for (const v1::InboxItem& item : items)
    bytes.append(item.subject())
        .append("|")
        .append(std::to_string(item.kind()))
        .append("|")
        .append(std::to_string(item.severity()))
        .append("|")
        .append(std::to_string(item.half_days()))
        .append("\n");
  return rpc::Sha256(bytes);
}

v1::MailState StateAfter(mail::Outcome outcome) {
  switch (outcome) {
    case mail::Outcome::kAccepted:
      return v1::MAIL_STATE_SENT;
    case mail::Outcome::kAway:
      return v1::MAIL_STATE_DUE;
    case mail::Outcome::kRefused:
      return v1::MAIL_STATE_REFUSED;
    case mail::Outcome::kUnknown:
      break;
  }
  return v1::MAIL_STATE_UNKNOWN;
}

}  // namespace

absl::StatusOr<bool> Postman::DecideDigests(const Limits& limits) const {
  if (HourInParis() >= digest_hour_) RETURN_IF_ERROR(store_.DecideDigests(limits, Today()));
  return false;
}

absl::StatusOr<bool> Postman::DecideReminders(const Limits& limits) const {
  const Date today = Today();
  ASSIGN_OR_RETURN(const std::vector<Waiting> waiting, store_.ReadWaiting(limits, today, {}));
  std::vector<const Waiting*> sheets;
  for (const Waiting& one : waiting)
    if (one.kind == v1::INBOX_KIND_SHEET_TO_ATTEST && NextStep(*one.due, std::nullopt, today))
      sheets.push_back(&one);
  if (sheets.empty()) return false;
  ASSIGN_OR_RETURN(const auto last, store_.LastSteps(limits, sheets));
  std::vector<Step> steps;
  for (size_t i = 0; i < sheets.size() && steps.size() < kMostSteps; ++i)
    if (const auto step = NextStep(*sheets[i]->due, last[i], today)) steps.push_back({sheets[i], *step});
  if (steps.empty()) return false;
  RETURN_IF_ERROR(store_.TakeSteps(limits, today, steps));
  return steps.size() == kMostSteps;
}

absl::StatusOr<std::optional<Postman::Draft>> Postman::Compose(const Limits& limits,
                                                               const Claimed& mail) const {
  if (mail.email.empty()) return std::nullopt;
  return mail.kind == v1::MAIL_KIND_DIGEST ? ComposeDigest(limits, mail) : ComposeReminder(limits, mail);
}

absl::StatusOr<std::optional<Postman::Draft>> Postman::ComposeDigest(const Limits& limits,
                                                                     const Claimed& mail) const {
  const Date today = Today();
  ASSIGN_OR_RETURN(const std::vector<Waiting> waiting, store_.ReadWaiting(limits, today, ScopeOf(mail)));
  const auto items = InboxOf(waiting, ReaderOf(AddresseeOf(mail.recipient)), today, mail.language);
  if (items.empty() || mail.frequency == v1::FREQUENCY_OFF) return std::nullopt;
  std::string told = DigestOf(items);
  if (told == mail.told) return std::nullopt;
  return Draft{DigestLetter(items, mail.frequency, mail.language), std::move(told)};
}

// The sheet as it waits now, if it still does.
absl::StatusOr<std::optional<Postman::Draft>> Postman::ComposeReminder(const Limits& limits,
                                                                       const Claimed& mail) const {
  const Date today = Today();
  const Addressee addressee = AddresseeOf(mail.recipient);
  ASSIGN_OR_RETURN(const std::vector<Waiting> waiting, store_.ReadWaiting(limits, today, ScopeOf(mail)));
  const auto sheet = std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& one) {
    return one.kind == v1::INBOX_KIND_SHEET_TO_ATTEST && one.case_id == mail.case_id &&
           one.consultant_id == mail.consultant_id && one.month == mail.month;
  });
  if (sheet == waiting.end()) return std::nullopt;
  // Told as the company is, whom every step is about.
  const auto item = Judge(*sheet, Reader::kCompany, today, mail.language);
  Key key;
  if (addressee == Addressee::kContact) {
    auto opened = store_.OpenLink(limits, mail, public_url_);
    // Attested since it was read above.
    if (ReasonOf(opened.status()) == common::v1::REASON_NOTHING_TO_ATTEST) return std::nullopt;
    RETURN_IF_ERROR(opened.status());
    key = *std::move(opened);
  }
  return Draft{ReminderLetter(addressee, mail.step, *item, mail.name, key, mail.language)};
}

absl::StatusOr<bool> Postman::SendNext(const Limits& limits) const {
  ASSIGN_OR_RETURN(const std::optional<Claimed> claimed, store_.Claim(limits));
  if (!claimed) return false;
  const auto draft = Compose(limits, *claimed);
  if (!draft.ok()) {
    // Nothing went out, so it may be tried again.
    RETURN_IF_ERROR(store_.Settle(limits, claimed->mail_id, v1::MAIL_STATE_DUE, ""));
    return draft.status();
  }
  if (!*draft) {
    RETURN_IF_ERROR(store_.Settle(limits, claimed->mail_id, v1::MAIL_STATE_NOT_NEEDED, ""));
    return true;
  }
  const mail::Outcome outcome = mail_.Send({.id = "jalon." + Uuid::Random().str(),
                                            .to = {claimed->name, claimed->email},
                                            .subject = (*draft)->letter.subject,
                                            .text = (*draft)->letter.text});
  const v1::MailState state = StateAfter(outcome);
  const bool out = state == v1::MAIL_STATE_SENT || state == v1::MAIL_STATE_UNKNOWN;
  RETURN_IF_ERROR(store_.Settle(limits, claimed->mail_id, state, out ? (*draft)->told : ""));
  Log(Severity::kInfo, "mail",
      {{"mail_id", std::to_string(claimed->mail_id)}, {"state", v1::MailState_Name(state)}});
  // While the server is away the others would fare no better.
  return outcome != mail::Outcome::kAway;
}

}  // namespace jalon::inbox
