#include "clients/cli/values.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "absl/time/time.h"
#include "base/cents.h"
#include "base/half_day.h"
#include "base/paris.h"
#include "base/rate.h"
#include "base/siren.h"
#include "base/text.h"
#include "base/uuid.h"
#include "base/wording.h"
#include "clients/cli/terminal.h"
#include "clients/cli/words.h"
#include "google/protobuf/util/time_util.h"
#include "jalon/common/v1/options.pb.h"
#include "jalon/common/v1/reason.pb.h"
#include "jalon/common/v1/types.pb.h"

namespace jalon::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsMessage(const FieldDescriptor& field, std::string_view full_name) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type()->full_name() == full_name;
}
bool IsTimestamp(const FieldDescriptor& field) {
  return IsMessage(field, "google.protobuf.Timestamp");
}
bool IsRate(const FieldDescriptor& field) {
  return IsMessage(field, "jalon.common.v1.Rate");
}

bool CountsHalfDays(const FieldDescriptor& field) {
  return field.name() == "half_days" || field.name().ends_with("_half_days");
}
bool CountsHundredths(const FieldDescriptor& field) {
  return field.name().ends_with("_hundredths");
}

// Hundredths of a percent fit an int32; hundredths of a head need more.
bool IsPercent(const FieldDescriptor& field) {
  return CountsHundredths(field) && field.cpp_type() == FieldDescriptor::CPPTYPE_INT32;
}

std::variant<Normal, Problem> Wrong(Language language, Words words) {
  return Problem{words.In(language)};
}

std::variant<Normal, Problem> NormaliseDate(std::string text, Language language) {
  if (text == "today" || text == "aujourd'hui" || text == "aujourd’hui") return Normal{Today().ToIso()};
  if (text.size() == 10 && text[2] == '/' && text[5] == '/') {
    text = text.substr(6) + "-" + text.substr(3, 2) + "-" + text.substr(0, 2);
  }
  if (Date::Parse(text)) return Normal{text};
  const auto digits = [&](size_t at, size_t count) {
    return text.size() == 10 && jalon::internal::ParseDigits(std::string_view(text).substr(at, count));
  };
  if (!digits(0, 4) || text[4] != '-' || !digits(5, 2) || text[7] != '-' || !digits(8, 2)) {
    return Wrong(language, {"n’est pas une date ; écrivez 2026-03-14 ou 14/03/2026",
                            "is not a date; write 2026-03-14 or 14/03/2026"});
  }
  const int64_t year = *jalon::internal::ParseDigits(text.substr(0, 4));
  if (year < kFirstYear || year > kLastYear) {
    const std::string range =
        std::to_string(kFirstYear) + Words{" à ", " to "}.In(language) + std::to_string(kLastYear);
    return Problem{
        Words{"n’est pas une date d’ici : les années vont de ", "is not a date used here: years go from "}.In(
            language) +
        range};
  }
  return Wrong(language, {"n’est pas une date qui existe", "is not a date that exists"});
}

std::variant<Normal, Problem> NormaliseMonth(std::string text, Language language) {
  if (text.size() == 7 && text[2] == '/') text = text.substr(3) + "-" + text.substr(0, 2);
  if (!Month::Parse(text)) {
    return Wrong(language, {"n’est pas un mois ; écrivez 2026-03", "is not a month; write 2026-03"});
  }
  return Normal{text};
}

std::variant<Normal, Problem> NormaliseSiren(std::string_view text, Language language) {
  switch (CheckSiren(text).value_or(static_cast<IdentifierProblem>(-1))) {
    case IdentifierProblem::kNotDigits:
      return Wrong(language, {"un SIREN ne contient que des chiffres", "a SIREN holds digits only"});
    case IdentifierProblem::kWrongLength:
      return Wrong(language, {"un SIREN a neuf chiffres (un SIRET en a quatorze : gardez les neuf premiers)",
                              "a SIREN has nine digits (a SIRET has fourteen: keep the first nine)"});
    case IdentifierProblem::kBadChecksum:
      return Wrong(language, {"la clé de ce SIREN est fausse : un chiffre est mal saisi",
                              "this SIREN's check digit is wrong: a digit is mistyped"});
  }
  return Normal{jalon::internal::WithoutSpaces(text)};
}

std::variant<Normal, Problem> NormaliseInteger(std::string_view text, Language language) {
  const std::string digits = jalon::internal::WithoutSpaces(text);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
    return Wrong(language, {"n’est pas un nombre entier", "is not a whole number"});
  }
  return Normal{std::to_string(value)};
}

std::variant<Normal, Problem> NormaliseHeadcount(std::string_view text, Language language) {
  const auto decimal = jalon::internal::ParseDecimal(jalon::internal::WithoutSpaces(text), 2);
  constexpr int64_t kMost = 100'000'000;
  if (!decimal || decimal->digits > kMost) {
    return Wrong(language, {"n’est pas un effectif en équivalents temps plein (120 ou 35,5)",
                            "is not a headcount in full-time equivalents (120 or 35.5)"});
  }
  const int64_t scale = decimal->decimals == 0 ? 100 : decimal->decimals == 1 ? 10 : 1;
  return Normal{std::to_string(decimal->digits * scale)};
}

std::variant<Normal, Problem> NormalisePercent(std::string_view text, Language language) {
  std::string digits = jalon::internal::WithoutSpaces(text);
  if (digits.ends_with('%')) digits.pop_back();
  const auto decimal = jalon::internal::ParseDecimal(digits, 2);
  const int64_t scale = !decimal || decimal->decimals == 2 ? 1 : decimal->decimals == 1 ? 10 : 100;
  if (!decimal || decimal->digits > 100'00 || decimal->digits * scale > 100'00) {
    return Wrong(language, {"n’est pas un pourcentage, deux décimales au plus (25 ou 33,33 %)",
                            "is not a percentage, two decimals at the most (25 or 33.33%)"});
  }
  return Normal{std::to_string(decimal->digits * scale)};
}

std::string Lower(std::string_view text);

// The service tells what is wrong with it.
std::string NormaliseParty(std::string_view text) {
  const bool siren = !text.empty() && text[0] >= '0' && text[0] <= '9';
  return siren ? jalon::internal::WithoutSpaces(text) : Lower(text);
}

std::variant<Normal, Problem> NormaliseDays(std::string_view text, Language language) {
  const auto decimal = jalon::internal::ParseDecimal(jalon::internal::WithoutSpaces(text), 1);
  const bool halves =
      decimal && decimal->digits < 100'000 && (decimal->decimals == 0 || decimal->digits % 5 == 0);
  if (!halves) {
    return Wrong(language, {"n’est pas un nombre de jours, par demi-journées (10 ou 7,5)",
                            "is not a number of days, by half-days (10 or 7.5)"});
  }
  return Normal{std::to_string(decimal->decimals == 0 ? decimal->digits * 2 : decimal->digits / 5)};
}

std::variant<Normal, Problem> NormaliseRegion(std::string_view text, Language language) {
  if (text.size() == 2 && jalon::internal::ParseDigits(text)) return Normal{std::string(text)};
  return Wrong(language, {"n’est pas le code INSEE d’une région, sur deux chiffres (32 : Hauts-de-France)",
                          "is not the INSEE code of a region, two digits (32: Hauts-de-France)"});
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Every word by which a person may name an enum's value.
std::vector<std::string> Synonyms(const EnumValueDescriptor& value) {
  std::vector<std::string> words = {EnumWord(value), EnumLabel(value, Language::kFrench),
                                    EnumLabel(value, Language::kEnglish)};
  if (value.name() == "HALF_MORNING") words.insert(words.begin(), "am");
  if (value.name() == "HALF_AFTERNOON") words.insert(words.begin(), {"pm", "apres_midi"});
  // "mardi:am" too, as for a series.
  if (value.name().starts_with("WORKING_HALF_")) {
    const bool morning = value.name().ends_with("_MORNING");
    for (const Language language : {Language::kFrench, Language::kEnglish}) {
      const std::string label = EnumLabel(value, language);
      words.push_back(label.substr(0, label.find(' ')) + (morning ? " am" : " pm"));
    }
    if (!morning) words.push_back(words[1].substr(0, words[1].find(' ')) + " apres midi");
  }
  return words;
}

// Words that people take for one: lundi matin, Lundi-matin, lundi_matin, lundi:matin.
std::string Folded(std::string_view text) {
  std::string folded = Lower(text);
  for (char& c : folded)
    if (c == '-' || c == ' ' || c == ':') c = '_';
  return folded;
}

// What may be typed for a value, as a list of choices tells it: "am (matin)".
std::string ChoiceShown(const EnumValueDescriptor& value, Language language) {
  const std::string word = Synonyms(value).front(), label = EnumLabel(value, language);
  return word == label ? word : word + " (" + label + ")";
}

std::variant<Normal, Problem> NormaliseEnum(std::string_view text, Language language,
                                            const EnumDescriptor& type) {
  const std::string wanted = Folded(text);
  std::string choices;
  for (int i = 0; i < type.value_count(); ++i) {
    const EnumValueDescriptor& value = *type.value(i);
    if (value.number() == 0) continue;
    for (const std::string& word : Synonyms(value)) {
      if (Folded(word) == wanted) return Normal{value.name()};
    }
    choices += (choices.empty() ? "" : ", ") + ChoiceShown(value, language);
  }
  return Problem{(language == Language::kFrench ? "n’existe pas ; choisissez parmi : "
                                                : "does not exist; choose among: ") +
                 choices};
}

// The message that holds the last field of a path, and that field; nullptr where a message on the way is not
// set.
std::pair<const Message*, const FieldDescriptor*> Resolve(const Message& message, std::string_view path) {
  const Message* holder = &message;
  while (true) {
    const size_t dot = path.find('.');
    const FieldDescriptor* field = holder->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr || dot == std::string_view::npos) return {holder, field};
    if (!holder->GetReflection()->HasField(*holder, field)) return {nullptr, nullptr};
    holder = &holder->GetReflection()->GetMessage(*holder, field);
    path.remove_prefix(dot + 1);
  }
}

std::string DecimalEuros(int64_t cents) {
  const uint64_t magnitude = cents < 0 ? 0 - static_cast<uint64_t>(cents) : static_cast<uint64_t>(cents);
  std::string text = cents < 0 ? "-" : "";
  text += std::to_string(magnitude / 100) + ".";
  return text + jalon::internal::ZeroPadded(static_cast<int64_t>(magnitude % 100), 2);
}

std::string LocalTime(const Message& message) {
  google::protobuf::Timestamp timestamp;
  timestamp.CopyFrom(message);
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Ez", absl::FromUnixSeconds(timestamp.seconds()), Paris());
}

std::string FormatHundredths(int64_t value, Language language) {
  std::string text = std::to_string(value / 100);
  if (value % 100 != 0) {
    text += language == Language::kFrench ? ',' : '.';
    text += jalon::internal::ZeroPadded(value % 100, 2);
    if (text.back() == '0') text.pop_back();
  }
  return text;
}

int64_t MoneyCents(const Message& money) {
  return money.GetReflection()->GetInt64(money, money.GetDescriptor()->FindFieldByName("cents"));
}

std::string FormatMessage(const Message& value, const FieldDescriptor& field, Language language) {
  if (IsMoney(field)) {
    const auto cents = Cents::FromUntrusted(MoneyCents(value));
    return cents ? FormatEuros(*cents, language) : DecimalEuros(MoneyCents(value));
  }
  if (IsTimestamp(field)) return LocalTime(value);
  if (IsRate(field)) {
    common::v1::Rate rate;
    rate.CopyFrom(value);
    const auto share = Rate::FromUntrusted(rate.numerator(), rate.denominator());
    return share ? share->FormatPercent(language) : "?";
  }
  return Printable(value.ShortDebugString());
}

// Reads one value, at `index` of a repeated field or alone.
class Reader {
 public:
  Reader(const Message& message, const FieldDescriptor& field, int index)
      : message_(message), field_(field), index_(index), reflection_(*message.GetReflection()) {}

  const Message& Nested() const {
    return index_ < 0 ? reflection_.GetMessage(message_, &field_)
                      : reflection_.GetRepeatedMessage(message_, &field_, index_);
  }
  std::string String() const {
    return index_ < 0 ? reflection_.GetString(message_, &field_)
                      : reflection_.GetRepeatedString(message_, &field_, index_);
  }
  const EnumValueDescriptor& Enum() const {
    return index_ < 0 ? *reflection_.GetEnum(message_, &field_)
                      : *reflection_.GetRepeatedEnum(message_, &field_, index_);
  }
  bool Bool() const {
    return index_ < 0 ? reflection_.GetBool(message_, &field_)
                      : reflection_.GetRepeatedBool(message_, &field_, index_);
  }
  int64_t Integer() const {
    const bool wide = field_.cpp_type() == FieldDescriptor::CPPTYPE_INT64;
    if (index_ < 0) {
      return wide ? reflection_.GetInt64(message_, &field_) : reflection_.GetInt32(message_, &field_);
    }
    return wide ? reflection_.GetRepeatedInt64(message_, &field_, index_)
                : reflection_.GetRepeatedInt32(message_, &field_, index_);
  }

 private:
  const Message& message_;
  const FieldDescriptor& field_;
  const int index_;
  const Reflection& reflection_;
};

// "reserved:bpifrance" as accountants call it; the phase or the funder stays a code.
std::string AccountForPeople(const std::string& account, Language language) {
  static constexpr std::pair<std::string_view, Words> kAccounts[] = {
      {"cost", {"coût", "cost"}},
      {"aid", {"aide", "aid"}},
      {"company", {"reste à charge", "remaining charge"}},
      {"reserved", {"engagé", "reserved"}},
      {"commitment", {"engagement", "commitment"}},
      {"paid", {"payé", "paid"}}};
  const size_t colon = account.find(':');
  for (const auto& [name, words] : kAccounts) {
    if (account.substr(0, colon) != name) continue;
    const std::string rest = colon == std::string::npos ? "" : account.substr(colon + 1);
    return words.In(language) + (rest.empty() ? "" : " (" + rest + ")");
  }
  return account;
}

// The sentence of a reason, where what it is about is not at hand.
std::string ReasonForPeople(const std::string& name, Language language) {
  common::v1::Reason reason = common::v1::REASON_UNSPECIFIED;
  if (!common::v1::Reason_Parse("REASON_" + name, &reason)) return name;
  const auto& refusal =
      common::v1::Reason_descriptor()->FindValueByNumber(reason)->options().GetExtension(common::v1::refusal);
  std::string sentence = language == Language::kFrench ? refusal.fr() : refusal.en();
  for (size_t open = sentence.find('{'); open != std::string::npos; open = sentence.find('{', open)) {
    const size_t close = sentence.find('}', open);
    if (close == std::string::npos) break;
    sentence.replace(open, close + 1 - open, "…");
  }
  return sentence.empty() ? name : sentence;
}

// What happened, in the words of the field; the log's own word where there is none.
std::string ActionForPeople(const std::string& action, Language language) {
  static const auto& actions = *new std::map<std::string, Words>{
      {"absence.added", {"absence notée", "absence noted"}},
      {"accounts.given", {"comptes donnés", "accounts given"}},
      {"agreement.amended", {"avenant signé", "agreement amended"}},
      {"agreement.released", {"reliquat rendu", "agreement released"}},
      {"agreement.signed", {"convention signée", "agreement signed"}},
      {"aid.registered", {"aide inscrite au registre", "aid registered"}},
      {"assignment.created", {"consultant affecté", "consultant assigned"}},
      {"assignment.ended", {"affectation terminée", "assignment ended"}},
      {"attestation_link.code_wrong", {"code d’attestation faux", "attestation code wrong"}},
      {"attestation_link.created", {"lien d’attestation fait", "attestation link made"}},
      {"attestation_link.revoked", {"lien d’attestation révoqué", "attestation link revoked"}},
      {"case.admitted", {"dossier admis", "case admitted"}},
      {"case.opened", {"dossier ouvert", "case opened"}},
      {"case.rejected", {"dossier rejeté", "case rejected"}},
      {"case.withdrawn", {"dossier retiré", "case withdrawn"}},
      {"charge.reversed", {"liquidation contre-passée", "charge reversed"}},
      {"companies.imported", {"entreprises importées", "companies imported"}},
      {"conflict.declared", {"conflit d’intérêts déclaré", "conflict declared"}},
      {"consultant.accredited", {"consultant agréé", "consultant accredited"}},
      {"consultant.created", {"consultant ajouté", "consultant added"}},
      {"consultant.left", {"consultant parti", "consultant left"}},
      {"consultant.updated", {"consultant modifié", "consultant changed"}},
      {"contact.erased", {"contact effacé", "contact erased"}},
      {"contact.set", {"contact noté", "contact noted"}},
      {"envelope.alerted", {"alerte d’enveloppe", "envelope alert"}},
      {"envelope.changed", {"enveloppe modifiée", "envelope changed"}},
      {"envelope.created", {"enveloppe ouverte", "envelope opened"}},
      {"feed.cases_set", {"abonnement : dossiers choisis", "feed: cases chosen"}},
      {"feed.created", {"abonnement ouvert", "feed opened"}},
      {"feed.revoked", {"abonnement révoqué", "feed revoked"}},
      {"funder.created", {"financeur ajouté", "funder added"}},
      {"half_day.approved", {"demi-journée approuvée", "half-day approved"}},
      {"half_day.attested", {"demi-journée attestée", "half-day attested"}},
      {"half_day.cancelled", {"demi-journée annulée", "half-day cancelled"}},
      {"half_day.disputed", {"demi-journée contestée", "half-day disputed"}},
      {"half_day.handed_over", {"demi-journée reprise par un autre", "half-day handed over"}},
      {"half_day.performed", {"demi-journée réalisée", "half-day performed"}},
      {"half_day.planned", {"demi-journée planifiée", "half-day planned"}},
      {"half_day.reopened", {"demi-journée renvoyée", "half-day reopened"}},
      {"half_day.rescheduled", {"demi-journée déplacée", "half-day moved"}},
      {"half_day.rolled", {"demi-journée passée au mois suivant", "half-day gone on to the next month"}},
      {"half_days.charged", {"demi-journées liquidées", "half-days charged"}},
      {"link.declared", {"lien d’entreprises déclaré", "link declared"}},
      {"link.ended", {"lien d’entreprises terminé", "link ended"}},
      {"month.locked", {"mois verrouillé", "month locked"}},
      {"payment.recorded", {"paiement noté", "payment recorded"}},
      {"payment_batch.created", {"lot de paiement fait", "payment batch made"}},
      {"payment_batch.issued", {"lot de paiement exporté", "payment batch exported"}},
      {"payment_order.cancelled", {"ordre de paiement annulé", "payment order cancelled"}},
      {"period.closed", {"comptes clos", "books closed"}},
      {"previous_client.declared", {"ancien client déclaré", "previous client declared"}},
      {"reminder.decided", {"rappel décidé", "reminder decided"}},
      {"rulebook.published", {"règlement publié", "rulebook published"}},
      {"solidarity_day.set", {"journée de solidarité fixée", "solidarity day set"}},
      {"subscription.set", {"abonnement aux courriels", "mail subscription"}},
      {"waiting.joined", {"attente commencée", "wait begun"}},
      {"waiting.left", {"attente finie", "wait ended"}}};
  const auto words = actions.find(action);
  return words == actions.end() ? action : words->second.In(language);
}

// Texts of the contract that are a program's, in words.
std::string TextForPeople(const FieldDescriptor& field, const std::string& text, Language language) {
  const std::string& name = field.full_name();
  if (name == "jalon.funding.v1.LedgerEntry.account") return AccountForPeople(text, language);
  if (name == "jalon.funding.v1.ImpactRefusal.reason") return ReasonForPeople(text, language);
  if (name == "jalon.audit.v1.Event.action") return ActionForPeople(text, language);
  if (name == "jalon.audit.v1.Event.details" && text == "{}") return "";
  return text;
}

std::string FormatValue(const Message& message, const FieldDescriptor& field, int index, Language language) {
  const Reader read(message, field, index);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return FormatMessage(read.Nested(), field, language);
    case FieldDescriptor::CPPTYPE_STRING:
      return Printable(TextForPeople(field, read.String(), language));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumLabel(read.Enum(), language);
    case FieldDescriptor::CPPTYPE_BOOL:
      return Words{read.Bool() ? "oui" : "non", read.Bool() ? "yes" : "no"}.In(language);
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      if (CountsHalfDays(field)) return HalfDays(read.Integer()).FormatDays(language);
      if (IsPercent(field))
        return FormatHundredths(read.Integer(), language) + Words{"\u00A0%", "%"}.In(language);
      if (CountsHundredths(field)) return FormatHundredths(read.Integer(), language);
      return std::to_string(read.Integer());
    default:
      return "?";
  }
}

std::string PlainValue(const Message& message, const FieldDescriptor& field, int index) {
  const Reader read(message, field, index);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      if (IsMoney(field)) return DecimalEuros(MoneyCents(read.Nested()));
      if (IsTimestamp(field)) {
        google::protobuf::Timestamp timestamp;
        timestamp.CopyFrom(read.Nested());
        return google::protobuf::util::TimeUtil::ToString(timestamp);
      }
      common::v1::Rate rate;
      rate.CopyFrom(read.Nested());
      return std::to_string(rate.numerator()) + "/" + std::to_string(rate.denominator());
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return read.String();
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumWord(read.Enum());
    case FieldDescriptor::CPPTYPE_BOOL:
      return read.Bool() ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(read.Integer());
    default:
      return "";
  }
}

bool IsAtom(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || IsMoney(field) || IsTimestamp(field) ||
         IsRate(field);
}

const std::map<std::string, Words>& Labels() {
  static const auto& labels = *new std::map<std::string, Words>{
      {"CASE_STATE_OPEN", {"ouvert", "open"}},
      {"CASE_STATE_ADMITTED", {"admis", "admitted"}},
      {"CASE_STATE_REJECTED", {"rejeté", "rejected"}},
      {"CASE_STATE_WITHDRAWN", {"retiré", "withdrawn"}},
      {"HALF_DAY_STATE_PLANNED", {"planifiée", "planned"}},
      {"HALF_DAY_STATE_PERFORMED", {"réalisée", "performed"}},
      {"HALF_DAY_STATE_ATTESTED", {"attestée", "attested"}},
      {"HALF_DAY_STATE_APPROVED", {"approuvée", "approved"}},
      {"HALF_DAY_STATE_CANCELLED", {"annulée", "cancelled"}},
      {"HALF_DAY_ACTION_PLANNED", {"planifiée", "planned"}},
      {"HALF_DAY_ACTION_RESCHEDULED", {"déplacée", "moved"}},
      {"HALF_DAY_ACTION_PERFORMED", {"réalisée", "performed"}},
      {"HALF_DAY_ACTION_ATTESTED", {"attestée", "attested"}},
      {"HALF_DAY_ACTION_DISPUTED", {"contestée", "disputed"}},
      {"HALF_DAY_ACTION_REOPENED", {"renvoyée", "reopened"}},
      {"HALF_DAY_ACTION_APPROVED", {"approuvée", "approved"}},
      {"HALF_DAY_ACTION_CANCELLED", {"annulée", "cancelled"}},
      {"HALF_DAY_ACTION_HANDED_OVER",
       {"reprise par un autre consultant", "taken over by another consultant"}},
      {"HALF_DAY_ACTION_CHARGED", {"liquidée", "charged"}},
      {"HALF_DAY_ACTION_PAID", {"payée", "paid"}},
      {"HALF_DAY_ACTION_REVERSED", {"contre-passée", "reversed"}},
      {"HALF_DAY_ACTION_ROLLED", {"passée au mois suivant", "gone on to the next month"}},
      {"HALF_DAY_ACTION_NOTE_EDITED", {"note corrigée", "note edited"}},
      {"SHEET_STATE_PLANNED", {"à venir", "to come"}},
      {"SHEET_STATE_DISPUTED", {"contestée", "disputed"}},
      {"SHEET_STATE_PERFORMED", {"à attester", "to attest"}},
      {"SHEET_STATE_ATTESTED", {"à approuver", "to approve"}},
      {"SHEET_STATE_APPROVED", {"approuvée", "approved"}},
      {"UNUSUAL_WEEKEND", {"week-end", "weekend"}},
      {"UNUSUAL_HOLIDAY", {"jour férié", "public holiday"}},
      {"UNUSUAL_LONG_RUN", {"plus de 6 jours de suite", "more than 6 days in a row"}},
      {"UNUSUAL_OVER_LOAD", {"semaine surchargée", "overloaded week"}},
      {"UNUSUAL_NOTE_MISSING", {"sans note", "no note"}},
      {"UNUSUAL_LATE", {"saisie tardive", "recorded late"}},
      {"INBOX_KIND_SHEET_DISPUTED", {"feuille contestée", "sheet disputed"}},
      {"INBOX_KIND_SHEET_TO_ATTEST", {"feuille à attester", "sheet to attest"}},
      {"INBOX_KIND_SHEET_TO_APPROVE", {"feuille à approuver", "sheet to approve"}},
      {"INBOX_KIND_REGISTER_DUE", {"registre à tenir", "register due"}},
      {"INBOX_KIND_WINDOW_ENDING", {"fin d’accompagnement", "window ending"}},
      {"INBOX_KIND_CASE_UNASSIGNED", {"dossier sans consultant", "case unassigned"}},
      {"INBOX_KIND_CASE_IDLE", {"dossier inactif", "case idle"}},
      {"INBOX_KIND_CASE_UNDECIDED", {"candidature à décider", "case undecided"}},
      {"INBOX_KIND_ACCREDITATION_LAPSING", {"accréditation", "accreditation lapsing"}},
      {"INBOX_KIND_SLOT_FREE", {"place libérée", "slot free"}},
      {"INBOX_KIND_GRANT_NEARLY_USED", {"droits presque épuisés", "grant nearly used"}},
      {"INBOX_SEVERITY_OVERDUE", {"en retard", "overdue"}},
      {"INBOX_SEVERITY_URGENT", {"urgent", "urgent"}},
      {"INBOX_SEVERITY_SOON", {"bientôt", "soon"}},
      {"INBOX_SEVERITY_NOTE", {"à savoir", "note"}},
      {"FREQUENCY_DAILY", {"par jour", "daily"}},
      {"FREQUENCY_WEEKLY", {"par semaine", "weekly"}},
      {"FREQUENCY_OFF", {"aucun envoi", "off"}},
      {"MAIL_KIND_DIGEST", {"récapitulatif", "digest"}},
      {"MAIL_KIND_REMINDER", {"rappel", "reminder"}},
      {"MAIL_STATE_DUE", {"à envoyer", "due"}},
      {"MAIL_STATE_CLAIMED", {"en cours d’envoi", "claimed"}},
      {"MAIL_STATE_SENT", {"envoyé", "sent"}},
      {"MAIL_STATE_UNKNOWN", {"sort inconnu", "unknown"}},
      {"MAIL_STATE_REFUSED", {"refusé", "refused"}},
      {"MAIL_STATE_GIVEN_UP", {"abandonné", "given up"}},
      {"MAIL_STATE_NOT_NEEDED", {"sans objet", "not needed"}},
      {"FEED_KIND_CONSULTANT", {"consultant", "consultant"}},
      {"FEED_KIND_CASE", {"dossier", "case"}},
      {"FEED_KIND_PORTFOLIO", {"portefeuille", "portfolio"}},
      {"HALF_MORNING", {"matin", "morning"}},
      {"HALF_AFTERNOON", {"après-midi", "afternoon"}},
      {"WORKING_HALF_MONDAY_MORNING", {"lundi matin", "Monday morning"}},
      {"WORKING_HALF_MONDAY_AFTERNOON", {"lundi après-midi", "Monday afternoon"}},
      {"WORKING_HALF_TUESDAY_MORNING", {"mardi matin", "Tuesday morning"}},
      {"WORKING_HALF_TUESDAY_AFTERNOON", {"mardi après-midi", "Tuesday afternoon"}},
      {"WORKING_HALF_WEDNESDAY_MORNING", {"mercredi matin", "Wednesday morning"}},
      {"WORKING_HALF_WEDNESDAY_AFTERNOON", {"mercredi après-midi", "Wednesday afternoon"}},
      {"WORKING_HALF_THURSDAY_MORNING", {"jeudi matin", "Thursday morning"}},
      {"WORKING_HALF_THURSDAY_AFTERNOON", {"jeudi après-midi", "Thursday afternoon"}},
      {"WORKING_HALF_FRIDAY_MORNING", {"vendredi matin", "Friday morning"}},
      {"WORKING_HALF_FRIDAY_AFTERNOON", {"vendredi après-midi", "Friday afternoon"}},
      {"WORKING_HALF_SATURDAY_MORNING", {"samedi matin", "Saturday morning"}},
      {"WORKING_HALF_SATURDAY_AFTERNOON", {"samedi après-midi", "Saturday afternoon"}},
      {"WORKING_HALF_SUNDAY_MORNING", {"dimanche matin", "Sunday morning"}},
      {"WORKING_HALF_SUNDAY_AFTERNOON", {"dimanche après-midi", "Sunday afternoon"}},
      {"WEEKDAY_MONDAY", {"lundi", "Monday"}},
      {"WEEKDAY_TUESDAY", {"mardi", "Tuesday"}},
      {"WEEKDAY_WEDNESDAY", {"mercredi", "Wednesday"}},
      {"WEEKDAY_THURSDAY", {"jeudi", "Thursday"}},
      {"WEEKDAY_FRIDAY", {"vendredi", "Friday"}},
      {"WEEKDAY_SATURDAY", {"samedi", "Saturday"}},
      {"WEEKDAY_SUNDAY", {"dimanche", "Sunday"}},
      {"SIZE_CLASS_MICRO", {"micro", "micro"}},
      {"SIZE_CLASS_SMALL", {"petite", "small"}},
      {"SIZE_CLASS_MEDIUM", {"moyenne", "medium"}},
      {"SIZE_CLASS_ETI", {"ETI", "mid-cap"}},
      {"SIZE_CLASS_LARGE", {"grande", "large"}},
      {"PARTY_KIND_ENTERPRISE", {"entreprise", "enterprise"}},
      {"PARTY_KIND_NATURAL_PERSON", {"personne physique", "natural person"}},
      {"PARTY_KIND_PUBLIC_BODY", {"organisme public", "public body"}},
      {"PARTY_KIND_VENTURE_CAPITAL", {"capital-risque", "venture capital"}},
      {"PARTY_KIND_PUBLIC_INVESTMENT",
       {"société publique de participation", "public investment corporation"}},
      {"PARTY_KIND_BUSINESS_ANGEL", {"investisseur providentiel", "business angel"}},
      {"PARTY_KIND_UNIVERSITY", {"université", "university"}},
      {"PARTY_KIND_INSTITUTIONAL_INVESTOR", {"investisseur institutionnel", "institutional investor"}},
      {"PARTY_KIND_SMALL_LOCAL_AUTHORITY", {"petite collectivité", "small local authority"}},
      {"CONTROL_VOTES_MAJORITY", {"majorité des votes", "majority of votes"}},
      {"CONTROL_BOARD_MAJORITY", {"majorité du conseil", "majority of the board"}},
      {"CONTROL_DOMINANT_INFLUENCE", {"influence dominante", "dominant influence"}},
      {"CONTROL_SHAREHOLDERS_AGREEMENT", {"pacte d’actionnaires", "shareholders’ agreement"}},
      {"EU_SIZE_MICRO", {"microentreprise", "micro"}},
      {"EU_SIZE_SMALL", {"petite entreprise", "small"}},
      {"EU_SIZE_MEDIUM", {"moyenne entreprise", "medium"}},
      {"EU_SIZE_NOT_SME", {"hors PME", "not an SME"}},
      {"FRENCH_CATEGORY_MICRO", {"microentreprise", "microentreprise"}},
      {"FRENCH_CATEGORY_PME", {"PME", "PME"}},
      {"FRENCH_CATEGORY_ETI", {"ETI", "ETI"}},
      {"FRENCH_CATEGORY_LARGE", {"grande entreprise", "grande entreprise"}},
      {"RELATION_ITSELF", {"elle-même", "itself"}},
      {"RELATION_LINKED", {"liée", "linked"}},
      {"RELATION_PARTNER", {"partenaire", "partner"}},
      {"CASE_EFFECT_UNCHANGED", {"inchangé", "unchanged"}},
      {"CASE_EFFECT_AMOUNTS", {"montants", "amounts"}},
      {"CASE_EFFECT_NEWLY_ELIGIBLE", {"devient éligible", "becomes eligible"}},
      {"CASE_EFFECT_NO_LONGER_ELIGIBLE", {"plus éligible", "no longer eligible"}},
      {"CASE_EFFECT_REFUSED", {"refusé", "refused"}},
      {"POSTING_KIND_RESERVATION", {"engagement", "reservation"}},
      {"POSTING_KIND_CHARGE", {"liquidation", "charge"}},
      {"POSTING_KIND_REVERSAL", {"contre-passation", "reversal"}},
      {"POSTING_KIND_PAYMENT", {"paiement", "payment"}},
      {"POSTING_KIND_AMENDMENT", {"avenant", "amendment"}},
      {"POSTING_KIND_RELEASE", {"reliquat rendu", "release"}},
      {"DIMENSION_FUNDER", {"financeur", "funder"}},
      {"DIMENSION_REGION", {"région", "region"}},
      {"DIMENSION_MONTH", {"mois", "month"}},
      {"DIMENSION_PHASE", {"phase", "phase"}},
      {"DIMENSION_SIZE_CLASS", {"taille", "size"}},
      {"DIMENSION_DEPARTMENT", {"département", "department"}},
      {"DIMENSION_SECTOR", {"secteur", "sector"}},
      {"DIMENSION_PROGRAMME", {"programme", "programme"}},
      {"FIXING_DATE_APPLICATION", {"candidature", "application"}},
      {"FIXING_DATE_ADMISSION", {"admission", "admission"}},
      {"FIXING_DATE_AGREEMENT", {"convention", "agreement"}},
      {"FIXING_DATE_FIRST_DAY", {"premier jour", "first day"}},
      {"AID_ORIGIN_GRANTED", {"accordée par nous", "granted by us"}},
      {"AID_ORIGIN_DECLARED", {"déclarée", "declared"}},
      {"AID_ORIGIN_CONFIRMED", {"confirmée", "confirmed"}},
      {"AID_REGIME_GENERAL", {"général", "general"}},
      {"AID_REGIME_AGRICULTURE", {"agriculture", "agriculture"}},
      {"AID_REGIME_FISHERY", {"pêche", "fishery"}},
      {"PAYMENT_BATCH_STATE_OPEN", {"ouvert", "open"}},
      {"PAYMENT_BATCH_STATE_EXPORTED", {"exporté", "exported"}},
      {"PAYMENT_BATCH_STATE_SETTLED", {"soldé", "settled"}},
      {"PAYMENT_ORDER_STATE_OPEN", {"ouvert", "open"}},
      {"PAYMENT_ORDER_STATE_PAID", {"payé", "paid"}},
      {"PAYMENT_ORDER_STATE_CANCELLED", {"annulé", "cancelled"}},
      {"PAYEE_EXPERT", {"l’expert", "the expert"}},
      {"PAYEE_COMPANY", {"l’entreprise", "the company"}},
      {"RECONCILE_OUTCOME_MATCHED", {"rapprochée", "matched"}},
      {"RECONCILE_OUTCOME_KNOWN", {"déjà rapprochée", "known"}},
      {"RECONCILE_OUTCOME_DOUBTFUL", {"douteuse", "doubtful"}},
      {"RECONCILE_OUTCOME_REFUSED", {"refusée", "refused"}},
      {"PAYEE_KIND_EXPERT", {"l’expert", "the expert"}},
      {"PAYEE_KIND_COMPANY", {"l’entreprise", "the company"}},
  };
  return labels;
}

}  // namespace

Kind KindOf(const FieldDescriptor& field) {
  if (IsMoney(field)) return Kind::kEuros;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return Kind::kFlag;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Kind::kEnum;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return IsPercent(field) ? Kind::kPercent : CountsHundredths(field) ? Kind::kHeadcount : Kind::kInteger;
    default:
      break;
  }
  switch (field.options().GetExtension(common::v1::rule).format()) {
    case common::v1::Rule::FORMAT_DATE:
      return Kind::kDate;
    case common::v1::Rule::FORMAT_MONTH:
      return Kind::kMonth;
    case common::v1::Rule::FORMAT_SIREN:
      return Kind::kSiren;
    case common::v1::Rule::FORMAT_UUID:
      return Kind::kUuid;
    case common::v1::Rule::FORMAT_REGION:
      return Kind::kRegion;
    case common::v1::Rule::FORMAT_CODE:
      return Kind::kCode;
    case common::v1::Rule::FORMAT_PARTY:
      return Kind::kParty;
    default:
      return Kind::kText;
  }
}

const FieldDescriptor* FindField(const Descriptor* type, std::string_view path) {
  while (type != nullptr) {
    const size_t dot = path.find('.');
    const FieldDescriptor* field = type->FindFieldByName(std::string(path.substr(0, dot)));
    if (field == nullptr || dot == std::string_view::npos) return field;
    type = field->message_type();
    path.remove_prefix(dot + 1);
  }
  return nullptr;
}

std::variant<Normal, Problem> Normalise(Kind kind, std::string_view text, Language language,
                                        const FieldDescriptor* field) {
  switch (kind) {
    case Kind::kText:
    case Kind::kFile:
    case Kind::kFlag:
      return Normal{std::string(text)};
    case Kind::kCode:
      return Normal{Lower(text)};
    case Kind::kInteger:
      return NormaliseInteger(text, language);
    case Kind::kDate:
      return NormaliseDate(std::string(text), language);
    case Kind::kMonth:
      return NormaliseMonth(std::string(text), language);
    case Kind::kEuros:
      if (const auto cents = ParseEuros(text)) return Normal{std::to_string(cents->value())};
      return Wrong(language, {"n’est pas un montant en euros (1300, 1 300,00 ou 1300.50)",
                              "is not an amount in euros (1300 or 1300.50)"});
    case Kind::kHeadcount:
      return NormaliseHeadcount(text, language);
    case Kind::kPercent:
      return NormalisePercent(text, language);
    case Kind::kParty:
      return Normal{NormaliseParty(text)};
    case Kind::kDays:
      return NormaliseDays(text, language);
    case Kind::kUuid:
      if (const auto uuid = Uuid::Parse(text)) return Normal{uuid->str()};
      return Wrong(language, {"n’est pas un identifiant (UUID de 36 caractères)",
                              "is not an identifier (a UUID of 36 characters)"});
    case Kind::kSiren:
      return NormaliseSiren(text, language);
    case Kind::kRegion:
      return NormaliseRegion(text, language);
    case Kind::kEnum:
      return NormaliseEnum(text, language, *field->enum_type());
  }
  return Normal{std::string(text)};
}

void SetField(Message* message, std::string_view path, const std::string& normal) {
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    const FieldDescriptor* nested =
        message->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    message = message->GetReflection()->MutableMessage(message, nested);
    path.remove_prefix(dot + 1);
  }
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(std::string(path));
  const Reflection* reflection = message->GetReflection();
  const bool repeated = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {  // Money, the only message typed as one value
      Message* money =
          repeated ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field);
      money->GetReflection()->SetInt64(money, money->GetDescriptor()->FindFieldByName("cents"),
                                       std::stoll(normal));
      break;
    }
    case FieldDescriptor::CPPTYPE_STRING:
      repeated ? reflection->AddString(message, field, normal)
               : reflection->SetString(message, field, normal);
      break;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* value = field->enum_type()->FindValueByName(normal);
      repeated ? reflection->AddEnum(message, field, value) : reflection->SetEnum(message, field, value);
      break;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection->SetBool(message, field, normal == "true");
      break;
    case FieldDescriptor::CPPTYPE_INT32: {
      // What does not fit is sent as the nearest that does: the contract's bounds refuse it with their
      // sentence.
      const int64_t value = std::clamp<int64_t>(std::stoll(normal), INT32_MIN, INT32_MAX);
      repeated ? reflection->AddInt32(message, field, static_cast<int32_t>(value))
               : reflection->SetInt32(message, field, static_cast<int32_t>(value));
      break;
    }
    case FieldDescriptor::CPPTYPE_INT64:
      repeated ? reflection->AddInt64(message, field, std::stoll(normal))
               : reflection->SetInt64(message, field, std::stoll(normal));
      break;
    default:
      break;
  }
}

std::string FormatField(const Message& message, std::string_view path, Language language) {
  const auto [holder, field] = Resolve(message, path);
  if (field == nullptr) return "";
  const Reflection* reflection = holder->GetReflection();
  if (!field->is_repeated()) {
    if (field->has_presence() && !reflection->HasField(*holder, field)) return "";
    return FormatValue(*holder, *field, -1, language);
  }
  std::string joined;
  for (int i = 0; i < reflection->FieldSize(*holder, field); ++i) {
    if (i > 0) joined += ", ";
    joined += FormatValue(*holder, *field, i, language);
  }
  return joined;
}

std::vector<std::string> FlatNames(const Descriptor* type) {
  std::vector<std::string> names;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor& field = *type->field(i);
    if (IsAtom(field)) {
      names.push_back(field.name());
    } else if (!field.is_repeated()) {
      for (const std::string& nested : FlatNames(field.message_type())) {
        names.push_back(field.name() + "." + nested);
      }
    }
  }
  return names;
}

std::vector<std::string> FlatValues(const Message& message) {
  std::vector<std::string> values;
  const Descriptor* type = message.GetDescriptor();
  const Reflection* reflection = message.GetReflection();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor& field = *type->field(i);
    if (!IsAtom(field)) {
      if (field.is_repeated()) continue;
      for (std::string& nested : FlatValues(reflection->GetMessage(message, &field))) {
        values.push_back(std::move(nested));
      }
    } else if (field.is_repeated()) {
      std::string joined;
      for (int k = 0; k < reflection->FieldSize(message, &field); ++k) {
        if (k > 0) joined += ';';
        joined += PlainValue(message, field, k);
      }
      values.push_back(std::move(joined));
    } else if (field.has_presence() && !reflection->HasField(message, &field)) {
      values.emplace_back();
    } else {
      values.push_back(PlainValue(message, field, -1));
    }
  }
  return values;
}

bool IsMoney(const FieldDescriptor& field) {
  return IsMessage(field, "jalon.common.v1.Money");
}

bool IsNumeric(const FieldDescriptor& field) {
  if (field.is_repeated()) return false;
  return IsMoney(field) || field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_INT64;
}

std::string EnumWord(const EnumValueDescriptor& value) {
  if (value.number() == 0) return "";
  // The prefix is the type's name in capitals: CASE_STATE_ of CaseState.
  std::string prefix;
  for (const char c : value.type()->name()) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && !prefix.empty()) prefix += '_';
    prefix += capital ? c : static_cast<char>(c - 'a' + 'A');
  }
  return Lower(value.name().substr(value.name().starts_with(prefix + "_") ? prefix.size() + 1 : 0));
}

std::string EnumLabel(const EnumValueDescriptor& value, Language language) {
  const auto label = Labels().find(value.name());
  return label == Labels().end() ? EnumWord(value) : label->second.In(language);
}

std::string DateForPeople(const std::string& iso, Language language) {
  const auto date = Date::Parse(iso);
  return date ? FormatDate(*date, language) : Printable(iso);
}

std::string CountForPeople(int64_t count, Language language) {
  std::string text = std::to_string(count);
  const std::string separator(language == Language::kFrench ? jalon::internal::kNarrowNoBreakSpace
                                                            : std::string_view(","));
  const size_t first = text.starts_with('-') ? 1 : 0;
  for (size_t at = text.size(); at > first + 3;) text.insert(at -= 3, separator);
  return text;
}

}  // namespace jalon::cli
