#include "clients/cli/xlsx_writer.h"

#include <xlsxwriter.h>

#include <algorithm>
#include <optional>

#include "base/date.h"
#include "clients/cli/output_file.h"
#include "clients/cli/printer.h"
#include "clients/cli/values.h"
#include "jalon/common/v1/types.pb.h"

namespace jalon::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// What a column of it adds up to means something.
bool IsSummed(const FieldDescriptor& field) {
  return IsMoney(field) || field.name() == "half_days" || field.name() == "cases" ||
         field.name() == "companies";
}
bool IsWhole(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_INT64;
}
bool IsDay(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && field.name().ends_with("_on");
}

// In characters: what is in such a column, and its title on two lines at most.
double WidthOf(const FieldDescriptor& field) {
  if (IsMoney(field)) return 17;
  if (IsDay(field) || field.name() == "month") return 12;
  if (field.name() == "half_day_id") return 38;
  if (field.name() == "account") return 26;
  if (field.name() == "funder" || field.name() == "phase" || field.name() == "programme") return 18;
  if (field.message_type() != nullptr) return 24;
  return IsWhole(field) || field.name().size() < 7 ? 11 : 16;
}

// Titles that the table on the screen has no room for, or words otherwise.
constexpr std::pair<std::string_view, Words> kTitles[] = {
    {"half_days", {"Demi-journées", "Half-days"}},
    {"half_day_id", {"Demi-journée", "Half-day"}},
    {"funder", {"Financeur", "Funder"}},
    {"phase", {"Phase", "Phase"}},
    {"size_class", {"Taille", "Size"}},
    {"programme", {"Programme", "Programme"}},
    {"department", {"Département", "Department"}},
    {"sector", {"Secteur", "Sector"}},
    {"posted_on", {"Date comptable", "Posted on"}},
    {"line_cost", {"Coût de la demi-journée", "Cost of the half-day"}}};

std::string TitleOf(const FieldDescriptor& field, Language language) {
  for (const auto& [name, title] : kTitles)
    if (field.name() == name) return title.In(language);
  for (const Column& column : ColumnsOf(field.containing_type(), language, false))
    if (field.name() == column.path) return column.title.In(language);
  return field.name();
}

int64_t NumberOf(const Message& row, const FieldDescriptor& field) {
  const auto* reflection = row.GetReflection();
  if (IsMoney(field))
    return static_cast<const common::v1::Money&>(reflection->GetMessage(row, &field)).cents();
  return field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? reflection->GetInt32(row, &field)
                                                            : reflection->GetInt64(row, &field);
}

// The format knows no other number. Cents are exact in it up to ninety thousand billion euros, and it is
// written with enough digits to be read back as the same cents.
double CellNumber(const FieldDescriptor& field, int64_t number) {
  return IsMoney(field) ? static_cast<double>(number) / 100.0 : static_cast<double>(number);
}

}  // namespace

class XlsxWriter::Impl {
 public:
  Impl(const std::string& path, Language language, Columns columns)
      : file_(path),
        language_(language),
        columns_(std::move(columns)),
        sums_(columns_.size()),
        any_(columns_.size()),
        printed_(columns_.size()) {
    lxw_workbook_options options{};
    options.constant_memory = LXW_TRUE;
    book_ = workbook_new_opt(file_.path().c_str(), &options);
    lxw_doc_properties properties{};
    properties.created = 946684800;  // of no meaning, but the same at each writing
    workbook_set_properties(book_, &properties);
    sheet_ = workbook_add_worksheet(book_, "Jalon");
    title_ = workbook_add_format(book_);
    format_set_bold(title_);
    format_set_font_size(title_, 14);
    heading_ = Heading(LXW_ALIGN_LEFT);
    number_heading_ = Heading(LXW_ALIGN_RIGHT);
    day_ = NumberFormat("dd/mm/yyyy", false);
    text_ = workbook_add_format(book_);
    for (lxw_format* left : {day_, text_, heading_}) {  // apart from the number before it
      format_set_align(left, LXW_ALIGN_LEFT);
      format_set_indent(left, 1);
    }
    euros_ = NumberFormat("#,##0.00\\ \"€\"", false);
    total_euros_ = NumberFormat("#,##0.00\\ \"€\"", true);
    number_ = NumberFormat("0", false);  // of a case, an entry
    count_ = NumberFormat("#,##0", false);
    total_count_ = NumberFormat("#,##0", true);
    for (lxw_format* total : {total_euros_, total_count_}) format_set_top(total, LXW_BORDER_THIN);
    total_ = workbook_add_format(book_);
    format_set_bold(total_);
    format_set_top(total_, LXW_BORDER_THIN);
    SetUpPrinting();
  }

  void Head(const std::string& title, const std::vector<std::pair<std::string, std::string>>& asked) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto column = static_cast<lxw_col_t>(i);
      worksheet_set_column(sheet_, column, column, WidthOf(*columns_[i]), nullptr);
    }
    Text(0, title, title_);
    ++row_;
    // In one cell, which may run over its neighbours: a name is wider than most columns.
    for (const auto& [name, value] : asked) {
      Text(0, value.empty() ? name : name + Words{" : ", ": "}.In(language_) + value, nullptr);
      ++row_;
    }
    ++row_;
    for (size_t i = 0; i < columns_.size(); ++i)
      Text(static_cast<lxw_col_t>(i), TitleOf(*columns_[i], language_),
           IsMoney(*columns_[i]) || IsWhole(*columns_[i]) ? number_heading_ : heading_);
    worksheet_repeat_rows(sheet_, row_, row_);
    titles_ = row_++;
    worksheet_freeze_panes(sheet_, row_, 0);
  }

  bool Add(const Message& message) {
    if (row_ - titles_ > static_cast<lxw_row_t>(kMostRows)) return false;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const FieldDescriptor& field = *columns_[i];
      const auto column = static_cast<lxw_col_t>(i);
      if (IsMoney(field) || IsWhole(field)) {
        const int64_t number = NumberOf(message, field);
        sums_[i] += number;
        any_[i] = any_[i] || number != 0;
        // An amount that is not there is no zero.
        if (field.message_type() != nullptr && !message.GetReflection()->HasField(message, &field)) continue;
        worksheet_write_number(sheet_, row_, column, CellNumber(field, number),
                               IsMoney(field)    ? euros_
                               : IsSummed(field) ? count_
                                                 : number_);
      } else if (const auto day = DayOf(message, field)) {
        lxw_datetime at{};
        at.year = static_cast<int>(day->ymd().year());
        at.month = static_cast<int>(static_cast<unsigned>(day->ymd().month()));
        at.day = static_cast<int>(static_cast<unsigned>(day->ymd().day()));
        worksheet_write_datetime(sheet_, row_, column, &at, day_);
      } else {
        Text(column, FormatField(message, field.name(), language_), text_);
      }
    }
    ++row_;
    return true;
  }

  bool Finish(const Message* total) {
    const lxw_row_t first = titles_ + 1, last = row_ - 1;
    const auto width = static_cast<lxw_col_t>(columns_.size() - 1);
    worksheet_autofilter(sheet_, titles_, 0, std::max(last, titles_), width);
    if (last >= first) {
      Total(first, last, total);
    } else {
      Text(0, Words{"Rien.", "Nothing."}.In(language_), nullptr);
    }
    HideWhatIsNothing(last >= first);
    if (printed_ < columns_.size())
      worksheet_print_area(sheet_, 0, 0, row_, static_cast<lxw_col_t>(std::max<size_t>(printed_, 1) - 1));
    // Codes of regions and departments are texts, and no mistake.
    char cells[LXW_MAX_CELL_RANGE_LENGTH];
    lxw_rowcol_to_range(cells, titles_, 0, std::max(last, titles_), width);
    worksheet_ignore_errors(sheet_, LXW_IGNORE_NUMBER_STORED_AS_TEXT, cells);
    lxw_workbook* book = std::exchange(book_, nullptr);
    return workbook_close(book) == LXW_NO_ERROR && file_.Commit();
  }

  // The library writes the file whenever it is closed; given up, it does not come to its place.
  ~Impl() {
    if (book_ != nullptr) workbook_close(book_);
  }

  void PrintOnly(size_t columns) { printed_ = columns; }

 private:
  // The cost of the half-day that an entry bears on, where no entry bears on one.
  void HideWhatIsNothing(bool any_rows) {
    for (size_t i = 0; any_rows && i < columns_.size(); ++i) {
      if (columns_[i]->name() != "line_cost" || any_[i]) continue;
      lxw_row_col_options hidden{};
      hidden.hidden = LXW_TRUE;
      const auto column = static_cast<lxw_col_t>(i);
      worksheet_set_column_opt(sheet_, column, column, WidthOf(*columns_[i]), nullptr, &hidden);
    }
  }

  // On A4, across, all columns on a page, the titles on each, "page x of y" below.
  void SetUpPrinting() {
    worksheet_set_landscape(sheet_);
    worksheet_set_paper(sheet_, 9);
    worksheet_fit_to_pages(sheet_, 1, 0);
    worksheet_set_margins(sheet_, 0.4, 0.4, 0.6, 0.6);
    worksheet_set_footer(sheet_, Words{"&L&F&Rpage &P sur &N", "&L&F&Rpage &P of &N"}.In(language_));
  }

  static std::optional<Date> DayOf(const Message& message, const FieldDescriptor& field) {
    if (!IsDay(field)) return std::nullopt;
    return Date::Parse(message.GetReflection()->GetString(message, &field));
  }

  lxw_format* Heading(uint8_t side) {
    lxw_format* format = workbook_add_format(book_);
    format_set_bold(format);
    format_set_text_wrap(format);
    format_set_align(format, side);
    format_set_align(format, LXW_ALIGN_VERTICAL_BOTTOM);
    format_set_bottom(format, LXW_BORDER_THIN);
    format_set_bg_color(format, 0xE6E6E6);
    return format;
  }

  lxw_format* NumberFormat(const char* pattern, bool bold) {
    lxw_format* format = workbook_add_format(book_);
    format_set_num_format(format, pattern);
    if (bold) format_set_bold(format);
    return format;
  }

  void Text(lxw_col_t column, const std::string& text, lxw_format* format) {
    if (!text.empty()) worksheet_write_string(sheet_, row_, column, text.c_str(), format);
  }

  // A line apart, so that a filter does not take it for a row. SUBTOTAL(109) adds up what a filter leaves in
  // sight: all of it, at first.
  void Total(lxw_row_t first, lxw_row_t last, const Message* total) {
    ++row_;
    const std::string word = Words{"Total", "Total"}.In(language_);
    worksheet_write_string(sheet_, row_, 0, word.c_str(), total_);
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto column = static_cast<lxw_col_t>(i);
      if (!IsSummed(*columns_[i])) {
        if (i > 0) worksheet_write_blank(sheet_, row_, column, total_);
        continue;
      }
      if (const int64_t sum = total == nullptr ? sums_[i] : NumberOf(*total, *columns_[i]); sum != sums_[i]) {
        worksheet_write_number(sheet_, row_, column, CellNumber(*columns_[i], sum),
                               IsMoney(*columns_[i]) ? total_euros_ : total_count_);
        continue;
      }
      char range[LXW_MAX_CELL_RANGE_LENGTH];
      lxw_rowcol_to_range(range, first, column, last, column);
      worksheet_write_formula_num(sheet_, row_, column, ("=SUBTOTAL(109," + std::string(range) + ")").c_str(),
                                  IsMoney(*columns_[i]) ? total_euros_ : total_count_,
                                  CellNumber(*columns_[i], sums_[i]));
    }
  }

  OutputFile file_;
  const Language language_;
  const Columns columns_;
  std::vector<int64_t> sums_;
  std::vector<bool> any_;  // a number other than zero
  size_t printed_;
  lxw_workbook* book_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
  lxw_format* title_ = nullptr;
  lxw_format* heading_ = nullptr;
  lxw_format* number_heading_ = nullptr;
  lxw_format* day_ = nullptr;
  lxw_format* text_ = nullptr;
  lxw_format* total_ = nullptr;
  lxw_format* euros_ = nullptr;
  lxw_format* total_euros_ = nullptr;
  lxw_format* number_ = nullptr;
  lxw_format* count_ = nullptr;
  lxw_format* total_count_ = nullptr;
  lxw_row_t row_ = 0;
  lxw_row_t titles_ = 0;
};

XlsxWriter::XlsxWriter(const std::string& path, Language language, Columns columns, const std::string& title,
                       const std::vector<std::pair<std::string, std::string>>& asked)
    : impl_(std::make_unique<Impl>(path, language, std::move(columns))) {
  impl_->Head(title, asked);
}
XlsxWriter::~XlsxWriter() = default;
void XlsxWriter::PrintOnly(size_t columns) {
  impl_->PrintOnly(columns);
}
bool XlsxWriter::Add(const Message& row) {
  return impl_->Add(row);
}
bool XlsxWriter::Finish(const Message* total) {
  return impl_->Finish(total);
}

XlsxWriter::Columns SheetColumns(const google::protobuf::Descriptor* type) {
  XlsxWriter::Columns columns;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor& field = *type->field(i);
    const bool is_cell = field.message_type() == nullptr || IsMoney(field) ||
                         field.message_type()->full_name() == "google.protobuf.Timestamp";
    if (is_cell && !field.is_repeated()) columns.push_back(&field);
  }
  return columns;
}

}  // namespace jalon::cli
