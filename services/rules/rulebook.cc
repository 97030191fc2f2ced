#include "rules/rulebook.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <utility>

#include "rules/rulebook_checks.h"
#include "rules/rulebook_language.h"
#include "rules/rulebook_places.h"
#include "rules/yaml_tree.h"

namespace jalon::rules {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string List(const std::vector<std::string_view>& keys) {
  std::string list;
  for (const std::string_view key : keys) list.append(list.empty() ? "" : ", ").append(key);
  return list;
}

// A field of the contract and the message that holds it.
struct Slot {
  Message* message;
  const FieldDescriptor* field;

  const google::protobuf::Reflection& reflection() const { return *message->GetReflection(); }
  Message& NewMessage() const {
    return field->is_repeated() ? *reflection().AddMessage(message, field)
                                : *reflection().MutableMessage(message, field);
  }
  void SetText(const std::string& text) const {
    field->is_repeated() ? reflection().AddString(message, field, text)
                         : reflection().SetString(message, field, text);
  }
  void SetWord(int value) const {
    field->is_repeated() ? reflection().AddEnumValue(message, field, value)
                         : reflection().SetEnumValue(message, field, value);
  }
};

Slot FindSlot(Message& message, const Field& field) {
  std::string_view path = field.path.empty() ? field.key : field.path;
  const size_t dot = path.find('.');
  Message* holder = &message;
  if (dot != std::string_view::npos) {
    const FieldDescriptor* const inner =
        message.GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    holder = message.GetReflection()->MutableMessage(&message, inner);
    path.remove_prefix(dot + 1);
  }
  return {holder, holder->GetDescriptor()->FindFieldByName(std::string(path))};
}

// Reads one file into the contract's message, block by block, as the table of the language says.
class RulebookReader {
 public:
  ParsedRulebook Read(const YamlNode& root) {
    ReadBlock(root, RulebookBlock(), rulebook_);
    rulebook_.mutable_eligibility();
    if (!places_.Has(rulebook_, "eligibility")) places_.Note(rulebook_.eligibility(), root);
    CheckRulebook(rulebook_, places_, problems_);
    return {std::move(rulebook_), problems_.Take()};
  }

 private:
  void ReadBlock(const YamlNode& node, const Block& block, Message& message);
  void ReadField(const YamlNode& value, const Field& field, Message& message);
  void ReadValue(const YamlNode& value, const Field& field, const Slot& slot);
  void ReadNumber(const YamlNode& value, const Field& field, const Slot& slot);
  void ReadName(const YamlNode& value, const Field& field, const Slot& slot);
  void ReadMoneyInto(const YamlNode& value, const Field& field, const Slot& slot);
  void CheckChoices(const YamlNode& node, const Block& block);

  programme::v1::Rulebook rulebook_;
  Places places_;
  Problems problems_;
};

void RulebookReader::ReadBlock(const YamlNode& node, const Block& block, Message& message) {
  places_.Note(message, node);
  std::vector<std::string_view> known, required;
  for (const Field& field : block.fields) {
    known.push_back(field.key);
    if (field.required) required.push_back(field.key);
  }
  CheckKeys(node, known, required, problems_);
  CheckChoices(node, block);
  for (const Field& field : block.fields) {
    if (const YamlNode* const value = FindField(node, field.key)) ReadField(*value, field, message);
  }
}

void RulebookReader::CheckChoices(const YamlNode& node, const Block& block) {
  if (node.kind != YamlNode::Kind::kMap) return;
  for (const Choice& choice : block.choices) {
    int standing = 0;
    for (const std::string_view key : choice.keys) standing += FindField(node, key) != nullptr ? 1 : 0;
    if (standing == 1) continue;
    problems_.Add(node, "Il faut ici un et un seul de ces champs : " + List(choice.keys) + ".",
                  "Exactly one of these fields must stand here: " + List(choice.keys) + ".");
  }
}

void RulebookReader::ReadField(const YamlNode& value, const Field& field, Message& message) {
  const std::string fr = "Le champ " + QuoteFr(field.key) + " prend ",
                    en = "The field " + QuoteEn(field.key) + " takes ";
  if (field.max_items == 0) {
    if (field.kind != FieldKind::kBlock && value.kind != YamlNode::Kind::kScalar)
      return problems_.Add(value, fr + "une seule valeur.", en + "a single value.");
    return ReadValue(value, field, FindSlot(message, field));
  }
  if (value.kind != YamlNode::Kind::kList) return problems_.Add(value, fr + "une liste.", en + "a list.");
  if (value.children.size() > field.max_items) {
    const std::string most = std::to_string(field.max_items);
    return problems_.Add(value, fr + most + " éléments au plus.", en + "at most " + most + " items.");
  }
  for (const YamlNode& item : value.children) ReadValue(item, field, FindSlot(message, field));
}

void RulebookReader::ReadValue(const YamlNode& value, const Field& field, const Slot& slot) {
  switch (field.kind) {
    case FieldKind::kBlock:
      return ReadBlock(value, *field.block, slot.NewMessage());
    case FieldKind::kCode:
    case FieldKind::kTitle:
    case FieldKind::kRegion:
    case FieldKind::kNaf:
    case FieldKind::kDay:
      return ReadName(value, field, slot);
    default:
      return ReadNumber(value, field, slot);
  }
}

void RulebookReader::ReadName(const YamlNode& value, const Field& field, const Slot& slot) {
  std::optional<std::string> text;
  if (field.kind == FieldKind::kCode) text = ReadCode(value, problems_);
  if (field.kind == FieldKind::kTitle) text = ReadTitle(value, problems_);
  if (field.kind == FieldKind::kRegion) text = ReadRegion(value, problems_);
  if (field.kind == FieldKind::kNaf) text = ReadNafPrefix(value, problems_);
  if (field.kind == FieldKind::kDay) {
    if (const auto day = ReadDay(value, problems_)) text = day->ToIso();
  }
  if (text) slot.SetText(*text);
}

void RulebookReader::ReadNumber(const YamlNode& value, const Field& field, const Slot& slot) {
  static constexpr Word kYesNo[] = {{"true", 1}, {"false", 0}};
  static constexpr Word kYes[] = {{"true", 1}};
  switch (field.kind) {
    case FieldKind::kInteger:
      if (const auto number = ReadInteger(value, field.min, field.max, problems_))
        slot.reflection().SetInt32(slot.message, slot.field, *number);
      return;
    case FieldKind::kHeadcount:
      if (const auto staff = ReadHeadcount(value, problems_))
        slot.reflection().SetInt64(slot.message, slot.field, *staff);
      return;
    case FieldKind::kYesNo:
    case FieldKind::kYes:
      if (const auto yes = ReadWord(
              value, field.kind == FieldKind::kYes ? std::span<const Word>(kYes) : kYesNo, problems_))
        slot.reflection().SetBool(slot.message, slot.field, *yes == 1);
      return;
    case FieldKind::kWord: {
      const auto word = ReadWord(value, field.words, problems_);
      if (word && *word != kPme) slot.SetWord(*word);
      if (word && *word == kPme) {
        for (const int size :
             {common::v1::SIZE_CLASS_MICRO, common::v1::SIZE_CLASS_SMALL, common::v1::SIZE_CLASS_MEDIUM})
          slot.SetWord(size);
      }
      return;
    }
    default:
      return ReadMoneyInto(value, field, slot);
  }
}

void RulebookReader::ReadMoneyInto(const YamlNode& value, const Field& field, const Slot& slot) {
  if (field.kind == FieldKind::kShare) {
    if (const auto share = ReadShare(value, problems_)) {
      auto& rate = static_cast<common::v1::Rate&>(slot.NewMessage());
      rate.set_numerator(share->numerator());
      rate.set_denominator(share->denominator());
    }
    return;
  }
  const auto amount = ReadMoney(value, Cents(field.max), problems_);
  if (!amount) return;
  if (slot.field->type() == FieldDescriptor::TYPE_INT64)
    return slot.reflection().SetInt64(slot.message, slot.field, amount->value());
  auto& money = static_cast<common::v1::Money&>(slot.NewMessage());
  money.set_cents(amount->value());
  money.set_currency("EUR");
}

}  // namespace

ParsedRulebook ParseRulebook(std::string_view source) {
  RulebookProblem problem;
  const std::optional<YamlNode> root = ParseYaml(source, problem);
  if (!root) return {{}, {problem}};
  return RulebookReader().Read(*root);
}

}  // namespace jalon::rules
