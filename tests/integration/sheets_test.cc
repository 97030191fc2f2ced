#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// Sheets, as an officer and a company meet them: what stands on which, who signed, what is unusual.
namespace jalon::test {
namespace {

using namespace calendar::v1;
using common::v1::HALF_AFTERNOON;
using common::v1::HALF_MORNING;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Sheets : public ::testing::Test {
 protected:
  Sheets() {
    case_id_ = programme_.GivenCaseWithGrant(HalfDays{60});
    consultant_ = programme_.GivenConsultant();
    programme_.GivenAssignment(case_id_, consultant_);
  }
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  HalfDayEntry Entry(const char* date, common::v1::Half half = HALF_MORNING) const {
    auto entry = EntryOf(case_id_, consultant_, {date, half});
    entry.set_note("Atelier");
    entry.set_non_working_day_confirmed(true);
    return entry;
  }
  std::string GivenPerformed(const char* date, common::v1::Half half = HALF_MORNING) {
    const auto entry = Entry(date, half);
    EXPECT_THAT(Record(programme_.officer(), entry), IsAccepted());
    return entry.half_day_id();
  }

  GetSheetResponse Sheet(const char* month) {
    GetSheetRequest request;
    request.set_case_id(case_id_);
    request.set_consultant_id(consultant_);
    request.set_month(month);
    return programme_.Must<GetSheetResponse>("CalendarService.GetSheet", request);
  }
  // Of the half-days of a sheet, by their order: the names of what is unusual.
  std::vector<std::string> UnusualOf(const char* month) {
    std::vector<std::string> told;
    const GetSheetResponse sheet = Sheet(month);
    for (const auto& half_day : sheet.half_days()) {
      told.emplace_back();
      for (const int unusual : half_day.unusual())
        if (unusual != UNUSUAL_LATE)  // all dates of these tests are long past
          told.back() += Unusual_Name(static_cast<Unusual>(unusual)).substr(8) + " ";
    }
    return told;
  }
  bool Verifies(const std::string& code) {
    CheckSheetRequest request;
    request.set_case_id(case_id_);
    request.set_consultant_id(consultant_);
    request.set_month("2024-03");
    request.set_code(code);
    return programme_.Must<CheckSheetResponse>("CalendarService.CheckSheet", request).genuine();
  }

  Programme programme_{World::stack()};
  int64_t case_id_ = 0, consultant_ = 0;
};

TEST_F(Sheets, TellWhatIsUnusual) {
  GivenPerformed("2024-05-01");  // a Wednesday
  GivenPerformed("2024-05-05");  // a Sunday
  auto silent = Entry("2024-05-07");
  silent.set_note("");
  ASSERT_THAT(Record(programme_.officer(), silent), IsAccepted());
  GivenPerformed("2024-05-21");
  EXPECT_THAT(UnusualOf("2024-05"), ElementsAre("HOLIDAY ", "WEEKEND ", "NOTE_MISSING ", ""));
}

TEST_F(Sheets, CountDaysInARowAcrossCasesAndMonths) {
  const int64_t other = programme_.GivenCaseWithGrant(HalfDays{10});
  programme_.GivenAssignment(other, consultant_);
  // From Tuesday 27 February: five days here, then two more for another company.
  for (const char* date : {"2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"})
    GivenPerformed(date);
  EXPECT_THAT(UnusualOf("2024-03"), ElementsAre("", "WEEKEND "));
  for (const char* date : {"2024-03-03", "2024-03-04"}) {
    auto entry = EntryOf(other, consultant_, {date, HALF_MORNING});
    entry.set_non_working_day_confirmed(true);
    ASSERT_THAT(Record(programme_.officer(), entry), IsAccepted());
  }
  EXPECT_THAT(UnusualOf("2024-02"), ElementsAre("LONG_RUN ", "LONG_RUN ", "LONG_RUN "));
  EXPECT_THAT(UnusualOf("2024-03"), ElementsAre("LONG_RUN ", "WEEKEND LONG_RUN "));
}

TEST_F(Sheets, CountHalfDaysOfAWeek) {
  for (const char* date : {"2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07", "2024-03-08"})
    for (const auto half : {HALF_MORNING, HALF_AFTERNOON}) GivenPerformed(date, half);
  EXPECT_THAT(UnusualOf("2024-03"), ::testing::Each(std::string()));
  GivenPerformed("2024-03-09");
  const auto told = UnusualOf("2024-03");
  ASSERT_THAT(told, SizeIs(11));
  EXPECT_EQ(told.front(), "OVER_LOAD ");
  EXPECT_EQ(told.back(), "WEEKEND OVER_LOAD ");
}

TEST_F(Sheets, OnlyALateRecordIsLate) {
  const std::string today = Today().ToIso();
  const int64_t case_id =
      programme_.GivenCaseWithGrant(HalfDays{4}, Date::Parse(today)->AddDays(-60).ToIso());
  programme_.GivenAssignment(case_id, consultant_);
  const auto lateness = [&](int days) {
    auto entry = EntryOf(case_id, consultant_, {Date::Parse(today)->AddDays(-days).ToIso(), HALF_MORNING});
    entry.set_non_working_day_confirmed(true);
    entry.set_note("Atelier");
    EXPECT_THAT(Record(programme_.officer(), entry), IsAccepted());
    ListSheetsRequest request;
    request.mutable_filter()->set_case_id(case_id);
    request.mutable_filter()->set_month(entry.date().substr(0, 7));
    int late = 0;
    const auto listed = programme_.Must<ListSheetsResponse>("CalendarService.ListSheets", request);
    for (const auto& sheet : listed.sheets())
      for (const int unusual : sheet.unusual()) late += unusual == UNUSUAL_LATE ? 1 : 0;
    return late;
  };
  EXPECT_EQ(lateness(30), 0);
  EXPECT_EQ(lateness(31), 1);
}

TEST_F(Sheets, BearBothSignaturesAndACodeOfWhatTheySay) {
  const std::string first = GivenPerformed("2024-03-04"), second = GivenPerformed("2024-03-05");
  const std::string before = Sheet("2024-03").code();
  EXPECT_TRUE(Verifies(before));
  ASSERT_THAT(Attest(programme_.officer(), first), IsAccepted());
  EXPECT_FALSE(Verifies(before)) << "a signature is part of what the code says";
  ASSERT_THAT(Approve(programme_.officer(), first), IsAccepted());
  ASSERT_THAT(Attest(programme_.officer(), second), IsAccepted());
  ASSERT_THAT(Reopen(programme_.officer(), second), IsAccepted());

  const auto sheet = Sheet("2024-03");
  ASSERT_EQ(sheet.half_days_size(), 2);
  EXPECT_EQ(sheet.half_days(0).attested_by(), "officer");
  EXPECT_EQ(sheet.half_days(0).approved_by(), "officer");
  EXPECT_LE(sheet.half_days(0).attested_at().seconds(), sheet.half_days(0).approved_at().seconds());
  EXPECT_THAT(sheet.half_days(1).attested_by(), IsEmpty()) << "what was taken back is no signature";
  EXPECT_EQ(sheet.sheet().state(), SHEET_STATE_PERFORMED);
  std::string typed = sheet.code();
  typed.erase(4, 1);
  for (char& c : typed) c = static_cast<char>(std::tolower(c));
  EXPECT_TRUE(Verifies(typed)) << typed;

  GetSheetDocumentRequest render;
  render.set_case_id(case_id_);
  render.set_consultant_id(consultant_);
  render.set_month("2024-03");
  EXPECT_EQ(programme_.Must<GetSheetDocumentResponse>("CalendarService.GetSheetDocument", render)
                .pdf()
                .substr(0, 5),
            "%PDF-");
}

TEST_F(Sheets, ADisputeEndsWhenTheCompanyAttests) {
  const std::string id = GivenPerformed("2024-03-04");
  ASSERT_THAT(Attest(programme_.officer(), id), IsAccepted());
  ASSERT_THAT(Dispute(programme_.officer(), id), IsAccepted());
  EXPECT_EQ(Sheet("2024-03").sheet().state(), SHEET_STATE_DISPUTED);
  EXPECT_EQ(Sheet("2024-03").half_days(0).dispute(), "essai");
  EXPECT_THAT(Approve(programme_.officer(), id), HasReason(REASON_HALF_DAY_DISPUTED));
  ASSERT_THAT(Attest(programme_.officer(), id), IsAccepted());
  EXPECT_EQ(Sheet("2024-03").half_days(0).dispute(), "");
  EXPECT_THAT(Approve(programme_.officer(), id), IsAccepted());
  EXPECT_EQ(Sheet("2024-03").sheet().state(), SHEET_STATE_APPROVED);
  EXPECT_THAT(Dispute(programme_.officer(), id), HasReason(REASON_HALF_DAY_STATE));
}

TEST_F(Sheets, AHalfDayTellsItsLife) {
  const auto entry = Entry("2024-01-30");
  ASSERT_THAT(Plan(programme_.officer(), entry), IsAccepted());
  ASSERT_THAT(Reschedule(programme_.officer(), entry.half_day_id(), {"2024-01-31", HALF_AFTERNOON}),
              IsAccepted());
  ASSERT_THAT(LockMonth(programme_.officer(), programme_.code(), "2024-01"), IsAccepted());
  auto moved = entry;
  moved.set_date("2024-01-31");
  moved.set_half(HALF_AFTERNOON);
  ASSERT_THAT(Record(programme_.officer(), moved), IsAccepted());
  ASSERT_THAT(Dispute(programme_.officer(), entry.half_day_id()), IsAccepted());
  ASSERT_THAT(Cancel(programme_.officer(), entry.half_day_id()), IsAccepted());

  GetHalfDayRequest request;
  request.set_half_day_id(entry.half_day_id());
  const auto life = programme_.Must<GetHalfDayResponse>("CalendarService.GetHalfDay", request);
  std::vector<HalfDayAction> actions;
  for (const auto& step : life.history()) {
    actions.push_back(step.action());
    EXPECT_EQ(step.by(), "officer");
  }
  EXPECT_THAT(actions,
              ElementsAre(HALF_DAY_ACTION_PLANNED, HALF_DAY_ACTION_RESCHEDULED, HALF_DAY_ACTION_ROLLED,
                          HALF_DAY_ACTION_PERFORMED, HALF_DAY_ACTION_DISPUTED, HALF_DAY_ACTION_CANCELLED));
  EXPECT_EQ(life.history(1).from_date(), "2024-01-30");
  EXPECT_EQ(life.history(1).from_half(), HALF_MORNING);
  EXPECT_EQ(life.history(2).sheet_month(), "2024-02");
  EXPECT_EQ(life.history(4).reason(), "essai");
  EXPECT_EQ(life.half_day().sheet_month(), "2024-02");
  EXPECT_EQ(life.half_day().date(), "2024-01-31") << "the date stays true";
}

TEST_F(Sheets, WhatIsEnteredAfterTheLockGoesToTheNextMonthWithItsDate) {
  const std::string settled = GivenPerformed("2024-01-15"), waiting = GivenPerformed("2024-01-16");
  ASSERT_THAT(Attest(programme_.officer(), settled), IsAccepted());
  ASSERT_THAT(Approve(programme_.officer(), settled), IsAccepted());

  LockMonthRequest lock;
  lock.set_request_id(NewId());
  lock.set_programme(programme_.code());
  lock.set_month("2024-01");
  lock.set_validate_only(true);
  const auto tried = programme_.Must<LockMonthResponse>("CalendarService.LockMonth", lock);
  EXPECT_EQ(Sheet("2024-01").sheet().half_days(), 2) << "a preview locks nothing";
  lock.set_validate_only(false);
  lock.set_request_id(NewId());
  const auto done = programme_.Must<LockMonthResponse>("CalendarService.LockMonth", lock);
  EXPECT_EQ(tried.rolled_half_days(), 1);
  EXPECT_EQ(done.rolled_half_days(), 1);
  ASSERT_EQ(done.rolled_size(), 1);
  EXPECT_EQ(done.rolled(0).case_id(), case_id_);
  EXPECT_EQ(done.month().locked_by(), "officer");

  GivenPerformed("2024-01-17");
  EXPECT_EQ(Sheet("2024-01").sheet().half_days(), 1);
  EXPECT_TRUE(Sheet("2024-01").sheet().locked());
  EXPECT_EQ(Sheet("2024-02").sheet().half_days(), 2);
  EXPECT_THAT(ApproveSheet(programme_.officer(), case_id_, consultant_, "2024-01"),
              HasReason(REASON_MONTH_LOCKED));
  // A retry of the same request reads the first answer.
  EXPECT_EQ(programme_.Must<LockMonthResponse>("CalendarService.LockMonth", lock).SerializeAsString(),
            done.SerializeAsString());
}

TEST_F(Sheets, AreApprovedAsTheyWereRead) {
  const std::string id = GivenPerformed("2024-03-04");
  ASSERT_THAT(Attest(programme_.officer(), id), IsAccepted());
  ApproveSheetsRequest request;
  auto& sheet = *request.add_sheets();
  sheet.set_case_id(case_id_);
  sheet.set_consultant_id(consultant_);
  sheet.set_month("2024-03");
  sheet.set_etag(Sheet("2024-03").sheet().etag());
  const std::string late = GivenPerformed("2024-03-05");
  ASSERT_THAT(Attest(programme_.officer(), late), IsAccepted());
  request.set_request_id(NewId());
  EXPECT_THAT(programme_.Try<ApproveSheetsResponse>("CalendarService.ApproveSheets", request),
              HasReason(REASON_STALE_ETAG));
  sheet.set_etag(Sheet("2024-03").sheet().etag());
  GivenPerformed("2024-04-02");  // another sheet: of no matter here
  request.set_request_id(NewId());
  const auto answer = programme_.Must<ApproveSheetsResponse>("CalendarService.ApproveSheets", request);
  EXPECT_EQ(answer.sheets(0).approved(), 2);
  EXPECT_EQ(answer.sheets(0).left(), 0);
}

// Pages of a list that puts the unusual first are the list, whatever their size.
TEST_F(Sheets, PageWithTheUnusualOnesFirst) {
  for (int i = 0; i < 7; ++i) {
    const int64_t consultant = programme_.GivenConsultant();
    programme_.GivenAssignment(case_id_, consultant);
    for (int n = 0; n <= i; ++n) {
      auto entry = EntryOf(case_id_, consultant, NthWorkingHalfDay(n));
      entry.set_note(n < i / 2 ? "" : "Atelier");
      ASSERT_THAT(Record(programme_.officer(), entry), IsAccepted());
    }
  }
  ListSheetsRequest request;
  request.mutable_filter()->set_case_id(case_id_);
  const auto whole = programme_.Must<ListSheetsResponse>("CalendarService.ListSheets", request);
  ASSERT_EQ(whole.sheets_size(), 7);
  for (int i = 1; i < 7; ++i)
    EXPECT_GE(whole.sheets(i - 1).unusual_half_days(), whole.sheets(i).unusual_half_days());
  request.set_page_size(2);
  ListSheetsResponse paged;
  do {
    const auto page = programme_.Must<ListSheetsResponse>("CalendarService.ListSheets", request);
    paged.mutable_sheets()->MergeFrom(page.sheets());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());

  ListSheetsResponse expected = whole;
  expected.clear_next_page_token();
  EXPECT_EQ(paged.ShortDebugString(), expected.ShortDebugString());
  EXPECT_THAT(programme_.Try<ListSheetsResponse>("CalendarService.ListSheets", ListSheetsRequest()),
              HasReason(REASON_INVALID_REQUEST));
}

}  // namespace
}  // namespace jalon::test
