#ifndef JALON_BASE_CHECKED_H_
#define JALON_BASE_CHECKED_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace jalon::internal {

// Wide enough for any product of two int64 values. `__extension__` because ISO C++ has no 128-bit integer.
__extension__ typedef __int128 Int128;

// Stops the process. For broken invariants only: a wrong sum of public money is worse than a restart, and
// every write is transactional, so nothing is lost. Input from outside is refused with std::nullopt instead.
[[noreturn]] inline void Fatal(const char* what) {
  std::fprintf(stderr, "jalon: %s\n", what);
  std::abort();
}

constexpr int64_t CheckedAdd(int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) Fatal("integer overflow in an addition");
  return result;
}

constexpr int64_t CheckedSubtract(int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) Fatal("integer overflow in a subtraction");
  return result;
}

constexpr int64_t CheckedMultiply(int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) Fatal("integer overflow in a multiplication");
  return result;
}

}  // namespace jalon::internal

#endif  // JALON_BASE_CHECKED_H_
