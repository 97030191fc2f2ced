#ifndef JALON_INBOX_WORDS_H_
#define JALON_INBOX_WORDS_H_

#include <string>
#include <string_view>

#include "base/date.h"
#include "base/language.h"

// Small words that both the list and the letters need.
namespace jalon::inbox {

// "1 demi-journée", "3 half-days".
inline std::string HalfDays(int count, Language language) {
  const bool french = language == Language::kFrench;
  const bool one = french ? count < 2 : count == 1;
  return std::to_string(count) + (french ? one ? " demi-journée" : " demi-journées"
                                  : one  ? " half-day"
                                         : " half-days");
}

inline std::string Days(int count, Language language) {
  const bool french = language == Language::kFrench;
  const bool one = french ? count < 2 : count == 1;
  return std::to_string(count) + (french ? one ? " jour" : " jours" : one ? " day" : " days");
}

// "septembre 2026" of "2026-09".
inline std::string MonthInWords(std::string_view iso, Language language) {
  constexpr std::string_view kFrench[] = {"janvier",   "février", "mars",     "avril",
                                          "mai",       "juin",    "juillet",  "août",
                                          "septembre", "octobre", "novembre", "décembre"};
  constexpr std::string_view kEnglish[] = {"January",   "February", "March",    "April",
                                           "May",       "June",     "July",     "August",
                                           "September", "October",  "November", "December"};
  const auto month = Month::Parse(iso);
  if (!month) return std::string(iso);
  const auto& names = language == Language::kFrench ? kFrench : kEnglish;
  return std::string(names[month->month - 1]) + " " + std::to_string(month->year);
}

// "de mars 2026", "d’avril 2026"; "of April 2026".
inline std::string OfMonth(std::string_view iso, Language language) {
  const std::string month = MonthInWords(iso, language);
  if (language == Language::kEnglish) return "of " + month;
  return (month[0] == 'a' || month[0] == 'o' ? "d’" : "de ") + month;
}

}  // namespace jalon::inbox

#endif  // JALON_INBOX_WORDS_H_
