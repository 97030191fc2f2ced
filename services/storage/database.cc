#include "storage/database.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/refusal.h"
#include "storage/pqxx_compat.h"
#include "storage/rows_impl.h"
#include "storage/sqlstate.h"

namespace jalon::storage {
namespace {

using Clock = std::chrono::system_clock;
using namespace std::chrono_literals;

// How late a passed deadline or a departed caller may be noticed while a statement runs.
constexpr auto kWatchInterval = 20ms;
// Runs of a statement that lost a deadlock or a race, before the caller hears CONTENDED.
constexpr int kMaxRuns = 8;

// Settings that every session needs: error messages are parsed, so they stay in English (lc_messages is the
// superuser's to set, hence in the cluster's configuration); the backstop ends a statement whose caller could
// not cancel it.
constexpr char kSessionOptions[] =
    " options='-c timezone=UTC -c statement_timeout=10min -c max_parallel_workers_per_gather=0'"
    " keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=15000"
    " connect_timeout=3";

// A caller who stops taking what was read does not keep a connection and old rows for long.
constexpr char kBeginSnapshot[] =
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
    " SET LOCAL idle_in_transaction_session_timeout = '10s'";

// One connection. The watcher may cancel what runs on it from another thread, hence the mutex.
class Session {
 public:
  explicit Session(const std::string& dsn) : connection_(dsn + kSessionOptions) {}

  pqxx::result Execute(const Limits& limits, const Statement& statement, const Params& params) {
    Prepare(statement);
    const Watch watch(this, limits);
    pqxx::nontransaction work(connection_);
    return ExecuteIn(work, statement, params);
  }

  pqxx::result ExecuteInVain(const Limits& limits, const Statement& statement, const Params& params) {
    Prepare(statement);
    const Watch watch(this, limits);
    pqxx::work work(connection_);  // never committed
    return ExecuteIn(work, statement, params);
  }

  absl::Status InSnapshot(const Limits& limits, const std::function<absl::Status(pqxx::work&)>& read) {
    const Watch watch(this, limits);
    pqxx::work work(connection_);
    work.exec(kBeginSnapshot);
    return read(work);
  }

  void Prepare(const Statement& statement) {
    if (statement.planned == Planned::kOnce && prepared_.insert(statement.name).second)
      connection_.prepare(statement.name, statement.sql);
  }

  static pqxx::result ExecuteIn(pqxx::transaction_base& work, const Statement& statement,
                                const Params& params) {
    return statement.planned == Planned::kOnce ? compat::ExecPrepared(work, statement.name, params.values())
                                               : compat::ExecParams(work, statement.sql, params.values());
  }

  void CancelIfLate(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (running_ != nullptr && (now >= running_->deadline || running_->cancelled.cancelled())) {
      running_ = nullptr;  // once is enough
      try {
        connection_.cancel_query();
      } catch (const std::exception&) {
        // The connection is gone: the statement ends by itself.
      }
    }
  }

 private:
  class Watch {
   public:
    Watch(Session* session, const Limits& limits) : session_(session) { session_->SetRunning(&limits); }
    ~Watch() { session_->SetRunning(nullptr); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Session* session_;
  };

  void SetRunning(const Limits* limits) {
    const std::lock_guard lock(mutex_);
    running_ = limits;
  }

  std::mutex mutex_;
  const Limits* running_ = nullptr;
  pqxx::connection connection_;
  std::unordered_set<std::string_view> prepared_;
};

bool Passed(const Limits& limits) {
  return Clock::now() >= limits.deadline || limits.cancelled.cancelled();
}

absl::Status PassedStatus(const Limits& limits) {
  return Refuse(limits.cancelled.cancelled() ? common::v1::REASON_CALL_CANCELLED
                                             : common::v1::REASON_DEADLINE_PASSED);
}

// Full jitter: contenders that met once do not meet again at the same instant.
void BackOff(int run) {
  thread_local std::minstd_rand random(std::random_device{}());
  const int most_us = 500 << std::min(run, 6);
  std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution<>(0, most_us)(random)));
}

}  // namespace

class Database::Pool {
 public:
  explicit Pool(const DatabaseOptions& options) : options_(options), watcher_([this] { WatchDeadlines(); }) {}

  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_all();
    watcher_.join();
  }

  using Execution = pqxx::result (Session::*)(const Limits&, const Statement&, const Params&);

  absl::StatusOr<Rows> Run(const Limits& limits, const Statement& statement, const Params& params,
                           Execution execution = &Session::Execute) {
    for (int run = 1;; ++run) {
      auto outcome = RunOnce(limits, statement, params, execution);
      if (outcome.ok() || !outcome.fault.again) return std::move(outcome).Take(limits);
      if (Passed(limits)) return PassedStatus(limits);
      if (run == kMaxRuns) return outcome.fault.status;
      BackOff(run);
    }
  }

  absl::Status InSnapshot(const Limits& limits, const std::function<absl::Status(Snapshot&)>& read) {
    for (int run = 1;; ++run) {
      if (!AwaitTurn(limits)) return PassedStatus(limits);
      std::shared_ptr<Session> session;
      absl::Status status;
      Fault fault;  // of the beginning, or else of a statement of the snapshot
      bool begun = false, connected = false;
      try {
        session = Take();
        connected = true;
        status = session->InSnapshot(limits, [&](pqxx::work& work) {
          begun = true;
          SessionSnapshot snapshot(limits, session.get(), &work, &fault);
          return read(snapshot);
        });
      } catch (const std::exception& error) {
        fault = FaultOf(error, "snapshot");
        status = fault.cancelled && Passed(limits) ? PassedStatus(limits) : fault.status;
      }
      GiveBack(std::move(session), !fault.broken);
      // What was read may have been passed on already: only a beginning is tried again.
      const bool again = !begun && connected && (fault.again || fault.broken);
      if (!again || run == kMaxRuns || Passed(limits)) return status;
      BackOff(run);
    }
  }

 private:
  class SessionSnapshot : public Snapshot {
   public:
    SessionSnapshot(const Limits& limits, Session* session, pqxx::work* work, Fault* fault)
        : limits_(limits), session_(session), work_(work), fault_(fault) {}

    absl::StatusOr<Rows> Run(const Statement& statement, const Params& params) override {
      if (Passed(limits_)) return PassedStatus(limits_);
      try {
        session_->Prepare(statement);
        return Rows(std::make_shared<Rows::Impl>(Session::ExecuteIn(*work_, statement, params)));
      } catch (const std::exception& error) {
        *fault_ = FaultOf(error, statement.name);
        return fault_->cancelled && Passed(limits_) ? PassedStatus(limits_) : fault_->status;
      }
    }

   private:
    const Limits& limits_;
    Session* session_;
    pqxx::work* work_;
    Fault* fault_;
  };

  struct Outcome {
    std::optional<Rows> rows;
    Fault fault;
    bool ok() const { return rows.has_value(); }
    absl::StatusOr<Rows> Take(const Limits& limits) && {
      if (rows) return *std::move(rows);
      if (fault.cancelled && Passed(limits)) return PassedStatus(limits);
      return std::move(fault.status);
    }
  };

  Outcome RunOnce(const Limits& limits, const Statement& statement, const Params& params,
                  Execution execution) {
    if (!AwaitTurn(limits)) return {.rows = std::nullopt, .fault = {.status = PassedStatus(limits)}};
    Outcome outcome;
    std::shared_ptr<Session> session;
    bool connected = false;
    try {
      session = Take();
      connected = true;
      outcome.rows.emplace(
          std::make_shared<Rows::Impl>((session.get()->*execution)(limits, statement, params)));
    } catch (const std::exception& error) {
      outcome.fault = FaultOf(error, statement.name);
      // A connection that broke under a statement was perhaps just old: a new one may do. One that cannot be
      // made at all says that the database is away, and the caller hears so at once.
      if (outcome.fault.broken) outcome.fault.again = connected;
    }
    GiveBack(std::move(session), !outcome.fault.broken);
    return outcome;
  }

  // False when the deadline passed before a place was free.
  bool AwaitTurn(const Limits& limits) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, limits.deadline, [&] { return leased_ < options_.sessions; }))
      return false;
    ++leased_;
    return true;
  }

  // Throws when a connection cannot be made.
  std::shared_ptr<Session> Take() {
    std::unique_lock lock(mutex_);
    std::shared_ptr<Session> session;
    if (idle_.empty()) {
      lock.unlock();
      session = std::make_shared<Session>(options_.dsn);
      lock.lock();
    } else {
      session = std::move(idle_.back());
      idle_.pop_back();
    }
    out_.push_back(session);
    return session;
  }

  void GiveBack(std::shared_ptr<Session> session, bool sound) {
    {
      const std::lock_guard lock(mutex_);
      --leased_;
      std::erase(out_, session);
      if (!sound) idle_.clear();  // what broke one connection has likely broken those that idle beside it
      if (session != nullptr && sound) idle_.push_back(std::move(session));
    }
    changed_.notify_one();
  }

  void WatchDeadlines() {
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, kWatchInterval, [this] { return stopping_; })) {
      const std::vector<std::shared_ptr<Session>> running = out_;
      lock.unlock();  // a cancellation opens a connection of its own, which may take a while
      for (const auto& session : running) session->CancelIfLate(Clock::now());
      lock.lock();
    }
  }

  const DatabaseOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;  // a place is free
  std::condition_variable stop_;     // apart: the watcher need not wake at every statement
  int leased_ = 0;
  bool stopping_ = false;
  std::vector<std::shared_ptr<Session>> idle_;
  std::vector<std::shared_ptr<Session>> out_;
  std::thread watcher_;
};

Database::Database(const DatabaseOptions& options) : pool_(std::make_unique<Pool>(options)) {}
Database::~Database() = default;

absl::StatusOr<Rows> Database::Run(const Limits& limits, const Statement& statement, const Params& params) {
  return pool_->Run(limits, statement, params);
}

absl::StatusOr<Rows> Database::RunInVain(const Limits& limits, const Statement& statement,
                                         const Params& params) {
  return pool_->Run(limits, statement, params, &Session::ExecuteInVain);
}

absl::Status Database::InSnapshot(const Limits& limits, const std::function<absl::Status(Snapshot&)>& read) {
  return pool_->InSnapshot(limits, read);
}

}  // namespace jalon::storage
