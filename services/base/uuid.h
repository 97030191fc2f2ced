#ifndef JALON_BASE_UUID_H_
#define JALON_BASE_UUID_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace jalon {

// A UUID (RFC 9562). Identifiers are made by whoever sends a command, so that a retry carries the same one.
class Uuid {
 public:
  // The canonical 8-4-4-4-12 form, of any version, in either case.
  static std::optional<Uuid> Parse(std::string_view text);
  // A version 4 from the kernel's generator.
  static Uuid Random();
  // The same version 4 for the same seed, for demonstrations and tests; never for anything to be kept
  // unguessed. Six bits give way to version and variant, so count in `lo`: seeds below 2^62 there stay
  // distinct.
  static Uuid FromSeed(uint64_t hi, uint64_t lo);
  // The n-th of the identifiers that go with this one: the same each time, another for every n, itself for 0.
  Uuid Nth(uint32_t n) const;

  std::string str() const;  // canonical, in lower case
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  auto operator<=>(const Uuid&) const = default;

 private:
  explicit Uuid(const std::array<uint8_t, 16>& bytes) : bytes_(bytes) {}
  static Uuid Version4(std::array<uint8_t, 16> bytes);

  std::array<uint8_t, 16> bytes_;
};

}  // namespace jalon

template <>
struct std::hash<jalon::Uuid> {
  size_t operator()(const jalon::Uuid& uuid) const noexcept;
};

#endif  // JALON_BASE_UUID_H_
