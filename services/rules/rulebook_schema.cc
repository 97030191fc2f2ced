#include "rules/rulebook_schema.h"

#include <map>

#include "rules/rulebook_language.h"

namespace jalon::rules {
namespace {

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted.append("\"");
}

// The text of a string, since an editor reads "13 000 EUR" and "42 %" as strings and 13000 as a number.
std::string Pattern(std::string_view types, std::string_view pattern) {
  return "\"type\": " + std::string(types) + ", \"pattern\": " + Quoted(pattern);
}

constexpr std::string_view kNumberOrText = "[\"number\", \"string\"]";

std::string Words(std::span<const Word> words) {
  std::string list;
  for (const Word& word : words) list.append(list.empty() ? "" : ", ").append(Quoted(word.text));
  return "\"enum\": [" + list + "]";
}

std::string ValueSchema(const Field& field) {
  switch (field.kind) {
    case FieldKind::kBlock:
      return "\"$ref\": " + Quoted("#/definitions/" + std::string(field.block->name));
    case FieldKind::kCode:
      return Pattern("\"string\"", "^[a-z][a-z0-9-]{0,63}$");
    case FieldKind::kTitle:
      return "\"type\": \"string\", \"maxLength\": 200";
    case FieldKind::kInteger:
      return "\"type\": \"integer\", \"minimum\": " + std::to_string(field.min) +
             ", \"maximum\": " + std::to_string(field.max);
    case FieldKind::kHeadcount:
      return Pattern(kNumberOrText, "^[0-9][0-9   ]*([.,][0-9]{1,2})?$");
    case FieldKind::kMoney:
      return Pattern(kNumberOrText, "^[0-9][0-9   ]*([.,][0-9]{1,2})?[   ]?(EUR|€)?$");
    case FieldKind::kShare:
      return Pattern(kNumberOrText, "^([0-9]+([.,][0-9]+)?[   ]?%|[0-9]+/[0-9]+|[01]([.,][0-9]+)?)$");
    case FieldKind::kDay:
      return Pattern("\"string\"", "^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$");
    case FieldKind::kYesNo:
      return "\"type\": \"boolean\"";
    case FieldKind::kYes:
      return "\"enum\": [true]";
    case FieldKind::kWord:
      return Words(field.words);
    case FieldKind::kRegion:
      return Pattern(kNumberOrText, "^[0-9]{2}$");
    case FieldKind::kNaf:
      return Pattern(kNumberOrText, "^[0-9]{2}(\\.[0-9]([0-9][A-Z]?)?)?$");
  }
  return "";
}

std::string FieldSchema(const Field& field) {
  std::string value = ValueSchema(field);
  if (field.max_items > 0) {
    value = "\"type\": \"array\", \"maxItems\": " + std::to_string(field.max_items) + ", \"items\": {" +
            value + "}";
  } else if (field.kind == FieldKind::kBlock) {
    value = "\"allOf\": [{" + value + "}]";  // beside a bare $ref an editor would not show the description
  }
  return "\"description\": " + Quoted(std::string(field.fr).append(" / ").append(field.en)) + ", " + value;
}

std::string Keys(const std::vector<std::string_view>& keys) {
  std::string list;
  for (const std::string_view key : keys) list.append(list.empty() ? "" : ", ").append(Quoted(key));
  return "[" + list + "]";
}

std::string BlockSchema(const Block& block, std::string_view indent) {
  const std::string inner = std::string(indent) + "  ";
  std::string text = "\"type\": \"object\",\n" + std::string(indent) + "\"additionalProperties\": false,\n" +
                     std::string(indent) + "\"properties\": {";
  std::vector<std::string_view> required;
  for (const Field& field : block.fields) {
    text.append(&field == block.fields.data() ? "\n" : ",\n").append(inner);
    text.append(Quoted(field.key)).append(": {").append(FieldSchema(field)).append("}");
    if (field.required) required.push_back(field.key);
  }
  text.append("\n").append(indent).append("}");
  if (!required.empty()) text.append(",\n").append(indent).append("\"required\": ").append(Keys(required));
  for (const Choice& choice : block.choices) {
    text.append(",\n").append(indent).append("\"oneOf\": [");
    for (const std::string_view key : choice.keys)
      text.append(key == choice.keys.front() ? "" : ", ")
          .append("{\"required\": ")
          .append(Keys({key}))
          .append("}");
    text.append("]");
  }
  return text;
}

void Collect(const Block& block, std::map<std::string_view, const Block*>& blocks) {
  for (const Field& field : block.fields) {
    if (field.block != nullptr && blocks.emplace(field.block->name, field.block).second)
      Collect(*field.block, blocks);
  }
}

}  // namespace

std::string RulebookSchema() {
  std::map<std::string_view, const Block*> blocks;
  Collect(RulebookBlock(), blocks);
  std::string text =
      "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": \"Jalon rulebook\",\n  " +
      BlockSchema(RulebookBlock(), "  ") + ",\n  \"definitions\": {";
  for (const auto& [name, block] : blocks) {
    text.append(name == blocks.begin()->first ? "\n    " : ",\n    ");
    text.append(Quoted(name)).append(": {\n      ").append(BlockSchema(*block, "      ")).append("\n    }");
  }
  return text.append("\n  }\n}\n");
}

}  // namespace jalon::rules
