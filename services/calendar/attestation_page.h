#ifndef JALON_CALENDAR_ATTESTATION_PAGE_H_
#define JALON_CALENDAR_ATTESTATION_PAGE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/language.h"
#include "http/form.h"
#include "jalon/calendar/v1/calendar_service.pb.h"

// The page on which a company attests a sheet: one HTML document, for a phone as well, without a script.
// Pure.
namespace jalon::calendar {

// Fields of its form at the most: an answer and a reason for each half of a long month, and room.
inline constexpr size_t kMaxFormFields = 250;

// What a form lacks before it can be sent.
struct Missing {
  std::string field;  // its name; empty: the form as a whole
  std::string text;   // for who fills it in
};

struct AttestationPage {
  Language language;
  std::string request_id;             // of the form: sending it twice has one effect
  std::string problem;                // what happened to the form as a whole; empty: nothing
  http::Form entered;                 // what was typed, to be shown again
  std::vector<Missing> missing = {};  // told above the form, and each beside its field
};

// The sheet with its form, or as it was signed where nothing waits.
std::string WriteAttestationPage(const v1::OpenAttestationResponse& sheet, const AttestationPage& page);

// A page that says one thing.
std::string WriteNoticePage(std::string_view title, std::string_view text, Language language);

// The one style sheet of these pages, of which the browser is told the digest.
std::string_view PageStyle();

// What a form says; none where it says what no page of ours would.
std::optional<v1::Attestation> AttestationOf(const http::Form& form);

// All that keeps an attestation from being sent, in words and in the order of the page.
std::vector<Missing> MissingIn(const v1::Attestation& attestation, const v1::OpenAttestationResponse& sheet,
                               Language language);

}  // namespace jalon::calendar

#endif  // JALON_CALENDAR_ATTESTATION_PAGE_H_
