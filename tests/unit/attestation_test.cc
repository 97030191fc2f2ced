#include "funding/attestation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jalon::funding {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Every text of a document, a line each.
std::string TextOf(const document::Document& document) {
  std::string text = document.title + "\n" + document.header + "\n" + document.footer + "\n";
  const auto add = [&text](const std::vector<std::string>& cells) {
    for (const std::string& cell : cells) text += cell + "|";
    text += "\n";
  };
  for (const document::Block& block : document.blocks) {
    if (const auto* paragraph = std::get_if<document::Paragraph>(&block)) text += paragraph->text + "\n";
    if (const auto* facts = std::get_if<document::Facts>(&block))
      for (const auto& fact : facts->facts) add({fact.name, fact.value});
    if (const auto* table = std::get_if<document::Table>(&block)) {
      for (const auto& row : table->rows) add(row);
      add(table->total);
    }
  }
  std::string plain;
  for (size_t i = 0; i < text.size();) {  // no-break spaces as spaces
    if (text.compare(i, 2, "\u00A0") == 0 || text.compare(i, 3, "\u202F") == 0) {
      plain += ' ';
      i += text.compare(i, 2, "\u00A0") == 0 ? 2 : 3;
    } else {
      plain += text[i++];
    }
  }
  return plain;
}

v1::DeMinimisAttestation Attestation(v1::AidRegime regime = v1::AID_REGIME_GENERAL) {
  v1::DeMinimisAttestation told;
  told.set_case_id(42);
  told.set_siren("732829320");
  told.set_company_name("Ateliers du Nord");
  told.set_programme("ia-booster-hdf");
  told.set_regime(regime);
  told.mutable_ceiling()->set_cents(300'000'00);
  told.set_reference("jalon-42");
  told.mutable_amount()->set_cents(50'000'00);
  told.set_programme_title_fr("IA Booster France 2030");
  told.set_programme_title_en("AI Booster France 2030");
  told.set_first_granted_on("2026-03-10");
  told.set_granted_on("2026-07-06");
  auto* granted = told.add_grants();
  granted->set_granted_on("2026-03-10");
  granted->mutable_amount()->set_cents(60'000'00);
  granted->set_register_reference("FR-7");
  granted->set_registered_on("2026-03-20");
  auto* reduced = told.add_grants();
  reduced->set_granted_on("2026-07-06");
  reduced->mutable_amount()->set_cents(-10'000'00);
  reduced->set_due_on("2026-08-03");
  auto* grantor = told.add_grantors();
  grantor->set_name("Bpifrance");
  grantor->mutable_amount()->set_cents(50'000'00);
  for (const char* siren : {"552100554", "732829320"}) told.add_members()->set_siren(siren);
  told.mutable_members(1)->set_name("Ateliers du Nord");
  return told;
}

TEST(Attestation, TellsTheAmountTheRegulationTheUndertakingAndTheRegister) {
  const document::Document letter = AttestationLetter(Attestation(), Language::kFrench);
  EXPECT_EQ(letter.date.ToIso(), "2026-07-06") << "the day of the last grant, never that of the reading";
  EXPECT_THAT(
      TextOf(letter),
      AllOf(HasSubstr("Équivalent-subvention brut|50 000,00 €|"), HasSubstr("règlement (UE) 2023/2831"),
            HasSubstr("caractère d’une aide de minimis"), HasSubstr("Programme|IA Booster France 2030|"),
            HasSubstr("Octrois|du 10/03/2026 au 06/07/2026"), HasSubstr("du dernier octroi"),
            HasSubstr("sur toute période de trois ans"), HasSubstr("(article 6)"),
            HasSubstr("conservées dix ans"), HasSubstr("10/03/2026|octroi|n° FR-7, le 20/03/2026|"),
            HasSubstr("06/07/2026|réduction|à inscrire au plus tard le 03/08/2026|-10 000,00 €|"),
            HasSubstr("552100554|–|"), HasSubstr("732829320|Ateliers du Nord|"), HasSubstr("300 000,00 €"),
            HasSubstr("Bpifrance|50 000,00 €|")));
}

TEST(Attestation, OfOneGrantHeadsItsDay) {
  v1::DeMinimisAttestation told = Attestation();
  told.set_first_granted_on(told.granted_on());
  EXPECT_THAT(TextOf(AttestationLetter(told, Language::kFrench)),
              AllOf(HasSubstr("Date d’octroi|06/07/2026|"), Not(HasSubstr("Octrois|"))));
}

TEST(Attestation, SpeaksEnglish) {
  EXPECT_THAT(TextOf(AttestationLetter(Attestation(), Language::kEnglish)),
              AllOf(HasSubstr("Gross grant equivalent|€50,000.00|"), HasSubstr("Regulation (EU) 2023/2831"),
                    HasSubstr("2026-03-10|grant|no. FR-7, on 2026-03-20|")));
}

TEST(Attestation, NamesTheRegulationOfItsRegime) {
  EXPECT_THAT(TextOf(AttestationLetter(Attestation(v1::AID_REGIME_AGRICULTURE), Language::kFrench)),
              HasSubstr("1408/2013"));
  EXPECT_THAT(TextOf(AttestationLetter(Attestation(v1::AID_REGIME_FISHERY), Language::kFrench)),
              HasSubstr("717/2014"));
}

}  // namespace
}  // namespace jalon::funding
