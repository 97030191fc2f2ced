#ifndef JALON_HTTP_LIMITER_H_
#define JALON_HTTP_LIMITER_H_

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace jalon::http {

// How often each address may do something: `burst` times at once, then again as time refills it, `burst`
// times every `period`. Knows a bounded number of addresses: when there are more, those that are full again
// are forgotten, which changes nothing for them, and failing that, all. Safe from any thread.
class Limiter {
 public:
  using Clock = std::chrono::steady_clock;
  Limiter(int burst, Clock::duration period, size_t most_addresses = 10'000)
      : burst_(burst), period_(period), most_(most_addresses) {}

  // Whether the address may do it now; takes nothing.
  bool Allows(const std::string& address, Clock::time_point now);
  // Counts that it did.
  void Count(const std::string& address, Clock::time_point now);
  // Whether it may, and counts it if so.
  bool Take(const std::string& address, Clock::time_point now);

  size_t addresses() const;

 private:
  // When the address will be full again: each use puts it off by a `burst`-th of the period. It is empty
  // while that is a whole period away.
  Clock::time_point FullAt(const std::string& address, Clock::time_point now) const;
  bool AllowsAt(Clock::time_point full_at, Clock::time_point now) const;
  void MakeRoom(Clock::time_point now);
  void CountFrom(const std::string& address, Clock::time_point full_at, Clock::time_point now);

  const int burst_;
  const Clock::duration period_;
  const size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Clock::time_point> full_at_;
};

}  // namespace jalon::http

#endif  // JALON_HTTP_LIMITER_H_
