#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rules/coverage.h"
#include "rules/explanation.h"
#include "rules/running_total.h"

// Each rule of coverage.h by itself, on the amounts of real programmes where there are some.
namespace jalon::rules {
namespace {

using programme::v1::Rulebook;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// One phase "work" whose tariff, in text format, is given; funders f and g, a stack cap of 80 % unless `rest`
// says otherwise.
Rulebook Book(const std::string& tariff, const std::string& rest = "") {
  Rulebook rulebook;
  const std::string text =
      R"(programme: "p" version: 3 funders: "f" funders: "g" stack_cap { numerator: 80 denominator: 100 }
    phases { code: "work" chargeable: true tariffs { )" +
      tariff + " } } " + rest;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rulebook)) << text;
  return rulebook;
}

CoverageFacts Facts(std::string_view day = "2025-03-10") {
  return {.size_class = common::v1::SIZE_CLASS_SMALL,
          .region = "32",
          .terms_date = *Date::Parse(day),
          .granted_on = *Date::Parse(day)};
}

AgreedPhases Days(int half_days, int64_t day_rate, const std::string& phase = "work") {
  AgreedPhases agreed;
  agreed.Add()->set_phase(phase);
  agreed[0].set_half_days(half_days);
  agreed[0].mutable_day_rate()->set_cents(day_rate);
  return agreed;
}

AgreedPhases Price(int64_t price) {
  AgreedPhases agreed;
  agreed.Add()->set_phase("work");
  agreed[0].set_half_days(2);
  agreed[0].mutable_price()->set_cents(price);
  return agreed;
}

// "cost/eligible: funder share, … company", a line for each phase; or the reason.
std::string Told(const Rulebook& rulebook, const CoverageFacts& facts, const AgreedPhases& agreed) {
  const CoverageOutcome outcome = ComputeCoverage(rulebook, facts, agreed);
  if (const auto* refusal = std::get_if<CoverageRefusal>(&outcome))
    return common::v1::Reason_Name(refusal->reason).substr(7);
  std::string text;
  for (const funding::v1::CoverageLine& line : std::get<0>(outcome)) {
    text += (text.empty() ? "" : "; ") + std::to_string(line.cost().cents()) + "/" +
            std::to_string(line.eligible_cost().cents()) + ":";
    for (const funding::v1::Share& share : line.shares())
      text += " " + share.funder() + " " + std::to_string(share.amount().cents());
    text += " company " + std::to_string(line.company().cents());
  }
  return text;
}

std::string Told(const Rulebook& rulebook, const AgreedPhases& agreed) {
  return Told(rulebook, Facts(), agreed);
}

std::vector<std::string> RulesOf(const Rulebook& rulebook, const CoverageFacts& facts,
                                 const AgreedPhases& agreed) {
  const CoverageOutcome outcome = ComputeCoverage(rulebook, facts, agreed);
  std::vector<std::string> rules;
  for (const funding::v1::TraceStep& step : std::get<0>(outcome)[0].trace()) rules.push_back(step.rule());
  return rules;
}

constexpr char kHalf[] = R"(coverage { funder: "f" rate { numerator: 1 denominator: 2 } })";

TEST(EligibleCost, TrimsTheDayRateAndTheDaysAsGoDigitalDoes) {
  const Rulebook book = Book(
      std::string("any_day_rate: true eligible_day_rate { cents: 110000 } eligible_half_days: 60 ") + kHalf);
  EXPECT_EQ(Told(book, Days(60, 1'100'00)), "3300000/3300000: f 1650000 company 1650000");
  EXPECT_EQ(Told(book, Days(62, 1'100'00)), "3410000/3300000: f 1650000 company 1760000");
  EXPECT_EQ(Told(book, Days(20, 1'300'00)), "1300000/1100000: f 550000 company 750000");
  EXPECT_THAT(RulesOf(book, Facts(), Days(62, 1'300'00)),
              ElementsAre("tariff", "price", "eligible-half-days", "eligible-day-rate", "rate", "company"));
}

TEST(EligibleCost, HasAFloorAndACeilingAsPassCyberDoes) {
  const Rulebook book = Book(R"(agreed_price: true min_cost { cents: 300000 } eligible_cost { cents: 1500000 }
                                coverage { funder: "f" rate { numerator: 3 denominator: 10 } })");
  EXPECT_EQ(Told(book, Price(2'999'99)), "299999/299999: company 299999");
  EXPECT_EQ(Told(book, Price(3'000'00)), "300000/300000: f 90000 company 210000");
  EXPECT_EQ(Told(book, Price(15'000'00)), "1500000/1500000: f 450000 company 1050000");
  EXPECT_EQ(Told(book, Price(15'000'02)), "1500002/1500000: f 450000 company 1050002");
}

TEST(EligibleCost, OfAPriceThatIsNotByTheDayIsNotSplitByDays) {
  const Rulebook book = Book(std::string("fixed_price { cents: 100000 } eligible_half_days: 1 ") + kHalf);
  EXPECT_EQ(Told(book, Days(4, 0)), "100000/100000: f 50000 company 50000");
  const Rulebook by_rate = Book(
      std::string("fixed_price { cents: 100000 } eligible_half_days: 1 eligible_day_rate { cents: 60001 } ") +
      kHalf);
  EXPECT_EQ(Told(by_rate, Days(4, 0)), "100000/30001: f 15001 company 84999") << "half a cent goes up, twice";
}

TEST(Price, IsTheOneAgreedOnAndMustBeGiven) {
  EXPECT_EQ(Told(Book(std::string("agreed_price: true ") + kHalf), Days(2, 1)), "INVALID_REQUEST");
  EXPECT_EQ(Told(Book(std::string("any_day_rate: true ") + kHalf), Price(1)), "INVALID_REQUEST");
  EXPECT_EQ(Told(Book(std::string("any_day_rate: true ") + kHalf), Days(1, 9'999'99)),
            "500000/500000: f 250000 company 250000");
}

TEST(Coverage, IsCappedAndInItsWindowWholeAsPcrhIs) {
  const std::string capped = R"(valid_until: "2022-03-31" agreed_price: true
    coverage { funder: "f" rate { numerator: 1 denominator: 2 } ceiling { cents: 1500000 } })";
  Rulebook book = Book(capped);
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(valid_from: "2022-04-01" agreed_price: true stack_cap { numerator: 1 denominator: 1 }
         coverage { funder: "f" rate { numerator: 1 denominator: 1 } ceiling { cents: 1500000 } })",
      book.mutable_phases(0)->add_tariffs()));
  EXPECT_EQ(Told(book, Facts("2022-03-31"), Price(20'000'00)), "2000000/2000000: f 1000000 company 1000000");
  EXPECT_EQ(Told(book, Facts("2022-03-31"), Price(40'000'00)), "4000000/4000000: f 1500000 company 2500000");
  EXPECT_EQ(Told(book, Facts("2022-04-01"), Price(12'000'00)), "1200000/1200000: f 1200000 company 0");
  EXPECT_EQ(Told(book, Facts("2022-04-01"), Price(16'000'00)), "1600000/1600000: f 1500000 company 100000");
}

TEST(Coverage, MayBeAFlatAmountOrAnAmountADay) {
  const Rulebook flat = Book(R"(agreed_price: true stack_cap { numerator: 1 denominator: 1 }
                                coverage { funder: "f" flat_amount { cents: 200000 } })");
  EXPECT_EQ(Told(flat, Price(5'000'00)), "500000/500000: f 200000 company 300000");
  EXPECT_EQ(Told(flat, Price(1'500'00)), "150000/150000: f 150000 company 0");
  const Rulebook by_day = Book(R"(any_day_rate: true eligible_half_days: 10
                                  coverage { funder: "g" amount_per_day { cents: 40001 } })");
  EXPECT_EQ(Told(by_day, Days(3, 1'000'00)), "150000/150000: g 60002 company 89998");
  EXPECT_EQ(Told(by_day, Days(12, 1'000'00)), "600000/500000: g 200005 company 399995");
}

TEST(Coverage, MayBeRefusedWholeAtItsCeiling) {
  const Rulebook book = Book(R"(agreed_price: true
    coverage { funder: "f" rate { numerator: 1 denominator: 2 } ceiling { cents: 50000 }
               at_ceiling: AT_CEILING_REFUSE })");
  EXPECT_EQ(Told(book, Price(1'000'00)), "100000/100000: f 50000 company 50000");
  const CoverageOutcome refused = ComputeCoverage(book, Facts(), Price(1'000'02));
  const auto& refusal = std::get<CoverageRefusal>(refused);
  EXPECT_EQ(refusal.reason, common::v1::REASON_AID_OVER_CEILING);
  EXPECT_THAT(refusal.metadata,
              ElementsAre(testing::Pair("aid_cents", "50001"), testing::Pair("ceiling_cents", "50000"),
                          testing::Pair("phase", "work")));
}

// Eco-Flux asks how many work on the site.
TEST(Scope, CountsTheStaffItIsToldToCount) {
  Rulebook book = Book(
      R"(fixed_price { cents: 400000 } scope { min_headcount_hundredths: 2000 max_headcount_hundredths: 4999
    headcount_basis: HEADCOUNT_BASIS_SITE } coverage { funder: "f" rate { numerator: 1 denominator: 2 } })");
  CoverageFacts facts = Facts();
  EXPECT_EQ(Told(book, facts, Days(2, 0)), "NO_TARIFF") << "the headcount is not known";
  facts.headcount_hundredths = 30'00;
  EXPECT_EQ(Told(book, facts, Days(2, 0)), "NO_TARIFF") << "that of the company is not asked for";
  for (const auto& [staff, fits] :
       std::vector<std::pair<int64_t, bool>>{{19'99, false}, {20'00, true}, {49'99, true}, {50'00, false}}) {
    facts.site_headcount_hundredths = staff;
    EXPECT_EQ(Told(book, facts, Days(2, 0)), fits ? "400000/400000: f 200000 company 200000" : "NO_TARIFF")
        << staff;
  }
}

TEST(Scope, CountsWholeMonthsUpToTheDateOfTheTerms) {
  const Rulebook book = Book(
      std::string("fixed_price { cents: 100 } scope { min_age_months: 12 max_age_months: 12 } ") + kHalf);
  const auto fits = [&](std::string_view created_on, std::string_view terms_date) {
    CoverageFacts facts = Facts(terms_date);
    facts.created_on = std::string(created_on);
    return Told(book, facts, Days(2, 0)) != "NO_TARIFF";
  };
  EXPECT_FALSE(fits("2024-03-11", "2025-03-10"));
  EXPECT_TRUE(fits("2024-03-10", "2025-03-10"));
  EXPECT_TRUE(fits("2024-02-11", "2025-03-10"));
  EXPECT_FALSE(fits("2024-02-10", "2025-03-10"));
  EXPECT_TRUE(fits("2024-02-29", "2025-02-28")) << "a month that is shorter ends on its last day";
  EXPECT_FALSE(fits("", "2025-03-10"));
  EXPECT_FALSE(fits("2025-03-11", "2025-03-10"));
}

TEST(Scope, OfStatusesIsMetByOneOfThem) {
  const Rulebook book =
      Book(std::string(R"(fixed_price { cents: 100 } scope { statuses: "cooperative" } )") + kHalf);
  CoverageFacts facts = Facts();
  EXPECT_EQ(Told(book, facts, Days(2, 0)), "NO_TARIFF");
  facts.statuses = {"association", "cooperative"};
  EXPECT_EQ(Told(book, facts, Days(2, 0)), "100/100: f 50 company 50");
}

TEST(Prerequisites, AreAgreedTogetherOrDoneBefore) {
  const Rulebook book =
      Book(std::string("fixed_price { cents: 100 } ") + kHalf,
           R"(phases { code: "more" chargeable: true prerequisites: "work" prerequisites: "training"
                                         tariffs { fixed_price { cents: 200 } } })");
  CoverageFacts facts = Facts();
  AgreedPhases agreed = Days(2, 0, "more");
  EXPECT_EQ(Told(book, facts, agreed), "PREREQUISITE_MISSING");
  facts.phases_done = {"training"};
  EXPECT_EQ(Told(book, facts, agreed), "PREREQUISITE_MISSING");
  agreed.Add()->CopyFrom(Days(2, 0)[0]);
  EXPECT_EQ(Told(book, facts, agreed), "200/200: company 200; 100/100: f 50 company 50");
  facts.phases_done = {"training", "work"};
  EXPECT_EQ(Told(book, facts, Days(2, 0, "more")), "200/200: company 200");
}

// Two caps at once, as the vouchers of Wallonia have.
TEST(CompanyCeilings, HoldTheYearAndTheRollingYearsTogether) {
  const Rulebook book = Book(std::string("agreed_price: true ") + kHalf,
                             R"(company_ceilings { ceiling { cents: 20000000 } period { rolling_years: 3 } }
           company_ceilings { ceiling { cents: 10000000 } period { calendar_years: 1 } })");
  CoverageFacts facts = Facts("2025-03-10");
  const auto aid = [&] { return Told(book, facts, Price(300'000'00)); };
  EXPECT_EQ(aid(), "30000000/30000000: f 10000000 company 20000000");
  facts.earlier_aid = {{*Date::Parse("2025-01-01"), Cents(30'000'00)}};
  EXPECT_EQ(aid(), "30000000/30000000: f 7000000 company 23000000");
  facts.earlier_aid = {{*Date::Parse("2024-12-31"), Cents(150'000'00)}};
  EXPECT_EQ(aid(), "30000000/30000000: f 5000000 company 25000000");
  facts.earlier_aid = {{*Date::Parse("2022-03-10"), Cents(200'000'00)}};
  EXPECT_EQ(aid(), "30000000/30000000: company 30000000") << "the first day of three years counts";
  facts.earlier_aid = {{*Date::Parse("2022-03-09"), Cents(200'000'00)}};
  EXPECT_EQ(aid(), "30000000/30000000: f 10000000 company 20000000");
  facts.earlier_aid = {{*Date::Parse("2025-03-10"), Cents(60'000'00)}};
  EXPECT_EQ(aid(), "30000000/30000000: f 4000000 company 26000000") << "so does the day itself";
}

// A year's ceiling of one topic and one of a single funder, beside that of the programme.
TEST(CompanyCeilings, CountThePhasesAndFundersTheyName) {
  const std::string both = R"(agreed_price: true coverage { funder: "f" rate { numerator: 1 denominator: 2 } }
                              coverage { funder: "g" rate { numerator: 1 denominator: 4 } })";
  Rulebook book = Book(both, "phases { code: \"topic\" chargeable: true tariffs { " + both + " } }" + R"(
           company_ceilings { ceiling { cents: 100000 } period { calendar_years: 1 } }
           company_ceilings { ceiling { cents: 20000 } period { calendar_years: 1 } phases: "topic" }
           company_ceilings { ceiling { cents: 45000 } period { calendar_years: 1 } funders: "f" })");
  CoverageFacts facts = Facts("2025-03-10");
  AgreedPhases agreed = Price(1'000'00);
  *agreed.Add() = agreed[0];
  agreed[1].set_phase("topic");
  const auto told = [&] { return Told(book, facts, agreed); };
  // The topic's ceiling first leaves its last funder nothing; that of f cuts its last phase before its first.
  EXPECT_EQ(told(), "100000/100000: f 45000 g 25000 company 30000; 100000/100000: company 100000");
  const Date before = *Date::Parse("2025-01-02");
  facts.earlier_aid = {{before, Cents(1'000'00), "work", "g"}};
  EXPECT_EQ(told(), "100000/100000: company 100000; 100000/100000: company 100000")
      << "it counts under the ceiling of all";
  book.mutable_company_ceilings(0)->mutable_ceiling()->set_cents(1'000'000);
  EXPECT_EQ(told(), "100000/100000: f 45000 g 25000 company 30000; 100000/100000: company 100000")
      << "and under no other";
  book.mutable_company_ceilings(2)->mutable_ceiling()->set_cents(60'000);
  EXPECT_EQ(told(), "100000/100000: f 50000 g 25000 company 25000; 100000/100000: f 10000 company 90000");
  facts.earlier_aid = {{before, Cents(150'00), "topic", "g"}};
  EXPECT_EQ(told(), "100000/100000: f 50000 g 25000 company 25000; 100000/100000: f 5000 company 95000");
  facts.earlier_aid = {{before, Cents(150'00)}};
  EXPECT_EQ(told(), "100000/100000: f 45000 g 25000 company 30000; 100000/100000: company 100000")
      << "where it is not told, it counts for every phase and funder";
}

TEST(CompanyCeilings, CutTheLastFunderOfTheLastPhaseFirstOrRefuseTheWhole) {
  const std::string both =
      R"(fixed_price { cents: 100000 } coverage { funder: "f" rate { numerator: 1 denominator: 2 } }
                              coverage { funder: "g" rate { numerator: 3 denominator: 10 } })";
  Rulebook book =
      Book(both, "phases { code: \"more\" chargeable: true tariffs { " + both +
                     " } } company_ceilings { ceiling { cents: 100000 } period { calendar_years: 2 } }");
  AgreedPhases agreed = Days(2, 0);
  agreed.Add()->CopyFrom(Days(2, 0, "more")[0]);
  EXPECT_EQ(Told(book, agreed),
            "100000/100000: f 50000 g 30000 company 20000; 100000/100000: f 20000 company 80000");
  book.mutable_company_ceilings(0)->set_at_ceiling(programme::v1::AT_CEILING_REFUSE);
  EXPECT_EQ(Told(book, agreed), "COMPANY_OVER_CEILING");
}

TEST(Soundness, OfTheRulebookIsAskedForBeforeItIsApplied) {
  const auto reason = [](const std::string& tariff, const std::string& rest = "") {
    return Told(Book(tariff, rest), Days(2, 100));
  };
  const std::string fixed = "fixed_price { cents: 100 } ";
  EXPECT_EQ(reason(fixed), "100/100: company 100");
  EXPECT_EQ(reason(""), "RULEBOOK_INVALID") << "no price";
  EXPECT_EQ(reason(fixed + "valid_from: \"2025-02-30\""), "RULEBOOK_INVALID");
  EXPECT_EQ(reason(fixed + R"(coverage { funder: "h" rate { numerator: 1 denominator: 2 } })"),
            "RULEBOOK_INVALID");
  EXPECT_EQ(reason(fixed + R"(coverage { funder: "f" })"), "RULEBOOK_INVALID");
  EXPECT_EQ(reason(fixed + R"(coverage { funder: "f" rate { numerator: 3 denominator: 2 } })"),
            "RULEBOOK_INVALID");
  EXPECT_EQ(reason(fixed + "eligible_cost { cents: -1 }"), "RULEBOOK_INVALID");
  EXPECT_EQ(reason(fixed + "stack_cap { numerator: 1 }"), "RULEBOOK_INVALID");
  EXPECT_EQ(reason(fixed, "funders: \"f\""), "RULEBOOK_INVALID") << "it would give twice";
  EXPECT_EQ(reason(fixed, "company_ceilings { ceiling { cents: 1 } }"), "RULEBOOK_INVALID")
      << "over what time";
}

TEST(Trace, NamesTheVersionTheDateAndTheFactsThatEachStepRestsOn) {
  const Rulebook book = Book(R"(valid_from: "2025-01-01" any_day_rate: true scope { regions: "32" }
    coverage { funder: "f" rate { numerator: 1 denominator: 3 } scope { size_classes: SIZE_CLASS_SMALL } })");
  const CoverageOutcome outcome = ComputeCoverage(book, Facts(), Days(3, 1'000'01));
  const auto& trace = std::get<0>(outcome)[0].trace();
  const auto facts = [&](int step) {
    std::string text;
    for (const auto& fact : trace[step].facts()) text += fact.name() + "=" + fact.value() + " ";
    return text;
  };
  EXPECT_EQ(
      facts(0),
      "rulebook=p rulebook_version=3 terms_date=2025-03-10 half_days=3 valid_from=2025-01-01 region=32 ");
  EXPECT_EQ(facts(1), "half_days=3 day_rate=1000.01 EUR ");
  EXPECT_EQ(facts(2), "rate=1/3 eligible_cost=1500.02 EUR size_class=small ");
  EXPECT_EQ(trace[3].rule(), "rounding");
  EXPECT_EQ(facts(3), "rounded=+1/3 cent ");
  EXPECT_THAT(trace[3].text_en(), HasSubstr("rounded up (+1/3 of a cent); the company bears the difference"));
  EXPECT_EQ(trace[3].funder(), "f");
  EXPECT_EQ(trace[3].amount().cents(), 500'01);
}

TEST(Explanation, TellsWhoPaysWhatAndWhoBearsTheRounding) {
  const Rulebook book = Book(
      R"(any_day_rate: true
         coverage { funder: "f" rate { numerator: 1 denominator: 3 } ceiling { cents: 30000 } })");
  funding::v1::Quote quote;
  quote.set_case_id(7);
  quote.set_programme("p");
  quote.set_rulebook_version(3);
  quote.set_terms_date("2025-03-10");
  *quote.mutable_facts() = StoredFacts(Facts());
  const CoverageOutcome outcome = ComputeCoverage(book, Facts(), Days(3, 1'000'01));
  *quote.add_lines() = std::get<0>(outcome)[0];
  quote.mutable_cost()->set_cents(1'500'02);
  quote.mutable_aid()->set_cents(300'00);
  quote.mutable_company()->set_cents(1'200'02);
  const std::string fr = Explain(quote, Language::kFrench), en = Explain(quote, Language::kEnglish);
  EXPECT_THAT(fr, HasSubstr("version 3, aux conditions du 10/03/2025."));
  EXPECT_THAT(fr, HasSubstr("1. work, 1,5"));
  EXPECT_THAT(en, HasSubstr("   Cost                                 €1,500.02\n"
                            "   f                                      €300.00\n"
                            "   company                              €1,200.02\n"));
  EXPECT_THAT(en, HasSubstr("taken from the aid by ceilings         €200.01\n"));
  EXPECT_THAT(en, HasSubstr("the company pays the rest, and so bears the difference"));
  EXPECT_THAT(fr, Not(HasSubstr("Arrondi : aucun")));
}

TEST(RunningTotal, GivesEveryoneExactlyTheirPartInTheEnd) {
  const Rulebook book = Book(R"(any_day_rate: true stack_cap { numerator: 1 denominator: 1 }
    coverage { funder: "f" rate { numerator: 1 denominator: 2 } }
    coverage { funder: "g" rate { numerator: 1 denominator: 2 } })");
  const CoverageOutcome outcome = ComputeCoverage(book, Facts(), Days(100, 3));
  const funding::v1::CoverageLine& line = std::get<0>(outcome)[0];
  EXPECT_EQ(ChargedUpTo(line, 0), (Charged{Cents(0), {Cents(0), Cents(0)}, Cents(0)}));
  EXPECT_EQ(ChargedUpTo(line, 1), (Charged{Cents(2), {Cents(1), Cents(1)}, Cents(0)}));
  EXPECT_EQ(ChargedUpTo(line, 50), (Charged{Cents(75), {Cents(38), Cents(37)}, Cents(0)}));
  EXPECT_EQ(ChargedUpTo(line, 100), (Charged{Cents(150), {Cents(75), Cents(75)}, Cents(0)}));
}

}  // namespace
}  // namespace jalon::rules
