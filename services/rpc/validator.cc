#include "rpc/validator.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "base/date.h"
#include "base/email.h"
#include "base/paris.h"
#include "base/siren.h"
#include "base/uuid.h"
#include "jalon/common/v1/options.pb.h"
#include "jalon/common/v1/types.pb.h"

namespace jalon::rpc {
namespace {

using common::v1::Rule;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDefaultTextLength = 200;
constexpr int kDefaultCodeLength = 64;
// More would help nobody, and each is sent back.
constexpr size_t kMostViolations = 100;

struct FieldRule {
  const FieldDescriptor* field;
  Rule rule;
};

// The fields of a message with their rules: read from the options once, as reading them costs more than
// checking.
const std::vector<FieldRule>& RulesOf(const Descriptor* descriptor) {
  static std::shared_mutex mutex;
  static std::unordered_map<const Descriptor*, std::vector<FieldRule>> known;
  {
    const std::shared_lock lock(mutex);
    if (const auto found = known.find(descriptor); found != known.end()) return found->second;
  }
  std::vector<FieldRule> rules;
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    rules.push_back({field, field->options().GetExtension(common::v1::rule)});
  }
  const std::unique_lock lock(mutex);
  return known.emplace(descriptor, std::move(rules)).first->second;
}

// Characters of UTF-8 text (protobuf has checked that it is).
int64_t CharacterCount(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool IsCode(std::string_view text) {
  return !text.empty() && text[0] >= 'a' && text[0] <= 'z' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f; });
}

// Whether a carriage return stands elsewhere than at the end of a line, or any other control character.
bool HasControlInLines(std::string_view text) {
  for (size_t line = 0; line < text.size();) {
    const size_t feed = text.find('\n', line);
    std::string_view words = text.substr(line, feed == std::string_view::npos ? feed : feed - line);
    if (feed != std::string_view::npos && words.ends_with('\r')) words.remove_suffix(1);
    if (HasControl(words)) return true;
    line = feed == std::string_view::npos ? text.size() : feed + 1;
  }
  return false;
}

bool IsRegion(std::string_view text) {
  return text.size() == 2 && text[0] >= '0' && text[0] <= '9' && text[1] >= '0' && text[1] <= '9';
}

class Walk {
 public:
  std::vector<Violation> Take() { return std::move(violations_); }

  void Check(const Message& message, const std::string& path) {
    for (const auto& [field, rule] : RulesOf(message.GetDescriptor())) {
      if (violations_.size() >= kMostViolations) return;
      const std::string name = path.empty() ? field->name() : path + "." + field->name();
      if (field->is_repeated()) {
        CheckRepeated(message, field, rule, name);
      } else {
        CheckSingle(message, field, rule, name);
      }
    }
  }

 private:
  void Add(const std::string& field, std::string fr, std::string en) {
    violations_.push_back({field, std::move(fr), std::move(en)});
  }

  void CheckRepeated(const Message& message, const FieldDescriptor* field, const Rule& rule,
                     const std::string& name) {
    const auto* reflection = message.GetReflection();
    const int count = reflection->FieldSize(message, field);
    if (count < rule.min_items())
      Add(name, "au moins " + std::to_string(rule.min_items()) + " élément(s)",
          "at least " + std::to_string(rule.min_items()) + " item(s)");
    if (rule.max_items() > 0 && count > rule.max_items()) {
      return Add(
          name,
          "au plus " + std::to_string(rule.max_items()) + " éléments (reçu " + std::to_string(count) + ")",
          "at most " + std::to_string(rule.max_items()) + " items (got " + std::to_string(count) + ")");
    }
    if (rule.judged_by_handler()) return;
    for (int i = 0; i < count && violations_.size() < kMostViolations; ++i) {
      const std::string item = name + "[" + std::to_string(i) + "]";
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Check(reflection->GetRepeatedMessage(message, field, i), item);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        std::string scratch;
        CheckText(reflection->GetRepeatedStringReference(message, field, i, &scratch), rule, item);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        CheckEnum(field, reflection->GetRepeatedEnumValue(message, field, i), true, item);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
        CheckBounds(reflection->GetRepeatedInt32(message, field, i), rule, item);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
        CheckBounds(reflection->GetRepeatedInt64(message, field, i), rule, item);
      }
    }
  }

  void CheckSingle(const Message& message, const FieldDescriptor* field, const Rule& rule,
                   const std::string& name) {
    const auto* reflection = message.GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        const std::string& text = reflection->GetStringReference(message, field, &scratch);
        if (text.empty()) break;
        CheckText(text, rule, name);
        return CheckMoment(message, text, rule, name);
      }
      case FieldDescriptor::CPPTYPE_INT32:
        return CheckNumber(reflection->GetInt32(message, field), rule, name);
      case FieldDescriptor::CPPTYPE_INT64:
        return CheckNumber(reflection->GetInt64(message, field), rule, name);
      case FieldDescriptor::CPPTYPE_ENUM:
        return CheckEnum(field, reflection->GetEnumValue(message, field), rule.required(), name);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (reflection->HasField(message, field))
          return CheckMessage(reflection->GetMessage(message, field), rule, name);
        break;
      default:
        return;
    }
    if (rule.required()) Add(name, "à renseigner", "required");
  }

  // Of a date or a month, what it must not precede or follow. Both forms compare as text.
  void CheckMoment(const Message& message, const std::string& text, const Rule& rule,
                   const std::string& name) {
    if (!Date::Parse(text) && !Month::Parse(text)) return;
    if (!rule.not_before().empty()) {
      const auto* field = message.GetDescriptor()->FindFieldByName(rule.not_before());
      const std::string beginning = message.GetReflection()->GetString(message, field);
      if (text < beginning && (Date::Parse(beginning) || Month::Parse(beginning)))
        Add(name, "la fin précède le début", "the end comes before the start");
    }
    if (!rule.happened()) return;
    if (const std::string today = Today().ToIso(); text > today)
      Add(name, "au plus tard aujourd’hui, le " + today, "today, " + today + ", at the latest");
  }

  void CheckMessage(const Message& message, const Rule& rule, const std::string& name) {
    const auto* money = dynamic_cast<const common::v1::Money*>(&message);
    if (money == nullptr) return Check(message, name);
    CheckBounds(money->cents(), rule, name + ".cents");
    if (!money->currency().empty() && money->currency() != "EUR")
      Add(name + ".currency", "EUR seulement", "EUR only");
  }

  void CheckNumber(int64_t value, const Rule& rule, const std::string& name) {
    if (value == 0 && rule.required() && rule.min() > 0) return Add(name, "à renseigner", "required");
    if (value != 0 || rule.required()) CheckBounds(value, rule, name);
  }

  void CheckBounds(int64_t value, const Rule& rule, const std::string& name) {
    if (rule.has_min() && value < rule.min())
      Add(name, "au moins " + std::to_string(rule.min()), "at least " + std::to_string(rule.min()));
    if (rule.has_max() && value > rule.max())
      Add(name, "au plus " + std::to_string(rule.max()), "at most " + std::to_string(rule.max()));
  }

  void CheckEnum(const FieldDescriptor* field, int value, bool required, const std::string& name) {
    if (field->enum_type()->FindValueByNumber(value) == nullptr)
      return Add(name, "valeur inconnue", "unknown value");
    if (required && value == 0) Add(name, "à renseigner", "required");
  }

  void CheckText(std::string_view text, const Rule& rule, const std::string& name) {
    const bool free_text = rule.format() == Rule::FORMAT_TEXT || rule.format() == Rule::FORMAT_LINE ||
                           rule.format() == Rule::FORMAT_FILE || rule.format() == Rule::FORMAT_UNSPECIFIED;
    const int most = rule.max_length() > 0 ? rule.max_length()
                     : free_text           ? kDefaultTextLength
                                           : kDefaultCodeLength;
    if (CharacterCount(text) > most) {
      return Add(name, "au plus " + std::to_string(most) + " caractères",
                 "at most " + std::to_string(most) + " characters");
    }
    switch (rule.format()) {
      case Rule::FORMAT_UUID:
        if (!Uuid::Parse(text)) Add(name, "un UUID est attendu", "a UUID is expected");
        break;
      case Rule::FORMAT_DATE:
        if (!Date::Parse(text))
          Add(name, "une date AAAA-MM-JJ qui existe, de 1900 à 2199",
              "a date YYYY-MM-DD that exists, 1900 to 2199");
        break;
      case Rule::FORMAT_MONTH:
        if (!Month::Parse(text))
          Add(name, "un mois AAAA-MM, de 1900 à 2199", "a month YYYY-MM, 1900 to 2199");
        break;
      case Rule::FORMAT_SIREN:
        CheckSirenText(text, name);
        break;
      case Rule::FORMAT_CODE:
        CheckCode(text, name);
        break;
      case Rule::FORMAT_PARTY:
        if (text[0] >= '0' && text[0] <= '9') {
          CheckSirenText(text, name);
        } else {
          CheckCode(text, name);
        }
        break;
      case Rule::FORMAT_REGION:
        if (!IsRegion(text))
          Add(name, "le code INSEE d’une région, deux chiffres", "the INSEE code of a region, two digits");
        break;
      case Rule::FORMAT_FILE:
        if (HasControlInLines(text)) Add(name, "sans caractères de contrôle", "without control characters");
        break;
      case Rule::FORMAT_EMAIL:
        if (!IsEmailAddress(text))
          Add(name, "une adresse électronique, comme claire@exemple.fr",
              "an e-mail address, as claire@example.org");
        break;
      case Rule::FORMAT_LANGUAGE:
        if (text != "fr" && text != "en") Add(name, "fr ou en", "fr or en");
        break;
      case Rule::FORMAT_LINE:
        if (text.find('\n') != std::string_view::npos) Add(name, "sur une ligne", "on one line");
        [[fallthrough]];
      default:
        if (HasControl(text)) Add(name, "sans caractères de contrôle", "without control characters");
    }
  }

  void CheckCode(std::string_view text, const std::string& name) {
    if (!IsCode(text))
      Add(name, "minuscules, chiffres et tirets, une lettre d’abord",
          "lower-case letters, digits and hyphens, a letter first");
  }

  void CheckSirenText(std::string_view text, const std::string& name) {
    if (const auto problem = CheckSiren(text)) {
      switch (*problem) {
        case IdentifierProblem::kNotDigits:
          return Add(name, "le SIREN ne contient que des chiffres", "a SIREN has digits only");
        case IdentifierProblem::kWrongLength:
          return Add(name, "le SIREN a neuf chiffres", "a SIREN has nine digits");
        case IdentifierProblem::kBadChecksum:
          return Add(name, "la clé du SIREN est fausse : un chiffre est erroné",
                     "the SIREN’s check digit is wrong: a digit is mistyped");
      }
    } else if (text.size() != 9) {
      Add(name, "le SIREN s’écrit ici sans espaces", "write the SIREN without spaces here");
    }
  }

  std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> Violations(const Message& message) {
  Walk walk;
  walk.Check(message, "");
  return walk.Take();
}

}  // namespace jalon::rpc
