#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/rpc/contracts.h"
#include "jalon/common/v1/options.pb.h"
#include "tests/support/programme.h"
#include "tests/support/raw_call.h"
#include "tests/support/world.h"

// Who may call what, from the contract, and whose data each role sees.
namespace jalon::test {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Property;
using ::testing::SizeIs;

using google::protobuf::MethodDescriptor;

std::string AreaOf(const MethodDescriptor& method) {
  std::string area = method.file()->package().substr(sizeof "jalon." - 1);
  return area.substr(0, area.find('.'));
}

// An empty request, save where it would mean somebody else's data.
std::string RequestFor(const MethodDescriptor& method) {
  assignment::v1::ListAbsencesRequest own;
  own.set_consultant_id(1);
  return method.name() == "ListAbsences" ? own.SerializeAsString() : "";
}

absl::Status CallAs(const std::string& token, const MethodDescriptor& method) {
  return RawCall(World::stack().AddressOf(AreaOf(method)),
                 "/" + method.service()->full_name() + "/" + method.name(), RequestFor(method), token, "fr",
                 method.name() == "WatchEvents" ? std::chrono::milliseconds(300) : std::chrono::seconds(20));
}

std::vector<const MethodDescriptor*> AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const auto* service : AllServices())
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  return methods;
}

bool ForAnyone(const MethodDescriptor& method) {
  return method.options().GetExtension(common::v1::access).anyone();
}

TEST(Roles, NobodyCallsWithoutAToken) {
  for (const MethodDescriptor* method : AllMethods()) {
    if (ForAnyone(*method)) continue;
    SCOPED_TRACE(method->full_name());
    EXPECT_THAT(CallAs("", *method), HasReason(REASON_TOKEN_MISSING));
    EXPECT_THAT(CallAs("no-such-token", *method), HasReason(REASON_TOKEN_INVALID));
  }
}

// Their authority stands in the request: a token of another kind, which opens one thing.
TEST(Roles, WhatAnyoneMayCallAsksForATokenInTheRequest) {
  std::vector<std::string> names;
  for (const MethodDescriptor* method : AllMethods()) {
    if (!ForAnyone(*method)) continue;
    names.push_back(method->name());
    EXPECT_EQ(method->options().GetExtension(common::v1::access).allow_size(), 0) << method->full_name();
    ASSERT_NE(method->input_type()->FindFieldByName("token"), nullptr) << method->full_name();
    for (const std::string& token : {std::string(), std::string("no-such-token"), std::string(kOfficer)})
      EXPECT_THAT(CallAs(token, *method), HasReason(REASON_INVALID_REQUEST)) << method->full_name();
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("OpenAttestation", "AttestByLink"));
}

TEST(Roles, EachMethodAnswersTheRolesOfItsContractAndNoOther) {
  const std::map<common::v1::Role, std::string> tokens = {
      {common::v1::ROLE_OFFICER, kOfficer},
      {common::v1::ROLE_CONSULTANT, ConsultantToken(1)},
      {common::v1::ROLE_FUNDER, FunderToken(CodeOfProgramme(0) + "-bpifrance")},
      {common::v1::ROLE_COMPANY, CompanyToken(NthSiren(0))},
      {common::v1::ROLE_AUDITOR, kAuditor}};
  ASSERT_EQ(static_cast<int>(tokens.size()), common::v1::Role_descriptor()->value_count() - 1)
      << "every role of the contract";
  for (const MethodDescriptor* method : AllMethods()) {
    if (ForAnyone(*method)) continue;
    const auto& access = method->options().GetExtension(common::v1::access);
    ASSERT_GT(access.allow_size(), 0) << method->full_name() << " answers nobody";
    for (const auto& [role, token] : tokens) {
      SCOPED_TRACE(method->full_name() + " as " + common::v1::Role_Name(role));
      const bool allowed =
          std::find(access.allow().begin(), access.allow().end(), role) != access.allow().end();
      const absl::Status status = CallAs(token, *method);
      if (allowed) {
        EXPECT_NE(status.code(), absl::StatusCode::kPermissionDenied) << status;
        EXPECT_NE(status.code(), absl::StatusCode::kUnauthenticated) << status;
      } else {
        EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
        EXPECT_THAT(status, HasReason(REASON_NOT_ALLOWED));
      }
    }
  }
}

// An auditor writes nothing: whatever takes a request id is closed to the role.
TEST(Roles, AnAuditorWritesNothing) {
  for (const MethodDescriptor* method : AllMethods()) {
    if (method->input_type()->FindFieldByName("request_id") == nullptr) continue;
    const auto& allowed = method->options().GetExtension(common::v1::access).allow();
    EXPECT_EQ(std::count(allowed.begin(), allowed.end(), common::v1::ROLE_AUDITOR), 0) << method->full_name();
  }
}

// Two cases that have nothing in common but the programme.
class Rows : public ::testing::Test {
 protected:
  struct Side {
    std::string siren;
    int64_t case_id, consultant;
    calendar::v1::HalfDayEntry half_day;
  };
  Rows() : mine_(MakeSide()), other_(MakeSide()) {}

  Side MakeSide() {
    Side side;
    side.siren = programme_.GivenCompany();
    side.case_id = programme_.GivenCaseWithGrant(HalfDays{10}, kAdmittedOn, side.siren);
    side.consultant = programme_.GivenConsultant();
    programme_.GivenAssignment(side.case_id, side.consultant);
    programme_.GivenAgreement(side.case_id, HalfDays{10});
    programme_.GivenApprovedHalfDay(side.case_id, side.consultant, NthWorkingHalfDay(0));
    programme_.Charge(side.case_id);
    side.half_day = EntryOf(side.case_id, side.consultant, NthWorkingHalfDay(1));
    EXPECT_THAT(Record(programme_.officer(), side.half_day), IsAccepted());
    return side;
  }

  template <class Response, class Request>
  static Response Read(Client& client, const char* method, const Request& request) {
    auto response = client.Call<Response>(method, request, Patient());
    EXPECT_THAT(response.status(), IsAccepted());
    return response.ok() ? *response : Response();
  }

  // And whatever stood in its way is possible again.
  void ExpectToTakeBackTheOwnAbsencesOnly(Client& client) {
    const auto id_of = [&](int64_t consultant) {
      return std::stoll(
          World::cluster().Sql("select min(absence_id) from assignment.absence where consultant_id = " +
                               std::to_string(consultant)));
    };
    ASSERT_THAT(AddAbsence(programme_.officer(), other_.consultant, "2024-07-01", "2024-07-02"),
                IsAccepted());
    assignment::v1::RemoveAbsenceRequest remove;
    const auto status = [&](int64_t absence_id) {
      remove.set_request_id(NewId());
      remove.set_absence_id(absence_id);
      return client
          .Call<assignment::v1::RemoveAbsenceResponse>("AssignmentService.RemoveAbsence", remove, Patient())
          .status();
    };
    EXPECT_THAT(status(id_of(other_.consultant)), HasReason(REASON_NOT_ALLOWED));
    const auto entry = EntryOf(mine_.case_id, mine_.consultant, {"2024-07-01", common::v1::HALF_MORNING});
    EXPECT_THAT(Record(client, entry), HasReason(REASON_CONSULTANT_ABSENT));
    const int64_t mine = id_of(mine_.consultant);
    EXPECT_THAT(status(mine), IsAccepted());
    EXPECT_THAT(
        client
            .Call<assignment::v1::RemoveAbsenceResponse>("AssignmentService.RemoveAbsence", remove, Patient())
            .status(),
        IsAccepted())
        << "a retry has the first answer";
    EXPECT_THAT(status(mine), HasReason(REASON_ABSENCE_NOT_FOUND));
    EXPECT_THAT(Record(client, entry), IsAccepted());
    EXPECT_EQ(World::cluster().Sql(
                  "select count(*) from audit.event where action = 'absence.removed' and subject = "
                  "'absence/" +
                  std::to_string(mine) + "'"),
              "1");
    ExpectToEditTheOwnNotesOnly(client, entry.half_day_id());
  }

  void ExpectToEditTheOwnNotesOnly(Client& client, const std::string& mine) {
    calendar::v1::EditHalfDayNoteRequest edit;
    const auto answer = [&](const std::string& id, const char* note) {
      edit.set_request_id(NewId());
      edit.set_half_day_id(id);
      edit.set_note(note);
      return client.Call<calendar::v1::EditHalfDayNoteResponse>("CalendarService.EditHalfDayNote", edit,
                                                                Patient());
    };
    EXPECT_THAT(answer(other_.half_day.half_day_id(), "x").status(), HasReason(REASON_NOT_ALLOWED));
    EXPECT_THAT(answer(NewId(), "x").status(), HasReason(REASON_HALF_DAY_NOT_FOUND));
    const auto edited = answer(mine, "Nouvelle note");
    ASSERT_THAT(edited.status(), IsAccepted());
    EXPECT_EQ(edited->half_day().note(), "Nouvelle note");
    calendar::v1::GetHalfDayRequest get;
    get.set_half_day_id(mine);
    const auto life = Read<calendar::v1::GetHalfDayResponse>(client, "CalendarService.GetHalfDay", get);
    EXPECT_EQ(life.half_day().note(), "Nouvelle note");
    EXPECT_EQ(life.history().rbegin()->action(), calendar::v1::HALF_DAY_ACTION_NOTE_EDITED);
    ASSERT_THAT(Attest(programme_.officer(), mine), IsAccepted());
    EXPECT_THAT(answer(mine, "trop tard").status(), HasReason(REASON_HALF_DAY_STATE));
  }

  void ExpectToReadTheOwnSheetsOnly(Client& client) const {
    const auto sheets = Read<calendar::v1::ListSheetsResponse>(client, "CalendarService.ListSheets",
                                                               calendar::v1::ListSheetsRequest());
    EXPECT_THAT(sheets.sheets(),
                AllOf(SizeIs(1), Each(Property(&calendar::v1::Sheet::case_id, mine_.case_id))));
    const auto read = [&](const Side& side) {
      calendar::v1::GetSheetRequest sheet;
      sheet.set_case_id(side.case_id);
      sheet.set_consultant_id(side.consultant);
      sheet.set_month("2024-01");
      return client.Call<calendar::v1::GetSheetResponse>("CalendarService.GetSheet", sheet, Patient())
          .status();
    };
    EXPECT_THAT(read(mine_), IsAccepted());
    EXPECT_THAT(read(other_), HasReason(REASON_NOT_ALLOWED));
    const auto life = [&](const Side& side) {
      calendar::v1::GetHalfDayRequest half_day;
      half_day.set_half_day_id(side.half_day.half_day_id());
      return client.Call<calendar::v1::GetHalfDayResponse>("CalendarService.GetHalfDay", half_day, Patient())
          .status();
    };
    EXPECT_THAT(life(mine_), IsAccepted());
    EXPECT_THAT(life(other_), HasReason(REASON_NOT_ALLOWED));
  }

  Programme programme_{World::stack()};
  const Side mine_, other_;
};

TEST_F(Rows, AConsultantSeesAndTouchesTheOwnOnly) {
  const auto me = World::stack().Connect(ConsultantToken(mine_.consultant));

  calendar::v1::ListHalfDaysRequest days;
  EXPECT_THAT(Read<calendar::v1::ListHalfDaysResponse>(*me, "CalendarService.ListHalfDays", days).half_days(),
              AllOf(SizeIs(2), Each(Property(&calendar::v1::HalfDay::consultant_id, mine_.consultant))));
  days.mutable_filter()->set_consultant_id(other_.consultant);
  EXPECT_THAT(Read<calendar::v1::ListHalfDaysResponse>(*me, "CalendarService.ListHalfDays", days).half_days(),
              IsEmpty());

  calendar::v1::GetCaseCalendarRequest calendar;
  calendar.set_case_id(mine_.case_id);
  EXPECT_THAT(
      me->Call<calendar::v1::GetCaseCalendarResponse>("CalendarService.GetCaseCalendar", calendar).status(),
      IsAccepted());
  calendar.set_case_id(other_.case_id);
  EXPECT_THAT(
      me->Call<calendar::v1::GetCaseCalendarResponse>("CalendarService.GetCaseCalendar", calendar).status(),
      HasReason(REASON_NOT_ALLOWED));

  EXPECT_THAT(Record(*me, EntryOf(other_.case_id, other_.consultant, NthWorkingHalfDay(2))),
              HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(Plan(*me, EntryOf(other_.case_id, other_.consultant, NthWorkingHalfDay(2))),
              HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(Cancel(*me, other_.half_day.half_day_id()), HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(AddAbsence(*me, other_.consultant, "2024-07-01", "2024-07-02"), HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(Record(*me, EntryOf(mine_.case_id, mine_.consultant, NthWorkingHalfDay(2))), IsAccepted());
  EXPECT_THAT(AddAbsence(*me, mine_.consultant, "2024-07-01", "2024-07-02"), IsAccepted());

  EXPECT_THAT(Reschedule(*me, other_.half_day.half_day_id(), NthWorkingHalfDay(9)),
              HasReason(REASON_NOT_ALLOWED));
  ExpectToReadTheOwnSheetsOnly(*me);
  ExpectToTakeBackTheOwnAbsencesOnly(*me);

  assignment::v1::DeclareConflictRequest conflict;
  conflict.set_request_id(NewId());
  conflict.set_consultant_id(other_.consultant);
  conflict.set_siren(mine_.siren);
  conflict.set_reason("essai");
  EXPECT_THAT(me->Call<assignment::v1::DeclareConflictResponse>("AssignmentService.DeclareConflict", conflict)
                  .status(),
              HasReason(REASON_NOT_ALLOWED));

  assignment::v1::GetConsultantRequest consultant;
  consultant.set_consultant_id(other_.consultant);
  EXPECT_THAT(
      me->Call<assignment::v1::GetConsultantResponse>("AssignmentService.GetConsultant", consultant).status(),
      HasReason(REASON_NOT_ALLOWED));
  for (const int64_t wanted : {other_.consultant, int64_t{0}}) {
    assignment::v1::ListAbsencesRequest absences;
    absences.set_consultant_id(wanted);
    EXPECT_THAT(
        me->Call<assignment::v1::ListAbsencesResponse>("AssignmentService.ListAbsences", absences).status(),
        HasReason(REASON_NOT_ALLOWED));
  }
  assignment::v1::ListAssignmentsRequest assignments;
  EXPECT_THAT(
      Read<assignment::v1::ListAssignmentsResponse>(*me, "AssignmentService.ListAssignments", assignments)
          .assignments(),
      AllOf(SizeIs(1), Each(Property(&assignment::v1::Assignment::consultant_id, mine_.consultant))));

  enrolment::v1::GetCaseRequest get;
  get.set_case_id(other_.case_id);
  EXPECT_THAT(me->Call<enrolment::v1::GetCaseResponse>("EnrolmentService.GetCase", get).status(),
              HasReason(REASON_NOT_ALLOWED));
  enrolment::v1::ListCasesRequest cases;
  EXPECT_THAT(Read<enrolment::v1::ListCasesResponse>(*me, "EnrolmentService.ListCases", cases).cases(),
              AllOf(SizeIs(1), Each(Property(&enrolment::v1::Case::case_id, mine_.case_id))));
  enrolment::v1::GetCompanyRequest company;
  company.set_siren(other_.siren);
  EXPECT_THAT(me->Call<enrolment::v1::GetCompanyResponse>("EnrolmentService.GetCompany", company).status(),
              HasReason(REASON_NOT_ALLOWED));
}

TEST_F(Rows, ACompanySeesAndAttestsTheOwnOnly) {
  const auto us = World::stack().Connect(CompanyToken(mine_.siren));

  EXPECT_THAT(Attest(*us, other_.half_day.half_day_id()), HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(Attest(*us, mine_.half_day.half_day_id()), IsAccepted());
  EXPECT_THAT(Dispute(*us, other_.half_day.half_day_id()), HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(Dispute(*us, mine_.half_day.half_day_id()), IsAccepted());
  ExpectToReadTheOwnSheetsOnly(*us);

  EXPECT_THAT(Read<calendar::v1::ListHalfDaysResponse>(*us, "CalendarService.ListHalfDays",
                                                       calendar::v1::ListHalfDaysRequest())
                  .half_days(),
              AllOf(SizeIs(2), Each(Property(&calendar::v1::HalfDay::case_id, mine_.case_id))));
  calendar::v1::GetCaseCalendarRequest calendar;
  calendar.set_case_id(other_.case_id);
  EXPECT_THAT(
      us->Call<calendar::v1::GetCaseCalendarResponse>("CalendarService.GetCaseCalendar", calendar).status(),
      HasReason(REASON_NOT_ALLOWED));
  enrolment::v1::GetCaseRequest get;
  get.set_case_id(other_.case_id);
  EXPECT_THAT(us->Call<enrolment::v1::GetCaseResponse>("EnrolmentService.GetCase", get).status(),
              HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(Read<enrolment::v1::ListCasesResponse>(*us, "EnrolmentService.ListCases",
                                                     enrolment::v1::ListCasesRequest())
                  .cases(),
              AllOf(SizeIs(1), Each(Property(&enrolment::v1::Case::siren, mine_.siren))));
  enrolment::v1::GetCompanyRequest company;
  company.set_siren(other_.siren);
  EXPECT_THAT(us->Call<enrolment::v1::GetCompanyResponse>("EnrolmentService.GetCompany", company).status(),
              HasReason(REASON_NOT_ALLOWED));
  company.set_siren(mine_.siren);
  EXPECT_THAT(us->Call<enrolment::v1::GetCompanyResponse>("EnrolmentService.GetCompany", company).status(),
              IsAccepted());
  funding::v1::GetAgreementRequest agreement;
  agreement.set_case_id(other_.case_id);
  EXPECT_THAT(us->Call<funding::v1::GetAgreementResponse>("FundingService.GetAgreement", agreement).status(),
              HasReason(REASON_NOT_ALLOWED));
  agreement.set_case_id(mine_.case_id);
  EXPECT_THAT(us->Call<funding::v1::GetAgreementResponse>("FundingService.GetAgreement", agreement).status(),
              IsAccepted());
}

TEST_F(Rows, AFunderSeesTheOwnMoneyOnly) {
  const auto funder = World::stack().Connect(FunderToken(programme_.region()));

  EXPECT_THAT(Read<funding::v1::ListEnvelopesResponse>(*funder, "FundingService.ListEnvelopes",
                                                       funding::v1::ListEnvelopesRequest())
                  .envelopes(),
              AllOf(SizeIs(1), Each(Property(&funding::v1::Envelope::funder, programme_.region()))));
  funding::v1::ListEnvelopesRequest envelopes;
  envelopes.set_funder(programme_.bpifrance());
  EXPECT_THAT(
      funder->Call<funding::v1::ListEnvelopesResponse>("FundingService.ListEnvelopes", envelopes).status(),
      HasReason(REASON_NOT_ALLOWED));

  const auto is_ours = Each(Property(&funding::v1::LedgerEntry::funder, programme_.region()));
  EXPECT_THAT(Read<funding::v1::ListLedgerEntriesResponse>(*funder, "FundingService.ListLedgerEntries",
                                                           funding::v1::ListLedgerEntriesRequest())
                  .entries(),
              AllOf(Not(IsEmpty()), is_ours));
  funding::v1::ListLedgerEntriesRequest others;
  others.mutable_filter()->set_funder(programme_.bpifrance());
  EXPECT_THAT(
      Read<funding::v1::ListLedgerEntriesResponse>(*funder, "FundingService.ListLedgerEntries", others)
          .entries(),
      IsEmpty());
  const auto stream = funder->Stream("FundingService.ExportLedger", funding::v1::ExportLedgerRequest());
  std::vector<funding::v1::LedgerEntry> exported;
  for (funding::v1::ExportLedgerResponse message; stream->Read(&message);)
    exported.push_back(message.entry());
  EXPECT_THAT(stream->Finish(), IsAccepted());
  EXPECT_THAT(exported, AllOf(Not(IsEmpty()), is_ours));
  for (const auto& entry : exported) {
    EXPECT_THAT(entry.siren(), testing::SizeIs(9)) << "whose money it is, by number and by name";
    EXPECT_THAT(entry.company_name(), testing::HasSubstr("Société d’essai"));
  }

  funding::v1::SummarizeFundingRequest summarize;
  summarize.add_group_by(funding::v1::DIMENSION_FUNDER);
  const auto summary =
      Read<funding::v1::SummarizeFundingResponse>(*funder, "FundingService.SummarizeFunding", summarize);
  ASSERT_EQ(summary.rows_size(), 1);
  EXPECT_EQ(summary.rows(0).funder(), programme_.region());
  EXPECT_EQ(summary.total().charged().cents(), 2 * 195'00) << "30 % of 650 €, on each of two cases";
  summarize.set_funder(programme_.bpifrance());
  EXPECT_THAT(
      funder->Call<funding::v1::SummarizeFundingResponse>("FundingService.SummarizeFunding", summarize)
          .status(),
      HasReason(REASON_NOT_ALLOWED));
}

TEST_F(Rows, ACompanyDeclaresAndSeesTheOwnAidOnly) {
  const auto company = World::stack().Connect(CompanyToken(mine_.siren));
  funding::v1::DeclareAidRequest declare;
  declare.set_request_id(NewId());
  declare.set_siren(mine_.siren);
  declare.set_granted_on("2024-05-06");
  declare.mutable_amount()->set_cents(1'000'00);
  declare.set_reference("D-1");
  declare.set_authority("Ademe");
  EXPECT_THAT(company->Call<funding::v1::DeclareAidResponse>("FundingService.DeclareAid", declare).status(),
              IsAccepted());
  funding::v1::GetDeMinimisHeadroomRequest headroom;
  headroom.set_siren(mine_.siren);
  headroom.set_on(kSignedOn);
  const auto read = Read<funding::v1::GetDeMinimisHeadroomResponse>(
      *company, "FundingService.GetDeMinimisHeadroom", headroom);
  EXPECT_EQ(read.headroom().declared().cents(), 1'000'00);
  declare.set_request_id(NewId());
  declare.set_siren(other_.siren);
  EXPECT_THAT(company->Call<funding::v1::DeclareAidResponse>("FundingService.DeclareAid", declare).status(),
              HasReason(REASON_NOT_ALLOWED));
  headroom.set_siren(other_.siren);
  EXPECT_THAT(
      company
          ->Call<funding::v1::GetDeMinimisHeadroomResponse>("FundingService.GetDeMinimisHeadroom", headroom)
          .status(),
      HasReason(REASON_NOT_ALLOWED));
}

}  // namespace
}  // namespace jalon::test
