#include "document/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>

namespace jalon::document {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Date Day(std::string_view iso) {
  return *Date::Parse(iso);
}

std::string OutputOf(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> part;
  while (const size_t count = std::fread(part.data(), 1, part.size(), pipe))
    output.append(part.data(), count);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

// What a command says of the document, whose file is its last argument but for `rest`.
std::string Ask(const std::string& command, const std::string& pdf, const std::string& rest = "") {
  const std::string path = testing::TempDir() + "jalon-document-" + std::to_string(getpid()) + ".pdf";
  std::ofstream(path, std::ios::binary) << pdf;
  const std::string output = OutputOf(command + " " + path + rest);
  std::remove(path.c_str());
  return output;
}

// What a reader of the document reads, page by page.
std::vector<std::string> Read(const std::string& pdf) {
  const std::string text = Ask("pdftotext -layout -enc UTF-8", pdf, " -");
  std::vector<std::string> pages(1);
  for (const char c : text) {
    if (c == '\f') {
      pages.emplace_back();
    } else {
      pages.back().push_back(c);
    }
  }
  pages.pop_back();  // each page ends with a form feed
  return pages;
}

std::string PdfOf(const Document& document) {
  const auto pdf = ToPdf(document);
  EXPECT_TRUE(pdf.ok()) << pdf.status();
  return pdf.value_or("");
}

Document Letter() {
  return {.title = "Attestation d’aide de minimis",
          .author = "Région Hauts-de-France",
          .date = Day("2026-07-06"),
          .header = "Région Hauts-de-France",
          .reference = "JALON-42",
          .footer = "Règlement (UE) 2023/2831",
          .blocks = {Paragraph{"Œuvre, façade, Łódź, Ελλάδα, Привет, 13\u202f000,00\u00a0€."},
                     Heading{"Montants"}, Facts{{{"Équivalent-subvention brut", "13\u202f000,00\u00a0€"}}},
                     Signatures{{{"L’organisme", "Fait à Lille"}, {"L’entreprise", "Reçu le"}}}}};
}

Table Numbers(int rows) {
  Table table{.columns = {{"Numéro", Align::kLeft, 1}, {"Montant", Align::kRight, 3}},
              .total = {"Total", "la somme"}};
  for (int i = 1; i <= rows; ++i)
    table.rows.push_back({"n" + std::to_string(i) + "n", std::to_string(i) + ",00"});
  return table;
}

TEST(Document, IsReadBackAsItWasWritten) {
  const std::vector<std::string> pages = Read(PdfOf(Letter()));
  ASSERT_EQ(pages.size(), 1U);
  for (const char* text :
       {"Attestation d’aide de minimis", "Région Hauts-de-France", "JALON-42",
        "Œuvre, façade, Łódź, Ελλάδα, Привет", "Montants", "Équivalent-subvention brut", "L’organisme",
        "L’entreprise", "Fait à Lille", "Règlement (UE) 2023/2831", "page 1 sur 1"})
    EXPECT_THAT(pages[0], HasSubstr(text));
}

TEST(Document, IsTheSameBytesEachTimeAndNeverAsksTheClock) {
  const std::string first = PdfOf(Letter());
  sleep(1);
  EXPECT_TRUE(PdfOf(Letter()) == first);
  EXPECT_THAT(Ask("TZ=UTC pdfinfo -isodates", first), HasSubstr("2026-07-06T00:00:00"));
  Document other = Letter();
  other.date = Day("2026-07-07");
  EXPECT_FALSE(PdfOf(other) == first);
}

// Where memory lies differs from one process to the next; what is written must not.
TEST(Document, IsTheSameBytesInAnotherProcess) {
  Document document = Letter();
  document.blocks.push_back(Numbers(200));
  const std::string digest = std::to_string(std::hash<std::string>{}(PdfOf(document)));
  if (std::getenv("JALON_DOCUMENT_DIGEST") != nullptr) {
    std::printf("digest %s\n", digest.c_str());
    return;
  }
  std::array<char, 4096> self{};
  ASSERT_GT(readlink("/proc/self/exe", self.data(), self.size() - 1), 0);
  const std::string output = OutputOf("JALON_DOCUMENT_DIGEST=1 " + std::string(self.data()) +
                                      " --gtest_filter=Document.IsTheSameBytesInAnotherProcess");
  EXPECT_THAT(output, HasSubstr("digest " + digest + "\n"));
}

TEST(Document, RepeatsATablesTitlesOnEachPageAndLosesNoRow) {
  Document document = Letter();
  document.language = Language::kEnglish;
  document.blocks = {Numbers(300)};
  const std::vector<std::string> pages = Read(PdfOf(document));
  ASSERT_GT(pages.size(), 3U);
  std::string all;
  for (size_t i = 0; i < pages.size(); ++i) {
    EXPECT_THAT(pages[i], HasSubstr("Numéro")) << "page " << i + 1;
    EXPECT_THAT(pages[i], HasSubstr("page " + std::to_string(i + 1) + " of " + std::to_string(pages.size())));
    all += pages[i];
  }
  for (int i = 1; i <= 300; ++i) {
    const std::string row = "n" + std::to_string(i) + "n";
    const size_t at = all.find(row);
    ASSERT_NE(at, std::string::npos) << row;
    EXPECT_EQ(all.find(row, at + 1), std::string::npos) << row;
  }
  EXPECT_THAT(pages.back(), HasSubstr("la somme"));
}

TEST(Document, AlignsColumns) {
  Document document = Letter();
  document.blocks = {Table{.columns = {{"A", Align::kRight}}, .rows = {{"1"}, {"1000"}}}};
  const std::string page = Read(PdfOf(document))[0];
  const auto end_of = [&page](const std::string& text) {
    const size_t at = page.find(text + "\n");
    EXPECT_NE(at, std::string::npos) << page;
    return at + text.size() - (page.rfind('\n', at) + 1);
  };
  // pdftotext counts in columns of its own.
  EXPECT_NEAR(static_cast<double>(end_of(" 1")), static_cast<double>(end_of("1000")), 1);
}

TEST(Document, CarriesACellTallerThanAPageOn) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "ligne" + std::to_string(i) + ".\n";
  Document document = Letter();
  document.blocks = {Table{.columns = {{"A"}, {"B"}}, .rows = {{text, "à côté"}}}, Paragraph{"la suite"}};
  const std::vector<std::string> pages = Read(PdfOf(document));
  ASSERT_GT(pages.size(), 4U);
  std::string all;
  for (const std::string& page : pages) all += page;
  for (int i = 0; i < 400; ++i) EXPECT_THAT(all, HasSubstr("ligne" + std::to_string(i) + "."));
  EXPECT_THAT(pages.back(), HasSubstr("la suite"));
}

TEST(Document, NeverCutsSignaturesNorLeavesATitleAlone) {
  for (int lines = 1; lines < 70; ++lines) {
    Document document = Letter();
    std::string text = "texte";
    for (int i = 1; i < lines; ++i) text += "\ntexte";
    document.blocks = {Paragraph{text}, Heading{"Sous-titre"}, Paragraph{"Premier alinéa"},
                       Signatures{{{"Organisme", "haut\nbas"}}}};
    for (const std::string& page : Read(PdfOf(document))) {
      EXPECT_EQ(page.find("Sous-titre") == std::string::npos,
                page.find("Premier alinéa") == std::string::npos)
          << lines;
      EXPECT_EQ(page.find("Organisme") == std::string::npos, page.find("bas") == std::string::npos) << lines;
    }
  }
}

TEST(Document, TakesWhateverTextItIsGiven) {
  Document document = Letter();
  document.header = std::string(2000, 'x');
  document.blocks = {Paragraph{"bad \xff utf-8"},
                     Paragraph{std::string("nul \0 inside", 12)},
                     Paragraph{"bell \a <b>no mark-up</b> & so on"},
                     Paragraph{std::string(5000, 'w')},
                     Facts{},
                     Table{},
                     Table{.columns = {{"seule"}}, .rows = {{}, {"a", "too many", "cells"}}},
                     Signatures{},
                     PageBreak{}};
  const std::vector<std::string> pages = Read(PdfOf(document));
  EXPECT_THAT(pages[0], AllOf(HasSubstr("bad \uFFFD utf-8"), HasSubstr("inside"),
                              HasSubstr("<b>no mark-up</b> & so on"), Not(HasSubstr("too many"))));
  EXPECT_THAT(pages.back(), HasSubstr("JALON-42"));
}

TEST(Document, IsSetOnAWidePageToo) {
  Document document = Letter();
  document.is_landscape = true;
  EXPECT_THAT(Ask("pdfinfo", PdfOf(document)), HasSubstr("841.89 x 595.276 pts (A4)"));
}

}  // namespace
}  // namespace jalon::document
