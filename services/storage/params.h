#ifndef JALON_STORAGE_PARAMS_H_
#define JALON_STORAGE_PARAMS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jalon::storage {

// The parameters of a statement in PostgreSQL's text form, in the order $1, $2, ….
class Params {
 public:
  Params& Text(std::string_view value) { return Push(std::string(value)); }
  Params& Int(int64_t value) { return Push(std::to_string(value)); }
  Params& Bool(bool value) { return Push(value ? "t" : "f"); }
  Params& Bytes(std::string_view value);
  Params& Null() {
    values_.push_back(std::nullopt);
    return *this;
  }
  // NULL for the proto3 default, which stands for "not given".
  Params& TextOrNull(std::string_view value) { return value.empty() ? Null() : Text(value); }
  Params& IntOrNull(int64_t value) { return value == 0 ? Null() : Int(value); }

  // An array: any range, with `field(item)` a string, an integer or a bool.
  template <class Range, class Field>
  Params& Array(const Range& range, Field field) {
    std::string array = "{";
    for (const auto& item : range) {
      if (array.size() > 1) array += ',';
      AppendElement(array, field(item));
    }
    return Push(array + "}");
  }
  template <class Range>
  Params& Array(const Range& range) {
    return Array(
        range, [](const auto& item) -> const auto& { return item; });
  }

  // An array of strings in which the empty one, proto3's "not given", is NULL.
  template <class Range, class Field>
  Params& ArrayOrNulls(const Range& range, Field field) {
    std::string array = "{";
    for (const auto& item : range) {
      if (array.size() > 1) array += ',';
      const std::string text = field(item);
      if (text.empty()) {
        array += "NULL";
      } else {
        AppendElement(array, text);
      }
    }
    return Push(array + "}");
  }
  Params& Append(const Params& others) {
    values_.insert(values_.end(), others.values_.begin(), others.values_.end());
    return *this;
  }

  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  Params& Push(std::string value) {
    values_.push_back(std::move(value));
    return *this;
  }
  static void AppendElement(std::string& array, std::string_view text);
  static void AppendElement(std::string& array, const std::string& text) {
    AppendElement(array, std::string_view(text));
  }
  static void AppendElement(std::string& array, const char* text) {
    AppendElement(array, std::string_view(text));
  }
  static void AppendElement(std::string& array, bool value) { array += value ? 't' : 'f'; }
  static void AppendElement(std::string& array, int64_t value) { array += std::to_string(value); }
  static void AppendElement(std::string& array, int32_t value) { array += std::to_string(value); }

  std::vector<std::optional<std::string>> values_;
};

// An element of a bytea array or a bytea parameter.
std::string HexBytes(std::string_view bytes);

}  // namespace jalon::storage

#endif  // JALON_STORAGE_PARAMS_H_
