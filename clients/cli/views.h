#ifndef JALON_CLIENTS_CLI_VIEWS_H_
#define JALON_CLIENTS_CLI_VIEWS_H_

#include <string>
#include <string_view>
#include <vector>

#include "clients/cli/words.h"

namespace jalon::cli {

// What a person sees of a field. Programs (--json, --csv) get every field and need no view.
struct Column {
  const char* path;
  Words title;
  bool blank_zero = false;  // a zero that means "not yet"
  // A text field that, once it is set, tells more than the path does, and what is shown then.
  const char* unless = nullptr;
  Words otherwise = {};
};

// How messages of one type are shown: the columns of a list, and the lines of a single one.
struct View {
  const char* type;  // full name of the message
  Words title;       // heading of a list within a larger answer
  std::vector<Column> list;
  std::vector<Column> single = {};  // empty: as the list
  bool whole = false;               // the cells of a list are never cut: they are what was asked for
};

// Null for a type that has no view of its own: its fields are then shown under the contract's names.
const View* FindView(std::string_view type);

const std::vector<View>& AllViews();

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_VIEWS_H_
