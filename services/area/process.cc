#include "area/process.h"

#include <malloc.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "base/log.h"
#include "base/refusal.h"
#include "http/server.h"
#include "mail/sender.h"
#include "rpc/server.h"

namespace jalon::area {
namespace {

using namespace std::chrono_literals;

struct Options {
  rpc::ServerOptions server;
  std::string database;
  std::string tokens;
  std::string metrics;
  std::string http;
  std::string public_url;
  mail::ServerOptions smtp;
  std::string smtp_password_file;
  int digest_hour = 7;
  int workers = 4;
  int queue = 1024;
  int drain_seconds = 10;
};

void Describe(CLI::App& app, Options& options) {
  app.set_config("--config", "", "File of options, one name=value a line");
  app.add_option("--database", options.database,
                 "PostgreSQL connection string without user: each area logs in as jalon_<area>")
      ->required();
  app.add_option("--listen", options.server.listen, "Address: unix:/path or host:port; may be repeated")
      ->required();
  app.add_option("--tokens", options.tokens, "File of bearer tokens and whom they stand for")->required();
  app.add_option("--metrics", options.metrics, "Private address for Prometheus, as 127.0.0.1:9464");
  app.add_option(
      "--http", options.http,
      "Address for HTTP, as 127.0.0.1:8080, behind a proxy that speaks TLS: calendar feeds, attestation");
  app.add_option(
         "--public-url", options.public_url,
         "Where the world finds it, as https://jalon.example; the address itself where it is not given")
      ->check(CLI::Validator(
          [](const std::string& url) {
            return url.starts_with("http://") || url.starts_with("https://") ? ""
                                                                             : "wants http:// or https://";
          },
          "URL"));
  app.add_option("--smtp-url", options.smtp.url,
                 "Server for mail, as smtp://localhost:25 or smtps://host:465; none: nothing is sent");
  app.add_option("--mail-from", options.smtp.from, "Whom mail is from, as \"Jalon <jalon@example.org>\"");
  app.add_option("--smtp-user", options.smtp.user, "Login; the server must then speak TLS");
  app.add_option("--smtp-password-file", options.smtp_password_file, "File whose first line is its password");
  app.add_option("--smtp-ca", options.smtp.ca_file,
                 "PEM file of certificates to trust in place of the system's");
  app.add_option("--digest-hour", options.digest_hour, "Of the day, from which on digests are sent")
      ->check(CLI::Range(0, 23));
  app.add_option("--tls-certificate", options.server.tls_certificate,
                 "PEM file; TCP addresses then speak TLS only");
  app.add_option("--tls-key", options.server.tls_key, "PEM file");
  app.add_option("--workers", options.workers, "Threads and connections of each area")
      ->check(CLI::Range(1, 64));
  app.add_option("--queue", options.queue, "Calls of each area that may wait for a worker")
      ->check(CLI::Range(1, 100000));
  app.add_option("--drain-seconds", options.drain_seconds, "How long calls under way may take after SIGTERM")
      ->check(CLI::Range(0, 600));
  app.add_option("--completion-queues", options.server.completion_queues, "Threads that read the wire")
      ->check(CLI::Range(1, 16));
  app.add_flag("--reflection", options.server.reflection,
               "Answer grpc.reflection: tells callers the contracts");
  app.add_option("--transport", options.server.transport, "How gRPC hands calls over")
      ->transform(CLI::CheckedTransformer(std::map<std::string, rpc::TransportKind>{
          {"completion-queue", rpc::TransportKind::kCompletionQueue},
          {"callback", rpc::TransportKind::kCallback}}));
}

// Wakes what sleeps when the process is to end.
class StopSign {
 public:
  void Raise() {
    {
      const std::lock_guard lock(mutex_);
      raised_ = true;
    }
    changed_.notify_all();
  }
  // False once raised.
  bool SleepFor(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, time, [this] { return raised_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};

// An area at work: its connections, its threads, its handlers, its chores.
class Worksite {
 public:
  Worksite(const Area& area, const Options& options, const std::string& public_url, const mail::Sender* mail)
      : area_(area),
        database_(
            {.dsn = options.database + " user=jalon_" + area.name + " application_name=jalon-" + area.name,
             .sessions = options.workers}),
        // Chores and health have a connection of their own, so that they never wait behind callers.
        backstage_({.dsn = options.database + " user=jalon_" + area.name + " application_name=jalon-" +
                           area.name + "-chores",
                    .sessions = 1}),
        // So has HTTP, which strangers reach.
        outdoors_({.dsn = options.database + " user=jalon_" + area.name + " application_name=jalon-" +
                          area.name + "-http",
                   .sessions = 2}),
        service_(area.make_service(Around(&database_, options, public_url, mail))),
        chores_(area.make_chores(Around(&backstage_, options, public_url, mail))),
        executor_(options.workers, static_cast<size_t>(options.queue)) {}

  const rpc::Service& service() const { return *service_; }
  std::vector<http::Route> MakeRoutes() { return area_.make_routes(&outdoors_); }
  rpc::Executor& executor() { return executor_; }

  void StartChores(rpc::Server* server, rpc::Metrics* metrics, StopSign* stop) {
    thread_ = std::thread([this, server, metrics, stop] { DoChores(server, metrics, stop); });
  }
  void AwaitChores() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  static Surroundings Around(storage::Database* database, const Options& options,
                             const std::string& public_url, const mail::Sender* mail) {
    return {.database = database, .public_url = public_url, .mail = mail, .digest_hour = options.digest_hour};
  }

  void DoChores(rpc::Server* server, rpc::Metrics* metrics, StopSign* stop) {
    std::vector<std::chrono::steady_clock::time_point> due(chores_.size());
    do {
      CheckHealth(server);
      metrics->SetQueued(area_.name, executor_.queued());
      for (size_t i = 0; i < chores_.size() && healthy_; ++i) {
        if (std::chrono::steady_clock::now() < due[i]) continue;
        RunChore(chores_[i]);
        due[i] = std::chrono::steady_clock::now() + chores_[i].every;
      }
    } while (stop->SleepFor(250ms));
  }

  // Serving means: the database answers, and its schema has what this area needs.
  void CheckHealth(rpc::Server* server) {
    static constexpr storage::Statement kProbe{"probe", "SELECT common.schema_version() AS version"};
    const auto rows =
        backstage_.Run({.deadline = std::chrono::system_clock::now() + 2s, .cancelled = {}}, kProbe, {});
    const bool healthy = rows.ok() && rows->Int(0, "version") >= kSchemaVersion;
    if (healthy != healthy_ || !told_) {
      Log(healthy ? Severity::kInfo : Severity::kWarning,
          healthy ? "serving" : "not serving: the database is away or its schema is old",
          {{"area", area_.name}});
    }
    server->health().Set(service().descriptor()->full_name(), healthy);
    healthy_ = healthy;
    told_ = true;
  }

  // A chore that fails is tried again at its next turn; the log hears of it once.
  void RunChore(const Chore& chore) {
    for (int round = 0; round < 100; ++round) {
      const auto more = chore.run({.deadline = std::chrono::system_clock::now() + 30s, .cancelled = {}});
      if (more.ok()) {
        failing_.erase(chore.name);
      } else if (failing_.insert(chore.name).second) {
        Log(Severity::kWarning, "chore failed",
            {{"area", area_.name}, {"chore", chore.name}, {"error", more.status().ToString()}});
      }
      if (!more.ok() || !*more) return;
    }
  }

  // The schema this code was written for: common.schema_version().
  static constexpr int64_t kSchemaVersion = 4;

  const Area area_;
  storage::Database database_;
  storage::Database backstage_;
  storage::Database outdoors_;
  const std::unique_ptr<rpc::Service> service_;
  const std::vector<Chore> chores_;
  rpc::Executor executor_;
  bool healthy_ = false;
  bool told_ = false;
  std::set<std::string> failing_;
  std::thread thread_;
};

int Fail(const absl::Status& status) {
  Log(Severity::kError, "cannot start", {{"error", status.ToString()}});
  return 1;
}

std::string PublicUrl(const Options& options, const http::Server* http) {
  std::string url = options.public_url;
  if (url.empty() && http != nullptr) url = "http://" + http->address();
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// Null where no server is named.
absl::StatusOr<std::unique_ptr<mail::Sender>> MakeSender(const Options& options) {
  if (options.smtp.url.empty()) return nullptr;
  mail::ServerOptions smtp = options.smtp;
  if (!options.smtp_password_file.empty()) {
    std::ifstream file(options.smtp_password_file);
    if (!std::getline(file, smtp.password))
      return absl::NotFoundError("cannot read the password file " + options.smtp_password_file);
  }
  return mail::Sender::Make(smtp);
}

std::vector<http::Route> RoutesOf(const std::vector<std::unique_ptr<Worksite>>& sites) {
  std::vector<http::Route> all;
  for (const auto& site : sites)
    for (http::Route& route : site->MakeRoutes()) all.push_back(std::move(route));
  return all;
}

int Serve(const char* name, const std::vector<Area>& areas, const Options& options) {
  // Blocked before any thread starts, so that only the wait below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  // What a large block took goes back to the system with it. Left to itself, glibc raises this bound, and
  // keeps what summaries and long lists once needed.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  // As many heaps as can be in use at once. Each keeps what its largest answer took, and eight a core come by
  // default.
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(2u, std::thread::hardware_concurrency())));
  // Debian's Abseil is built with its search for deadlocks, which every lock inside gRPC would pay for.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  const auto tokens = rpc::Tokens::Load(options.tokens);
  if (!tokens.ok()) return Fail(tokens.status());
  std::unique_ptr<http::Server> http;
  if (!options.http.empty()) {
    auto bound = http::Server::Bind(options.http);
    if (!bound.ok()) return Fail(bound.status());
    http = *std::move(bound);
  }
  const std::string public_url = PublicUrl(options, http.get());
  const auto sender = MakeSender(options);
  if (!sender.ok()) return Fail(sender.status());
  rpc::Metrics metrics(options.metrics);
  rpc::Dispatcher dispatcher(&*tokens, &metrics);
  std::vector<std::unique_ptr<Worksite>> sites;
  std::vector<const rpc::Service*> services;
  for (const Area& area : areas) {
    sites.push_back(std::make_unique<Worksite>(area, options, public_url, sender->get()));
    services.push_back(&sites.back()->service());
    dispatcher.Add(services.back(), &sites.back()->executor());
  }
  std::vector<http::Route> routes = RoutesOf(sites);
  if (http != nullptr && routes.empty())
    return Fail(absl::InvalidArgumentError("--http: nothing here speaks HTTP"));
  auto server = rpc::Server::Start(options.server, services, &dispatcher);
  if (!server.ok()) return Fail(server.status());
  StopSign stop;
  for (const auto& site : sites) site->StartChores(server->get(), &metrics, &stop);
  if (http != nullptr) http->Serve(std::move(routes));
  Log(Severity::kInfo, "started",
      {{"process", name},
       {"listen", options.server.listen.front()},
       {"http", http == nullptr ? "" : http->address()}});

  int signal_number = 0;
  sigwait(&signals, &signal_number);
  Log(Severity::kInfo, "draining", {{"process", name}});
  stop.Raise();
  for (const auto& site : sites) site->AwaitChores();
  if (http != nullptr) http->Stop();
  (*server)->Drain(std::chrono::seconds(options.drain_seconds));
  Log(Severity::kInfo, "stopped", {{"process", name}});
  return 0;
}

}  // namespace

int RunProcess(const char* name, const std::vector<Area>& areas, int argc, char** argv) {
  CLI::App app("Jalon: case management for business-support programmes", name);
  Options options;
  Describe(app, options);
  CLI11_PARSE(app, argc, argv);
  return Serve(name, areas, options);
}

}  // namespace jalon::area
