#ifndef JALON_DOCUMENT_DOCUMENT_H_
#define JALON_DOCUMENT_DOCUMENT_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "base/date.h"
#include "base/language.h"

// A document to print, to sign and to keep: what stands in it, told without a word of how it looks. Pure: no
// clock, no file, no wire. Texts are UTF-8; what is not is shown as U+FFFD.
namespace jalon::document {

enum class Align { kLeft, kCentre, kRight };

// A title within the document. It is never the last line of a page.
struct Heading {
  std::string text;
};

enum class Tone { kPlain, kStrong, kSmall };

// Lines are broken where they are full, and at each '\n'.
struct Paragraph {
  std::string text;
  Tone tone = Tone::kPlain;
};

// Names and their values, one pair under the other.
struct Facts {
  struct Fact {
    std::string name;
    std::string value;
  };
  std::vector<Fact> facts;
};

// A table takes the width of the page. Its titles stand again on each page that it goes on to. A row stays on
// one page unless it is taller than one.
struct Table {
  struct Column {
    std::string title;
    Align align = Align::kLeft;
    int share = 1;  // of the width, beside the others' shares
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows = {};  // a row's missing cells are empty
  std::vector<std::string> total = {};              // the last row, in bold; none when empty
  int least_row_height_mm = 0;                      // for cells to be signed by hand
};

// Who signs, side by side (at most four in a row), each above room for a signature. Never cut by a page's
// end.
struct Signatures {
  struct Party {
    std::string name;
    std::string lines;  // under the name, as "Fait à …, le …"
  };
  std::vector<Party> parties;
};

struct PageBreak {};

using Block = std::variant<Heading, Paragraph, Facts, Table, Signatures, PageBreak>;

struct Document {
  Language language = Language::kFrench;
  std::string title;
  std::string author;
  Date date;  // the day it is of, also in the file's properties: no clock is asked
  // At the top of each page, left and right, and at its bottom, beside "page x of y".
  std::string header;
  std::string reference;
  std::string footer;
  bool is_landscape = false;
  std::vector<Block> blocks;
};

// A4 pages. The same description makes the same bytes, as long as the same fonts and libraries are installed.
// An internal error when the font is not.
absl::StatusOr<std::string> ToPdf(const Document& document);

}  // namespace jalon::document

#endif  // JALON_DOCUMENT_DOCUMENT_H_
