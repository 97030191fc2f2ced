#ifndef JALON_CALENDAR_ATTESTATION_PAGE_H_
#define JALON_CALENDAR_ATTESTATION_PAGE_H_

#include <optional>
#include <string>
#include <string_view>

#include "base/language.h"
#include "http/form.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

// The page on which a company attests a sheet: one HTML document, for a phone as well, without a script.
// Pure.
namespace jalon::calendar {

// Fields of its form at the most: an answer and a reason for each half of a long month, and room.
inline constexpr size_t kMaxFormFields = 250;

struct AttestationPage {
  Language language;
  std::string request_id;  // of the form: sending it twice has one effect
  std::string problem;     // what to mend before it is sent again; empty: nothing
  http::Form entered;      // what was typed, to be shown again
};

// The sheet with its form, or as it was signed where nothing waits.
std::string WriteAttestationPage(const v1::OpenAttestationResponse& sheet, const AttestationPage& page);

// A page that says one thing.
std::string WriteNoticePage(std::string_view title, std::string_view text, Language language);

// The one style sheet of these pages, of which the browser is told the digest.
std::string_view PageStyle();

// What a form says; none where it says what no page of ours would.
std::optional<v1::Attestation> AttestationOf(const http::Form& form);

// What keeps an attestation from being sent, in words of the page; none: nothing.
std::optional<std::string> MissingIn(const v1::Attestation& attestation,
                                     const v1::OpenAttestationResponse& sheet, Language language);

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_ATTESTATION_PAGE_H_
