#include "document/document.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"

namespace jalon::document {
namespace {

// Lengths are in points, as in PDF: 72 to the inch.
constexpr double kMm = 72 / 25.4;
constexpr double kShortSide = 210 * kMm, kLongSide = 297 * kMm;
constexpr double kMargin = 20 * kMm;
constexpr double kHeaderTop = 10 * kMm, kFooterTop = 14 * kMm;  // the latter from the bottom
constexpr double kGap = 6;                                      // between blocks
constexpr double kPadding = 3;                                  // in a cell
constexpr double kSignatureRoom = 25 * kMm;
constexpr size_t kSignaturesInARow = 4;

constexpr char kFamily[] = "DejaVu Sans";
struct Type {
  double size;
  bool bold;
};
constexpr Type kTitle{15, true}, kHeading{11, true}, kText{9.5, false}, kStrong{9.5, true};
constexpr Type kCell{8.5, false}, kCellStrong{8.5, true}, kSmall{7.5, false};

// GLib's and cairo's objects, let go of by the function that the library names for it.
template <auto kRelease>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    kRelease(object);
  }
};
using Surface = std::unique_ptr<cairo_surface_t, Release<cairo_surface_destroy>>;
using Cairo = std::unique_ptr<cairo_t, Release<cairo_destroy>>;
using Context = std::unique_ptr<PangoContext, Release<g_object_unref>>;
using Layout = std::unique_ptr<PangoLayout, Release<g_object_unref>>;
using LineIterator = std::unique_ptr<PangoLayoutIter, Release<pango_layout_iter_free>>;
using FontDescription = std::unique_ptr<PangoFontDescription, Release<pango_font_description_free>>;
using Line = std::unique_ptr<PangoLayoutLine, Release<pango_layout_line_unref>>;

// A line of text within its block.
struct SetLine {
  Line line;
  double x;
  double baseline;  // from the line's own top
  double height;
};
using SetText = std::vector<SetLine>;

double HeightOf(const SetText& text) {
  double height = 0;
  for (const SetLine& line : text) height += line.height;
  return height;
}

// What stands where on a page.
struct Mark {
  double x, y;
  Line line;             // a line of text with its baseline at y; or, where there is none,
  double width, height;  // a rectangle
  double grey;           // 0 is black
};
using Page = std::vector<Mark>;

// Pango draws a box with a number in it for a control character: no reader asked for one.
std::string Printable(std::string_view text) {
  const std::unique_ptr<char, Release<g_free>> valid(
      g_utf8_make_valid(text.data(), static_cast<gssize>(text.size())));
  std::string printable = valid.get();
  for (char& c : printable)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') c = ' ';
  return printable;
}

FontDescription FontOf(Type type) {
  FontDescription font(pango_font_description_new());
  pango_font_description_set_family_static(font.get(), kFamily);
  pango_font_description_set_absolute_size(font.get(), type.size * PANGO_SCALE);
  if (type.bold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
  return font;
}

// Breaks texts into lines, as wide as their glyphs are on paper: nothing is rounded to a screen's pixels.
class Setter {
 public:
  explicit Setter(Language language)
      : map_(pango_cairo_font_map_get_default()), context_(pango_font_map_create_context(map_)) {
    const std::unique_ptr<cairo_font_options_t, Release<cairo_font_options_destroy>> options(
        cairo_font_options_create());
    cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(context_.get(), options.get());
    pango_cairo_context_set_resolution(context_.get(), 72);
    pango_context_set_round_glyph_positions(context_.get(), FALSE);
    pango_context_set_language(context_.get(),
                               pango_language_from_string(language == Language::kFrench ? "fr" : "en"));
  }

  bool HasFont() const {
    const std::unique_ptr<PangoFont, Release<g_object_unref>> font(
        pango_font_map_load_font(map_, context_.get(), FontOf(kText).get()));
    if (font == nullptr) return false;
    const FontDescription found(pango_font_describe(font.get()));
    return std::strcmp(pango_font_description_get_family(found.get()), kFamily) == 0;
  }

  SetText Set(std::string_view text, Type type, double width, Align align = Align::kLeft) const {
    const Layout layout(pango_layout_new(context_.get()));
    pango_layout_set_font_description(layout.get(), FontOf(type).get());
    pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_line_spacing(layout.get(), 1.15F);
    pango_layout_set_alignment(layout.get(), align == Align::kRight    ? PANGO_ALIGN_RIGHT
                                             : align == Align::kCentre ? PANGO_ALIGN_CENTER
                                                                       : PANGO_ALIGN_LEFT);
    pango_layout_set_text(layout.get(), Printable(text).c_str(), -1);
    return LinesOf(layout.get());
  }

 private:
  static SetText LinesOf(PangoLayout* layout) {
    SetText lines;
    const LineIterator at(pango_layout_get_iter(layout));
    do {
      PangoRectangle box;
      int top, bottom;
      pango_layout_iter_get_line_extents(at.get(), nullptr, &box);
      pango_layout_iter_get_line_yrange(at.get(), &top, &bottom);
      const int baseline = pango_layout_iter_get_baseline(at.get());
      lines.push_back({Line(pango_layout_line_ref(pango_layout_iter_get_line_readonly(at.get()))),
                       pango_units_to_double(box.x), pango_units_to_double(baseline - top),
                       pango_units_to_double(bottom - top)});
    } while (pango_layout_iter_next_line(at.get()));
    return lines;
  }

  PangoFontMap* const map_;  // of this thread, and Pango's
  const Context context_;
};

// Fills pages from top to bottom. Only when the last is full is it known how many there are.
class Composer {
 public:
  explicit Composer(const Document& document)
      : document_(document),
        setter_(document.language),
        width_(document.is_landscape ? kLongSide : kShortSide),
        height_(document.is_landscape ? kShortSide : kLongSide) {}

  double width() const { return width_; }
  double height() const { return height_; }
  bool HasFont() const { return setter_.HasFont(); }

  std::vector<Page> Compose() {
    NewPage();
    if (!document_.title.empty()) {
      PlaceText(setter_.Set(document_.title, kTitle, Inside()));
      y_ += kGap;
    }
    for (const Block& block : document_.blocks) std::visit([this](const auto& one) { Place(one); }, block);
    for (size_t i = 0; i < pages_.size(); ++i) PlaceMargins(i);
    return std::move(pages_);
  }

 private:
  // One beside the other, each in its column.
  struct Cell {
    double x;
    SetText text;
    size_t placed = 0;
  };
  using Row = std::vector<Cell>;
  using Repeat = std::function<void()>;

  double Inside() const { return width_ - 2 * kMargin; }
  double Bottom() const { return height_ - kMargin - 2 * kGap; }
  double Room() const { return Bottom() - y_; }

  void NewPage() {
    pages_.emplace_back();
    y_ = kMargin;
  }
  void Need(double height) {
    if (height > Room() && y_ > kMargin) NewPage();
  }

  void Write(Page& page, double x, double y, SetLine& line, double grey = 0) {
    page.push_back({x + line.x, y + line.baseline, std::move(line.line), 0, 0, grey});
  }
  void Fill(double x, double y, double width, double height, double grey) {
    pages_.back().push_back({x, y, nullptr, width, height, grey});
  }

  void Place(const Heading& heading) {
    SetText text = setter_.Set(heading.text, kHeading, Inside());
    y_ += kGap;
    Need(HeightOf(text) + 4 * kText.size);
    PlaceText(std::move(text));
    y_ += kGap / 2;
  }

  void Place(const Paragraph& paragraph) {
    const Type type = paragraph.tone == Tone::kStrong  ? kStrong
                      : paragraph.tone == Tone::kSmall ? kSmall
                                                       : kText;
    PlaceText(setter_.Set(paragraph.text, type, Inside()));
    y_ += kGap;
  }

  void Place(const Facts& facts) {
    const double first = Inside() * 0.36;
    for (const Facts::Fact& fact : facts.facts) {
      Row row;
      row.push_back({kMargin, setter_.Set(fact.name, kText, first - kGap)});
      row.push_back({kMargin + first, setter_.Set(fact.value, kStrong, Inside() - first)});
      PlaceRow(std::move(row), 1, 0, [] {});
    }
    y_ += kGap;
  }

  void Place(const Table& table) {
    if (table.columns.empty()) return;
    std::vector<std::string> titles;
    for (const Table::Column& column : table.columns) titles.push_back(column.title);
    const double head = HeightOfRow(SetRow(table, titles, kCellStrong));
    // Titles that would leave little of a page for rows stand once.
    const bool is_repeated = head < (Bottom() - kMargin) / 3;
    const auto place_titles = [&] {
      Fill(kMargin, y_, Inside(), std::min(head + 2 * kPadding, Room()), 0.9);
      PlaceRow(SetRow(table, titles, kCellStrong), kPadding, 0, [] {});
    };
    const Repeat repeat = is_repeated ? Repeat(place_titles) : Repeat([] {});
    Need(head + 4 * kCell.size + table.least_row_height_mm * kMm);
    place_titles();
    for (const auto& row : table.rows) PlaceTableRow(table, row, kCell, repeat);
    if (!table.total.empty()) PlaceTableRow(table, table.total, kCellStrong, repeat);
    y_ += kGap;
  }

  void Place(const Signatures& signatures) {
    for (size_t first = 0; first < signatures.parties.size(); first += kSignaturesInARow) {
      const size_t count = std::min(kSignaturesInARow, signatures.parties.size() - first);
      const double width =
          (Inside() - static_cast<double>(count - 1) * 2 * kGap) / static_cast<double>(count);
      Row row;
      for (size_t i = 0; i < count; ++i) {
        const Signatures::Party& party = signatures.parties[first + i];
        const double x = kMargin + static_cast<double>(i) * (width + 2 * kGap);
        SetText text = setter_.Set(party.name, kStrong, width - 2 * kPadding);
        SetText lines = setter_.Set(party.lines, kCell, width - 2 * kPadding);
        std::move(lines.begin(), lines.end(), std::back_inserter(text));
        row.push_back({x + kPadding, std::move(text)});
      }
      PlaceSignatures(std::move(row), width);
    }
  }

  void Place(const PageBreak&) { NewPage(); }

  void PlaceSignatures(Row row, double width) {
    const double height = HeightOfRow(row) + kSignatureRoom;
    Need(height);
    const double top = y_;
    for (const Cell& cell : row) {
      const double x = cell.x - kPadding;
      Fill(x, top, width, 0.5, 0.4);
      Fill(x, top + height, width, 0.5, 0.4);
      Fill(x, top, 0.5, height, 0.4);
      Fill(x + width, top, 0.5, height + 0.5, 0.4);
    }
    PlaceRow(std::move(row), kPadding, 0, [] {});
    y_ = std::max(y_, top + height) + kGap;
  }

  void PlaceTableRow(const Table& table, const std::vector<std::string>& cells, Type type,
                     const Repeat& repeat) {
    PlaceRow(SetRow(table, cells, type), kPadding, table.least_row_height_mm * kMm, repeat);
    Fill(kMargin, y_, Inside(), 0.4, 0.6);
  }

  Row SetRow(const Table& table, const std::vector<std::string>& cells, Type type) const {
    double shares = 0;
    for (const Table::Column& column : table.columns) shares += std::max(column.share, 1);
    Row row;
    double x = kMargin;
    for (size_t i = 0; i < table.columns.size(); ++i) {
      const double width = Inside() * std::max(table.columns[i].share, 1) / shares;
      row.push_back({x + kPadding, setter_.Set(i < cells.size() ? cells[i] : "", type,
                                               std::max(width - 2 * kPadding, 1.0), table.columns[i].align)});
      x += width;
    }
    return row;
  }

  static double HeightOfRow(const Row& row) {
    double height = 0;
    for (const Cell& cell : row) height = std::max(height, HeightOf(cell.text));
    return height;
  }

  // On one page if it fits into one, else line by line. `repeat` is what a new page begins with.
  void PlaceRow(Row row, double padding, double least_height, const Repeat& repeat) {
    const double height = std::max(HeightOfRow(row) + 2 * padding, least_height);
    if (height > Room() && y_ > kMargin && height <= Bottom() - kMargin) {
      NewPage();
      repeat();
    }
    while (true) {
      const double top = y_;
      const double used = PlacePiece(row, padding);
      const bool is_whole = std::all_of(row.begin(), row.end(),
                                        [](const Cell& cell) { return cell.placed == cell.text.size(); });
      y_ = top + used;
      if (is_whole) {
        y_ = std::max(y_, top + std::min(least_height, Bottom() - top));
        return;
      }
      NewPage();
      repeat();
    }
  }

  // As many lines of each cell as there is room for, at least one at the top of a page. Returns the height.
  double PlacePiece(Row& row, double padding) {
    double used = 0;
    for (Cell& cell : row) {
      double at = padding;
      for (bool is_first = true; cell.placed < cell.text.size(); is_first = false) {
        SetLine& line = cell.text[cell.placed];
        if (at + line.height + padding > Room() && !is_first) break;
        Write(pages_.back(), cell.x, y_ + at, line);
        at += line.height;
        ++cell.placed;
      }
      used = std::max(used, at + padding);
    }
    return used;
  }

  void PlaceText(SetText text) {
    // No page ends with a paragraph's first line alone.
    if (text.size() > 1) Need(text[0].height + text[1].height);
    for (SetLine& line : text) {
      Need(line.height);
      Write(pages_.back(), kMargin, y_, line);
      y_ += line.height;
    }
  }

  // A long header is cut, so that it never runs into the text.
  void PlaceMargin(size_t page, std::string_view text, double y, Align align) {
    if (text.empty()) return;
    const double half = Inside() / 2 - kGap;
    SetText set = setter_.Set(text, kSmall, half, align);
    const double x = align == Align::kRight ? width_ - kMargin - half : kMargin;
    for (size_t i = 0; i < std::min<size_t>(set.size(), 2); ++i) {
      Write(pages_[page], x, y, set[i], 0.35);
      y += set[i].height;
    }
  }

  void PlaceMargins(size_t page) {
    PlaceMargin(page, document_.header, kHeaderTop, Align::kLeft);
    PlaceMargin(page, document_.reference, kHeaderTop, Align::kRight);
    PlaceMargin(page, document_.footer, height_ - kFooterTop, Align::kLeft);
    const bool is_french = document_.language == Language::kFrench;
    PlaceMargin(
        page,
        "page " + std::to_string(page + 1) + (is_french ? " sur " : " of ") + std::to_string(pages_.size()),
        height_ - kFooterTop, Align::kRight);
  }

  const Document& document_;
  const Setter setter_;
  const double width_, height_;
  std::vector<Page> pages_;
  double y_ = 0;
};

cairo_status_t Append(void* bytes, const unsigned char* data, unsigned length) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void Describe(cairo_surface_t* surface, const Document& document) {
  const std::string at = document.date.ToIso() + "T00:00:00Z";
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, Printable(document.title).c_str());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, Printable(document.author).c_str());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Jalon");
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, at.c_str());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, at.c_str());
}

void Draw(cairo_t* cairo, const Page& page) {
  for (const Mark& mark : page) {
    cairo_set_source_rgb(cairo, mark.grey, mark.grey, mark.grey);
    if (mark.line != nullptr) {
      cairo_move_to(cairo, mark.x, mark.y);
      pango_cairo_show_layout_line(cairo, mark.line.get());
    } else {
      cairo_rectangle(cairo, mark.x, mark.y, mark.width, mark.height);
      cairo_fill(cairo);
    }
  }
  cairo_show_page(cairo);
}

}  // namespace

absl::StatusOr<std::string> ToPdf(const Document& document) {
  Composer composer(document);
  if (!composer.HasFont()) return absl::InternalError("the font DejaVu Sans is not installed");
  const std::vector<Page> pages = composer.Compose();
  std::string bytes;
  const Surface surface(
      cairo_pdf_surface_create_for_stream(Append, &bytes, composer.width(), composer.height()));
  Describe(surface.get(), document);
  {
    const Cairo cairo(cairo_create(surface.get()));
    for (const Page& page : pages) Draw(cairo.get(), page);
  }
  cairo_surface_finish(surface.get());
  if (const cairo_status_t status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS)
    return absl::InternalError(std::string("cairo: ") + cairo_status_to_string(status));
  return bytes;
}

}  // namespace jalon::document
