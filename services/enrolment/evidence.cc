#include "enrolment/evidence.h"

#include <algorithm>

#include "base/text.h"

namespace jalon::enrolment {

Cents BoundedCents(int64_t cents) {
  return Cents(std::clamp(cents, -kMaxCents, kMaxCents));
}

std::string FormatHeadcount(int64_t hundredths, Language language) {
  const bool french = language == Language::kFrench;
  // The digits of an amount in euros, without the sign and the decimals that say nothing.
  std::string text = FormatEuros(BoundedCents(hundredths), language);
  const std::string sign = french ? std::string(internal::kNoBreakSpace).append("€") : "€";
  text.erase(text.find(sign), sign.size());
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with(french ? ',' : '.')) text.pop_back();
  return text;
}

}  // namespace jalon::enrolment
