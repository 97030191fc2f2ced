#ifndef JALON_RPC_EXECUTOR_H_
#define JALON_RPC_EXECUTOR_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace jalon::rpc {

// The threads that do the work behind the transport's own, which must never wait. Its queue is bounded: what
// does not fit is refused at once instead of being served too late.
class Executor {
 public:
  Executor(int workers, size_t queue_limit);
  // Finishes what is queued.
  ~Executor();

  // False when the queue is full.
  bool Submit(std::function<void()> task);
  size_t queued() const;

 private:
  void Work();

  const size_t queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace jalon::rpc

#endif  // JALON_RPC_EXECUTOR_H_
