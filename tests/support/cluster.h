#ifndef JALON_TESTS_SUPPORT_CLUSTER_H_
#define JALON_TESTS_SUPPORT_CLUSTER_H_

#include <memory>
#include <string>

#include "tests/support/process.h"

namespace jalon::test {

// A private PostgreSQL at the current schema, in a directory of its own, deleted with this object or, should
// the tests be killed, after them.
class Cluster {
 public:
  enum class Durability {
    kNone,  // fast: for all that does not stop it
    kFull,  // what an acknowledged write must survive
  };
  explicit Cluster(Durability durability = Durability::kNone);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  const std::string& dir() const { return dir_; }
  std::string socket_dir() const { return dir_ + "/socket"; }
  // Answers of statements run by the superuser as one transaction, unaligned, without the last line feed. A
  // failure fails the test.
  std::string Sql(const std::string& sql) const;
  // Whether the database lets the superuser run them.
  bool Try(const std::string& sql) const;
  // The answers of a script, as psql reads it.
  std::string SqlFile(const std::string& path) const;
  // Stopped as `pg_ctl stop -m immediate` does, as in a power cut.
  void StopAtOnce() const;
  void Start() const;

 private:
  std::string dir_;
  Durability durability_;
  std::unique_ptr<Process> keeper_;
  class Connections;
  std::unique_ptr<Connections> connections_;
};

// A session of the superuser, kept open: to hold locks while others call.
class SqlSession {
 public:
  explicit SqlSession(const Cluster& cluster);
  // Runs a statement to its end.
  void Run(const std::string& sql);

 private:
  Process psql_;
};

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_CLUSTER_H_
