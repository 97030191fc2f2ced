// What of the border with PostgreSQL needs no database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/refusal.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "storage/labels.h"
#include "storage/params.h"
#include "storage/sqlstate.h"
#include "storage/text_form.h"
#include "storage/wire_form.h"

namespace jalon::storage {
namespace {

using testing::ElementsAre;
using namespace common::v1;

std::vector<std::string> Elements(std::string_view array) {
  std::vector<std::string> elements;
  ForEachElement(array, [&](const std::string& element) { elements.push_back(element); });
  return elements;
}

TEST(Params, AreWrittenAsPostgresqlReadsThem) {
  const Params params = Params()
                            .Text("a'b")
                            .Int(-12)
                            .Bool(true)
                            .Bytes(std::string("\x00\xff", 2))
                            .Null()
                            .TextOrNull("")
                            .TextOrNull("x")
                            .IntOrNull(0)
                            .IntOrNull(7);
  EXPECT_THAT(params.values(),
              ElementsAre("a'b", "-12", "t", "\\x00ff", std::nullopt, std::nullopt, "x", std::nullopt, "7"));
}

TEST(Params, QuoteEveryTextOfAnArray) {
  const std::vector<std::string> texts = {"plain", "", "NULL", "a,b", "{}", "say \"no\"", "back\\slash", "é"};
  const std::string array = *Params().Array(texts).values()[0];
  EXPECT_EQ(array, R"({"plain","","NULL","a,b","{}","say \"no\"","back\\slash","é"})");
  EXPECT_EQ(Elements(array), texts);
}

TEST(Params, WriteArraysOfOtherTypes) {
  EXPECT_EQ(*Params().Array(std::vector<int64_t>{1, -2}).values()[0], "{1,-2}");
  EXPECT_EQ(*Params().Array(std::vector<int64_t>{}).values()[0], "{}");
  EXPECT_EQ(*Params().Array(std::vector<int>{1, 0}, [](int i) { return i == 1; }).values()[0], "{t,f}");
  EXPECT_EQ(
      *Params()
           .ArrayOrNulls(std::vector<std::string>{"a", "", "NULL"}, [](const auto& text) { return text; })
           .values()[0],
      R"({"a",NULL,"NULL"})");
}

TEST(Params, AreAppendedInTheirOrder) {
  EXPECT_THAT(Params().Int(1).Append(Params().Int(2).Null()).values(), ElementsAre("1", "2", std::nullopt));
}

TEST(Labels, AreTheNamesOfTheContractWithoutTheirType) {
  EXPECT_EQ(EnumLabel(enrolment::v1::CASE_STATE_ADMITTED), "admitted");
  EXPECT_EQ(EnumLabel(calendar::v1::HALF_DAY_STATE_PLANNED), "planned");
  EXPECT_EQ(EnumLabel(enrolment::v1::CASE_STATE_UNSPECIFIED), "");
  EXPECT_EQ(EnumLabel(static_cast<enrolment::v1::CaseState>(99)), "");
  EXPECT_EQ(EnumValue<enrolment::v1::CaseState>("admitted"), enrolment::v1::CASE_STATE_ADMITTED);
}

TEST(LabelsDeathTest, OfAValueTheContractDoesNotKnowEndTheProcess) {
  EXPECT_DEATH(EnumValue<enrolment::v1::CaseState>("eaten"), "has no value eaten");
}

TEST(TextForm, OfArraysIsRead) {
  EXPECT_THAT(Elements("{}"), ElementsAre());
  EXPECT_THAT(Elements("{a}"), ElementsAre("a"));
  EXPECT_THAT(Elements("{32,11}"), ElementsAre("32", "11"));
  EXPECT_THAT(Elements(R"({a,"b c","","d\"e\\"})"), ElementsAre("a", "b c", "", "d\"e\\"));
}

TEST(TextForm, OfArraysCutShortIsReadWithoutLeavingIt) {
  for (const std::string_view array : {"", "{", "{\"", "{\"a", "{\"a\\", "{\"a\\\"", "{,", "}", "{a"})
    Elements(std::string(array));
}

TEST(TextForm, OfBytesIsRead) {
  EXPECT_EQ(FromHex("\\x00ff0a"), std::string("\x00\xff\x0a", 3));
  EXPECT_EQ(FromHex("\\x"), "");
  EXPECT_EQ(FromHex(HexBytes("é\n")), "é\n");
}

TEST(TextForm, OfTimestampsIsReadToTheMicrosecond) {
  const Instant at = ParseInstant("2026-03-14 09:26:53.589793+00");
  EXPECT_EQ(at.seconds, 1773480413);
  EXPECT_EQ(at.nanos, 589793000);
  const Instant whole = ParseInstant("1970-01-01 00:00:01+00");
  EXPECT_EQ(whole.seconds, 1);
  EXPECT_EQ(whole.nanos, 0);
  const Instant tenth = ParseInstant("1969-12-31 23:59:59.5+00");
  EXPECT_EQ(tenth.seconds, -1);
  EXPECT_EQ(tenth.nanos, 500000000);
}

TEST(WireForm, WritesFieldsByTheirType) {
  std::string wire;
  const auto append = [&wire](const char* column, std::string_view text) {
    ColumnForm(enrolment::v1::Case::descriptor(), column).Append(text, &wire);
  };
  append("case_id", "12");
  append("state", "admitted");
  append("siren", "732829320");
  append("granted_half_days", "100");
  append("updated_at", "1970-01-01 00:00:01+00");
  append("facts.turnover", "-123456");
  append("facts.independent", "t");
  enrolment::v1::Case c;
  ASSERT_TRUE(c.ParseFromString(wire));
  EXPECT_EQ(c.case_id(), 12);
  EXPECT_EQ(c.state(), enrolment::v1::CASE_STATE_ADMITTED);
  EXPECT_EQ(c.siren(), "732829320");
  EXPECT_EQ(c.granted_half_days(), 100);
  EXPECT_EQ(c.updated_at().seconds(), 1);
  EXPECT_EQ(c.facts().turnover().cents(), -123456);
  EXPECT_EQ(c.facts().turnover().currency(), "");
  EXPECT_TRUE(c.facts().independent());
}

TEST(TextFormDeathTest, ThatIsNotOneEndsTheProcess) {
  EXPECT_DEATH(ParseInt("12a"), "not an integer: 12a");
  EXPECT_DEATH(ParseInt(""), "not an integer");
}

// ---- What an error of the server means.

Fault Of(std::string_view state, std::string_view message = "ERROR:  something") {
  return FaultOfState(state, message, "statement");
}

TEST(Fault, RaisedByCommonRefuseIsTheRefusalItNames) {
  const Fault fault =
      Of("JL001", "ERROR:  CASE_NOT_FOUND {\"case_id\": \"12\"}\nCONTEXT:  PL/pgSQL function");
  EXPECT_EQ(ReasonOf(fault.status), REASON_CASE_NOT_FOUND);
  EXPECT_EQ(MetadataOf(fault.status), (Metadata{{"case_id", "12"}}));
  EXPECT_FALSE(fault.again || fault.broken || fault.cancelled);
  EXPECT_EQ(ReasonOf(Of("JL001", "ERROR:  REQUEST_ID_REUSED {}").status), REASON_REQUEST_ID_REUSED);
}

TEST(Fault, ReadsMetadataAsPostgresqlWritesJson) {
  const Fault fault =
      Of("JL001", R"(ERROR:  INVALID_REQUEST {"a": "say \"no\" \\ {x}", "b": "1\n2\t3", "c": null, )"
                  R"("d": "é:,", "e": "\u001f\u0041", "f": ""})");
  EXPECT_EQ(MetadataOf(fault.status), (Metadata{{"a", "say \"no\" \\ {x}"},
                                                {"b", "1\n2\t3"},
                                                {"d", "é:,"},
                                                {"e",
                                                 "\x1f"
                                                 "A"},
                                                {"f", ""}}));
}

TEST(Fault, OfAReasonThatIsNoneIsInternal) {
  EXPECT_EQ(ReasonOf(Of("JL001", "ERROR:  NO_SUCH_REASON {}").status), REASON_INTERNAL);
  EXPECT_EQ(ReasonOf(Of("JL001", "").status), REASON_INTERNAL);
}

TEST(Fault, OfContentionIsRunAgain) {
  for (const std::string_view state : {"40001", "40P01", "55P03"}) {
    EXPECT_EQ(ReasonOf(Of(state).status), REASON_CONTENDED) << state;
    EXPECT_TRUE(Of(state).again) << state;
  }
  const std::string_view twice = "ERROR:  duplicate key value violates unique constraint \"request_once\"";
  EXPECT_TRUE(Of("23505", twice).again);
  EXPECT_FALSE(Of("23505", "ERROR:  duplicate key value violates unique constraint \"other\"").again);
}

TEST(Fault, OfAnAbsentDatabaseBreaksTheConnection) {
  for (const std::string_view state : {"08000", "08006", "57P01", "57P02", "57P03", "53300", "25006"}) {
    EXPECT_EQ(ReasonOf(Of(state).status), REASON_DATABASE_AWAY) << state;
    EXPECT_TRUE(Of(state).broken) << state;
  }
}

TEST(Fault, OfACancelledStatementSaysSo) {
  EXPECT_TRUE(Of("57014").cancelled);
  EXPECT_EQ(ReasonOf(Of("57014").status), REASON_DEADLINE_PASSED);
}

TEST(Fault, NeverTellsACallerWhatTheDriverSaid) {
  for (const std::string_view state : {"23505", "23514", "42501", "42601", "XX000", ""}) {
    const Fault fault = Of(state, "ERROR:  relation \"secret\" SELECT password");
    EXPECT_EQ(ReasonOf(fault.status), REASON_INTERNAL) << state;
    EXPECT_THAT(fault.status.ToString(), testing::Not(testing::HasSubstr("secret"))) << state;
  }
}

TEST(Fault, OfAnUnknownExceptionIsInternalAndTrustsNoConnection) {
  const Fault fault = FaultOf(std::runtime_error("odd"), "statement");
  EXPECT_EQ(ReasonOf(fault.status), REASON_INTERNAL);
  EXPECT_TRUE(fault.broken);
  EXPECT_EQ(ReasonOf(FaultOf(std::runtime_error("Connection lost"), "statement").status),
            REASON_DATABASE_AWAY);
}

}  // namespace
}  // namespace jalon::storage
