// What of the border with the wire needs no wire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "base/paris.h"
#include "base/refusal.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "jalon/assignment/v1/assignment_service.pb.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "jalon/funding/v1/funding_service.pb.h"
#include "rpc/digest.h"
#include "rpc/executor.h"
#include "rpc/page.h"
#include "rpc/status.h"
#include "rpc/tokens.h"
#include "rpc/validator.h"

namespace jalon::rpc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using namespace common::v1;

constexpr char kUuid[] = "0191e0a0-0000-7000-8000-000000000001";

std::vector<std::string> Fields(const google::protobuf::Message& message) {
  std::vector<std::string> fields;
  for (const Violation& violation : Violations(message)) {
    EXPECT_THAT(violation.fr, Not(IsEmpty()));
    EXPECT_THAT(violation.en, Not(IsEmpty()));
    EXPECT_NE(violation.fr, violation.en);
    fields.push_back(violation.field);
  }
  return fields;
}

funding::v1::SignAgreementRequest GoodRequest() {
  funding::v1::SignAgreementRequest request;
  request.set_request_id(kUuid);
  request.set_case_id(1);
  request.set_signed_on("2025-03-10");
  auto& phase = *request.add_phases();
  phase.set_phase("diagnosis");
  phase.set_half_days(20);
  return request;
}

TEST(Validator, FindsNothingWrongWithARightRequest) {
  EXPECT_THAT(Fields(GoodRequest()), IsEmpty());
}

TEST(Validator, ReportsEveryViolationAtOnceInBothLanguages) {
  funding::v1::SignAgreementRequest request;
  request.set_request_id("not-a-uuid");
  request.set_signed_on("2026-02-30");
  auto& phase = *request.add_phases();
  phase.set_phase("Diagnosis");
  phase.set_half_days(1'001);
  phase.mutable_day_rate()->set_cents(-1);
  phase.mutable_day_rate()->set_currency("USD");
  EXPECT_THAT(Fields(request),
              ElementsAre("request_id", "case_id", "signed_on", "phases[0].phase", "phases[0].half_days",
                          "phases[0].day_rate.cents", "phases[0].day_rate.currency"));
}

TEST(Validator, AsksForWhatIsRequired) {
  EXPECT_THAT(Fields(funding::v1::SignAgreementRequest()),
              ElementsAre("request_id", "case_id", "signed_on", "phases"));
}

TEST(Validator, HoldsNumbersToTheirBoundsInclusive) {
  for (const auto& [half_days, good] :
       std::vector<std::pair<int, bool>>{{-1, false}, {0, false}, {1, true}, {1'000, true}, {1'001, false}}) {
    funding::v1::SignAgreementRequest request = GoodRequest();
    request.mutable_phases(0)->set_half_days(half_days);
    EXPECT_EQ(Fields(request).empty(), good) << half_days;
  }
}

TEST(Validator, TakesZeroForARequiredNumberWhoseLeastIsZero) {
  enrolment::v1::OpenCaseRequest request;
  request.set_request_id(kUuid);
  request.set_programme("p");
  request.set_siren("732829320");
  request.set_applied_on("2025-03-10");
  auto& facts = *request.mutable_facts();
  facts.mutable_turnover();
  facts.mutable_balance_sheet();
  facts.set_year_closed_on("2024-12-31");
  EXPECT_THAT(Fields(request), IsEmpty());
  facts.clear_turnover();
  EXPECT_THAT(Fields(request), ElementsAre("facts.turnover"));
}

TEST(Validator, HoldsListsToTheirLengthAndEachItemToItsRule) {
  calendar::v1::AttestHalfDaysRequest request;
  request.set_request_id(kUuid);
  EXPECT_THAT(Fields(request), ElementsAre("half_day_ids"));
  for (int i = 0; i < 500; ++i) request.add_half_day_ids(kUuid);
  EXPECT_THAT(Fields(request), IsEmpty());
  request.set_half_day_ids(7, "7");
  EXPECT_THAT(Fields(request), ElementsAre("half_day_ids[7]"));
  request.add_half_day_ids(kUuid);
  EXPECT_THAT(Fields(request), ElementsAre("half_day_ids"));
}

TEST(Validator, KnowsThatAnEndDoesNotPrecedeItsBeginning) {
  funding::v1::CreateEnvelopeRequest request;
  request.set_request_id(kUuid);
  request.set_funder("bpifrance");
  request.mutable_allocated()->set_cents(100);
  request.set_starts_on("2026-01-01");
  request.set_ends_on("2026-01-01");
  EXPECT_THAT(Fields(request), IsEmpty());
  request.set_ends_on("2025-12-31");
  EXPECT_THAT(Fields(request), ElementsAre("ends_on"));
  request.set_starts_on("demain");
  EXPECT_THAT(Fields(request), ElementsAre("starts_on"));
  funding::v1::SummarizeFundingRequest summary;
  summary.set_until_month("2025-12");
  EXPECT_THAT(Fields(summary), IsEmpty());
  summary.set_from_month("2026-01");
  EXPECT_THAT(Fields(summary), ElementsAre("until_month"));
}

TEST(Validator, TakesNothingToComeForWhatHasHappened) {
  auto request = GoodRequest();
  request.set_signed_on(Today().ToIso());
  EXPECT_THAT(Fields(request), IsEmpty());
  request.set_signed_on(Today().AddDays(1).ToIso());
  EXPECT_THAT(Fields(request), ElementsAre("signed_on"));
}

TEST(Validator, KnowsHowAContactIsWritten) {
  enrolment::v1::Contact contact;
  contact.set_siren("732829320");
  contact.set_name("Claire Durand");
  contact.set_email("claire@exemple.fr");
  EXPECT_THAT(Fields(contact), IsEmpty());
  contact.set_name("Claire\nDurand");
  contact.set_email("claire");
  contact.set_phone("03 20\n03 20");
  contact.set_language("de");
  EXPECT_THAT(Fields(contact), ElementsAre("name", "email", "phone", "language"));
}

TEST(Validator, CountsCharactersNotBytes) {
  assignment::v1::AddAbsenceRequest request;
  request.set_request_id(kUuid);
  request.set_consultant_id(1);
  request.set_starts_on("2025-03-10");
  request.set_ends_on("2025-03-10");
  std::string text;
  for (int i = 0; i < 100; ++i) text += "é";
  request.set_label(text);
  EXPECT_THAT(Fields(request), IsEmpty());
  request.set_label(text + "é");
  EXPECT_THAT(Fields(request), ElementsAre("label"));
  request.set_label("two\nlines");
  EXPECT_THAT(Fields(request), IsEmpty());
  request.set_label("a\tb");
  EXPECT_THAT(Fields(request), ElementsAre("label"));
}

TEST(Validator, SaysWhatIsWrongWithASiren) {
  const auto said = [](const std::string& siren) {
    enrolment::v1::GetCompanyRequest request;
    request.set_siren(siren);
    const auto violations = Violations(request);
    return violations.size() == 1 ? violations[0].en : std::to_string(violations.size()) + " violations";
  };
  EXPECT_THAT(said(""), HasSubstr("required"));
  EXPECT_THAT(said("73282932A"), HasSubstr("digits only"));
  EXPECT_THAT(said("73282932"), HasSubstr("nine digits"));
  EXPECT_THAT(said("732829321"), HasSubstr("check digit"));
  EXPECT_THAT(said("732 829 320"), HasSubstr("without spaces"));
}

TEST(Validator, LeavesToTheHandlerWhatItJudgesItemByItem) {
  enrolment::v1::ImportCompaniesRequest request;
  request.set_request_id(kUuid);
  request.add_companies()->set_siren("wrong");
  EXPECT_THAT(Fields(request), IsEmpty());
  EXPECT_THAT(Fields(request.companies(0)), ElementsAre("siren", "name"));
}

TEST(Validator, StopsAtAHundredViolationsOrSo) {
  calendar::v1::RecordHalfDaysRequest request;
  for (int i = 0; i < 500; ++i) request.add_entries();
  EXPECT_GE(Violations(request).size(), 100u);
  EXPECT_LE(Violations(request).size(), 110u);
}

TEST(InvalidRequest, CarriesEveryFieldInTheLanguageAskedFor) {
  const std::vector<Violation> violations = {{"a.b", "faux", "wrong"}, {"c[0]", "trop", "too many"}};
  for (const Language language : {Language::kFrench, Language::kEnglish}) {
    const absl::Status status = RefuseInvalid(violations, language);
    EXPECT_EQ(ReasonOf(status), REASON_INVALID_REQUEST);
    google::rpc::BadRequest bad;
    ASSERT_TRUE(
        bad.ParseFromString(std::string(*status.GetPayload("type.googleapis.com/google.rpc.BadRequest"))));
    ASSERT_EQ(bad.field_violations_size(), 2);
    EXPECT_EQ(bad.field_violations(0).field(), "a.b");
    EXPECT_EQ(bad.field_violations(1).description(), language == Language::kFrench ? "trop" : "too many");
  }
}

// ---- Digests.

TEST(Digest, IsThatOfTheStandards) {
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  // RFC 4231, test case 2.
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Digest, TellsSecretsApart) {
  EXPECT_TRUE(SameSecret("", ""));
  EXPECT_TRUE(SameSecret("ab", "ab"));
  EXPECT_FALSE(SameSecret("ab", "ac"));
  EXPECT_FALSE(SameSecret("ab", "abc"));
  EXPECT_NE(RandomBytes(16), RandomBytes(16));
  EXPECT_THAT(RandomBytes(16), SizeIs(16));
}

// ---- Tokens.

absl::StatusOr<Tokens> Load(const std::string& text) {
  const std::string path = testing::TempDir() + "/tokens-" + std::to_string(std::hash<std::string>()(text));
  std::ofstream(path) << text;
  absl::StatusOr<Tokens> tokens = Tokens::Load(path);
  std::remove(path.c_str());
  return tokens;
}

TEST(TokenFile, SaysWhomATokenStandsFor) {
  const auto tokens = Load(
      "# who may call\n"
      "\n"
      "t1 alice officer,auditor   # both\n"
      "t2 bob   CONSULTANT consultant=12\r\n"
      "t3 carol funder funder=bpifrance\n"
      "t4 dave  company company=732829320");
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  const auto alice = tokens->Authenticate("Bearer t1");
  ASSERT_TRUE(alice.ok());
  EXPECT_EQ(alice->name, "alice");
  EXPECT_TRUE(alice->Has(ROLE_OFFICER) && alice->Has(ROLE_AUDITOR) && alice->SeesAll());
  EXPECT_FALSE(alice->Has(ROLE_FUNDER));
  EXPECT_EQ(tokens->Authenticate("Bearer t2")->consultant_id, 12);
  EXPECT_FALSE(tokens->Authenticate("Bearer t2")->SeesAll());
  EXPECT_EQ(tokens->Authenticate("Bearer t3")->funder, "bpifrance");
  EXPECT_EQ(tokens->Authenticate("Bearer t4")->siren, "732829320");
}

TEST(TokenFile, LetsNobodyElseIn) {
  const auto tokens = Load("t1 alice officer\n");
  ASSERT_TRUE(tokens.ok());
  EXPECT_EQ(ReasonOf(tokens->Authenticate("").status()), REASON_TOKEN_MISSING);
  EXPECT_EQ(ReasonOf(tokens->Authenticate("Basic t1").status()), REASON_TOKEN_MISSING);
  EXPECT_EQ(ReasonOf(tokens->Authenticate("t1").status()), REASON_TOKEN_MISSING);
  for (const std::string_view header : {"Bearer ", "Bearer t", "Bearer t11", "Bearer t1 ", "Bearer #"})
    EXPECT_EQ(ReasonOf(tokens->Authenticate(header).status()), REASON_TOKEN_INVALID) << header;
}

TEST(TokenFile, ThatIsWrongIsRefusedWithItsLine) {
  for (const std::string_view line :
       {"t2", "t2 bob", "t2 bob king", "t2 bob unspecified", "t2 bob ,officer", "t2 bob consultant",
        "t2 bob consultant consultant=0", "t2 bob consultant consultant=-1",
        "t2 bob consultant consultant=1x", "t2 bob consultant consultant=", "t2 bob funder",
        "t2 bob funder funder=", "t2 bob company", "t2 bob company company=732829321",
        "t2 bob officer what=ever", "t2 bob officer what", "t1 bob officer"}) {
    const auto tokens = Load("t1 alice officer\n" + std::string(line) + "\n");
    ASSERT_FALSE(tokens.ok()) << line;
    EXPECT_THAT(std::string(tokens.status().message()), HasSubstr(":2: ")) << line;
  }
  EXPECT_FALSE(Tokens::Load("/nowhere/tokens").ok());
}

// ---- Pages.

CallContext Caller(const std::string& name) {
  CallContext call;
  call.principal.name = name;
  return call;
}

constexpr char kPageSecret[] = "a secret of the database";

TEST(PageToken, LeadsToThePageAfterItsKey) {
  enrolment::v1::ListCompaniesRequest request;
  request.set_name_prefix("abc");
  for (const std::string& key :
       {std::string("12"), std::string("732829320é\0x", 13), std::string(1'200, 'k')}) {
    request.set_page_token(PageToken(kPageSecret, Caller("alice"), request, key));
    request.set_page_size(7);
    const auto page = ReadPage(kPageSecret, Caller("alice"), request);
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->after, key);
    EXPECT_EQ(page->size, 7);
  }
}

TEST(PageToken, IsNotNeededForTheFirstPage) {
  const auto page = ReadPage(kPageSecret, Caller("alice"), enrolment::v1::ListCompaniesRequest());
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->after, "");
  EXPECT_EQ(page->size, kDefaultPageSize);
}

TEST(PageToken, IsGoodForTheSameCallerListAndFilterOnly) {
  enrolment::v1::ListCompaniesRequest request;
  request.set_page_token(PageToken(kPageSecret, Caller("alice"), request, "12"));
  EXPECT_TRUE(ReadPage(kPageSecret, Caller("alice"), request).ok());
  EXPECT_EQ(ReasonOf(ReadPage(kPageSecret, Caller("bob"), request).status()), REASON_INVALID_REQUEST);

  enrolment::v1::ListCompaniesRequest other_filter = request;
  other_filter.set_region("32");
  EXPECT_FALSE(ReadPage(kPageSecret, Caller("alice"), other_filter).ok());

  enrolment::v1::ListCasesRequest other_list;
  other_list.set_page_token(request.page_token());
  EXPECT_FALSE(ReadPage(kPageSecret, Caller("alice"), other_list).ok());
}

TEST(PageToken, IsGoodUnderItsSecretOnly) {
  enrolment::v1::ListCompaniesRequest request;
  request.set_page_token(PageToken("another secret", Caller("alice"), request, "12"));
  EXPECT_EQ(ReasonOf(ReadPage(kPageSecret, Caller("alice"), request).status()), REASON_INVALID_REQUEST);
}

TEST(PageToken, ThatWasTamperedWithIsRefused) {
  enrolment::v1::ListCompaniesRequest request;
  const std::string token = PageToken(kPageSecret, Caller("alice"), request, "123456789012");
  for (size_t i = 0; i < token.size(); ++i) {
    std::string tampered = token;
    tampered[i] = tampered[i] == 'A' ? 'B' : 'A';
    request.set_page_token(tampered);
    const auto page = ReadPage(kPageSecret, Caller("alice"), request);
    EXPECT_FALSE(page.ok() && page->after != "123456789012") << i;
    request.set_page_token(token.substr(0, i));
    if (i > 0) {
      EXPECT_FALSE(ReadPage(kPageSecret, Caller("alice"), request).ok()) << i;
    }
  }
  for (const std::string wrong : {"!", "====", "AAAA", "{}"}) {
    request.set_page_token(wrong);
    EXPECT_FALSE(ReadPage(kPageSecret, Caller("alice"), request).ok()) << wrong;
  }
}

// A list must take back the token it gave, however long the name that its last row has.
TEST(PageToken, OfTheLongestKeyIsTakenBack) {
  std::string longest = "732829320";
  for (int i = 0; i < 300; ++i) longest += "\xF0\x9F\x8F\xAD";
  enrolment::v1::ListCompaniesRequest request;
  request.set_page_token(PageToken(kPageSecret, Caller("alice"), request, longest));
  EXPECT_THAT(Fields(request), IsEmpty());
}

// ---- The executor.

TEST(Executor, RefusesWhatDoesNotFitItsQueueAndFinishesWhatDoes) {
  std::atomic<int> done = 0;
  std::promise<void> started, release;
  {
    Executor executor(1, 2);
    ASSERT_TRUE(executor.Submit([&] {
      started.set_value();
      release.get_future().wait();
    }));
    started.get_future().wait();
    EXPECT_TRUE(executor.Submit([&] { ++done; }));
    EXPECT_TRUE(executor.Submit([&] { ++done; }));
    EXPECT_EQ(executor.queued(), 2u);
    EXPECT_FALSE(executor.Submit([&] { done += 100; }));
    release.set_value();
  }
  EXPECT_EQ(done, 2);
}

TEST(Executor, RunsWhatManyThreadsSubmitOnce) {
  std::atomic<int> ran = 0, taken = 0;
  {
    Executor executor(3, 10'000);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1'000; ++i) taken += executor.Submit([&] { ++ran; }) ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(taken, 4'000);
  EXPECT_EQ(ran, taken);
}

// ---- Refusals on the wire.

google::rpc::Status Rich(const grpc::Status& status) {
  google::rpc::Status rich;
  EXPECT_TRUE(rich.ParseFromString(status.error_details()));
  return rich;
}

template <typename Detail>
std::vector<Detail> DetailsOf(const google::rpc::Status& status) {
  std::vector<Detail> found;
  for (const auto& any : status.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) found.push_back(detail);
  }
  return found;
}

TEST(Status, TellsTheReasonAndItsSentenceInTheCallersLanguage) {
  CallContext call;
  call.language = Language::kFrench;
  const grpc::Status status = ToGrpc(Refuse(REASON_CASE_NOT_FOUND, {{"case_id", "12"}}), call);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "Aucun dossier n° 12.");
  const google::rpc::Status rich = Rich(status);
  EXPECT_EQ(rich.code(), 5);
  EXPECT_EQ(DetailsOf<google::rpc::ErrorInfo>(rich).at(0).reason(), "CASE_NOT_FOUND");
  EXPECT_EQ(DetailsOf<google::rpc::ErrorInfo>(rich).at(0).domain(), "jalon");
  EXPECT_EQ(DetailsOf<google::rpc::ErrorInfo>(rich).at(0).metadata().at("case_id"), "12");
  EXPECT_EQ(DetailsOf<google::rpc::LocalizedMessage>(rich).at(0).locale(), "fr");
}

TEST(Status, HidesADefectBehindItsTrace) {
  CallContext call;
  call.language = Language::kEnglish;
  call.trace_id = "0123456789abcdef";
  const grpc::Status status = ToGrpc(absl::InternalError("SELECT secret"), call);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message(), HasSubstr("0123456789abcdef"));
  EXPECT_THAT(status.error_message() + status.error_details(), Not(HasSubstr("secret")));
}

TEST(Status, TellsACallerOfASaturatedServiceHowLongToWait) {
  const google::rpc::Status rich = Rich(ToGrpc(Refuse(REASON_OVERLOADED), {}));
  ASSERT_THAT(DetailsOf<google::rpc::RetryInfo>(rich), SizeIs(1));
  EXPECT_GT(DetailsOf<google::rpc::RetryInfo>(rich)[0].retry_delay().nanos(), 0);
  EXPECT_TRUE(ToGrpc(absl::OkStatus(), {}).ok());
}

}  // namespace
}  // namespace jalon::rpc
