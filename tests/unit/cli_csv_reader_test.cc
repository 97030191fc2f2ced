#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "clients/cli/csv_reader.h"

namespace jalon::cli {
namespace {

using ::testing::ElementsAre;
using Outcome = CsvReader::Outcome;

struct Row {
  Outcome outcome;
  int64_t line;
  std::vector<std::string> fields;
  bool operator==(const Row&) const = default;
};

std::vector<Row> ReadAll(std::unique_ptr<ByteSource> source) {
  CsvReader reader(std::move(source));
  std::vector<Row> rows;
  std::vector<std::string_view> fields;
  for (Outcome outcome = reader.Next(&fields); outcome != Outcome::kEnd; outcome = reader.Next(&fields)) {
    rows.push_back({outcome, reader.line(), {fields.begin(), fields.end()}});
  }
  return rows;
}

std::vector<Row> ReadAll(std::string text) {
  return ReadAll(FromString(std::move(text)));
}

Row Record(int64_t line, std::vector<std::string> fields) {
  return {Outcome::kRecord, line, std::move(fields)};
}

std::string TemporaryFile(const std::string& name, const std::string& bytes) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string Gzipped(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + name;
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  return path;
}

TEST(CsvReader, ReadsRecordsOfRfc4180) {
  EXPECT_THAT(ReadAll("a,b\r\n\"c,1\",\"say \"\"hi\"\"\"\r\n,\r\n"),
              ElementsAre(Record(1, {"a", "b"}), Record(2, {"c,1", "say \"hi\""}), Record(3, {"", ""})));
}

TEST(CsvReader, ReadsLinesOfUnixAndALastLineWithoutItsEnd) {
  EXPECT_THAT(ReadAll("a,b\nc,d"), ElementsAre(Record(1, {"a", "b"}), Record(2, {"c", "d"})));
  EXPECT_THAT(ReadAll("a,\"b\""), ElementsAre(Record(1, {"a", "b"})));
  EXPECT_THAT(ReadAll(""), ElementsAre());
}

TEST(CsvReader, NumbersTheLineOnWhichARecordStarts) {
  EXPECT_THAT(ReadAll("a\n\n\"two\nlines\"\nb\n"),
              ElementsAre(Record(1, {"a"}), Record(3, {"two\nlines"}), Record(5, {"b"})));
}

TEST(CsvReader, PassesOverAByteOrderMark) {
  EXPECT_THAT(ReadAll("\xEF\xBB\xBFsiren\n1"), ElementsAre(Record(1, {"siren"}), Record(2, {"1"})));
}

TEST(CsvReader, KeepsAQuoteInTheMiddleOfAField) {
  EXPECT_THAT(ReadAll("L\"ATELIER,5\"\n"), ElementsAre(Record(1, {"L\"ATELIER", "5\""})));
}

TEST(CsvReader, LosesOneLineToAQuoteLeftOpen) {
  EXPECT_THAT(ReadAll("a,b\n\"open,1\nc,d\n"),
              ElementsAre(Record(1, {"a", "b"}), Row{Outcome::kUnclosedQuote, 2, {}}, Record(3, {"c", "d"})));
}

TEST(CsvReader, LosesOneLineToTextAfterAQuote) {
  EXPECT_THAT(ReadAll("\"a\"b,c\nd,e\n"),
              ElementsAre(Row{Outcome::kTextAfterQuote, 1, {}}, Record(2, {"d", "e"})));
}

TEST(CsvReader, LosesOneLineToALineWithoutEnd) {
  const std::string endless(3 * CsvReader::kLargestRecord, 'x');
  EXPECT_THAT(ReadAll("a\n" + endless + "\nb\n"),
              ElementsAre(Record(1, {"a"}), Row{Outcome::kTooLong, 2, {}}, Record(3, {"b"})));
}

TEST(CsvReader, ReadsFilesLargerThanItsBuffer) {
  std::string text;
  constexpr int kRows = 100'000;
  for (int i = 0; i < kRows; ++i) text += "row " + std::to_string(i) + ",\"a \"\"b\"\"\"\r\n";
  const std::vector<Row> rows = ReadAll(text);
  ASSERT_EQ(rows.size(), static_cast<size_t>(kRows));
  for (int i = 0; i < kRows; ++i) {
    ASSERT_EQ(rows[static_cast<size_t>(i)], Record(i + 1, {"row " + std::to_string(i), "a \"b\""}));
  }
}

TEST(CsvReader, ReadsGzipAsIfItWereNot) {
  EXPECT_THAT(ReadAll(OpenFile(Gzipped("plain.csv.gz", "a,b\nc,d\n"))),
              ElementsAre(Record(1, {"a", "b"}), Record(2, {"c", "d"})));
}

TEST(CsvReader, SaysWhereAGzipFileIsCutShort) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i * 7919) + "\n";
  const std::string path = Gzipped("whole.csv.gz", text);
  std::ifstream whole(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(whole), {}};
  const std::vector<Row> rows =
      ReadAll(OpenFile(TemporaryFile("cut.csv.gz", bytes.substr(0, bytes.size() / 2))));
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows.back().outcome, Outcome::kSourceDamaged);
}

TEST(CsvReader, RefusesADirectoryAndAFileThatIsNotThere) {
  EXPECT_EQ(OpenFile(testing::TempDir()), nullptr);
  EXPECT_EQ(OpenFile(testing::TempDir() + "nobody.csv"), nullptr);
}

}  // namespace
}  // namespace jalon::cli
