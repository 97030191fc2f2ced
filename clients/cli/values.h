#ifndef JALON_CLIENTS_CLI_VALUES_H_
#define JALON_CLIENTS_CLI_VALUES_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/date.h"
#include "base/language.h"
#include "google/protobuf/message.h"

// Between what people type or read and the fields of messages, by reflection.
namespace jalon::cli {

enum class Kind {
  kText,
  kFile,  // text; the name of a file
  kInteger,
  kFlag,
  kDate,       // normal form: ISO; typed also as 14/03/2026, today, aujourd’hui
  kMonth,      // 2026-03; typed also as 03/2026
  kEuros,      // normal form: cents
  kHeadcount,  // full-time equivalents; normal form: hundredths
  kPercent,    // normal form: hundredths of a percent
  kDays,       // days of two half-days; normal form: half-days
  kUuid,
  kSiren,
  kParty,  // a SIREN or a code
  kRegion,
  kCode,
  kEnum,  // only of a field
};

// What a field takes, from its type and the contract's rule.
Kind KindOf(const google::protobuf::FieldDescriptor& field);

// "facts.turnover" in `type`; null when there is no such field.
const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor* type,
                                                   std::string_view path);

struct Normal {
  std::string value;
};
struct Problem {
  std::string sentence;  // in the language asked for
};

// What a person typed, in normal form, or what is wrong with it. `field` is needed for kEnum.
std::variant<Normal, Problem> Normalise(Kind kind, std::string_view text, Language language,
                                        const google::protobuf::FieldDescriptor* field = nullptr);

// Sets a field, or adds to a repeated one, from the normal form.
void SetField(google::protobuf::Message* message, std::string_view path, const std::string& normal);

// For people: "13 000,00 €", "1,5 jour", "admis", "oui". A repeated field's values are joined by commas.
std::string FormatField(const google::protobuf::Message& message, std::string_view path, Language language);

// For programs: 13000.00, 3, admitted, true, 2026-03-14T10:00:00Z; every scalar of the message, nested ones
// under dotted names. Repeated scalars are joined by semicolons; repeated messages are left out.
std::vector<std::string> FlatNames(const google::protobuf::Descriptor* type);
std::vector<std::string> FlatValues(const google::protobuf::Message& message);

bool IsMoney(const google::protobuf::FieldDescriptor& field);
// A number in a table.
bool IsNumeric(const google::protobuf::FieldDescriptor& field);

// "admis" for CASE_STATE_ADMITTED; the contract's own word where the field has none.
std::string EnumLabel(const google::protobuf::EnumValueDescriptor& value, Language language);
// "admitted" for CASE_STATE_ADMITTED; empty for the unspecified value.
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value);

// "26/11/2026" within a French sentence; a date that cannot be read stays as it is.
std::string DateForPeople(const std::string& iso, Language language);

// "6 936".
std::string CountForPeople(int64_t count, Language language);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_VALUES_H_
