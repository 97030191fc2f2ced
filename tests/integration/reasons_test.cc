#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <map>
#include <regex>
#include <set>
#include <thread>

#include "base/cents.h"
#include "clients/rpc/contracts.h"
#include "google/protobuf/wrappers.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "jalon/common/v1/options.pb.h"
#include "tests/support/gate.h"
#include "tests/support/programme.h"
#include "tests/support/raw_call.h"
#include "tests/support/world.h"

// Every reason of the contract is produced, under its code, with its sentence in both languages.
namespace jalon::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Call = std::function<absl::Status(Client&)>;

const common::v1::Refusal& RefusalOf(Reason reason) {
  return common::v1::Reason_descriptor()->FindValueByNumber(reason)->options().GetExtension(
      common::v1::refusal);
}

google::rpc::ErrorInfo InfoOf(const absl::Status& status) {
  google::rpc::Status rich;
  if (const auto payload = status.GetPayload("type.googleapis.com/google.rpc.Status"))
    rich.ParseFromString(std::string(*payload));
  google::rpc::ErrorInfo info;
  for (const auto& detail : rich.details())
    if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&info);
  return info;
}

// What a person reads for a value: the state in the language's own word, cents as an amount.
std::string Told(const std::string& key, const std::string& value, bool french) {
  static const std::map<std::string, std::string> kStates = {
      {"admitted", "admis"}, {"rejected", "rejeté"}, {"performed", "réalisée"}, {"approved", "approuvée"}};
  if (key == "state") return french ? kStates.at(value) : value;
  if (!key.ends_with("_cents")) return value;
  return FormatEuros(Cents(std::stoll(value)), french ? Language::kFrench : Language::kEnglish);
}

// The sentence of the contract with its blanks filled; a blank without its word is a failure.
std::string Filled(std::string sentence, const google::protobuf::Map<std::string, std::string>& metadata,
                   bool french) {
  for (const auto& [key, value] : metadata)
    if (const size_t at = sentence.find("{" + key + "}"); at != std::string::npos)
      sentence.replace(at, key.size() + 2, Told(key, value, french));
  EXPECT_THAT(sentence, Not(HasSubstr("{"))) << "a blank without its word";
  return sentence;
}

int FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  socklen_t length = sizeof address;
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length);
  close(probe);
  return ntohs(address.sin_port);
}

void AwaitSql(const std::string& question, const std::string& answer) {
  for (int i = 0; i < 600; ++i) {
    if (World::cluster().Sql(question) == answer) return;
    std::this_thread::sleep_for(50ms);
  }
  ADD_FAILURE() << "never " << answer << ": " << question;
}

// Of those whose statement reads `of`; the services' own chores may wait as well.
void AwaitBlocked(int callers, const std::string& of) {
  AwaitSql(
      "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%" + of + "%'",
      std::to_string(callers));
}

// Whether the metrics at an address, host:port, come to hold a line.
bool AwaitMetric(const std::string& address, const std::string& line) {
  const std::string scrape = "exec 3<>/dev/tcp/127.0.0.1/" + address.substr(address.find(':') + 1) +
                             "; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3";
  for (int i = 0; i < 200; ++i) {
    if (std::regex_search(Run({"bash", "-c", scrape}).output, std::regex(line))) return true;
    std::this_thread::sleep_for(50ms);
  }
  ADD_FAILURE() << "never counted: " << line;
  return false;
}

// A second try, for a wire that is not there yet.
CallOptions Few() {
  CallOptions options = Once();
  options.max_retries = 1;
  return options;
}

class Reasons : public ::testing::Test {
 protected:
  // Makes the call in both languages and checks all that it says of itself.
  void Expect(Reason reason, const Call& call) {
    SCOPED_TRACE(Reason_Name(reason));
    for (const bool french : {true, false}) {
      const auto client = stack_->Connect(token_, french ? "fr" : "en");
      Check(reason, call(*client), french);
    }
  }

  void Check(Reason reason, const absl::Status& status, bool french) {
    SCOPED_TRACE(Reason_Name(reason));
    ASSERT_THAT(status, HasReason(reason));
    EXPECT_EQ(absl::StatusCodeToString(status.code()), RefusalOf(reason).code());
    const google::rpc::ErrorInfo info = InfoOf(status);
    EXPECT_EQ(info.domain(), "jalon");
    const std::string sentence =
        Filled(french ? RefusalOf(reason).fr() : RefusalOf(reason).en(), info.metadata(), french);
    EXPECT_EQ(CallErrorOf(status).message, sentence);
    EXPECT_EQ(std::string(status.message()), sentence);
    seen_.insert(reason);
  }

  template <class Response, class Request>
  void Expect(Reason reason, const char* method, Request request) {
    Expect(reason, [&](Client& client) {
      if constexpr (requires { request.set_request_id(""); }) request.set_request_id(NewId());
      return client.Call<Response>(method, request, Once()).status();
    });
  }

  // The refusal of an entry, which is an outcome and no error.
  void ExpectOfEntry(Reason reason, const calendar::v1::HalfDayEntry& entry) {
    ExpectOfEntry(reason, [&](Client& client) { return Record(client, entry); });
  }
  void ExpectOfPlan(Reason reason, const calendar::v1::HalfDayEntry& entry) {
    ExpectOfEntry(reason, [&](Client& client) { return Plan(client, entry); });
  }
  void ExpectOfEntry(Reason reason, const std::function<Outcome(Client&)>& enter) {
    SCOPED_TRACE(Reason_Name(reason));
    for (const bool french : {true, false}) {
      const auto client = stack_->Connect(token_, french ? "fr" : "en");
      const Outcome outcome = enter(*client);
      ASSERT_THAT(outcome, HasReason(reason));
      EXPECT_THAT(outcome.told, Not(IsEmpty()));
      EXPECT_THAT(outcome.told, Not(HasSubstr("?"))) << "a blank without its word";
      const std::string& sentence = french ? RefusalOf(reason).fr() : RefusalOf(reason).en();
      EXPECT_EQ(outcome.told.substr(0, sentence.find('{')), sentence.substr(0, sentence.find('{')));
    }
    seen_.insert(reason);
  }

  void OfAnyCall();
  void OfRulebooks();
  void OfEnrolment();
  void OfOwnership();
  void OfAssignment();
  void OfMatching();
  void OfTheCalendar();
  void OfMonths();
  void OfDoors();
  void OfPlanning();
  void OfFunding();
  void OfDeMinimis();
  void OfAmendments();
  void OfEnvelopes();
  void OfPayments();
  void OfPeriods();
  void OfCeilings();
  void OfDates();
  void OfTrouble();

  const Stack* stack_ = &World::stack();
  std::string token_ = kOfficer;
  Programme programme_{World::stack()};
  std::set<Reason> seen_;
};

funding::v1::CreateFunderRequest SomeFunder() {
  funding::v1::CreateFunderRequest request;
  request.set_funder("f-" + NewId());
  request.set_name("Financeur");
  return request;
}

void Reasons::OfAnyCall() {
  token_ = "";
  Expect<funding::v1::ListFundersResponse>(REASON_TOKEN_MISSING, "FundingService.ListFunders",
                                           funding::v1::ListFundersRequest());
  token_ = "unknown";
  Expect<funding::v1::ListFundersResponse>(REASON_TOKEN_INVALID, "FundingService.ListFunders",
                                           funding::v1::ListFundersRequest());
  // Of health, which asks for no token.
  Expect(REASON_SERVICE_UNKNOWN, [](Client& client) {
    google::protobuf::StringValue nobody;
    nobody.set_value("jalon.nothing.v1.NothingService");
    google::protobuf::Int32Value status;
    return client.CallPath("calendar", "/grpc.health.v1.Health/Check", nobody, &status, Once());
  });
  token_ = kAuditor;
  Expect<funding::v1::CreateFunderResponse>(REASON_NOT_ALLOWED, "FundingService.CreateFunder", SomeFunder());
  token_ = kOfficer;
  Expect<funding::v1::CreateFunderResponse>(REASON_INVALID_REQUEST, "FundingService.CreateFunder",
                                            funding::v1::CreateFunderRequest());

  auto reused = SomeFunder();
  reused.set_request_id(NewId());
  programme_.Must<funding::v1::CreateFunderResponse>("FundingService.CreateFunder", reused);
  reused.set_name("Un autre");
  Expect(REASON_REQUEST_ID_REUSED, [&](Client& client) {
    return client.Call<funding::v1::CreateFunderResponse>("FundingService.CreateFunder", reused, Once())
        .status();
  });

  auto large = SomeFunder();
  large.set_name(std::string(5 << 20, 'x'));
  Expect<funding::v1::CreateFunderResponse>(REASON_MESSAGE_TOO_LARGE, "FundingService.CreateFunder", large);

  enrolment::v1::AdmitCaseRequest stale;
  stale.set_case_id(programme_.GivenOpenCase());
  stale.set_admitted_on(kAdmittedOn);
  stale.set_etag("999");
  Expect<enrolment::v1::AdmitCaseResponse>(REASON_STALE_ETAG, "EnrolmentService.AdmitCase", stale);
}

void Reasons::OfRulebooks() {
  programme::v1::GetRulebookRequest unknown;
  unknown.set_programme("no-such-programme");
  Expect<programme::v1::GetRulebookResponse>(REASON_PROGRAMME_NOT_FOUND, "ProgrammeService.GetRulebook",
                                             unknown);
  programme::v1::PublishRulebookRequest publish;
  publish.set_source("programme: x\nversion: zero\n");
  Expect<programme::v1::PublishRulebookResponse>(REASON_RULEBOOK_INVALID, "ProgrammeService.PublishRulebook",
                                                 publish);
  publish.set_source(programme_.Source(1));
  Expect<programme::v1::PublishRulebookResponse>(REASON_RULEBOOK_VERSION_EXISTS,
                                                 "ProgrammeService.PublishRulebook", publish);
}

void Reasons::OfEnrolment() {
  enrolment::v1::GetCompanyRequest company;
  company.set_siren(NthSiren(1999));
  Expect<enrolment::v1::GetCompanyResponse>(REASON_COMPANY_NOT_FOUND, "EnrolmentService.GetCompany", company);
  enrolment::v1::GetCaseRequest get;
  get.set_case_id(999'999'999);
  Expect<enrolment::v1::GetCaseResponse>(REASON_CASE_NOT_FOUND, "EnrolmentService.GetCase", get);

  const std::string siren = programme_.GivenCompany();
  enrolment::v1::AdmitCaseRequest admit;
  admit.set_case_id(programme_.GivenOpenCase(siren));
  admit.set_admitted_on(kAdmittedOn);
  Expect<enrolment::v1::OpenCaseResponse>(REASON_CASE_ALREADY_OPEN, "EnrolmentService.OpenCase",
                                          programme_.Application(siren));
  admit.set_granted_half_days(101);
  Expect<enrolment::v1::AdmitCaseResponse>(REASON_GRANT_OVER_CAP, "EnrolmentService.AdmitCase", admit);
  admit.set_granted_half_days(4);
  admit.set_request_id(NewId());
  programme_.Must<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", admit);
  Expect<enrolment::v1::AdmitCaseResponse>(REASON_CASE_STATE, "EnrolmentService.AdmitCase", admit);

  auto tiny = programme_.Application(programme_.GivenCompany());
  tiny.mutable_facts()->set_headcount_hundredths(3'00);
  enrolment::v1::AdmitCaseRequest ineligible;
  ineligible.set_case_id(
      programme_.Must<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", tiny).case_().case_id());
  ineligible.set_admitted_on(kAdmittedOn);
  Expect<enrolment::v1::AdmitCaseResponse>(REASON_NOT_ELIGIBLE, "EnrolmentService.AdmitCase", ineligible);

  enrolment::v1::GetCaseAssessmentRequest unassessed;
  unassessed.set_case_id(ineligible.case_id());
  Expect<enrolment::v1::GetCaseAssessmentResponse>(REASON_CASE_NOT_ADMITTED,
                                                   "EnrolmentService.GetCaseAssessment", unassessed);

  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(admit.case_id(), consultant);
  ASSERT_THAT(Plan(programme_.officer(), EntryOf(admit.case_id(), consultant, NthWorkingHalfDay(0))),
              IsAccepted());
  enrolment::v1::WithdrawCaseRequest withdraw;
  withdraw.set_case_id(admit.case_id());
  withdraw.set_reason("essai");
  Expect<enrolment::v1::WithdrawCaseResponse>(REASON_CASE_HAS_HALF_DAYS, "EnrolmentService.WithdrawCase",
                                              withdraw);
}

void Reasons::OfOwnership() {
  const auto declare = [&](Reason reason, const enrolment::v1::DeclareLinkRequest& request) {
    Expect<enrolment::v1::DeclareLinkResponse>(reason, "EnrolmentService.DeclareLink", request);
  };
  const std::string siren = programme_.GivenCompany();
  enrolment::v1::DeclareLinkRequest request;
  auto* link = request.mutable_link();
  link->mutable_holder()->set_party_id("p-" + programme_.code());
  link->mutable_held()->set_party_id(siren);
  link->set_capital_hundredths(60'00);
  link->set_votes_hundredths(60'00);
  link->set_starts_on("2020-01-01");
  link->set_source("statuts");
  declare(REASON_PARTY_NAME_MISSING, request);
  link->mutable_holder()->set_name("Dupont");
  link->mutable_holder()->set_kind(enrolment::v1::PARTY_KIND_NATURAL_PERSON);
  request.set_request_id(NewId());
  const auto declared =
      programme_.Must<enrolment::v1::DeclareLinkResponse>("EnrolmentService.DeclareLink", request).link();
  declare(REASON_LINK_OVERLAPS, request);
  link->mutable_holder()->set_kind(enrolment::v1::PARTY_KIND_PUBLIC_BODY);
  declare(REASON_PARTY_DIFFERS, request);

  auto back = request;
  back.mutable_link()->mutable_holder()->Clear();
  back.mutable_link()->mutable_holder()->set_party_id(siren);
  back.mutable_link()->mutable_held()->Clear();
  back.mutable_link()->mutable_held()->set_party_id(declared.holder().party_id());
  declare(REASON_HELD_IS_NO_ENTERPRISE, back);
  auto over = request;
  over.mutable_link()->mutable_holder()->set_kind(enrolment::v1::PARTY_KIND_ENTERPRISE);
  over.mutable_link()->mutable_holder()->set_party_id("e-" + programme_.code());
  over.mutable_link()->set_starts_on("2021-01-01");
  over.mutable_link()->set_capital_hundredths(40'01);
  over.mutable_link()->set_votes_hundredths(0);
  declare(REASON_HOLDINGS_OVER_WHOLE, over);

  // A group as large as one may be, made by the superuser; the next link would be one too many.
  World::cluster().Sql("insert into enrolment.party select 'g-" + programme_.code() +
                       "-' || i, 'enterprise', 'G', 'FR' from generate_series(1, 1000) as i; "
                       "insert into enrolment.ownership_group select 'g-" +
                       programme_.code() + "-' || i, 'g-" + programme_.code() +
                       "-1' from generate_series(1, 1000) as i");
  auto large = over;
  large.mutable_link()->mutable_holder()->set_party_id("g-" + programme_.code() + "-7");
  large.mutable_link()->mutable_held()->set_party_id(programme_.GivenCompany());
  large.mutable_link()->set_votes_hundredths(50'01);
  declare(REASON_GROUP_TOO_LARGE, large);

  const auto end = [&](Reason reason, const enrolment::v1::EndLinkRequest& ending) {
    Expect<enrolment::v1::EndLinkResponse>(reason, "EnrolmentService.EndLink", ending);
  };
  enrolment::v1::EndLinkRequest ending;
  ending.set_link_id(999'999'999);
  ending.set_ends_on("2019-12-31");
  ending.set_source("cession");
  end(REASON_LINK_NOT_FOUND, ending);
  ending.set_link_id(declared.link_id());
  end(REASON_LINK_ENDS_BEFORE_IT_STARTS, ending);
  ending.set_ends_on("2022-01-01");
  ending.set_request_id(NewId());
  programme_.Must<enrolment::v1::EndLinkResponse>("EnrolmentService.EndLink", ending);
  end(REASON_LINK_ENDED, ending);

  enrolment::v1::AddAccountsRequest accounts;
  accounts.mutable_accounts()->set_party_id(siren);
  accounts.mutable_accounts()->set_closed_on("2023-12-31");
  *accounts.mutable_accounts()->mutable_turnover() = Euros(1);
  *accounts.mutable_accounts()->mutable_balance_sheet() = Euros(1);
  accounts.mutable_accounts()->set_source("liasse");
  accounts.set_request_id(NewId());
  programme_.Must<enrolment::v1::AddAccountsResponse>("EnrolmentService.AddAccounts", accounts);
  Expect<enrolment::v1::AddAccountsResponse>(REASON_ACCOUNTS_EXIST, "EnrolmentService.AddAccounts", accounts);
}

void Reasons::OfAssignment() {
  const std::string siren = programme_.GivenCompany();
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{4}, kAdmittedOn, siren);
  const int64_t consultant = programme_.GivenConsultant();

  assignment::v1::GetConsultantRequest unknown;
  unknown.set_consultant_id(999'999'999);
  Expect<assignment::v1::GetConsultantResponse>(REASON_CONSULTANT_NOT_FOUND,
                                                "AssignmentService.GetConsultant", unknown);
  assignment::v1::EndAssignmentRequest end;
  end.set_assignment_id(999'999'999);
  end.set_ends_on("2024-01-10");
  Expect<assignment::v1::EndAssignmentResponse>(REASON_ASSIGNMENT_NOT_FOUND,
                                                "AssignmentService.EndAssignment", end);

  assignment::v1::CreateAssignmentRequest assign;
  assign.set_consultant_id(consultant);
  assign.set_phase(kPhase);
  assign.set_case_id(programme_.GivenOpenCase());
  Expect<assignment::v1::CreateAssignmentResponse>(REASON_CASE_NOT_ADMITTED,
                                                   "AssignmentService.CreateAssignment", assign);
  assign.set_case_id(case_id);
  assign.set_phase("awareness");
  Expect<assignment::v1::CreateAssignmentResponse>(REASON_PHASE_NOT_FOUND,
                                                   "AssignmentService.CreateAssignment", assign);
  assign.set_phase(kPhase);
  assign.set_ends_on("2199-12-31");
  assign.set_request_id(NewId());
  end.set_assignment_id(
      programme_.Must<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment", assign)
          .assignment()
          .assignment_id());
  Expect<assignment::v1::CreateAssignmentResponse>(REASON_ASSIGNMENT_OVERLAPS,
                                                   "AssignmentService.CreateAssignment", assign);

  assignment::v1::DeclareConflictRequest conflict;
  conflict.set_consultant_id(consultant);
  conflict.set_siren(siren);
  conflict.set_reason("Actionnaire");
  Expect<assignment::v1::DeclareConflictResponse>(REASON_ASSIGNED_TO_COMPANY,
                                                  "AssignmentService.DeclareConflict", conflict);
  conflict.set_consultant_id(programme_.GivenConsultant());
  conflict.set_request_id(NewId());
  programme_.Must<assignment::v1::DeclareConflictResponse>("AssignmentService.DeclareConflict", conflict);
  assign.set_consultant_id(conflict.consultant_id());
  Expect<assignment::v1::CreateAssignmentResponse>(REASON_CONFLICT_OF_INTEREST,
                                                   "AssignmentService.CreateAssignment", assign);
  assignment::v1::WithdrawConflictRequest withdraw;
  withdraw.set_request_id(NewId());
  withdraw.set_consultant_id(conflict.consultant_id());
  withdraw.set_siren(siren);
  withdraw.set_reason("déclaré par erreur");
  programme_.Must<assignment::v1::WithdrawConflictResponse>("AssignmentService.WithdrawConflict", withdraw);
  Expect<assignment::v1::WithdrawConflictResponse>(REASON_CONFLICT_NOT_FOUND,
                                                   "AssignmentService.WithdrawConflict", withdraw);
  assign.set_request_id(NewId());
  programme_.Must<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment", assign);

  ASSERT_THAT(Record(programme_.officer(), EntryOf(case_id, consultant, NthWorkingHalfDay(20))),
              IsAccepted());
  Expect<assignment::v1::EndAssignmentResponse>(REASON_HALF_DAYS_LEFT_OUTSIDE,
                                                "AssignmentService.EndAssignment", end);
  end.set_ends_on("2199-12-31");
  Expect<assignment::v1::EndAssignmentResponse>(REASON_ASSIGNMENT_ENDED, "AssignmentService.EndAssignment",
                                                end);
  assignment::v1::AddAbsenceRequest absence;
  absence.set_consultant_id(consultant);
  absence.set_starts_on("2025-08-04");
  absence.set_ends_on("2025-08-08");
  absence.set_request_id(NewId());
  programme_.Must<assignment::v1::AddAbsenceResponse>("AssignmentService.AddAbsence", absence);
  assignment::v1::RemoveAbsenceRequest remove;
  remove.set_absence_id(999'999'999);
  Expect<assignment::v1::RemoveAbsenceResponse>(REASON_ABSENCE_NOT_FOUND, "AssignmentService.RemoveAbsence",
                                                remove);
  Expect<assignment::v1::AddAbsenceResponse>(REASON_ABSENCE_OVERLAPS, "AssignmentService.AddAbsence",
                                             absence);
}

void Reasons::OfMatching() {
  const Date today = Today();
  const std::string siren = programme_.GivenCompany();
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{10}, today.AddDays(-30).ToIso(), siren);
  const int64_t consultant = programme_.GivenConsultant(), other = programme_.GivenConsultant();

  assignment::v1::UpdateConsultantRequest update;
  update.mutable_consultant()->set_consultant_id(999'999'999);
  update.add_update_mask("employer_siren");
  Expect<assignment::v1::UpdateConsultantResponse>(REASON_CONSULTANT_NOT_FOUND,
                                                   "AssignmentService.UpdateConsultant", update);
  update.mutable_consultant()->set_consultant_id(other);
  update.mutable_consultant()->set_employer_siren(siren);
  update.mutable_consultant()->set_etag("0");
  Expect<assignment::v1::UpdateConsultantResponse>(REASON_STALE_ETAG, "AssignmentService.UpdateConsultant",
                                                   update);
  update.mutable_consultant()->clear_etag();
  update.set_request_id(NewId());
  programme_.Must<assignment::v1::UpdateConsultantResponse>("AssignmentService.UpdateConsultant", update);

  assignment::v1::AccreditConsultantRequest accredit;
  accredit.set_consultant_id(consultant);
  accredit.set_programme("nowhere");
  accredit.set_starts_on("2024-01-01");
  Expect<assignment::v1::AccreditConsultantResponse>(REASON_PROGRAMME_NOT_FOUND,
                                                     "AssignmentService.AccreditConsultant", accredit);
  accredit.set_programme(programme_.code());
  accredit.set_ends_on("2024-12-31");
  accredit.set_request_id(NewId());
  programme_.Must<assignment::v1::AccreditConsultantResponse>("AssignmentService.AccreditConsultant",
                                                              accredit);
  assignment::v1::DeclarePreviousClientRequest client;
  client.set_consultant_id(999'999'999);
  client.set_siren(siren);
  client.set_ended_on("2024-01-01");
  Expect<assignment::v1::DeclarePreviousClientResponse>(REASON_CONSULTANT_NOT_FOUND,
                                                        "AssignmentService.DeclarePreviousClient", client);

  assignment::v1::CreateAssignmentRequest assign;
  assign.set_case_id(case_id);
  assign.set_phase(kPhase);
  assign.set_consultant_id(consultant);
  Expect<assignment::v1::CreateAssignmentResponse>(REASON_NOT_ACCREDITED,
                                                   "AssignmentService.CreateAssignment", assign);
  assign.set_consultant_id(other);
  Expect<assignment::v1::CreateAssignmentResponse>(REASON_CONFLICT_DERIVED,
                                                   "AssignmentService.CreateAssignment", assign);

  assignment::v1::RankCandidatesRequest rank;
  rank.mutable_need()->set_case_id(999'999'999);
  rank.mutable_need()->set_phase(kPhase);
  const char* const kRank = "AssignmentService.RankCandidates";
  Expect<assignment::v1::RankCandidatesResponse>(REASON_CASE_NOT_FOUND, kRank, rank);
  rank.mutable_need()->set_case_id(programme_.GivenOpenCase());
  Expect<assignment::v1::RankCandidatesResponse>(REASON_CASE_NOT_ADMITTED, kRank, rank);
  rank.mutable_need()->set_case_id(case_id);
  rank.mutable_need()->set_phase("awareness");
  Expect<assignment::v1::RankCandidatesResponse>(REASON_PHASE_NOT_FOUND, kRank, rank);

  assignment::v1::ProposeAssignmentsRequest propose;
  auto& need = *propose.add_needs();
  need.set_case_id(case_id);
  need.set_phase(kPhase);
  need.add_skills("nobody-has-it");
  Expect<assignment::v1::ProposeAssignmentsResponse>(REASON_NOBODY_FITS,
                                                     "AssignmentService.ProposeAssignments", propose);

  const int64_t leaver = programme_.GivenConsultant(), busy = programme_.GivenConsultant();
  for (const int64_t each : {leaver, busy}) programme_.GivenAssignment(case_id, each);
  Date monday = today.AddDays(7);
  while (!IsWorkingDay(monday)) monday = monday.AddDays(1);
  for (const int64_t each : {leaver, busy})
    ASSERT_THAT(
        Plan(programme_.officer(), EntryOf(case_id, each, {monday.ToIso(), common::v1::HALF_MORNING})),
        IsAccepted());
  assignment::v1::ReassignConsultantRequest reassign;
  reassign.set_consultant_id(leaver);
  reassign.set_last_day(today.ToIso());
  auto& successor = *reassign.add_successors();
  successor.set_case_id(case_id);
  successor.set_consultant_id(busy);
  const char* const kReassign = "AssignmentService.ReassignConsultant";
  Expect<assignment::v1::ReassignConsultantResponse>(REASON_REASSIGNMENT_BLOCKED, kReassign, reassign);
  successor.set_case_id(case_id + 1'000'000);
  Expect<assignment::v1::ReassignConsultantResponse>(REASON_NOT_ASSIGNED, kReassign, reassign);
  reassign.clear_successors();
  assignment::v1::RetireConsultantRequest retire;
  retire.set_consultant_id(leaver);
  retire.set_left_on(today.ToIso());
  Expect<assignment::v1::RetireConsultantResponse>(REASON_HALF_DAYS_LEFT_OUTSIDE,
                                                   "AssignmentService.RetireConsultant", retire);
  retire.set_consultant_id(consultant);
  retire.set_request_id(NewId());
  programme_.Must<assignment::v1::RetireConsultantResponse>("AssignmentService.RetireConsultant", retire);
  Expect<assignment::v1::RetireConsultantResponse>(REASON_CONSULTANT_LEFT,
                                                   "AssignmentService.RetireConsultant", retire);
  reassign.set_consultant_id(consultant);
  Expect<assignment::v1::ReassignConsultantResponse>(REASON_CONSULTANT_LEFT, kReassign, reassign);
}

void Reasons::OfTheCalendar() {
  Client& officer = programme_.officer();
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant, "2023-12-04", "2199-12-31");
  const auto on = [&](const char* date) {
    return EntryOf(case_id, consultant, {date, common::v1::HALF_MORNING});
  };

  calendar::v1::AttestHalfDaysRequest attest;
  attest.add_half_day_ids(NewId());
  Expect<calendar::v1::AttestHalfDaysResponse>(REASON_HALF_DAY_NOT_FOUND, "CalendarService.AttestHalfDays",
                                               attest);
  ExpectOfEntry(REASON_NOT_ASSIGNED, on("2023-12-01"));
  ExpectOfEntry(REASON_OUTSIDE_WINDOW, on("2023-12-05"));
  ExpectOfEntry(REASON_IN_FUTURE, on("2199-03-04"));
  ExpectOfEntry(REASON_NON_WORKING_DAY, on("2024-05-01"));
  ASSERT_THAT(AddAbsence(officer, consultant, "2024-06-03", "2024-06-07"), IsAccepted());
  ExpectOfEntry(REASON_CONSULTANT_ABSENT, on("2024-06-05"));

  auto entry = on("2024-03-04");
  ASSERT_THAT(Record(officer, entry), IsAccepted());
  ExpectOfEntry(REASON_SLOT_TAKEN, on("2024-03-04"));
  ASSERT_THAT(Record(officer, on("2024-03-05")), IsAccepted());
  ExpectOfEntry(REASON_GRANT_EXHAUSTED, on("2024-03-06"));
  calendar::v1::ApproveHalfDaysRequest approve;
  approve.add_half_day_ids(entry.half_day_id());
  Expect<calendar::v1::ApproveHalfDaysResponse>(REASON_HALF_DAY_STATE, "CalendarService.ApproveHalfDays",
                                                approve);
  auto other = entry;
  other.set_note("autre chose");
  ExpectOfEntry(REASON_HALF_DAY_ID_REUSED, other);
  ASSERT_THAT(Dispute(officer, entry.half_day_id()), IsAccepted());
  Expect<calendar::v1::ApproveHalfDaysResponse>(REASON_HALF_DAY_DISPUTED, "CalendarService.ApproveHalfDays",
                                                approve);
  ASSERT_THAT(Cancel(officer, entry.half_day_id()), IsAccepted());
  ExpectOfEntry(REASON_HALF_DAY_STATE, entry);
}

void Reasons::OfMonths() {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  calendar::v1::GetSheetRequest sheet;
  sheet.set_case_id(case_id);
  sheet.set_consultant_id(consultant);
  sheet.set_month("2024-01");
  Expect<calendar::v1::GetSheetResponse>(REASON_SHEET_NOT_FOUND, "CalendarService.GetSheet", sheet);
  calendar::v1::ListSheetsRequest list;
  list.mutable_filter()->set_month("2024-01");
  list.mutable_filter()->set_programme("no-such");
  Expect<calendar::v1::ListSheetsResponse>(REASON_PROGRAMME_NOT_FOUND, "CalendarService.ListSheets", list);

  Programme months(*stack_);  // others of this test go on in open months
  calendar::v1::LockMonthRequest lock;
  lock.set_programme(months.code());
  lock.set_month("2199-01");
  const auto expect = [&](Reason reason) {
    Expect<calendar::v1::LockMonthResponse>(reason, "CalendarService.LockMonth", lock);
  };
  expect(REASON_MONTH_NOT_OVER);
  lock.set_month("2024-01");
  ASSERT_THAT(LockMonth(programme_.officer(), months.code(), "2024-01"), IsAccepted());
  expect(REASON_MONTH_LOCKED);
  lock.set_month("2024-03");
  expect(REASON_MONTH_LOCK_ORDER);
}

void Reasons::OfDoors() {
  calendar::v1::RevokeFeedRequest feed;
  feed.set_feed_id(999'999'999);
  Expect<calendar::v1::RevokeFeedResponse>(REASON_FEED_NOT_FOUND, "CalendarService.RevokeFeed", feed);

  calendar::v1::CreateAttestationLinkRequest create;
  create.set_case_id(programme_.GivenCaseWithGrant(HalfDays{4}));
  create.set_consultant_id(programme_.GivenConsultant());
  create.set_month("2024-01");
  programme_.GivenAssignment(create.case_id(), create.consultant_id());
  const auto refused = [&](Reason reason) {
    Expect<calendar::v1::CreateAttestationLinkResponse>(reason, "CalendarService.CreateAttestationLink",
                                                        create);
  };
  refused(REASON_SHEET_NOT_FOUND);
  const auto entry = EntryOf(create.case_id(), create.consultant_id(), NthWorkingHalfDay(0));
  ASSERT_THAT(Record(programme_.officer(), entry), IsAccepted());
  ASSERT_THAT(Attest(programme_.officer(), entry.half_day_id()), IsAccepted());
  refused(REASON_NOTHING_TO_ATTEST);
  ASSERT_THAT(Reopen(programme_.officer(), entry.half_day_id()), IsAccepted());

  const auto given = [&] {
    create.set_request_id(NewId());
    return programme_.Must<calendar::v1::CreateAttestationLinkResponse>(
        "CalendarService.CreateAttestationLink", create);
  };
  const auto by_link = [&](Reason reason, const std::string& url) {
    calendar::v1::AttestByLinkRequest request;
    request.set_token(url.substr(url.rfind('/') + 1));
    request.mutable_attestation()->set_signer("Jeanne Martin");
    request.mutable_attestation()->add_half_day_ids(entry.half_day_id());
    Expect<calendar::v1::AttestByLinkResponse>(reason, "CalendarService.AttestByLink", request);
  };
  auto link = given();
  calendar::v1::AttestByCodeRequest code;
  code.set_case_id(create.case_id());
  code.set_consultant_id(create.consultant_id());
  code.set_month("2024-01");
  code.set_code(link.code() == "00000000" ? "00000001" : "00000000");
  code.mutable_attestation()->set_signer("Jeanne Martin");
  code.mutable_attestation()->add_half_day_ids(entry.half_day_id());
  const auto by_code = [&](Reason reason) {
    Expect<calendar::v1::AttestByCodeResponse>(reason, "CalendarService.AttestByCode", code);
  };
  by_code(REASON_CODE_WRONG);
  by_code(REASON_CODE_WRONG);
  by_code(REASON_CODE_LOCKED);
  by_link(REASON_LINK_INVALID, "no-such-token");
  World::cluster().Sql(
      "update calendar.attestation_link set created_at = now() - interval '9 days', expires_at = now() - "
      "interval '1 day' where link_id = " +
      std::to_string(link.link().link_id()));
  by_link(REASON_LINK_EXPIRED, link.url());
  link = given();
  code.set_code(link.code());
  calendar::v1::RevokeAttestationLinkRequest revoke;
  revoke.set_request_id(NewId());
  revoke.set_case_id(create.case_id());
  revoke.set_consultant_id(create.consultant_id());
  revoke.set_month("2024-01");
  programme_.Must<calendar::v1::RevokeAttestationLinkResponse>("CalendarService.RevokeAttestationLink",
                                                               revoke);
  by_code(REASON_LINK_REVOKED);
  link = given();
  code.set_request_id(NewId());
  code.set_code(link.code());
  programme_.Must<calendar::v1::AttestByCodeResponse>("CalendarService.AttestByCode", code);
  by_link(REASON_LINK_USED, link.url());
}

void Reasons::OfPlanning() {
  Programme ordered(*stack_);
  ASSERT_THAT(ordered.PublishSource(ordered.OrderedSource(2)), IsAccepted());
  const int64_t case_id = ordered.GivenCaseWithGrant(HalfDays{20});
  const int64_t consultant = ordered.GivenConsultant();
  ordered.GivenAssignment(case_id, consultant);
  const auto on = [&](const char* date) {
    return EntryOf(case_id, consultant, {date, common::v1::HALF_MORNING});
  };
  const auto capacity = [&](const char* set) {
    World::cluster().Sql(std::string("update assignment.consultant set ") + set +
                         " where consultant_id = " + std::to_string(consultant));
  };
  ExpectOfPlan(REASON_PHASE_WINDOW_CLOSED, on("2024-03-06"));
  ExpectOfEntry(REASON_PHASE_WINDOW_CLOSED, on("2024-03-06"));
  ExpectOfEntry(REASON_PREREQUISITE_PHASE, on("2024-03-12"));
  ExpectOfPlan(REASON_PREREQUISITE_PHASE, on("2024-03-12"));
  auto diagnosis = on("2024-03-12");
  diagnosis.set_phase("diagnosis");
  assignment::v1::CreateAssignmentRequest assign;
  assign.set_request_id(NewId());
  assign.set_case_id(case_id);
  assign.set_consultant_id(consultant);
  assign.set_phase("diagnosis");
  ordered.Must<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment", assign);
  ASSERT_THAT(Plan(ordered.officer(), diagnosis), IsAccepted());
  capacity("max_half_days_per_week = 1");
  ExpectOfPlan(REASON_WEEKLY_LOAD_EXCEEDED, on("2024-03-13"));
  capacity("working_halves = 4");
  ExpectOfPlan(REASON_CONSULTANT_NOT_WORKING, on("2024-03-20"));

  calendar::v1::PlanSeriesRequest series;
  series.set_case_id(case_id);
  series.set_consultant_id(consultant);
  series.set_phase(kPhase);
  series.set_from("2024-03-11");
  series.set_until("2024-05-31");
  series.mutable_weekly()->set_count(15);
  series.mutable_weekly()->add_halves()->set_weekday(calendar::v1::WEEKDAY_TUESDAY);
  Expect<calendar::v1::PlanSeriesResponse>(REASON_SERIES_DOES_NOT_FIT, "CalendarService.PlanSeries", series);
  calendar::v1::LeaveWaitingListRequest leave;
  leave.set_waiting_id(999'999'999);
  Expect<calendar::v1::LeaveWaitingListResponse>(REASON_WAITING_NOT_FOUND, "CalendarService.LeaveWaitingList",
                                                 leave);
}

void Reasons::OfFunding() {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{6});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);

  funding::v1::CreateEnvelopeRequest envelope;
  envelope.set_funder("no-such-funder");
  envelope.set_starts_on("2024-01-01");
  envelope.set_ends_on("2024-12-31");
  *envelope.mutable_allocated() = Euros(100);
  Expect<funding::v1::CreateEnvelopeResponse>(REASON_FUNDER_NOT_FOUND, "FundingService.CreateEnvelope",
                                              envelope);
  auto funder = SomeFunder();
  funder.set_funder(programme_.bpifrance());
  Expect<funding::v1::CreateFunderResponse>(REASON_FUNDER_EXISTS, "FundingService.CreateFunder", funder);
  funding::v1::GetAgreementRequest get;
  get.set_case_id(case_id);
  Expect<funding::v1::GetAgreementResponse>(REASON_AGREEMENT_NOT_FOUND, "FundingService.GetAgreement", get);

  const auto expect_of_signature = [&](Reason reason, const funding::v1::SignAgreementRequest& request) {
    Expect<funding::v1::SignAgreementResponse>(reason, "FundingService.SignAgreement", request);
  };
  auto agreement = programme_.AgreementOf(case_id, HalfDays{2});
  agreement.set_signed_on("2023-11-30");
  expect_of_signature(REASON_NO_TARIFF, agreement);
  agreement.set_signed_on("2024-01-05");
  expect_of_signature(REASON_SIGNED_BEFORE_ADMISSION, agreement);
  agreement.set_signed_on("2026-01-09");
  expect_of_signature(REASON_SIGNED_AFTER_WINDOW, agreement);
  expect_of_signature(REASON_DAY_RATE_OVER_CAP, programme_.AgreementOf(case_id, HalfDays{2}, 1'300'01));
  expect_of_signature(REASON_DAYS_OVER_GRANT, programme_.AgreementOf(case_id, HalfDays{7}));
  // Its envelopes were all of the years before.
  World::cluster().Sql("update funding.envelope set ends_on = '2025-03-09' where funder = '" +
                       programme_.bpifrance() + "'");
  expect_of_signature(REASON_ENVELOPE_NOT_FOUND, programme_.AgreementOf(case_id, HalfDays{2}));
  World::cluster().Sql("update funding.envelope set ends_on = '2026-12-31' where funder = '" +
                       programme_.bpifrance() + "'");
  Programme poor(*stack_, 1);
  expect_of_signature(REASON_ENVELOPE_EXHAUSTED,
                      poor.AgreementOf(poor.GivenCaseWithGrant(HalfDays{2}), HalfDays{2}));

  // A new version of the rulebook between quote and signature.
  int version = 1;
  Programme changing(*stack_);
  const int64_t changing_case = changing.GivenCaseWithGrant(HalfDays{2});
  Expect(REASON_QUOTE_STALE, [&](Client& client) {
    SqlSession holder(World::cluster());
    holder.Run("begin; select from enrolment.support_case where case_id = " + std::to_string(changing_case) +
               " for update");
    auto signing = std::async(std::launch::async, [&] {
      return client
          .Call<funding::v1::SignAgreementResponse>("FundingService.SignAgreement",
                                                    changing.AgreementOf(changing_case, HalfDays{2}), Once())
          .status();
    });
    AwaitBlocked(1, "funding.sign_agreement");
    EXPECT_THAT(changing.PublishVersion(++version), IsAccepted());
    holder.Run("commit");
    return signing.get();
  });

  programme_.GivenAgreement(case_id, HalfDays{2});
  expect_of_signature(REASON_AGREEMENT_EXISTS, programme_.AgreementOf(case_id, HalfDays{2}));
  funding::v1::ChargeHalfDaysRequest charge;
  charge.set_case_id(case_id);
  Expect<funding::v1::ChargeHalfDaysResponse>(REASON_NOTHING_TO_CHARGE, "FundingService.ChargeHalfDays",
                                              charge);
  const std::string half_day = programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  funding::v1::ReverseChargeRequest reverse;
  reverse.set_half_day_id(half_day);
  reverse.set_reason("essai");
  Expect<funding::v1::ReverseChargeResponse>(REASON_CHARGE_NOT_FOUND, "FundingService.ReverseCharge",
                                             reverse);
  programme_.Charge(case_id);
  funding::v1::RecordPaymentRequest pay;
  pay.set_request_id(NewId());
  pay.set_case_id(case_id);
  pay.set_funder(programme_.bpifrance());
  *pay.mutable_amount() = Euros(325'00);
  pay.set_reference("VIR-3");
  pay.set_paid_on("2024-01-05");
  Expect<funding::v1::RecordPaymentResponse>(REASON_PAID_BEFORE_CHARGED_WORK, "FundingService.RecordPayment",
                                             pay);
  pay.set_request_id(NewId());
  pay.set_paid_on("2025-06-02");
  programme_.Must<funding::v1::RecordPaymentResponse>("FundingService.RecordPayment", pay);
  Expect<funding::v1::RecordPaymentResponse>(REASON_PAYMENT_TWICE, "FundingService.RecordPayment", pay);
  pay.set_reference("VIR-4");
  Expect<funding::v1::RecordPaymentResponse>(REASON_PAYMENT_OVER_CHARGED, "FundingService.RecordPayment",
                                             pay);
  Expect<funding::v1::ReverseChargeResponse>(REASON_PAID, "FundingService.ReverseCharge", reverse);

  const int64_t second = programme_.GivenCaseWithGrant(HalfDays{6});
  programme_.GivenAssignment(second, consultant);
  programme_.GivenAgreement(second, HalfDays{1});
  reverse.set_half_day_id(programme_.GivenApprovedHalfDay(second, consultant, NthWorkingHalfDay(2)));
  programme_.Charge(second);
  programme_.GivenApprovedHalfDay(second, consultant, NthWorkingHalfDay(3));
  calendar::v1::CancelHalfDaysRequest cancel;
  cancel.add_half_day_ids(reverse.half_day_id());
  cancel.set_reason("essai");
  Expect<calendar::v1::CancelHalfDaysResponse>(REASON_HALF_DAY_CHARGED, "CalendarService.CancelHalfDays",
                                               cancel);
  charge.set_case_id(second);
  Expect<funding::v1::ChargeHalfDaysResponse>(REASON_AGREED_DAYS_EXHAUSTED, "FundingService.ChargeHalfDays",
                                              charge);
  reverse.set_request_id(NewId());
  programme_.Must<funding::v1::ReverseChargeResponse>("FundingService.ReverseCharge", reverse);
  Expect<funding::v1::ReverseChargeResponse>(REASON_ALREADY_REVERSED, "FundingService.ReverseCharge",
                                             reverse);
  OfPeriods();
}

void Reasons::OfPeriods() {
  funding::v1::SummarizeFundingRequest summarize;
  summarize.set_as_of("2199-12-31");
  Expect<funding::v1::SummarizeFundingResponse>(REASON_DAY_NOT_OVER, "FundingService.SummarizeFunding",
                                                summarize);
  funding::v1::GetPeriodRequest get;
  get.set_programme(programme_.code());
  get.set_month("2024-01");
  Expect<funding::v1::GetPeriodResponse>(REASON_PERIOD_NOT_FOUND, "FundingService.GetPeriod", get);
  funding::v1::ClosePeriodRequest close;
  close.set_programme(programme_.code());
  close.set_month("2199-12");
  Expect<funding::v1::ClosePeriodResponse>(REASON_PERIOD_NOT_OVER, "FundingService.ClosePeriod", close);
  close.set_month("2024-01");
  close.set_request_id(NewId());
  programme_.Must<funding::v1::ClosePeriodResponse>("FundingService.ClosePeriod", close);
  Expect<funding::v1::ClosePeriodResponse>(REASON_PERIOD_CLOSED, "FundingService.ClosePeriod", close);
}

// A rulebook whose ceilings refuse: of each phase 600 EUR, of the company 700 EUR a year.
std::string StrictSource(const Programme& programme) {
  const std::string covered =
      "coverage: [{funder: " + programme.bpifrance() + ", rate: 50 %, ceiling: 600 EUR, at_ceiling: refuse}]";
  return "programme: " + programme.code() + R"(
version: 2
title_fr: Strict
title_en: Strict
terms_fixed_by: agreement
cap_half_days: 100
window_months: 24
stack_cap: 80 %
payee: expert
funders: [)" +
         programme.bpifrance() + R"(]
company_ceilings: [{ceiling: 700 EUR, calendar_years: 1, at_ceiling: refuse}]
eligibility: {min_headcount: 1}
phases:
  - code: diagnosis
    title_fr: Diagnostic
    title_en: Diagnosis
    chargeable: true
    tariffs: [{fixed_price: 1 000 EUR, )" +
         covered + R"(}]
  - code: accompaniment
    title_fr: Accompagnement
    title_en: Accompaniment
    chargeable: true
    prerequisites: [diagnosis]
    tariffs: [{any_day_rate: true, )" +
         covered + R"(}]
examples:
  - title_fr: Sous les plafonds
    title_en: Below the ceilings
    facts: {headcount: 120, signed_on: 2025-03-10}
    phases:
      - {phase: diagnosis, half_days: 2, aid: 500 EUR}
      - {phase: accompaniment, half_days: 2, day_rate: 400 EUR, aid: 200 EUR}
)";
}

void Reasons::OfCeilings() {
  Programme strict(*stack_);
  const int64_t case_id = strict.GivenCaseWithGrant(HalfDays{10});
  programme::v1::PublishRulebookRequest publish;
  publish.set_request_id(NewId());
  publish.set_source(StrictSource(strict));
  strict.Must<programme::v1::PublishRulebookResponse>("ProgrammeService.PublishRulebook", publish);
  const auto expect = [&](Reason reason, funding::v1::SignAgreementRequest request) {
    Expect<funding::v1::SignAgreementResponse>(reason, "FundingService.SignAgreement", request);
  };
  const auto with_diagnosis = [&](int64_t day_rate) {
    auto request = strict.AgreementOf(case_id, HalfDays{2}, day_rate);
    funding::v1::AgreedPhase& diagnosis = *request.add_phases();
    diagnosis.set_phase("diagnosis");
    diagnosis.set_half_days(2);
    return request;
  };
  expect(REASON_PREREQUISITE_MISSING, strict.AgreementOf(case_id, HalfDays{2}, 400'00));
  expect(REASON_AID_OVER_CEILING, with_diagnosis(1'200'02));
  expect(REASON_COMPANY_OVER_CEILING, with_diagnosis(400'02));
  const auto signed_agreement =
      strict.Must<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", with_diagnosis(400'00));
  EXPECT_EQ(signed_agreement.agreement().terms().aid().cents(), 700'00);
}

// By a rulebook whose window is a month from the application, and its billing deadline another.
void Reasons::OfDates() {
  Programme dated(*stack_);
  programme::v1::PublishRulebookRequest publish;
  publish.set_request_id(NewId());
  std::string source = dated.Source(2);
  const std::string window = "window_months: 24";
  source.replace(source.find(window), window.size(),
                 "window_from: application\nno_start_before: admission\nbilling_deadline_months: 1\n"
                 "window_months: 1");
  publish.set_source(source);
  dated.Must<programme::v1::PublishRulebookResponse>("ProgrammeService.PublishRulebook", publish);

  auto application = dated.Application(dated.GivenCompany());
  application.mutable_facts()->add_statuses("cooperative");
  Expect<enrolment::v1::OpenCaseResponse>(REASON_STATUS_UNKNOWN, "EnrolmentService.OpenCase", application);
  enrolment::v1::AdmitCaseRequest admit;
  admit.set_case_id(dated.GivenOpenCase());
  admit.set_admitted_on("2024-01-01");
  Expect<enrolment::v1::AdmitCaseResponse>(REASON_ADMITTED_BEFORE_APPLICATION, "EnrolmentService.AdmitCase",
                                           admit);
  admit.set_admitted_on("2024-02-05");
  Expect<enrolment::v1::AdmitCaseResponse>(REASON_WINDOW_OVER, "EnrolmentService.AdmitCase", admit);
  admit.set_request_id(NewId());
  admit.set_admitted_on(kAdmittedOn);
  dated.Must<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", admit);

  const int64_t consultant = dated.GivenConsultant();
  dated.GivenAssignment(admit.case_id(), consultant, "2024-01-02", "2024-12-31");
  ExpectOfEntry(REASON_BEFORE_APPROVAL,
                EntryOf(admit.case_id(), consultant, {"2024-01-05", common::v1::HALF_MORNING}));
  dated.GivenApprovedHalfDay(admit.case_id(), consultant, NthWorkingHalfDay(0));
  auto signature = dated.AgreementOf(admit.case_id(), HalfDays{2});
  signature.set_signed_on("2024-01-31");
  dated.Must<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", signature);
  funding::v1::ChargeHalfDaysRequest charge;
  charge.set_case_id(admit.case_id());
  Expect<funding::v1::ChargeHalfDaysResponse>(REASON_BILLING_DEADLINE_PASSED, "FundingService.ChargeHalfDays",
                                              charge);
}

void Reasons::OfDeMinimis() {
  const std::string siren = programme_.GivenCompany();
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2}, kAdmittedOn, siren);
  funding::v1::DeclareAidRequest declare;
  declare.set_siren(NthSiren(1998));
  declare.set_granted_on("2024-05-06");
  *declare.mutable_amount() = Euros(300'000'00);
  declare.set_reference("D-1");
  declare.set_authority("Ademe");
  Expect<funding::v1::DeclareAidResponse>(REASON_COMPANY_NOT_FOUND, "FundingService.DeclareAid", declare);
  declare.set_request_id(NewId());
  declare.set_siren(siren);
  programme_.Must<funding::v1::DeclareAidResponse>("FundingService.DeclareAid", declare);
  Expect<funding::v1::SignAgreementResponse>(REASON_DE_MINIMIS_EXCEEDED, "FundingService.SignAgreement",
                                             programme_.AgreementOf(case_id, HalfDays{2}));

  funding::v1::GetDeMinimisAttestationRequest attestation;
  attestation.set_case_id(case_id);
  Expect<funding::v1::GetDeMinimisAttestationResponse>(REASON_AGREEMENT_NOT_FOUND,
                                                       "FundingService.GetDeMinimisAttestation", attestation);

  auto agreement =
      programme_.AgreementOf(programme_.GivenCaseWithGrant(HalfDays{2}, "2026-01-05"), HalfDays{2});
  agreement.set_signed_on("2026-03-10");
  const int64_t granted =
      programme_.Must<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", agreement)
          .agreement()
          .terms()
          .case_id();
  funding::v1::ConfirmRegisteredRequest confirm;
  confirm.set_aid_id(999'999'999);
  confirm.set_register_reference("R-1");
  confirm.set_registered_on("2026-03-20");
  Expect<funding::v1::ConfirmRegisteredResponse>(REASON_AID_NOT_FOUND, "FundingService.ConfirmRegistered",
                                                 confirm);
  confirm.set_request_id(NewId());
  confirm.set_aid_id(std::stoll(
      World::cluster().Sql("select aid_id from funding.aid where case_id = " + std::to_string(granted))));
  confirm.set_registered_on("2026-03-09");
  Expect<funding::v1::ConfirmRegisteredResponse>(REASON_REGISTERED_BEFORE_GRANT,
                                                 "FundingService.ConfirmRegistered", confirm);
  confirm.set_request_id(NewId());
  confirm.set_registered_on("2026-03-20");
  programme_.Must<funding::v1::ConfirmRegisteredResponse>("FundingService.ConfirmRegistered", confirm);
  Expect<funding::v1::ConfirmRegisteredResponse>(REASON_ALREADY_REGISTERED,
                                                 "FundingService.ConfirmRegistered", confirm);
}

void Reasons::OfAmendments() {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{6}, "2026-01-05");
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  auto agreement = programme_.AgreementOf(case_id, HalfDays{4});
  agreement.set_signed_on("2026-02-02");
  funding::v1::AmendAgreementRequest amend;
  amend.set_case_id(case_id);
  amend.set_amended_on("2026-02-01");
  *amend.mutable_phases() = agreement.phases();
  amend.set_reason("essai");
  const auto expect_of_amendment = [&](Reason reason) {
    Expect<funding::v1::AmendAgreementResponse>(reason, "FundingService.AmendAgreement", amend);
  };
  expect_of_amendment(REASON_AGREEMENT_NOT_FOUND);
  programme_.Must<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", agreement);
  expect_of_amendment(REASON_AMENDED_BEFORE);
  amend.set_amended_on("2026-02-02");
  expect_of_amendment(REASON_NOTHING_AMENDED);
  amend.mutable_phases(0)->set_half_days(7);
  expect_of_amendment(REASON_DAYS_OVER_GRANT);
  for (const auto half : {common::v1::HALF_MORNING, common::v1::HALF_AFTERNOON})
    programme_.GivenApprovedHalfDay(case_id, consultant, {"2026-02-03", half});
  programme_.Charge(case_id);
  amend.mutable_phases(0)->set_half_days(1);
  expect_of_amendment(REASON_AMENDMENT_BELOW_CHARGED);

  funding::v1::ReleaseAgreementRequest release;
  release.set_case_id(case_id);
  release.set_reason("essai");
  const auto expect_of_release = [&](Reason reason) {
    Expect<funding::v1::ReleaseAgreementResponse>(reason, "FundingService.ReleaseAgreement", release);
  };
  expect_of_release(REASON_CASE_IN_PROGRESS);
  // One whose window has ended.
  const int64_t ended = programme_.GivenCaseWithGrant(HalfDays{6});
  programme_.GivenAssignment(ended, consultant);
  programme_.GivenAgreement(ended, HalfDays{4});
  const auto waiting = EntryOf(ended, consultant, NthWorkingHalfDay(100));
  EXPECT_THAT(Record(programme_.officer(), waiting), IsAccepted());
  release.set_case_id(ended);
  expect_of_release(REASON_HALF_DAYS_WAITING);
  EXPECT_THAT(Cancel(programme_.officer(), waiting.half_day_id()), IsAccepted());
  release.set_request_id(NewId());
  programme_.Must<funding::v1::ReleaseAgreementResponse>("FundingService.ReleaseAgreement", release);
  expect_of_release(REASON_NOTHING_TO_RELEASE);
  programme_.GivenApprovedHalfDay(ended, consultant, NthWorkingHalfDay(101));
  funding::v1::ChargeHalfDaysRequest charge;
  charge.set_case_id(ended);
  Expect<funding::v1::ChargeHalfDaysResponse>(REASON_AGREEMENT_RELEASED, "FundingService.ChargeHalfDays",
                                              charge);
}

void Reasons::OfEnvelopes() {
  funding::v1::ChangeEnvelopeRequest change;
  change.set_envelope_id(999'999'999);
  *change.mutable_allocated() = Euros(1);
  change.set_reason("essai");
  Expect<funding::v1::ChangeEnvelopeResponse>(REASON_ENVELOPE_UNKNOWN, "FundingService.ChangeEnvelope",
                                              change);
  funding::v1::ListEnvelopesRequest list;
  list.set_funder(programme_.bpifrance());
  change.set_envelope_id(
      programme_.Must<funding::v1::ListEnvelopesResponse>("FundingService.ListEnvelopes", list)
          .envelopes(0)
          .envelope_id());
  Expect<funding::v1::ChangeEnvelopeResponse>(REASON_ENVELOPE_BELOW_RESERVED, "FundingService.ChangeEnvelope",
                                              change);
}

void Reasons::OfPayments() {
  Programme programme(*stack_);
  funding::v1::CreatePaymentBatchRequest create;
  create.set_funder(programme.bpifrance());
  create.set_until("2199-12-31");
  Expect<funding::v1::CreatePaymentBatchResponse>(REASON_NOTHING_TO_PAY, "FundingService.CreatePaymentBatch",
                                                  create);
  funding::v1::IssuePaymentBatchRequest issue;
  issue.set_batch_id(999'999'999);
  Expect<funding::v1::IssuePaymentBatchResponse>(REASON_BATCH_NOT_FOUND, "FundingService.IssuePaymentBatch",
                                                 issue);
  funding::v1::CancelPaymentOrderRequest cancel;
  cancel.set_end_to_end_id("JALON-0-0");
  cancel.set_reason("essai");
  Expect<funding::v1::CancelPaymentOrderResponse>(REASON_ORDER_NOT_FOUND, "FundingService.CancelPaymentOrder",
                                                  cancel);

  const int64_t case_id = programme.GivenCaseWithGrant(HalfDays{4});
  const int64_t consultant = programme.GivenConsultant();
  programme.GivenAssignment(case_id, consultant);
  programme.GivenAgreement(case_id, HalfDays{4});
  programme.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  programme.Charge(case_id);
  create.set_request_id(NewId());
  funding::v1::ListPaymentOrdersRequest list;
  list.set_batch_id(
      programme.Must<funding::v1::CreatePaymentBatchResponse>("FundingService.CreatePaymentBatch", create)
          .batch()
          .batch_id());
  const std::string order =
      programme.Must<funding::v1::ListPaymentOrdersResponse>("FundingService.ListPaymentOrders", list)
          .orders(0)
          .end_to_end_id();

  funding::v1::ReconcilePaymentsRequest statement;
  auto* line = statement.add_lines();
  line->set_bank_key(programme.code());
  line->set_booked_on("2199-12-31");
  line->set_reference(order);
  *line->mutable_amount() = Euros(1);
  const auto expect_of_line = [&](Reason reason, int last) {
    for (const char* language : {"fr", "en"}) {
      const auto client = stack_->Connect(token_, language);
      statement.set_request_id(NewId());
      const auto answer = client->Call<funding::v1::ReconcilePaymentsResponse>(
          "FundingService.ReconcilePayments", statement, Once());
      ASSERT_THAT(answer.status(), IsAccepted());
      EXPECT_EQ(answer->lines(last).refusal(), reason) << answer->ShortDebugString();
      EXPECT_THAT(answer->lines(last).message(), Not(HasSubstr("?")));
    }
    seen_.insert(reason);
  };
  expect_of_line(REASON_BANK_LINE_IN_FUTURE, 0);
  *line->mutable_amount() = Euros(9'999'999'999'999'00);
  *statement.add_lines() = *line;
  line = statement.mutable_lines(0);
  *line->mutable_amount() = Euros(1);
  expect_of_line(REASON_INVALID_REQUEST, 1);
  expect_of_line(REASON_BANK_LINE_IN_FUTURE, 0);
  statement.mutable_lines()->RemoveLast();
  line->set_booked_on("2025-06-02");
  expect_of_line(REASON_ORDER_AMOUNT_DIFFERS, 0);
  *line->mutable_amount() = Euros(325'00);
  expect_of_line(REASON_BANK_LINE_TOO_EARLY, 0);
  line->set_booked_on(World::cluster().Sql("select funding.day_now()"));
  statement.set_request_id(NewId());
  programme.Must<funding::v1::ReconcilePaymentsResponse>("FundingService.ReconcilePayments", statement);
  cancel.set_end_to_end_id(order);
  Expect<funding::v1::CancelPaymentOrderResponse>(REASON_ORDER_ENDED, "FundingService.CancelPaymentOrder",
                                                  cancel);
  *line->mutable_amount() = Euros(2);
  expect_of_line(REASON_BANK_LINE_DIFFERS, 0);
  line->set_bank_key("other " + programme.code());
  *statement.add_lines() = *line;
  expect_of_line(REASON_BANK_LINE_TWICE, 1);
}

// What only trouble brings about, on a stack of one worker and a queue of one place.
void Reasons::OfTrouble() {
  const int64_t case_id = programme_.GivenOpenCase();
  const int64_t granted = programme_.GivenCaseWithGrant(HalfDays{4});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(granted, consultant);

  {
    Gate gate(World::cluster());
    gate.Close(true);
    const Stack away(
        World::cluster(),
        {.topology = Topology::kOneProcess, .database_dir = gate.dir(), .flags = {}, .await_serving = false});
    EXPECT_FALSE(away.Serving());
    stack_ = &away;
    Expect(REASON_DATABASE_AWAY, [&](Client& client) {
      absl::Status status;
      do {  // the process takes a moment to listen; a connection that failed, another to be tried again
        std::this_thread::sleep_for(50ms);
        status = client
                     .Call<funding::v1::ListFundersResponse>("FundingService.ListFunders",
                                                             funding::v1::ListFundersRequest(), Few())
                     .status();
      } while (CallErrorOf(status).reason.empty());
      return status;
    });
    EXPECT_FALSE(away.Serving());
    gate.Close(false);
    away.AwaitServing();
  }

  const std::string metrics = "127.0.0.1:" + std::to_string(FreePort());
  const Stack narrow(World::cluster(), {.topology = Topology::kOneProcess,
                                        .database_dir = "",
                                        .flags = {"--workers", "1", "--queue", "1", "--metrics", metrics},
                                        .await_serving = true});
  stack_ = &narrow;

  // Two callers fill the worker and the queue; whoever comes then is sent away, told when to come back.
  {
    SqlSession holder(World::cluster());
    holder.Run("begin; select from enrolment.support_case where case_id = " + std::to_string(case_id) +
               " for update");
    enrolment::v1::RejectCaseRequest reject;
    reject.set_case_id(case_id);
    reject.set_reason("essai");
    const auto call = [&](Client& client) {
      reject.set_request_id(NewId());
      return client.Call<enrolment::v1::RejectCaseResponse>("EnrolmentService.RejectCase", reject, Once())
          .status();
    };
    // The first has no deadline: after the time that the server gives, it is told so.
    const auto french = narrow.Connect(kOfficer, "fr");
    const auto english = narrow.Connect(kOfficer, "en");
    CallOptions endless = NoDeadline();
    endless.max_retries = 0;
    const auto wait = [&](Client& client) {
      enrolment::v1::RejectCaseRequest request = reject;
      request.set_request_id(NewId());
      return client.Call<enrolment::v1::RejectCaseResponse>("EnrolmentService.RejectCase", request, endless)
          .status();
    };
    auto first = std::async(std::launch::async, [&] { return wait(*french); });
    AwaitBlocked(1, "enrolment.reject_case");
    auto second = std::async(std::launch::async, [&] { return wait(*english); });
    AwaitMetric(metrics, "jalon_queued_tasks\\{area=\"enrolment\"\\} 1");
    Expect(REASON_OVERLOADED, [&](Client& client) {
      const absl::Status status = call(client);
      EXPECT_TRUE(CallErrorOf(status).retry_after.has_value());
      return status;
    });
    Check(REASON_DEADLINE_PASSED, first.get(), true);
    Check(REASON_DEADLINE_PASSED, second.get(), false);
    holder.Run("commit");
  }

  // A caller that leaves hears nothing more; the server counts it.
  {
    SqlSession holder(World::cluster());
    holder.Run("begin; lock table enrolment.support_case in access exclusive mode");
    const auto client = narrow.Connect();
    const auto stream = client->Stream("EnrolmentService.ExportCases", enrolment::v1::ExportCasesRequest());
    AwaitBlocked(1, "enrolment.case_row");
    stream->Cancel();
    EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kCancelled);
    AwaitBlocked(0, "enrolment.case_row");  // and its statement ends
    holder.Run("commit");
    if (AwaitMetric(metrics,
                    "jalon_calls_total\\{[^}]*(code=\"1\"[^}]*ExportCases|ExportCases[^}]*code=\"1\")"))
      seen_.insert(REASON_CALL_CANCELLED);
  }

  // A watch has no end of its own: a service that stops gives it one.
  {
    Stack stopping(World::cluster());
    const auto french = stopping.Connect(kAuditor, "fr");
    const auto english = stopping.Connect(kAuditor, "en");
    audit::v1::WatchEventsRequest all;
    all.set_cursor("0");
    const auto watch = french->Stream("AuditService.WatchEvents", all);
    const auto other = english->Stream("AuditService.WatchEvents", all);
    audit::v1::WatchEventsResponse event;
    ASSERT_TRUE(watch->Read(&event) && other->Read(&event));
    auto stopped = std::async(std::launch::async, [&] { return stopping.Stop(); });
    const auto end_of = [](MessageStream& stream) {
      audit::v1::WatchEventsResponse last;
      while (stream.Read(&last)) {
      }
      return stream.Finish();
    };
    auto end_of_other = std::async(std::launch::async, [&] { return end_of(*other); });
    Check(REASON_SERVICE_STOPPING, end_of(*watch), true);
    Check(REASON_SERVICE_STOPPING, end_of_other.get(), false);
    EXPECT_EQ(stopped.get(), 0);
  }

  // Nobody gets the lock in time, however often they try.
  {
    World::cluster().Sql("alter role jalon_calendar set lock_timeout = '20ms'");
    const Stack hasty(World::cluster());
    stack_ = &hasty;
    SqlSession holder(World::cluster());
    holder.Run("begin; select from calendar.case_grant where case_id = " + std::to_string(granted) +
               " for update");
    calendar::v1::RecordHalfDaysRequest record;
    *record.add_entries() = EntryOf(granted, consultant, NthWorkingHalfDay(0));
    Expect<calendar::v1::RecordHalfDaysResponse>(REASON_CONTENDED, "CalendarService.RecordHalfDays", record);
    holder.Run("commit");
    World::cluster().Sql("alter role jalon_calendar reset lock_timeout");
  }

  // The caller learns a trace and nothing of the database; the log knows the rest.
  World::cluster().Sql("revoke execute on function funding.create_funder from jalon_funding");
  stack_ = &narrow;
  Expect(REASON_INTERNAL, [&](Client& client) {
    auto request = SomeFunder();
    request.set_request_id(NewId());
    const absl::Status status =
        client.Call<funding::v1::CreateFunderResponse>("FundingService.CreateFunder", request, Once())
            .status();
    const CallError error = CallErrorOf(status);
    EXPECT_THAT(status.ToString(), Not(HasSubstr("create_funder")));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("permission")));
    const auto trace = error.metadata.find("trace");
    EXPECT_TRUE(trace != error.metadata.end() && narrow.Log().find(trace->second) != std::string::npos);
    EXPECT_THAT(narrow.Log(), HasSubstr("permission denied"));
    return status;
  });
  World::cluster().Sql("grant execute on function funding.create_funder to jalon_funding");
  stack_ = &World::stack();
}

TEST_F(Reasons, EachIsProducedWithItsCodeAndItsSentenceInBothLanguages) {
  OfAnyCall();
  OfRulebooks();
  OfEnrolment();
  OfOwnership();
  OfAssignment();
  OfMatching();
  OfTheCalendar();
  OfMonths();
  OfDoors();
  OfPlanning();
  OfFunding();
  OfDeMinimis();
  OfAmendments();
  OfEnvelopes();
  OfPayments();
  OfCeilings();
  OfDates();
  OfTrouble();
  const auto* reasons = common::v1::Reason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    const auto reason = static_cast<Reason>(reasons->value(i)->number());
    if (reason != REASON_UNSPECIFIED) {
      EXPECT_TRUE(seen_.contains(reason)) << Reason_Name(reason) << " is never produced";
    }
  }
  EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
}

// docs/errors.md names every method, and no reason that does not exist.
TEST(ErrorsDocument, NamesEveryMethodAndOnlyReasonsThatExist) {
  const std::string text = ReadFile(SourceDir() + "/docs/errors.md");
  ASSERT_THAT(text, Not(IsEmpty()));
  std::set<std::string> contract;
  for (const auto* service : AllServices())
    for (int i = 0; i < service->method_count(); ++i)
      contract.insert(service->name() + "." + service->method(i)->name());
  std::set<std::string> documented;
  const std::regex row("\\| `(\\w+Service\\.\\w+)` \\|");
  for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at)
    EXPECT_TRUE(documented.insert((*at)[1]).second) << (*at)[1] << " stands twice";
  EXPECT_EQ(documented, contract);

  std::set<std::string> named;
  const std::regex reason("`([A-Z][A-Z_]+)`");
  for (std::sregex_iterator at(text.begin(), text.end(), reason), end; at != end; ++at) {
    Reason parsed;
    EXPECT_TRUE(common::v1::Reason_Parse("REASON_" + (*at)[1].str(), &parsed)) << (*at)[1] << " is no reason";
    named.insert((*at)[1]);
  }
  const auto* reasons = common::v1::Reason_descriptor();
  for (int i = 1; i < reasons->value_count(); ++i)
    EXPECT_TRUE(named.contains(reasons->value(i)->name().substr(7)))
        << reasons->value(i)->name() << " stands nowhere";
}

}  // namespace
}  // namespace jalon::test
