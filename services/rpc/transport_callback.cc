#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/service_type.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "rpc/transport.h"

namespace jalon::rpc {
namespace {

class UnaryCall final : public TransportCall, public grpc::ServerUnaryReactor {
 public:
  UnaryCall(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request, grpc::ByteBuffer* reply)
      : context_(context), request_(request), reply_(reply) {}

  const grpc::ByteBuffer& request() const override { return *request_; }
  grpc::ServerContextBase& context() const override { return *context_; }
  CancelToken cancelled() const override { return cancelled_; }
  bool Write(const grpc::ByteBuffer&) override { return false; }
  void Finish(const grpc::Status& status, const grpc::ByteBuffer* reply) override {
    if (reply != nullptr) *reply_ = *reply;
    grpc::ServerUnaryReactor::Finish(status);
  }

 private:
  void OnCancel() override { cancelled_.Cancel(); }
  void OnDone() override { delete this; }

  grpc::CallbackServerContext* context_;
  const grpc::ByteBuffer* request_;
  grpc::ByteBuffer* reply_;
  CancelToken cancelled_;
};

class StreamCall final : public TransportCall, public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  StreamCall(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request)
      : context_(context), request_(*request) {}

  const grpc::ByteBuffer& request() const override { return request_; }
  grpc::ServerContextBase& context() const override { return *context_; }
  CancelToken cancelled() const override { return cancelled_; }
  bool Write(const grpc::ByteBuffer& message) override {
    std::unique_lock lock(mutex_);
    write_done_ = false;
    StartWrite(&message);
    changed_.wait(lock, [this] { return write_done_; });
    return write_ok_ && !cancelled_.cancelled();
  }
  void Finish(const grpc::Status& status, const grpc::ByteBuffer*) override {
    grpc::ServerWriteReactor<grpc::ByteBuffer>::Finish(status);
  }

 private:
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    write_done_ = true;
    write_ok_ = ok;
    changed_.notify_one();
  }
  void OnCancel() override { cancelled_.Cancel(); }
  void OnDone() override { delete this; }

  grpc::CallbackServerContext* context_;
  grpc::ByteBuffer request_;
  CancelToken cancelled_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool write_done_ = true;
  bool write_ok_ = true;
};

// A gRPC service made from the handlers, without generated code: messages pass as bytes.
class CallbackService final : public grpc::Service {
 public:
  CallbackService(const rpc::Service& service, const Receive* receive) {
    int index = 0;
    for (const Method& method : service.methods()) {
      paths_.push_back(PathOf(method.descriptor));
      const Method* handled = &method;
      if (method.stream) {
        AddMethod(new grpc::internal::RpcServiceMethod(paths_.back().c_str(),
                                                       grpc::internal::RpcMethod::SERVER_STREAMING, nullptr));
        MarkMethodRawCallback(
            index++,
            new grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                [receive, handled](grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
                  auto* call = new StreamCall(context, request);
                  (*receive)(call, *handled);
                  return call;
                }));
      } else {
        AddMethod(new grpc::internal::RpcServiceMethod(paths_.back().c_str(),
                                                       grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
        MarkMethodRawCallback(
            index++, new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                         [receive, handled](grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request, grpc::ByteBuffer* reply) {
                           auto* call = new UnaryCall(context, request, reply);
                           (*receive)(call, *handled);
                           return call;
                         }));
      }
    }
  }

 private:
  std::deque<std::string> paths_;  // gRPC keeps pointers to them
};

class CallbackTransport final : public Transport {
 public:
  CallbackTransport(const std::vector<const Service*>& services, Receive receive)
      : services_(services), receive_(std::move(receive)) {}

  void Register(grpc::ServerBuilder& builder) override {
    for (const Service* service : services_) {
      raw_.push_back(std::make_unique<CallbackService>(*service, &receive_));
      builder.RegisterService(raw_.back().get());
    }
  }
  void Start() override {}
  void Stop() override {}

 private:
  const std::vector<const Service*> services_;
  const Receive receive_;
  std::vector<std::unique_ptr<CallbackService>> raw_;
};

}  // namespace

std::unique_ptr<Transport> MakeCallbackTransport(const std::vector<const Service*>& services,
                                                 Receive receive) {
  return std::make_unique<CallbackTransport>(services, std::move(receive));
}

}  // namespace jalon::rpc
