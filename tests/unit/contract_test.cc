// What every contract under proto/ must say of itself, so that the border can enforce it.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/refusal.h"
#include "google/rpc/code.pb.h"
#include "jalon/assignment/v1/assignment_service.pb.h"
#include "jalon/audit/v1/audit_service.pb.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/common/v1/options.pb.h"
#include "jalon/common/v1/reason.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "jalon/funding/v1/funding_service.pb.h"
#include "jalon/inbox/v1/inbox_service.pb.h"
#include "jalon/programme/v1/programme_service.pb.h"
#include "rpc/validator.h"
#include "storage/labels.h"

namespace jalon {
namespace {

using common::v1::Rule;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using testing::IsEmpty;
using testing::Not;

std::vector<const FileDescriptor*> Files() {
  return {programme::v1::ListProgrammesRequest::descriptor()->file(),
          enrolment::v1::GetCaseRequest::descriptor()->file(),
          assignment::v1::GetConsultantRequest::descriptor()->file(),
          calendar::v1::ListHalfDaysRequest::descriptor()->file(),
          funding::v1::ListFundersRequest::descriptor()->file(),
          inbox::v1::ListInboxRequest::descriptor()->file(),
          audit::v1::ListEventsRequest::descriptor()->file()};
}

std::vector<const MethodDescriptor*> Methods() {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file : Files()) {
    for (int s = 0; s < file->service_count(); ++s)
      for (int m = 0; m < file->service(s)->method_count(); ++m)
        methods.push_back(file->service(s)->method(m));
  }
  return methods;
}

const Rule& RuleOf(const FieldDescriptor* field) {
  return field->options().GetExtension(common::v1::rule);
}

bool StartsWithAny(const std::string& name, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}

// A method that changes nothing; every other is a command.
bool IsRead(const MethodDescriptor* method) {
  return StartsWithAny(method->name(), {"Get", "List", "Export", "Check", "Test", "Diff", "Quote", "Suggest",
                                        "Summarize", "Watch", "Verify", "Rank", "Measure"});
}

TEST(Contract, HasSevenServicesAndEveryMethodIsSeen) {
  EXPECT_EQ(Files().size(), 7u);
  for (const FileDescriptor* file : Files()) EXPECT_EQ(file->service_count(), 1) << file->name();
  EXPECT_GT(Methods().size(), 40u);
}

TEST(Contract, SaysOfEveryMethodWhoMayCallIt) {
  for (const MethodDescriptor* method : Methods()) {
    const auto& access = method->options().GetExtension(common::v1::access);
    if (access.anyone()) {
      EXPECT_THAT(access.allow(), IsEmpty()) << method->full_name();
      // Who has the token of a link needs no other.
      EXPECT_NE(method->input_type()->FindFieldByName("token"), nullptr) << method->full_name();
      continue;
    }
    EXPECT_THAT(access.allow(), Not(IsEmpty())) << method->full_name();
    const std::set<int> roles(access.allow().begin(), access.allow().end());
    EXPECT_EQ(roles.size(), static_cast<size_t>(access.allow_size()))
        << method->full_name() << " names one twice";
    for (const int role : roles) {
      EXPECT_TRUE(common::v1::Role_IsValid(role)) << method->full_name();
      EXPECT_NE(role, common::v1::ROLE_UNSPECIFIED) << method->full_name();
    }
  }
}

TEST(Contract, LetsTheAuditorReadEverythingAndWriteNothing) {
  for (const MethodDescriptor* method : Methods()) {
    if (method->options().GetExtension(common::v1::access).anyone()) continue;
    const auto& allow = method->options().GetExtension(common::v1::access).allow();
    const bool auditor = std::count(allow.begin(), allow.end(), common::v1::ROLE_AUDITOR) > 0;
    EXPECT_EQ(auditor, IsRead(method)) << method->full_name();
  }
}

TEST(Contract, GivesEveryCommandARequestIdAndNoRead) {
  for (const MethodDescriptor* method : Methods()) {
    const FieldDescriptor* field = method->input_type()->FindFieldByName("request_id");
    ASSERT_EQ(field == nullptr, IsRead(method) || method->name() == "OpenAttestation") << method->full_name();
    if (field == nullptr) continue;
    EXPECT_EQ(field->number(), 1) << method->full_name();
    EXPECT_EQ(field->type(), FieldDescriptor::TYPE_STRING) << method->full_name();
    EXPECT_TRUE(RuleOf(field).required()) << method->full_name();
    EXPECT_EQ(RuleOf(field).format(), Rule::FORMAT_UUID) << method->full_name();
  }
}

// Lists without pages, and what bounds them.
const std::map<std::string, std::string> kBoundedLists = {
    {"jalon.programme.v1.ProgrammeService.ListProgrammes",
     "one row a programme, which officers publish one by one"},
    {"jalon.funding.v1.FundingService.ListFunders", "one row a funder, which officers make one by one"},
    {"jalon.funding.v1.FundingService.ListEnvelopes",
     "some envelopes a funder, which officers make one by one"},
    {"jalon.calendar.v1.CalendarService.ListHolidays", "the public holidays of one year"},
};

TEST(Contract, PagesEveryListThatCanGrow) {
  std::set<std::string> bounded;
  for (const MethodDescriptor* method : Methods()) {
    if (!method->name().starts_with("List")) continue;
    const FieldDescriptor* size = method->input_type()->FindFieldByName("page_size");
    const FieldDescriptor* token = method->input_type()->FindFieldByName("page_token");
    const FieldDescriptor* next = method->output_type()->FindFieldByName("next_page_token");
    if (kBoundedLists.contains(method->full_name())) {
      bounded.insert(method->full_name());
      EXPECT_TRUE(size == nullptr && token == nullptr && next == nullptr) << method->full_name();
      continue;
    }
    ASSERT_TRUE(size != nullptr && token != nullptr && next != nullptr) << method->full_name();
    EXPECT_TRUE(RuleOf(size).has_min() && RuleOf(size).has_max()) << method->full_name();
    EXPECT_EQ(RuleOf(size).min(), 0) << method->full_name();
    EXPECT_LE(RuleOf(size).max(), 1000) << method->full_name();
  }
  EXPECT_EQ(bounded.size(), kBoundedLists.size()) << "a bounded list is gone: take it off the list here too";
}

TEST(Contract, StreamsWhatExportsAndWatches) {
  for (const MethodDescriptor* method : Methods()) {
    EXPECT_FALSE(method->client_streaming()) << method->full_name();
    EXPECT_EQ(method->server_streaming(),
              StartsWithAny(method->name(), {"Export", "Watch", "Verify", "Measure"}))
        << method->full_name();
  }
}

// ---- What the fields of a request accept, tried on each: a request with one wrong value must be told of it.

struct Found {
  std::string path;
  std::vector<const FieldDescriptor*> steps;  // the last one is the field
};

// Every field of a request and of the messages in it, lists at their first item.
void Collect(const Descriptor* message, const Found& at, std::vector<Found>* found) {
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    Found here = at;
    here.path += (at.path.empty() ? "" : ".") + field->name() + (field->is_repeated() ? "[0]" : "");
    here.steps.push_back(field);
    if (RuleOf(field).judged_by_handler()) continue;
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      found->push_back(here);
    } else if (field->message_type()->full_name() != "google.protobuf.Timestamp") {
      Collect(field->message_type(), here, found);
    }
  }
}

std::vector<Found> FieldsOf(const Descriptor* request) {
  std::vector<Found> found;
  Collect(request, {}, &found);
  return found;
}

// A request in which only this field is set.
template <typename Set>
std::unique_ptr<Message> With(const Descriptor* request, const Found& field, Set set) {
  std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(request)->New());
  Message* target = message.get();
  for (size_t i = 0; i + 1 < field.steps.size(); ++i) {
    const auto* reflection = target->GetReflection();
    target = field.steps[i]->is_repeated() ? reflection->AddMessage(target, field.steps[i])
                                           : reflection->MutableMessage(target, field.steps[i]);
  }
  set(target, target->GetReflection(), field.steps.back());
  return message;
}

bool IsTold(const Message& request, const std::string& path) {
  for (const Violation& violation : rpc::Violations(request)) {
    if (violation.field == path) return !violation.fr.empty() && !violation.en.empty();
  }
  return false;
}

template <typename Check>
void ForEachField(FieldDescriptor::CppType type, Check check) {
  int checked = 0;
  for (const MethodDescriptor* method : Methods()) {
    for (const Found& field : FieldsOf(method->input_type())) {
      if (field.steps.back()->cpp_type() != type) continue;
      SCOPED_TRACE(method->input_type()->full_name() + ": " + field.path);
      check(method->input_type(), field);
      ++checked;
    }
  }
  EXPECT_GT(checked, 0);
}

void SetText(const Descriptor* request, const Found& field, const std::string& text, bool told) {
  const auto message = With(request, field, [&](Message* target, const auto* reflection, const auto* last) {
    last->is_repeated() ? reflection->AddString(target, last, text)
                        : reflection->SetString(target, last, text);
  });
  EXPECT_EQ(IsTold(*message, field.path), told) << text.size() << " bytes";
}

TEST(Contract, NamesTheBeginningOfEachPeriodThatItBounds) {
  int periods = 0;
  ForEachField(FieldDescriptor::CPPTYPE_STRING, [&](const Descriptor*, const Found& field) {
    const FieldDescriptor* end = field.steps.back();
    const Rule& rule = RuleOf(end);
    EXPECT_TRUE(!rule.happened() || rule.format() == Rule::FORMAT_DATE);
    if (rule.not_before().empty()) return;
    ++periods;
    EXPECT_TRUE(rule.format() == Rule::FORMAT_DATE || rule.format() == Rule::FORMAT_MONTH);
    const FieldDescriptor* beginning = end->containing_type()->FindFieldByName(rule.not_before());
    ASSERT_NE(beginning, nullptr);
    EXPECT_EQ(RuleOf(beginning).format(), rule.format());
  });
  EXPECT_GE(periods, 10);
}

TEST(Contract, BoundsEveryText) {
  ForEachField(FieldDescriptor::CPPTYPE_STRING, [](const Descriptor* request, const Found& field) {
    SetText(request, field, std::string(200'001, 'x'), true);
    if (RuleOf(field.steps.back()).max_length() == 0) SetText(request, field, std::string(201, 'x'), true);
  });
}

TEST(Contract, TakesNoControlCharacterInAnyText) {
  ForEachField(FieldDescriptor::CPPTYPE_STRING, [](const Descriptor* request, const Found& field) {
    if (field.path.ends_with("currency")) return;  // EUR or nothing
    SetText(request, field, std::string("a\0b", 3), true);
    SetText(request, field, "\x1b[2J", true);
  });
}

TEST(Contract, BoundsEveryNumberFromBelow) {
  ForEachField(FieldDescriptor::CPPTYPE_INT64, [](const Descriptor* request, const Found& field) {
    const auto message = With(request, field, [](Message* target, const auto* reflection, const auto* last) {
      last->is_repeated() ? reflection->AddInt64(target, last, INT64_MIN)
                          : reflection->SetInt64(target, last, INT64_MIN);
    });
    EXPECT_TRUE(IsTold(*message, field.path));
  });
  ForEachField(FieldDescriptor::CPPTYPE_INT32, [](const Descriptor* request, const Found& field) {
    for (const int32_t value : {INT32_MIN, INT32_MAX}) {
      const auto message =
          With(request, field, [&](Message* target, const auto* reflection, const auto* last) {
            last->is_repeated() ? reflection->AddInt32(target, last, value)
                                : reflection->SetInt32(target, last, value);
          });
      EXPECT_TRUE(IsTold(*message, field.path)) << value;
    }
  });
}

TEST(Contract, BoundsEveryAmountFromAbove) {
  int amounts = 0;
  ForEachField(FieldDescriptor::CPPTYPE_INT64, [&](const Descriptor* request, const Found& field) {
    if (!field.path.ends_with(".cents")) return;
    ++amounts;
    const auto message = With(request, field, [](Message* target, const auto* reflection, const auto* last) {
      reflection->SetInt64(target, last, INT64_MAX);
    });
    EXPECT_TRUE(IsTold(*message, field.path));
  });
  EXPECT_GT(amounts, 0);
}

TEST(Contract, TakesNoEnumValueItDoesNotKnow) {
  ForEachField(FieldDescriptor::CPPTYPE_ENUM, [](const Descriptor* request, const Found& field) {
    const auto message = With(request, field, [](Message* target, const auto* reflection, const auto* last) {
      last->is_repeated() ? reflection->AddEnumValue(target, last, 999)
                          : reflection->SetEnumValue(target, last, 999);
    });
    EXPECT_TRUE(IsTold(*message, field.path));
  });
}

void ExpectBoundedLists(const Descriptor* message) {
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    if (field->is_repeated()) {
      EXPECT_GT(RuleOf(field).max_items(), 0) << field->full_name();
      EXPECT_LE(RuleOf(field).max_items(), 5000) << field->full_name();
    }
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) ExpectBoundedLists(field->message_type());
  }
}

TEST(Contract, BoundsEveryListOfARequest) {
  for (const MethodDescriptor* method : Methods()) ExpectBoundedLists(method->input_type());
}

// ---- Enums, as the database writes them.

void CheckEnum(const EnumDescriptor* type) {
  EXPECT_EQ(storage::EnumLabel(type, 0), "");
  EXPECT_EQ(storage::EnumNumber(type, ""), 0);
  for (int i = 1; i < type->value_count(); ++i) {
    const int number = type->value(i)->number();
    const std::string label = storage::EnumLabel(type, number);
    EXPECT_THAT(label, testing::MatchesRegex("[a-z][a-z0-9_]*")) << type->value(i)->full_name();
    EXPECT_EQ(storage::EnumNumber(type, label), number) << type->value(i)->full_name();
  }
}

TEST(Contract, HasALabelForEveryEnumValueAndReadsItBack) {
  std::vector<const FileDescriptor*> files = Files();
  files.push_back(common::v1::SizeClass_descriptor()->file());
  files.push_back(common::v1::Role_descriptor()->file());
  files.push_back(common::v1::Reason_descriptor()->file());
  files.push_back(programme::v1::Rulebook::descriptor()->file());
  for (const FileDescriptor* file : files)
    for (int i = 0; i < file->enum_type_count(); ++i) CheckEnum(file->enum_type(i));
}

// ---- Refusals.

std::set<std::string> Placeholders(const std::string& sentence) {
  std::set<std::string> names;
  for (size_t at = sentence.find('{'); at != std::string::npos; at = sentence.find('{', at + 1))
    names.insert(sentence.substr(at + 1, sentence.find('}', at) - at - 1));
  return names;
}

std::vector<Reason> Reasons() {
  std::vector<Reason> reasons;
  const EnumDescriptor* type = common::v1::Reason_descriptor();
  for (int i = 0; i < type->value_count(); ++i)
    if (type->value(i)->number() != 0) reasons.push_back(static_cast<Reason>(type->value(i)->number()));
  return reasons;
}

const common::v1::Refusal& RefusalOf(Reason reason) {
  return common::v1::Reason_descriptor()->FindValueByNumber(reason)->options().GetExtension(
      common::v1::refusal);
}

TEST(Refusal, HasACodeThatTravelsAndTwoSentencesWithTheSamePlaceholders) {
  for (const Reason reason : Reasons()) {
    SCOPED_TRACE(ReasonName(reason));
    const common::v1::Refusal& refusal = RefusalOf(reason);
    google::rpc::Code code = google::rpc::OK;
    EXPECT_TRUE(google::rpc::Code_Parse(refusal.code(), &code)) << refusal.code();
    EXPECT_NE(code, google::rpc::OK);
    EXPECT_NE(code, google::rpc::UNKNOWN);
    EXPECT_THAT(refusal.fr(), Not(IsEmpty()));
    EXPECT_THAT(refusal.en(), Not(IsEmpty()));
    EXPECT_NE(refusal.fr(), refusal.en());
    EXPECT_EQ(Placeholders(refusal.fr()), Placeholders(refusal.en()));
  }
}

TEST(Refusal, FillsEveryPlaceholder) {
  for (const Reason reason : Reasons()) {
    Metadata metadata;
    for (const std::string& name : Placeholders(RefusalOf(reason).en())) metadata[name] = "<" + name + ">";
    for (const Language language : {Language::kFrench, Language::kEnglish}) {
      const std::string sentence = Sentence(reason, metadata, language);
      EXPECT_EQ(sentence.find_first_of("{}"), std::string::npos) << sentence;
      for (const auto& [name, value] : metadata) EXPECT_THAT(sentence, testing::HasSubstr(value));
    }
  }
}

TEST(Refusal, CarriesItsReasonItsCodeAndItsMetadata) {
  for (const Reason reason : Reasons()) {
    const absl::Status status = Refuse(reason, {{"key", "value"}});
    EXPECT_EQ(ReasonOf(status), reason);
    EXPECT_EQ(MetadataOf(status), (Metadata{{"key", "value"}}));
    google::rpc::Code code = google::rpc::OK;
    google::rpc::Code_Parse(RefusalOf(reason).code(), &code);
    EXPECT_EQ(static_cast<int>(status.code()), static_cast<int>(code));
    EXPECT_EQ(ReasonFromName(ReasonName(reason)), reason);
  }
}

TEST(Refusal, ShowsWhatIsMissingRatherThanAPlaceholder) {
  EXPECT_EQ(Sentence(common::v1::REASON_CASE_NOT_FOUND, {}, Language::kEnglish), "No case no. ?.");
}

TEST(Refusal, DoesNotTakeAValueForAPlaceholder) {
  EXPECT_EQ(Sentence(common::v1::REASON_CASE_NOT_FOUND, {{"case_id", "{case_id}"}}, Language::kEnglish),
            "No case no. {case_id}.");
}

TEST(Refusal, OfANameThatIsNotAReasonIsUnspecified) {
  for (const std::string_view name : {"", "UNSPECIFIED", "NOTHING", "reason_internal", "REASON_INTERNAL"})
    EXPECT_EQ(ReasonFromName(name), common::v1::REASON_UNSPECIFIED) << name;
}

// The arguments of a call whose opening parenthesis stands before `at`.
std::string ArgumentsAt(const std::string& sql, size_t at) {
  int depth = 1;
  bool quoted = false;
  size_t end = at;
  for (; end < sql.size() && depth > 0; ++end) {
    if (sql[end] == '\'') quoted = !quoted;
    if (quoted) continue;
    depth += sql[end] == '(' ? 1 : sql[end] == ')' ? -1 : 0;
  }
  return sql.substr(at, end - at);
}

// What the database refuses must be a reason of the contract, with the metadata that its sentences need.
TEST(Refusal, RaisedByTheDatabaseIsInTheContractWithItsMetadata) {
  constexpr std::string_view kCall = "common.refuse('";
  int calls = 0;
  for (const auto& entry : std::filesystem::directory_iterator(JALON_SOURCE_DIR "/deploy/database/deploy")) {
    std::ifstream file(entry.path());
    std::ostringstream text;
    text << file.rdbuf();
    const std::string sql = text.str();
    for (size_t at = sql.find(kCall); at != std::string::npos; at = sql.find(kCall, at + 1)) {
      ++calls;
      const std::string arguments = ArgumentsAt(sql, at + kCall.size() - 1);
      const Reason reason = ReasonFromName(arguments.substr(1, arguments.find('\'', 1) - 1));
      EXPECT_NE(reason, common::v1::REASON_UNSPECIFIED) << entry.path() << ": " << arguments;
      if (reason == common::v1::REASON_UNSPECIFIED) continue;
      for (const std::string& name : Placeholders(RefusalOf(reason).en()))
        EXPECT_THAT(arguments, testing::HasSubstr("'" + name + "'")) << entry.path();
    }
  }
  EXPECT_GT(calls, 20);
}

}  // namespace
}  // namespace jalon
