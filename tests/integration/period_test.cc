#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// Law 10: a closed period never changes; a late correction lands in the next one.
namespace jalon::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Period : public ::testing::Test {
 protected:
  Outcome Close(const std::string& month, Client* client = nullptr) {
    funding::v1::ClosePeriodRequest request;
    request.set_request_id(NewId());
    request.set_programme(code_);
    request.set_month(month);
    Client& caller = client == nullptr ? programme_.officer() : *client;
    return Outcome::Of(
        caller.Call<funding::v1::ClosePeriodResponse>("FundingService.ClosePeriod", request, Patient())
            .status());
  }
  std::string Frozen(const std::string& month) {
    funding::v1::GetPeriodRequest request;
    request.set_programme(code_);
    request.set_month(month);
    return programme_.Must<funding::v1::GetPeriodResponse>("FundingService.GetPeriod", request)
        .SerializeAsString();
  }
  // With one approved half-day, on the first working day of the programme: 8 January 2024.
  int64_t GivenChargeableCase(int half_days = 1) {
    const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10});
    const int64_t consultant = programme_.GivenConsultant();
    programme_.GivenAssignment(case_id, consultant);
    programme_.GivenAgreement(case_id, HalfDays{10});
    for (int n = 0; n < half_days; ++n)
      half_day_ = programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(n));
    return case_id;
  }
  std::string MonthsOf(int64_t case_id, const std::string& kind) {
    return World::cluster().Sql(
        "SELECT DISTINCT to_char(e.month, 'YYYY-MM') FROM funding.entry e JOIN funding.posting p USING "
        "(posting_id)"
        " WHERE p.kind = '" +
        kind + "' AND e.case_id = " + std::to_string(case_id));
  }

  Programme programme_{World::stack()};
  const std::string code_ = programme_.code();
  std::string half_day_;
};

TEST_F(Period, StaysAsItWasClosedAndCorrectionsLandInTheNextMonth) {
  const int64_t early = GivenChargeableCase(), late = GivenChargeableCase();
  programme_.Charge(early);
  EXPECT_EQ(MonthsOf(early, "charge"), "2024-01");
  ASSERT_THAT(Close("2024-02"), IsAccepted());
  const std::string frozen = Frozen("2024-02");
  EXPECT_THAT(frozen, HasSubstr("\n2024-01," + programme_.bpifrance()));

  const auto charged = programme_.Charge(late);
  EXPECT_EQ(charged.half_days(), 1);
  EXPECT_EQ(MonthsOf(late, "charge"), "2024-03") << "the first month that is open";
  funding::v1::ReverseChargeRequest reverse;
  reverse.set_request_id(NewId());
  reverse.set_half_day_id(World::cluster().Sql(
      "SELECT half_day_id FROM funding.entry WHERE side = 'cost' AND case_id = " + std::to_string(early)));
  reverse.set_reason("essai");
  programme_.Must<funding::v1::ReverseChargeResponse>("FundingService.ReverseCharge", reverse);
  EXPECT_EQ(MonthsOf(early, "reversal"), "2024-03");
  EXPECT_EQ(Frozen("2024-02"), frozen);

  ASSERT_THAT(Close("2024-03"), IsAccepted());
  EXPECT_THAT(Frozen("2024-03"), Not(HasSubstr("\n2024-01,")));
  EXPECT_THAT(Frozen("2024-03"), HasSubstr("\n2024-03," + programme_.bpifrance()));
  EXPECT_EQ(Frozen("2024-02"), frozen);
  EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
}

// Charges from many connections while the month they belong to is being closed: each is in the frozen summary
// or in a later month.
TEST_F(Period, IsClosedAgainstManyWhoPost) {
  constexpr int kCases = 24;
  std::vector<int64_t> cases;
  for (int n = 0; n < kCases; ++n) cases.push_back(GivenChargeableCase(2));
  const auto outcomes = FromManyConnections(World::stack(), kCases + 2, [&](Client& client, int n) {
    if (n >= kCases) return Close("2024-01", &client);
    funding::v1::ChargeHalfDaysRequest request;
    request.set_request_id(NewId());
    request.set_case_id(cases[static_cast<size_t>(n)]);
    return Outcome::Of(
        client.Call<funding::v1::ChargeHalfDaysResponse>("FundingService.ChargeHalfDays", request, Patient())
            .status());
  });
  EXPECT_EQ(CountOk(outcomes), kCases + 1);
  EXPECT_THAT(Refusals(outcomes), ::testing::ElementsAre(HasReason(REASON_PERIOD_CLOSED)));
  const auto half_days_in = [&](const std::string& months) {
    return World::cluster().Sql(
        "SELECT coalesce(sum(half_days), 0) FROM funding.entry WHERE side = 'cost' AND programme = '" +
        code_ + "' AND month " + months);
  };
  EXPECT_EQ(half_days_in("<= '2024-02-01'"), std::to_string(2 * kCases));
  const std::string frozen_half_days = World::cluster().Sql(
      "SELECT coalesce(sum(split_part(line, ',', 8)::int), 0) FROM funding.period p, "
      "regexp_split_to_table(p.content, '\n') AS "
      "line WHERE p.programme = '" +
      code_ + "' AND line LIKE '2024-01,,%'");
  EXPECT_EQ(half_days_in("<= '2024-01-01'"), frozen_half_days);
  EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
}

// Not even who works on the tables by hand gets around it.
TEST_F(Period, HasNoBackDoor) {
  const int64_t case_id = GivenChargeableCase();
  programme_.Charge(case_id);
  const std::string post =
      "WITH p AS (INSERT INTO funding.posting (kind, case_id, reference, request_id) VALUES ('reservation', "
      "-1, '', "
      "gen_random_uuid()) RETURNING posting_id) INSERT INTO funding.entry (posting_id, case_id, "
      "amount_cents, month, side, "
      "funder, programme, region, department, phase, size_class, sector, posted_on) SELECT p.posting_id, -1, "
      "0, "
      "'2024-01-01', 'reserved', 'f', '" +
      code_ + "', '', '', '', '', '', '1999-01-01' FROM p";
  EXPECT_TRUE(World::cluster().Try(post)) << "while the month is open";
  EXPECT_EQ(World::cluster().Sql(
                "SELECT count(*) FROM funding.entry WHERE posted_on = '1999-01-01' AND programme = '" +
                code_ + "'"),
            "0")
      << "nobody chooses the day of posting";
  SqlSession old_snapshot(World::cluster());
  old_snapshot.Run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM funding.period_end;");
  ASSERT_THAT(Close("2024-01"), IsAccepted());
  const std::string frozen = Frozen("2024-01");
  old_snapshot.Run("DO $$ BEGIN " + post +
                   "; RAISE EXCEPTION 'posted into a closed month'; EXCEPTION "
                   "WHEN serialization_failure OR check_violation THEN NULL; END $$");
  old_snapshot.Run("COMMIT");
  for (const std::string& sql :
       {post, "SET ROLE jalon_funding; " + post,
        "UPDATE funding.period_end SET closed_through = '2023-01-01' WHERE programme = '" + code_ + "'",
        std::string("DELETE FROM funding.period_end"), std::string("TRUNCATE funding.period_end CASCADE"),
        std::string("DELETE FROM funding.period"),
        "UPDATE funding.period SET content = 'x', digest = sha256('x') WHERE programme = '" + code_ + "'",
        "UPDATE funding.entry SET month = '2024-01-01' WHERE programme = '" + code_ + "'"})
    EXPECT_FALSE(World::cluster().Try(sql)) << sql;
  EXPECT_EQ(Frozen("2024-01"), frozen);
  EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
}

}  // namespace
}  // namespace jalon::test
