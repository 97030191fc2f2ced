#include "tests/support/cluster.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace jalon::test {
namespace {

void MustRun(const std::vector<std::string>& command) {
  const Finished finished = Run(command);
  if (finished.status == 0) return;
  std::fprintf(stderr, "%s failed:\n%s%s", command.front().c_str(), finished.output.c_str(),
               finished.errors.c_str());
  std::abort();
}

std::string Script(const char* name) {
  return SourceDir() + "/deploy/local/" + name;
}

// The newest there is. Debian's psql on the path is a script that looks for it first, which takes longer than
// most of what the tests ask.
std::string FindPsql() {
  std::string found = "psql";
  int newest = 0;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const std::string program = version.path() / "bin/psql";
    const int number = std::atoi(version.path().filename().c_str());
    if (number <= newest || !std::filesystem::exists(program)) continue;
    newest = number;
    found = program;
  }
  return found;
}

std::vector<std::string> Psql(const Cluster& cluster) {
  static const std::string program = FindPsql();
  return {program, "-X",       "-q", "-A",   "-t", "-v", "ON_ERROR_STOP=1", "-h", cluster.socket_dir(),
          "-U",    "postgres", "-d", "jalon"};
}

std::string RunPsql(const Cluster& cluster, const std::string& flag, const std::string& what) {
  std::vector<std::string> command = Psql(cluster);
  command.insert(command.end(), {flag, what});
  Finished finished = Run(command);
  EXPECT_EQ(finished.status, 0) << what << "\n" << finished.errors;
  while (!finished.output.empty() && finished.output.back() == '\n') finished.output.pop_back();
  return finished.output;
}

// Deletes the cluster and whatever else its directory holds when its input ends, however this process ends. A
// start that was under way may go on for a moment and be in the way.
constexpr char kKeeper[] =
    "read -r _; for try in {1..120}; do \"$0\" destroy \"$1\"; rm -rf \"$1\"; "
    "[[ -e $1 ]] || exit 0; sleep 0.5; done";

// Short enough for sockets. JALON_TEST_DIR is for tests that look at what is left there.
std::string TestsDir() {
  const char* given = std::getenv("JALON_TEST_DIR");
  return given != nullptr ? given : "/tmp";
}

}  // namespace

Cluster::Cluster(Durability durability)
    : dir_(MakeDirectory("jalon-test", TestsDir())), durability_(durability) {
  keeper_ = std::make_unique<Process>(
      std::vector<std::string>{"bash", "-c", kKeeper, Script("cluster.sh"), dir_},
      Process::Options{.log = "/dev/null", .piped = true, .outlive = true, .environment = {}});
  Start();
  MustRun({Script("migrate.sh"), dir_});
}

Cluster::~Cluster() {
  keeper_->CloseInput();
  keeper_->Wait();
}

void Cluster::Start() const {
  std::vector<std::string> command = {Script("cluster.sh"), "start", dir_};
  if (durability_ == Durability::kNone)
    command.insert(command.end(), {"--fsync=off", "--full_page_writes=off"});
  MustRun(command);
}

void Cluster::StopAtOnce() const {
  const int postmaster = std::atoi(ReadFile(dir_ + "/data/postmaster.pid").c_str());
  ASSERT_GT(postmaster, 1);
  ASSERT_EQ(kill(postmaster, SIGQUIT), 0);
  while (kill(postmaster, 0) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

std::string Cluster::Sql(const std::string& sql) const {
  return RunPsql(*this, "-c", sql);
}

std::string Cluster::SqlFile(const std::string& path) const {
  return RunPsql(*this, "-f", path);
}

bool Cluster::Try(const std::string& sql) const {
  std::vector<std::string> command = Psql(*this);
  command.insert(command.end(), {"-c", sql});
  return Run(command).status == 0;
}

SqlSession::SqlSession(const Cluster& cluster)
    : psql_(Psql(cluster), {.log = "/dev/stderr", .piped = true, .outlive = false, .environment = {}}) {}

void SqlSession::Run(const std::string& sql) {
  psql_.Write(sql + ";\n\\echo ran\n");
  for (std::string line; psql_.ReadLine(&line);)
    if (line == "ran") return;
  ADD_FAILURE() << "failed: " << sql;
}

}  // namespace jalon::test
