#ifndef JALON_STORAGE_DATABASE_H_
#define JALON_STORAGE_DATABASE_H_

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

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace jalon::storage

#endif  // JALON_STORAGE_DATABASE_H_
