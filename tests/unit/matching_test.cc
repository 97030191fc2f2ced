#include "assignment/matching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jalon::assignment {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Date D(const char* iso) {
  return *Date::Parse(iso);
}

constexpr char kToday[] = "2026-09-01";

// Claire lives in Lille, masters two skills and works Monday to Friday.
Person Claire() {
  Person claire{.consultant_id = 7,
                .name = "Claire Durand",
                .skills = {{"computer-vision", 3}, {"nlp", 1}},
                .regions = {"32"},
                .sectors = {"C"},
                .languages = {"fr"},
                .home = PlaceOfCommune("59350"),
                .day_rate_cents = 1'300'00,
                .diary = Diary(D("2026-09-01"), D("2027-03-31"), {})};
  claire.diary.Close();
  return claire;
}

// A manufacturer in Roubaix, next door.
CaseNeed Roubaix() {
  return {.case_id = 12,
          .company_name = "FILATURE DU NORD",
          .programme = "ia-booster-hdf",
          .region = "32",
          .place = PlaceOfCommune("59512"),
          .sector = 'C',
          .phases = {"accompaniment"},
          .from = D("2026-09-01"),
          .until = D("2026-12-31"),
          .half_days = 20};
}

std::vector<int> Shortcomings(const CaseNeed& need, const Person& person, const Acquaintance& known = {}) {
  const Score score = Judge(need, person, known, D(kToday));
  google::protobuf::RepeatedPtrField<v1::WhyNot> why_not;
  TellWhyNot(need, person, known, score, &why_not);
  EXPECT_EQ(score.fit(), why_not.empty());
  std::vector<int> found;
  for (const v1::WhyNot& why : why_not) {
    EXPECT_FALSE(why.reason_fr().empty() || why.reason_en().empty());
    found.push_back(why.shortcoming());
  }
  return found;
}

TEST(Judge, FindsNothingAgainstOneWhoFits) {
  EXPECT_THAT(Shortcomings(Roubaix(), Claire()), ElementsAre());
}

TEST(Judge, AddsUpItsParts) {
  CaseNeed need = Roubaix();
  need.skills = {"computer-vision", "nlp"};
  const Person claire = Claire();
  const Score score = Judge(need, claire, {.half_days = 3}, D(kToday));
  // Levels 3 and 1 of twice 3; the sector; 10 km of 150; more than twice as many half-days again; nothing
  // taken; worked on the case.
  EXPECT_THAT(score.parts,
              ElementsAre(350 * 4 / 6, 100, 200 * (150 - *score.distance_km) / 150, 150, 100, 100));
  EXPECT_EQ(score.points, 233 + 100 + score.parts[2] + 350);
  google::protobuf::RepeatedPtrField<v1::ScorePart> parts;
  TellParts(need, claire, {.half_days = 3}, score, &parts);
  ASSERT_EQ(parts.size(), 6);
  int points = 0, most = 0;
  for (const v1::ScorePart& part : parts) {
    points += part.points();
    most += part.most();
    EXPECT_LE(part.points(), part.most());
  }
  EXPECT_EQ(points, score.points);
  EXPECT_EQ(most, 1000);
  EXPECT_THAT(parts[0].reason_en(), HasSubstr("Skills wanted, 2 of 2: computer-vision 3/3, nlp 1/3"));
  EXPECT_THAT(parts[5].reason_fr(), HasSubstr("A déjà fait 3 demi-journées sur ce dossier."));
}

TEST(Judge, TellsEachReasonAgainst) {
  Person claire = Claire();
  claire.left_on = D("2026-12-30");
  EXPECT_THAT(Shortcomings(Roubaix(), claire), ElementsAre(v1::SHORTCOMING_LEFT));
  claire.left_on = D("2026-12-31");
  EXPECT_THAT(Shortcomings(Roubaix(), claire), ElementsAre());

  const auto tie = [](TieKind kind) { return Acquaintance{.ties = {{kind, "732829320", D("2026-01-31")}}}; };
  EXPECT_THAT(Shortcomings(Roubaix(), Claire(), tie(TieKind::kDeclared)),
              ElementsAre(v1::SHORTCOMING_CONFLICT_DECLARED));
  EXPECT_THAT(Shortcomings(Roubaix(), Claire(), tie(TieKind::kEmployer)),
              ElementsAre(v1::SHORTCOMING_CONFLICT_EMPLOYER));
  EXPECT_THAT(Shortcomings(Roubaix(), Claire(), tie(TieKind::kClient)),
              ElementsAre(v1::SHORTCOMING_CONFLICT_CLIENT));
  EXPECT_THAT(
      Shortcomings(Roubaix(), Claire(), {.assigned = {{"accompaniment", D("2026-12-31"), D("2027-06-30")}}}),
      ElementsAre(v1::SHORTCOMING_ALREADY_ASSIGNED));
  EXPECT_THAT(
      Shortcomings(Roubaix(), Claire(), {.assigned = {{"diagnosis", D("2026-01-01"), D("2027-06-30")}}}),
      ElementsAre());

  CaseNeed elsewhere = Roubaix();
  elsewhere.region = "84";
  elsewhere.skills = {"mlops", "nlp"};
  elsewhere.languages = {"fr", "en"};
  elsewhere.half_days = 1000;
  elsewhere.place = PlaceOfCommune("69123");
  Person near = Claire();
  near.radius_km = 100;
  EXPECT_THAT(Shortcomings(elsewhere, near),
              ElementsAre(v1::SHORTCOMING_REGION, v1::SHORTCOMING_RADIUS, v1::SHORTCOMING_SKILL,
                          v1::SHORTCOMING_LANGUAGE, v1::SHORTCOMING_AVAILABILITY));
  near.regions.clear();
  near.radius_km = 0;
  elsewhere.half_days = 20;
  EXPECT_THAT(Shortcomings(elsewhere, near), ElementsAre(v1::SHORTCOMING_SKILL, v1::SHORTCOMING_LANGUAGE))
      << "one who named no region works wherever";
}

TEST(Judge, AsksForAccreditationOnEveryDay) {
  Person claire = Claire();
  claire.accredited = {{"other", D("2020-01-01"), std::nullopt}};
  EXPECT_THAT(Shortcomings(Roubaix(), claire), ElementsAre(v1::SHORTCOMING_NOT_ACCREDITED));
  claire.accredited.push_back({"ia-booster-hdf", D("2026-10-01"), std::nullopt});
  EXPECT_THAT(Shortcomings(Roubaix(), claire), ElementsAre(v1::SHORTCOMING_NOT_ACCREDITED));
  claire.accredited.push_back({"ia-booster-hdf", D("2026-01-01"), D("2026-09-30")});
  EXPECT_THAT(Shortcomings(Roubaix(), claire), ElementsAre()) << "one goes on where the other ends";
  claire.accredited_until = D("2026-12-30");
  EXPECT_THAT(Shortcomings(Roubaix(), claire), ElementsAre(v1::SHORTCOMING_NOT_ACCREDITED));
}

TEST(Judge, WantsASuccessorToBeFreeForWhatIsPlanned) {
  Person claire = Claire();
  claire.diary = Diary(D("2026-09-01"), D("2027-03-31"), {});
  claire.diary.Take(D("2026-09-08"), 2);
  claire.diary.Close();
  CaseNeed need = Roubaix();
  need.half_days = 1;
  need.planned = {{D("2026-09-08"), true}};
  EXPECT_THAT(Shortcomings(need, claire), ElementsAre());
  need.planned = {{D("2026-09-08"), false}};
  EXPECT_THAT(Shortcomings(need, claire), ElementsAre(v1::SHORTCOMING_AVAILABILITY));
  need.planned = {{D("2026-09-12"), true}};
  EXPECT_THAT(Shortcomings(need, claire), ElementsAre(v1::SHORTCOMING_AVAILABILITY)) << "a Saturday";
  need.planned = {{D("2026-09-08"), true}};
  EXPECT_THAT(Shortcomings(need, claire, {.assigned = {{"accompaniment", D("2026-01-01"), D("2027-01-01")}}}),
              ElementsAre())
      << "one who is assigned already may take over";
}

TEST(Diary, EndsWhereDatesEnd) {
  Diary diary(D("2199-12-02"), D("2199-12-31"), {});
  diary.TakeOff(D("2199-12-30"), D("2199-12-31"));
  diary.TakeOff(D("2199-12-31"), D("2199-12-30"));
  diary.Close();
  EXPECT_TRUE(diary.IsFree(D("2199-12-27"), true));
  EXPECT_FALSE(diary.IsFree(D("2199-12-30"), true));
  EXPECT_FALSE(diary.IsFree(D("2199-12-31"), false));
}

TEST(TellMissing, SaysWhatStandsInTheWayOfHowMany) {
  CaseNeed need = Roubaix();
  need.skills = {"mlops"};
  Person far = Claire();
  far.regions = {"84"};
  const Score one = Judge(need, Claire(), {}, D(kToday)), two = Judge(need, far, {}, D(kToday));
  const Told told = TellMissing(need, std::vector<const Score*>{&one, &two});
  EXPECT_EQ(told.en, "case 12, FILATURE DU NORD: 2 of 2 without the skills (mlops), 1 outside region 32");
  EXPECT_THAT(told.fr, HasSubstr("2 sur 2 sans les compétences (mlops), 1 hors de la région 32"));
  const Score fit = Judge(Roubaix(), Claire(), {}, D(kToday));
  EXPECT_THAT(TellMissing(need, std::vector<const Score*>{&fit, &two}).en,
              HasSubstr("the only one who would fit is taken by another case"));
}

TEST(Naf, HasItsSections) {
  EXPECT_EQ(SectionOfNaf("01.11Z"), 'A');
  EXPECT_EQ(SectionOfNaf("25.62B"), 'C');
  EXPECT_EQ(SectionOfNaf("62.01Z"), 'J');
  EXPECT_EQ(SectionOfNaf("99.00Z"), 'U');
  EXPECT_EQ(SectionOfNaf(""), 0);
  EXPECT_EQ(SectionOfNaf("00.00Z"), 0);
  EXPECT_EQ(SectionOfNaf("x2"), 0);
}

// Distances as any atlas gives them, to a few kilometres: a town is not a point.
TEST(Place, IsWhereTheAtlasSays) {
  const auto km = [](const char* a, const char* b) {
    return DistanceKm(*PlaceOfCommune(a), *PlaceOfCommune(b));
  };
  EXPECT_EQ(km("59350", "59350"), 0);
  EXPECT_NEAR(km("59350", "75056"), 204, 4) << "Lille and Paris";
  EXPECT_NEAR(km("59350", "69123"), 558, 6) << "Lille and Lyon";
  EXPECT_NEAR(km("80021", "62041"), 57, 5) << "Amiens and Arras";
  EXPECT_NEAR(km("2A004", "2B033"), 103, 6) << "Ajaccio and Bastia";
  EXPECT_NEAR(km("75056", "97411"), 9380, 60) << "Paris and Saint-Denis, La Réunion";
  EXPECT_EQ(km("59350", "80021"), km("80021", "59350"));
}

TEST(Place, OfASmallCommuneLiesAmidItsPostcode) {
  // Oulches-la-Vallée-Foulon, 80 inhabitants, by Craonne, some 24 km from Laon and Reims.
  const int km = DistanceKm(*PlaceOfCommune("02578"), *PlaceOfCommune("02408"));
  EXPECT_GT(km, 5);
  EXPECT_LT(km, 35);
  EXPECT_TRUE(PlaceOfCommune("75101").has_value()) << "an arrondissement of Paris";
  EXPECT_TRUE(PlaceOfCommune("59998").has_value()) << "of no commune, so amid its department";
  EXPECT_FALSE(PlaceOfCommune("59000").has_value()) << "a postcode";
  EXPECT_FALSE(PlaceOfCommune("").has_value());
  EXPECT_FALSE(PlaceOfCommune("00001").has_value());
}

}  // namespace
}  // namespace jalon::assignment
