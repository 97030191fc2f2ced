#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/support/cluster.h"
#include "tests/support/coverage_cases.h"
#include "tests/support/process.h"
#include "tests/support/world.h"

// The engine against PostgreSQL's numeric (coverage_oracle.sql), on rulebooks and cases drawn at random.
namespace jalon::test {
namespace {

constexpr int64_t kCases = 100'000;
constexpr int kBatch = 5'000;
constexpr int kCasesOfARulebook = 50;

// JALON_ORACLE_CASES asks for more or less.
int64_t CasesToTry() {
  const char* given = std::getenv("JALON_ORACLE_CASES");
  return given != nullptr ? std::strtoll(given, nullptr, 10) : kCases;
}

std::string Json(const google::protobuf::Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return json;
}

std::string Json(const CoverageCase& drawn) {
  std::string json = "{\"terms_date\": \"" + drawn.facts.terms_date.ToIso() +
                     "\", \"facts\": " + Json(rules::StoredFacts(drawn.facts)) + ", \"agreed\": [";
  for (int i = 0; i < drawn.agreed.size(); ++i) json.append(i == 0 ? "" : ", ").append(Json(drawn.agreed[i]));
  return json + "]}";
}

// A script that loads a batch with the engine's answers and selects those that the oracle gives otherwise.
std::string Script(int batch) {
  CoverageCases draw(Seed() + static_cast<uint64_t>(batch));
  const std::string number = std::to_string(batch);
  std::string rulebooks = "COPY oracle.rulebook FROM stdin;\n", cases = "COPY oracle.kase FROM stdin;\n";
  programme::v1::Rulebook rulebook;
  for (int i = 0; i < kBatch; ++i) {
    const std::string book = std::to_string(i / kCasesOfARulebook);
    if (i % kCasesOfARulebook == 0) {
      rulebook = draw.Rulebook();
      rulebooks += number + "\t" + book + "\t" + Json(rulebook) + "\n";
    }
    const CoverageCase drawn = draw.Case(rulebook);
    const std::string answer = InWords(rules::ComputeCoverage(rulebook, drawn.facts, drawn.agreed));
    cases += number + "\t" + std::to_string(i) + "\t" + book + "\t" + Json(drawn) + "\t" + answer + "\n";
  }
  return rulebooks + "\\.\n" + cases +
         "\\.\n"
         "SELECT 'engine: ' || k.engine || E'\\noracle: ' || a.answer || E'\\ncase: ' || k.doc || "
         "E'\\nrulebook: ' || r.doc\n"
         "  FROM oracle.kase k JOIN oracle.rulebook r ON (r.batch, r.id) = (k.batch, k.rulebook)\n"
         " CROSS JOIN LATERAL (SELECT oracle.coverage(r.doc, k.doc) AS answer OFFSET 0) a\n"
         " WHERE k.batch = " +
         number +
         " AND a.answer IS DISTINCT FROM k.engine LIMIT 1;\n"
         "SELECT 'refused ' || count(*) FILTER (WHERE k.engine !~ ';') || ' of ' || count(*) || ', aided '\n"
         "       || count(*) FILTER (WHERE k.engine ~ '=') FROM oracle.kase k WHERE k.batch = " +
         number +
         ";\n"
         "DELETE FROM oracle.kase WHERE batch = " +
         number + "; DELETE FROM oracle.rulebook WHERE batch = " + number + ";\n";
}

TEST(CoverageOracle, GivesTheSharesTheEngineGives) {
  const Cluster cluster;
  const std::string sql = SourceDir() + "/tests/integration/coverage_oracle.sql";
  cluster.SqlFile(sql);
  const int batches = static_cast<int>((CasesToTry() + kBatch - 1) / kBatch);
  const int workers = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::thread> threads;
  for (int worker = 0; worker < workers; ++worker) {
    threads.emplace_back([&, worker] {
      const std::string path = cluster.dir() + "/oracle" + std::to_string(worker) + ".sql";
      for (int batch = worker; batch < batches && !::testing::Test::HasFailure(); batch += workers) {
        WriteFile(path, Script(batch));
        const std::string answer = cluster.SqlFile(path);
        EXPECT_EQ(answer.find("engine: "), std::string::npos) << "batch " << batch << "\n" << answer;
        // A draw that hardly ever pays or is hardly ever refused would prove little.
        if (batch == 0) std::printf("first batch: %s\n", answer.c_str());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace jalon::test

int main(int argc, char** argv) {
  return jalon::test::World::RunTests(argc, argv);
}
