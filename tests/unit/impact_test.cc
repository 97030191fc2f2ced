#include "funding/impact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "rules/coverage.h"
#include "rules/rulebook.h"

// A draft held against cases, without a database. The agreement is of 2 half-days of accompaniment at 1,300 €
// a day: Bpifrance bears 650 €, the Région 390 €, the company 260 €.
namespace jalon::funding {
namespace {

using programme::v1::Rulebook;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The founding rulebook with some of its text replaced.
Rulebook RulebookWith(const std::vector<std::pair<std::string, std::string>>& changes = {}) {
  std::ifstream file(std::string(JALON_SOURCE_DIR) + "/deploy/rulebooks/ia-booster-hdf.yaml");
  std::ostringstream text;
  text << file.rdbuf();
  std::string source = text.str();
  for (const auto& [from, to] : changes) {
    const size_t at = source.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    source.replace(at, from.size(), to);
  }
  const rules::ParsedRulebook parsed = rules::ParseRulebook(source);
  for (const auto& problem : parsed.problems) ADD_FAILURE() << problem.line << ": " << problem.en;
  return parsed.rulebook;
}

class ImpactOf : public ::testing::Test {
 protected:
  LiveCase Open(int64_t case_id) const {
    LiveCase live;
    live.case_id = case_id;
    live.siren = "732829320";
    live.company_name = "Ateliers";
    live.applied_on = "2024-01-02";
    live.rulebook_version = 1;
    live.facts.applied_on = *Date::Parse(live.applied_on);
    live.facts.headcount_hundredths = 120'00;
    live.facts.turnover_cents = 10'000'000'00;
    live.facts.created_on = Date::Parse("2010-05-04");
    live.facts.independent = true;
    live.facts.region = "32";
    live.facts.naf = "62.01Z";
    live.facts.size_class = common::v1::SIZE_CLASS_MEDIUM;
    return live;
  }

  LiveCase Signed(int64_t case_id, const std::string& signed_on, const std::string& phase, int half_days,
                  int64_t day_rate_cents = 1'300'00) const {
    LiveCase live = Open(case_id);
    live.admitted_on = "2024-01-08";
    live.granted_half_days = 100;
    live.region = "32";
    live.envelopes = {{"bpifrance", 7}, {"region-hdf", 8}};
    rules::CoverageFacts facts{.size_class = common::v1::SIZE_CLASS_MEDIUM,
                               .region = "32",
                               .terms_date = *Date::Parse(signed_on),
                               .granted_on = *Date::Parse(signed_on)};
    rules::AgreedPhases agreed;
    agreed.Add()->set_phase(phase);
    agreed[0].set_half_days(half_days);
    if (day_rate_cents > 0) agreed[0].mutable_day_rate()->set_cents(day_rate_cents);
    const auto outcome = rules::ComputeCoverage(published_[0], facts, agreed);
    EXPECT_TRUE(std::holds_alternative<std::vector<v1::CoverageLine>>(outcome));
    v1::Quote& terms = live.terms.emplace();
    terms.set_rulebook_version(1);
    terms.set_terms_date(signed_on);
    *terms.mutable_facts() = rules::StoredFacts(facts);
    for (v1::CoverageLine line : std::get<std::vector<v1::CoverageLine>>(outcome)) {
      line.clear_trace();
      *terms.add_lines() = line;
    }
    return live;
  }
  LiveCase Accompanied(int64_t case_id, int half_days = 2) const {
    return Signed(case_id, "2025-03-10", "accompaniment", half_days);
  }

  const std::vector<Rulebook> published_ = {RulebookWith()};
};

// "bpifrance: 65000 > 58500", a share each.
std::vector<std::string> Shares(const v1::CaseImpact& impact) {
  std::vector<std::string> shares;
  for (const v1::ImpactShare& share : impact.shares()) {
    shares.push_back(share.funder() + ": " + std::to_string(share.before().cents()) + " > " +
                     std::to_string(share.after().cents()));
  }
  return shares;
}

const std::pair<std::string, std::string> kLowerRate = {"rate: 50 %", "rate: 45 %"};

TEST_F(ImpactOf, TheSameRulebookIsNothing) {
  const Rulebook draft = RulebookWith();
  Impact impact(draft, published_, "2025-06-01");
  for (const LiveCase& live : {Accompanied(1), Signed(2, "2025-03-10", "diagnosis", 20, 0),
                               Signed(3, "2026-02-02", "diagnosis", 16, 0), Open(4)}) {
    const v1::CaseImpact one = impact.Examine(live);
    EXPECT_EQ(one.effect(), v1::CASE_EFFECT_UNCHANGED) << one.ShortDebugString();
    EXPECT_EQ(one.eligibility(), v1::CASE_ELIGIBILITY_KEPT);
    EXPECT_EQ(one.after().ShortDebugString(), one.before().ShortDebugString());
  }
  EXPECT_THAT(impact.envelope_needs(), IsEmpty());
  const v1::ImpactSummary all = impact.Summary();
  EXPECT_EQ(all.live_cases(), 4);
  EXPECT_EQ(all.agreements(), 3);
  EXPECT_EQ(all.changed_agreements() + all.refused_agreements(), 0);
  EXPECT_EQ(all.before().ShortDebugString(), all.after().ShortDebugString());
}

TEST_F(ImpactOf, ARateIsToldToTheCentByCaseFunderAndEnvelope) {
  const Rulebook draft = RulebookWith({kLowerRate});
  Impact impact(draft, published_, "2025-06-01");
  LiveCase lately = Accompanied(2, 4);
  lately.signed_lately = true;
  const v1::CaseImpact one = impact.Examine(Accompanied(1));
  impact.Examine(lately);
  EXPECT_EQ(one.effect(), v1::CASE_EFFECT_AMOUNTS);
  EXPECT_THAT(Shares(one), ElementsAre("bpifrance: 65000 > 58500", "region-hdf: 39000 > 39000"));
  EXPECT_EQ(one.before().company().cents(), 260'00);
  EXPECT_EQ(one.after().company().cents(), 325'00);
  EXPECT_EQ(one.after().cost().cents(), one.after().aid().cents() + one.after().company().cents());

  const v1::ImpactSummary all = impact.Summary();
  EXPECT_EQ(all.changed_agreements(), 2);
  EXPECT_EQ(all.after().company().cents() - all.before().company().cents(), 65'00 + 130'00);
  ASSERT_EQ(all.funders_size(), 3) << "the one without a share, too";
  EXPECT_EQ(all.funders(0).agreements(), 2);
  EXPECT_EQ(all.funders(0).after().cents() - all.funders(0).before().cents(), -(65'00 + 130'00));
  EXPECT_EQ(all.funders(1).agreements(), 0);
  ASSERT_THAT(impact.envelope_needs(), SizeIs(1));
  const auto& [key, need] = *impact.envelope_needs().begin();
  EXPECT_EQ(key, (EnvelopeKey{7, "bpifrance", "", ""}));
  EXPECT_EQ(need.cents, -(65'00 + 130'00));
  EXPECT_EQ(need.lately, -130'00);
}

TEST_F(ImpactOf, AFunderThatTheAgreementDidNotHaveMustFindAnEnvelope) {
  const Rulebook draft =
      RulebookWith({{"- funder: region-hdf\n            regions: [32]\n            rate: 30 %",
                     "- funder: etat\n            rate: 30 %"}});
  Impact impact(draft, published_, "2025-06-01");
  EXPECT_THAT(Shares(impact.Examine(Accompanied(1))),
              ElementsAre("bpifrance: 65000 > 65000", "etat: 0 > 39000", "region-hdf: 39000 > 0"));
  ASSERT_THAT(impact.envelope_needs(), SizeIs(2));
  EXPECT_EQ(impact.envelope_needs().at({0, "etat", "32", "2025-03-10"}).cents, 390'00);
  EXPECT_EQ(impact.envelope_needs().at({8, "region-hdf", "", ""}).cents, -390'00);
}

TEST_F(ImpactOf, ARefusedAgreementSaysWhyAndCountsAsNothing) {
  const Rulebook draft = RulebookWith({{"cap_half_days: 100", "cap_half_days: 20"}});
  Impact impact(draft, published_, "2025-06-01");
  EXPECT_EQ(impact.Examine(Accompanied(1, 20)).effect(), v1::CASE_EFFECT_UNCHANGED);
  const v1::CaseImpact one = impact.Examine(Accompanied(2, 21));
  EXPECT_EQ(one.effect(), v1::CASE_EFFECT_REFUSED);
  EXPECT_EQ(one.refused(), "DAYS_OVER_GRANT");
  EXPECT_THAT(one.refused_fr(), HasSubstr("20"));
  EXPECT_FALSE(one.has_after());
  const v1::ImpactSummary all = impact.Summary();
  EXPECT_EQ(all.refused_agreements(), 1);
  EXPECT_EQ(all.changed_agreements(), 0);
  ASSERT_EQ(all.refusals_size(), 1);
  EXPECT_EQ(all.refusals(0).reason(), "DAYS_OVER_GRANT");
  EXPECT_EQ(all.before().cost().cents() - all.after().cost().cents(), 21 * 650'00);
  EXPECT_EQ(all.refused().cost().cents(), 21 * 650'00);
  EXPECT_EQ(all.after().company().cents(), all.before().company().cents() - all.refused().company().cents())
      << "what is not refused does not change";
  for (const v1::FunderImpact& funder : all.funders())
    EXPECT_EQ(funder.after().cents(), funder.before().cents() - funder.refused().cents()) << funder.funder();
}

TEST_F(ImpactOf, APriceThatWasNotAgreedIsARefusalInWords) {
  const Rulebook draft =
      RulebookWith({{"min_half_days: 20\n        max_half_days: 20\n        fixed_price: 13 000 EUR",
                     "min_half_days: 20\n        max_half_days: 20\n        max_day_rate: 1 300 EUR"}});
  Impact impact(draft, published_, "2025-06-01");
  const v1::CaseImpact one = impact.Examine(Signed(1, "2025-03-10", "diagnosis", 20, 0));
  EXPECT_EQ(one.refused(), "INVALID_REQUEST");
  EXPECT_THAT(one.refused_en(), HasSubstr("otherwise than the agreement agreed"));
}

TEST_F(ImpactOf, TheDateThatFixesTheTermsIsTheOneTheDraftNames) {
  // 20 half-days: 10,000 € for an agreement of February 2026, 13,000 € for an application of 2024.
  LiveCase live = Signed(1, "2026-02-02", "diagnosis", 20, 0);
  const Rulebook by_application =
      RulebookWith({{"terms_fixed_by: agreement", "terms_fixed_by: application"}});
  Impact first(by_application, published_, "2026-06-01");
  EXPECT_EQ(first.Examine(live).after().cost().cents(), 13'000'00);

  const Rulebook by_first_day = RulebookWith({{"terms_fixed_by: agreement", "terms_fixed_by: first_day"}});
  Impact second(by_first_day, published_, "2026-06-01");
  EXPECT_EQ(second.Examine(live).after().cost().cents(), 10'000'00) << "still to come: the signature";
  live.first_day = "2025-12-31";
  EXPECT_EQ(second.Examine(live).after().cost().cents(), 13'000'00);
}

TEST_F(ImpactOf, TheSameDateStaysAsItWasFrozen) {
  const std::vector<Rulebook> published = {
      RulebookWith({{"terms_fixed_by: agreement", "terms_fixed_by: first_day"}})};
  // Signed before the first day was known; it came under another tariff since.
  LiveCase live = Signed(1, "2025-12-01", "diagnosis", 20, 0);
  live.first_day = "2026-01-05";
  Impact impact(published[0], published, "2026-06-01");
  EXPECT_EQ(impact.Examine(live).effect(), v1::CASE_EFFECT_UNCHANGED);
}

TEST_F(ImpactOf, EligibilityIsLostAndGainedWithItsConditions) {
  const Rulebook draft = RulebookWith(
      {{"min_headcount: 10", "min_headcount: 150"}, {"max_headcount: 2 000", "max_headcount: 3 000"}});
  Impact impact(draft, published_, "2025-06-01");
  const v1::CaseImpact lost = impact.Examine(Accompanied(1));
  EXPECT_EQ(lost.effect(), v1::CASE_EFFECT_NO_LONGER_ELIGIBLE);
  EXPECT_EQ(lost.after().ShortDebugString(), lost.before().ShortDebugString()) << "told apart from amounts";
  ASSERT_EQ(lost.unmet_size(), 1);
  EXPECT_EQ(lost.unmet(0).code(), "headcount");
  EXPECT_THAT(lost.unmet(0).evidence_en(), HasSubstr("from 150 to 3000"));

  LiveCase large = Open(2);
  large.facts.headcount_hundredths = 2'500'00;
  const v1::CaseImpact gained = impact.Examine(large);
  EXPECT_EQ(gained.effect(), v1::CASE_EFFECT_NEWLY_ELIGIBLE);
  EXPECT_THAT(gained.unmet(0).evidence_en(), HasSubstr("from 10 to 2000")) << "what holds it back today";
  EXPECT_FALSE(gained.has_before());

  large.ceased = true;
  EXPECT_EQ(impact.Examine(large).eligibility(), v1::CASE_ELIGIBILITY_NONE) << "under any rulebook";
  const v1::ImpactSummary all = impact.Summary();
  EXPECT_EQ(all.no_longer_eligible(), 1);
  EXPECT_EQ(all.newly_eligible(), 1);
  EXPECT_EQ(all.agreements(), 1);
}

TEST_F(ImpactOf, WhatTheStaffOfAGroupDecidesIsNotGuessed) {
  const Rulebook draft = RulebookWith({{"min_headcount: 10", "headcount_basis: group\n  min_headcount: 10"}});
  Impact impact(draft, published_, "2025-06-01");
  EXPECT_EQ(impact.Examine(Open(1)).eligibility(), v1::CASE_ELIGIBILITY_UNTOLD);
  EXPECT_EQ(impact.Summary().eligibility_untold(), 1);
  EXPECT_EQ(impact.Summary().no_longer_eligible(), 0);
}

TEST_F(ImpactOf, ADraftGovernsWhatIsNotSignedAndNotBeforeItsFirstDay) {
  const Rulebook draft =
      RulebookWith({{"terms_fixed_by: agreement", "terms_fixed_by: agreement\nin_force_from: 2025-07-01"}});
  EXPECT_FALSE(Impact(draft, published_, "2025-06-30").Examine(Open(1)).governed());
  EXPECT_TRUE(Impact(draft, published_, "2025-07-01").Examine(Open(1)).governed());
  EXPECT_FALSE(Impact(draft, published_, "2025-07-01").Examine(Accompanied(1)).governed());
  const Rulebook by_application =
      RulebookWith({{"terms_fixed_by: agreement",
                     "terms_fixed_by: agreement\ntransition_by: application\nin_force_from: 2025-07-01"}});
  EXPECT_FALSE(Impact(by_application, published_, "2025-07-01").Examine(Open(1)).governed())
      << "it applied before";
}

TEST_F(ImpactOf, FundersOfEarlierVersionsComeLast) {
  const Rulebook draft = RulebookWith(
      {{"funders: [bpifrance, region-hdf, etat]", "funders: [etat, bpifrance, region-hdf, ue]"}});
  EXPECT_THAT(Impact(draft, published_, "2025-06-01").funders(),
              ElementsAre("etat", "bpifrance", "region-hdf", "ue"));
  EXPECT_THAT(Impact(published_[0], {draft}, "2025-06-01").funders(),
              ElementsAre("bpifrance", "region-hdf", "etat", "ue"));
}

}  // namespace
}  // namespace jalon::funding
