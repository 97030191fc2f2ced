#include "rules/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <sstream>

#include "base/wording.h"

namespace jalon::rules {
namespace {

// Leaves yaml-cpp's parser from inside its callbacks; caught in ParseYaml and nowhere else.
struct Refused {
  YAML::Mark mark;
  std::string fr;
  std::string en;
};

// Builds the tree from yaml-cpp's events rather than from its Node, which resolves aliases and drops the
// places of repeated keys.
class TreeBuilder : public YAML::EventHandler {
 public:
  std::optional<YamlNode> TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_)
      throw Refused{mark, "Le fichier contient plusieurs documents.", "The file holds several documents."};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseAnchor(mark, anchor);
    Add(mark, YamlNode::Kind::kEmpty);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { RefuseAnchor(mark, 1); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    Add(mark, YamlNode::Kind::kScalar).text = value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    Open(mark, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    Open(mark, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  static void RefuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    throw Refused{mark,
                  "Les ancres et les renvois (&, *) ne sont pas admis : écrivez la valeur à chaque endroit.",
                  "Anchors and aliases (&, *) are not allowed: write the value in each place."};
  }

  // "?" is a plain value and "!" one between quotation marks; whatever else was written by hand.
  static void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Refused{mark, "Les étiquettes de type (!) ne sont pas admises.", "Type tags (!) are not allowed."};
  }

  YamlNode& Add(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (++count_ > kMaxYamlNodes) {
      throw Refused{mark, "Le fichier contient trop de valeurs.", "The file holds too many values."};
    }
    YamlNode node;
    node.kind = kind;
    node.line = mark.line;
    node.column = mark.column;
    if (open_.empty()) return root_.emplace(std::move(node));
    return open_.back()->children.emplace_back(std::move(node));
  }

  // The addresses in open_ stay good: a list grows only while it is the innermost open one, and then none of
  // its children is open.
  void Open(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (open_.size() >= kMaxYamlDepth) {
      throw Refused{mark, "Le fichier a trop de niveaux.", "The file has too many levels."};
    }
    open_.push_back(&Add(mark, kind));
  }
  void Close() { open_.pop_back(); }

  std::optional<YamlNode> root_;
  std::vector<YamlNode*> open_;
  size_t count_ = 0;
};

// The length of the UTF-8 character at the start of `text`, 0 when there is none (RFC 3629: no overlong form,
// no surrogate, nothing beyond U+10FFFF).
size_t CharacterLength(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xC2 && byte(0) <= 0xDF) return continues(1) ? 2 : 0;
  if ((byte(0) & 0xF0) == 0xE0) {
    const bool overlong = byte(0) == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = byte(0) == 0xED && byte(1) > 0x9F;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (byte(0) >= 0xF0 && byte(0) <= 0xF4) {
    const bool overlong = byte(0) == 0xF0 && byte(1) < 0x90;
    const bool beyond = byte(0) == 0xF4 && byte(1) > 0x8F;
    return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

// Where `source` stops being text, if it does.
std::optional<size_t> FindNonText(std::string_view source) {
  for (size_t at = 0; at < source.size();) {
    const char c = source[at];
    const bool control = (static_cast<uint8_t>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
    const size_t length = CharacterLength(source.substr(at));
    if (control || length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

int CountCharacters(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(),
                                        [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

// Turns yaml-cpp's places, in lines from 0 and bytes, into those of an editor.
class Places {
 public:
  explicit Places(std::string_view source) {
    for (size_t start = 0; start <= source.size();) {
      const size_t end = std::min(source.find('\n', start), source.size());
      lines_.push_back(source.substr(start, end - start));
      start = end + 1;
    }
  }

  int Line(int line) const { return std::clamp(line, 0, static_cast<int>(lines_.size()) - 1) + 1; }
  int Column(int line, int column) const {
    const std::string_view text = lines_[static_cast<size_t>(Line(line) - 1)];
    return CountCharacters(text.substr(0, static_cast<size_t>(std::max(column, 0)))) + 1;
  }

  void Apply(YamlNode& node) const {
    node.column = Column(node.line, node.column);
    node.line = Line(node.line);
    for (YamlNode& child : node.children) Apply(child);
  }
  RulebookProblem At(const YAML::Mark& mark, std::string fr, std::string en) const {
    return {Line(mark.line), Column(mark.line, mark.column), Typeset(std::move(fr)), std::move(en)};
  }

 private:
  std::vector<std::string_view> lines_;
};

RulebookProblem NonText(std::string_view source, size_t at) {
  const std::string_view before = source.substr(0, at);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          CountCharacters(before.substr(line_start)) + 1,
          "Ce caractère n’est pas du texte UTF-8 : enregistrez le fichier en UTF-8.",
          "This character is not UTF-8 text: save the file as UTF-8."};
}

}  // namespace

std::optional<YamlNode> ParseYaml(std::string_view source, RulebookProblem& problem) {
  if (source.size() > kMaxYamlBytes) {
    problem = {1, 1, "Le fichier dépasse 200 000 octets.", "The file exceeds 200,000 bytes."};
    return std::nullopt;
  }
  if (const std::optional<size_t> at = FindNonText(source)) {
    problem = NonText(source, *at);
    return std::nullopt;
  }

  const Places places(source);
  TreeBuilder builder;
  try {
    std::istringstream stream{std::string(source)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    problem = places.At(refused.mark, refused.fr, refused.en);
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    problem = places.At(error.mark, "Ce n’est pas du YAML lisible (" + error.msg + ").",
                        "This is not readable YAML (" + error.msg + ").");
    return std::nullopt;
  } catch (const std::exception&) {
    problem = {1, 1, "Ce n’est pas du YAML lisible.", "This is not readable YAML."};
    return std::nullopt;
  }
  std::optional<YamlNode> root = builder.TakeRoot();
  if (!root) root.emplace();  // a file of comments alone
  places.Apply(*root);
  return root;
}

}  // namespace jalon::rules
