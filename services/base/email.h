#ifndef JALON_BASE_EMAIL_H_
#define JALON_BASE_EMAIL_H_

#include <string_view>

namespace jalon {

// Whether mail can be addressed so: the dot-atom form of RFC 5321 in ASCII, as claire.durand@exemple.fr, with
// a domain of at least two labels, within the lengths that its section 4.5.3 sets. No quoted local part, no
// comment, no address literal: nobody who attests half-days has one, and what is refused here can inject
// nothing into a command or a header.
bool IsEmailAddress(std::string_view text);

}  // namespace jalon

#endif  // JALON_BASE_EMAIL_H_
