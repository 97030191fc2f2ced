#ifndef JALON_BASE_LANGUAGE_H_
#define JALON_BASE_LANGUAGE_H_

#include <string_view>

namespace jalon {

enum class Language { kFrench, kEnglish };

// The language a person asks for, from a POSIX locale ("fr_FR.UTF-8") or an Accept-Language header
// ("en-US,en;q=0.9"): of the two we speak, the one with the highest weight, the first on a tie (RFC 9110
// §12.5.4). French when nothing says otherwise: the programmes, and most of those who run them, are French.
Language LanguageFromTag(std::string_view tag);

}  // namespace jalon

#endif  // JALON_BASE_LANGUAGE_H_
