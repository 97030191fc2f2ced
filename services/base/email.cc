#include "base/email.h"

#include <algorithm>

namespace jalon {
namespace {

constexpr size_t kMaxAddress = 254;
constexpr size_t kMaxLocalPart = 64;
constexpr size_t kMaxLabel = 63;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 5322, section 3.2.3.
bool IsAtomCharacter(char c) {
  return IsAlphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

// Whether the parts between dots are all good; there is at least one.
template <class Good>
bool EachPart(std::string_view text, Good good) {
  while (true) {
    const size_t dot = text.find('.');
    if (!good(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return IsAlphanumeric(c) || c == '-'; });
}

}  // namespace

bool IsEmailAddress(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || text.size() > kMaxAddress || at > kMaxLocalPart) return false;
  const std::string_view local = text.substr(0, at), domain = text.substr(at + 1);
  return EachPart(local,
                  [](std::string_view atom) {
                    return !atom.empty() && std::all_of(atom.begin(), atom.end(), IsAtomCharacter);
                  }) &&
         domain.find('.') != std::string_view::npos && EachPart(domain, IsLabel);
}

}  // namespace jalon
