#include "base/siren.h"

#include <algorithm>

#include "base/text.h"

namespace jalon {
namespace {

constexpr size_t kSirenSize = 9;
constexpr size_t kSiretSize = 14;
constexpr std::string_view kLaPoste = "356000000";
constexpr std::string_view kLaPosteHeadOffice = "35600000000048";

// ISO/IEC 7812-1 annex B: every second digit from the right counts double, less nine when above nine.
bool PassesLuhn(std::string_view digits) {
  int sum = 0;
  bool doubled = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, doubled = !doubled) {
    const int value = (*digit - '0') * (doubled ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 == 0;
}

int DigitSum(std::string_view digits) {
  int sum = 0;
  for (const char digit : digits) sum += digit - '0';
  return sum;
}

bool PassesSiretChecksum(std::string_view digits) {
  if (digits.starts_with(kLaPoste)) return digits == kLaPosteHeadOffice || DigitSum(digits) % 5 == 0;
  // The SIREN within has its own checksum, so that Siret::siren() is always a valid one.
  return PassesLuhn(digits) && PassesLuhn(digits.substr(0, kSirenSize));
}

std::optional<IdentifierProblem> Check(std::string_view digits, size_t size,
                                       bool (*passes)(std::string_view)) {
  if (!std::all_of(digits.begin(), digits.end(), internal::IsDigit)) return IdentifierProblem::kNotDigits;
  if (digits.size() != size) return IdentifierProblem::kWrongLength;
  if (!passes(digits)) return IdentifierProblem::kBadChecksum;
  return std::nullopt;
}

}  // namespace

std::optional<IdentifierProblem> CheckSiren(std::string_view text) {
  return Check(internal::WithoutSpaces(text), kSirenSize, PassesLuhn);
}

std::optional<IdentifierProblem> CheckSiret(std::string_view text) {
  return Check(internal::WithoutSpaces(text), kSiretSize, PassesSiretChecksum);
}

std::optional<Siren> Siren::Parse(std::string_view text) {
  if (CheckSiren(text)) return std::nullopt;
  return Siren(internal::WithoutSpaces(text));
}

std::optional<Siret> Siret::Parse(std::string_view text) {
  if (CheckSiret(text)) return std::nullopt;
  return Siret(internal::WithoutSpaces(text));
}

std::string VatNumber(const Siren& siren) {
  const int64_t number = internal::ParseDigits(siren.str()).value_or(0);
  return "FR" + internal::ZeroPadded((12 + 3 * (number % 97)) % 97, 2) + siren.str();
}

}  // namespace jalon
