#include "base/half_day.h"

namespace jalon {

std::string HalfDays::FormatDays(Language language) const {
  const bool french = language == Language::kFrench;
  // Divided before the sign is dropped: the lowest int64 has no opposite.
  const int64_t quotient = value_ / 2, days = quotient < 0 ? -quotient : quotient;
  const bool half = value_ % 2 != 0;

  std::string result = value_ < 0 ? "-" : "";
  result.append(std::to_string(days));
  if (half) result.append(french ? ",5" : ".5");
  const bool plural = french ? days >= 2 : days != 1 || half;
  return result.append(french ? " jour" : " day").append(plural ? "s" : "");
}

}  // namespace jalon
