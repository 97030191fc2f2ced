#include "calendar/sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "google/protobuf/text_format.h"

namespace jalon::calendar {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

v1::GetSheetResponse SomeSheet() {
  v1::GetSheetResponse sheet;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(R"pb(
                                                              sheet {
                                                                case_id: 12
                                                                consultant_id: 7
                                                                month: "2026-09"
                                                                programme: "ia-booster-hdf"
                                                                siren: "732829320"
                                                                company_name: "Ateliers Lefebvre"
                                                                consultant_name: "Claire Durand"
                                                                half_days: 3
                                                                attested: 1
                                                                approved: 2
                                                              }
                                                              half_days {
                                                                half_day_id: "a"
                                                                date: "2026-09-01"
                                                                half: HALF_MORNING
                                                                phase: "accompaniment"
                                                                note: "Données"
                                                                state: HALF_DAY_STATE_APPROVED
                                                                attested_by: "contact"
                                                                attested_at { seconds: 1790928180 }
                                                                approved_by: "officer"
                                                                approved_at { seconds: 1790931780 }
                                                              }
                                                              half_days {
                                                                half_day_id: "b"
                                                                date: "2026-09-01"
                                                                half: HALF_AFTERNOON
                                                                phase: "accompaniment"
                                                                note: "Modèle"
                                                                state: HALF_DAY_STATE_APPROVED
                                                                attested_by: "contact"
                                                                attested_at { seconds: 1790928180 }
                                                                approved_by: "officer"
                                                                approved_at { seconds: 1790931780 }
                                                              }
                                                              half_days {
                                                                half_day_id: "c"
                                                                date: "2026-08-31"
                                                                half: HALF_MORNING
                                                                phase: "accompaniment"
                                                                note: ""
                                                                state: HALF_DAY_STATE_ATTESTED
                                                                attested_by: "contact"
                                                                attested_at { seconds: 1791014580 }
                                                              }
                                                            )pb",
                                                            &sheet));
  return sheet;
}

TEST(SheetCode, IsReadableAndTheSameForTheSameSheetAndKey) {
  const std::string code = SheetCode("key", SomeSheet());
  EXPECT_THAT(code, MatchesRegex("[0-9A-Z]+-[0-9A-Z]+-[0-9A-Z]+"));
  EXPECT_THAT(code, SizeIs(14));
  EXPECT_EQ(code, SheetCode("key", SomeSheet()));
  EXPECT_NE(code, SheetCode("another key", SomeSheet()));
}

// Each thing that paper tells is in the code, and no text can pass for two.
TEST(SheetCode, ChangesWithWhateverTheSheetSays) {
  std::set<std::string> codes = {SheetCode("key", SomeSheet())};
  size_t changes = 1;
  const auto change = [&](auto mutate) {
    v1::GetSheetResponse sheet = SomeSheet();
    mutate(sheet);
    codes.insert(SheetCode("key", sheet));
    EXPECT_THAT(codes, SizeIs(++changes));
  };
  change([](auto& s) { s.mutable_sheet()->set_case_id(13); });
  change([](auto& s) { s.mutable_sheet()->set_consultant_id(8); });
  change([](auto& s) { s.mutable_sheet()->set_month("2026-10"); });
  change([](auto& s) { s.mutable_half_days()->RemoveLast(); });
  change([](auto& s) { s.mutable_half_days()->SwapElements(0, 1); });
  change([](auto& s) { s.mutable_half_days(0)->set_date("2026-09-02"); });
  change([](auto& s) { s.mutable_half_days(0)->set_half(common::v1::HALF_AFTERNOON); });
  change([](auto& s) { s.mutable_half_days(0)->set_phase("diagnosis"); });
  change([](auto& s) { s.mutable_half_days(0)->set_note("Donnée"); });
  change([](auto& s) { s.mutable_half_days(0)->set_state(v1::HALF_DAY_STATE_ATTESTED); });
  change([](auto& s) { s.mutable_half_days(0)->set_dispute("absent"); });
  change([](auto& s) { s.mutable_half_days(0)->set_attested_by("autre"); });
  change([](auto& s) { s.mutable_half_days(0)->mutable_attested_at()->set_nanos(1000); });
  change([](auto& s) { s.mutable_half_days(0)->set_approved_by("autre"); });
  change([](auto& s) { s.mutable_half_days(0)->mutable_approved_at()->set_seconds(1); });
}

TEST(SheetCode, MayBeTypedAsItIsRead) {
  EXPECT_EQ(NormalCode("7k2d-oqxm-v4il"), "7K2D-0QXM-V411");
  EXPECT_EQ(NormalCode(" 7K2D 0QXM V4RT"), "7K2D-0QXM-V4RT");
  EXPECT_EQ(NormalCode(NormalCode("7k2d0qxmv4rt")), "7K2D-0QXM-V4RT");
}

const document::Table& TableOf(const document::Document& paper) {
  for (const auto& block : paper.blocks)
    if (const auto* table = std::get_if<document::Table>(&block)) return *table;
  static const document::Table none;
  return none;
}

std::string TextOf(const document::Document& paper) {
  std::string text = paper.title + "\n" + paper.footer;
  for (const auto& block : paper.blocks) {
    if (const auto* paragraph = std::get_if<document::Paragraph>(&block)) text += "\n" + paragraph->text;
    if (const auto* signatures = std::get_if<document::Signatures>(&block))
      for (const auto& party : signatures->parties) text += "\n" + party.name + ": " + party.lines;
  }
  return text;
}

TEST(SheetDocument, TellsWhoSignedWhenForHowMany) {
  auto sheet = SomeSheet();
  sheet.set_code("7K2D-0QXM-V4RT");
  auto& title = *sheet.add_phases();
  title.set_phase("accompaniment");
  title.set_title_fr("Accompagnement");
  title.set_title_en("Coaching");
  const auto paper = SheetDocument(sheet, Language::kFrench);
  const std::string text = TextOf(paper);
  EXPECT_THAT(text, HasSubstr("septembre 2026"));
  EXPECT_THAT(text, HasSubstr("7K2D-0QXM-V4RT"));
  // 1790928180 is 2026-10-02 08:03 UTC: ten o'clock in Paris, in summer.
  EXPECT_THAT(text, HasSubstr("contact, le 02/10/2026 à 10:03"));
  EXPECT_THAT(text, HasSubstr("officer, le 02/10/2026 à 11:03"));
  EXPECT_THAT(text, HasSubstr("2 demi-journées\ncontact, le 03/10/2026 à 10:03"));
  EXPECT_THAT(text, HasSubstr("1 demi-journée n’est pas encore approuvée"));
  EXPECT_THAT(TableOf(paper).rows, SizeIs(3));
  EXPECT_THAT(TableOf(paper).total[3], HasSubstr("1 jour et demi"));
  EXPECT_THAT(TableOf(paper).rows[2][0], HasSubstr("31/08/2026")) << "a late one has its true date";
  EXPECT_EQ(TableOf(paper).rows[0][2], "Accompagnement");
  EXPECT_EQ(TableOf(SheetDocument(sheet, Language::kEnglish)).rows[0][2], "Coaching");
}

TEST(SheetDocument, OfASettledSheetIsNotProvisional) {
  auto sheet = SomeSheet();
  sheet.mutable_half_days()->RemoveLast();
  sheet.mutable_sheet()->set_half_days(2);
  sheet.mutable_sheet()->set_attested(0);
  EXPECT_THAT(TextOf(SheetDocument(sheet, Language::kFrench)), Not(HasSubstr("provisoire")));
  EXPECT_THAT(TextOf(SheetDocument(sheet, Language::kEnglish)), HasSubstr("September 2026"));
}

TEST(SheetDocument, OfAnUnsignedSheetSaysSo) {
  auto sheet = SomeSheet();
  for (auto& half_day : *sheet.mutable_half_days()) {
    half_day.set_state(v1::HALF_DAY_STATE_PERFORMED);
    half_day.clear_attested_by();
    half_day.clear_approved_by();
  }
  sheet.mutable_half_days(0)->set_dispute("absent ce matin-là");
  sheet.mutable_sheet()->set_attested(0);
  sheet.mutable_sheet()->set_approved(0);
  const auto paper = SheetDocument(sheet, Language::kFrench);
  EXPECT_THAT(TextOf(paper), HasSubstr("pas encore"));
  EXPECT_THAT(TableOf(paper).rows[0][4], HasSubstr("absent ce matin-là"));
  EXPECT_EQ(TableOf(paper).rows[1][4], "à attester");
}

}  // namespace
}  // namespace jalon::calendar
