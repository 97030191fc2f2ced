#include "tests/support/cluster.h"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "base/uuid.h"

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

std::vector<std::string> Psql(const Cluster& cluster) {
  return {"psql", "-X",       "-q", "-A",   "-t", "-v", "ON_ERROR_STOP=1", "-h", cluster.socket_dir(),
          "-U",   "postgres", "-d", "jalon"};
}

struct Result {
  std::string rows;  // values with | between, a line each
  std::string error;
};

void Append(const PGresult* result, std::string* rows) {
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int column = 0; column < PQnfields(result); ++column)
      rows->append(column == 0 ? "" : "|").append(PQgetvalue(result, row, column));
    *rows += '\n';
  }
}

// Deletes the cluster and whatever else its directory holds when its input ends, however this process ends. A
// start that was under way may go on for a moment and be in the way.
constexpr char kKeeper[] =
    "read -r _; for try in {1..120}; do \"$0\" destroy \"$1\"; rm -rf \"$1\"; "
    "[[ -e $1 ]] || exit 0; sleep 0.5; done";

// A path that nothing has yet, short enough for sockets. JALON_TEST_DIR is for tests that look at what is
// left there.
std::string NewPath() {
  const char* given = std::getenv("JALON_TEST_DIR");
  return std::string(given != nullptr ? given : "/tmp") + "/jalon-test-" + Uuid::Random().str().substr(0, 8);
}

}  // namespace

// Connections that are kept, as starting psql for each of the thousands of questions that tests ask takes
// longer than answering them. None is used by two at a time, and each begins anew.
class Cluster::Connections {
 public:
  explicit Connections(const std::string& socket_dir)
      : target_("host=" + socket_dir + " user=postgres dbname=jalon") {}
  ~Connections() {
    for (PGconn* const connection : idle_) PQfinish(connection);
  }

  Result Run(const std::string& sql) {
    PGconn* const connection = Take();
    Result answer;
    if (PQsendQuery(connection, sql.c_str()) == 0) answer.error = PQerrorMessage(connection);
    while (PGresult* const result = PQgetResult(connection)) {
      Append(result, &answer.rows);
      if (PQresultStatus(result) == PGRES_FATAL_ERROR) answer.error += PQresultErrorMessage(result);
      PQclear(result);
    }
    const std::lock_guard lock(mutex_);
    idle_.push_back(connection);
    return answer;
  }

 private:
  // The server may have been stopped since the last one was used.
  PGconn* Take() {
    for (;;) {
      PGconn* connection = nullptr;
      {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) break;
        connection = idle_.back();
        idle_.pop_back();
      }
      PGresult* const fresh = PQexec(connection, "DISCARD ALL");
      const bool works = PQresultStatus(fresh) == PGRES_COMMAND_OK;
      PQclear(fresh);
      if (works) return connection;
      PQfinish(connection);
    }
    return PQconnectdb(target_.c_str());
  }

  const std::string target_;
  std::mutex mutex_;
  std::vector<PGconn*> idle_;
};

Cluster::Cluster(Durability durability)
    : dir_(NewPath()), durability_(durability), connections_(std::make_unique<Connections>(socket_dir())) {
  keeper_ = std::make_unique<Process>(
      std::vector<std::string>{"bash", "-c", kKeeper, Script("cluster.sh"), dir_},
      Process::Options{.log = "/dev/null", .piped = true, .outlive = true, .environment = {}});
  // Made once somebody is there to delete it.
  if (mkdir(dir_.c_str(), 0700) != 0) {
    std::perror(dir_.c_str());
    std::abort();
  }
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
  Result answer = connections_->Run(sql);
  EXPECT_EQ(answer.error, "") << sql;
  while (answer.rows.ends_with('\n')) answer.rows.pop_back();
  return answer.rows;
}

bool Cluster::Try(const std::string& sql) const {
  return connections_->Run(sql).error.empty();
}

std::string Cluster::SqlFile(const std::string& path) const {
  std::vector<std::string> command = Psql(*this);
  command.insert(command.end(), {"-f", path});
  Finished finished = Run(command);
  EXPECT_EQ(finished.status, 0) << path << "\n" << finished.errors;
  while (finished.output.ends_with('\n')) finished.output.pop_back();
  return finished.output;
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
