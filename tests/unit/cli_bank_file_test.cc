#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cli/bank_file.h"

namespace jalon::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

BankFile Read(const std::string& text, Language language = Language::kFrench) {
  return ReadBankFile(FromString(text), language);
}

TEST(BankFileTest, ReadsFrenchColumnsInAnyOrder) {
  const BankFile file = Read(
      "\xEF\xBB\xBFLibellé;Montant;Date opération;Identifiant\n"
      "VIR JALON-3-14 SARL DUPONT;-1 325,50;02/06/2025;A1\n"
      "REMISE;12,00;02/06/2025;A2\n");
  EXPECT_THAT(file.problem, IsEmpty());
  ASSERT_THAT(file.lines, SizeIs(2));
  const auto& line = file.lines[0].bank_line;
  EXPECT_THAT(file.lines[0].problem, IsEmpty());
  EXPECT_EQ(line.amount().cents(), 1325'50);
  EXPECT_EQ(line.booked_on(), "2025-06-02");
  EXPECT_EQ(line.reference(), "JALON-3-14");
  EXPECT_EQ(line.bank_key(), "A1");
  EXPECT_THAT(file.lines[1].problem, HasSubstr("crédit"));
}

TEST(BankFileTest, ReadsEnglishColumnsWithDecimalDots) {
  const BankFile file = Read("date,amount,end_to_end_id\n2025-06-02,325.00,JALON-1-2\n", Language::kEnglish);
  ASSERT_THAT(file.lines, SizeIs(1));
  EXPECT_THAT(file.lines[0].problem, IsEmpty());
  EXPECT_EQ(file.lines[0].bank_line.amount().cents(), 325'00);
  EXPECT_EQ(file.lines[0].bank_line.reference(), "JALON-1-2");
}

TEST(BankFileTest, NamesLinesThatHaveNoIdSoThatTheSameFileNamesThemAlike) {
  const std::string text = "date;montant;référence\n2025-06-02;10;X\n2025-06-02;10;X\n2025-06-03;10;X\n";
  const BankFile file = Read(text), again = Read(text);
  ASSERT_THAT(file.lines, SizeIs(3));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(file.lines[i].bank_line.bank_key(), again.lines[i].bank_line.bank_key());
    for (size_t k = 0; k < i; ++k)
      EXPECT_NE(file.lines[i].bank_line.bank_key(), file.lines[k].bank_line.bank_key());
  }
}

TEST(BankFileTest, TellsEachLineThatCannotBeRead) {
  const BankFile file = Read(
      "date;montant;référence\n"
      "demain ou après;10;X\n"
      "2025-06-02;dix;X\n"
      "2025-06-02;0;X\n"
      "2025-06-02;10;\"X\n");
  ASSERT_THAT(file.lines, SizeIs(4));
  for (const BankFileLine& line : file.lines) EXPECT_FALSE(line.problem.empty()) << line.line;
  EXPECT_EQ(file.lines[1].line, 3);
}

TEST(BankFileTest, RefusesAnAmountBeyondAllOrdersByItself) {
  const BankFile file = Read(
      "date;montant;référence\n"
      "2025-06-02;-9 999 999 999 999,00;X\n"
      "2025-06-02;325,00;JALON-1-2\n");
  ASSERT_THAT(file.lines, SizeIs(2));
  EXPECT_EQ(file.lines[0].line, 2);
  EXPECT_THAT(file.lines[0].problem, HasSubstr("plus qu’aucun ordre ne porte"));
  EXPECT_THAT(file.lines[1].problem, IsEmpty()) << "nor does its sign make credits of the others";
}

TEST(BankFileTest, LacksNoColumnThatItNeeds) {
  EXPECT_THAT(Read("montant;référence\n").problem, HasSubstr("date"));
  EXPECT_THAT(Read("date;référence\n").problem, HasSubstr("montant"));
  EXPECT_THAT(Read("date;montant\n", Language::kEnglish).problem, HasSubstr("reference"));
  EXPECT_FALSE(Read("").problem.empty());
}

}  // namespace
}  // namespace jalon::cli
