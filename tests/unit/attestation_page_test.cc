// The page on which a company attests, and what its form says.
#include "calendar/attestation_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jalon::calendar {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kFirst[] = "0b6f1c1e-52c2-4d7c-9d5b-6f6c7d0c1a01";
constexpr char kSecond[] = "0b6f1c1e-52c2-4d7c-9d5b-6f6c7d0c1a02";

v1::OpenAttestationResponse Sheet() {
  v1::OpenAttestationResponse sheet;
  sheet.mutable_link()->set_month("2026-03");
  sheet.set_company_name("Ateliers du Nord");
  sheet.set_consultant_name("Claire Durand");
  for (const char* id : {kFirst, kSecond}) {
    auto* half_day = sheet.add_half_days();
    half_day->set_half_day_id(id);
    half_day->set_date("2026-03-01");
    half_day->set_half(id == kFirst ? common::v1::HALF_MORNING : common::v1::HALF_AFTERNOON);
    half_day->set_phase("diagnosis");
    half_day->set_state(v1::HALF_DAY_STATE_PERFORMED);
  }
  auto& title = *sheet.add_phases();
  title.set_phase("diagnosis");
  title.set_title_fr("Diag Data IA");
  title.set_title_en("Data and AI diagnosis");
  return sheet;
}

AttestationPage Page(Language language = Language::kFrench) {
  return {.language = language, .request_id = "r-1", .problem = "", .entered = {}};
}

TEST(AttestationPage, AsksOfEachHalfDayThatWaits) {
  const std::string page = WriteAttestationPage(Sheet(), Page());
  EXPECT_THAT(
      page, AllOf(HasSubstr("<html lang=\"fr\">"), HasSubstr("width=device-width"), HasSubstr("mars 2026"),
                  HasSubstr("Diag Data IA"), HasSubstr("Ateliers du Nord"), HasSubstr("Claire Durand"),
                  HasSubstr("dimanche 1er mars 2026, matin"), HasSubstr("après-midi"),
                  HasSubstr("name=\"request_id\" value=\"r-1\""), HasSubstr("2 demi-journées, soit 1 jour")));
  for (const char* id : {kFirst, kSecond}) {
    const std::string name = std::string("half_day.") + id;
    EXPECT_THAT(page, HasSubstr("name=\"" + name + "\" value=\"attest\" checked"));
    EXPECT_THAT(page, HasSubstr("name=\"" + name + "\" value=\"dispute\">"));
  }
  EXPECT_THAT(page, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("action=")), Not(HasSubstr("http"))))
      << "no script, nowhere else to go, nothing fetched from elsewhere";
  EXPECT_THAT(WriteAttestationPage(Sheet(), Page(Language::kEnglish)),
              AllOf(HasSubstr("<html lang=\"en\">"), HasSubstr("Sunday 1 March 2026, morning"),
                    HasSubstr("Data and AI diagnosis")));
}

TEST(AttestationPage, WritesNoTextAsMarkup) {
  auto sheet = Sheet();
  const std::string evil = "\"><script>alert('1')</script>&";
  sheet.set_company_name("C" + evil);
  sheet.set_consultant_name("K" + evil);
  sheet.mutable_half_days(0)->set_note("N" + evil);
  sheet.mutable_half_days(0)->set_dispute("D" + evil);
  sheet.mutable_half_days(0)->set_phase("P" + evil);
  sheet.mutable_half_days(0)->set_half_day_id("I" + evil);
  sheet.mutable_half_days(1)->set_date("T" + evil);
  sheet.mutable_link()->set_month("M" + evil);
  AttestationPage page = Page();
  page.problem = "B" + evil;
  page.request_id = "R" + evil;
  page.entered = {{"signer", "S" + evil}};
  std::string html = WriteAttestationPage(sheet, page);
  for (const char who : std::string("CKNDPITMBRS"))
    EXPECT_THAT(html, HasSubstr(who + std::string("&quot;&gt;&lt;script&gt;"))) << who;
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  sheet.mutable_link()->mutable_used_at()->set_seconds(1);
  sheet.mutable_link()->set_signer("G" + evil);
  html = WriteAttestationPage(sheet, page);
  EXPECT_THAT(html, AllOf(HasSubstr("G&quot;&gt;&lt;script"), Not(HasSubstr("<script"))));
  EXPECT_THAT(WriteNoticePage(evil, evil, Language::kEnglish), Not(HasSubstr("<script")));
}

TEST(AttestationPage, ShowsWhatWasTypedAgainBesideWhatIsWrong) {
  AttestationPage page = Page();
  page.missing = {{std::string("reason.") + kSecond, "Dites pourquoi."}, {"signer", "Donnez votre nom."}};
  page.entered = {{std::string("half_day.") + kSecond, "dispute"},
                  {std::string("reason.") + kSecond, "absent"}};
  const std::string html = WriteAttestationPage(Sheet(), page);
  EXPECT_THAT(html, AllOf(HasSubstr("role=\"alert\"><a href=\"#reason."),
                          HasSubstr("<a href=\"#signer\">Donnez votre nom.</a>")))
      << "above, with a way to the field";
  EXPECT_THAT(html,
              AllOf(HasSubstr("id=\"signer.problem\">Donnez votre nom.</p>"),
                    HasSubstr("aria-describedby=\"signer.problem\""),
                    HasSubstr(std::string("aria-describedby=\"reason.") + kSecond + ".problem\" autofocus")))
      << "and beside it";
  EXPECT_THAT(html, HasSubstr(std::string("name=\"half_day.") + kSecond + "\" value=\"dispute\" checked"));
  EXPECT_THAT(html, HasSubstr("value=\"absent\""));
  EXPECT_THAT(html, HasSubstr(std::string("name=\"half_day.") + kFirst + "\" value=\"attest\" checked"));
}

TEST(AttestationPage, OfASignedSheetIsAReceipt) {
  auto sheet = Sheet();
  sheet.mutable_half_days(0)->set_state(v1::HALF_DAY_STATE_ATTESTED);
  sheet.mutable_half_days(1)->set_dispute("absent");
  sheet.mutable_link()->set_signer("Jeanne Martin");
  sheet.mutable_link()->mutable_used_at()->set_seconds(1'772'366'400);  // 2026-03-01 12:00 UTC
  const std::string html = WriteAttestationPage(sheet, Page());
  EXPECT_THAT(html, AllOf(HasSubstr("Jeanne Martin le 01/03/2026 à 13:00"), HasSubstr("attestée"),
                          HasSubstr("contestée"), HasSubstr("absent"), Not(HasSubstr("<form"))));
  EXPECT_THAT(WriteAttestationPage(sheet, Page(Language::kEnglish)),
              HasSubstr("Attested: 1 half-day, 0.5 days. Disputed: 1 half-day, 0.5 days."));
}

TEST(AttestationForm, SaysWhatWasChosen) {
  const auto said = AttestationOf({{std::string("half_day.") + kFirst, "attest"},
                                   {std::string("reason.") + kFirst, "ignored"},
                                   {std::string("half_day.") + kSecond, "dispute"},
                                   {std::string("reason.") + kSecond, "  absent "},
                                   {"signer", " Jeanne "},
                                   {"other", "x"}});
  ASSERT_TRUE(said.has_value());
  EXPECT_THAT(said->half_day_ids(), ElementsAre(kFirst));
  ASSERT_EQ(said->disputes_size(), 1);
  EXPECT_EQ(said->disputes(0).half_day_id(), kSecond);
  EXPECT_EQ(said->disputes(0).reason(), "absent");
  EXPECT_EQ(said->signer(), "Jeanne");
  EXPECT_EQ(AttestationOf({{std::string("half_day.") + kFirst, "approve"}}), std::nullopt);
}

TEST(AttestationForm, IsNotSentBeforeItIsWhole) {
  v1::Attestation said;
  const auto lacks = [](std::string field, const char* text) {
    return AllOf(Field(&Missing::field, std::move(field)), Field(&Missing::text, HasSubstr(text)));
  };
  EXPECT_THAT(MissingIn(said, Sheet(), Language::kEnglish),
              ElementsAre(lacks("signer", "your name"), lacks("", "one half-day")));
  said.add_disputes()->set_half_day_id(kFirst);
  EXPECT_THAT(MissingIn(said, Sheet(), Language::kEnglish),
              ElementsAre(lacks(std::string("reason.") + kFirst, "Sunday 1 March 2026, morning"),
                          lacks("signer", "your name")))
      << "all at once";
  said.set_signer("Jeanne");
  said.mutable_disputes(0)->set_half_day_id("unknown");
  EXPECT_THAT(MissingIn(said, Sheet(), Language::kFrench), ElementsAre(lacks("", "contestez")));
  said.mutable_disputes(0)->set_reason("absent");
  EXPECT_THAT(MissingIn(said, Sheet(), Language::kEnglish), IsEmpty());
}

}  // namespace
}  // namespace jalon::calendar
