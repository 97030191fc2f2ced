#include "base/language.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace jalon {
namespace {

constexpr bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::optional<Language> FromRange(std::string_view range) {
  const auto primary_end = std::find_if_not(range.begin(), range.end(), IsLetter);
  if (primary_end - range.begin() != 2) return std::nullopt;
  const char first = static_cast<char>(range[0] | 0x20), second = static_cast<char>(range[1] | 0x20);
  if (first == 'f' && second == 'r') return Language::kFrench;
  if (first == 'e' && second == 'n') return Language::kEnglish;
  return std::nullopt;
}

// The weight in thousandths; 0, which means "not acceptable", for what RFC 9110 §12.4.2 does not allow.
int64_t Weight(std::string_view parameters) {
  parameters = internal::Trim(parameters);
  if (parameters.empty()) return 1000;
  if (!parameters.starts_with("q=") && !parameters.starts_with("Q=")) return 0;
  const auto weight = internal::ParseDecimal(parameters.substr(2), 3);
  if (!weight) return 0;
  int64_t thousandths = weight->digits;
  for (int decimals = weight->decimals; decimals < 3 && thousandths <= 1000; ++decimals) thousandths *= 10;
  return thousandths <= 1000 ? thousandths : 0;
}

}  // namespace

Language LanguageFromTag(std::string_view tag) {
  Language best = Language::kFrench;
  int64_t best_weight = 0;
  while (!tag.empty()) {
    const size_t comma = std::min(tag.find(','), tag.size());
    const std::string_view element = internal::Trim(tag.substr(0, comma));
    tag.remove_prefix(std::min(comma + 1, tag.size()));

    const size_t semicolon = std::min(element.find(';'), element.size());
    const std::optional<Language> language = FromRange(element.substr(0, semicolon));
    const int64_t weight = Weight(element.substr(std::min(semicolon + 1, element.size())));
    if (language && weight > best_weight) {
      best = *language;
      best_weight = weight;
    }
  }
  return best;
}

}  // namespace jalon
