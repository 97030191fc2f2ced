// Everything that parses what comes from outside, fed with noise and with right input spoilt. What must hold:
// it neither dies nor leaves its input (the dev preset runs this under AddressSanitizer), and what it does
// take is right. Every run draws the same input; JALON_FUZZ_SEED and JALON_FUZZ_ROUNDS draw other and more.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "base/cents.h"
#include "base/commune.h"
#include "base/date.h"
#include "base/language.h"
#include "base/rate.h"
#include "base/refusal.h"
#include "base/siren.h"
#include "base/uuid.h"
#include "calendar/attestation_page.h"
#include "calendar/feed.h"
#include "http/form.h"
#include "jalon/assignment/v1/assignment_service.pb.h"
#include "jalon/audit/v1/audit_service.pb.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "jalon/funding/v1/funding_service.pb.h"
#include "jalon/programme/v1/programme_service.pb.h"
#include "rpc/page.h"
#include "rpc/tokens.h"
#include "rpc/validator.h"
#include "rules/examples.h"
#include "rules/rulebook.h"
#include "rules/rulebook_diff.h"
#include "storage/params.h"
#include "storage/sqlstate.h"
#include "storage/text_form.h"

namespace jalon {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Fuzz : public testing::Test {
 protected:
  Fuzz() : seed_(FromEnvironment("JALON_FUZZ_SEED", 20260617)), random_(seed_) {
    RecordProperty("seed", std::to_string(seed_));
  }

  int Rounds(int rounds) const { return static_cast<int>(FromEnvironment("JALON_FUZZ_ROUNDS", 1)) * rounds; }
  size_t Below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  bool OneIn(size_t n) { return Below(n) == 0; }

  template <typename Range>
  auto OneOf(const Range& range) {
    return range[Below(range.size())];
  }

  std::string Noise(size_t most) {
    std::string bytes(Below(most + 1), '\0');
    for (char& c : bytes) c = static_cast<char>(random_());
    return bytes;
  }

  // Bits flipped, pieces dropped, doubled, moved and replaced by what parsers trip over.
  std::string Spoilt(std::string text) {
    static const std::vector<std::string> kPieces = {std::string(1, '\0'),
                                                     "\xff",
                                                     "\u00A0",
                                                     "\u202F",
                                                     "-",
                                                     "--",
                                                     "0",
                                                     "99999999999999999999",
                                                     "'",
                                                     "\"",
                                                     "\\",
                                                     "{",
                                                     "[",
                                                     "]",
                                                     "}",
                                                     "&a ",
                                                     "*a",
                                                     "!!x ",
                                                     "\n",
                                                     "\t",
                                                     ": ",
                                                     "- ",
                                                     "#",
                                                     "%",
                                                     "€",
                                                     "\xC3",
                                                     "1e9",
                                                     "0x1",
                                                     "~",
                                                     "null",
                                                     ",",
                                                     "|\n",
                                                     "é"};
    for (size_t edits = 1 + Below(4); edits > 0; --edits) {
      const size_t at = Below(text.size() + 1), length = Below(std::min<size_t>(text.size() - at, 40) + 1);
      switch (Below(5)) {
        case 0:
          if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << Below(8)));
          break;
        case 1:
          text.erase(at, length);
          break;
        case 2:
          text.insert(at, std::string(text.substr(at, length)));
          break;
        case 3:
          text.insert(Below(text.size() + 1), std::string(text.substr(at, length)));
          break;
        default:
          text.replace(at, Below(length + 1), OneOf(kPieces));
      }
    }
    return text;
  }

  std::string Input(const std::vector<std::string>& good) {
    return OneIn(4) ? Noise(60) : Spoilt(OneOf(good));
  }

  const uint64_t seed_;
  std::mt19937_64 random_;
};

// Of every programme we have, so that each field of the language is spoilt in its turn; what is taken all the
// same runs its examples and is told.
TEST_F(Fuzz, RulebooksAreReadOrRefusedInPlace) {
  std::vector<std::string> good;
  for (const auto& entry : std::filesystem::directory_iterator(JALON_SOURCE_DIR "/deploy/rulebooks")) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream file(entry.path());
    std::ostringstream text;
    text << file.rdbuf();
    good.push_back(text.str());
    ASSERT_THAT(rules::ParseRulebook(good.back()).problems, testing::IsEmpty());
  }
  const programme::v1::Rulebook first = rules::ParseRulebook(good[0]).rulebook;
  int taken = 0;
  for (int i = 0; i < Rounds(3'000); ++i) {
    const std::string source = OneIn(10) ? Noise(400) : Spoilt(good[static_cast<size_t>(i) % good.size()]);
    const auto lines = std::count(source.begin(), source.end(), '\n') + 1;
    const rules::ParsedRulebook parsed = rules::ParseRulebook(source);
    ASSERT_LE(parsed.problems.size(), 100u);
    if (parsed.problems.empty()) {
      ++taken;
      ASSERT_EQ(static_cast<int>(rules::RunExamples(parsed.rulebook).size()),
                parsed.rulebook.examples_size());
      rules::DiffRulebooks(first, parsed.rulebook);
      ASSERT_FALSE(rules::TellRulebook(parsed.rulebook, Language::kFrench).empty());
    }
    for (const rules::RulebookProblem& problem : parsed.problems) {
      ASSERT_TRUE(1 <= problem.line && problem.line <= lines && problem.column >= 1) << problem.en;
      ASSERT_FALSE(problem.fr.empty() || problem.en.empty());
    }
  }
  EXPECT_GT(taken, 0);  // some edits fall into comments
}

TEST_F(Fuzz, DatesAreThoseTheyWriteBack) {
  for (int i = 0; i < Rounds(100'000); ++i) {
    const std::string text = Input({"2026-06-17", "1900-01-01", "2199-12-31", "2024-02-29", "2026-06"});
    if (const auto date = Date::Parse(text)) {
      ASSERT_EQ(date->ToIso(), text);
    }
    if (const auto month = Month::Parse(text)) {
      ASSERT_EQ(month->ToIso(), text);
    }
  }
}

TEST_F(Fuzz, AmountsAreThoseTheyWriteBack) {
  for (int i = 0; i < Rounds(100'000); ++i) {
    const std::string text =
        Input({"13 000,00 €", "13000", "-13000.5 EUR", "1 234 567,89", "90000000000000,00"});
    const auto amount = ParseEuros(text);
    if (!amount) continue;
    ASSERT_LE(std::abs(amount->value()), kMaxCents);
    ASSERT_EQ(ParseEuros(FormatEuros(*amount, Language::kFrench)), amount) << text;
  }
}

TEST_F(Fuzz, RatesAreFractionsOfZeroOrMore) {
  for (int i = 0; i < Rounds(100'000); ++i) {
    const auto rate = Rate::Parse(Input({"42 %", "54,66%", "1/3", "0.42", "0,0000000000000001 %", "100%"}));
    if (!rate) continue;
    ASSERT_GE(rate->numerator(), 0);
    ASSERT_GT(rate->denominator(), 0);
    ASSERT_FALSE(rate->FormatPercent(Language::kFrench).empty());
  }
}

TEST_F(Fuzz, IdentifiersKeepTheirDigitsAlone) {
  const auto all_digits = [](const std::string& text) {
    return text.find_first_not_of("0123456789") == std::string::npos;
  };
  for (int i = 0; i < Rounds(100'000); ++i) {
    const std::string text =
        Input({"732829320", "732 829 320", "73282932000074", "35600000049837", "35600000000048"});
    if (const auto siren = Siren::Parse(text)) {
      ASSERT_TRUE(siren->str().size() == 9 && all_digits(siren->str())) << text;
      ASSERT_EQ(VatNumber(*siren).size(), 13u);
    }
    if (const auto siret = Siret::Parse(text)) {
      ASSERT_TRUE(siret->str().size() == 14 && all_digits(siret->str())) << text;
      ASSERT_TRUE(Siren::Parse(siret->siren().str())) << text;
    }
    DepartmentOfCommune(text);
    LanguageFromTag(text);
    if (const auto uuid = Uuid::Parse(Input({"0191e0a0-0000-7000-8000-000000000001"}))) {
      ASSERT_EQ(Uuid::Parse(uuid->str()), uuid);
    }
  }
}

TEST_F(Fuzz, TokenFilesAreReadOrRefusedWithALine) {
  const std::string good =
      "# tokens\nt1 alice officer,auditor\nt2 bob consultant consultant=12\n"
      "t3 carol funder funder=bpifrance\nt4 dave company company=732829320\n";
  const std::string path = testing::TempDir() + "/fuzz-tokens-" + std::to_string(random_());
  int taken = 0;
  for (int i = 0; i < Rounds(2'000); ++i) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << (OneIn(5) ? Noise(200) : Spoilt(good));
    const auto tokens = rpc::Tokens::Load(path);
    if (!tokens.ok()) {
      ASSERT_THAT(std::string(tokens.status().message()), testing::ContainsRegex(":[0-9]+: "));
      continue;
    }
    ++taken;
    for (const std::string header : {"Bearer t1", "Bearer t2", "Bearer t3", "Bearer t4"}) {
      const auto who = tokens->Authenticate(header);
      if (!who.ok()) continue;
      // Whoever sees own data only has something of their own.
      ASSERT_TRUE(!who->Has(common::v1::ROLE_CONSULTANT) || who->consultant_id > 0);
      ASSERT_TRUE(!who->Has(common::v1::ROLE_FUNDER) || !who->funder.empty());
      ASSERT_TRUE(!who->Has(common::v1::ROLE_COMPANY) || Siren::Parse(who->siren));
      ASSERT_NE(who->roles, 0u);
    }
  }
  std::remove(path.c_str());
  EXPECT_GT(taken, 0);
}

TEST_F(Fuzz, PageTokensAreGoodAsTheyWereGivenOnly) {
  constexpr char kPageSecret[] = "a secret of the database";
  rpc::CallContext call;
  call.principal.name = "alice";
  enrolment::v1::ListCompaniesRequest request;
  for (int i = 0; i < Rounds(5'000); ++i) {
    const std::string key = Noise(40) + "k";
    const std::string token = rpc::PageToken(kPageSecret, call, request, key);
    request.set_page_token(token);
    const auto page = rpc::ReadPage(kPageSecret, call, request);
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->after, key);
    // Letters only: a token is text of the contract.
    std::string spoilt = token;
    spoilt[Below(spoilt.size())] = OneOf(std::string("ABCDabcd0123-_=+/ "));
    if (OneIn(3)) spoilt.erase(Below(spoilt.size()), 1 + Below(4));
    if (spoilt.empty()) continue;
    request.set_page_token(spoilt);
    const auto other = rpc::ReadPage(kPageSecret, call, request);
    ASSERT_TRUE(!other.ok() || other->after == key) << token << " " << spoilt;
  }
}

// ---- Messages.

std::vector<const Message*> Requests() {
  std::vector<const Message*> requests;
  for (const auto* file : {programme::v1::ListProgrammesRequest::descriptor()->file(),
                           enrolment::v1::GetCaseRequest::descriptor()->file(),
                           assignment::v1::GetConsultantRequest::descriptor()->file(),
                           calendar::v1::ListHalfDaysRequest::descriptor()->file(),
                           funding::v1::ListFundersRequest::descriptor()->file(),
                           audit::v1::ListEventsRequest::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i)
      requests.push_back(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(file->message_type(i)));
  }
  return requests;
}

void CheckViolations(const Message& message) {
  const std::vector<Violation> violations = rpc::Violations(message);
  ASSERT_LE(violations.size(), 110u);
  for (const Violation& violation : violations)
    ASSERT_FALSE(violation.field.empty() || violation.fr.empty() || violation.en.empty());
  const absl::Status status = RefuseInvalid(violations, Language::kFrench);
  ASSERT_EQ(ReasonOf(status), common::v1::REASON_INVALID_REQUEST);
}

TEST_F(Fuzz, BytesOfTheWireAreValidatedWhateverTheySay) {
  const std::vector<const Message*> prototypes = Requests();
  int parsed = 0;
  testing::internal::CaptureStderr();  // protobuf tells of each text that is not UTF-8
  for (int i = 0; i < Rounds(40'000); ++i) {
    const std::unique_ptr<Message> message(OneOf(prototypes)->New());
    if (!message->ParseFromString(Noise(40))) continue;
    ++parsed;
    ASSERT_NO_FATAL_FAILURE(CheckViolations(*message));
  }
  testing::internal::GetCapturedStderr();
  EXPECT_GT(parsed, 0);
}

TEST_F(Fuzz, MessagesOfAnyContentAreValidated) {
  const std::vector<std::string> texts = {
      "",       "2026-06-17",           "732829320", "p",
      "\u202F", std::string("a\0b", 3), "32",        "0191e0a0-0000-7000-8000-000000000001"};
  const std::vector<int64_t> numbers = {0, 1, -1, 1'000, INT64_MAX, INT64_MIN, INT32_MAX, INT32_MIN};
  const std::function<void(Message*, int)> fill = [&](Message* message, int depth) {
    const auto* reflection = message->GetReflection();
    for (int f = 0; f < message->GetDescriptor()->field_count(); ++f) {
      const FieldDescriptor* field = message->GetDescriptor()->field(f);
      for (size_t times = field->is_repeated() ? Below(4) : Below(2); times > 0; --times) {
        const bool many = field->is_repeated();
        switch (field->cpp_type()) {
          case FieldDescriptor::CPPTYPE_STRING: {
            const std::string text = OneIn(9) ? std::string(Below(3'000), 'x') : Input(texts);
            many ? reflection->AddString(message, field, text) : reflection->SetString(message, field, text);
            break;
          }
          case FieldDescriptor::CPPTYPE_INT64:
            if (!many) reflection->SetInt64(message, field, OneOf(numbers));
            break;
          case FieldDescriptor::CPPTYPE_INT32:
            if (!many) reflection->SetInt32(message, field, static_cast<int32_t>(OneOf(numbers)));
            break;
          case FieldDescriptor::CPPTYPE_BOOL:
            if (!many) reflection->SetBool(message, field, OneIn(2));
            break;
          case FieldDescriptor::CPPTYPE_ENUM: {
            const int value = static_cast<int>(Below(9)) - 1;
            many ? reflection->AddEnumValue(message, field, value)
                 : reflection->SetEnumValue(message, field, value);
            break;
          }
          case FieldDescriptor::CPPTYPE_MESSAGE:
            if (depth < 4)
              fill(many ? reflection->AddMessage(message, field) : reflection->MutableMessage(message, field),
                   depth + 1);
            break;
          default:
            break;
        }
      }
    }
  };
  const std::vector<const Message*> prototypes = Requests();
  for (int i = 0; i < Rounds(10'000); ++i) {
    const std::unique_ptr<Message> message(OneOf(prototypes)->New());
    fill(message.get(), 0);
    ASSERT_NO_FATAL_FAILURE(CheckViolations(*message));
  }
}

// ---- What comes back from PostgreSQL.

TEST_F(Fuzz, ErrorMessagesOfTheServerAreRead) {
  const std::vector<std::string> states = {"JL001", "23505", "40001", "57014", "08006", "XX000", ""};
  testing::internal::CaptureStderr();
  for (int i = 0; i < Rounds(5'000); ++i) {
    const std::string message =
        Input({R"(ERROR:  CASE_NOT_FOUND {"case_id": "12"})",
               "ERROR:  HALF_DAYS_LEFT_OUTSIDE {\"date\": \"2026-06-17\"}\nCONTEXT:  x",
               R"(ERROR:  NO_TARIFF {"phase": "a\"b\\\u001f", "date": null})"});
    const storage::Fault fault = storage::FaultOfState(OneOf(states), message, "statement");
    ASSERT_NE(ReasonOf(fault.status), common::v1::REASON_UNSPECIFIED);
    for (const Language language : {Language::kFrench, Language::kEnglish})
      ASSERT_FALSE(Sentence(ReasonOf(fault.status), MetadataOf(fault.status), language).empty());
  }
  testing::internal::GetCapturedStderr();
}

// A JSON string as PostgreSQL's jsonb writes it.
std::string Json(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += std::string("\\") + c;
    } else if (c == '\n' || c == '\t' || c == '\r' || c == '\b' || c == '\f') {
      json += std::string("\\") + (c == '\n'   ? 'n'
                                   : c == '\t' ? 't'
                                   : c == '\r' ? 'r'
                                   : c == '\b' ? 'b'
                                               : 'f');
    } else if (byte < 0x20) {
      constexpr char kDigits[] = "0123456789abcdef";
      json += std::string("\\u00") + kDigits[byte >> 4] + kDigits[byte & 15];
    } else {
      json += c;
    }
  }
  return json + "\"";
}

TEST_F(Fuzz, MetadataComesBackAsItWasRefusedWith) {
  for (int i = 0; i < Rounds(5'000); ++i) {
    // Metadata travels as protobuf text, hence UTF-8.
    const std::vector<std::string> pieces = {"a", "\"", "\\", "\n",   "\t", "\x01", "\x1f", "{",
                                             "}", ":",  ",",  "null", "é",  "€",    " "};
    const auto text = [&] {
      std::string result;
      for (size_t length = Below(8); length > 0; --length) result += OneOf(pieces);
      return result;
    };
    const Metadata metadata = {{"case_id", text()}, {"date" + text(), text()}};
    std::string json;
    for (const auto& [key, value] : metadata)
      json += (json.empty() ? "{" : ", ") + Json(key) + ": " + Json(value);
    const auto fault =
        storage::FaultOfState("JL001", "ERROR:  CASE_NOT_FOUND " + json + "}\nCONTEXT:  \"x\": \"y\"", "s");
    ASSERT_EQ(MetadataOf(fault.status), metadata) << json;
  }
}

TEST_F(Fuzz, ArraysComeBackAsTheyWereSent) {
  for (int i = 0; i < Rounds(20'000); ++i) {
    std::vector<std::string> sent, read;
    for (size_t count = Below(5); count > 0; --count)
      sent.push_back(OneIn(2) ? Noise(10) : Spoilt("a,b\"c\\"));
    const std::string array = *storage::Params().Array(sent).values()[0];
    storage::ForEachElement(array, [&](const std::string& element) { read.push_back(element); });
    ASSERT_EQ(read, sent) << array;
  }
}

TEST_F(Fuzz, ArraysOfNoiseAreReadWithoutLeavingThem) {
  for (int i = 0; i < Rounds(50'000); ++i) {
    // On the heap and without an end of its own, so that AddressSanitizer sees a step too far.
    const std::string text = Input({R"({a,"b c","d\"e"})", "{}", "{1,2,3}", "{\"\\\"}"});
    const std::vector<char> bytes(text.begin(), text.end());
    size_t read = 0;
    storage::ForEachElement(std::string_view(bytes.data(), bytes.size()),
                            [&](const std::string& element) { read += element.size() + 1; });
    ASSERT_LE(read, bytes.size() + 1);
    storage::FromHex(std::string_view(bytes.data(), bytes.size()));
  }
}

TEST_F(Fuzz, BytesComeBackAsTheyWereSent) {
  for (int i = 0; i < Rounds(20'000); ++i) {
    const std::string bytes = Noise(30);
    ASSERT_EQ(storage::FromHex(storage::HexBytes(bytes)), bytes);
  }
}

TEST_F(Fuzz, TimestampsComeBackToTheMicrosecond) {
  for (int i = 0; i < Rounds(20'000); ++i) {
    const int64_t seconds = static_cast<int64_t>(Below(4'102'444'800));  // 1970 to 2100
    const auto micros = static_cast<int>(Below(1'000'000));
    const std::chrono::sys_seconds at{std::chrono::seconds(seconds)};
    const Date day = Date::FromDays(std::chrono::floor<std::chrono::days>(at));
    char text[64];
    std::snprintf(text, sizeof text, "%s %02d:%02d:%02d.%06d+00", day.ToIso().c_str(),
                  static_cast<int>(seconds / 3600 % 24), static_cast<int>(seconds / 60 % 60),
                  static_cast<int>(seconds % 60), micros);
    const storage::Instant read = storage::ParseInstant(text);
    ASSERT_EQ(read.seconds, seconds) << text;
    ASSERT_EQ(read.nanos, micros * 1'000) << text;
  }
}

// What a stranger may send over HTTP: a path, and a form.
TEST_F(Fuzz, TokensInPathsAreOnesOfOursOrNone) {
  const std::string good = "ABCXYZabcxyz0123456789-_ABCXYZabcxyz0123456.ics";
  int taken = 0;
  for (int i = 0; i < Rounds(200'000); ++i) {
    const std::string text = OneIn(8) ? good : Input({good});
    const std::vector<char> bytes(text.begin(), text.end());
    const auto token = calendar::TokenOfFeedPath(std::string_view(bytes.data(), bytes.size()));
    if (!token) continue;
    ++taken;
    ASSERT_EQ(token->size(), calendar::kTokenCharacters);
    ASSERT_EQ(token->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string_view::npos);
    ASSERT_EQ(std::string(*token) + ".ics", text);
  }
  ASSERT_GT(taken, 0);
}

std::string PercentEncoded(const std::string& text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const unsigned char c : text) {
    encoded += '%';
    encoded += kDigits[c >> 4];
    encoded += kDigits[c & 15];
  }
  return encoded;
}

TEST_F(Fuzz, FormsComeBackAsTheyWereSent) {
  for (int i = 0; i < Rounds(20'000); ++i) {
    http::Form form;
    std::string body;
    for (size_t fields = Below(6); fields > 0; --fields) {
      const auto [field, added] = form.emplace(Noise(12), Noise(20));
      if (added) body += PercentEncoded(field->first) + "=" + PercentEncoded(field->second) + "&";
    }
    ASSERT_EQ(http::ParseForm(body, 6), form) << body;
  }
}

// Whatever a form says, the page that answers it holds no markup but its own, and what goes to the calendar
// keeps to the contract or is found out.
TEST_F(Fuzz, FormsOfNoiseAreReadOrRefusedAndShownAsText) {
  const std::string id = "0b6f1c1e-52c2-4d7c-9d5b-6f6c7d0c1a01";
  const std::vector<std::string> good = {
      "request_id=" + id + "&half_day." + id + "=attest&signer=Jeanne",
      "half_day." + id + "=dispute&reason." + id + "=%3Cscript%3Ealert(1)%3C/script%3E&signer=%22%3E%3Cb%3E",
      "signer=<script>&half_day.<script>=attest"};
  calendar::v1::OpenAttestationResponse sheet;
  sheet.mutable_link()->set_month("2026-03");
  auto* half_day = sheet.add_half_days();
  half_day->set_half_day_id(id);
  half_day->set_date("2026-03-03");
  half_day->set_state(calendar::v1::HALF_DAY_STATE_PERFORMED);
  const std::string plain = calendar::WriteAttestationPage(sheet, {Language::kFrench, id, "", http::Form()});
  const auto marks = [](const std::string& page) { return std::count(page.begin(), page.end(), '<'); };
  int taken = 0;
  for (int i = 0; i < Rounds(20'000); ++i) {
    const std::string body = Input(good);
    const auto form = http::ParseForm(body, calendar::kMaxFormFields);
    if (!form) continue;
    const auto said = calendar::AttestationOf(*form);
    if (!said) continue;
    ++taken;
    const std::string page = calendar::WriteAttestationPage(sheet, {Language::kFrench, id, "", *form});
    ASSERT_EQ(marks(page), marks(plain)) << body;
    calendar::v1::AttestByLinkRequest request;
    *request.mutable_attestation() = *said;
    rpc::Violations(request);
  }
  ASSERT_GT(taken, 0);
}

}  // namespace
}  // namespace jalon
