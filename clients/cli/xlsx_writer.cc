#include "clients/cli/xlsx_writer.h"

#include <xlsxwriter.h>

#include <cstdio>

#include "clients/cli/printer.h"
#include "clients/cli/values.h"
#include "jalon/common/v1/types.pb.h"

namespace jalon::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsMoney(const FieldDescriptor& field) {
  return field.message_type() == common::v1::Money::descriptor();
}
// What a column of it adds up to means something.
bool IsSummed(const FieldDescriptor& field) {
  return IsMoney(field) || field.name() == "half_days";
}

std::string TitleOf(const FieldDescriptor& field, Language language) {
  if (field.name() == "half_days") return Words{"Demi-journées", "Half-days"}.In(language);
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
      : path_(path), language_(language), columns_(std::move(columns)), sums_(columns_.size()) {
    lxw_workbook_options options{};
    options.constant_memory = LXW_TRUE;
    book_ = workbook_new_opt(path.c_str(), &options);
    lxw_doc_properties properties{};
    properties.created = 946684800;  // of no meaning, but the same at each writing
    workbook_set_properties(book_, &properties);
    sheet_ = workbook_add_worksheet(book_, "Jalon");
    bold_ = workbook_add_format(book_);
    format_set_bold(bold_);
    euros_ = NumberFormat("#,##0.00\\ \"€\"", false);
    total_euros_ = NumberFormat("#,##0.00\\ \"€\"", true);
    whole_ = NumberFormat("0", false);
    total_whole_ = NumberFormat("#,##0", true);
  }

  void Head(const std::string& title, const std::vector<std::pair<std::string, std::string>>& asked) {
    worksheet_set_column(sheet_, 0, static_cast<lxw_col_t>(columns_.size() - 1), 18, nullptr);
    Text(0, title, bold_);
    ++row_;
    for (const auto& [name, value] : asked) {
      Text(0, name, nullptr);
      Text(1, value, nullptr);
      ++row_;
    }
    ++row_;
    for (size_t i = 0; i < columns_.size(); ++i)
      Text(static_cast<lxw_col_t>(i), TitleOf(*columns_[i], language_), bold_);
    titles_ = row_++;
    worksheet_freeze_panes(sheet_, row_, 0);
  }

  bool Add(const Message& message) {
    if (row_ - titles_ > static_cast<lxw_row_t>(kMostRows)) return false;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const FieldDescriptor& field = *columns_[i];
      const auto column = static_cast<lxw_col_t>(i);
      if (IsMoney(field) || field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
          field.cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
        const int64_t number = NumberOf(message, field);
        sums_[i] += number;
        worksheet_write_number(sheet_, row_, column, CellNumber(field, number),
                               IsMoney(field) ? euros_ : whole_);
      } else {
        Text(column, FormatField(message, field.name(), language_), nullptr);
      }
    }
    ++row_;
    return true;
  }

  bool Finish() {
    const lxw_row_t first = titles_ + 1, last = row_ - 1;
    const auto width = static_cast<lxw_col_t>(columns_.size() - 1);
    worksheet_autofilter(sheet_, titles_, 0, std::max(last, titles_), width);
    if (last >= first) Total(first, last);
    lxw_workbook* book = std::exchange(book_, nullptr);
    return workbook_close(book) == LXW_NO_ERROR;
  }

  // The library writes the file whenever it is closed.
  ~Impl() {
    if (book_ == nullptr) return;
    workbook_close(book_);
    std::remove(path_.c_str());
  }

 private:
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
  void Total(lxw_row_t first, lxw_row_t last) {
    ++row_;
    Text(0, Words{"Total", "Total"}.In(language_), bold_);
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!IsSummed(*columns_[i])) continue;
      const auto column = static_cast<lxw_col_t>(i);
      char range[LXW_MAX_CELL_RANGE_LENGTH];
      lxw_rowcol_to_range(range, first, column, last, column);
      worksheet_write_formula_num(sheet_, row_, column, ("=SUBTOTAL(109," + std::string(range) + ")").c_str(),
                                  IsMoney(*columns_[i]) ? total_euros_ : total_whole_,
                                  CellNumber(*columns_[i], sums_[i]));
    }
  }

  const std::string path_;
  const Language language_;
  const Columns columns_;
  std::vector<int64_t> sums_;
  lxw_workbook* book_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
  lxw_format* bold_ = nullptr;
  lxw_format* euros_ = nullptr;
  lxw_format* total_euros_ = nullptr;
  lxw_format* whole_ = nullptr;
  lxw_format* total_whole_ = nullptr;
  lxw_row_t row_ = 0;
  lxw_row_t titles_ = 0;
};

XlsxWriter::XlsxWriter(const std::string& path, Language language, Columns columns, const std::string& title,
                       const std::vector<std::pair<std::string, std::string>>& asked)
    : impl_(std::make_unique<Impl>(path, language, std::move(columns))) {
  impl_->Head(title, asked);
}
XlsxWriter::~XlsxWriter() = default;
bool XlsxWriter::Add(const Message& row) {
  return impl_->Add(row);
}
bool XlsxWriter::Finish() {
  return impl_->Finish();
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
