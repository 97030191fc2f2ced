#include "rules/rulebook_diff.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <optional>

#include "base/cents.h"
#include "base/rate.h"
#include "base/text.h"
#include "base/wording.h"
#include "rules/rulebook_language.h"

namespace jalon::rules {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr Language kFr = Language::kFrench;
constexpr Language kEn = Language::kEnglish;

// ---- The value of a field, as a person reads it.

struct Place {
  const Message* message;
  const FieldDescriptor* field;

  const Reflection& reflection() const { return *message->GetReflection(); }
};

Place PlaceOf(const Message& message, const Field& field) {
  std::string_view path = field.path.empty() ? field.key : field.path;
  const Message* holder = &message;
  if (const size_t dot = path.find('.'); dot != std::string_view::npos) {
    const FieldDescriptor* const inner =
        message.GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    holder = &message.GetReflection()->GetMessage(message, inner);
    path.remove_prefix(dot + 1);
  }
  return {holder, holder->GetDescriptor()->FindFieldByName(std::string(path))};
}

std::string Word(const Field& field, int value) {
  const auto found = std::find_if(field.words.begin(), field.words.end(),
                                  [&](const auto& word) { return word.value == value; });
  return found == field.words.end() ? "?" : std::string(found->text);
}

std::string Hundredths(int64_t value, Language language) {
  const std::string whole = std::to_string(value / 100);
  return value % 100 == 0 ? whole
                          : whole + (language == kFr ? "," : ".") + internal::ZeroPadded(value % 100, 2);
}

std::string TextShown(const Field& field, const std::string& text, Language language) {
  return field.kind == FieldKind::kDay ? FormatDate(*Date::Parse(text), language) : text;
}

std::string MessageShown(const Message& message, Language language) {
  if (const auto* rate = dynamic_cast<const common::v1::Rate*>(&message))
    return Rate(rate->numerator(), rate->denominator()).FormatPercent(language);
  return FormatEuros(Cents(static_cast<const common::v1::Money&>(message).cents()), language);
}

std::string ListShown(const Place& place, const Field& field, Language language) {
  std::string list;
  for (int i = 0; i < place.reflection().FieldSize(*place.message, place.field); ++i) {
    list.append(list.empty() ? "" : ", ");
    list.append(field.kind == FieldKind::kWord
                    ? Word(field, place.reflection().GetRepeatedEnumValue(*place.message, place.field, i))
                    : TextShown(field, place.reflection().GetRepeatedString(*place.message, place.field, i),
                                language));
  }
  return list;
}

std::string SingleShown(const Place& place, const Field& field, Language language) {
  const Reflection& reflection = place.reflection();
  switch (place.field->type()) {
    case FieldDescriptor::TYPE_STRING:
      return TextShown(field, reflection.GetString(*place.message, place.field), language);
    case FieldDescriptor::TYPE_ENUM:
      return Word(field, reflection.GetEnumValue(*place.message, place.field));
    case FieldDescriptor::TYPE_BOOL:
      if (reflection.GetBool(*place.message, place.field)) return language == kFr ? "oui" : "yes";
      return language == kFr ? "non" : "no";
    case FieldDescriptor::TYPE_INT32:
      return std::to_string(reflection.GetInt32(*place.message, place.field));
    case FieldDescriptor::TYPE_INT64: {
      const int64_t value = reflection.GetInt64(*place.message, place.field);
      return field.kind == FieldKind::kHeadcount ? Hundredths(value, language)
                                                 : FormatEuros(Cents(value), language);
    }
    default:
      return MessageShown(reflection.GetMessage(*place.message, place.field), language);
  }
}

// Nothing where the field does not stand. A yes-or-no without presence stands when it is yes.
std::optional<std::string> Shown(const Message& message, const Field& field, Language language) {
  const Place place = PlaceOf(message, field);
  if (place.field->is_repeated()) {
    if (place.reflection().FieldSize(*place.message, place.field) == 0) return std::nullopt;
    return ListShown(place, field, language);
  }
  if (!place.reflection().HasField(*place.message, place.field)) return std::nullopt;
  return SingleShown(place, field, language);
}

// The field's own line up to its first reserve: "Prix de toute la phase".
std::string Label(const Field& field, Language language) {
  const std::string_view text = language == kFr ? field.fr : field.en;
  return std::string(internal::Trim(text.substr(0, text.find_first_of(",;:("))));
}

// ---- Blocks and what makes two of them the same.

std::vector<const Message*> BlocksOf(const Message& message, const Field& field) {
  const Place place = PlaceOf(message, field);
  std::vector<const Message*> blocks;
  if (!place.field->is_repeated()) {
    if (place.reflection().HasField(*place.message, place.field))
      blocks.push_back(&place.reflection().GetMessage(*place.message, place.field));
    return blocks;
  }
  for (int i = 0; i < place.reflection().FieldSize(*place.message, place.field); ++i)
    blocks.push_back(&place.reflection().GetRepeatedMessage(*place.message, place.field, i));
  return blocks;
}

// The fields by which a person tells a block from its neighbours.
constexpr std::string_view kNaming[] = {"code",          "region",         "funder",         "phase",
                                        "title_fr",      "valid_from",     "min_half_days",  "max_half_days",
                                        "min_headcount", "max_headcount",  "size_classes",   "regions",
                                        "statuses",      "rolling_years",  "calendar_years", "phases",
                                        "funders",       "min_age_months", "max_age_months", "granted_on"};

bool Names(const Block& block, const Field& field) {
  if (field.kind == FieldKind::kBlock) return false;
  // A phase and an example are known by one thing alone; the rest of them may change.
  if (block.name == "phase") return field.key == "code";
  if (block.name == "example") return field.key == "title_fr";
  if (block.name == "rulebook" || block.name == "eligibility" || block.name == "facts") return false;
  return std::find(std::begin(kNaming), std::end(kNaming), field.key) != std::end(kNaming);
}

std::string Key(const Message& message, const Block& block) {
  std::string key;
  for (const Field& field : block.fields) {
    if (!Names(block, field)) continue;
    if (const auto value = Shown(message, field, kEn))
      key.append(field.key).append("=").append(*value).append(";");
  }
  return key;
}

// "diagnosis"; "du 17/06/2026, 16 demi-journées au moins" is told by the fields' labels.
std::string NameOf(const Message& message, const Block& block, Language language) {
  std::string name;
  for (const Field& field : block.fields) {
    const auto value = Names(block, field) ? Shown(message, field, language) : std::nullopt;
    if (!value) continue;
    const bool plain = field.key == "code" || field.key == "funder" || field.key == "phase" ||
                       field.key == "title_fr" || field.key == "region";
    name.append(name.empty() ? "" : ", ");
    name.append(plain ? *value : Label(field, language) + (language == kFr ? " : " : ": ") + *value);
  }
  return name;
}

struct BlockWord {
  std::string_view name;
  std::string_view fr;
  std::string_view en;
};
constexpr BlockWord kBlockWords[] = {{"phase", "phase", "phase"},
                                     {"tariff", "tarif", "tariff"},
                                     {"coverage", "prise en charge", "coverage"},
                                     {"eligibility", "éligibilité", "eligibility"},
                                     {"region_agreement", "accord de région", "region’s agreement"},
                                     {"requests", "demandes", "applications"},
                                     {"company_ceiling", "plafond par entreprise", "company ceiling"},
                                     {"example", "exemple", "example"},
                                     {"facts", "faits", "facts"},
                                     {"example_phase", "phase convenue", "phase agreed"},
                                     {"share", "part", "share"},
                                     {"earlier_aid", "aide antérieure", "earlier aid"}};

std::string Titled(const Message& message, const Block& block, Language language) {
  const auto* const word = std::find_if(std::begin(kBlockWords), std::end(kBlockWords),
                                        [&](const BlockWord& each) { return each.name == block.name; });
  const std::string name = NameOf(message, block, language);
  return std::string(language == kFr ? word->fr : word->en) + (name.empty() ? "" : " (" + name + ")");
}

// ---- The difference.

struct Path {
  std::string field, fr, en;

  Path Into(const Message& message, const Block& block, const Field& through) const {
    const std::string key = Key(message, block);
    return {field + std::string(through.key) + (key.empty() ? "" : "[" + key + "]") + ".",
            fr + Titled(message, block, kFr) + ", ", en + Titled(message, block, kEn) + ", "};
  }
};

class Differ {
 public:
  void Compare(const Message& before, const Message& after, const Block& block, const Path& path) {
    for (const Field& field : block.fields) {
      if (field.kind == FieldKind::kBlock)
        CompareBlocks(BlocksOf(before, field), BlocksOf(after, field), field, path);
      else
        CompareValues(before, after, field, path);
    }
  }
  std::vector<programme::v1::RulebookChange> Take() { return std::move(changes_); }

 private:
  void Say(std::string field, std::string fr, std::string en) {
    auto& change = changes_.emplace_back();
    change.set_field(std::move(field));
    change.set_text_fr(Typeset(std::move(fr)));
    change.set_text_en(std::move(en));
  }

  void CompareValues(const Message& before, const Message& after, const Field& field, const Path& path) {
    const auto old_fr = Shown(before, field, kFr), new_fr = Shown(after, field, kFr);
    const auto old_en = Shown(before, field, kEn), new_en = Shown(after, field, kEn);
    if (old_en == new_en) return;
    const std::string name = path.field + std::string(field.key), fr = path.fr + Label(field, kFr) + " : ",
                      en = path.en + Label(field, kEn) + ": ";
    if (!old_en) return Say(name, fr + "désormais " + *new_fr + ".", en + "now " + *new_en + ".");
    if (!new_en) return Say(name, fr + *old_fr + " ne vaut plus.", en + *old_en + " no longer holds.");
    Say(name, fr + *old_fr + " devient " + *new_fr + ".", en + *old_en + " becomes " + *new_en + ".");
  }

  void CompareBlocks(std::vector<const Message*> before, std::vector<const Message*> after,
                     const Field& field, const Path& path) {
    const Block& block = *field.block;
    for (const Message* each : before) {
      const auto same = std::find_if(after.begin(), after.end(), [&](const Message* other) {
        return Key(*other, block) == Key(*each, block);
      });
      const Path inside = path.Into(*each, block, field);
      if (same == after.end()) {
        Say(inside.field, path.fr + Titled(*each, block, kFr) + " : n’y est plus.",
            path.en + Titled(*each, block, kEn) + ": is gone.");
        continue;
      }
      Compare(*each, **same, block, inside);
      after.erase(same);
    }
    for (const Message* added : after) {
      Say(path.Into(*added, block, field).field,
          path.fr + Titled(*added, block, kFr) + " : nouveau" + Content(*added, block, kFr) + ".",
          path.en + Titled(*added, block, kEn) + ": new" + Content(*added, block, kEn) + ".");
    }
  }

  // " (Part du coût éligible : 40 %)": what a new block says besides its name.
  static std::string Content(const Message& message, const Block& block, Language language) {
    std::string content;
    for (const Field& field : block.fields) {
      if (field.kind == FieldKind::kBlock || Names(block, field)) continue;
      if (const auto value = Shown(message, field, language)) {
        content.append(content.empty() ? " (" : " ; ").append(Label(field, language));
        content.append(language == kFr ? " : " : ": ").append(*value);
      }
    }
    return content.empty() ? content : content + ")";
  }

  std::vector<programme::v1::RulebookChange> changes_;
};

void Tell(const Message& message, const Block& block, const std::string& indent, Language language,
          std::string& text) {
  for (const Field& field : block.fields) {
    if (field.kind != FieldKind::kBlock) {
      if (const auto value = Shown(message, field, language))
        text.append(indent)
            .append(Label(field, language))
            .append(language == kFr ? " : " : ": ")
            .append(*value)
            .append("\n");
      continue;
    }
    for (const Message* inner : BlocksOf(message, field)) {
      std::string inside;
      Tell(*inner, *field.block, indent + "  ", language, inside);
      if (!inside.empty())
        text.append(indent).append(Titled(*inner, *field.block, language)).append("\n").append(inside);
    }
  }
}

}  // namespace

std::vector<programme::v1::RulebookChange> DiffRulebooks(const programme::v1::Rulebook& before,
                                                         const programme::v1::Rulebook& after) {
  Differ differ;
  differ.Compare(before, after, RulebookBlock(), {});
  return differ.Take();
}

std::string TellRulebook(const programme::v1::Rulebook& rulebook, Language language) {
  std::string text;
  Tell(rulebook, RulebookBlock(), "", language, text);
  return language == kFr ? Typeset(text) : text;
}

}  // namespace jalon::rules
