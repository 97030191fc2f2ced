#include "base/uuid.h"

#include <sys/random.h>

#include <cerrno>

#include "base/checked.h"

namespace jalon {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

// Whether a hyphen stands before this byte in the canonical form.
constexpr bool HyphenBefore(size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

std::optional<uint8_t> HexValue(char c) {
  if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  const size_t value = kHexDigits.find(c);
  if (value == std::string_view::npos) return std::nullopt;
  return static_cast<uint8_t>(value);
}

}  // namespace

std::optional<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::array<uint8_t, 16> bytes;
  size_t position = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (HyphenBefore(i) && text[position++] != '-') return std::nullopt;
    const std::optional<uint8_t> high = HexValue(text[position++]);
    const std::optional<uint8_t> low = HexValue(text[position++]);
    if (!high || !low) return std::nullopt;
    bytes[i] = static_cast<uint8_t>(*high << 4 | *low);
  }
  return Uuid(bytes);
}

Uuid Uuid::Random() {
  // getrandom rather than std::random_device, which throws. It fills 16 bytes whole or fails.
  std::array<uint8_t, 16> bytes;
  ssize_t filled = 0;
  do {
    filled = getrandom(bytes.data(), bytes.size(), 0);
  } while (filled < 0 && errno == EINTR);
  if (filled != static_cast<ssize_t>(bytes.size())) internal::Fatal("the kernel gave no random bytes");
  return Version4(bytes);
}

Uuid Uuid::FromSeed(uint64_t hi, uint64_t lo) {
  std::array<uint8_t, 16> bytes;
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<uint8_t>(hi >> (56 - 8 * i));
    bytes[i + 8] = static_cast<uint8_t>(lo >> (56 - 8 * i));
  }
  return Version4(bytes);
}

Uuid Uuid::Nth(uint32_t n) const {
  std::array<uint8_t, 16> bytes = bytes_;
  for (size_t i = 0; i < 4; ++i) bytes[15 - i] ^= static_cast<uint8_t>(n >> (8 * i));
  return Uuid(bytes);
}

Uuid Uuid::Version4(std::array<uint8_t, 16> bytes) {
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);
  return Uuid(bytes);
}

std::string Uuid::str() const {
  std::string result;
  result.reserve(36);
  for (size_t i = 0; i < bytes_.size(); ++i) {
    if (HyphenBefore(i)) result.push_back('-');
    result.push_back(kHexDigits[bytes_[i] >> 4]);
    result.push_back(kHexDigits[bytes_[i] & 0x0F]);
  }
  return result;
}

}  // namespace jalon

size_t std::hash<jalon::Uuid>::operator()(const jalon::Uuid& uuid) const noexcept {
  const auto& bytes = uuid.bytes();
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}
