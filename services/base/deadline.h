#ifndef JALON_BASE_DEADLINE_H_
#define JALON_BASE_DEADLINE_H_

#include <atomic>
#include <chrono>
#include <memory>

namespace jalon {

// The instant after which a caller no longer waits. The wall clock, because that is what gRPC hands over.
using Deadline = std::chrono::system_clock::time_point;

// Says to work under way that nobody waits for it any more. Copies share one state; once cancelled, for good.
// Safe from any thread.
class CancelToken {
 public:
  void Cancel() { cancelled_->store(true, std::memory_order_release); }
  bool cancelled() const { return cancelled_->load(std::memory_order_acquire); }

 private:
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
};

// How long work for a caller may take: until the deadline, or until the caller leaves.
struct Limits {
  Deadline deadline;
  CancelToken cancelled;
};

}  // namespace jalon

#endif  // JALON_BASE_DEADLINE_H_
