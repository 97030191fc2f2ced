#include "rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>

#include <fstream>
#include <sstream>

#include "base/status_macros.h"

namespace jalon::rpc {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(const ServerOptions& options) {
  if (options.tls_certificate.empty() && options.tls_key.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls;
  grpc::SslServerCredentialsOptions::PemKeyCertPair pair;
  ASSIGN_OR_RETURN(pair.private_key, ReadFile(options.tls_key));
  ASSIGN_OR_RETURN(pair.cert_chain, ReadFile(options.tls_certificate));
  tls.pem_key_cert_pairs.push_back(std::move(pair));
  return grpc::SslServerCredentials(tls);
}

}  // namespace

Server::Server(Dispatcher* dispatcher) : dispatcher_(dispatcher) {
  dispatcher_->Add(&health_, nullptr);
  health_.Set("", true);
}

Server::~Server() {
  if (server_ != nullptr) Drain(std::chrono::milliseconds(0));
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      std::vector<const Service*> services,
                                                      Dispatcher* dispatcher) {
  if (options.listen.empty()) return absl::InvalidArgumentError("no address to listen on");
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ServerCredentials> credentials, Credentials(options));
  if (options.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  const Receive receive = [dispatcher](TransportCall* call, const Method& method) {
    dispatcher->Receive(call, method);
  };
  std::unique_ptr<Server> server(new Server(dispatcher));
  services.push_back(&server->health_);
  server->transport_ = options.transport == TransportKind::kCallback
                           ? MakeCallbackTransport(services, receive)
                           : MakeCompletionQueueTransport(services, receive, options.completion_queues);
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxReceivedBytes);
  // What is sent is bounded by its page, and a caller that asked for it can have it.
  builder.SetMaxSendMessageSize(-1);
  // Two servers on one port would each answer half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  std::vector<int> ports(options.listen.size(), -1);
  for (size_t i = 0; i < options.listen.size(); ++i) {
    // A socket file is local: its directory's permissions are its protection, not TLS.
    const bool local = options.listen[i].starts_with("unix:");
    builder.AddListeningPort(options.listen[i], local ? grpc::InsecureServerCredentials() : credentials,
                             &ports[i]);
  }
  server->transport_->Register(builder);
  server->server_ = builder.BuildAndStart();
  for (size_t i = 0; i < ports.size(); ++i)
    if (server->server_ == nullptr || ports[i] <= 0)
      return absl::UnavailableError("cannot listen on " + options.listen[i]);
  server->transport_->Start();
  return server;
}

void Server::Drain(std::chrono::milliseconds grace) {
  health_.Stop();
  dispatcher_->StopStreams();
  server_->Shutdown(std::chrono::system_clock::now() + grace);
  dispatcher_->AwaitStreams();
  transport_->Stop();
  server_->Wait();
  server_ = nullptr;
}

}  // namespace jalon::rpc
