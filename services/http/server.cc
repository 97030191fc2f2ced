#include "http/server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>

#include "base/log.h"
#include "base/text.h"
#include "http/limiter.h"

namespace jalon::http {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Handled = httplib::Server::HandlerResponse;

// Threads for connections, and a bounded queue before them: while it is full, whoever accepts connections
// waits. httplib's own queue has no bound in the version of Debian 12.
class BoundedPool final : public httplib::TaskQueue {
 public:
  BoundedPool() {
    for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Work(); });
  }

  // Says whether it took the task, in the versions of httplib that ask.
  using Taken = decltype(std::declval<httplib::TaskQueue>().enqueue({}));
  Taken enqueue(std::function<void()> task) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < kMaxWaiting; });
    waiting_.push_back(std::move(task));
    changed_.notify_all();
    return static_cast<Taken>(true);
  }

  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void Work() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        task = std::move(waiting_.front());
        waiting_.pop_front();
      }
      changed_.notify_all();
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  bool ended_ = false;
};

void Plain(httplib::Response& response, int status, const char* text) {
  response.status = status;
  response.set_content(std::string(text) + "\n", "text/plain; charset=utf-8");
}

void Wait(httplib::Response& response) {
  Plain(response, 429, "Trop de demandes ; patientez une minute. / Too many requests: wait a minute.");
  response.set_header("Retry-After", "60");
}

// Who asks. A proxy on this machine says for whom it does, in one header whose end is its own word; anybody
// else may write what he likes there.
std::string Asker(const httplib::Request& request) {
  const bool local = request.remote_addr == "127.0.0.1" || request.remote_addr == "::1";
  const auto [told, end] = request.headers.equal_range("X-Forwarded-For");
  if (!local || std::distance(told, end) != 1) return request.remote_addr;
  const std::string_view all = told->second;
  const size_t comma = all.rfind(',');
  return std::string(
      internal::Trim(all.substr(comma == std::string_view::npos ? 0 : comma + 1)).substr(0, 64));
}

void SetHeaders(const Response& from, httplib::Response& to) {
  to.set_header("X-Content-Type-Options", "nosniff");
  to.set_header("Referrer-Policy", "no-referrer");
  to.set_header("X-Robots-Tag", "noindex, nofollow");
  to.set_header("Cache-Control", from.etag.empty() ? "no-store" : "private, no-cache");
  to.set_header("Content-Security-Policy",
                "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'" +
                    (from.style.empty() ? "" : "; style-src 'sha256-" + from.style + "'"));
  to.set_header("Vary", "Accept-Encoding, Accept-Language");
  if (!from.etag.empty()) to.set_header("ETag", "W/\"" + from.etag + "\"");
  if (!from.location.empty()) to.set_header("Location", from.location);
}

}  // namespace

class Server::Impl {
 public:
  Impl() {
    server_.new_task_queue = [] { return new BoundedPool; };
    // A request a connection: a body that a refusal left unread can never be taken for the next request, and
    // nobody idles on a thread. The proxy in front keeps its callers' connections.
    server_.set_keep_alive_max_count(1);
    server_.set_read_timeout(kTimeoutSeconds);
    server_.set_write_timeout(kTimeoutSeconds);
    server_.set_payload_max_length(kMaxBodyBytes);
    server_.set_tcp_nodelay(true);
    // Without SO_REUSEPORT, httplib's default: two servers on one port would each answer half of the
    // requests.
    server_.set_socket_options([this](int wire) {
      const int yes = 1;
      setsockopt(wire, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      listening_ = wire;
    });
    // Everything but a POST is answered here, before httplib matches paths with regular expressions.
    server_.set_pre_routing_handler(
        [this](const auto& request, auto& response) { return Receive(request, response); });
    // Read bit by bit, since httplib's own bound does not hold for a body that is compressed.
    server_.Post(".*", [this](const httplib::Request& request, httplib::Response& response,
                              const httplib::ContentReader& read) { Post(request, response, read); });
    server_.set_exception_handler([](const auto&, auto& response, std::exception_ptr) {
      Log(Severity::kError, "http request failed");
      Plain(response, 500, "Erreur interne. / Internal error.");
    });
  }
  ~Impl() { Stop(); }

  // The port, or none if it cannot be had.
  std::optional<int> Bind(const std::string& host, int port) {
    if (port == 0) {
      port = server_.bind_to_any_port(host);
    } else if (!server_.bind_to_port(host, port)) {
      port = -1;
    }
    if (port <= 0) return std::nullopt;
    // Once more, and longer: with httplib's five, a sixth caller at the same instant waits for a second.
    listen(listening_, kBacklog);
    return port;
  }

  void Serve(std::vector<Route> routes) {
    routes_ = std::move(routes);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // Before it runs, it could not be stopped.
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  void Stop() {
    if (!thread_.joinable()) return;
    server_.stop();
    thread_.join();
  }

 private:
  const Route* RouteOf(const std::string& path) const {
    for (const Route& route : routes_)
      if (path.starts_with(route.prefix)) return &route;
    return nullptr;
  }

  // Whether the request goes no further, refused or answered.
  Handled Receive(const httplib::Request& request, httplib::Response& response) {
    SetHeaders({}, response);
    const std::string asker = Asker(request);
    const auto now = SteadyClock::now();
    const Route* const route = request.path.size() <= kMaxPathBytes ? RouteOf(request.path) : nullptr;
    const bool get = request.method == "GET" || request.method == "HEAD", post = request.method == "POST";
    if (!requests_.Take(asker, now) || !wrong_tokens_.Allows(asker, now)) {
      Wait(response);
    } else if (route == nullptr) {
      Plain(response, 404, "Rien ici. / Nothing here.");
    } else if (!get && !(post && route->takes_posts)) {
      Plain(response, 405, "Méthode refusée. / Method refused.");
      response.set_header("Allow", route->takes_posts ? "GET, HEAD, POST" : "GET, HEAD");
    } else if (get) {
      Answer(*route, request, "", response);
    } else if (!request.get_header_value("Content-Type").starts_with("application/x-www-form-urlencoded")) {
      Plain(response, 415, "Un formulaire est attendu. / A form is expected.");
    } else {
      return Handled::Unhandled;
    }
    return Handled::Handled;
  }

  void Post(const httplib::Request& request, httplib::Response& response,
            const httplib::ContentReader& read) {
    std::string body;
    const bool whole = read([&body](const char* bytes, size_t count) {
      if (body.size() + count > kMaxBodyBytes) return false;
      body.append(bytes, count);
      return true;
    });
    if (!whole) {
      return Plain(response, 413, "Formulaire trop long ou interrompu. / Form too long or cut off.");
    }
    Answer(*RouteOf(request.path), request, std::move(body), response);
  }

  void Answer(const Route& route, const httplib::Request& request, std::string body,
              httplib::Response& response) {
    const Request asked{
        .post = request.method == "POST",
        .tail = request.path.substr(route.prefix.size()),
        .body = std::move(body),
        .if_none_match = request.get_header_value("If-None-Match"),
        .language = LanguageFromTag(request.get_header_value("Accept-Language")),
        .limits = {.deadline = std::chrono::system_clock::now() + std::chrono::seconds(kTimeoutSeconds),
                   .cancelled = {}}};
    const Response answer = route.answer(asked);
    if (answer.wrong_token) wrong_tokens_.Count(Asker(request), SteadyClock::now());
    response.headers.clear();
    SetHeaders(answer, response);
    response.status = answer.status;
    if (!answer.etag.empty() && asked.Knows(answer.etag)) {
      response.status = 304;
    } else if (!answer.content_type.empty()) {
      response.set_content(answer.body, answer.content_type);
    }
  }

  static constexpr int kBacklog = 256;

  std::vector<Route> routes_;
  int listening_ = -1;
  Limiter requests_{kMaxRequestsAMinute, std::chrono::minutes(1)};
  Limiter wrong_tokens_{kMaxWrongTokensAMinute, std::chrono::minutes(1)};
  httplib::Server server_;
  std::thread thread_;
};

Server::Server() : impl_(std::make_unique<Impl>()) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Bind(const std::string& address) {
  const size_t colon = address.rfind(':');
  const auto port =
      internal::ParseDigits(colon == std::string::npos ? "" : std::string_view(address).substr(colon + 1));
  if (!port || *port > 65535 || colon == 0)
    return absl::InvalidArgumentError("--http wants host:port, not " + address);
  std::unique_ptr<Server> server(new Server);
  const std::string host = address.substr(0, colon);
  const auto bound = server->impl_->Bind(host, static_cast<int>(*port));
  if (!bound) return absl::UnavailableError("cannot listen on " + address);
  server->address_ = host + ":" + std::to_string(*bound);
  return server;
}

void Server::Serve(std::vector<Route> routes) {
  impl_->Serve(std::move(routes));
}

void Server::Stop() {
  impl_->Stop();
}

}  // namespace jalon::http
