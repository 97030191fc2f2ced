#ifndef JALON_BASE_SIREN_H_
#define JALON_BASE_SIREN_H_

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace jalon {

// What is wrong with an identifier, so that a person can be told; the first that applies, in this order.
enum class IdentifierProblem { kNotDigits, kWrongLength, kBadChecksum };

// Spaces (ASCII, no-break, narrow no-break) are ignored: people paste "732 829 320".
// A SIREN is nine digits with a Luhn checksum (INSEE, Sirene register).
std::optional<IdentifierProblem> CheckSiren(std::string_view text);

// A SIRET is the SIREN of the firm and five digits for the establishment, with a Luhn checksum over all
// fourteen. Exception (INSEE): La Poste, 356000000, has more establishments than Luhn leaves numbers, so the
// sum of the fourteen digits is a multiple of five; its head office, 35600000000048, keeps Luhn.
std::optional<IdentifierProblem> CheckSiret(std::string_view text);

// A firm. Well formed, which does not say that it exists or trades: only the Sirene register does.
class Siren {
 public:
  static std::optional<Siren> Parse(std::string_view text);

  const std::string& str() const { return digits_; }  // nine digits, no spaces
  auto operator<=>(const Siren&) const = default;

 private:
  friend class Siret;
  explicit Siren(std::string digits) : digits_(std::move(digits)) {}

  std::string digits_;
};

// An establishment of a firm.
class Siret {
 public:
  static std::optional<Siret> Parse(std::string_view text);

  const std::string& str() const { return digits_; }  // fourteen digits, no spaces
  Siren siren() const { return Siren(digits_.substr(0, 9)); }
  auto operator<=>(const Siret&) const = default;

 private:
  explicit Siret(std::string digits) : digits_(std::move(digits)) {}

  std::string digits_;
};

// The intra-community VAT number the French rule gives to a SIREN: "FR", the key (12 + 3 × (SIREN mod 97))
// mod 97 on two digits, the SIREN. Whether the firm is registered for VAT is for VIES to say.
std::string VatNumber(const Siren& siren);

}  // namespace jalon

#endif  // JALON_BASE_SIREN_H_
