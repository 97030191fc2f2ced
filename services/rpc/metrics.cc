#include "rpc/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <mutex>

namespace jalon::rpc {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                          0.1,    0.25,  0.5,    1,     2.5,  5,     10};
const prometheus::Histogram::BucketBoundaries kCommands = {1, 2, 4, 8, 16, 32, 64};

}  // namespace

class Metrics::Impl {
 public:
  explicit Impl(const std::string& address)
      : registry_(std::make_shared<prometheus::Registry>()),
        calls_(prometheus::BuildCounter()
                   .Name("jalon_calls_total")
                   .Help("Calls ended, by method and gRPC code")
                   .Register(*registry_)),
        seconds_(prometheus::BuildHistogram()
                     .Name("jalon_call_seconds")
                     .Help("Time from arrival to answer")
                     .Register(*registry_)),
        batches_(prometheus::BuildHistogram()
                     .Name("jalon_batch_commands")
                     .Help("Commands that travelled together")
                     .Register(*registry_)),
        batch_(batches_.Add({}, kCommands)),
        queued_(prometheus::BuildGauge()
                    .Name("jalon_queued_tasks")
                    .Help("Calls waiting for a worker")
                    .Register(*registry_)) {
    if (address.empty()) return;
    exposer_ = std::make_unique<prometheus::Exposer>(address, 1);
    exposer_->RegisterCollectable(registry_);
  }

  void CallEnded(std::string_view method, int code, double seconds) {
    prometheus::Counter* counter;
    prometheus::Histogram* histogram;
    {
      const std::lock_guard lock(mutex_);
      auto& known = by_call_[{std::string(method), code}];
      if (known.first == nullptr) {
        known = {&calls_.Add({{"method", std::string(method)}, {"code", std::to_string(code)}}),
                 &seconds_.Add({{"method", std::string(method)}}, kSeconds)};
      }
      std::tie(counter, histogram) = known;
    }
    counter->Increment();
    histogram->Observe(seconds);
  }

  void BatchRan(size_t commands) { batch_.Observe(static_cast<double>(commands)); }

  void SetQueued(std::string_view area, size_t tasks) {
    queued_.Add({{"area", std::string(area)}}).Set(static_cast<double>(tasks));
  }

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Family<prometheus::Histogram>& batches_;
  prometheus::Histogram& batch_;
  prometheus::Family<prometheus::Gauge>& queued_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::pair<prometheus::Counter*, prometheus::Histogram*>> by_call_;
};

Metrics::Metrics(const std::string& address) : impl_(std::make_unique<Impl>(address)) {}
Metrics::~Metrics() = default;
void Metrics::CallEnded(std::string_view method, int code, double seconds) {
  impl_->CallEnded(method, code, seconds);
}
void Metrics::BatchRan(size_t commands) {
  impl_->BatchRan(commands);
}
void Metrics::SetQueued(std::string_view area, size_t tasks) {
  impl_->SetQueued(area, tasks);
}

}  // namespace jalon::rpc
