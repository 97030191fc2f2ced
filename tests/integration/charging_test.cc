#include <absl/strings/match.h>
#include <absl/strings/string_view.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "rules/running_total.h"
#include "tests/support/programme.h"
#include "tests/support/running_total.h"
#include "tests/support/world.h"

// What the database charges for each half-day, against the rule written a second time.
namespace jalon::test {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Cents of each party by half-day, as the ledger has them, and the half-days in the order of posting.
struct Charges {
  std::vector<std::string> order;
  std::map<std::string, std::map<std::string, int64_t>> by_account;
};

class Charging : public ::testing::Test {
 protected:
  Charges ReadCharges(int64_t case_id) {
    funding::v1::ListLedgerEntriesRequest request;
    request.set_page_size(1000);
    request.mutable_filter()->set_case_id(case_id);
    request.mutable_filter()->set_kind(funding::v1::POSTING_KIND_CHARGE);
    const auto page =
        programme_.Must<funding::v1::ListLedgerEntriesResponse>("FundingService.ListLedgerEntries", request);
    EXPECT_THAT(page.next_page_token(), IsEmpty());
    Charges charges;
    for (const auto& entry : page.entries()) {
      auto& accounts = charges.by_account[entry.half_day_id()];
      if (accounts.empty()) charges.order.push_back(entry.half_day_id());
      accounts[entry.account()] = entry.amount().cents();
    }
    return charges;
  }

  void Reverse(const std::string& half_day_id) {
    funding::v1::ReverseChargeRequest request;
    request.set_request_id(NewId());
    request.set_half_day_id(half_day_id);
    request.set_reason("essai");
    programme_.Must<funding::v1::ReverseChargeResponse>("FundingService.ReverseCharge", request);
  }

  // Of a case with an agreement.
  int64_t GivenApprovedHalfDays(int count) {
    const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{count});
    const int64_t consultant = programme_.GivenConsultant();
    programme_.GivenAssignment(case_id, consultant);
    programme_.GivenAgreement(case_id, HalfDays{count});
    for (int n = 0; n < count; ++n)
      programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(n));
    return case_id;
  }

  void Pay(int64_t case_id, const std::string& funder, int64_t cents) {
    if (cents == 0) return;
    funding::v1::RecordPaymentRequest request;
    request.set_request_id(NewId());
    request.set_case_id(case_id);
    request.set_funder(funder);
    *request.mutable_amount() = Euros(cents);
    request.set_paid_on("2026-07-01");
    request.set_reference(request.request_id());  // a transfer of its own
    programme_.Must<funding::v1::RecordPaymentResponse>("FundingService.RecordPayment", request);
  }

  calendar::v1::GetHalfDayResponse LifeOf(const std::string& half_day_id) {
    calendar::v1::GetHalfDayRequest request;
    request.set_half_day_id(half_day_id);
    return programme_.Must<calendar::v1::GetHalfDayResponse>("CalendarService.GetHalfDay", request);
  }

  calendar::v1::HalfDayAction LastStep(const std::string& half_day_id) {
    const auto life = LifeOf(half_day_id);
    return life.history().empty() ? calendar::v1::HALF_DAY_ACTION_UNSPECIFIED
                                  : life.history().rbegin()->action();
  }

  std::vector<calendar::v1::HalfDayAction> LastSteps(const std::vector<std::string>& half_day_ids) {
    std::vector<calendar::v1::HalfDayAction> steps;
    for (const std::string& id : half_day_ids) steps.push_back(LastStep(id));
    return steps;
  }

  Programme programme_{World::stack()};
};

// Cents by funder.
std::map<std::string, int64_t> SharesOf(const std::map<std::string, int64_t>& accounts) {
  constexpr absl::string_view kAid = "aid:";
  std::map<std::string, int64_t> shares;
  for (const auto& [account, cents] : accounts)
    if (absl::StartsWith(account, kAid)) shares[account.substr(kAid.size())] = -cents;
  return shares;
}

// The life of a half-day ends with it, and tells who did it and why.
TEST_F(Charging, AReversalIsAStepOfTheHalfDay) {
  const int64_t case_id = GivenApprovedHalfDays(1);
  programme_.Charge(case_id);
  const std::string half_day_id = ReadCharges(case_id).order.at(0);
  Reverse(half_day_id);

  const auto life = LifeOf(half_day_id);
  ASSERT_FALSE(life.history().empty());
  const auto& last = *life.history().rbegin();
  EXPECT_EQ(last.action(), calendar::v1::HALF_DAY_ACTION_REVERSED);
  EXPECT_EQ(last.by(), "officer");
  EXPECT_EQ(last.reason(), "essai");
  EXPECT_EQ(life.half_day().state(), calendar::v1::HALF_DAY_STATE_APPROVED);
}

// A transfer is for the case: it pays the shares of its funder in the order in which they were charged.
TEST_F(Charging, AHalfDayIsPaidWithTheLastCentOfItsLastFunder) {
  const int64_t case_id = GivenApprovedHalfDays(3);
  programme_.Charge(case_id);
  const Charges charges = ReadCharges(case_id);
  const std::vector<std::string>& order = charges.order;
  ASSERT_EQ(order.size(), 3);
  EXPECT_THAT(LastSteps(order), Each(calendar::v1::HALF_DAY_ACTION_CHARGED));

  Reverse(order[0]);
  const std::map<std::string, int64_t> shares = SharesOf(charges.by_account.at(order[1]));
  ASSERT_GE(shares.size(), 2) << "the last funder differs from the first";
  for (const auto& [funder, cents] : shares) {
    Pay(case_id, funder, cents - 1);
    EXPECT_EQ(LastStep(order[1]), calendar::v1::HALF_DAY_ACTION_CHARGED);
  }
  for (const auto& [funder, cents] : shares) {
    EXPECT_EQ(LastStep(order[1]), calendar::v1::HALF_DAY_ACTION_CHARGED) << "before " << funder;
    Pay(case_id, funder, 1);
  }
  EXPECT_THAT(LastSteps(order),
              ElementsAre(calendar::v1::HALF_DAY_ACTION_REVERSED, calendar::v1::HALF_DAY_ACTION_PAID,
                          calendar::v1::HALF_DAY_ACTION_CHARGED));
  const auto paid = LifeOf(order[1]);
  EXPECT_EQ(paid.history().rbegin()->by(), "officer");
  EXPECT_EQ(paid.history().rbegin()[1].action(), calendar::v1::HALF_DAY_ACTION_CHARGED);

  for (const auto& [funder, cents] : SharesOf(charges.by_account.at(order[2]))) Pay(case_id, funder, cents);
  EXPECT_EQ(LastStep(order[2]), calendar::v1::HALF_DAY_ACTION_PAID);
}

// The money that a reversal leaves pays those charged after, then and not before; what was told stays told.
TEST_F(Charging, AHalfDayIsPaidByTheReversalThatLeavesItTheMoney) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{3});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  programme_.GivenAgreement(case_id, HalfDays{3});
  for (int n = 0; n < 2; ++n) {
    programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(n));
    programme_.Charge(case_id);
    if (n > 0) continue;
    const Charges first = ReadCharges(case_id);
    for (const auto& [funder, cents] : SharesOf(first.by_account.at(first.order.at(0))))
      Pay(case_id, funder, cents);
  }
  const std::vector<std::string> order = ReadCharges(case_id).order;
  EXPECT_THAT(LastSteps(order),
              ElementsAre(calendar::v1::HALF_DAY_ACTION_PAID, calendar::v1::HALF_DAY_ACTION_CHARGED));
  Reverse(order[0]);
  EXPECT_THAT(LastSteps(order),
              ElementsAre(calendar::v1::HALF_DAY_ACTION_REVERSED, calendar::v1::HALF_DAY_ACTION_PAID));
  const auto reversed = LifeOf(order[0]), paid = LifeOf(order[1]);
  EXPECT_EQ(reversed.history().rbegin()[1].action(), calendar::v1::HALF_DAY_ACTION_PAID);
  EXPECT_EQ(paid.history().rbegin()[1].action(), calendar::v1::HALF_DAY_ACTION_CHARGED);
  EXPECT_EQ(paid.history().rbegin()->at().seconds(), reversed.history().rbegin()->at().seconds());
}

// What was approved and is wrong is corrected in the open: reversed, cancelled, recorded anew.
TEST_F(Charging, AWrongHalfDayIsReversedCancelledAndRecordedAnew) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{1});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  programme_.GivenAgreement(case_id, HalfDays{1});
  const std::string wrong = programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  programme_.Charge(case_id);
  EXPECT_THAT(Cancel(programme_.officer(), wrong), HasReason(REASON_HALF_DAY_CHARGED));
  Reverse(wrong);
  const auto consultants = programme_.stack().Connect(ConsultantToken(consultant));
  EXPECT_THAT(Cancel(*consultants, wrong), HasReason(REASON_HALF_DAY_STATE)) << "an officer's to undo";
  EXPECT_THAT(Cancel(programme_.officer(), wrong), IsAccepted());
  // Its slot and its place in the grant are free again.
  const std::string right = programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  EXPECT_EQ(programme_.Charge(case_id).half_days(), 1);
  EXPECT_EQ(ReadCharges(case_id).order, (std::vector<std::string>{wrong, right}));
  EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
}

TEST_F(Charging, WhatIsCancelledIsNotChargedHoweverTheyMeet) {
  constexpr int kRounds = 20;
  std::vector<std::string> approved;
  std::vector<int64_t> cases;
  for (int n = 0; n < kRounds; ++n) {
    cases.push_back(programme_.GivenCaseWithGrant(HalfDays{1}));
    const int64_t consultant = programme_.GivenConsultant();
    programme_.GivenAssignment(cases.back(), consultant);
    programme_.GivenAgreement(cases.back(), HalfDays{1});
    approved.push_back(programme_.GivenApprovedHalfDay(cases.back(), consultant, NthWorkingHalfDay(0)));
  }
  for (size_t n = 0; n < kRounds; ++n) {
    const auto outcomes = FromManyConnections(programme_.stack(), 2, [&](Client& client, int which) {
      if (which == 0) return Cancel(client, approved[n]);
      funding::v1::ChargeHalfDaysRequest request;
      request.set_request_id(NewId());
      request.set_case_id(cases[n]);
      return Outcome::Of(
          client.Call<funding::v1::ChargeHalfDaysResponse>("FundingService.ChargeHalfDays", request)
              .status());
    });
    const bool cancelled = outcomes[0].ok, charged = outcomes[1].ok;
    EXPECT_NE(cancelled, charged);
    EXPECT_THAT(outcomes[0], AnyOf(IsAccepted(), HasReason(REASON_HALF_DAY_CHARGED)));
    EXPECT_THAT(outcomes[1], AnyOf(IsAccepted(), HasReason(REASON_NOTHING_TO_CHARGE)));
  }
  EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
}

Split AgreedOf(const funding::v1::CoverageLine& line) {
  Split split{.cost = Cents(line.cost().cents()), .shares = {}, .company = Cents(line.company().cents())};
  for (const auto& share : line.shares()) split.shares.push_back(Cents(share.amount().cents()));
  return split;
}

Split ChargedOf(const funding::v1::CoverageLine& line, const std::map<std::string, int64_t>& accounts) {
  Split split{.cost = Cents(accounts.at("cost:" + line.phase())),
              .shares = {},
              .company = -Cents(accounts.at("company"))};
  for (const auto& share : line.shares())
    split.shares.push_back(-Cents(accounts.at("aid:" + share.funder())));
  return split;
}

void Add(const Split& line, int sign, Split* total) {
  total->cost += line.cost * sign;
  total->company += line.company * sign;
  for (size_t i = 0; i < line.shares.size(); ++i) total->shares[i] += line.shares[i] * sign;
}

// Half-days are approved, charged and, now and then, reversed, in an order drawn at random. Day rates that no
// number of half-days divides make every line need rounding.
TEST_F(Charging, OfEachHalfDayIsTheRunningTotalsPart) {
  std::mt19937_64 random(Seed());
  for (const int half_days : {1, 7, 13, 29}) {
    const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{half_days + 10});
    const int64_t consultant = programme_.GivenConsultant();
    programme_.GivenAssignment(case_id, consultant);
    const int64_t day_rate = std::uniform_int_distribution<int64_t>(1, 1'300'00)(random);
    const auto agreement = programme_.GivenAgreement(case_id, HalfDays{half_days}, day_rate);
    const auto& line = agreement.terms().lines(0);
    const Split agreed = AgreedOf(line);
    SCOPED_TRACE(std::to_string(half_days) + " half-days at " + std::to_string(day_rate) + " cents a day");

    Split charged{.cost = Cents(0), .shares = std::vector<Cents>(agreed.shares.size()), .company = Cents(0)};
    int64_t counted = 0;
    size_t seen = 0;
    for (int n = 0, approved = 0, reversals = 0; counted < half_days; ++n) {
      programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(n));
      ++approved;
      if (counted + approved < half_days && random() % 2 == 0)
        continue;  // left for a later charge, which takes several
      programme_.Charge(case_id);
      approved = 0;
      const Charges charges = ReadCharges(case_id);
      for (; seen < charges.order.size(); ++seen) {
        const Split part = ChargedOf(line, charges.by_account.at(charges.order[seen]));
        EXPECT_EQ(part, SplitHalfDay(agreed, ++counted, half_days, charged));
        Add(part, 1, &charged);
        if (reversals > 0) continue;  // what a preview shows, which knows of none
        const rules::Charged preview = rules::ChargedUpTo(line, static_cast<int>(counted));
        EXPECT_EQ(charged, (Split{preview.cost, preview.shares, preview.company}));
      }
      if (reversals < 5 && random() % 4 == 0) {
        Reverse(charges.order.back());
        Add(ChargedOf(line, charges.by_account.at(charges.order.back())), -1, &charged);
        --counted;
        ++reversals;
      }
    }
    EXPECT_EQ(charged, agreed);
  }
  EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
}

}  // namespace
}  // namespace jalon::test
