#include "tests/support/programme.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "base/uuid.h"

namespace jalon::test {
namespace {

using namespace std::chrono_literals;

std::atomic<int> programmes_made = 0;
std::atomic<int> companies_made = 0;

void Replace(std::string* text, const std::string& from, const std::string& to) {
  for (size_t at = text->find(from); at != std::string::npos; at = text->find(from, at + to.size()))
    text->replace(at, from.size(), to);
}

template <class Request, class Response>
Outcome Move(Client& client, const char* method, const std::string& half_day_id) {
  Request request;
  request.set_request_id(NewId());
  request.add_half_day_ids(half_day_id);
  if constexpr (requires { request.set_reason(""); }) request.set_reason("essai");
  return Outcome::Of(client.Call<Response>(method, request, Patient()).status());
}

// The outcome of the only entry.
template <class Response>
Outcome Only(const absl::StatusOr<Response>& response) {
  if (!response.ok()) return Outcome::Of(response.status());
  if (response->outcomes_size() != 1) return Outcome::Refused(REASON_UNSPECIFIED, "not one outcome");
  const auto& outcome = response->outcomes(0);
  return outcome.refusal() == REASON_UNSPECIFIED ? Outcome::Accepted()
                                                 : Outcome::Refused(outcome.refusal(), outcome.message());
}

}  // namespace

std::string NewId() {
  return Uuid::Random().str();
}

// By hand, so that the tests do not judge the product by the product.
bool IsWorkingDay(Date date) {
  static const std::set<std::string> holidays = {
      "2024-01-01", "2024-04-01", "2024-05-01", "2024-05-08", "2024-05-09", "2024-05-20",
      "2024-07-14", "2024-08-15", "2024-11-01", "2024-11-11", "2024-12-25", "2025-01-01",
      "2025-04-21", "2025-05-01", "2025-05-08", "2025-05-29", "2025-06-09", "2025-07-14",
      "2025-08-15", "2025-11-01", "2025-11-11", "2025-12-25", "2026-01-01"};
  return !date.IsWeekend() && !holidays.contains(date.ToIso());
}

Slot NthWorkingHalfDay(int n) {
  Date date = *Date::Parse(kAdmittedOn);
  for (int days = n / 2; days > 0;) {
    date = date.AddDays(1);
    if (IsWorkingDay(date)) --days;
  }
  return {date.ToIso(), n % 2 == 0 ? common::v1::HALF_MORNING : common::v1::HALF_AFTERNOON};
}

common::v1::Money Euros(int64_t cents) {
  common::v1::Money money;
  money.set_cents(cents);
  return money;
}

CallOptions Patient() {
  CallOptions options;
  options.deadline = 60s;
  options.max_retries = 50;
  return options;
}

CallOptions Once() {
  CallOptions options;
  options.deadline = 60s;
  options.max_retries = 0;
  return options;
}

calendar::v1::HalfDayEntry EntryOf(int64_t case_id, int64_t consultant_id, const Slot& slot) {
  calendar::v1::HalfDayEntry entry;
  entry.set_half_day_id(NewId());
  entry.set_case_id(case_id);
  entry.set_consultant_id(consultant_id);
  entry.set_phase(kPhase);
  entry.set_date(slot.date);
  entry.set_half(slot.half);
  return entry;
}

Outcome Record(Client& client, const calendar::v1::HalfDayEntry& entry, const std::string& request_id) {
  calendar::v1::RecordHalfDaysRequest request;
  request.set_request_id(request_id);
  *request.add_entries() = entry;
  return Only(client.Call<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request,
                                                                Patient()));
}

Outcome Plan(Client& client, const calendar::v1::HalfDayEntry& entry) {
  calendar::v1::PlanHalfDaysRequest request;
  request.set_request_id(NewId());
  *request.add_entries() = entry;
  return Only(
      client.Call<calendar::v1::PlanHalfDaysResponse>("CalendarService.PlanHalfDays", request, Patient()));
}

Outcome Attest(Client& client, const std::string& id) {
  return Move<calendar::v1::AttestHalfDaysRequest, calendar::v1::AttestHalfDaysResponse>(
      client, "CalendarService.AttestHalfDays", id);
}
Outcome Approve(Client& client, const std::string& id) {
  return Move<calendar::v1::ApproveHalfDaysRequest, calendar::v1::ApproveHalfDaysResponse>(
      client, "CalendarService.ApproveHalfDays", id);
}
Outcome Cancel(Client& client, const std::string& id) {
  return Move<calendar::v1::CancelHalfDaysRequest, calendar::v1::CancelHalfDaysResponse>(
      client, "CalendarService.CancelHalfDays", id);
}
Outcome Reopen(Client& client, const std::string& id) {
  return Move<calendar::v1::ReopenHalfDaysRequest, calendar::v1::ReopenHalfDaysResponse>(
      client, "CalendarService.ReopenHalfDays", id);
}

Outcome Dispute(Client& client, const std::string& id) {
  return Move<calendar::v1::DisputeHalfDaysRequest, calendar::v1::DisputeHalfDaysResponse>(
      client, "CalendarService.DisputeHalfDays", id);
}

Outcome Reschedule(Client& client, const std::string& id, const Slot& to) {
  calendar::v1::RescheduleHalfDaysRequest request;
  request.set_request_id(NewId());
  auto& move = *request.add_moves();
  move.set_half_day_id(id);
  move.set_date(to.date);
  move.set_half(to.half);
  const auto answer = client.Call<calendar::v1::RescheduleHalfDaysResponse>(
      "CalendarService.RescheduleHalfDays", request, Patient());
  if (!answer.ok()) return Outcome::Of(answer.status());
  const auto& outcome = answer->outcomes(0);
  return outcome.refusal() == REASON_UNSPECIFIED ? Outcome::Accepted()
                                                 : Outcome::Refused(outcome.refusal(), outcome.message());
}

Outcome ApproveSheet(Client& client, int64_t case_id, int64_t consultant_id, const std::string& month) {
  calendar::v1::ApproveSheetsRequest request;
  request.set_request_id(NewId());
  auto& sheet = *request.add_sheets();
  sheet.set_case_id(case_id);
  sheet.set_consultant_id(consultant_id);
  sheet.set_month(month);
  return Outcome::Of(
      client.Call<calendar::v1::ApproveSheetsResponse>("CalendarService.ApproveSheets", request, Patient())
          .status());
}

Outcome LockMonth(Client& client, const std::string& programme, const std::string& month) {
  calendar::v1::LockMonthRequest request;
  request.set_request_id(NewId());
  request.set_programme(programme);
  request.set_month(month);
  return Outcome::Of(
      client.Call<calendar::v1::LockMonthResponse>("CalendarService.LockMonth", request, Patient()).status());
}

Outcome AddAbsence(Client& client, int64_t consultant_id, const std::string& from, const std::string& until) {
  assignment::v1::AddAbsenceRequest request;
  request.set_request_id(NewId());
  request.set_consultant_id(consultant_id);
  request.set_starts_on(from);
  request.set_ends_on(until);
  return Outcome::Of(
      client.Call<assignment::v1::AddAbsenceResponse>("AssignmentService.AddAbsence", request, Patient())
          .status());
}

Outcome EndAssignment(Client& client, int64_t assignment_id, const std::string& last_day) {
  assignment::v1::EndAssignmentRequest request;
  request.set_request_id(NewId());
  request.set_assignment_id(assignment_id);
  request.set_ends_on(last_day);
  return Outcome::Of(
      client
          .Call<assignment::v1::EndAssignmentResponse>("AssignmentService.EndAssignment", request, Patient())
          .status());
}

std::vector<std::string> VerifyLaws(Client& client) {
  std::vector<std::string> broken;
  std::set<int> laws;
  const auto stream = client.Stream("AuditService.VerifyLaws", audit::v1::VerifyLawsRequest());
  audit::v1::VerifyLawsResponse law;
  while (stream->Read(&law)) {
    laws.insert(law.law());
    if (law.breaches() > 0) broken.push_back("law " + std::to_string(law.law()) + ": " + law.sample());
  }
  if (const absl::Status end = stream->Finish(); !end.ok())
    broken.push_back("not verified: " + end.ToString());
  for (const int due : {1, 2, 3, 4, 5, 6, 7, 9, 11})
    if (!laws.contains(due)) broken.push_back("law " + std::to_string(due) + " was not checked");
  return broken;
}

Programme::Programme(const Stack& stack, int64_t allocated_cents)
    : stack_(stack), officer_(stack.Connect()), code_(CodeOfProgramme(programmes_made++)) {
  EXPECT_THAT(PublishVersion(1), IsAccepted());
  GivenFunder(bpifrance(), allocated_cents);
  GivenFunder(region(), allocated_cents);
}

void Programme::Fail(std::string_view method, const absl::Status& status) {
  ADD_FAILURE() << method << ": " << Outcome::Of(status);
}

std::string Programme::Source(int version) const {
  std::string source = ReadFile(SourceDir() + "/deploy/rulebooks/ia-booster-hdf.yaml");
  Replace(&source, "ia-booster-hdf", code_);
  Replace(&source, "bpifrance", bpifrance());
  Replace(&source, "region-hdf", region());
  Replace(&source, "\nversion: 1", "\nversion: " + std::to_string(version));
  return source;
}

std::string Programme::OrderedSource(int version) const {
  std::string source = Source(version);
  const std::string code = "  - code: accompaniment\n";
  Replace(&source, code,
          code + "    opens_after_months: 2\n    window_months: 3\n    prerequisites: [diagnosis]\n");
  // The examples agree the accompaniment alone, which the order forbids.
  source.erase(source.find("\nexamples:"));
  return source +
         "\nexamples:\n  - {title_fr: Un, title_en: One, facts: {signed_on: 2025-03-10},\n"
         "     phases: [{phase: diagnosis, half_days: 20, company: 7 500 EUR},\n"
         "              {phase: accompaniment, half_days: 20, day_rate: 1 300 EUR, company: 6 500 EUR}]}\n";
}

Outcome Programme::PublishVersion(int version) {
  return PublishSource(Source(version));
}

Outcome Programme::PublishSource(const std::string& source) {
  programme::v1::PublishRulebookRequest request;
  request.set_request_id(NewId());
  request.set_source(source);
  return Try<programme::v1::PublishRulebookResponse>("ProgrammeService.PublishRulebook", request);
}

void Programme::GivenFunder(const std::string& funder, int64_t allocated_cents) {
  funding::v1::CreateFunderRequest create;
  create.set_request_id(NewId());
  create.set_funder(funder);
  create.set_name("Financeur " + funder);
  Must<funding::v1::CreateFunderResponse>("FundingService.CreateFunder", create);
  funding::v1::CreateEnvelopeRequest envelope;
  envelope.set_request_id(NewId());
  envelope.set_funder(funder);
  envelope.set_starts_on("2024-01-01");
  envelope.set_ends_on("2026-12-31");
  *envelope.mutable_allocated() = Euros(allocated_cents);
  Must<funding::v1::CreateEnvelopeResponse>("FundingService.CreateEnvelope", envelope);
}

std::string Programme::GivenCompany() {
  const int n = companies_made++;
  enrolment::v1::ImportCompaniesRequest request;
  request.set_request_id(NewId());
  auto* company = request.add_companies();
  company->set_siren(NthSiren(n));
  company->set_name("Société d’essai n° " + std::to_string(n));
  company->set_naf("62.01Z");
  company->set_created_on("2010-05-04");
  company->set_commune("59350");
  const auto imported =
      Must<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", request);
  EXPECT_EQ(imported.problems_size(), 0) << imported.ShortDebugString();
  return company->siren();
}

enrolment::v1::OpenCaseRequest Programme::Application(const std::string& siren) const {
  enrolment::v1::OpenCaseRequest request;
  request.set_request_id(NewId());
  request.set_programme(code_);
  request.set_siren(siren);
  request.set_applied_on("2024-01-02");
  auto* facts = request.mutable_facts();
  facts->set_headcount_hundredths(120'00);
  *facts->mutable_turnover() = Euros(10'000'000'00);
  *facts->mutable_balance_sheet() = Euros(8'000'000'00);
  facts->set_year_closed_on("2023-12-31");
  facts->set_independent(true);
  return request;
}

int64_t Programme::GivenOpenCase(const std::string& siren) {
  const auto request = Application(siren.empty() ? GivenCompany() : siren);
  return Must<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase", request).case_().case_id();
}

int64_t Programme::GivenCaseWithGrant(HalfDays grant, const std::string& admitted_on,
                                      const std::string& siren) {
  enrolment::v1::AdmitCaseRequest request;
  request.set_request_id(NewId());
  request.set_case_id(GivenOpenCase(siren));
  request.set_admitted_on(admitted_on);
  request.set_granted_half_days(static_cast<int32_t>(grant.value()));
  return Must<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", request).case_().case_id();
}

int64_t Programme::GivenConsultant() {
  assignment::v1::CreateConsultantRequest request;
  request.set_request_id(NewId());
  request.set_name("Consultante d’essai");
  request.add_skills("data-strategy");
  request.add_regions("32");
  *request.mutable_day_rate() = Euros(1'300'00);
  return Must<assignment::v1::CreateConsultantResponse>("AssignmentService.CreateConsultant", request)
      .consultant()
      .consultant_id();
}

int64_t Programme::GivenAssignment(int64_t case_id, int64_t consultant_id, const std::string& from,
                                   const std::string& until) {
  assignment::v1::CreateAssignmentRequest request;
  request.set_request_id(NewId());
  request.set_case_id(case_id);
  request.set_consultant_id(consultant_id);
  request.set_phase(kPhase);
  request.set_starts_on(from);
  request.set_ends_on(until);
  return Must<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment", request)
      .assignment()
      .assignment_id();
}

std::string Programme::GivenApprovedHalfDay(int64_t case_id, int64_t consultant_id, const Slot& slot) {
  const auto entry = EntryOf(case_id, consultant_id, slot);
  EXPECT_THAT(Record(*officer_, entry), IsAccepted());
  EXPECT_THAT(Attest(*officer_, entry.half_day_id()), IsAccepted());
  EXPECT_THAT(Approve(*officer_, entry.half_day_id()), IsAccepted());
  return entry.half_day_id();
}

funding::v1::SignAgreementRequest Programme::AgreementOf(int64_t case_id, HalfDays half_days,
                                                         int64_t day_rate_cents) const {
  funding::v1::SignAgreementRequest request;
  request.set_request_id(NewId());
  request.set_case_id(case_id);
  request.set_signed_on(kSignedOn);
  auto* phase = request.add_phases();
  phase->set_phase(kPhase);
  phase->set_half_days(static_cast<int32_t>(half_days.value()));
  *phase->mutable_day_rate() = Euros(day_rate_cents);
  return request;
}

funding::v1::Agreement Programme::GivenAgreement(int64_t case_id, HalfDays half_days,
                                                 int64_t day_rate_cents) {
  return Must<funding::v1::SignAgreementResponse>("FundingService.SignAgreement",
                                                  AgreementOf(case_id, half_days, day_rate_cents))
      .agreement();
}

funding::v1::ChargeHalfDaysResponse Programme::Charge(int64_t case_id) {
  funding::v1::ChargeHalfDaysRequest request;
  request.set_request_id(NewId());
  request.set_case_id(case_id);
  return Must<funding::v1::ChargeHalfDaysResponse>("FundingService.ChargeHalfDays", request);
}

std::vector<calendar::v1::HalfDay> Programme::HalfDaysOf(int64_t case_id) {
  calendar::v1::GetCaseCalendarRequest request;
  request.set_case_id(case_id);
  const auto found = Must<calendar::v1::GetCaseCalendarResponse>("CalendarService.GetCaseCalendar", request);
  return {found.half_days().begin(), found.half_days().end()};
}

}  // namespace jalon::test
