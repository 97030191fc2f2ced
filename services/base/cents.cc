#include "base/cents.h"

#include <algorithm>

#include "base/text.h"

namespace jalon {
namespace {

// "1234567" → "1 234 567" with `separator` for the spaces.
std::string GroupThousands(const std::string& digits, std::string_view separator) {
  std::string result;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result.append(separator);
    result.push_back(digits[i]);
  }
  return result;
}

// "1 234 567,89" → "1234567,89". Nothing when a space stands elsewhere than between thousands: "1 3,50" is a
// slip of the hand, not 13.50.
std::optional<std::string> Ungroup(std::string_view number) {
  const size_t whole_size = std::min(number.find_first_of(".,"), number.size());
  const std::string_view whole = number.substr(0, whole_size);
  std::string digits(whole);
  std::erase(digits, ' ');
  if (digits != whole && GroupThousands(digits, " ") != whole) return std::nullopt;
  return digits.append(number.substr(whole_size));
}

}  // namespace

std::string FormatEuros(Cents amount, Language language) {
  const bool french = language == Language::kFrench;
  const int64_t cents = amount.value() < 0 ? -amount.value() : amount.value();
  std::string number =
      GroupThousands(std::to_string(cents / 100), french ? internal::kNarrowNoBreakSpace : ",");
  number.append(french ? "," : ".").append(internal::ZeroPadded(cents % 100, 2));

  std::string result = amount.value() < 0 ? "-" : "";
  if (french) return result.append(number).append(internal::kNoBreakSpace).append("€");
  return result.append("€").append(number);
}

std::optional<Cents> ParseEuros(std::string_view text) {
  const std::string plain = internal::PlainSpaces(text);
  std::string_view number = plain;
  for (const std::string_view suffix : {"€", "EUR"}) {
    if (number.ends_with(suffix)) {
      number = internal::Trim(number.substr(0, number.size() - suffix.size()));
      break;
    }
  }
  const bool negative = number.starts_with('-');
  if (negative) number.remove_prefix(1);

  const std::optional<std::string> ungrouped = Ungroup(number);
  if (!ungrouped) return std::nullopt;
  const std::optional<internal::Decimal> decimal = internal::ParseDecimal(*ungrouped, 2);
  if (!decimal || decimal->digits > kMaxCents) return std::nullopt;
  int64_t cents = decimal->digits;  // ≤ kMaxCents, so times 100 still fits
  for (int decimals = decimal->decimals; decimals < 2; ++decimals) cents *= 10;
  return Cents::FromUntrusted(negative ? -cents : cents);
}

}  // namespace jalon
