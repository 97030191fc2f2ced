#include "inbox/inbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "inbox/letter.h"

namespace jalon::inbox {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Date Day(const char* iso) {
  return *Date::Parse(iso);
}

const Date kToday = Day("2026-11-25");

Waiting Of(v1::InboxKind kind, int days_ago, int due_in = 0) {
  return {.kind = kind,
          .subject = "sheet/12/7/2026-10",
          .case_id = 12,
          .consultant_id = 7,
          .siren = "732829320",
          .company_name = "Acme",
          .consultant_name = "Claire Durand",
          .month = "2026-10",
          .half_days = 3,
          .since = kToday.AddDays(-days_ago),
          .due = kToday.AddDays(due_in)};
}

v1::InboxSeverity SeverityOf(const Waiting& waiting, Reader reader = Reader::kOfficer) {
  const auto item = Judge(waiting, reader, kToday, Language::kEnglish);
  return item ? item->severity() : v1::INBOX_SEVERITY_UNSPECIFIED;
}

TEST(Inbox, ADelayHurtsMoreTheLongerItLasts) {
  using enum v1::InboxSeverity;
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_UNDECIDED, 10)), INBOX_SEVERITY_NOTE);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_UNDECIDED, 11)), INBOX_SEVERITY_SOON);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_UNDECIDED, 21)), INBOX_SEVERITY_URGENT);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_UNDECIDED, 30)), INBOX_SEVERITY_URGENT);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_UNDECIDED, 31)), INBOX_SEVERITY_OVERDUE);

  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_SHEET_DISPUTED, 7)), INBOX_SEVERITY_URGENT);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_SHEET_DISPUTED, 8)), INBOX_SEVERITY_OVERDUE);

  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_IDLE, 29)), INBOX_SEVERITY_UNSPECIFIED)
      << "not yet worth telling";
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_IDLE, 30)), INBOX_SEVERITY_SOON);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_IDLE, 60)), INBOX_SEVERITY_URGENT);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_IDLE, 90)), INBOX_SEVERITY_OVERDUE);

  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_SHEET_TO_APPROVE, 5)), INBOX_SEVERITY_SOON);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_SHEET_TO_APPROVE, 6)), INBOX_SEVERITY_URGENT);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_SHEET_TO_APPROVE, 11)), INBOX_SEVERITY_OVERDUE);

  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_UNASSIGNED, 15)), INBOX_SEVERITY_SOON);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_UNASSIGNED, 16)), INBOX_SEVERITY_URGENT);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_CASE_UNASSIGNED, 31)), INBOX_SEVERITY_OVERDUE);
}

TEST(Inbox, ADeadlineHurtsMoreTheNearerItComes) {
  using enum v1::InboxSeverity;
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_WINDOW_ENDING, 0, 93)), INBOX_SEVERITY_UNSPECIFIED);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_WINDOW_ENDING, 0, 92)), INBOX_SEVERITY_NOTE);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_WINDOW_ENDING, 0, 45)), INBOX_SEVERITY_SOON);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_WINDOW_ENDING, 0, 14)), INBOX_SEVERITY_URGENT);

  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_REGISTER_DUE, 0, 15)), INBOX_SEVERITY_NOTE);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_REGISTER_DUE, 0, 14)), INBOX_SEVERITY_SOON);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_REGISTER_DUE, 0, 0)), INBOX_SEVERITY_URGENT)
      << "the day itself is in time";
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_REGISTER_DUE, 0, -1)), INBOX_SEVERITY_OVERDUE);

  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_ACCREDITATION_LAPSING, 0, 93)), INBOX_SEVERITY_UNSPECIFIED);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_ACCREDITATION_LAPSING, 0, 0)), INBOX_SEVERITY_URGENT);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_ACCREDITATION_LAPSING, 0, -1)), INBOX_SEVERITY_OVERDUE);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_ACCREDITATION_LAPSING, 0, -31)), INBOX_SEVERITY_UNSPECIFIED)
      << "nobody missed it";

  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_SLOT_FREE, 0, 8)), INBOX_SEVERITY_SOON);
  EXPECT_EQ(SeverityOf(Of(v1::INBOX_KIND_SLOT_FREE, 0, 7)), INBOX_SEVERITY_URGENT);
}

TEST(Inbox, AGrantIsToldWhenFewHalfDaysAreLeft) {
  Waiting grant = Of(v1::INBOX_KIND_GRANT_NEARLY_USED, 0);
  const std::pair<int, v1::InboxSeverity> expected[] = {{5, v1::INBOX_SEVERITY_UNSPECIFIED},
                                                        {4, v1::INBOX_SEVERITY_NOTE},
                                                        {3, v1::INBOX_SEVERITY_NOTE},
                                                        {2, v1::INBOX_SEVERITY_SOON},
                                                        {1, v1::INBOX_SEVERITY_SOON}};
  for (const auto& [left, severity] : expected) {
    grant.half_days = left;
    EXPECT_EQ(SeverityOf(grant), severity) << left;
  }
}

// The company's first, then the consultant's, then the officer's too: each is told when it can help.
TEST(Inbox, ASheetToAttestComesToMoreReadersTheLongerItWaits) {
  using enum v1::InboxSeverity;
  const auto severities = [](int ready_for) {
    const Waiting sheet = Of(v1::INBOX_KIND_SHEET_TO_ATTEST, ready_for, -ready_for);
    return std::vector{SeverityOf(sheet, Reader::kCompany), SeverityOf(sheet, Reader::kConsultant),
                       SeverityOf(sheet, Reader::kOfficer)};
  };
  const auto none = INBOX_SEVERITY_UNSPECIFIED;
  EXPECT_THAT(severities(-6), ElementsAre(INBOX_SEVERITY_NOTE, none, none)) << "the month is not over";
  EXPECT_THAT(severities(0), ElementsAre(INBOX_SEVERITY_SOON, none, none));
  EXPECT_THAT(severities(3), ElementsAre(INBOX_SEVERITY_SOON, INBOX_SEVERITY_SOON, none));
  EXPECT_THAT(severities(10), ElementsAre(INBOX_SEVERITY_SOON, INBOX_SEVERITY_SOON, INBOX_SEVERITY_SOON));
  EXPECT_THAT(severities(11),
              ElementsAre(INBOX_SEVERITY_URGENT, INBOX_SEVERITY_URGENT, INBOX_SEVERITY_URGENT));
  EXPECT_THAT(severities(18),
              ElementsAre(INBOX_SEVERITY_OVERDUE, INBOX_SEVERITY_OVERDUE, INBOX_SEVERITY_OVERDUE));
}

TEST(Inbox, ACompanyIsToldOfWhatIsItsOwnToDo) {
  for (int kind = v1::InboxKind_MIN + 1; kind <= v1::InboxKind_MAX; ++kind) {
    const auto item =
        Judge(Of(static_cast<v1::InboxKind>(kind), 95, 1), Reader::kCompany, kToday, Language::kFrench);
    const bool own = kind == v1::INBOX_KIND_SHEET_TO_ATTEST || kind == v1::INBOX_KIND_WINDOW_ENDING;
    EXPECT_EQ(item.has_value(), own) << v1::InboxKind_Name(kind);
  }
}

TEST(Inbox, AnOfficerIsToldOfEveryKind) {
  for (int kind = v1::InboxKind_MIN + 1; kind <= v1::InboxKind_MAX; ++kind) {
    const int due_in = kind == v1::INBOX_KIND_SHEET_TO_ATTEST ? -20 : 1;
    EXPECT_TRUE(
        Judge(Of(static_cast<v1::InboxKind>(kind), 95, due_in), Reader::kOfficer, kToday, Language::kFrench))
        << v1::InboxKind_Name(kind);
  }
}

TEST(Inbox, TheTextSaysWhatItIsAboutAndWhyItIsSevere) {
  const Waiting disputed = Of(v1::INBOX_KIND_SHEET_DISPUTED, 9);
  EXPECT_EQ(Judge(disputed, Reader::kOfficer, kToday, Language::kFrench)->text(),
            "Acme, dossier 12, octobre 2026, Claire Durand\u00A0: 3 demi-journées contestées depuis 9 jours "
            "(réponse "
            "attendue sous 7 jours)");
  EXPECT_EQ(Judge(disputed, Reader::kOfficer, kToday, Language::kEnglish)->text(),
            "Acme, case 12, October 2026, Claire Durand: 3 half-days disputed for 9 days (an answer is due "
            "within 7 days)");
  const auto item = Judge(disputed, Reader::kConsultant, kToday, Language::kFrench);
  EXPECT_EQ(item->due_on(), "2026-11-23");
  EXPECT_EQ(item->since(), "2026-11-16");
}

TEST(Inbox, WhatHurtsFirstComesFirstWhateverTheOrderItIsFoundIn) {
  std::vector<Waiting> waiting;
  for (int kind = v1::InboxKind_MIN + 1; kind <= v1::InboxKind_MAX; ++kind) {
    for (int days = 1; days < 120; days += 7) {
      waiting.push_back(Of(static_cast<v1::InboxKind>(kind), days, days - 60));
      waiting.back().subject += "/" + std::to_string(days);
    }
  }
  const auto places = [&] {
    std::vector<std::string> all;
    for (const auto& item : InboxOf(waiting, Reader::kOfficer, kToday, Language::kFrench))
      all.push_back(PlaceOf(item));
    return all;
  };
  const std::vector<std::string> expected = places();
  EXPECT_TRUE(std::is_sorted(expected.begin(), expected.end()));
  EXPECT_EQ(std::adjacent_find(expected.begin(), expected.end()), expected.end())
      << "no two items share a place";
  std::mt19937 random(4);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(waiting.begin(), waiting.end(), random);
    EXPECT_EQ(places(), expected);
  }
  const auto items = InboxOf(waiting, Reader::kOfficer, kToday, Language::kFrench);
  EXPECT_EQ(items.front().severity(), v1::INBOX_SEVERITY_OVERDUE);
  EXPECT_EQ(items.back().severity(), v1::INBOX_SEVERITY_NOTE);
}

TEST(Reminders, StepsFollowEachOtherAWeekApartAndEnd) {
  const Date ready = Day("2026-10-01");
  EXPECT_FALSE(NextStep(ready, std::nullopt, Day("2026-09-20"))) << "not ready";
  EXPECT_FALSE(NextStep(ready, std::nullopt, Day("2026-10-03")));
  EXPECT_EQ(NextStep(ready, std::nullopt, Day("2026-10-04")), 1);
  EXPECT_EQ(NextStep(ready, std::nullopt, Day("2027-10-04")), 1)
      << "however late, it begins at the beginning";
  EXPECT_FALSE(NextStep(ready, StepTaken{1, Day("2026-10-04")}, Day("2026-10-10")));
  EXPECT_EQ(NextStep(ready, StepTaken{1, Day("2026-10-04")}, Day("2026-10-11")), 2);
  EXPECT_EQ(NextStep(ready, StepTaken{2, Day("2026-10-11")}, Day("2026-10-18")), 3);
  EXPECT_FALSE(NextStep(ready, StepTaken{3, Day("2026-10-18")}, Day("2027-10-18"))) << "then it stops";
}

TEST(Letters, ADigestGroupsBySeverityAndTellsHowManyAreLeft) {
  std::vector<Waiting> waiting;
  for (int n = 0; n < 60; ++n) {
    waiting.push_back(Of(v1::INBOX_KIND_CASE_UNDECIDED, n < 55 ? 40 : 5));
    waiting.back().subject = "case/" + std::to_string(n);
  }
  const auto items = InboxOf(waiting, Reader::kOfficer, kToday, Language::kFrench);
  const Letter letter = DigestLetter(items, v1::FREQUENCY_DAILY, Language::kFrench);
  EXPECT_EQ(letter.subject, "Jalon\u00A0: 60 points vous attendent, dont 55 en retard");
  EXPECT_THAT(letter.text, AllOf(HasSubstr("EN RETARD\n- Acme"), HasSubstr("… et 10 de plus"),
                                 Not(HasSubstr("À SAVOIR"))));
  const Letter english = DigestLetter({items.back()}, v1::FREQUENCY_WEEKLY, Language::kEnglish);
  EXPECT_EQ(english.subject, "Jalon: 1 item waits for you");
  EXPECT_THAT(english.text, AllOf(HasSubstr("TO KNOW\n- "), HasSubstr("once a week")));
}

TEST(Letters, OnlyTheContactHasTheLinkAndTheCode) {
  const auto item =
      *Judge(Of(v1::INBOX_KIND_SHEET_TO_ATTEST, 12, -12), Reader::kCompany, kToday, Language::kFrench);
  const Key key{
      .url = "https://jalon.example/attest/abc", .code = "12345678", .expires_on = Day("2026-12-09")};
  const Letter contact = ReminderLetter(Addressee::kContact, 1, item, "Zoé", key, Language::kFrench);
  EXPECT_EQ(contact.subject, "Feuille d’octobre 2026 à attester, Acme");
  EXPECT_THAT(contact.text, AllOf(HasSubstr("Bonjour Zoé,"), HasSubstr("https://jalon.example/attest/abc\n"),
                                  HasSubstr("1234 5678"), HasSubstr("09/12/2026")));
  for (const Addressee other : {Addressee::kConsultant, Addressee::kOfficer}) {
    const Letter letter = ReminderLetter(other, 2, item, "Claire", key, Language::kFrench);
    EXPECT_THAT(letter.text, AllOf(Not(HasSubstr("attest/abc")), Not(HasSubstr("1234")), HasSubstr("Acme")));
  }
}

TEST(Letters, ANameWritesNoLineOfItsOwn) {
  Waiting sheet = Of(v1::INBOX_KIND_SHEET_TO_ATTEST, 12, -12);
  sheet.company_name = "Acme\nBcc: tous@exemple.fr\n\nPayez ici";
  const auto item = *Judge(sheet, Reader::kCompany, kToday, Language::kFrench);
  for (const Addressee to : {Addressee::kContact, Addressee::kConsultant, Addressee::kOfficer})
    EXPECT_THAT(ReminderLetter(to, 2, item, "Zoé\nX: y", {}, Language::kFrench).text,
                AllOf(Not(HasSubstr("\nBcc")), Not(HasSubstr("\nPayez")), Not(HasSubstr("\nX:"))));
  EXPECT_THAT(DigestLetter({item}, v1::FREQUENCY_DAILY, Language::kFrench).text, Not(HasSubstr("\nBcc")));
}

}  // namespace
}  // namespace jalon::inbox
