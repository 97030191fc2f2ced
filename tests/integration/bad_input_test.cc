#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "clients/rpc/contracts.h"
#include "tests/support/programme.h"
#include "tests/support/raw_call.h"
#include "tests/support/world.h"

// Requests that are wrong in every way a person, a script or an attacker finds: each has its reason and its
// sentence, and changes nothing.
namespace jalon::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<std::string> ViolatedFields(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : CallErrorOf(status).violations) {
    EXPECT_THAT(violation.description, Not(IsEmpty())) << violation.field;
    fields.push_back(violation.field);
  }
  return fields;
}

class BadInput : public ::testing::Test {
 protected:
  void SetUp() override {
    case_id_ = programme_.GivenCaseWithGrant(HalfDays{4});
    consultant_ = programme_.GivenConsultant();
    programme_.GivenAssignment(case_id_, consultant_, "2024-02-01", "2025-12-31");
    events_ = Events();
  }
  void TearDown() override {
    EXPECT_TRUE(World::stack().Serving());
    EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
  }

  static std::string Events() { return World::cluster().Sql("select count(*) from audit.event"); }
  calendar::v1::HalfDayEntry Entry(const std::string& date = "2024-03-04") const {
    return EntryOf(case_id_, consultant_, {date, common::v1::HALF_MORNING});
  }
  template <class Response, class Request>
  absl::Status Call(const char* method, const Request& request) {
    return programme_.officer().Call<Response>(method, request, Once()).status();
  }

  Programme programme_{World::stack()};
  int64_t case_id_ = 0, consultant_ = 0;
  std::string events_;
};

TEST_F(BadInput, EveryViolationIsToldAtOnceAndNothingChanges) {
  calendar::v1::RecordHalfDaysRequest request;
  request.set_request_id("not-a-uuid");
  auto* entry = request.add_entries();
  entry->set_half_day_id("42");
  entry->set_case_id(-1);
  entry->set_phase("Accompagnement !");
  entry->set_date("0000-01-01");
  entry->set_half(static_cast<common::v1::Half>(7));
  entry->set_note(std::string(2001, 'x'));
  *request.add_entries() = Entry();
  const absl::Status status =
      Call<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status, HasReason(REASON_INVALID_REQUEST));
  EXPECT_THAT(ViolatedFields(status),
              UnorderedElementsAre("request_id", "entries[0].half_day_id", "entries[0].case_id",
                                   "entries[0].consultant_id", "entries[0].phase", "entries[0].date",
                                   "entries[0].half", "entries[0].note"));
  EXPECT_EQ(Events(), events_);
}

TEST_F(BadInput, DatesThatDoNotExistAreRefused) {
  for (const char* date : {"0000-01-01", "0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "2025-02-29",
                           "2024-13-01", "2024-00-10", "2024-06-31", "24-06-01", "2024-6-1", "01/06/2024",
                           "2024-06-01T00:00:00Z", " 2024-06-01", "demain", "2024-06-0१"}) {
    SCOPED_TRACE(date);
    calendar::v1::RecordHalfDaysRequest request;
    request.set_request_id(NewId());
    *request.add_entries() = Entry(date);
    EXPECT_THAT(
        ViolatedFields(Call<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request)),
        ElementsAre("entries[0].date"));
  }
}

TEST_F(BadInput, SirensThatAreNoneAreRefused) {
  for (const char* siren : {"73282932A", "ABCDEFGHI", "732829321", "73282932", "7328293200", "732 829 320",
                            "٧٣٢٨٢٩٣٢٠", "' OR 1=1 --"}) {
    SCOPED_TRACE(siren);
    EXPECT_THAT(ViolatedFields(Call<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase",
                                                                     programme_.Application(siren))),
                ElementsAre("siren"));
  }
}

TEST_F(BadInput, AmountsOutOfBoundsAreRefused) {
  auto application = programme_.Application(programme_.GivenCompany());
  application.mutable_facts()->mutable_turnover()->set_cents(-1);
  application.mutable_facts()->mutable_balance_sheet()->set_cents(INT64_MAX);
  application.mutable_facts()->set_headcount_hundredths(INT64_MIN);
  EXPECT_THAT(ViolatedFields(Call<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", application)),
              UnorderedElementsAre("facts.turnover.cents", "facts.balance_sheet.cents",
                                   "facts.headcount_hundredths"));

  auto agreement = programme_.AgreementOf(case_id_, HalfDays{2}, -1'300'00);
  agreement.mutable_phases(0)->mutable_day_rate()->set_currency("USD");
  EXPECT_THAT(
      ViolatedFields(Call<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", agreement)),
      UnorderedElementsAre("phases[0].day_rate.cents", "phases[0].day_rate.currency"));

  funding::v1::RecordPaymentRequest pay;
  pay.set_request_id(NewId());
  pay.set_case_id(case_id_);
  pay.set_funder(programme_.bpifrance());
  pay.set_paid_on("2025-01-02");
  pay.set_reference("VIR");
  for (const int64_t cents : {int64_t{0}, int64_t{-100}, INT64_MAX, INT64_MIN}) {
    *pay.mutable_amount() = Euros(cents);
    EXPECT_THAT(ViolatedFields(Call<funding::v1::RecordPaymentResponse>("FundingService.RecordPayment", pay)),
                ElementsAre("amount.cents"));
  }
}

TEST_F(BadInput, WhatOneFieldTellsAndWhatTwoTellTogetherIsToldAtOnce) {
  funding::v1::CreateEnvelopeRequest envelope;
  envelope.set_request_id(NewId());
  envelope.set_funder("BPI !");
  envelope.set_starts_on("2025-01-02");
  envelope.set_ends_on("2025-01-01");
  *envelope.mutable_allocated() = Euros(-100);
  EXPECT_THAT(
      ViolatedFields(Call<funding::v1::CreateEnvelopeResponse>("FundingService.CreateEnvelope", envelope)),
      UnorderedElementsAre("funder", "ends_on", "allocated.cents"));

  auto application = programme_.Application("732829321");
  application.set_applied_on("2024-01-15");
  application.mutable_facts()->set_year_closed_on("2024-12-31");
  EXPECT_THAT(ViolatedFields(Call<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", application)),
              UnorderedElementsAre("siren", "facts.year_closed_on"));

  assignment::v1::CreateConsultantRequest consultant;
  consultant.set_request_id(NewId());
  consultant.add_skills("data");
  consultant.add_skill_levels(3);
  consultant.add_skill_levels(3);
  consultant.add_languages("f");
  consultant.set_home_commune("00000");
  EXPECT_THAT(ViolatedFields(Call<assignment::v1::CreateConsultantResponse>(
                  "AssignmentService.CreateConsultant", consultant)),
              UnorderedElementsAre("name", "day_rate", "skill_levels", "languages", "home_commune"));

  calendar::v1::PlanSeriesRequest series;
  series.set_request_id(NewId());
  series.set_from("2025-01-01");
  series.set_until("2031-01-01");
  EXPECT_THAT(ViolatedFields(Call<calendar::v1::PlanSeriesResponse>("CalendarService.PlanSeries", series)),
              UnorderedElementsAre("case_id", "consultant_id", "phase", "until", "weekly"));
  EXPECT_EQ(Events(), events_);
}

TEST_F(BadInput, PeriodsThatEndBeforeTheyStartAreRefused) {
  EXPECT_THAT(AddAbsence(programme_.officer(), consultant_, "2024-05-03", "2024-05-02"),
              HasReason(REASON_INVALID_REQUEST));
  assignment::v1::CreateAssignmentRequest assign;
  assign.set_request_id(NewId());
  assign.set_case_id(case_id_);
  assign.set_consultant_id(consultant_);
  assign.set_phase("diagnosis");
  assign.set_starts_on("2025-01-02");
  assign.set_ends_on("2025-01-01");
  EXPECT_THAT(Call<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment", assign),
              HasReason(REASON_INVALID_REQUEST));
  funding::v1::CreateEnvelopeRequest envelope;
  envelope.set_request_id(NewId());
  envelope.set_funder(programme_.bpifrance());
  envelope.set_starts_on("2025-01-02");
  envelope.set_ends_on("2025-01-01");
  *envelope.mutable_allocated() = Euros(100);
  EXPECT_THAT(Call<funding::v1::CreateEnvelopeResponse>("FundingService.CreateEnvelope", envelope),
              HasReason(REASON_INVALID_REQUEST));
  EXPECT_EQ(Events(), events_);
}

TEST_F(BadInput, ANoteOfTenMegabytesIsRefusedWithItsSentence) {
  calendar::v1::RecordHalfDaysRequest request;
  request.set_request_id(NewId());
  *request.add_entries() = Entry();
  request.mutable_entries(0)->set_note(std::string(10 << 20, 'x'));
  const absl::Status status =
      Call<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(status, HasReason(REASON_MESSAGE_TOO_LARGE));
  EXPECT_EQ(Events(), events_);
}

TEST_F(BadInput, ManyViolationsStillFitAnAnswer) {
  calendar::v1::RecordHalfDaysRequest request;
  for (int i = 0; i < 500; ++i) request.add_entries()->set_date("hier");
  const absl::Status status =
      Call<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request);
  EXPECT_THAT(status, HasReason(REASON_INVALID_REQUEST)) << status;
  EXPECT_THAT(ViolatedFields(status), Contains("entries[0].date"));
}

TEST_F(BadInput, ManyProblemsOfARulebookStillFitAnAnswer) {
  programme::v1::PublishRulebookRequest request;
  request.set_request_id(NewId());
  std::string source;
  for (int i = 0; i < 1000; ++i) source += "réglage-inconnu-" + std::to_string(i) + ": 1\n";
  request.set_source(source);
  EXPECT_THAT(Call<programme::v1::PublishRulebookResponse>("ProgrammeService.PublishRulebook", request),
              HasReason(REASON_RULEBOOK_INVALID));
}

TEST_F(BadInput, ARulebookMayEndItsLinesAsWindowsDoes) {
  programme::v1::PublishRulebookRequest request;
  request.set_request_id(NewId());
  const std::string source = programme_.Source(2);
  for (const char c : source) request.mutable_source()->append(c == '\n' ? "\r\n" : std::string(1, c));
  const auto published =
      programme_.Must<programme::v1::PublishRulebookResponse>("ProgrammeService.PublishRulebook", request);
  EXPECT_EQ(published.version().version(), 2);
  programme::v1::GetRulebookRequest get;
  get.set_programme(programme_.code());
  const auto kept = programme_.Must<programme::v1::GetRulebookResponse>("ProgrammeService.GetRulebook", get);
  EXPECT_EQ(kept.source(), request.source()) << "as it was written";
  EXPECT_FALSE(kept.rulebook().title_fr().empty());
  EXPECT_EQ(kept.rulebook().ShortDebugString().find("\\r"), std::string::npos);
  // A carriage return elsewhere would hide text from whoever prints the source.
  for (const char* hidden : {"\r", "# a\rb\n", "\r\r\n", "\x1b[2J\r\n"}) {
    request.set_request_id(NewId());
    request.set_source(programme_.Source(3) + hidden);
    EXPECT_THAT(ViolatedFields(Call<programme::v1::PublishRulebookResponse>(
                    "ProgrammeService.PublishRulebook", request)),
                ElementsAre("source"));
  }
}

TEST_F(BadInput, AHundredMegabytesDoNoHarm) {
  const absl::Status status =
      RawCall(World::stack().AddressOf("calendar"), "/jalon.calendar.v1.CalendarService/RecordHalfDays",
              std::string(100 << 20, '\x0a'), kOfficer);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
}

TEST_F(BadInput, AsManyProblemsAsRowsAreTold) {
  enrolment::v1::ImportCompaniesRequest request;
  request.set_request_id(NewId());
  for (int i = 0; i < 5000; ++i) {
    auto* company = request.add_companies();
    company->set_siren("12345678" + std::to_string(i));
    company->set_legal_category("beaucoup trop long");
    company->set_naf("beaucoup trop long");
    company->set_headcount_band("long");
    company->set_created_on("jamais");
    company->set_seat_nic("beaucoup");
    company->set_commune("beaucoup");
  }
  const auto imported =
      programme_.Must<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", request);
  EXPECT_EQ(imported.problems_size(), 5000);
  EXPECT_EQ(imported.added(), 0);
}

TEST_F(BadInput, GoodRowsGoInBesideBadOnes) {
  enrolment::v1::ImportCompaniesRequest request;
  request.set_request_id(NewId());
  auto* bad = request.add_companies();
  bad->set_siren("lettres");
  bad->set_name("Sans clé");
  auto* good = request.add_companies();
  good->set_siren("732829320");
  good->set_name("Bonne ligne");
  const auto imported =
      programme_.Must<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", request);
  EXPECT_EQ(imported.added() + imported.changed() + imported.unchanged(), 1);
  ASSERT_EQ(imported.problems_size(), 1);
  EXPECT_EQ(imported.problems(0).index(), 0);
  EXPECT_THAT(imported.problems(0).message_fr(), HasSubstr("SIREN"));
}

TEST_F(BadInput, HalfDaysInTheWrongPlaceHaveEachTheirReason) {
  Client& officer = programme_.officer();
  EXPECT_THAT(Record(officer, Entry("2024-05-01")), HasReason(REASON_NON_WORKING_DAY)) << "a public holiday";
  EXPECT_THAT(Record(officer, Entry("2024-03-09")), HasReason(REASON_NON_WORKING_DAY)) << "a Saturday";
  EXPECT_THAT(Record(officer, Entry("1950-03-06")), HasReason(REASON_NOT_ASSIGNED)) << "the far past";
  EXPECT_THAT(Record(officer, Entry("2024-01-31")), HasReason(REASON_NOT_ASSIGNED))
      << "before the assignment";
  EXPECT_THAT(Record(officer, Entry("2199-03-04")), HasReason(REASON_IN_FUTURE));
  EXPECT_EQ(Events(), events_);

  auto confirmed = Entry("2024-05-01");
  confirmed.set_non_working_day_confirmed(true);
  EXPECT_THAT(Record(officer, confirmed), IsAccepted());
  const auto entry = Entry();
  EXPECT_THAT(Record(officer, entry), IsAccepted());
  EXPECT_THAT(Record(officer, entry), IsAccepted()) << "the same again is no second one";
  EXPECT_THAT(Record(officer, Entry()), HasReason(REASON_SLOT_TAKEN)) << "twice";
  auto other = entry;
  other.set_note("autre chose");
  EXPECT_THAT(Record(officer, other), HasReason(REASON_HALF_DAY_ID_REUSED));
  EXPECT_THAT(Record(officer, Entry("2024-03-05")), IsAccepted());
  EXPECT_THAT(Record(officer, Entry("2024-03-06")), IsAccepted());
  EXPECT_THAT(Record(officer, Entry("2024-03-07")), HasReason(REASON_GRANT_EXHAUSTED));
  EXPECT_THAT(programme_.HalfDaysOf(case_id_), SizeIs(4));
}

TEST_F(BadInput, NotesComeBackAsTheyWere) {
  const std::string notes[] = {"NULL", R"("guillemets", 'apostrophes' et \barres\)", "{a,b},{}",
                               "ligne 1\nligne 2 ; é € 😀 %s $1 --"};
  int day = 4;
  for (const std::string& note : notes) {
    SCOPED_TRACE(note);
    auto entry = Entry("2024-03-0" + std::to_string(day++));
    entry.set_note(note);
    EXPECT_THAT(Record(programme_.officer(), entry), IsAccepted());
    EXPECT_THAT(programme_.HalfDaysOf(case_id_),
                Contains(::testing::Property(&calendar::v1::HalfDay::note, note)));
  }
  for (const std::string& note :
       {std::string("nul\0 octet", 10), std::string("retour\r"), std::string("\x1b[31m")}) {
    calendar::v1::RecordHalfDaysRequest request;
    request.set_request_id(NewId());
    *request.add_entries() = Entry("2024-03-20");
    request.mutable_entries(0)->set_note(note);
    EXPECT_THAT(
        ViolatedFields(Call<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request)),
        ElementsAre("entries[0].note"));
  }
}

TEST_F(BadInput, PageTokensAreGoodForTheirListAndTheirReaderOnly) {
  for (int i = 0; i < 3; ++i) programme_.GivenOpenCase();
  enrolment::v1::ListCasesRequest request;
  request.set_page_size(1);
  request.mutable_filter()->set_programme(programme_.code());
  const auto first = programme_.Must<enrolment::v1::ListCasesResponse>("EnrolmentService.ListCases", request);
  const std::string token = first.next_page_token();
  ASSERT_THAT(token, Not(IsEmpty()));
  request.set_page_token(token);
  const auto second =
      programme_.Must<enrolment::v1::ListCasesResponse>("EnrolmentService.ListCases", request);
  ASSERT_EQ(second.cases_size(), 1);
  EXPECT_LT(second.cases(0).case_id(), first.cases(0).case_id());

  const auto refused = [&](const enrolment::v1::ListCasesRequest& wrong, Client& client) {
    EXPECT_THAT(ViolatedFields(
                    client.Call<enrolment::v1::ListCasesResponse>("EnrolmentService.ListCases", wrong, Once())
                        .status()),
                ElementsAre("page_token"))
        << wrong.ShortDebugString();
  };
  for (size_t i = 0; i < token.size(); ++i) {
    auto tampered = request;
    // Base64 without padding ignores some last bits; this bit is never one of them.
    (*tampered.mutable_page_token())[i] = token[i] == 'Q' ? 'z' : 'Q';
    if (i + 1 < token.size()) refused(tampered, programme_.officer());
  }
  for (const char* nonsense : {"x", "AAAA", "%%%", "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    auto tampered = request;
    tampered.set_page_token(nonsense);
    refused(tampered, programme_.officer());
  }
  auto other_filter = request;
  other_filter.mutable_filter()->set_region("32");
  refused(other_filter, programme_.officer());
  const auto auditor = World::stack().Connect(kAuditor);
  refused(request, *auditor);
}

// A balancer may send the second page to another process than gave the first; and a service restarts.
TEST_F(BadInput, PageTokensAreGoodAtEveryProcessOfTheDatabase) {
  for (int i = 0; i < 2; ++i) programme_.GivenOpenCase();
  enrolment::v1::ListCasesRequest request;
  request.set_page_size(1);
  request.mutable_filter()->set_programme(programme_.code());
  const auto first = programme_.Must<enrolment::v1::ListCasesResponse>("EnrolmentService.ListCases", request);
  request.set_page_token(first.next_page_token());
  for (const Topology topology : {Topology::kOneProcess, Topology::kOnePerArea}) {
    const Stack replica(
        World::cluster(),
        {.topology = topology, .database_dir = "", .flags = {"--workers", "1"}, .await_serving = true});
    const auto second = replica.Connect()->Call<enrolment::v1::ListCasesResponse>(
        "EnrolmentService.ListCases", request, Once());
    ASSERT_TRUE(second.ok()) << second.status();
    ASSERT_EQ(second->cases_size(), 1);
    EXPECT_LT(second->cases(0).case_id(), first.cases(0).case_id());
  }
}

// Fills a message with values that are right, almost right and absurd.
class Monkey {
 public:
  explicit Monkey(uint64_t seed) : random_(seed) {}

  std::string Bytes() {
    std::string bytes(random_() % 200, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }

  void Fill(google::protobuf::Message* message, int depth = 0) {
    using google::protobuf::FieldDescriptor;
    const auto* reflection = message->GetReflection();
    for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message->GetDescriptor()->field(i);
      if (random_() % 8 == 0) continue;
      const int count = field->is_repeated() ? static_cast<int>(random_() % 4) : 1;
      for (int n = 0; n < count; ++n) {
        switch (field->cpp_type()) {
          case FieldDescriptor::CPPTYPE_STRING:
            field->is_repeated() ? reflection->AddString(message, field, Text(field->name()))
                                 : reflection->SetString(message, field, Text(field->name()));
            break;
          case FieldDescriptor::CPPTYPE_INT32:
            if (!field->is_repeated()) reflection->SetInt32(message, field, static_cast<int32_t>(Number()));
            break;
          case FieldDescriptor::CPPTYPE_INT64:
            if (!field->is_repeated()) reflection->SetInt64(message, field, Number());
            break;
          case FieldDescriptor::CPPTYPE_BOOL:
            if (!field->is_repeated()) reflection->SetBool(message, field, random_() % 2 == 0);
            break;
          case FieldDescriptor::CPPTYPE_ENUM:
            field->is_repeated() ? reflection->AddEnumValue(message, field, static_cast<int>(random_() % 8))
                                 : reflection->SetEnumValue(message, field, static_cast<int>(random_() % 6));
            break;
          case FieldDescriptor::CPPTYPE_MESSAGE:
            if (depth < 5)
              Fill(field->is_repeated() ? reflection->AddMessage(message, field)
                                        : reflection->MutableMessage(message, field),
                   depth + 1);
            break;
          default:
            break;
        }
      }
    }
  }

  void Offer(int64_t number) { numbers_.push_back(number); }

 private:
  std::string Text(const std::string& name) {
    if (name.ends_with("request_id")) return NewId();
    if (name == "page_token" || name == "etag") return random_() % 2 == 0 ? "" : "1";
    if (name.ends_with("_on") || name == "date" || name == "from" || name == "until") {
      static const char* const kDates[] = {"2024-02-29", "2025-03-10", "1900-01-01",
                                           "2199-12-31", "2024-05-01", "2026-01-08"};
      return kDates[random_() % 6];
    }
    if (name == "month" || name.ends_with("_month")) return random_() % 2 == 0 ? "1900-01" : "2199-12";
    if (name == "half_day_id" || name == "half_day_ids") return random_() % 2 == 0 ? half_day_ : NewId();
    if (name == "siren") return siren_;
    if (name == "programme") return programme_;
    if (name == "phase") return random_() % 3 == 0 ? "diagnosis" : "accompaniment";
    if (name == "funder") return programme_ + (random_() % 2 == 0 ? "-bpifrance" : "-region");
    if (name == "region" || name == "regions") return random_() % 2 == 0 ? "32" : "00";
    if (name == "cursor") return std::to_string(Number());
    static const char* const kTexts[] = {"",     "x",  "a-code", "texte é", "' \" \\ {} NULL ;--",
                                         "%s%n", "32", "0"};
    return kTexts[random_() % 8];
  }
  int64_t Number() {
    static constexpr int64_t kNumbers[] = {
        0, 1, 2, 100, -1, INT64_MAX, INT64_MIN, INT32_MAX, 100000000000000, 999};
    return random_() % 2 == 0 && !numbers_.empty() ? numbers_[random_() % numbers_.size()]
                                                   : kNumbers[random_() % 10];
  }

 public:
  std::string half_day_, siren_, programme_;

 private:
  std::mt19937_64 random_;
  std::vector<int64_t> numbers_;
};

TEST_F(BadInput, NothingThatComesOverTheWireIsAnInternalError) {
  Monkey monkey(Seed());
  monkey.programme_ = programme_.code();
  monkey.siren_ = programme_.GivenCompany();
  monkey.half_day_ =
      programme_.GivenApprovedHalfDay(case_id_, consultant_, {"2024-03-04", common::v1::HALF_MORNING});
  monkey.Offer(case_id_);
  monkey.Offer(consultant_);
  for (const auto* service : AllServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      std::string area = service->file()->package().substr(sizeof "jalon." - 1);
      area.resize(area.find('.'));
      const bool watch = method->name() == "WatchEvents";
      for (int round = 0; round < (watch ? 4 : 60); ++round) {
        std::string bytes = monkey.Bytes();
        std::string told = "random bytes";
        if (round % 4 != 0) {
          const auto message = NewMessage(method->input_type());
          monkey.Fill(message.get());
          bytes = message->SerializeAsString();
          told = message->ShortDebugString();
        }
        const absl::Status status =
            RawCall(World::stack().AddressOf(area), "/" + service->full_name() + "/" + method->name(), bytes,
                    kOfficer, "en", watch ? std::chrono::milliseconds(200) : std::chrono::seconds(20));
        const bool fault = status.code() == absl::StatusCode::kInternal ||
                           status.code() == absl::StatusCode::kUnavailable ||
                           status.code() == absl::StatusCode::kUnknown;
        EXPECT_FALSE(fault) << method->full_name() << " " << told << "\n" << status << "\nseed " << Seed();
        if (!status.ok() && status.code() != absl::StatusCode::kDeadlineExceeded) {
          EXPECT_NE(Outcome::Of(status).reason, REASON_UNSPECIFIED)
              << method->full_name() << " " << told << "\n"
              << status;
        }
      }
    }
  }
}

}  // namespace
}  // namespace jalon::test
