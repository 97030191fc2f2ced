#ifndef JALON_CLIENTS_CLI_WORDS_H_
#define JALON_CLIENTS_CLI_WORDS_H_

#include "base/language.h"

namespace jalon::cli {

// What a person reads, in both languages, side by side so that neither is forgotten.
struct Words {
  const char* fr = "";
  const char* en = "";

  constexpr const char* In(Language language) const { return language == Language::kFrench ? fr : en; }
};

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_WORDS_H_
