// Any bytes at all through the import: it ends, in bounded memory, and never loses count of the lines.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <string>

#include "clients/cli/import.h"

namespace jalon::cli {
namespace {

constexpr int kRounds = 400;

// JALON_SEED repeats a round that failed.
uint64_t Seed() {
  if (const char* given = std::getenv("JALON_SEED")) return std::strtoull(given, nullptr, 10);
  return std::random_device{}();
}

std::string RandomBytes(std::mt19937_64& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// Nearer to CSV than noise is: its marks, digits, line ends, and pieces of a true file.
std::string NearlyCsv(std::mt19937_64& random, size_t size) {
  static const std::string kPieces[] = {
      ",",         "\"",        "\n",    "\r\n",         "\"\"",       ";",
      "732829320", "356000000", "siren", "\xEF\xBB\xBF", "2014-12-35", std::string(1, '\0'),
      "é",         "\xFF",      "[ND]"};
  std::string text;
  while (text.size() < size) {
    if (random() % 3 == 0) {
      text += static_cast<char>(random());
    } else {
      text += kPieces[random() % std::size(kPieces)];
    }
  }
  return text;
}

void ReadThrough(std::unique_ptr<ByteSource> source, size_t size) {
  int64_t last_line = 0;
  ImportReader reader(std::move(source), Language::kFrench,
                      [&](int64_t line, const std::string&, const std::string& sentence, bool) {
                        EXPECT_GE(line, last_line);
                        EXPECT_FALSE(sentence.empty());
                        last_line = line;
                      });
  if (reader.ReadHeader()) return;
  int64_t rows = 0;
  while (const auto row = reader.Next()) {
    EXPECT_EQ(row->company.siren().size(), 9u);
    EXPECT_TRUE(IsValidUtf8(row->company.name()));
    EXPECT_FALSE(row->company.SerializeAsString().empty());
    ++rows;
  }
  EXPECT_LE(reader.rows(), static_cast<int64_t>(size) + 2);
  EXPECT_LE(rows, reader.rows());
}

TEST(CsvFuzz, AnyBytesAreReadToTheirEnd) {
  const uint64_t seed = Seed();
  std::cout << "JALON_SEED=" << seed << '\n';
  std::mt19937_64 random(seed);
  for (int round = 0; round < kRounds; ++round) {
    const size_t size = random() % (round % 10 == 0 ? 300'000 : 3'000);
    const std::string header =
        round % 2 == 0 ? "siren,denominationUniteLegale,dateCreationUniteLegale\n" : "";
    const std::string bytes = header + (round % 3 == 0 ? RandomBytes(random, size) : NearlyCsv(random, size));
    ReadThrough(FromString(bytes), bytes.size());
    if (HasFailure()) FAIL() << "round " << round << " of seed " << seed;
  }
}

TEST(CsvFuzz, AnyBytesThatPassForGzipAreReadToTheirEnd) {
  const uint64_t seed = Seed();
  std::cout << "JALON_SEED=" << seed << '\n';
  std::mt19937_64 random(seed);
  const std::string path = testing::TempDir() + "fuzz.csv.gz";
  for (int round = 0; round < 60; ++round) {
    gzFile file = gzopen(path.c_str(), "wb");
    const std::string text = "siren,denominationUniteLegale\n" + NearlyCsv(random, 2'000 + random() % 20'000);
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    std::ifstream whole(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(whole), {}};
    whole.close();
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (round % 2 == 0) bytes.resize(random() % bytes.size());
    std::ofstream(path, std::ios::binary) << bytes;
    ReadThrough(OpenFile(path), 1'000 * text.size());
    if (HasFailure()) FAIL() << "round " << round << " of seed " << seed;
  }
}

}  // namespace
}  // namespace jalon::cli
