#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "rpc/transport.h"

namespace jalon::rpc {
namespace {

// What a completion queue hands back: each names the step of a call that is done.
class Event {
 public:
  virtual ~Event() = default;
  virtual void Done(bool ok) = 0;
};

template <class Owner>
class StepOf : public Event {
 public:
  StepOf(Owner* owner, void (Owner::*step)(bool)) : owner_(owner), step_(step) {}
  void Done(bool ok) override { (owner_->*step_)(ok); }

 private:
  Owner* owner_;
  void (Owner::*step_)(bool);
};

// A gRPC service made from the handlers, without generated code: messages pass as bytes.
class RawService final : public grpc::Service {
 public:
  explicit RawService(const rpc::Service& service) {
    int index = 0;
    for (const Method& method : service.methods()) {
      paths_.push_back(PathOf(method.descriptor));
      AddMethod(new grpc::internal::RpcServiceMethod(
          paths_.back().c_str(),
          method.stream ? grpc::internal::RpcMethod::SERVER_STREAMING : grpc::internal::RpcMethod::NORMAL_RPC,
          nullptr));
      MarkMethodRaw(index++);
    }
  }

  void Request(int index, bool stream, grpc::ServerContext* context, grpc::ByteBuffer* request,
               grpc::internal::ServerAsyncStreamingInterface* responder, grpc::ServerCompletionQueue* queue,
               void* tag) {
    if (stream) {
      RequestAsyncServerStreaming(index, context, request, responder, queue, queue, tag);
    } else {
      RequestAsyncUnary(index, context, request, responder, queue, queue, tag);
    }
  }

 private:
  std::deque<std::string> paths_;  // gRPC keeps pointers to them
};

struct Endpoint {
  RawService* service;
  const Method* method;
  int index;
  grpc::ServerCompletionQueue* queue;
  const Receive* receive;
};

// One call from its arrival to its end. It waits for one to arrive, then puts a successor in its place. It
// goes once both its end and gRPC's word that the call is over have come.
class QueueCall final : public TransportCall {
 public:
  explicit QueueCall(const Endpoint& endpoint) : endpoint_(endpoint), unary_(&context_), stream_(&context_) {
    context_.AsyncNotifyWhenDone(&over_);
    grpc::internal::ServerAsyncStreamingInterface* responder = &unary_;
    if (endpoint_.method->stream) responder = &stream_;
    endpoint_.service->Request(endpoint_.index, static_cast<bool>(endpoint_.method->stream), &context_,
                               &request_, responder, endpoint_.queue, &arrived_);
  }

  const grpc::ByteBuffer& request() const override { return request_; }
  grpc::ServerContextBase& context() const override { return context_; }
  CancelToken cancelled() const override { return cancelled_; }

  bool Write(const grpc::ByteBuffer& message) override {
    std::unique_lock lock(mutex_);
    write_done_ = false;
    stream_.Write(message, &written_);
    changed_.wait(lock, [this] { return write_done_; });
    return write_ok_ && !cancelled_.cancelled();
  }

  void Finish(const grpc::Status& status, const grpc::ByteBuffer* reply) override {
    if (endpoint_.method->stream) {
      stream_.Finish(status, &finished_);
    } else if (status.ok()) {
      unary_.Finish(*reply, status, &finished_);
    } else {
      unary_.FinishWithError(status, &finished_);
    }
  }

 private:
  void OnArrived(bool ok) {
    if (!ok) {  // the server shuts down: neither an end nor the word of it will come
      delete this;
      return;
    }
    new QueueCall(endpoint_);
    (*endpoint_.receive)(this, *endpoint_.method);
  }

  void OnOver(bool) {
    if (context_.IsCancelled()) cancelled_.Cancel();
    LeaveWhenBoth();
  }

  void OnFinished(bool) { LeaveWhenBoth(); }

  void OnWritten(bool ok) {
    const std::lock_guard lock(mutex_);
    write_done_ = true;
    write_ok_ = ok;
    changed_.notify_one();
  }

  void LeaveWhenBoth() {
    {
      const std::lock_guard lock(mutex_);
      if (++ends_ < 2) return;
    }
    delete this;
  }

  const Endpoint endpoint_;
  mutable grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> unary_;
  grpc::ServerAsyncWriter<grpc::ByteBuffer> stream_;
  CancelToken cancelled_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool write_done_ = true;
  bool write_ok_ = true;
  int ends_ = 0;
  StepOf<QueueCall> arrived_{this, &QueueCall::OnArrived};
  StepOf<QueueCall> over_{this, &QueueCall::OnOver};
  StepOf<QueueCall> finished_{this, &QueueCall::OnFinished};
  StepOf<QueueCall> written_{this, &QueueCall::OnWritten};
};

class CompletionQueueTransport final : public Transport {
 public:
  CompletionQueueTransport(const std::vector<const Service*>& services, Receive receive, int queues)
      : services_(services), receive_(std::move(receive)), queues_(static_cast<size_t>(queues)) {}

  void Register(grpc::ServerBuilder& builder) override {
    for (const Service* service : services_) {
      raw_.push_back(std::make_unique<RawService>(*service));
      builder.RegisterService(raw_.back().get());
    }
    for (auto& queue : queues_) queue = builder.AddCompletionQueue();
  }

  void Start() override {
    for (auto& queue : queues_) {
      for (size_t i = 0; i < services_.size(); ++i) {
        int index = 0;
        for (const Method& method : services_[i]->methods())
          new QueueCall(Endpoint{raw_[i].get(), &method, index++, queue.get(), &receive_});
      }
      threads_.emplace_back([&queue] {
        void* tag = nullptr;
        for (bool ok = false; queue->Next(&tag, &ok);) static_cast<Event*>(tag)->Done(ok);
      });
    }
  }

  void Stop() override {
    for (auto& queue : queues_) queue->Shutdown();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  const std::vector<const Service*> services_;
  const Receive receive_;
  std::vector<std::unique_ptr<RawService>> raw_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Transport> MakeCompletionQueueTransport(const std::vector<const Service*>& services,
                                                        Receive receive, int queues) {
  return std::make_unique<CompletionQueueTransport>(services, std::move(receive), queues);
}

}  // namespace jalon::rpc
