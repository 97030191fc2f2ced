#ifndef JALON_RULES_RULEBOOK_PLACES_H_
#define JALON_RULES_RULEBOOK_PLACES_H_

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <unordered_map>

#include "rules/rulebook_fields.h"
#include "rules/yaml_tree.h"

namespace jalon::rules {

// Where each message of a rulebook stands in its file, so that a check on messages can point at the lines it
// means. Holds for as long as neither the messages nor the tree move.
class Places {
 public:
  void Note(const google::protobuf::Message& message, const YamlNode& node) { nodes_[&message] = &node; }

  const YamlNode& Of(const google::protobuf::Message& message) const { return *nodes_.at(&message); }
  // The value of a field of it; the message itself where the field does not stand.
  const YamlNode& Of(const google::protobuf::Message& message, std::string_view key) const {
    const YamlNode* const value = FindField(Of(message), key);
    return value == nullptr ? Of(message) : *value;
  }
  // The last item of that text in a list of it.
  const YamlNode& Item(const google::protobuf::Message& message, std::string_view key,
                       std::string_view text) const {
    const YamlNode& list = Of(message, key);
    for (auto item = list.children.rbegin(); item != list.children.rend(); ++item) {
      if (item->text == text) return *item;
    }
    return list;
  }
  bool Has(const google::protobuf::Message& message, std::string_view key) const {
    return FindField(Of(message), key) != nullptr;
  }
  std::string Line(const google::protobuf::Message& message) const {
    return std::to_string(Of(message).line);
  }

 private:
  std::unordered_map<const google::protobuf::Message*, const YamlNode*> nodes_;
};

}  // namespace jalon::rules

#endif  // JALON_RULES_RULEBOOK_PLACES_H_
