#include "clients/rpc/client.h"

#include <grpcpp/alarm.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/sync_stream.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <fstream>
#include <iterator>
#include <mutex>
#include <random>
#include <thread>

#include "clients/rpc/call_error.h"

namespace jalon {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageLite;
using std::chrono::milliseconds;
using SystemClock = std::chrono::system_clock;

// Where a method lives: /jalon.calendar.v1.CalendarService/RecordHalfDays, area calendar.
struct Target {
  std::string area;
  std::string path;
};

// The package of a request is jalon.<area>.v<n>, and its method is of a service of that package.
absl::StatusOr<Target> TargetOf(std::string_view method, const Message& request) {
  const google::protobuf::FileDescriptor* file = request.GetDescriptor()->file();
  const size_t dot = method.find('.');
  const std::string service(method.substr(0, dot));
  const std::string name(dot == std::string_view::npos ? "" : method.substr(dot + 1));
  const google::protobuf::ServiceDescriptor* descriptor =
      file->pool()->FindServiceByName(file->package() + "." + service);
  if (descriptor == nullptr || descriptor->FindMethodByName(name) == nullptr ||
      descriptor->FindMethodByName(name)->input_type() != request.GetDescriptor()) {
    return absl::InternalError(std::string(method) + " does not take a " +
                               request.GetDescriptor()->full_name());
  }
  std::string area = file->package().substr(file->package().find('.') + 1);
  area.resize(area.find('.'));
  return Target{std::move(area), "/" + descriptor->full_name() + "/" + name};
}

// W3C trace context, version 00, sampled: the server logs under the same trace.
std::string NewTraceparent() {
  thread_local std::mt19937_64 random{(static_cast<uint64_t>(std::random_device{}()) << 32) ^
                                      std::random_device{}()};
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text = "00-";
  const auto append = [&text](uint64_t bits) {
    for (int shift = 60; shift >= 0; shift -= 4) text += kHex[(bits >> shift) & 15];
  };
  append(random());
  append(random());
  text += '-';
  append(random());
  return text + "-01";
}

absl::Status FromGrpc(const grpc::Status& status, const std::string& address) {
  return internal::MakeCallStatus(status.error_code(), status.error_message(), status.error_details(),
                                  address);
}

// The end of a call that nobody here cancelled. gRPC resets what reaches a server between its decision to
// stop and its word of it, and that arrives as CANCELLED: to the caller the service is not there.
absl::Status FromServer(const grpc::Status& status, const std::string& address) {
  if (status.error_code() != grpc::StatusCode::CANCELLED) return FromGrpc(status, address);
  return FromGrpc({grpc::StatusCode::UNAVAILABLE, status.error_message(), status.error_details()}, address);
}

SystemClock::time_point DeadlineOf(const CallOptions& options) {
  return options.deadline.count() > 0 ? SystemClock::now() + options.deadline
                                      : SystemClock::time_point::max();
}

bool WaitFitsBefore(SystemClock::time_point deadline, milliseconds wait) {
  return deadline == SystemClock::time_point::max() || SystemClock::now() + wait < deadline;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const ClientConfig& config,
                                                       const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  arguments.SetMaxSendMessageSize(64 << 20);
  // A restarted server is found again in a fraction of a second rather than gRPC's second and more.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  if (config.own_connections) arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);

  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!config.tls_ca.empty()) {
    std::ifstream file(config.tls_ca, std::ios::binary);
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
    if (tls.pem_root_certs.empty()) return absl::InvalidArgumentError("cannot read " + config.tls_ca);
    credentials = grpc::SslCredentials(tls);
  }
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

}  // namespace

struct Client::Impl {
  explicit Impl(ClientConfig given) : config(std::move(given)) {}

  const std::string& AddressOf(const std::string& area) const {
    const auto own = config.area_servers.find(area);
    return own == config.area_servers.end() ? config.server : own->second;
  }

  // Areas behind one address share its channel.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelOf(const std::string& area) {
    const std::string& address = AddressOf(area);
    if (address.empty()) return absl::UnavailableError("no server address for area " + area);
    const std::lock_guard lock(mutex);
    std::shared_ptr<grpc::Channel>& channel = channels[address];
    if (channel == nullptr) {
      auto made = Connect(config, address);
      if (!made.ok()) return made.status();
      channel = *std::move(made);
    }
    return channel;
  }

  void Prepare(grpc::ClientContext& context, SystemClock::time_point deadline,
               const CallOptions& options) const {
    if (deadline != SystemClock::time_point::max()) context.set_deadline(deadline);
    const std::string& token = options.token.empty() ? config.token : options.token;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    context.AddMetadata("accept-language", config.language);
    context.AddMetadata("traceparent", NewTraceparent());
  }

  absl::Status CallOnce(grpc::Channel& channel, const Target& target, const Message& request,
                        Message* response, SystemClock::time_point deadline, const CallOptions& options) {
    grpc::ClientContext context;
    Prepare(context, deadline, options);
    const grpc::internal::RpcMethod method(target.path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
    return FromServer(grpc::internal::BlockingUnaryCall<MessageLite, MessageLite>(&channel, method, &context,
                                                                                  request, response),
                      AddressOf(target.area));
  }

  const ClientConfig config;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels;  // by address
};

Client::Client(ClientConfig config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Client::~Client() = default;

const std::string& Client::AddressOf(const std::string& area) const {
  return impl_->AddressOf(area);
}

absl::Status Client::CallMessage(std::string_view method, const Message& request, Message* response,
                                 const CallOptions& options) {
  const auto target = TargetOf(method, request);
  if (!target.ok()) return target.status();
  const auto channel = impl_->ChannelOf(target->area);
  if (!channel.ok()) return channel.status();

  const SystemClock::time_point deadline = DeadlineOf(options);
  for (int attempt = 1;; ++attempt) {
    const absl::Status status = impl_->CallOnce(**channel, *target, request, response, deadline, options);
    if (status.ok() || attempt > options.max_retries) return status;
    const auto wait = internal::RetryDelay(status, attempt);
    if (!wait || !WaitFitsBefore(deadline, *wait)) return status;
    // gRPC moves a connection on only while somebody waits for it: a thread that sleeps between calls that
    // fail at once would let every attempt to connect time out.
    if ((*channel)->GetState(true) == GRPC_CHANNEL_READY) {
      std::this_thread::sleep_for(*wait);
    } else {
      (*channel)->WaitForConnected(SystemClock::now() + *wait);
    }
  }
}

absl::Status Client::CallPath(const std::string& area, const std::string& path, const Message& request,
                              Message* response, const CallOptions& options) {
  const auto channel = impl_->ChannelOf(area);
  if (!channel.ok()) return channel.status();
  return impl_->CallOnce(**channel, {area, path}, request, response, DeadlineOf(options), options);
}

namespace {

class GrpcStream : public MessageStream {
 public:
  void Open(std::shared_ptr<grpc::Channel> channel, std::string path, std::string address,
            const Message& request) {
    channel_ = std::move(channel);
    path_ = std::move(path);
    address_ = std::move(address);
    const grpc::internal::RpcMethod method(path_.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING);
    reader_.reset(grpc::internal::ClientReaderFactory<MessageLite>::Create<MessageLite>(
        channel_.get(), method, &context, request));
  }
  bool Read(Message* message) override { return reader_->Read(message); }
  absl::Status Finish() override {
    const grpc::Status end = reader_->Finish();
    return left_ ? FromGrpc(end, address_) : FromServer(end, address_);
  }
  void Cancel() override {
    left_ = true;
    context.TryCancel();
  }

  ~GrpcStream() override {
    // gRPC wants a reader finished before its context goes; cancelled first, or it would wait for the server.
    if (reader_ != nullptr) context.TryCancel();
  }

  grpc::ClientContext context;

 private:
  std::shared_ptr<grpc::Channel> channel_;
  std::string path_;
  std::string address_;
  std::atomic<bool> left_ = false;
  std::unique_ptr<grpc::ClientReader<MessageLite>> reader_;
};

// A stream that could not begin.
class FailedStream : public MessageStream {
 public:
  explicit FailedStream(absl::Status status) : status_(std::move(status)) {}
  bool Read(Message*) override { return false; }
  absl::Status Finish() override { return status_; }
  void Cancel() override {}

 private:
  absl::Status status_;
};

}  // namespace

std::unique_ptr<MessageStream> Client::Stream(std::string_view method, const Message& request,
                                              const CallOptions& options) {
  const auto target = TargetOf(method, request);
  if (!target.ok()) return std::make_unique<FailedStream>(target.status());
  auto channel = impl_->ChannelOf(target->area);
  if (!channel.ok()) return std::make_unique<FailedStream>(channel.status());
  auto stream = std::make_unique<GrpcStream>();
  impl_->Prepare(stream->context, DeadlineOf(options), options);
  stream->Open(*std::move(channel), target->path, AddressOf(target->area), request);
  return stream;
}

namespace {

// One call of a pipeline, through all its tries.
struct PendingCall {
  std::string method;
  std::unique_ptr<Message> request;
  std::unique_ptr<Message> response;
  std::function<void(absl::Status)> done;
  CallOptions options;
  SystemClock::time_point deadline;
  int attempt = 0;

  // Of the try under way.
  std::shared_ptr<grpc::Channel> channel;
  Target target;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<MessageLite>> reader;
  grpc::Status status;
  bool pausing = false;  // between two tries, until pause_ends
  bool connecting = false;
  SystemClock::time_point pause_ends;
  std::unique_ptr<grpc::Alarm> alarm;
};

}  // namespace

struct Pipeline::Impl {
  Impl(Client& given, int max) : client(*given.impl_), max_in_flight(std::max(1, max)) {}

  void StartSome() {
    while (in_flight < max_in_flight && !waiting.empty()) {
      PendingCall* const call = waiting.front().release();
      waiting.pop_front();
      ++in_flight;
      Begin(call);
    }
  }

  void Begin(PendingCall* call) {
    const auto target = TargetOf(call->method, *call->request);
    if (!target.ok()) return End(call, target.status());
    auto channel = client.ChannelOf(target->area);
    if (!channel.ok()) return End(call, channel.status());
    call->channel = *std::move(channel);
    call->target = *target;
    call->deadline = DeadlineOf(call->options);
    Try(call);
  }

  void Try(PendingCall* call) {
    ++call->attempt;
    call->pausing = false;
    // A try that began without a connection may fail just before there is one: that is not worth a pause.
    call->connecting = call->channel->GetState(false) != GRPC_CHANNEL_READY;
    call->context = std::make_unique<grpc::ClientContext>();
    client.Prepare(*call->context, call->deadline, call->options);
    const grpc::internal::RpcMethod method(call->target.path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
    call->reader.reset(grpc::internal::ClientAsyncResponseReaderHelper::Create<MessageLite, MessageLite>(
        call->channel.get(), &queue, method, call->context.get(), *call->request));
    call->reader->StartCall();
    call->reader->Finish(call->response.get(), &call->status, call);
  }

  // As Client::CallMessage waits: until the pause ends or, where the connection is what is missing, until it
  // is there. A change of the connection's state, or the end of the pause, brings the call back to Handle.
  void Pause(PendingCall* call) {
    const grpc_connectivity_state state = call->channel->GetState(true);
    if (state != GRPC_CHANNEL_READY) {
      call->connecting = true;
      call->channel->NotifyOnStateChange(state, call->pause_ends, &queue, call);
    } else if (call->connecting) {
      Try(call);
    } else {
      call->alarm = std::make_unique<grpc::Alarm>();
      call->alarm->Set(&queue, call->pause_ends, call);
    }
  }

  void Handle(PendingCall* call) {
    if (call->pausing) return SystemClock::now() < call->pause_ends ? Pause(call) : Try(call);
    absl::Status status = FromServer(call->status, client.AddressOf(call->target.area));
    if (!status.ok() && call->attempt <= call->options.max_retries) {
      const auto wait = internal::RetryDelay(status, call->attempt);
      if (wait && WaitFitsBefore(call->deadline, *wait)) {
        call->pausing = true;
        call->pause_ends = SystemClock::now() + *wait;
        return Pause(call);
      }
    }
    End(call, std::move(status));
  }

  void End(PendingCall* call, absl::Status status) {
    const std::unique_ptr<PendingCall> owned(call);
    --in_flight;
    call->done(std::move(status));
    --outstanding;
    StartSome();
  }

  Client::Impl& client;
  const int max_in_flight;
  int in_flight = 0;
  size_t outstanding = 0;  // waiting or in flight
  std::deque<std::unique_ptr<PendingCall>> waiting;
  grpc::CompletionQueue queue;
};

Pipeline::Pipeline(Client& client, int max_in_flight)
    : impl_(std::make_unique<Impl>(client, max_in_flight)) {}

Pipeline::~Pipeline() {
  Drain();
  impl_->queue.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (impl_->queue.Next(&tag, &ok)) {
  }
}

void Pipeline::Start(std::string_view method, std::unique_ptr<Message> request,
                     std::unique_ptr<Message> response, std::function<void(absl::Status)> done,
                     const CallOptions& options) {
  auto call = std::make_unique<PendingCall>();
  call->method = std::string(method);
  call->request = std::move(request);
  call->response = std::move(response);
  call->done = std::move(done);
  call->options = options;
  ++impl_->outstanding;
  impl_->waiting.push_back(std::move(call));
  if (impl_->in_flight < impl_->max_in_flight) impl_->StartSome();
}

void Pipeline::Await(size_t outstanding) {
  void* tag = nullptr;
  bool ok = false;
  while (impl_->outstanding > outstanding && impl_->queue.Next(&tag, &ok)) {
    impl_->Handle(static_cast<PendingCall*>(tag));
  }
}

void Pipeline::Poll() {
  void* tag = nullptr;
  bool ok = false;
  while (impl_->queue.AsyncNext(&tag, &ok, SystemClock::now()) == grpc::CompletionQueue::GOT_EVENT) {
    impl_->Handle(static_cast<PendingCall*>(tag));
  }
}

}  // namespace jalon
