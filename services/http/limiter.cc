#include "http/limiter.h"

#include <algorithm>

namespace jalon::http {

bool Limiter::Allows(const std::string& address, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  return AllowsAt(FullAt(address, now), now);
}

void Limiter::Count(const std::string& address, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  CountFrom(address, FullAt(address, now), now);
}

bool Limiter::Take(const std::string& address, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point full_at = FullAt(address, now);
  if (!AllowsAt(full_at, now)) return false;
  CountFrom(address, full_at, now);
  return true;
}

size_t Limiter::addresses() const {
  const std::lock_guard lock(mutex_);
  return full_at_.size();
}

Limiter::Clock::time_point Limiter::FullAt(const std::string& address, Clock::time_point now) const {
  const auto known = full_at_.find(address);
  return known == full_at_.end() ? now : std::max(now, known->second);
}

bool Limiter::AllowsAt(Clock::time_point full_at, Clock::time_point now) const {
  return full_at - now + period_ / burst_ <= period_;
}

void Limiter::CountFrom(const std::string& address, Clock::time_point full_at, Clock::time_point now) {
  if (full_at_.size() >= most_ && !full_at_.contains(address)) MakeRoom(now);
  // Somebody who goes on while empty does not put the refill off for ever.
  full_at_[address] = std::min(full_at + period_ / burst_, now + period_);
}

void Limiter::MakeRoom(Clock::time_point now) {
  std::erase_if(full_at_, [now](const auto& known) { return known.second <= now; });
  if (full_at_.size() >= most_) full_at_.clear();
}

}  // namespace jalon::http
