#include "rpc/page.h"

#include <memory>

#include "absl/strings/escaping.h"
#include "base/refusal.h"
#include "rpc/digest.h"

namespace jalon::rpc {
namespace {

constexpr size_t kSignatureBytes = 16;

const google::protobuf::FieldDescriptor* Field(const google::protobuf::Message& request, const char* name) {
  return request.GetDescriptor()->FindFieldByName(name);
}

// Over the key, the caller, and the request without its place and length.
std::string Signature(std::string_view secret, const CallContext& call,
                      const google::protobuf::Message& request, std::string_view key) {
  const std::unique_ptr<google::protobuf::Message> filter(request.New());
  filter->CopyFrom(request);
  filter->GetReflection()->ClearField(filter.get(), Field(request, "page_token"));
  filter->GetReflection()->ClearField(filter.get(), Field(request, "page_size"));
  std::string signed_bytes = request.GetDescriptor()->full_name();
  for (const std::string_view part : {std::string_view(call.principal.name), key}) {
    signed_bytes += '\0';
    signed_bytes += part;
  }
  signed_bytes += '\0' + filter->SerializeAsString();
  return HmacSha256(secret, signed_bytes).substr(0, kSignatureBytes);
}

}  // namespace

absl::StatusOr<Page> ReadPage(std::string_view secret, const CallContext& call,
                              const google::protobuf::Message& request) {
  const auto* reflection = request.GetReflection();
  const int size = reflection->GetInt32(request, Field(request, "page_size"));
  Page page{.after = "", .size = size == 0 ? kDefaultPageSize : size};
  const std::string token = reflection->GetString(request, Field(request, "page_token"));
  if (token.empty()) return page;
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() <= kSignatureBytes ||
      !SameSecret(bytes.substr(0, kSignatureBytes),
                  Signature(secret, call, request, std::string_view(bytes).substr(kSignatureBytes)))) {
    return RefuseInvalid(
        {{"page_token", "ce jeton de page n’est pas valable pour cette liste ; reprenez à la première page",
          "this page token is not good for this list; start again from the first page"}},
        call.language);
  }
  page.after = bytes.substr(kSignatureBytes);
  return page;
}

std::string PageToken(std::string_view secret, const CallContext& call,
                      const google::protobuf::Message& request, std::string_view key) {
  return absl::WebSafeBase64Escape(Signature(secret, call, request, key).append(key));
}

}  // namespace jalon::rpc
