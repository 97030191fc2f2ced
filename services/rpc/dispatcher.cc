#include "rpc/dispatcher.h"

#include <chrono>
#include <thread>

#include "base/log.h"
#include "base/refusal.h"
#include "base/status_macros.h"
#include "rpc/digest.h"
#include "rpc/status.h"
#include "rpc/validator.h"

namespace jalon::rpc {
namespace {

using SteadyClock = std::chrono::steady_clock;
using namespace common::v1;

// A caller that gives no deadline gets this one; a stream lasts until its caller leaves.
constexpr auto kDefaultDeadline = std::chrono::seconds(30);
constexpr auto kStreamDeadline = std::chrono::hours(24 * 365);
// Streams each hold a thread.
constexpr int kMaxStreams = 64;
// Drains of one lane at the same time: more would only contend for the same rows.
constexpr int kMaxDrains = 2;
// Commands that may wait in a lane.
constexpr size_t kLaneLimit = 4096;
// A call slower than this is worth a line in the log.
constexpr auto kSlow = std::chrono::milliseconds(500);

// trace-id of a W3C traceparent "00-<32 hex>-<16 hex>-01", or a new one.
std::string TraceId(std::string_view traceparent) {
  if (traceparent.size() >= 55 && traceparent[2] == '-' && traceparent[35] == '-' &&
      traceparent.substr(3, 32).find_first_not_of("0123456789abcdef") == std::string_view::npos)
    return std::string(traceparent.substr(3, 32));
  return Hex(RandomBytes(16));
}

bool Parse(const grpc::ByteBuffer& bytes, Message* message) {
  std::vector<grpc::Slice> slices;
  if (!bytes.Dump(&slices).ok()) return false;
  if (slices.size() == 1)
    return message->ParseFromArray(slices[0].begin(), static_cast<int>(slices[0].size()));
  std::string whole;
  whole.reserve(bytes.Length());
  for (const grpc::Slice& slice : slices)
    whole.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return message->ParseFromString(whole);
}

grpc::ByteBuffer ToBuffer(const std::string& wire) {
  const grpc::Slice slice(wire);
  return grpc::ByteBuffer(&slice, 1);
}

// The request id, and a digest of the request by which a retry is told from other content under the same id.
void ReadRequestId(const Message& request, CallContext* call) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr) return;
  call->request_id = request.GetReflection()->GetString(request, field);
  call->request_hash = Sha256(request.SerializeAsString());
}

}  // namespace

// A call on its way, and what it must leave behind when it ends: an answer, a count, a line in the log.
class Dispatcher::Call {
 public:
  Call(TransportCall* transport, const Method& method, Metrics* metrics, const CancelToken& stopping)
      : method_(method), transport_(transport), metrics_(metrics) {
    context_.stopping = stopping;
    context_.method = method.descriptor->name();
    context_.language = LanguageFromTag(transport->Header("accept-language"));
    context_.trace_id = TraceId(transport->Header("traceparent"));
    const auto now = std::chrono::system_clock::now();
    const auto given = transport->context().deadline();
    const bool none = given > now + kStreamDeadline;
    context_.limits = {.deadline = !none           ? given
                                   : method.stream ? now + kStreamDeadline
                                                   : now + kDefaultDeadline,
                       .cancelled = transport->cancelled()};
  }

  const Method& method() const { return method_; }
  CallContext& context() { return context_; }
  const Message& request() const { return *request_; }

  absl::Status Admit(const Tokens& tokens) {
    if (method_.anyone) return absl::OkStatus();
    ASSIGN_OR_RETURN(context_.principal, tokens.Authenticate(transport_->Header("authorization")));
    if ((context_.principal.roles & method_.roles) == 0) return Refuse(REASON_NOT_ALLOWED);
    return absl::OkStatus();
  }

  absl::Status ReadRequest() {
    if (transport_->request().Length() > kMaxRequestBytes) return Refuse(REASON_MESSAGE_TOO_LARGE);
    request_.reset(method_.request_prototype->New());
    if (!Parse(transport_->request(), request_.get()))
      return RefuseInvalid({{"", "message illisible", "unreadable message"}}, context_.language);
    std::vector<Violation> violations = Violations(*request_);
    if (method_.check) method_.check(context_, *request_, &violations);
    if (!violations.empty()) return RefuseInvalid(violations, context_.language);
    ReadRequestId(*request_, &context_);
    return absl::OkStatus();
  }

  // A call that nobody waits for any more is not worth its work.
  absl::Status CheckStillWanted() const {
    if (context_.limits.cancelled.cancelled()) return Refuse(REASON_CALL_CANCELLED);
    if (std::chrono::system_clock::now() >= context_.limits.deadline) return Refuse(REASON_DEADLINE_PASSED);
    return absl::OkStatus();
  }

  bool Send(const std::string& wire) { return transport_->Write(ToBuffer(wire)); }

  void Answer(const Reply& reply) {
    if (!reply.ok()) return End(reply.status());
    Count(grpc::StatusCode::OK, absl::OkStatus());
    const grpc::ByteBuffer bytes = ToBuffer(*reply);
    transport_->Finish(grpc::Status::OK, &bytes);
  }

  void End(const absl::Status& status) {
    const grpc::Status told = ToGrpc(status, context_);
    Count(told.error_code(), status);
    transport_->Finish(told, nullptr);
  }

 private:
  void Count(grpc::StatusCode code, const absl::Status& status) {
    const auto took = SteadyClock::now() - arrived_;
    metrics_->CallEnded(method_.descriptor->full_name(), code, std::chrono::duration<double>(took).count());
    const bool fault = code == grpc::StatusCode::INTERNAL || code == grpc::StatusCode::UNAVAILABLE;
    if (!fault && (took < kSlow || method_.stream)) return;
    const LogTrace trace(context_.trace_id);
    const std::string ms =
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
    Log(fault ? Severity::kWarning : Severity::kInfo, fault ? "call failed" : "slow call",
        {{"method", method_.descriptor->full_name()},
         {"ms", ms},
         {"actor", context_.principal.name},
         {"reason", ReasonName(ReasonOf(status))}});
  }

  const Method& method_;
  TransportCall* transport_;
  Metrics* metrics_;
  CallContext context_;
  std::unique_ptr<Message> request_;
  const SteadyClock::time_point arrived_ = SteadyClock::now();
};

// Commands of one method that travel together: while some are on their way to the database, others gather,
// and the next drain takes all of them. Nobody ever waits for company.
class Dispatcher::Lane {
 public:
  Lane(const Method& method, Executor* executor, Metrics* metrics)
      : method_(method), executor_(executor), metrics_(metrics) {}

  void Enter(std::unique_ptr<Call> call) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < kLaneLimit) {
        waiting_.push_back(std::move(call));
        if (drains_ == kMaxDrains) return;
        ++drains_;
      }
    }
    if (call != nullptr) return call->End(Refuse(REASON_OVERLOADED));
    if (!executor_->Submit([this] { Drain(); })) GiveUp();
  }

 private:
  void Drain() {
    for (std::vector<std::unique_ptr<Call>> calls = TakeWaiting(); !calls.empty(); calls = TakeWaiting())
      Run(calls);
  }

  std::vector<std::unique_ptr<Call>> TakeWaiting() {
    const std::lock_guard lock(mutex_);
    const size_t count = std::min(waiting_.size(), method_.batch_limit);
    std::vector<std::unique_ptr<Call>> calls(
        std::make_move_iterator(waiting_.begin()),
        std::make_move_iterator(waiting_.begin() + static_cast<ptrdiff_t>(count)));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(count));
    if (calls.empty()) --drains_;
    return calls;
  }

  void Run(std::vector<std::unique_ptr<Call>>& calls) {
    std::vector<Traveller> travellers;
    std::vector<Call*> on_board;
    for (const auto& call : calls) {
      if (const absl::Status wanted = call->CheckStillWanted(); !wanted.ok()) {
        call->End(wanted);
        continue;
      }
      travellers.push_back({&call->context(), &call->request(), absl::UnknownError("")});
      on_board.push_back(call.get());
    }
    if (travellers.empty()) return;
    metrics_->BatchRan(travellers.size());
    const LogTrace trace(travellers.front().call->trace_id);
    method_.batch(travellers);
    for (size_t i = 0; i < travellers.size(); ++i) on_board[i]->Answer(travellers[i].reply);
  }

  // The executor is full: what waits here is refused, unless another drain serves it.
  void GiveUp() {
    std::deque<std::unique_ptr<Call>> refused;
    {
      const std::lock_guard lock(mutex_);
      if (--drains_ > 0) return;
      refused.swap(waiting_);
    }
    for (const auto& call : refused) call->End(Refuse(REASON_OVERLOADED));
  }

  const Method& method_;
  Executor* executor_;
  Metrics* metrics_;
  std::mutex mutex_;
  std::deque<std::unique_ptr<Call>> waiting_;
  int drains_ = 0;
};

Dispatcher::Dispatcher(const Tokens* tokens, Metrics* metrics) : tokens_(tokens), metrics_(metrics) {}
Dispatcher::~Dispatcher() = default;

void Dispatcher::Add(const Service* service, Executor* executor) {
  executors_[service->descriptor()] = executor;
  for (const Method& method : service->methods())
    if (method.batch) lanes_[&method] = std::make_unique<Lane>(method, executor, metrics_);
}

void Dispatcher::Receive(TransportCall* transport, const Method& method) {
  auto call = std::make_unique<Call>(transport, method, metrics_, stopping_);
  if (const absl::Status admitted = call->Admit(*tokens_); !admitted.ok()) return call->End(admitted);
  if (method.stream) return RunStream(std::move(call));
  if (method.unary) return RunUnary(std::move(call));
  if (const absl::Status read = call->ReadRequest(); !read.ok()) return call->End(read);
  lanes_.at(&method)->Enter(std::move(call));
}

void Dispatcher::RunUnary(std::unique_ptr<Call> owned) {
  // std::function wants what it holds to be copyable, hence the shared pointer.
  const std::shared_ptr<Call> call = std::move(owned);
  const auto run = [call] {
    const LogTrace trace(call->context().trace_id);
    absl::Status status = call->CheckStillWanted();
    if (status.ok()) status = call->ReadRequest();
    if (!status.ok()) return call->End(status);
    call->Answer(call->method().unary(call->context(), call->request()));
  };
  Executor* executor = executors_.at(call->method().descriptor->service());
  if (executor == nullptr) return run();
  if (!executor->Submit(run)) call->End(Refuse(REASON_OVERLOADED));
}

void Dispatcher::RunStream(std::unique_ptr<Call> call) {
  if (!EnterStream()) return call->End(Refuse(REASON_OVERLOADED));
  std::thread([this, call = std::move(call)] {
    const LogTrace trace(call->context().trace_id);
    absl::Status status = call->ReadRequest();
    if (status.ok()) {
      status = call->method().stream(call->context(), call->request(),
                                     [&](const std::string& wire) { return call->Send(wire); });
    }
    call->End(status);
    LeaveStream();
  }).detach();
}

bool Dispatcher::EnterStream() {
  const std::lock_guard lock(mutex_);
  if (streams_ == kMaxStreams) return false;
  ++streams_;
  return true;
}

// Its last touch of the dispatcher is the unlock, so that whoever waits may destroy it.
void Dispatcher::LeaveStream() {
  const std::lock_guard lock(mutex_);
  --streams_;
  stream_left_.notify_all();
}

void Dispatcher::AwaitStreams() {
  std::unique_lock lock(mutex_);
  stream_left_.wait(lock, [this] { return streams_ == 0; });
}

}  // namespace jalon::rpc
