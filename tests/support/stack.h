#ifndef JALON_TESTS_SUPPORT_STACK_H_
#define JALON_TESTS_SUPPORT_STACK_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "clients/rpc/client.h"
#include "tests/support/cluster.h"
#include "tests/support/process.h"

namespace jalon::test {

// Bearer tokens that every stack knows.
inline constexpr char kOfficer[] = "token-officer";
inline constexpr char kOtherOfficer[] = "token-other-officer";
inline constexpr char kAuditor[] = "token-auditor";
std::string ConsultantToken(int64_t consultant_id);  // 1 to 2000
std::string CompanyToken(const std::string& siren);  // of NthSiren(0 to 1999)
std::string FunderToken(
    const std::string& funder);  // "<programme>-bpifrance" or "-region" of CodeOfProgramme(0 to 199)

// Valid, and in no order that matters.
std::string NthSiren(int n);
std::string CodeOfProgramme(int n);

enum class Topology { kOneProcess, kOnePerArea };

// The built binaries at work on a cluster, on sockets of their own.
class Stack {
 public:
  struct Options {
    Topology topology = Topology::kOneProcess;
    std::string database_dir;        // where the socket of PostgreSQL is; empty: the cluster's own
    std::vector<std::string> flags;  // for every process
    bool await_serving = true;
  };
  explicit Stack(const Cluster& cluster) : Stack(cluster, Options{}) {}
  Stack(const Cluster& cluster, Options options);
  ~Stack();  // ends it as SIGTERM does
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  ClientConfig Config(const std::string& token, const std::string& language = "fr") const;
  std::unique_ptr<Client> Connect(const std::string& token = kOfficer,
                                  const std::string& language = "fr") const;
  // unix: address of the process that serves an area.
  std::string AddressOf(const std::string& area) const;

  void Start();
  void AwaitServing() const;
  // Whether every service says it serves.
  bool Serving() const;
  bool Running() const;
  // Sends SIGTERM and returns at once.
  void Terminate() const;
  // Waits for the end; the worst exit status.
  int Wait();
  int Stop();
  void Kill9();
  // What the processes logged.
  std::string Log() const;
  const std::string& dir() const { return dir_; }
  // Lines for `jalon --config`.
  std::string ClientSettings(const std::string& token) const;

 private:
  const std::string dir_;
  const Options options_;
  std::string database_;
  std::map<std::string, std::unique_ptr<Process>> processes_;  // by binary
};

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_STACK_H_
