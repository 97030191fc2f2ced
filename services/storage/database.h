#ifndef JALON_STORAGE_DATABASE_H_
#define JALON_STORAGE_DATABASE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/deadline.h"
#include "storage/params.h"
#include "storage/rows.h"

namespace jalon::storage {

// When the database decides how to run a statement.
enum class Planned {
  kOnce,      // prepared on each connection: for statements whose best plan does not depend on the parameters
  kEachTime,  // for lists, whose best index depends on which filters are given
};

// A statement of an area's store.
struct Statement {
  const char* name;
  const char* sql;
  Planned planned = Planned::kOnce;
};

struct DatabaseOptions {
  std::string dsn;   // libpq connection string, with the role of the area
  int sessions = 4;  // connections, made when first needed and kept
};

// Reads that all see the database as the first of them found it. Good inside Database::InSnapshot alone.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // As Database::Run, but never runs a statement again.
  virtual absl::StatusOr<Rows> Run(const Statement& statement, const Params& params) = 0;
};

// The connections of one area to PostgreSQL. Each statement is a whole command or a whole read, in a
// transaction and a round trip of its own, so that running it again after a lost connection or a deadlock is
// safe: a command carries its request id, and its second run finds the first one's answer.
class Database {
 public:
  explicit Database(const DatabaseOptions& options);
  ~Database();

  // Refusals: those that the SQL raises (common.refuse), CONTENDED, DEADLINE_PASSED, CALL_CANCELLED,
  // DATABASE_AWAY, INTERNAL. Waits for a free connection up to the deadline.
  absl::StatusOr<Rows> Run(const Limits& limits, const Statement& statement, const Params& params);

  // Runs a command, takes back what it did, and returns its answer. It holds what it locks for as long as the
  // command would.
  absl::StatusOr<Rows> RunInVain(const Limits& limits, const Statement& statement, const Params& params);

  // Hands `read` a snapshot, and returns what it returns. That locks nothing which a writer waits for, but
  // takes a connection, and keeps dead rows, until `read` is done, or has asked for nothing for 10 seconds.
  absl::Status InSnapshot(const Limits& limits, const std::function<absl::Status(Snapshot&)>& read);

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace jalon::storage

#endif  // JALON_STORAGE_DATABASE_H_
