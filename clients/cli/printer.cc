#include "clients/cli/printer.h"

#include <algorithm>
#include <map>
#include <memory>

#include "clients/cli/csv_writer.h"
#include "clients/cli/values.h"
#include "google/protobuf/util/json_util.h"

namespace jalon::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A note or a name may be long; the whole of it is in --json, --csv and in `show`.
constexpr int kWidestCell = 48;

bool IsNested(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type()->full_name() != "jalon.common.v1.Money" &&
         field.message_type()->full_name() != "jalon.common.v1.Rate" &&
         field.message_type()->full_name() != "google.protobuf.Timestamp";
}

Table NewTable(const Descriptor* type, const std::vector<Column>& columns, Language language) {
  std::vector<Table::Header> headers;
  for (const Column& column : columns) {
    const FieldDescriptor* field = FindField(type, column.path);
    headers.push_back({column.title.In(language),
                       field != nullptr && IsNumeric(*field) && !field->name().ends_with("_id")});
  }
  return Table(std::move(headers));
}

std::string CellOf(const Message& message, const Column& column, Language language) {
  if (column.unless != nullptr && !FormatField(message, column.unless, language).empty())
    return column.otherwise.In(language);
  if (column.blank_zero) {
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(column.path);
    if (field != nullptr && !message.GetReflection()->HasField(message, field)) return "";
  }
  return FormatField(message, column.path, language);
}

const FieldDescriptor* TotalOf(const FieldDescriptor& rows) {
  const FieldDescriptor* total = rows.containing_type()->FindFieldByName("total");
  return total != nullptr && total->message_type() == rows.message_type() ? total : nullptr;
}

void PrintRows(std::ostream& out, Format format, Language language, const Message& message,
               const FieldDescriptor& field) {
  RowPrinter printer(out, format, language, field.message_type(), "");
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
    printer.Add(reflection->GetRepeatedMessage(message, &field, i));
  }
  const FieldDescriptor* total = TotalOf(field);
  if (total != nullptr && format == Format::kTable) printer.SetTotal(reflection->GetMessage(message, total));
  printer.Finish();
}

const FieldDescriptor* FirstNested(const Descriptor* type, bool repeated) {
  for (int i = 0; i < type->field_count(); ++i) {
    if (IsNested(*type->field(i)) && type->field(i)->is_repeated() == repeated) return type->field(i);
  }
  return nullptr;
}

// The titles of phases that an answer brings along, for people; null when it brings none.
const FieldDescriptor* PhaseTitlesOf(const Message& answer) {
  const Descriptor* type = answer.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor& field = *type->field(i);
    if (!field.is_repeated() || field.message_type() == nullptr) continue;
    if (field.message_type()->full_name() == "jalon.calendar.v1.PhaseTitle") return &field;
  }
  return nullptr;
}

void NamePhases(Message* message, const std::map<std::string, std::string>& titles) {
  const auto* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->name() == "phase" && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
        !field->is_repeated()) {
      const auto title = titles.find(reflection->GetString(*message, field));
      if (title != titles.end()) reflection->SetString(message, field, title->second);
    } else if (IsNested(*field) && field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(*message, field); ++i)
        NamePhases(reflection->MutableRepeatedMessage(message, field, i), titles);
    } else if (IsNested(*field)) {
      NamePhases(reflection->MutableMessage(message, field), titles);
    }
  }
}

// `answer` with phases by their titles instead of codes, and without the list of titles.
std::unique_ptr<Message> WithPhasesNamed(const Message& answer, const FieldDescriptor& titles_field,
                                         Language language) {
  const auto* reflection = answer.GetReflection();
  std::map<std::string, std::string> titles;
  for (int i = 0; i < reflection->FieldSize(answer, &titles_field); ++i) {
    const Message& title = reflection->GetRepeatedMessage(answer, &titles_field, i);
    const std::string name =
        FormatField(title, language == Language::kFrench ? "title_fr" : "title_en", language);
    if (!name.empty()) titles[FormatField(title, "phase", language)] = name;
  }
  std::unique_ptr<Message> named(answer.New());
  named->CopyFrom(answer);
  reflection->ClearField(named.get(), &titles_field);
  NamePhases(named.get(), titles);
  return named;
}

void PrintCsv(std::ostream& out, Language language, const Message& answer) {
  const Descriptor* type = answer.GetDescriptor();
  const FieldDescriptor* single = FirstNested(type, false);
  const FieldDescriptor* rows = FirstNested(type, true);
  if (rows != nullptr && (single == nullptr || single == TotalOf(*rows))) {
    return PrintRows(out, Format::kCsv, language, answer, *rows);
  }
  const Message& record = single != nullptr ? answer.GetReflection()->GetMessage(answer, single) : answer;
  out << CsvRecord(FlatNames(record.GetDescriptor())) << CsvRecord(FlatValues(record));
}

}  // namespace

std::string Json(const Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  options.add_whitespace = indented;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) return "{}";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::vector<Column> ColumnsOf(const Descriptor* type, Language language, bool single) {
  std::vector<Column> columns;
  if (const View* view = FindView(type->full_name()); view != nullptr) {
    for (const Column& column : single && !view->single.empty() ? view->single : view->list) {
      if (*column.title.In(language) != '\0') columns.push_back(column);
    }
    return columns;
  }
  for (int i = 0; i < type->field_count(); ++i) {
    const char* name = type->field(i)->name().c_str();
    if (!IsNested(*type->field(i))) columns.push_back({name, {name, name}});
  }
  return columns;
}

RowPrinter::RowPrinter(std::ostream& out, Format format, Language language, const Descriptor* type,
                       std::string json_key)
    : out_(out), format_(format), language_(language), type_(type), json_key_(std::move(json_key)) {
  if (format_ != Format::kTable) return;
  columns_ = ColumnsOf(type_, language_, false);
  table_ = NewTable(type_, columns_, language_);
  const View* view = FindView(type_->full_name());
  whole_ = view != nullptr && view->whole;
}

// Not before the first row or the end: a call that is refused prints nothing here.
void RowPrinter::Begin() {
  if (begun_) return;
  begun_ = true;
  if (format_ == Format::kCsv) out_ << csv_preamble_ << CsvRecord(FlatNames(type_));
  if (format_ == Format::kJson && json_key_.empty()) out_ << json_preamble_;
  if (format_ == Format::kJson && !json_key_.empty()) out_ << "{\"" << json_key_ << "\":[";
}

std::vector<std::string> RowPrinter::Cells(const Message& row) const {
  std::vector<std::string> cells;
  for (const Column& column : columns_) {
    std::string cell = CellOf(row, column, language_);
    cells.push_back(whole_ ? std::move(cell) : Shortened(cell, kWidestCell));
  }
  return cells;
}

void RowPrinter::Add(const Message& row) {
  Begin();
  switch (format_) {
    case Format::kTable:
      table_->Add(Cells(row));
      break;
    case Format::kCsv:
      out_ << CsvRecord(FlatValues(row));
      break;
    case Format::kJson:
      if (json_key_.empty()) {
        out_ << Json(row, false) << '\n' << std::flush;
      } else {
        out_ << (count_ > 0 ? ",\n" : "\n") << Json(row, false);
      }
      break;
  }
  ++count_;
}

void RowPrinter::SetTotal(const Message& row) {
  if (table_) table_->SetTotal(Cells(row));
}

void RowPrinter::Finish() {
  if (finished_) return;
  finished_ = true;
  Begin();
  if (table_ && !table_->empty()) table_->Print(out_);
  if (table_ && table_->empty()) out_ << Words{"Rien.", "Nothing."}.In(language_) << '\n';
  if (format_ == Format::kJson && !json_key_.empty()) out_ << "\n]}\n";
  out_.flush();
}

void PrintSingle(std::ostream& out, Language language, const Message& message) {
  const std::vector<Column> columns = ColumnsOf(message.GetDescriptor(), language, true);
  int widest = 0;
  for (const Column& column : columns) {
    if (!CellOf(message, column, language).empty()) {
      widest = std::max(widest, DisplayWidth(column.title.In(language)));
    }
  }
  for (const Column& column : columns) {
    const std::string value = CellOf(message, column, language);
    if (value.empty()) continue;
    const std::string title = column.title.In(language);
    out << title << std::string(static_cast<size_t>(widest - DisplayWidth(title)), ' ') << "  " << value
        << '\n';
  }
}

void PrintList(std::ostream& out, Language language, const Message& message, std::string_view name,
               bool heading) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(name));
  if (field == nullptr || message.GetReflection()->FieldSize(message, field) == 0) return;
  if (heading) {
    const View* view = FindView(field->message_type()->full_name());
    out << '\n' << (view == nullptr ? field->name() : view->title.In(language)) << '\n';
  }
  PrintRows(out, Format::kTable, language, message, *field);
}

void PrintAnswer(std::ostream& out, Format format, Language language, const Message& answer) {
  if (format == Format::kJson) {
    out << Json(answer, true) << '\n';
    return;
  }
  if (format == Format::kCsv) return PrintCsv(out, language, answer);
  const FieldDescriptor* titles = PhaseTitlesOf(answer);
  if (titles != nullptr && answer.GetReflection()->FieldSize(answer, titles) > 0)
    return PrintAnswer(out, format, language, *WithPhasesNamed(answer, *titles, language));

  const Descriptor* type = answer.GetDescriptor();
  const auto* reflection = answer.GetReflection();
  const FieldDescriptor* rows = FirstNested(type, true);
  bool printed = false;
  if (const View* own = FindView(type->full_name()); own != nullptr) {
    PrintSingle(out, language, answer);
    printed = true;
  }
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor& field = *type->field(i);
    if (!IsNested(field) || field.is_repeated()) continue;
    if (rows != nullptr && &field == TotalOf(*rows)) continue;
    if (reflection->HasField(answer, &field)) {
      PrintSingle(out, language, reflection->GetMessage(answer, &field));
      printed = true;
    }
  }
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor& field = *type->field(i);
    if (!IsNested(field) || !field.is_repeated()) continue;
    if (printed) {
      PrintList(out, language, answer, field.name(), true);
    } else {
      PrintRows(out, Format::kTable, language, answer, field);
      printed = true;
    }
  }
}

}  // namespace jalon::cli
