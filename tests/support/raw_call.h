#ifndef JALON_TESTS_SUPPORT_RAW_CALL_H_
#define JALON_TESTS_SUPPORT_RAW_CALL_H_

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace jalon::test {

// Calls a method with bytes that need be no message at all, once. Of a stream, no more than the end is told.
absl::Status RawCall(const std::string& address, const std::string& path, std::string_view bytes,
                     const std::string& token, const std::string& language = "fr",
                     std::chrono::milliseconds deadline = std::chrono::seconds(20));

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_RAW_CALL_H_
