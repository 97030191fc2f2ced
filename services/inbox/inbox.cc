#include "inbox/inbox.h"

#include <algorithm>

#include "base/text.h"
#include "base/wording.h"
#include "inbox/words.h"

namespace jalon::inbox {
namespace {

using enum v1::InboxSeverity;

// How much it hurts, by when it should be done, and the end of the sentence that says both.
struct Verdict {
  v1::InboxSeverity severity = v1::INBOX_SEVERITY_UNSPECIFIED;
  std::optional<Date> due = {};
  std::string fr = {};
  std::string en = {};
};

// What a rule is told beside the thing itself.
struct Question {
  const Waiting& waiting;
  Reader reader;
  Date today;

  bool For(Reader one) const { return reader == one; }
  // Of the day given, which the kind has by its contract with the area.
  int DaysSince(const std::optional<Date>& day) const { return day ? day->DaysUntil(today) : 0; }
  int DaysTo(const std::optional<Date>& day) const { return day ? today.DaysUntil(*day) : 0; }
  std::optional<Date> After(const std::optional<Date>& day, int days) const {
    return day ? std::optional(day->AddDays(days)) : std::nullopt;
  }
};

constexpr Language kFr = Language::kFrench, kEn = Language::kEnglish;

std::string On(const std::optional<Date>& day, Language language) {
  return day ? FormatDate(*day, language) : "?";
}

// For how long something has waited.
std::string Since(int days, Language language) {
  if (days == 0) return language == kFr ? "depuis aujourd’hui" : "since today";
  return (language == kFr ? "depuis " : "for ") + Days(days, language);
}

// By a number of days that passed: beyond each bound it hurts more.
v1::InboxSeverity ByDays(int days, int overdue, int urgent) {
  return days > overdue  ? INBOX_SEVERITY_OVERDUE
         : days > urgent ? INBOX_SEVERITY_URGENT
                         : INBOX_SEVERITY_SOON;
}

std::optional<Verdict> Disputed(const Question& q) {
  // The company has spoken; the others answer.
  if (q.For(Reader::kCompany)) return std::nullopt;
  const int days = q.DaysSince(q.waiting.since), count = q.waiting.half_days;
  return Verdict{days > kAnswerDisputeWithin ? INBOX_SEVERITY_OVERDUE : INBOX_SEVERITY_URGENT,
                 q.After(q.waiting.since, kAnswerDisputeWithin),
                 HalfDays(count, kFr) + " contestée" + (count < 2 ? "" : "s") + " " + Since(days, kFr) +
                     " (réponse attendue sous " + Days(kAnswerDisputeWithin, kFr) + ")",
                 HalfDays(count, kEn) + " disputed " + Since(days, kEn) + " (an answer is due within " +
                     Days(kAnswerDisputeWithin, kEn) + ")"};
}

std::optional<Verdict> ToAttest(const Question& q) {
  const int ready_for = q.DaysSince(q.waiting.due), count = q.waiting.half_days;
  const auto due = q.After(q.waiting.due, kAttestWithin);
  // The consultant may help from the first reminder on, the officer once the consultant was asked to.
  if (q.For(Reader::kConsultant) && ready_for < kFirstStepAfter) return std::nullopt;
  if (q.For(Reader::kOfficer) && ready_for < kFirstStepAfter + kNextStepAfter) return std::nullopt;
  if (ready_for < 0)
    return Verdict{INBOX_SEVERITY_NOTE, due, HalfDays(count, kFr) + " à attester ; le mois n’est pas fini",
                   HalfDays(count, kEn) + " to attest; the month is not over"};
  return Verdict{ByDays(ready_for, kAttestWithin + kNextStepAfter, kAttestWithin), due,
                 HalfDays(count, kFr) + " à attester par l’entreprise " + Since(ready_for, kFr) +
                     " (délai : " + Days(kAttestWithin, kFr) + ")",
                 HalfDays(count, kEn) + " for the company to attest, " + Since(ready_for, kEn) + " (" +
                     Days(kAttestWithin, kEn) + " allowed)"};
}

std::optional<Verdict> ToApprove(const Question& q) {
  if (!q.For(Reader::kOfficer)) return std::nullopt;
  const int days = q.DaysSince(q.waiting.since), count = q.waiting.half_days;
  return Verdict{ByDays(days, kApproveWithin, kApproveWithin / 2), q.After(q.waiting.since, kApproveWithin),
                 HalfDays(count, kFr) + " à approuver " + Since(days, kFr) +
                     " (délai : " + Days(kApproveWithin, kFr) + ")",
                 HalfDays(count, kEn) + " to approve, " + Since(days, kEn) + " (" +
                     Days(kApproveWithin, kEn) + " allowed)"};
}

// The regulation sets the day.
std::optional<Verdict> RegisterDue(const Question& q) {
  if (!q.For(Reader::kOfficer)) return std::nullopt;
  const int left = q.DaysTo(q.waiting.due);
  return Verdict{left < 0     ? INBOX_SEVERITY_OVERDUE
                 : left <= 7  ? INBOX_SEVERITY_URGENT
                 : left <= 14 ? INBOX_SEVERITY_SOON
                              : INBOX_SEVERITY_NOTE,
                 q.waiting.due, "aide de minimis à inscrire au registre avant le " + On(q.waiting.due, kFr),
                 "de minimis aid to enter in the register by " + On(q.waiting.due, kEn)};
}

std::optional<Verdict> WindowEnding(const Question& q) {
  const int left = q.DaysTo(q.waiting.due), count = q.waiting.half_days;
  if (left > kTellAheadDays) return std::nullopt;
  return Verdict{left <= 14   ? INBOX_SEVERITY_URGENT
                 : left <= 45 ? INBOX_SEVERITY_SOON
                              : INBOX_SEVERITY_NOTE,
                 q.waiting.due,
                 "l’accompagnement finit le " + On(q.waiting.due, kFr) + ", dans " + Days(left, kFr) + " ; " +
                     HalfDays(count, kFr) + " à planifier seraient perdues",
                 "the accompaniment ends on " + On(q.waiting.due, kEn) + ", in " + Days(left, kEn) + "; " +
                     HalfDays(count, kEn) + " left to plan would lapse"};
}

std::optional<Verdict> Unassigned(const Question& q) {
  if (!q.For(Reader::kOfficer)) return std::nullopt;
  const int days = q.DaysSince(q.waiting.since);
  return Verdict{ByDays(days, kAssignWithin, kAssignWithin / 2), q.After(q.waiting.since, kAssignWithin),
                 "aucun consultant, " + Days(days, kFr) + " après l’admission",
                 "no consultant, " + Days(days, kEn) + " after the admission"};
}

std::optional<Verdict> Idle(const Question& q) {
  if (q.For(Reader::kCompany)) return std::nullopt;
  const int days = q.DaysSince(q.waiting.since);
  if (days < kIdleAfter) return std::nullopt;
  return Verdict{ByDays(days, 3 * kIdleAfter - 1, 2 * kIdleAfter - 1), q.After(q.waiting.since, kIdleAfter),
                 "rien depuis " + Days(days, kFr) + " et rien de planifié ; " +
                     HalfDays(q.waiting.half_days, kFr) + " à prendre",
                 "nothing for " + Days(days, kEn) + " and nothing planned; " +
                     HalfDays(q.waiting.half_days, kEn) + " left"};
}

std::optional<Verdict> Undecided(const Question& q) {
  if (!q.For(Reader::kOfficer)) return std::nullopt;
  const int days = q.DaysSince(q.waiting.since);
  Verdict verdict{
      ByDays(days, kDecideWithin, kDecideWithin * 2 / 3), q.After(q.waiting.since, kDecideWithin),
      "candidature sans décision " + Since(days, kFr) + " (délai : " + Days(kDecideWithin, kFr) + ")",
      "application undecided " + Since(days, kEn) + " (" + Days(kDecideWithin, kEn) + " allowed)"};
  if (days <= kDecideWithin / 3) verdict.severity = INBOX_SEVERITY_NOTE;
  return verdict;
}

std::optional<Verdict> AccreditationLapsing(const Question& q) {
  const int left = q.DaysTo(q.waiting.due);
  // One that ended a month ago, and that nobody renewed, is not missed.
  if (q.For(Reader::kCompany) || left > kTellAheadDays || left < -30) return std::nullopt;
  const std::string programme = q.waiting.detail.empty() ? "" : " (" + q.waiting.detail + ")";
  if (left < 0)
    return Verdict{INBOX_SEVERITY_OVERDUE, q.waiting.due,
                   "accréditation" + programme + " échue depuis le " + On(q.waiting.due, kFr),
                   "accreditation" + programme + " lapsed on " + On(q.waiting.due, kEn)};
  return Verdict{
      left <= 14   ? INBOX_SEVERITY_URGENT
      : left <= 45 ? INBOX_SEVERITY_SOON
                   : INBOX_SEVERITY_NOTE,
      q.waiting.due,
      "accréditation" + programme + " jusqu’au " + On(q.waiting.due, kFr) + ", encore " + Days(left, kFr),
      "accreditation" + programme + " until " + On(q.waiting.due, kEn) + ", for " + Days(left, kEn) +
          " more"};
}

std::optional<Verdict> SlotFree(const Question& q) {
  if (q.For(Reader::kCompany)) return std::nullopt;
  const int left = q.DaysTo(q.waiting.due);
  return Verdict{left <= 7 ? INBOX_SEVERITY_URGENT : INBOX_SEVERITY_SOON, q.waiting.due,
                 "le consultant attendu est libre le " + On(q.waiting.due, kFr),
                 "the consultant it waits for is free on " + On(q.waiting.due, kEn)};
}

std::optional<Verdict> GrantNearlyUsed(const Question& q) {
  const int left = q.waiting.half_days;
  if (q.For(Reader::kCompany) || left > kFewHalfDays) return std::nullopt;
  return Verdict{2 * left <= kFewHalfDays ? INBOX_SEVERITY_SOON : INBOX_SEVERITY_NOTE, std::nullopt,
                 "reste à planifier : " + HalfDays(left, kFr),
                 "left to plan: " + HalfDays(left, kEn)};
}

std::optional<Verdict> VerdictOn(const Question& q) {
  switch (q.waiting.kind) {
    case v1::INBOX_KIND_SHEET_DISPUTED:
      return Disputed(q);
    case v1::INBOX_KIND_SHEET_TO_ATTEST:
      return ToAttest(q);
    case v1::INBOX_KIND_SHEET_TO_APPROVE:
      return ToApprove(q);
    case v1::INBOX_KIND_REGISTER_DUE:
      return RegisterDue(q);
    case v1::INBOX_KIND_WINDOW_ENDING:
      return WindowEnding(q);
    case v1::INBOX_KIND_CASE_UNASSIGNED:
      return Unassigned(q);
    case v1::INBOX_KIND_CASE_IDLE:
      return Idle(q);
    case v1::INBOX_KIND_CASE_UNDECIDED:
      return Undecided(q);
    case v1::INBOX_KIND_ACCREDITATION_LAPSING:
      return AccreditationLapsing(q);
    case v1::INBOX_KIND_SLOT_FREE:
      return SlotFree(q);
    case v1::INBOX_KIND_GRANT_NEARLY_USED:
      return GrantNearlyUsed(q);
    default:
      return std::nullopt;
  }
}

// "Acme, dossier 12, septembre 2026, Claire Durand": what the sentence is about, as far as there is any.
std::string About(const Waiting& waiting, Language language) {
  std::string about;
  const auto add = [&](const std::string& part) {
    if (part.empty()) return;
    if (!about.empty()) about += ", ";
    about += part;
  };
  add(waiting.company_name.empty() ? waiting.siren : waiting.company_name);
  if (waiting.case_id != 0)
    add((language == Language::kFrench ? "dossier " : "case ") + std::to_string(waiting.case_id));
  if (!waiting.month.empty()) add(MonthInWords(waiting.month, language));
  add(waiting.consultant_name);
  return about;
}

}  // namespace

std::optional<v1::InboxItem> Judge(const Waiting& waiting, Reader reader, Date today, Language language) {
  const auto verdict = VerdictOn({waiting, reader, today});
  if (!verdict) return std::nullopt;
  const bool french = language == Language::kFrench;
  v1::InboxItem item;
  item.set_severity(verdict->severity);
  item.set_kind(waiting.kind);
  item.set_text(About(waiting, language) + (french ? Typeset(" : " + verdict->fr) : ": " + verdict->en));
  item.set_subject(waiting.subject);
  item.set_case_id(waiting.case_id);
  item.set_consultant_id(waiting.consultant_id);
  item.set_siren(waiting.siren);
  item.set_company_name(waiting.company_name);
  item.set_consultant_name(waiting.consultant_name);
  item.set_month(waiting.month);
  item.set_half_days(waiting.half_days);
  if (waiting.since) item.set_since(waiting.since->ToIso());
  if (verdict->due) item.set_due_on(verdict->due->ToIso());
  return item;
}

std::string PlaceOf(const v1::InboxItem& item) {
  return internal::ZeroPadded(item.severity(), 2)
      .append(item.due_on().empty() ? "9999-99-99" : item.due_on())
      .append(internal::ZeroPadded(item.kind(), 2))
      .append(item.subject());
}

std::vector<v1::InboxItem> InboxOf(const std::vector<Waiting>& waiting, Reader reader, Date today,
                                   Language language) {
  std::vector<std::pair<std::string, v1::InboxItem>> placed;
  for (const Waiting& one : waiting) {
    if (auto item = Judge(one, reader, today, language)) {
      std::string place = PlaceOf(*item);
      placed.emplace_back(std::move(place), *std::move(item));
    }
  }
  std::sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<v1::InboxItem> items;
  items.reserve(placed.size());
  for (auto& [place, item] : placed) items.push_back(std::move(item));
  return items;
}

std::optional<int> NextStep(Date ready, const std::optional<StepTaken>& last, Date today) {
  if (!last) return ready.DaysUntil(today) >= kFirstStepAfter ? std::optional(1) : std::nullopt;
  if (last->step >= kSteps || last->on.DaysUntil(today) < kNextStepAfter) return std::nullopt;
  return last->step + 1;
}

}  // namespace jalon::inbox
