#ifndef JALON_RPC_METRICS_H_
#define JALON_RPC_METRICS_H_

#include <memory>
#include <string>
#include <string_view>

namespace jalon::rpc {

// Counts and times of calls, for Prometheus, on an address of their own that only operators reach.
class Metrics {
 public:
  // `address` as 127.0.0.1:9464; empty: counts, and shows nobody.
  explicit Metrics(const std::string& address);
  ~Metrics();

  // A call of "CalendarService/RecordHalfDays" ended with a gRPC code after some seconds.
  void CallEnded(std::string_view method, int code, double seconds);
  // Commands handed to the database together.
  void BatchRan(size_t commands);
  void SetQueued(std::string_view area, size_t tasks);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jalon::rpc

#endif  // JALON_RPC_METRICS_H_
