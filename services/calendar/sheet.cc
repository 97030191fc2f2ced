#include "calendar/sheet.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/date.h"
#include "base/paris.h"
#include "base/wording.h"
#include "calendar/phase_title.h"
#include "rpc/digest.h"

namespace jalon::calendar {
namespace {

using google::protobuf::Timestamp;

// Crockford's: no letter that is taken for a digit.
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kCodeLength = 12;

std::string Instant(const Timestamp& at) {
  return absl::StrCat(at.seconds(), ".", at.nanos());
}

// What the code is a digest of. Every text comes with its length, so that no two sheets read the same.
std::string ContentOf(const v1::GetSheetResponse& response) {
  const v1::Sheet& sheet = response.sheet();
  std::string content = "jalon sheet 1";
  const auto add = [&content](std::string_view text) {
    absl::StrAppend(&content, "\n", text.size(), ":", absl::string_view(text.data(), text.size()));
  };
  for (const std::string& text : {std::to_string(sheet.case_id()), std::to_string(sheet.consultant_id()),
                                  sheet.month(), sheet.programme(), sheet.siren()})
    add(text);
  for (const v1::SheetHalfDay& half_day : response.half_days()) {
    for (const std::string& text :
         {half_day.half_day_id(), half_day.date(), common::v1::Half_Name(half_day.half()), half_day.phase(),
          half_day.note(), v1::HalfDayState_Name(half_day.state()), half_day.dispute(),
          half_day.attested_by(), Instant(half_day.attested_at()), half_day.approved_by(),
          Instant(half_day.approved_at())})
      add(text);
  }
  return content;
}

std::string InGroups(std::string_view symbols) {
  std::string code;
  for (size_t i = 0; i < symbols.size(); ++i) {
    if (i > 0 && i % 4 == 0) code += '-';
    code += symbols[i];
  }
  return code;
}

struct Words {
  Language language;
  std::string operator()(const char* fr, const char* en) const {
    return language == Language::kFrench ? Typeset(fr) : en;
  }
};

std::string MonthName(const std::string& month, const Words& say) {
  static constexpr const char* kNames[12][2] = {
      {"janvier", "January"}, {"février", "February"},  {"mars", "March"},
      {"avril", "April"},     {"mai", "May"},           {"juin", "June"},
      {"juillet", "July"},    {"août", "August"},       {"septembre", "September"},
      {"octobre", "October"}, {"novembre", "November"}, {"décembre", "December"}};
  const auto parsed = Month::Parse(month);
  if (!parsed) return month;
  const auto& name = kNames[parsed->month - 1];
  return say(name[0], name[1]) + " " + std::to_string(parsed->year);
}

std::string DayName(const std::string& date, Language language) {
  const auto parsed = Date::Parse(date);
  if (!parsed) return date;
  static constexpr const char* kNames[7][2] = {{"lun.", "Mon"}, {"mar.", "Tue"}, {"mer.", "Wed"},
                                               {"jeu.", "Thu"}, {"ven.", "Fri"}, {"sam.", "Sat"},
                                               {"dim.", "Sun"}};
  const auto& name = kNames[parsed->weekday().iso_encoding() - 1];
  return std::string(name[language == Language::kFrench ? 0 : 1]) + " " + FormatDate(*parsed, language);
}

std::string Moment(const Timestamp& at, const Words& say) {
  const absl::Time time = absl::FromUnixSeconds(at.seconds());
  return absl::FormatTime(say("%d/%m/%Y à %H:%M", "%Y-%m-%d at %H:%M"), time, Paris());
}

// Whole days and half ones: 3 half-days are "1 jour et demi", never 1.5.
std::string InDays(int half_days, const Words& say) {
  const int days = half_days / 2;
  const bool half = half_days % 2 == 1;
  if (days == 0) return half ? say("une demi-journée", "half a day") : say("aucun jour", "no day");
  if (say.language == Language::kFrench)
    return std::to_string(days) + (days > 1 ? " jours" : " jour") + (half ? " et demi" : "");
  return std::to_string(days) + (half ? " and a half" : "") + (days > 1 || half ? " days" : " day");
}

std::string HalfDaysOf(int count, const Words& say) {
  return std::to_string(count) + " " +
         (count > 1 ? say("demi-journées", "half-days") : say("demi-journée", "half-day"));
}

std::string StateOf(const v1::SheetHalfDay& half_day, const Words& say) {
  if (!half_day.dispute().empty()) return say("contestée : ", "disputed: ") + half_day.dispute();
  switch (half_day.state()) {
    case v1::HALF_DAY_STATE_PLANNED:
      return say("planifiée", "planned");
    case v1::HALF_DAY_STATE_PERFORMED:
      return say("à attester", "to be attested");
    case v1::HALF_DAY_STATE_ATTESTED:
      return say("à approuver", "to be approved");
    default:
      return say("approuvée", "approved");
  }
}

// Who signed when for how many half-days, a line each; the earliest first.
class SignatureLines {
 public:
  void Add(const std::string& by, const Timestamp& at) {
    if (!by.empty()) ++signed_[{at.seconds(), at.nanos(), by}];
  }
  std::string Told(const Words& say) const {
    std::string lines;
    for (const auto& [signature, count] : signed_) {
      const auto& [seconds, nanos, by] = signature;
      Timestamp at;
      at.set_seconds(seconds);
      if (!lines.empty()) lines += '\n';
      lines += by + say(", le ", ", ") + Moment(at, say) + say(" : ", ": ") + HalfDaysOf(count, say);
    }
    return lines.empty() ? say("pas encore", "not yet") : lines;
  }

 private:
  std::map<std::tuple<int64_t, int32_t, std::string>, int> signed_;
};

document::Table HalfDayTable(const v1::GetSheetResponse& response, const Words& say) {
  using document::Align;
  document::Table table{
      .columns = {{say("Date", "Date"), Align::kLeft, 5},
                  {say("Moment", "Half"), Align::kLeft, 4},
                  {say("Phase", "Phase"), Align::kLeft, 5},
                  {say("Objet", "Subject"), Align::kLeft, 9},
                  {say("État", "State"), Align::kLeft, 5},
                  {say("Attestée par l’entreprise", "Attested by the company"), Align::kLeft, 6},
                  {say("Service fait", "Service done"), Align::kLeft, 6}}};
  for (const v1::SheetHalfDay& half_day : response.half_days()) {
    const auto signature = [&](const std::string& by, const Timestamp& at) {
      return by.empty() ? std::string() : by + "\n" + Moment(at, say);
    };
    table.rows.push_back({DayName(half_day.date(), say.language),
                          half_day.half() == common::v1::HALF_MORNING ? say("matin", "morning")
                                                                      : say("après-midi", "afternoon"),
                          TitleOf(half_day.phase(), response.phases(), say.language), half_day.note(),
                          StateOf(half_day, say), signature(half_day.attested_by(), half_day.attested_at()),
                          signature(half_day.approved_by(), half_day.approved_at())});
  }
  const v1::Sheet& sheet = response.sheet();
  const auto total = [&](int count) { return HalfDaysOf(count, say); };
  table.total = {say("Total", "Total"),
                 "",
                 "",
                 total(sheet.half_days()) + say(", soit ", ", that is ") + InDays(sheet.half_days(), say),
                 "",
                 total(sheet.attested() + sheet.approved()),
                 total(sheet.approved())};
  return table;
}

}  // namespace

std::string SheetCode(std::string_view key, const v1::GetSheetResponse& sheet) {
  const std::string digest = rpc::HmacSha256(key, ContentOf(sheet));
  std::string symbols;
  uint32_t bits = 0;
  int held = 0;
  for (size_t next = 0; symbols.size() < kCodeLength;) {
    if (held < 5) {
      bits = bits << 8 | static_cast<unsigned char>(digest[next++]);
      held += 8;
    }
    held -= 5;
    symbols += kAlphabet[bits >> held & 31U];
  }
  return InGroups(symbols);
}

std::string NormalCode(std::string_view typed) {
  std::string symbols;
  for (char c : typed) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    if (c != '-' && c != ' ') symbols += c;
  }
  return InGroups(symbols);
}

document::Document SheetDocument(const v1::GetSheetResponse& response, Language language) {
  const Words say{language};
  const v1::Sheet& sheet = response.sheet();
  SignatureLines attested, approved;
  for (const v1::SheetHalfDay& half_day : response.half_days()) {
    attested.Add(half_day.attested_by(), half_day.attested_at());
    approved.Add(half_day.approved_by(), half_day.approved_at());
  }
  const auto month = Month::Parse(sheet.month()).value_or(Month{kFirstYear, 1});
  document::Document paper{
      .language = language,
      .title = say("Feuille d’émargement", "Attendance sheet") + " – " + MonthName(sheet.month(), say),
      .author = "Jalon",
      .date = month.LastDay(),
      .header = sheet.programme(),
      .reference = say("Dossier ", "Case ") + std::to_string(sheet.case_id()) + " · consultant " +
                   std::to_string(sheet.consultant_id()) + " · " + sheet.month(),
      .footer = say("Code de vérification : ", "Verification code: ") + response.code(),
      .is_landscape = true,
      .blocks = {}};
  paper.blocks.emplace_back(document::Facts{
      {{say("Entreprise", "Company"), sheet.company_name() + " (SIREN " + sheet.siren() + ")"},
       {say("Consultant", "Consultant"), sheet.consultant_name()},
       {say("Code de vérification", "Verification code"), response.code()}}});
  const int waiting = sheet.half_days() - sheet.approved();
  if (waiting > 0) {
    paper.blocks.emplace_back(document::Paragraph{
        say("Feuille provisoire : ", "Provisional sheet: ") + HalfDaysOf(waiting, say) +
            (waiting > 1 ? say(" ne sont pas encore approuvées.", " are not approved yet.")
                         : say(" n’est pas encore approuvée.", " is not approved yet.")),
        document::Tone::kStrong});
  }
  paper.blocks.emplace_back(HalfDayTable(response, say));
  paper.blocks.emplace_back(document::Signatures{
      {{say("L’entreprise atteste la présence", "The company attests the presence"), attested.Told(say)},
       {say("Le programme certifie le service fait", "The programme certifies the service done"),
        approved.Told(say)}}});
  paper.blocks.emplace_back(document::Paragraph{
      say("Chaque signature est un acte authentifié dans le système d’information, à l’heure indiquée (heure "
          "de "
          "Paris). Le code de vérification est celui de la feuille entière : il change dès qu’elle change.",
          "Each signature is an authenticated act in the information system, at the time told (Paris time). "
          "The "
          "verification code is that of the whole sheet: it changes whenever the sheet does."),
      document::Tone::kSmall});
  return paper;
}

}  // namespace jalon::calendar
