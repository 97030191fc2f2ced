#ifndef JALON_RPC_DIGEST_H_
#define JALON_RPC_DIGEST_H_

#include <string>
#include <string_view>

namespace jalon::rpc {

std::string Sha256(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view bytes);
std::string RandomBytes(int count);
std::string Hex(std::string_view bytes);
// Compares in a time that tells nothing of where the difference is.
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace jalon::rpc

#endif  // JALON_RPC_DIGEST_H_
