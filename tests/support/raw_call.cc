#include "tests/support/raw_call.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/sync_stream.h>

#include "clients/rpc/call_error.h"

namespace jalon::test {

absl::Status RawCall(const std::string& address, const std::string& path, std::string_view bytes,
                     const std::string& token, const std::string& language,
                     std::chrono::milliseconds deadline) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(-1);
  const auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + deadline);
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  context.AddMetadata("accept-language", language);
  const grpc::Slice slice(bytes.data(), bytes.size());
  const grpc::ByteBuffer request(&slice, 1);
  // Read as a stream, since a stream of one message is what a unary answer looks like on the wire.
  const grpc::internal::RpcMethod method(path.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING);
  const std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader(
      grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(channel.get(), method, &context,
                                                                    request));
  grpc::ByteBuffer answer;
  while (reader->Read(&answer)) answer.Clear();
  const grpc::Status status = reader->Finish();
  return internal::MakeCallStatus(status.error_code(), status.error_message(), status.error_details(),
                                  address);
}

}  // namespace jalon::test
