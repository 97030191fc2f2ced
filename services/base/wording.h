#ifndef JALON_BASE_WORDING_H_
#define JALON_BASE_WORDING_H_

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/date.h"
#include "base/language.h"
#include "base/text.h"

// How a rule's evidence is worded for people.
namespace jalon {

// `sentence`, written in the source with ordinary spaces, with the no-break ones that French typography asks
// for before high punctuation and inside quotation marks.
inline std::string Typeset(std::string sentence) {
  constexpr std::array<std::pair<std::string_view, bool>, 6> kMarks = {
      {{":", false}, {";", false}, {"?", false}, {"!", false}, {"»", false}, {"«", true}}};
  for (const auto& [mark, space_follows] : kMarks) {
    const std::string spaced = space_follows ? std::string(mark).append(" ") : std::string(" ").append(mark);
    const std::string tied = space_follows ? std::string(mark).append(internal::kNoBreakSpace)
                                           : std::string(internal::kNoBreakSpace).append(mark);
    for (size_t at = sentence.find(spaced); at != std::string::npos; at = sentence.find(spaced, at)) {
      sentence.replace(at, spaced.size(), tied);
      at += tied.size();
    }
  }
  return sentence;
}

// "10/03/2025", as the French write it, or "2025-03-10", which no reader of English can take for October.
inline std::string FormatDate(Date date, Language language) {
  const std::string iso = date.ToIso();
  if (language == Language::kEnglish) return iso;
  return iso.substr(8, 2).append("/").append(iso, 5, 2).append("/").append(iso, 0, 4);
}

}  // namespace jalon

#endif  // JALON_BASE_WORDING_H_
