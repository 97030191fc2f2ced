#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "rules/examples.h"
#include "rules/rulebook.h"
#include "rules/rulebook_language.h"
#include "rules/rulebook_schema.h"

namespace jalon::rules {
namespace {

const std::filesystem::path kFolder = JALON_SOURCE_DIR "/deploy/rulebooks";

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(RulebookFiles, EachHasNoProblemAndReproducesItsExamples) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    SCOPED_TRACE(entry.path().filename().string());
    const std::string source = ReadFile(entry.path());
    EXPECT_TRUE(source.starts_with("# yaml-language-server: $schema=rulebook.schema.json\n"));
    const ParsedRulebook parsed = ParseRulebook(source);
    for (const RulebookProblem& problem : parsed.problems)
      ADD_FAILURE() << problem.line << ":" << problem.column << " " << problem.en;
    if (!parsed.problems.empty()) continue;
    EXPECT_EQ(parsed.rulebook.programme() + ".yaml", entry.path().filename().string());
    EXPECT_TRUE(PhasesWithoutExample(parsed.rulebook).empty());
    for (const auto& outcome : RunExamples(parsed.rulebook)) {
      for (const auto& difference : outcome.differences())
        ADD_FAILURE() << outcome.title_en() << ": " << difference.text_en();
    }
  }
  EXPECT_GE(files, 12);
}

// Written by `jalon rulebook schema > deploy/rulebooks/rulebook.schema.json`.
TEST(RulebookFiles, HaveASchemaThatIsTheLanguages) {
  EXPECT_EQ(ReadFile(kFolder / "rulebook.schema.json"), RulebookSchema());
}

void ExpectInGuide(const Block& block, const std::string& guide) {
  for (const Field& field : block.fields) {
    EXPECT_NE(guide.find("`" + std::string(field.key) + "`"), std::string::npos)
        << "docs/rulebooks.md says nothing of " << field.key;
    if (field.block != nullptr) ExpectInGuide(*field.block, guide);
  }
}

TEST(RulebookFiles, HaveAGuideThatNamesEveryField) {
  ExpectInGuide(RulebookBlock(), ReadFile(JALON_SOURCE_DIR "/docs/rulebooks.md"));
}

}  // namespace
}  // namespace jalon::rules
