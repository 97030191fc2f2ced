#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "clients/cli/csv_writer.h"
#include "clients/cli/printer.h"
#include "clients/cli/terminal.h"
#include "clients/cli/values.h"
#include "clients/cli/views.h"
#include "clients/rpc/contracts.h"
#include "jalon/assignment/v1/assignment_service.pb.h"
#include "jalon/audit/v1/audit_service.pb.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::cli {
namespace {

using enum Language;
using ::testing::HasSubstr;
using ::testing::Not;

enrolment::v1::Case SomeCase() {
  enrolment::v1::Case result;
  result.set_case_id(42);
  result.set_siren("732829320");
  result.set_company_name("Atelier Élodie");
  result.set_state(enrolment::v1::CASE_STATE_ADMITTED);
  result.set_granted_half_days(3);
  result.mutable_facts()->mutable_turnover()->set_cents(1'300'000);
  result.mutable_facts()->set_headcount_hundredths(12'050);
  result.mutable_facts()->set_independent(true);
  result.mutable_updated_at()->set_seconds(1'700'000'000);
  return result;
}

// Whoever reads a table works in France, wherever the command runs; the offset tells which hour it was.
TEST(FormatField, ShowsInstantsInTheTimeOfParis) {
  enrolment::v1::Case winter, summer;
  winter.mutable_updated_at()->set_seconds(1'768'478'400);  // 2026-01-15T12:00:00Z
  summer.mutable_updated_at()->set_seconds(1'784'116'799);  // 2026-07-15T11:59:59Z
  for (const char* zone : {"UTC", "America/New_York"}) {
    setenv("TZ", zone, 1);
    tzset();
    EXPECT_EQ(FormatField(winter, "updated_at", kFrench), "2026-01-15 13:00:00 +01:00");
    EXPECT_EQ(FormatField(summer, "updated_at", kEnglish), "2026-07-15 13:59:59 +02:00");
  }
  EXPECT_THAT(Json(winter, false), HasSubstr("2026-01-15T12:00:00Z"));
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("Élodie"), 6);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(DisplayWidth("1\u202F000\u00A0€"), 7);
}

TEST(Printable, DisarmsWhatCouldCommandATerminal) {
  EXPECT_EQ(Printable("a\x1b[31mb\nc"), "a [31mb c");
  EXPECT_EQ(Printable("a\u202Eb"), "a b");
  EXPECT_EQ(Printable("a\xFFz"), "a\uFFFDz");
}

TEST(Shortened, CutsByColumns) {
  EXPECT_EQ(Shortened("abcdef", 4), "abc…");
  EXPECT_EQ(Shortened("éééé", 4), "éééé");
}

TEST(Table, AlignsByWidthAndDropsEmptyColumns) {
  Table table({{"Nom"}, {"Vide"}, {"Prix", true}});
  table.Add({"Élodie", "", "1 €"});
  table.Add({"Jo", "", "1\u202F000 €"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(),
            "Nom        Prix\n"
            "──────  ───────\n"
            "Élodie      1 €\n"
            "Jo      1\u202F000 €\n");
}

TEST(CsvCell, QuotesAsRfc4180Asks) {
  EXPECT_EQ(CsvCell("plain"), "plain");
  EXPECT_EQ(CsvCell("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvCell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(CsvCell("two\nlines"), "\"two\nlines\"");
}

TEST(CsvCell, DefusesFormulasButNotNumbers) {
  EXPECT_EQ(CsvCell("=1+1"), "'=1+1");
  EXPECT_EQ(CsvCell("+33 3 20"), "'+33 3 20");
  EXPECT_EQ(CsvCell("-cmd"), "'-cmd");
  EXPECT_EQ(CsvCell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(CsvCell("\t=1"), "'\t=1");
  EXPECT_EQ(CsvCell("-12.50"), "-12.50");
  EXPECT_EQ(CsvCell("+5"), "+5");
  EXPECT_EQ(CsvCell("-1-1"), "'-1-1");
  EXPECT_EQ(CsvCell("-"), "'-");
}

TEST(FormatField, SpeaksTheFieldsWordsInBothLanguages) {
  const enrolment::v1::Case some_case = SomeCase();
  EXPECT_EQ(FormatField(some_case, "state", kFrench), "admis");
  EXPECT_EQ(FormatField(some_case, "state", kEnglish), "admitted");
  EXPECT_EQ(FormatField(some_case, "granted_half_days", kFrench), "1,5 jour");
  EXPECT_EQ(FormatField(some_case, "granted_half_days", kEnglish), "1.5 days");
  EXPECT_EQ(FormatField(some_case, "facts.turnover", kFrench), "13\u202F000,00\u00A0€");
  EXPECT_EQ(FormatField(some_case, "facts.turnover", kEnglish), "€13,000.00");
  EXPECT_EQ(FormatField(some_case, "facts.headcount_hundredths", kFrench), "120,5");
  EXPECT_EQ(FormatField(some_case, "facts.independent", kFrench), "oui");
  EXPECT_EQ(FormatField(some_case, "facts.balance_sheet", kFrench), "")
      << "an amount that is not set is not zero";
  EXPECT_EQ(FormatField(enrolment::v1::Case(), "facts.turnover", kFrench), "");
}

TEST(PrintAnswer, WritesCsvWithTheContractsNamesAndEveryField) {
  enrolment::v1::ListCasesResponse answer;
  *answer.add_cases() = SomeCase();
  answer.mutable_cases(0)->set_reason("=HYPERLINK(\"x\")");
  std::ostringstream out;
  PrintAnswer(out, Format::kCsv, kFrench, answer);
  EXPECT_EQ(
      out.str(),
      "case_id,programme,siren,company_name,state,applied_on,admitted_on,granted_half_days,window_ends_on,"
      "facts.headcount_hundredths,facts.turnover,facts.balance_sheet,facts.year_closed_on,facts.independent,"
      "facts.site_headcount_hundredths,facts.group_headcount_hundredths,facts.statuses,"
      "size_class,department,region,reason,etag,updated_at,group_headcount_hundredths\r\n"
      "42,,732829320,Atelier Élodie,admitted,,,3,,12050,13000.00,,,true,,,,,,,\"'=HYPERLINK(\"\"x\"\")\",,"
      "2023-11-14T22:13:20Z,\r\n");
}

TEST(PrintAnswer, WritesJsonWithTheContractsNames) {
  enrolment::v1::GetCaseResponse answer;
  *answer.mutable_case_() = SomeCase();
  std::ostringstream out;
  PrintAnswer(out, Format::kJson, kFrench, answer);
  EXPECT_THAT(out.str(), HasSubstr("\"granted_half_days\": 3"));
  EXPECT_THAT(out.str(), HasSubstr("\"state\": \"CASE_STATE_ADMITTED\""));
}

TEST(PrintAnswer, ShowsASummaryWithItsTotalUnderARule) {
  funding::v1::SummarizeFundingResponse answer;
  auto& row = *answer.add_rows();
  row.set_funder("bpifrance");
  row.mutable_paid()->set_cents(100);
  row.set_cases(2);
  row.set_companies(1);
  answer.mutable_total()->mutable_paid()->set_cents(100);
  answer.mutable_total()->set_cases(2);
  answer.mutable_total()->set_companies(1);
  std::ostringstream out;
  PrintAnswer(out, Format::kTable, kEnglish, answer);
  EXPECT_EQ(out.str(),
            "Funder     Cases  Companies  Accompaniment   Paid\n"
            "─────────  ─────  ─────────  ─────────────  ─────\n"
            "bpifrance      2          1         0 days  €1.00\n"
            "─────────  ─────  ─────────  ─────────────  ─────\n"
            "               2          1         0 days  €1.00\n");
}

TEST(RowPrinter, WritesOneJsonDocumentWhateverTheRows) {
  std::ostringstream none, two;
  RowPrinter(none, Format::kJson, kFrench, enrolment::v1::Case::descriptor(), "cases").Finish();
  EXPECT_EQ(none.str(), "{\"cases\":[\n]}\n");
  {
    RowPrinter rows(two, Format::kJson, kFrench, enrolment::v1::Case::descriptor(), "cases");
    rows.Add(SomeCase());
    rows.Add(SomeCase());
  }
  EXPECT_THAT(two.str(), HasSubstr("},\n{"));
}

TEST(RowPrinter, PrintsNothingForACallThatWasRefused) {
  std::ostringstream out;
  {
    RowPrinter rows(out, Format::kCsv, kFrench, enrolment::v1::Case::descriptor(), "cases");
    rows.Abandon();
  }
  EXPECT_EQ(out.str(), "");
}

TEST(PrintAnswer, NamesPhasesByTheTitlesThatComeAlong) {
  calendar::v1::GetSheetResponse answer;
  answer.mutable_sheet()->set_case_id(1);
  answer.add_half_days()->set_phase("diagnosis");
  auto& title = *answer.add_phases();
  title.set_phase("diagnosis");
  title.set_title_fr("Diagnostic");
  title.set_title_en("Diagnosis");
  std::ostringstream french, csv;
  PrintAnswer(french, Format::kTable, kFrench, answer);
  EXPECT_THAT(french.str(), HasSubstr("Diagnostic"));
  EXPECT_THAT(french.str(), Not(HasSubstr("diagnosis")));
  EXPECT_THAT(french.str(), Not(HasSubstr("title")));
  PrintAnswer(csv, Format::kJson, kFrench, answer);
  EXPECT_THAT(csv.str(), HasSubstr("\"diagnosis\"")) << "programs have the code";
}

TEST(PrintAnswer, TellsADisputeWhereItIsTheStateOfAHalfDay) {
  calendar::v1::ListHalfDaysResponse answer;
  auto& half_day = *answer.add_half_days();
  half_day.set_state(calendar::v1::HALF_DAY_STATE_PERFORMED);
  half_day.set_dispute("absent");
  std::ostringstream out;
  PrintAnswer(out, Format::kTable, kFrench, answer);
  EXPECT_THAT(out.str(), HasSubstr("contestée"));
  EXPECT_THAT(out.str(), Not(HasSubstr("réalisée")));
}

TEST(FormatField, HasWordsForWhatPeopleRead) {
  funding::v1::LedgerEntry entry;
  entry.set_account("reserved:bpifrance");
  EXPECT_EQ(FormatField(entry, "account", kFrench), "engagé (bpifrance)");
  EXPECT_THAT(FlatValues(entry), ::testing::Contains("reserved:bpifrance")) << "programs have the account";
  audit::v1::Event event;
  event.set_action("half_day.approved");
  event.set_details("{}");
  EXPECT_EQ(FormatField(event, "action", kFrench), "demi-journée approuvée");
  EXPECT_EQ(FormatField(event, "details", kFrench), "");
  funding::v1::ImpactRefusal refusal;
  refusal.set_reason("DAYS_OVER_GRANT");
  EXPECT_EQ(FormatField(refusal, "reason", kFrench), "La convention dépasse les … demi-journées accordées.");
}

// Every value that a person may be shown has a word of the field, in French too.
TEST(EnumLabel, KnowsTheDimensionsAndPostings) {
  for (const auto* type : {funding::v1::Dimension_descriptor(), funding::v1::PostingKind_descriptor()})
    for (int i = 1; i < type->value_count(); ++i)
      EXPECT_THAT(type->value(i)->name() + " " + EnumLabel(*type->value(i), kFrench),
                  Not(::testing::AnyOf(HasSubstr(" sector"), HasSubstr(" amendment"), HasSubstr(" release"),
                                       HasSubstr(" department"))));
}

TEST(CountForPeople, GroupsThousands) {
  EXPECT_EQ(CountForPeople(6936, kFrench), "6\u202F936");
  EXPECT_EQ(CountForPeople(-1234567, kEnglish), "-1,234,567");
  EXPECT_EQ(CountForPeople(999, kFrench), "999");
}

TEST(Views, NameOnlyFieldsThatTheContractsHave) {
  AllServices();
  for (const View& view : AllViews()) {
    const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(view.type);
    ASSERT_NE(type, nullptr) << view.type;
    for (const auto& columns : {view.list, view.single}) {
      for (const Column& column : columns)
        EXPECT_NE(FindField(type, column.path), nullptr) << view.type << "." << column.path;
    }
  }
}

struct Typed {
  Kind kind;
  const char* text;
  const char* normal;  // null: refused
};

TEST(Normalise, ReadsWhatPeopleType) {
  for (const Typed& typed :
       {Typed{Kind::kDate, "2026-03-14", "2026-03-14"},
        {Kind::kDate, "14/03/2026", "2026-03-14"},
        {Kind::kDate, "2026-02-30", nullptr},
        {Kind::kDate, "0000-01-01", nullptr},
        {Kind::kMonth, "03/2026", "2026-03"},
        {Kind::kMonth, "2026-13", nullptr},
        {Kind::kEuros, "1 300,50", "130050"},
        {Kind::kEuros, "abc", nullptr},
        {Kind::kHeadcount, "120", "12000"},
        {Kind::kHeadcount, "35,5", "3550"},
        {Kind::kHeadcount, "-3", nullptr},
        {Kind::kDays, "10", "20"},
        {Kind::kDays, "7,5", "15"},
        {Kind::kDays, "7,3", nullptr},
        {Kind::kInteger, "12", "12"},
        {Kind::kInteger, "99999999999999999999", nullptr},
        {Kind::kInteger, "1.5", nullptr},
        {Kind::kSiren, "732 829 320", "732829320"},
        {Kind::kSiren, "732829321", nullptr},
        {Kind::kSiren, "73282932000074", nullptr},
        {Kind::kRegion, "32", "32"},
        {Kind::kRegion, "Hauts", nullptr},
        {Kind::kUuid, "00000000-0000-4000-8000-00000000000A", "00000000-0000-4000-8000-00000000000a"},
        {Kind::kUuid, "x", nullptr}}) {
    for (const Language language : {kFrench, kEnglish}) {
      const auto result = Normalise(typed.kind, typed.text, language);
      if (typed.normal != nullptr) {
        ASSERT_TRUE(std::holds_alternative<Normal>(result)) << typed.text;
        EXPECT_EQ(std::get<Normal>(result).value, typed.normal);
      } else {
        ASSERT_TRUE(std::holds_alternative<Problem>(result)) << typed.text;
        EXPECT_NE(std::get<Problem>(result).sentence, "");
      }
    }
  }
}

TEST(Normalise, TakesAHalfOfTheWeekHoweverItIsJoined) {
  const auto* works = assignment::v1::Consultant::descriptor()->FindFieldByName("working_halves");
  for (const char* text : {"monday-morning", "monday_morning", "Monday morning", "lundi-matin", "lundi_matin",
                           "Lundi matin", "lundi:am", "monday:am"}) {
    const auto result = Normalise(Kind::kEnum, text, kFrench, works);
    ASSERT_TRUE(std::holds_alternative<Normal>(result)) << text;
    EXPECT_EQ(std::get<Normal>(result).value, "WORKING_HALF_MONDAY_MORNING");
  }
}

TEST(Normalise, TakesAnEnumsWordInEitherLanguage) {
  const auto* state = enrolment::v1::Case::descriptor()->FindFieldByName("state");
  for (const char* text : {"admitted", "admis", "ADMITTED"}) {
    const auto result = Normalise(Kind::kEnum, text, kFrench, state);
    ASSERT_TRUE(std::holds_alternative<Normal>(result)) << text;
    EXPECT_EQ(std::get<Normal>(result).value, "CASE_STATE_ADMITTED");
  }
  EXPECT_TRUE(std::holds_alternative<Problem>(Normalise(Kind::kEnum, "unspecified", kFrench, state)));
}

}  // namespace
}  // namespace jalon::cli
