#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "clients/cli/import.h"
#include "clients/cli/seats.h"

namespace jalon::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The header and rows of Insee's StockUniteLegale, as published.
constexpr char kUnits[] =
    "siren,statutDiffusionUniteLegale,unitePurgeeUniteLegale,dateCreationUniteLegale,sigleUniteLegale,"
    "sexeUniteLegale,"
    "prenom1UniteLegale,prenom2UniteLegale,prenom3UniteLegale,prenom4UniteLegale,prenomUsuelUniteLegale,"
    "pseudonymeUniteLegale,identifiantAssociationUniteLegale,trancheEffectifsUniteLegale,"
    "anneeEffectifsUniteLegale,"
    "dateDernierTraitementUniteLegale,nombrePeriodesUniteLegale,categorieEntreprise,anneeCategorieEntreprise,"
    "dateDebut,"
    "etatAdministratifUniteLegale,nomUniteLegale,nomUsageUniteLegale,denominationUniteLegale,"
    "denominationUsuelle1UniteLegale,denominationUsuelle2UniteLegale,denominationUsuelle3UniteLegale,"
    "categorieJuridiqueUniteLegale,activitePrincipaleUniteLegale,nomenclatureActivitePrincipaleUniteLegale,"
    "nicSiegeUniteLegale,economieSocialeSolidaireUniteLegale,caractereEmployeurUniteLegale\n"
    "000325175,O,,2000-09-26,,M,THIERRY,,,,THIERRY,,,,,2018-07-10T14:17:15,6,PME,2016,2018-02-07,A,JANOYER,,,"
    ",,,1000,"
    "32.12Z,NAFRev2,00065,,N\n"
    "005410220,O,true,1954-12-25,,M,GEORGES,,,,GEORGES,,,,,,1,,,1988-03-31,C,WATTEBLED,,,,,,1000,22.02,NAP,"
    "00015,,N\n";

struct Result {
  std::vector<ImportRow> rows;
  std::vector<std::string> told;
  std::optional<std::string> header_problem;
  int64_t other_establishments = 0;
};

Result Import(const std::string& text) {
  Result result;
  ImportReader reader(
      FromString(text), Language::kEnglish,
      [&](int64_t line, const std::string& siren, const std::string& sentence, bool refused) {
        result.told.push_back(std::to_string(line) + (refused ? " no " : " yes ") + siren + ": " + sentence);
      });
  result.header_problem = reader.ReadHeader();
  if (result.header_problem) return result;
  while (auto row = reader.Next()) result.rows.push_back(*std::move(row));
  result.other_establishments = reader.other_establishments();
  return result;
}

TEST(Import, ReadsTheLegalUnitsOfInsee) {
  const Result result = Import(kUnits);
  EXPECT_THAT(result.told, ElementsAre());
  ASSERT_EQ(result.rows.size(), 2u);
  const enrolment::v1::Company& first = result.rows[0].company;
  EXPECT_EQ(result.rows[0].line, 2);
  EXPECT_EQ(first.siren(), "000325175");
  EXPECT_EQ(first.name(), "THIERRY JANOYER") << "a natural person carries no denomination";
  EXPECT_EQ(first.naf(), "32.12Z");
  EXPECT_EQ(first.legal_category(), "1000");
  EXPECT_EQ(first.created_on(), "2000-09-26");
  EXPECT_EQ(first.seat_nic(), "00065");
  EXPECT_EQ(first.headcount_band(), "");
  EXPECT_FALSE(first.ceased());
  const enrolment::v1::Company& second = result.rows[1].company;
  EXPECT_TRUE(second.ceased());
  EXPECT_EQ(second.naf(), "") << "a code of the NAP of 1973 is not one of the NAF of today";
}

TEST(Import, FindsColumnsByNameWhereverTheyStand) {
  // As the file of 2026, whose new columns push the others aside, joined with its seat.
  const Result result = Import(
      "activitePrincipaleNAF25UniteLegale,codeCommuneEtablissement,denominationUniteLegale,siren,"
      "trancheEffectifsUniteLegale,activitePrincipaleUniteLegale\n62.10Y,59350,ATELIER "
      "DUPONT,732829320,22,62.01Z\n");
  ASSERT_EQ(result.rows.size(), 1u);
  EXPECT_EQ(result.rows[0].company.commune(), "59350");
  EXPECT_EQ(result.rows[0].company.naf(), "62.01Z");
  EXPECT_EQ(result.rows[0].company.headcount_band(), "22");
}

TEST(Import, ReadsTheSeatsOfTheEstablishments) {
  const Result result = Import(
      "siren,nic,siret,etablissementSiege,codeCommuneEtablissement,enseigne1Etablissement,"
      "etatAdministratifEtablissement,trancheEffectifsEtablissement,dateCreationEtablissement\n"
      "732829320,00074,73282932000074,true,59350,CHEZ DUPONT,A,12,1990-02-03\n"
      "732829320,00082,73282932000082,false,59512,CHEZ DUPONT,A,01,1995-02-03\n");
  ASSERT_EQ(result.rows.size(), 1u);
  EXPECT_EQ(result.rows[0].company.name(), "CHEZ DUPONT");
  EXPECT_EQ(result.rows[0].company.seat_nic(), "00074");
  EXPECT_EQ(result.rows[0].company.headcount_band(), "12");
  EXPECT_EQ(result.other_establishments, 1);
}

// Insee's StockEtablissement, cut down to columns that matter; `more` columns as the file of 2026 has.
std::string Establishments(bool more, const std::string& rows) {
  return (more ? "activitePrincipaleNAF25Etablissement," : "") +
         std::string("siren,nic,siret,etablissementSiege,codeCommuneEtablissement\n") + rows;
}

std::vector<std::string> told_of_seats;
std::optional<std::string> ReadSeats(SeatIndex& seats, const std::string& text) {
  told_of_seats.clear();
  return seats.Read(FromString(text), Language::kEnglish,
                    [](int64_t line, const std::string& siren, const std::string& sentence) {
                      told_of_seats.push_back(std::to_string(line) + " " + siren + ": " + sentence);
                    });
}

enrolment::v1::Company Unit(const std::string& siren, const std::string& nic) {
  enrolment::v1::Company company;
  company.set_siren(siren);
  company.set_seat_nic(nic);
  return company;
}

TEST(Seats, GiveTheLegalUnitsOfInseeTheirCommune) {
  for (const bool more : {false, true}) {
    const std::string first = more ? "32.12Y," : "";
    SeatIndex seats;
    ASSERT_EQ(
        ReadSeats(seats, Establishments(more, first + "000325175,00057,00032517500057,false,13055\n" + first +
                                                  "000325175,00065,00032517500065,true,84054\n" + first +
                                                  "005410220,00015,00541022000015,true,[ND]\n")),
        std::nullopt);
    EXPECT_THAT(told_of_seats, ElementsAre());
    EXPECT_EQ(seats.size(), 1u) << "seats whose commune is told";
    Result units = Import(kUnits);
    ASSERT_EQ(units.rows.size(), 2u);
    EXPECT_EQ(units.rows[0].company.commune(), "");
    EXPECT_TRUE(seats.Complete(&units.rows[0].company));
    EXPECT_EQ(units.rows[0].company.commune(), "84054");
    EXPECT_FALSE(seats.Complete(&units.rows[1].company));
    EXPECT_EQ(units.rows[1].company.commune(), "");
  }
}

TEST(Seats, AreThoseThatTheLegalUnitNames) {
  SeatIndex seats;
  // A seat that moved between the days of the two files, without the column that tells seats from others.
  ASSERT_EQ(ReadSeats(seats,
                      "siret;codeCommuneEtablissement\n73282932000074;59350\n73282932000082;59512\n"
                      "55210055400013;2A004\n"),
            std::nullopt);
  auto named = Unit("732829320", "00082");
  EXPECT_TRUE(seats.Complete(&named));
  EXPECT_EQ(named.commune(), "59512");
  auto another = Unit("732829320", "00090");
  EXPECT_FALSE(seats.Complete(&another)) << "the commune of another establishment is not that of the seat";
  auto unnamed = Unit("732829320", "");
  EXPECT_FALSE(seats.Complete(&unnamed)) << "which of two?";
  auto only = Unit("552100554", "");
  EXPECT_TRUE(seats.Complete(&only));
  EXPECT_EQ(only.commune(), "2A004");
  EXPECT_EQ(only.seat_nic(), "00013");
  auto known = Unit("999999999", "00001");
  known.set_commune("75056");
  EXPECT_TRUE(seats.Complete(&known));
  EXPECT_EQ(known.commune(), "75056");
}

TEST(Seats, TellTheRowsTheyCannotReadAndKeepTheOthers) {
  SeatIndex seats;
  ASSERT_EQ(ReadSeats(seats, Establishments(false,
                                            "732829321,00074,73282932100074,true,59350\n"
                                            "732829320,00074\n"
                                            "732829320,00074,73282932000074,true,59350\n")),
            std::nullopt);
  EXPECT_THAT(told_of_seats, ElementsAre(HasSubstr("2 732829321: SIREN with a wrong check digit"),
                                         HasSubstr("3 : the row has 2 columns")));
  EXPECT_EQ(seats.size(), 1u);
}

TEST(Seats, OfAnotherFileOrOfTooLargeAOneAreRefused) {
  SeatIndex seats(2);
  EXPECT_THAT(ReadSeats(seats, kUnits), testing::Optional(HasSubstr("StockEtablissement")));
  EXPECT_THAT(ReadSeats(seats, ""), testing::Optional(HasSubstr("StockEtablissement")));
  const std::string rows =
      "732829320,00074,73282932000074,true,59350\n"
      "552100554,00013,55210055400013,true,59350\n";
  EXPECT_EQ(ReadSeats(seats, Establishments(false, rows + "732829320,00082,73282932000082,false,59350\n")),
            std::nullopt);
  SeatIndex full(2);
  EXPECT_THAT(ReadSeats(full, Establishments(false, rows + "356000000,00048,35600000000048,true,75115\n")),
              testing::Optional(HasSubstr("more than 2 seats")));
}

TEST(Import, ReportsEachBadRowWithItsLineAndKeepsTheGoodOnes) {
  const Result result = Import(
      "siren,denominationUniteLegale\n"
      "732829320,GOOD\n"
      "73282932A,LETTERS\n"
      "7328,SHORT\n"
      "732829321,WRONG KEY\n"
      ",NOTHING\n"
      "552100554,\n"
      "552100554,ONE,TOO MANY\n"
      "\"552100554,OPEN\n"
      "552100554,[ND]\n"
      "552100554,\xFF\xFE\n"
      "356000000,LA POSTE\n");
  EXPECT_EQ(result.rows.size(), 2u);
  EXPECT_EQ(result.rows.back().line, 12);
  EXPECT_THAT(
      result.told,
      ElementsAre(HasSubstr("3 no : SIREN not made of digits"), HasSubstr("4 no : SIREN without nine digits"),
                  HasSubstr("5 no 732829321: SIREN with a wrong check digit"), HasSubstr("6 no : no SIREN"),
                  HasSubstr("7 no 552100554: neither denomination"),
                  HasSubstr("8 no : the row has 3 columns"), HasSubstr("9 no : quote opened"),
                  HasSubstr("10 no 552100554: neither denomination"),
                  HasSubstr("11 no : text that is not UTF-8")));
}

TEST(Import, BringsInACompanyWhoseCreationDateDoesNotExist) {
  const Result result =
      Import("siren,denominationUniteLegale,dateCreationUniteLegale\n732829320,A,2014-12-35\n");
  ASSERT_EQ(result.rows.size(), 1u);
  EXPECT_EQ(result.rows[0].company.created_on(), "");
  EXPECT_THAT(result.told,
              ElementsAre(HasSubstr("2 yes 732829320: creation date “2014-12-35” does not exist")));
}

TEST(Import, LeavesOutWhatIsNoCodeOfTheRegister) {
  const Result result = Import(
      "siren,denominationUniteLegale,trancheEffectifsUniteLegale,codeCommuneEtablissement,"
      "categorieJuridiqueUniteLegale,nicSiegeUniteLegale,dateCreationUniteLegale\n"
      "732829320,A,99,59000,SAS,7,1900-01-01\n");
  ASSERT_EQ(result.rows.size(), 1u);
  const enrolment::v1::Company& company = result.rows[0].company;
  EXPECT_EQ(company.headcount_band(), "");
  EXPECT_EQ(company.commune(), "") << "a postcode is not a commune";
  EXPECT_EQ(company.legal_category(), "");
  EXPECT_EQ(company.seat_nic(), "");
  EXPECT_EQ(company.created_on(), "") << "the register's mark for a date it does not know";
}

TEST(Import, ReadsWhatSpreadsheetsSave) {
  EXPECT_EQ(
      Import("\xEF\xBB\xBF\"siren\";\"denominationUniteLegale\"\r\n\"732829320\";\"A, B\"\r\n").rows.size(),
      1u);
  EXPECT_EQ(Import("siren\tdenominationUniteLegale\n732829320\tA\n").rows.size(), 1u);
}

TEST(Import, RefusesAFileThatIsNotOneOfSirene) {
  EXPECT_THAT(Import("name,city\nA,Lille\n").header_problem, testing::Optional(HasSubstr("siren")));
  EXPECT_THAT(Import("").header_problem, testing::Optional(HasSubstr("empty")));
  EXPECT_TRUE(Import(std::string(1000, '\0')).header_problem.has_value());
}

}  // namespace
}  // namespace jalon::cli
