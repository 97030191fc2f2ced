#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "clients/cli/output_file.h"
#include "clients/cli/xlsx_writer.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string FileBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

uint32_t Number(const std::string& bytes, size_t at, size_t count) {
  uint32_t number = 0;
  for (size_t i = count; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return number;
}

// One file of a zip archive, found in its central directory.
std::string Unzipped(const std::string& zip, const std::string& name) {
  for (size_t at = zip.find("PK\1\2"); at != std::string::npos; at = zip.find("PK\1\2", at + 4)) {
    const uint32_t packed = Number(zip, at + 20, 4), size = Number(zip, at + 24, 4);
    if (zip.compare(at + 46, Number(zip, at + 28, 2), name) != 0) continue;
    const uint32_t local = Number(zip, at + 42, 4);
    const size_t data = local + 30 + Number(zip, local + 26, 2) + Number(zip, local + 28, 2);
    std::string text(size, '\0'), input = zip.substr(data, packed);
    z_stream stream{};
    inflateInit2(&stream, -MAX_WBITS);
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = packed;
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = size;
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    return text;
  }
  ADD_FAILURE() << "no " << name;
  return "";
}

class Xlsx : public ::testing::Test {
 protected:
  ~Xlsx() override { std::remove(path_.c_str()); }

  static funding::v1::LedgerEntry Entry(int64_t cents) {
    funding::v1::LedgerEntry entry;
    entry.set_entry_id(7);
    entry.mutable_amount()->set_cents(cents);
    entry.set_funder("=1+1");
    entry.set_region("01");
    entry.set_half_days(1);
    return entry;
  }
  std::string Written() {
    XlsxWriter writer(path_, Language::kFrench, SheetColumns(funding::v1::LedgerEntry::descriptor()),
                      "Écritures", {{"D’un financeur", "bpifrance"}});
    EXPECT_TRUE(writer.Add(Entry(-5)));
    EXPECT_TRUE(writer.Add(Entry(1'234'567'890'123'45)));
    EXPECT_TRUE(writer.Finish());
    return FileBytes(path_);
  }

  const std::string path_ = "/tmp/jalon-xlsx-test-" + std::to_string(getpid()) + ".xlsx";
};

TEST_F(Xlsx, HasWhatWasAskedRowsAndTheirSums) {
  const std::string sheet = Unzipped(Written(), "xl/worksheets/sheet1.xml");
  EXPECT_THAT(sheet, HasSubstr("<t>Écritures</t>"));
  EXPECT_THAT(sheet, HasSubstr("<t>D’un financeur : bpifrance</t>"));
  EXPECT_THAT(sheet, HasSubstr("<v>-0.05</v>"));
  EXPECT_THAT(sheet, HasSubstr("<v>1234567890123.45</v>"));
  EXPECT_THAT(sheet, HasSubstr("<f>SUBTOTAL(109,E5:E6)</f><v>1234567890123.4</v>"));
  EXPECT_THAT(sheet, HasSubstr("<autoFilter ref=\"A4:"));
  EXPECT_THAT(sheet, HasSubstr("state=\"frozen\""));
  EXPECT_THAT(sheet, HasSubstr("<t>01</t>")) << "a code is no number";
  EXPECT_THAT(sheet, HasSubstr("<t>=1+1</t>")) << "and a text no formula";
}

// A half-day borne by two funders stands in the rows of both: no formula over them tells the truth.
TEST_F(Xlsx, HasTheTotalAsANumberWhereTheRowsDoNotAddUpToIt) {
  funding::v1::SummaryRow row, total;
  row.set_half_days(3);
  row.mutable_charged()->set_cents(100);
  total.set_half_days(3);
  total.mutable_charged()->set_cents(200);
  XlsxWriter writer(path_, Language::kEnglish, SheetColumns(funding::v1::SummaryRow::descriptor()), "Summary",
                    {});
  EXPECT_TRUE(writer.Add(row));
  EXPECT_TRUE(writer.Add(row));
  EXPECT_TRUE(writer.Finish(&total));
  const std::string sheet = Unzipped(FileBytes(path_), "xl/worksheets/sheet1.xml");
  EXPECT_THAT(sheet, HasSubstr("<v>3</v></c><c r=\"H7\""));
  EXPECT_THAT(sheet, Not(HasSubstr("SUBTOTAL(109,G4:G5)")));
  EXPECT_THAT(sheet, HasSubstr("SUBTOTAL(109,J4:J5)"));
}

TEST_F(Xlsx, HasDaysAsDatesAndIsSetUpForPrinting) {
  funding::v1::LedgerEntry entry = Entry(1);
  entry.set_posted_on("2026-09-01");
  XlsxWriter writer(path_, Language::kFrench, SheetColumns(funding::v1::LedgerEntry::descriptor()),
                    "Écritures", {});
  EXPECT_TRUE(writer.Add(entry));
  EXPECT_TRUE(writer.Finish());
  const std::string sheet = Unzipped(FileBytes(path_), "xl/worksheets/sheet1.xml");
  EXPECT_THAT(sheet, HasSubstr("<v>46266</v>")) << "1 September 2026";
  EXPECT_THAT(sheet, HasSubstr("orientation=\"landscape\""));
  EXPECT_THAT(sheet, HasSubstr("fitToHeight=\"0\""));
}

TEST_F(Xlsx, IsTheSameBytesEachTime) {
  const std::string first = Written();
  EXPECT_THAT(first, Not(::testing::IsEmpty()));
  sleep(1);
  EXPECT_EQ(Written(), first);
}

TEST_F(Xlsx, LeavesNoFileWhenGivenUp) {
  {
    XlsxWriter writer(path_, Language::kEnglish, SheetColumns(funding::v1::SummaryRow::descriptor()),
                      "Summary", {});
  }
  EXPECT_NE(access(path_.c_str(), F_OK), 0);
}

TEST_F(Xlsx, LeavesTheFileThatStoodThereWhenGivenUp) {
  std::ofstream(path_) << "before";
  {
    XlsxWriter writer(path_, Language::kEnglish, SheetColumns(funding::v1::SummaryRow::descriptor()),
                      "Summary", {});
    writer.Add(funding::v1::SummaryRow());
  }
  EXPECT_EQ(FileBytes(path_), "before");
}

TEST_F(Xlsx, SaysThatThereIsNothingAndPutsNoRowOfZeros) {
  XlsxWriter writer(path_, Language::kFrench, SheetColumns(funding::v1::SummaryRow::descriptor()), "Synthèse",
                    {{"Arrêtée au 31/10/2026", ""}});
  EXPECT_TRUE(writer.Finish());
  const std::string sheet = Unzipped(FileBytes(path_), "xl/worksheets/sheet1.xml");
  EXPECT_THAT(sheet, HasSubstr("<t>Rien.</t>"));
  EXPECT_THAT(sheet, HasSubstr("<t>Arrêtée au 31/10/2026</t>"));
  EXPECT_THAT(sheet, Not(HasSubstr("<v>0</v>")));
}

TEST_F(Xlsx, PrintsOnlyTheFirstColumnsAndHidesACostThatNoEntryHas) {
  const auto* type = funding::v1::LedgerEntry::descriptor();
  XlsxWriter writer(path_, Language::kFrench,
                    {type->FindFieldByName("posted_on"), type->FindFieldByName("line_cost"),
                     type->FindFieldByName("half_day_id")},
                    "Écritures", {});
  writer.PrintOnly(2);
  EXPECT_TRUE(writer.Add(Entry(1)));
  EXPECT_TRUE(writer.Finish());
  EXPECT_THAT(Unzipped(FileBytes(path_), "xl/workbook.xml"), HasSubstr("Jalon!$A$1:$B$"));
  EXPECT_THAT(Unzipped(FileBytes(path_), "xl/worksheets/sheet1.xml"), HasSubstr("hidden=\"1\""));
}

TEST(OutputFile, ComesToItsPlaceWholeOrNotAtAll) {
  const std::string path = testing::TempDir() + "jalon-output-test";
  std::ofstream(path) << "before";
  { std::ofstream(OutputFile(path).path()) << "half"; }
  EXPECT_EQ(FileBytes(path), "before");
  {
    OutputFile output(path);
    std::ofstream(output.path()) << "after";
    EXPECT_TRUE(output.Commit());
  }
  EXPECT_EQ(FileBytes(path), "after");
  EXPECT_FALSE(WriteWholeFile(testing::TempDir() + "no/such/place", "x"));
  EXPECT_TRUE(WriteWholeFile("/dev/null", "x")) << "no ordinary file: written to as it is";
  std::remove(path.c_str());
}

}  // namespace
}  // namespace jalon::cli
