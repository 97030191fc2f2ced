#include "calendar/attestation_page.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "absl/time/time.h"
#include "base/date.h"
#include "base/half_day.h"
#include "base/paris.h"
#include "base/text.h"
#include "base/wording.h"
#include "calendar/phase_title.h"
#include "http/html.h"

namespace jalon::calendar {
namespace {

using http::EscapeHtml;

constexpr std::string_view kAnswer = "half_day.";
constexpr std::string_view kReason = "reason.";

// Big enough for a thumb; what a dispute asks for shows once it is chosen.
constexpr std::string_view kStyle = R"css(
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#f3f4f6;color:#1b1f24;font:1.0625rem/1.5 system-ui,sans-serif}
main{max-width:40rem;margin:0 auto;padding:1rem 1rem 3rem}
h1{font-size:1.4rem;line-height:1.25;margin:.5rem 0}
p{margin:.5rem 0}
.brand{color:#57606a;font-weight:600;letter-spacing:.02em;margin:0}
.problem{background:#fff1f0;border-left:.3rem solid #b42318;padding:.75rem 1rem;border-radius:.25rem}
.problem a{color:inherit}
.missing{color:#b42318;font-weight:600;margin:.25rem 0}
.text[aria-invalid]{border:2px solid #b42318}
.done{background:#effaf3;border-left:.3rem solid #1a7f4b;padding:.75rem 1rem;border-radius:.25rem}
fieldset,.settled{background:#fff;border:1px solid #d0d7de;
  border-radius:.6rem;margin:.75rem 0;padding:.75rem 1rem}
legend{font-weight:600;float:left;width:100%;padding:0}
.detail{clear:both;color:#57606a;font-size:.95rem;overflow-wrap:anywhere}
.choice{display:inline-block;position:absolute;opacity:0}
.choice+label{display:block;clear:both;border:1px solid #8c959f;
  border-radius:.5rem;padding:.6rem .9rem;margin:.5rem 0 0;cursor:pointer}
.choice+label::before{content:"\25CB\00A0\00A0"}
.choice:checked+label::before{content:"\25CF\00A0\00A0"}
.yes:checked+label{border-color:#1a7f4b;background:#effaf3}
.no:checked+label{border-color:#b42318;background:#fff1f0}
.choice:focus-visible+label{outline:3px solid #0a5bd3;outline-offset:2px}
.reason{display:none;margin-top:.5rem}
.no:checked~.reason{display:block}
.text{width:100%;font:inherit;padding:.6rem .75rem;border:1px solid #8c959f;
  border-radius:.5rem;background:#fff;color:inherit}
button{width:100%;font:inherit;font-weight:600;color:#fff;background:#0a5bd3;
  border:0;border-radius:.6rem;padding:.9rem 1rem;margin-top:1rem;cursor:pointer}
button:focus-visible{outline:3px solid #1b1f24;outline-offset:2px}
.state{float:right;font-weight:600}
)css";

struct Words {
  const char* fr;
  const char* en;
};

class Writer {
 public:
  explicit Writer(Language language) : language_(language) {}

  std::string Say(Words words) const {
    return language_ == Language::kFrench ? Typeset(words.fr) : std::string(words.en);
  }
  Language language() const { return language_; }

  // "mardi 3 mars 2026", "Tuesday 3 March 2026".
  std::string Day(std::string_view iso) const {
    static constexpr std::array<Words, 7> kDays = {
        Words{"dimanche", "Sunday"}, {"lundi", "Monday"},    {"mardi", "Tuesday"},  {"mercredi", "Wednesday"},
        {"jeudi", "Thursday"},       {"vendredi", "Friday"}, {"samedi", "Saturday"}};
    const auto date = Date::Parse(iso);
    if (!date) return std::string(iso);
    const unsigned day = static_cast<unsigned>(date->ymd().day());
    const std::string number =
        day == 1 && language_ == Language::kFrench ? std::string("1er") : std::to_string(day);
    return Say(kDays[date->weekday().c_encoding()]) + " " + number + " " + MonthName(iso);
  }

  // "mars 2026", of a month or a date.
  std::string MonthName(std::string_view iso) const {
    static constexpr std::array<Words, 12> kMonths = {
        Words{"janvier", "January"}, {"février", "February"},  {"mars", "March"},
        {"avril", "April"},          {"mai", "May"},           {"juin", "June"},
        {"juillet", "July"},         {"août", "August"},       {"septembre", "September"},
        {"octobre", "October"},      {"novembre", "November"}, {"décembre", "December"}};
    const auto month = Month::Parse(iso.substr(0, 7));
    if (!month) return std::string(iso);
    return Say(kMonths[month->month - 1]) + " " + std::to_string(month->year);
  }

  std::string Half(const v1::HalfDay& half_day) const {
    return half_day.half() == common::v1::HALF_MORNING ? Say({"matin", "morning"})
                                                       : Say({"après-midi", "afternoon"});
  }

  std::string Instant(const google::protobuf::Timestamp& at) const {
    return absl::FormatTime(language_ == Language::kFrench ? "%d/%m/%Y à %H:%M" : "%Y-%m-%d at %H:%M",
                            absl::FromUnixSeconds(at.seconds()), Paris());
  }

 private:
  const Language language_;
};

std::string Document(const Writer& w, std::string_view title, const std::string& content) {
  return "<!DOCTYPE html>\n<html lang=\"" + std::string(w.language() == Language::kFrench ? "fr" : "en") +
         "\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         EscapeHtml(title) + " – Jalon</title>\n<style>" + std::string(kStyle) +
         "</style>\n</head>\n<body>\n<main>\n<p class=\"brand\">Jalon</p>\n" + content +
         "</main>\n</body>\n</html>\n";
}

bool Waits(const v1::HalfDay& half_day) {
  return half_day.state() == v1::HALF_DAY_STATE_PERFORMED;
}

std::string Entered(const AttestationPage& page, const std::string& name, const std::string& otherwise) {
  const auto entered = page.entered.find(name);
  return entered == page.entered.end() ? otherwise : entered->second;
}

std::string Detail(const Writer& w, const v1::HalfDay& half_day, const v1::OpenAttestationResponse& sheet) {
  std::string detail = EscapeHtml(TitleOf(half_day.phase(), sheet.phases(), w.language()));
  if (!half_day.note().empty()) detail += " · " + EscapeHtml(half_day.note());
  return "<div class=\"detail\">" + detail + "</div>\n";
}

std::string Choice(const std::string& name, const char* value, const char* kind, bool chosen,
                   const std::string& label) {
  const std::string id = name + "." + value;
  return "<input class=\"choice " + std::string(kind) + "\" type=\"radio\" id=\"" + id + "\" name=\"" + name +
         "\" value=\"" + value + "\"" + (chosen ? " checked" : "") + "><label for=\"" + id + "\">" +
         EscapeHtml(label) + "</label>\n";
}

// "24 demi-journées, soit 12 jours".
std::string Count(const Writer& w, int half_days) {
  return std::to_string(half_days) +
         w.Say(half_days < 2 ? Words{" demi-journée, soit ", half_days == 1 ? " half-day, " : " half-days, "}
                             : Words{" demi-journées, soit ", " half-days, "}) +
         HalfDays(half_days).FormatDays(w.language());
}

int CountIn(const v1::OpenAttestationResponse& sheet, bool (*which)(const v1::HalfDay&)) {
  return static_cast<int>(std::ranges::count_if(sheet.half_days(), which));
}

// What a field lacks, beside it: a paragraph, and the attributes that lead whoever reads or types to it. The
// first that lacks something has the focus.
struct FieldProblem {
  std::string paragraph, attributes;
};

FieldProblem ProblemOf(const AttestationPage& page, const std::string& field) {
  const auto missing = std::ranges::find(page.missing, field, &Missing::field);
  if (missing == page.missing.end()) return {};
  return {.paragraph =
              "<p class=\"missing\" id=\"" + field + ".problem\">" + EscapeHtml(missing->text) + "</p>\n",
          .attributes = " aria-invalid=\"true\" aria-describedby=\"" + field + ".problem\"" +
                        (missing == page.missing.begin() ? " autofocus" : "")};
}

std::string Problems(const AttestationPage& page) {
  if (page.problem.empty() && page.missing.empty()) return "";
  std::string told = "<p class=\"problem\" role=\"alert\">" + EscapeHtml(page.problem);
  for (const Missing& missing : page.missing) {
    if (&missing != &page.missing.front() || !page.problem.empty()) told += "<br>";
    const std::string text = EscapeHtml(missing.text);
    told += missing.field.empty() ? text : "<a href=\"#" + missing.field + "\">" + text + "</a>";
  }
  return told + "</p>\n";
}

std::string Question(const Writer& w, const v1::HalfDay& half_day, const v1::OpenAttestationResponse& sheet,
                     const AttestationPage& page) {
  const std::string id = EscapeHtml(half_day.half_day_id());
  const std::string name = std::string(kAnswer) + id, reason = std::string(kReason) + id;
  const FieldProblem problem = ProblemOf(page, reason);
  const bool disputes = Entered(page, name, half_day.dispute().empty() ? "attest" : "dispute") == "dispute";
  return "<fieldset>\n<legend>" + EscapeHtml(w.Day(half_day.date()) + ", " + w.Half(half_day)) +
         "</legend>\n" + Detail(w, half_day, sheet) +
         Choice(name, "attest", "yes", !disputes, w.Say({"Elle a eu lieu", "It took place"})) +
         Choice(name, "dispute", "no", disputes, w.Say({"Je la conteste", "I dispute it"})) +
         "<div class=\"reason\"><label for=\"" + reason + "\">" + EscapeHtml(w.Say({"Pourquoi ?", "Why?"})) +
         "</label>" + problem.paragraph + "<input class=\"text\" type=\"text\" id=\"" + reason +
         "\" name=\"" + reason + "\" maxlength=\"500\" autocomplete=\"off\"" + problem.attributes +
         " value=\"" + EscapeHtml(Entered(page, reason, half_day.dispute())) + "\"></div>\n</fieldset>\n";
}

std::string Settled(const Writer& w, const v1::HalfDay& half_day, const v1::OpenAttestationResponse& sheet) {
  const std::string state = half_day.state() == v1::HALF_DAY_STATE_APPROVED ? w.Say({"approuvée", "approved"})
                            : Waits(half_day) ? w.Say({"contestée", "disputed"})
                                              : w.Say({"attestée", "attested"});
  std::string row = "<div class=\"settled\"><span class=\"state\">" + EscapeHtml(state) + "</span><strong>" +
                    EscapeHtml(w.Day(half_day.date()) + ", " + w.Half(half_day)) + "</strong>\n" +
                    Detail(w, half_day, sheet);
  if (!half_day.dispute().empty())
    row += "<div class=\"detail\">" + EscapeHtml(half_day.dispute()) + "</div>\n";
  return row + "</div>\n";
}

std::string Heading(const Writer& w, const v1::OpenAttestationResponse& sheet) {
  return "<h1>" +
         EscapeHtml(w.Say({"Feuille d’émargement, ", "Attendance sheet, "}) +
                    w.MonthName(sheet.link().month())) +
         "</h1>\n<p><strong>" + EscapeHtml(sheet.company_name()) + "</strong><br>" +
         EscapeHtml(w.Say({"Accompagnement par ", "Accompaniment by "}) + sheet.consultant_name()) + "</p>\n";
}

std::string Form(const Writer& w, const v1::OpenAttestationResponse& sheet, const AttestationPage& page) {
  // Without an action, the form goes back where it came from: the token stands in no page.
  const FieldProblem problem = ProblemOf(page, "signer");
  std::string form = "<p><strong>" + EscapeHtml(Count(w, CountIn(sheet, Waits))) + "</strong></p>\n<p>" +
                     EscapeHtml(w.Say({"Dites pour chaque demi-journée si elle a eu lieu, puis signez.",
                                       "Say of each half-day whether it took place, then sign."})) +
                     "</p>\n<form method=\"post\">\n<input type=\"hidden\" name=\"request_id\" value=\"" +
                     EscapeHtml(page.request_id) + "\">\n";
  for (const auto& half_day : sheet.half_days())
    if (Waits(half_day)) form += Question(w, half_day, sheet, page);
  return form + "<label for=\"signer\">" + EscapeHtml(w.Say({"Vos nom et prénom", "Your name"})) +
         "</label>\n" + problem.paragraph +
         "<input class=\"text\" type=\"text\" id=\"signer\" name=\"signer\" maxlength=\"100\" "
         "required autocomplete=\"name\"" +
         problem.attributes + " value=\"" + EscapeHtml(Entered(page, "signer", "")) +
         "\">\n<p class=\"detail\">" +
         EscapeHtml(w.Say({"Votre réponse est horodatée et vaut signature de la feuille pour l’entreprise.",
                           "Your answer is dated and stands for the company’s signature of the sheet."})) +
         "</p>\n<button type=\"submit\">" + EscapeHtml(w.Say({"Signer la feuille", "Sign the sheet"})) +
         "</button>\n</form>\n";
}

// "Attestées : 24 demi-journées, soit 12 jours. Contestées : 2 demi-journées, soit 1 jour."
std::string Result(const Writer& w, const v1::OpenAttestationResponse& sheet) {
  const int disputed = CountIn(sheet, Waits), attested = sheet.half_days_size() - disputed;
  std::string result = w.Say({"Attesté : ", "Attested: "}) + Count(w, attested) + ".";
  if (disputed > 0) result += w.Say({" Contesté : ", " Disputed: "}) + Count(w, disputed) + ".";
  return result;
}

std::string Outcome(const Writer& w, const v1::OpenAttestationResponse& sheet) {
  if (!sheet.link().has_used_at()) {
    return "<p class=\"done\">" +
           EscapeHtml(w.Say(
               {"Aucune demi-journée n’attend d’être attestée.", "No half-day waits to be attested."})) +
           "</p>\n";
  }
  return "<p class=\"done\">" +
         EscapeHtml(w.Say({"Merci. Feuille signée par ", "Thank you. Signed by "}) + sheet.link().signer() +
                    w.Say({" le ", " on "}) + w.Instant(sheet.link().used_at())) +
         ".<br>" + EscapeHtml(Result(w, sheet)) + "</p>\n";
}

}  // namespace

std::string WriteAttestationPage(const v1::OpenAttestationResponse& sheet, const AttestationPage& page) {
  const Writer w(page.language);
  const bool open = !sheet.link().has_used_at() && std::ranges::any_of(sheet.half_days(), Waits);
  std::string content = Heading(w, sheet);
  content += Problems(page);
  content += open ? Form(w, sheet, page) : Outcome(w, sheet);
  for (const auto& half_day : sheet.half_days())
    if (!open || !Waits(half_day)) content += Settled(w, half_day, sheet);
  return Document(w, w.Say({"Feuille d’émargement", "Attendance sheet"}), content);
}

std::string WriteNoticePage(std::string_view title, std::string_view text, Language language) {
  return Document(Writer(language), title,
                  "<h1>" + EscapeHtml(title) + "</h1>\n<p>" + EscapeHtml(text) + "</p>\n");
}

std::string_view PageStyle() {
  return kStyle;
}

std::optional<v1::Attestation> AttestationOf(const http::Form& form) {
  v1::Attestation attestation;
  for (const auto& [name, value] : form) {
    if (!name.starts_with(kAnswer)) continue;
    const std::string id = name.substr(kAnswer.size());
    if (value == "attest") {
      attestation.add_half_day_ids(id);
    } else if (value == "dispute") {
      auto* dispute = attestation.add_disputes();
      dispute->set_half_day_id(id);
      const auto reason = form.find(std::string(kReason) + id);
      if (reason != form.end()) dispute->set_reason(std::string(internal::Trim(reason->second)));
    } else {
      return std::nullopt;
    }
  }
  const auto signer = form.find("signer");
  if (signer != form.end()) attestation.set_signer(std::string(internal::Trim(signer->second)));
  return attestation;
}

std::vector<Missing> MissingIn(const v1::Attestation& attestation, const v1::OpenAttestationResponse& sheet,
                               Language language) {
  const Writer w(language);
  std::vector<Missing> missing;
  for (const auto& dispute : attestation.disputes()) {
    if (!dispute.reason().empty()) continue;
    const auto half_day =
        std::ranges::find(sheet.half_days(), dispute.half_day_id(), &v1::HalfDay::half_day_id);
    const bool shown = half_day != sheet.half_days().end();
    missing.push_back(
        {shown ? std::string(kReason) + EscapeHtml(dispute.half_day_id()) : "",
         w.Say({"Dites pourquoi vous contestez la demi-journée", "Say why you dispute the half-day"}) +
             (shown ? w.Say({" du ", " of "}) + w.Day(half_day->date()) + ", " + w.Half(*half_day) + "."
                    : ".")});
  }
  if (attestation.signer().empty())
    missing.push_back({"signer", w.Say({"Donnez votre nom.", "Give your name."})});
  if (attestation.half_day_ids().empty() && attestation.disputes().empty())
    missing.push_back(
        {"", w.Say({"Répondez pour une demi-journée au moins.", "Answer for one half-day at least."})});
  return missing;
}

}  // namespace jalon::calendar
