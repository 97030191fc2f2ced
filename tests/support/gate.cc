#include "tests/support/gate.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace jalon::test {
namespace {

using namespace std::string_view_literals;

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

bool SendAll(int to, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(to, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<size_t>(sent);
  }
  return true;
}

// ReadyForQuery outside a transaction: the statement before it is committed.
constexpr std::string_view kCommitted = "Z\0\0\0\5I"sv;

}  // namespace

struct Gate::Line {
  int service = -1;
  int server = -1;
  bool marked = false;  // its statement under way is one to cut
};

Gate::Gate(const Cluster& cluster)
    : upstream_(cluster.socket_dir() + "/.s.PGSQL.5432"), dir_(MakeDirectory("gate", cluster.dir())) {
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(dir_ + "/.s.PGSQL.5432");
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, 128) != 0) {
    std::perror("gate");
    std::abort();
  }
  threads_.emplace_back([this] { Accept(); });
}

Gate::~Gate() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  threads_.front().join();
  CutAll();
  for (size_t i = 1; i < threads_.size(); ++i) threads_[i].join();
  close(listener_);
  std::filesystem::remove_all(dir_);
}

void Gate::Accept() {
  while (!stopping_) {
    const int service = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (service < 0) continue;
    const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = AddressOf(upstream_);
    if (closed_ || connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      close(server);
      close(service);
      continue;
    }
    auto line = std::make_shared<Line>();
    line->service = service;
    line->server = server;
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    threads_.emplace_back([this, line] { Pump(line); });
  }
}

bool Gate::Forward(int from, int to, std::string* seen) {
  char bytes[16384];
  const ssize_t got = recv(from, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  seen->assign(bytes, static_cast<size_t>(got));
  if (to < 0) return true;
  if (!sliced_) return SendAll(to, bytes, static_cast<size_t>(got));
  for (ssize_t i = 0; i < got; ++i)
    if (!SendAll(to, bytes + i, 1)) return false;
  return true;
}

void Gate::Pump(const std::shared_ptr<Line>& line) {
  pollfd ends[2] = {{line->service, POLLIN, 0}, {line->server, POLLIN, 0}};
  std::string seen;
  std::string held;  // answers of a marked statement, kept until it is known whether they are cut
  while (poll(ends, 2, -1) > 0) {
    if (ends[0].revents != 0) {
      if (!Forward(line->service, line->server, &seen)) break;
      const std::lock_guard lock(mutex_);
      if (to_cut_ > 0 && seen.find(target_) != std::string::npos) line->marked = true;
    }
    if (ends[1].revents != 0) {
      if (!Forward(line->server, line->marked ? -1 : line->service, &seen)) break;
      if (line->marked) {
        held += seen;
        if (held.size() >= kCommitted.size() && held.ends_with(kCommitted)) {
          const std::lock_guard lock(mutex_);
          line->marked = false;
          if (to_cut_ > 0) {
            --to_cut_;
            ++cuts_;
            break;
          }
          if (!SendAll(line->service, held.data(), held.size())) break;
          held.clear();
        }
      }
    }
  }
  const std::lock_guard lock(mutex_);
  std::erase(lines_, line);
  close(line->service);
  close(line->server);
}

void Gate::CutAnswersTo(const std::string& statement, int count) {
  const std::lock_guard lock(mutex_);
  // As a Bind message names it after its unnamed portal.
  target_ = '\0' + statement + '\0';
  to_cut_ = count;
}

void Gate::CutAll() {
  const std::lock_guard lock(mutex_);
  for (const auto& line : lines_) {
    shutdown(line->service, SHUT_RDWR);
    shutdown(line->server, SHUT_RDWR);
  }
}

void Gate::Close(bool closed) {
  closed_ = closed;
  if (closed) CutAll();
}

}  // namespace jalon::test
