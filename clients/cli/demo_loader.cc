#include "clients/cli/demo_loader.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "base/cents.h"
#include "base/commune.h"
#include "base/half_day.h"
#include "base/paris.h"
#include "clients/rpc/call_error.h"
#include "jalon/assignment/v1/assignment_service.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "jalon/programme/v1/programme_service.pb.h"

namespace jalon::cli {
namespace {

using assignment::v1::AccreditConsultantRequest;
using assignment::v1::AccreditConsultantResponse;
using assignment::v1::AddAbsenceRequest;
using assignment::v1::AddAbsenceResponse;
using assignment::v1::Consultant;
using assignment::v1::CreateAssignmentRequest;
using assignment::v1::CreateAssignmentResponse;
using assignment::v1::CreateConsultantRequest;
using assignment::v1::CreateConsultantResponse;
using assignment::v1::DeclareConflictRequest;
using assignment::v1::DeclareConflictResponse;
using assignment::v1::DeclarePreviousClientRequest;
using assignment::v1::DeclarePreviousClientResponse;
using calendar::v1::ApproveHalfDaysRequest;
using calendar::v1::ApproveHalfDaysResponse;
using calendar::v1::AttestHalfDaysRequest;
using calendar::v1::AttestHalfDaysResponse;
using calendar::v1::CancelHalfDaysRequest;
using calendar::v1::CancelHalfDaysResponse;
using calendar::v1::HALF_DAY_STATE_APPROVED;
using calendar::v1::HALF_DAY_STATE_ATTESTED;
using calendar::v1::HALF_DAY_STATE_CANCELLED;
using calendar::v1::HALF_DAY_STATE_PERFORMED;
using calendar::v1::HALF_DAY_STATE_PLANNED;
using calendar::v1::HalfDayEntry;
using calendar::v1::HalfDayOutcome;
using calendar::v1::HalfDayState_descriptor;
using calendar::v1::LockMonthRequest;
using calendar::v1::LockMonthResponse;
using calendar::v1::PlanHalfDaysRequest;
using calendar::v1::PlanHalfDaysResponse;
using calendar::v1::RecordHalfDaysRequest;
using calendar::v1::RecordHalfDaysResponse;
using enrolment::v1::AddAccountsRequest;
using enrolment::v1::AddAccountsResponse;
using enrolment::v1::AdmitCaseRequest;
using enrolment::v1::AdmitCaseResponse;
using enrolment::v1::Case;
using enrolment::v1::CheckCaseRequest;
using enrolment::v1::CheckCaseResponse;
using enrolment::v1::Company;
using enrolment::v1::Condition;
using enrolment::v1::DeclareLinkRequest;
using enrolment::v1::DeclareLinkResponse;
using enrolment::v1::GetCompanyRequest;
using enrolment::v1::GetCompanyResponse;
using enrolment::v1::ImportCompaniesRequest;
using enrolment::v1::ImportCompaniesResponse;
using enrolment::v1::OpenCaseRequest;
using enrolment::v1::OpenCaseResponse;
using enrolment::v1::RejectCaseRequest;
using enrolment::v1::RejectCaseResponse;
using enrolment::v1::WithdrawCaseRequest;
using enrolment::v1::WithdrawCaseResponse;
using funding::v1::AgreedPhase;
using funding::v1::ChargeHalfDaysRequest;
using funding::v1::ChargeHalfDaysResponse;
using funding::v1::CoverageLine;
using funding::v1::CreateEnvelopeRequest;
using funding::v1::CreateEnvelopeResponse;
using funding::v1::CreateFunderRequest;
using funding::v1::CreateFunderResponse;
using funding::v1::RecordPaymentRequest;
using funding::v1::RecordPaymentResponse;
using funding::v1::ReverseChargeRequest;
using funding::v1::ReverseChargeResponse;
using funding::v1::Share;
using funding::v1::SignAgreementRequest;
using funding::v1::SignAgreementResponse;

// Enough to keep two cores busy on the other side, few enough not to be refused as a crowd.
constexpr int kInFlight = 24;
constexpr size_t kCompaniesACall = 1000;
constexpr size_t kHalfDaysACall = 200;  // the contract's for PlanHalfDays, the smallest

struct DemoFunder {
  const char* code;
  const char* name;
  const char* region;  // of its envelopes; empty: every region
};
constexpr DemoFunder kFunders[] = {
    {"bpifrance", "Bpifrance (France 2030)", ""},
    {"region-hdf", "Région Hauts-de-France", "32"},
    {"etat", "État", ""},
};
constexpr int kFirstYear = 2023;

// What a funder would bear of a case at the very most, in euros: enough to size an envelope, not to account
// for it.
int64_t MostBorne(const DemoFunder& funder, const DemoCase& plan, const std::string& region) {
  const std::string_view code = funder.code;
  if (code == "bpifrance") return 5'500 + int64_t{plan.accompaniment_half_days} * 325;
  if (code == "region-hdf" && region == funder.region) return int64_t{plan.accompaniment_half_days} * 195;
  return 0;
}

// "ia-booster-hdf" of the line "programme: ia-booster-hdf".
std::string ProgrammeOf(const std::string& rulebook) {
  constexpr std::string_view kKey = "\nprogramme:";
  const size_t at = ("\n" + rulebook).find(kKey);
  if (at == std::string::npos) return "";
  std::string rest = ("\n" + rulebook).substr(at + kKey.size());
  rest = rest.substr(0, rest.find_first_of("\r\n#"));
  rest.erase(0, rest.find_first_not_of(" \t\"'"));
  rest.erase(rest.find_last_not_of(" \t\"'") + 1);
  return rest;
}

bool IsAdmitted(const DemoCase& plan) {
  switch (plan.stage) {
    case DemoStage::kOpen:
    case DemoStage::kRejected:
      return false;
    case DemoStage::kWithdrawn:
      return !plan.withdrawn_before_admission;
    default:
      return true;
  }
}

bool IsSigned(const DemoCase& plan) {
  return IsAdmitted(plan) && plan.stage != DemoStage::kAdmitted;
}

bool IsFinished(const DemoCase& plan) {
  return plan.stage == DemoStage::kApproved || plan.stage == DemoStage::kCharged ||
         plan.stage == DemoStage::kPaid;
}

}  // namespace

DemoLoader::DemoLoader(Session& session, const DemoSize& size, std::string rulebook)
    : session_(session),
      world_(size),
      rulebook_(std::move(rulebook)),
      programme_(ProgrammeOf(rulebook_)),
      client_(session.client()),
      progress_(session.err(), isatty(STDERR_FILENO) != 0, session.Say({"Démonstration", "Demonstration"}),
                size.companies / static_cast<int>(kCompaniesACall) + size.consultants * 10 + size.cases * 8) {
}

void DemoLoader::Refused(const absl::Status& status, std::string_view method, Progressing* of) {
  const CallError error = CallErrorOf(status);
  if (error.reason.empty() || error.code == absl::StatusCode::kUnavailable ||
      error.code == absl::StatusCode::kInternal || error.code == absl::StatusCode::kDeadlineExceeded) {
    if (broken_.ok()) broken_ = status;
  }
  if (of != nullptr) of->stopped = true;
  ++refusals_;
  if (refusal_samples_.size() < 5) {
    std::string sample = std::string(method) + " " + error.reason;
    if (of != nullptr) sample += " (" + std::to_string(of->plan.index) + ")";
    refusal_samples_.push_back(sample + ": " + error.message);
    for (const FieldViolation& violation : error.violations) {
      refusal_samples_.back() += " [" + violation.field + ": " + violation.description + "]";
    }
  }
}

void DemoLoader::Advance(Words step) {
  ++calls_;
  progress_.Set(calls_, session_.Say(step));
}

template <class Response, class Request>
void DemoLoader::ForEach(Words step, std::string_view method, size_t count,
                         const std::function<std::optional<Request>(size_t)>& make,
                         const std::function<void(size_t, Response)>& take) {
  if (!broken_.ok()) return;
  Pipeline pipeline(client_, kInFlight);
  CallOptions options;
  options.deadline = std::chrono::milliseconds(60'000);
  for (size_t i = 0; i < count && broken_.ok(); ++i) {
    std::optional<Request> request = make(i);
    if (!request) continue;
    pipeline.Await(2 * kInFlight);
    pipeline.Call<Response>(
        method, *std::move(request),
        [&, i](absl::StatusOr<Response> answer) {
          Advance(step);
          if (answer.ok()) {
            take(i, *std::move(answer));
          } else {
            Refused(answer.status(), method, nullptr);
          }
        },
        options);
  }
  pipeline.Drain();
}

template <class Response, class Request>
void DemoLoader::ForCases(Words step, std::string_view method,
                          const std::function<bool(const Progressing&)>& which,
                          const std::function<Request(Progressing&)>& make,
                          const std::function<void(Progressing&, Response)>& take) {
  if (!broken_.ok()) return;
  Pipeline pipeline(client_, kInFlight);
  CallOptions options;
  options.deadline = std::chrono::milliseconds(60'000);
  for (Progressing& each : cases_) {
    if (!broken_.ok()) break;
    if (each.stopped || !which(each)) continue;
    pipeline.Await(2 * kInFlight);
    pipeline.Call<Response>(
        method, make(each),
        [&, of = &each](absl::StatusOr<Response> answer) {
          Advance(step);
          if (answer.ok()) {
            take(*of, *std::move(answer));
          } else {
            Refused(answer.status(), method, of);
          }
        },
        options);
  }
  pipeline.Drain();
}

template <class Response, class Request>
void DemoLoader::ForHalfDays(Words step, std::string_view method, std::string_view kind,
                             const std::function<bool(const Progressing&, const DemoHalfDay&)>& which,
                             const std::function<void(Request&, const Progressing&, const DemoHalfDay&)>& add,
                             const std::function<void(Progressing&, const Response&)>& take) {
  ForCases<Response, Request>(
      step, method,
      [&](const Progressing& of) {
        return std::any_of(of.half_days.begin(), of.half_days.end(),
                           [&](const DemoHalfDay& half_day) { return which(of, half_day); });
      },
      [&](Progressing& of) {
        Request request;
        request.set_request_id(world_.RequestId(kind, static_cast<uint64_t>(of.plan.index)));
        size_t added = 0;
        for (const DemoHalfDay& half_day : of.half_days) {
          if (added < kHalfDaysACall && which(of, half_day)) {
            add(request, of, half_day);
            ++added;
          }
        }
        return request;
      },
      [&](Progressing& of, Response response) { take(of, response); });
}

int DemoLoader::Run() {
  if (AlreadyLoaded()) {
    session_.out() << session_.Say({"La démonstration est déjà chargée : rien à faire.",
                                    "The demonstration is already loaded: nothing to do."})
                   << '\n';
    return kDone;
  }
  if (!broken_.ok()) return session_.Fail(broken_);
  if (const absl::Status status = PublishRulebook(); !status.ok()) return session_.Fail(status);
  ImportCompanies();
  DeclareGroups();
  CreateConsultants();
  if (broken_.ok()) {
    if (const absl::Status status = FindToday(); !status.ok()) return session_.Fail(status);
    if (const absl::Status status = OpenEnvelopes(); !status.ok()) return session_.Fail(status);
  }
  OpenCases();
  RejectAndWithdraw();
  Admit();
  AssignAndSign();
  ScheduleHalfDays();
  LiveHalfDays();
  ChargeAndPay();
  LockMonths();
  OpenLastCase();
  progress_.Clear();
  if (!broken_.ok()) return session_.Fail(broken_);
  Report();
  return refusals_ == 0 ? kDone : kRefused;
}

// The last case is opened last: it stands for the whole.
bool DemoLoader::AlreadyLoaded() {
  GetCompanyRequest request;
  request.set_siren(world_.Company(world_.CompanyOfCase(world_.size().cases - 1)).siren());
  const auto answer =
      client_.Call<GetCompanyResponse>("EnrolmentService.GetCompany", request, session_.call_options());
  if (answer.ok()) return answer->cases_size() > 0;
  if (CallErrorOf(answer.status()).reason != "COMPANY_NOT_FOUND") broken_ = answer.status();
  return false;
}

absl::Status DemoLoader::PublishRulebook() {
  programme::v1::PublishRulebookRequest publish;
  publish.set_request_id(world_.RequestId("rulebook", 0));
  publish.set_source(rulebook_);
  const auto published = client_.Call<programme::v1::PublishRulebookResponse>(
      "ProgrammeService.PublishRulebook", publish, session_.call_options());
  if (published.ok()) {
    programme_ = published->version().programme();
  } else {
    // Published before, perhaps in a later version: what is in force counts.
    programme::v1::GetRulebookRequest get;
    get.set_programme(programme_);
    const auto known = client_.Call<programme::v1::GetRulebookResponse>("ProgrammeService.GetRulebook", get,
                                                                        session_.call_options());
    if (!known.ok()) return published.status();
  }
  Advance({"règlement", "rulebook"});

  return absl::OkStatus();
}

// Funders set aside a year's worth of what the programme expects, and a fifth more.
absl::Status DemoLoader::OpenEnvelopes() {
  const int last_year = static_cast<int>(today_.ymd().year()) + 1;
  for (size_t i = 0; i < std::size(kFunders); ++i) {
    const DemoFunder& funder = kFunders[i];
    CreateFunderRequest create;
    create.set_request_id(world_.RequestId("funder", i));
    create.set_funder(funder.code);
    create.set_name(funder.name);
    const auto created =
        client_.Call<CreateFunderResponse>("FundingService.CreateFunder", create, session_.call_options());
    if (!created.ok() && CallErrorOf(created.status()).reason != "FUNDER_EXISTS") return created.status();
    Advance({"financeurs", "funders"});

    for (int year = kFirstYear; year <= last_year; ++year) {
      int64_t euros = 0;
      for (const Progressing& of : cases_) {
        if (!IsSigned(of.plan) || static_cast<int>(of.plan.signed_on.ymd().year()) != year) continue;
        euros += MostBorne(funder, of.plan, world_.CompanyRegion(of.plan.company));
      }
      constexpr int64_t kStep = 100'000;
      euros = (euros * 6 / 5 / kStep + 1) * kStep;
      CreateEnvelopeRequest envelope;
      envelope.set_request_id(
          world_.RequestId("envelope", i * 1000 + static_cast<size_t>(year - kFirstYear)));
      envelope.set_funder(funder.code);
      envelope.set_region(funder.region);
      envelope.set_starts_on(std::to_string(year) + "-01-01");
      envelope.set_ends_on(std::to_string(year) + "-12-31");
      envelope.mutable_allocated()->set_cents(euros * 100);
      const auto made = client_.Call<CreateEnvelopeResponse>("FundingService.CreateEnvelope", envelope,
                                                             session_.call_options());
      if (!made.ok()) return made.status();
      Advance({"enveloppes", "envelopes"});
    }
  }
  return absl::OkStatus();
}

void DemoLoader::ImportCompanies() {
  const auto total = static_cast<size_t>(world_.size().companies);
  ForEach<ImportCompaniesResponse, ImportCompaniesRequest>(
      {"entreprises", "companies"}, "EnrolmentService.ImportCompanies",
      (total + kCompaniesACall - 1) / kCompaniesACall,
      [&](size_t call) {
        ImportCompaniesRequest request;
        request.set_request_id(world_.RequestId("companies", call));
        for (size_t i = call * kCompaniesACall; i < std::min(total, (call + 1) * kCompaniesACall); ++i) {
          *request.add_companies() = world_.Company(static_cast<int>(i));
        }
        return std::optional(std::move(request));
      },
      [&](size_t, const ImportCompaniesResponse& response) {
        for (const auto& problem : response.problems()) {
          ++refusals_;
          if (refusal_samples_.size() < 5)
            refusal_samples_.push_back(problem.siren() + ": " + problem.message_en());
        }
      });
}

// Links before accounts, which may be those of a party that only its link makes known.
void DemoLoader::DeclareGroups() {
  DemoGroup all;
  for (int i = 0; i < world_.size().cases; ++i) {
    DemoGroup group = world_.Group(i);
    std::move(group.links.begin(), group.links.end(), std::back_inserter(all.links));
    std::move(group.accounts.begin(), group.accounts.end(), std::back_inserter(all.accounts));
  }
  ForEach<DeclareLinkResponse, DeclareLinkRequest>(
      {"liens", "links"}, "EnrolmentService.DeclareLink", all.links.size(),
      [&](size_t i) {
        DeclareLinkRequest request;
        request.set_request_id(world_.RequestId("link", i));
        *request.mutable_link() = all.links[i];
        return std::optional(std::move(request));
      },
      [](size_t, const DeclareLinkResponse&) {});
  ForEach<AddAccountsResponse, AddAccountsRequest>(
      {"comptes", "accounts"}, "EnrolmentService.AddAccounts", all.accounts.size(),
      [&](size_t i) {
        AddAccountsRequest request;
        request.set_request_id(world_.RequestId("accounts", i));
        *request.mutable_accounts() = all.accounts[i];
        return std::optional(std::move(request));
      },
      [](size_t, const AddAccountsResponse&) {});
}

// The year of the last absences only depends on the year of the load; see FindToday.
void DemoLoader::CreateConsultants() {
  const auto count = static_cast<size_t>(world_.size().consultants);
  consultant_ids_.assign(count, 0);
  for (size_t i = 0; i < count; ++i) {
    consultants_.push_back(world_.Consultant(static_cast<int>(i), *Date::FromYmd(2026, 1, 1)));
  }
  ForEach<CreateConsultantResponse, CreateConsultantRequest>(
      {"consultants", "consultants"}, "AssignmentService.CreateConsultant", count,
      [&](size_t i) {
        const DemoConsultant& consultant = consultants_[i];
        CreateConsultantRequest request;
        request.set_request_id(world_.RequestId("consultant", i));
        request.set_name(consultant.name);
        for (const std::string& skill : consultant.skills) request.add_skills(skill);
        for (const std::string& region : consultant.regions) request.add_regions(region);
        request.mutable_day_rate()->set_cents(consultant.day_rate_cents);
        request.set_accredited_until(consultant.accredited_until);
        for (const int level : consultant.skill_levels) request.add_skill_levels(level);
        for (const std::string& sector : consultant.sectors) request.add_sectors(sector);
        for (const std::string& language : consultant.languages) request.add_languages(language);
        request.set_home_commune(consultant.home_commune);
        request.set_radius_km(consultant.radius_km);
        request.set_employer_siren(consultant.employer_siren);
        for (int bit = 0; bit < 14; ++bit) {
          if ((consultant.working_halves >> bit & 1) != 0)
            request.add_working_halves(static_cast<assignment::v1::WorkingHalf>(bit + 1));
        }
        request.set_max_half_days_per_week(consultant.max_half_days_per_week);
        return std::optional(std::move(request));
      },
      [&](size_t i, const CreateConsultantResponse& response) {
        consultant_ids_[i] = response.consultant().consultant_id();
      });

  std::vector<std::pair<size_t, DemoAbsence>> absences;
  std::vector<std::pair<size_t, int>> conflicts;
  for (size_t i = 0; i < count; ++i) {
    for (const DemoAbsence& absence : consultants_[i].absences) absences.emplace_back(i, absence);
    for (const int conflict : consultants_[i].conflicts) conflicts.emplace_back(i, conflict);
  }
  ForEach<AddAbsenceResponse, AddAbsenceRequest>(
      {"absences", "absences"}, "AssignmentService.AddAbsence", absences.size(),
      [&](size_t i) {
        const auto& [consultant, absence] = absences[i];
        AddAbsenceRequest request;
        request.set_request_id(world_.RequestId("absence", i));
        request.set_consultant_id(consultant_ids_[consultant]);
        request.set_starts_on(absence.starts_on.ToIso());
        request.set_ends_on(absence.ends_on.ToIso());
        request.set_label(absence.label);
        return std::optional(std::move(request));
      },
      [](size_t, const AddAbsenceResponse&) {});
  ForEach<DeclareConflictResponse, DeclareConflictRequest>(
      {"conflits d’intérêts", "conflicts of interest"}, "AssignmentService.DeclareConflict", conflicts.size(),
      [&](size_t i) {
        const auto& [consultant, conflict] = conflicts[i];
        DeclareConflictRequest request;
        request.set_request_id(world_.RequestId("conflict", i));
        request.set_consultant_id(consultant_ids_[consultant]);
        request.set_siren(world_.Company(world_.CompanyOfCase(conflict)).siren());
        request.set_reason(i % 2 == 0 ? "A dirigé l’entreprise" : "Détient des parts de l’entreprise");
        return std::optional(std::move(request));
      },
      [](size_t, const DeclareConflictResponse&) {});
  ForEach<AccreditConsultantResponse, AccreditConsultantRequest>(
      {"accréditations", "accreditations"}, "AssignmentService.AccreditConsultant", count,
      [&](size_t i) -> std::optional<AccreditConsultantRequest> {
        if (!consultants_[i].accredited) return std::nullopt;
        AccreditConsultantRequest request;
        request.set_request_id(world_.RequestId("accreditation", i));
        request.set_consultant_id(consultant_ids_[i]);
        request.set_programme(programme_);
        request.set_starts_on(std::to_string(kFirstYear) + "-01-01");
        return request;
      },
      [](size_t, const AccreditConsultantResponse&) {});
  ForEach<DeclarePreviousClientResponse, DeclarePreviousClientRequest>(
      {"anciens clients", "previous clients"}, "AssignmentService.DeclarePreviousClient", count,
      [&](size_t i) -> std::optional<DeclarePreviousClientRequest> {
        if (consultants_[i].former_client < 0) return std::nullopt;
        DeclarePreviousClientRequest request;
        request.set_request_id(world_.RequestId("previous-client", i));
        request.set_consultant_id(consultant_ids_[i]);
        request.set_siren(world_.Company(world_.CompanyOfCase(consultants_[i].former_client)).siren());
        request.set_ended_on("2025-06-30");
        return request;
      },
      [](size_t, const DeclarePreviousClientResponse&) {});
}

// The first case does not depend on the day; that of its opening, which a replay answers again, is the day on
// which everything else was or will be made.
absl::Status DemoLoader::FindToday() {
  const DemoCase first = world_.Case(0, today_);
  OpenCaseRequest request;
  request.set_request_id(world_.RequestId("open", 0));
  request.set_programme(programme_);
  request.set_siren(world_.Company(first.company).siren());
  request.set_applied_on(first.applied_on.ToIso());
  *request.mutable_facts() = first.facts;
  const auto opened =
      client_.Call<OpenCaseResponse>("EnrolmentService.OpenCase", request, session_.call_options());
  if (!opened.ok()) return opened.status();
  today_ = DayInParis(opened->case_().updated_at().seconds());
  for (int i = 0; i < world_.size().cases; ++i) {
    Progressing& each = cases_.emplace_back(Progressing{.plan = world_.Case(i, today_)});
    each.department = world_.CompanyDepartment(each.plan.company);
  }
  cases_[0].case_id = opened->case_().case_id();
  Advance({"dossiers", "cases"});
  return absl::OkStatus();
}

void DemoLoader::OpenCases() {
  const int last = world_.size().cases - 1;
  ForCases<OpenCaseResponse, OpenCaseRequest>(
      {"candidatures", "applications"}, "EnrolmentService.OpenCase",
      [&](const Progressing& of) { return of.case_id == 0 && of.plan.index != last; },
      [&](Progressing& of) {
        OpenCaseRequest request;
        request.set_request_id(world_.RequestId("open", static_cast<uint64_t>(of.plan.index)));
        request.set_programme(programme_);
        request.set_siren(world_.Company(of.plan.company).siren());
        request.set_applied_on(of.plan.applied_on.ToIso());
        *request.mutable_facts() = of.plan.facts;
        return request;
      },
      [](Progressing& of, const OpenCaseResponse& response) { of.case_id = response.case_().case_id(); });
}

void DemoLoader::RejectAndWithdraw() {
  // The reason given is the evidence of the conditions that fail, as an officer would write it.
  ForCases<CheckCaseResponse, CheckCaseRequest>(
      {"éligibilité", "eligibility"}, "EnrolmentService.CheckCase",
      [](const Progressing& of) { return of.plan.stage == DemoStage::kRejected; },
      [](Progressing& of) {
        CheckCaseRequest request;
        request.set_case_id(of.case_id);
        return request;
      },
      [](Progressing& of, const CheckCaseResponse& response) {
        for (const Condition& condition : response.conditions()) {
          if (!condition.met()) of.rejection += (of.rejection.empty() ? "" : " ") + condition.evidence_fr();
        }
        if (of.rejection.empty()) of.rejection = "Dossier incomplet.";
      });
  ForCases<RejectCaseResponse, RejectCaseRequest>(
      {"refus", "rejections"}, "EnrolmentService.RejectCase",
      [](const Progressing& of) { return of.plan.stage == DemoStage::kRejected; },
      [&](Progressing& of) {
        RejectCaseRequest request;
        request.set_request_id(world_.RequestId("reject", static_cast<uint64_t>(of.plan.index)));
        request.set_case_id(of.case_id);
        request.set_reason(of.rejection);
        return request;
      },
      [](Progressing&, const RejectCaseResponse&) {});
  ForCases<WithdrawCaseResponse, WithdrawCaseRequest>(
      {"désistements", "withdrawals"}, "EnrolmentService.WithdrawCase",
      [](const Progressing& of) {
        return of.plan.stage == DemoStage::kWithdrawn && of.plan.withdrawn_before_admission;
      },
      [&](Progressing& of) {
        WithdrawCaseRequest request;
        request.set_request_id(world_.RequestId("withdraw", static_cast<uint64_t>(of.plan.index)));
        request.set_case_id(of.case_id);
        request.set_reason("L’entreprise renonce : projet reporté.");
        return request;
      },
      [](Progressing&, const WithdrawCaseResponse&) {});
}

void DemoLoader::Admit() {
  ForCases<AdmitCaseResponse, AdmitCaseRequest>(
      {"admissions", "admissions"}, "EnrolmentService.AdmitCase",
      [](const Progressing& of) { return IsAdmitted(of.plan); },
      [&](Progressing& of) {
        AdmitCaseRequest request;
        request.set_request_id(world_.RequestId("admit", static_cast<uint64_t>(of.plan.index)));
        request.set_case_id(of.case_id);
        request.set_admitted_on(of.plan.admitted_on.ToIso());
        request.set_granted_half_days(of.plan.granted_half_days);
        return request;
      },
      [](Progressing& of, const AdmitCaseResponse& response) {
        of.window_ends_on = Date::Parse(response.case_().window_ends_on());
      });
}

void DemoLoader::AssignAndSign() {
  DemoCalendar calendar(world_, consultants_);
  for (Progressing& of : cases_) {
    if (IsSigned(of.plan))
      of.plan.consultant = calendar.Assign(of.plan.index, world_.CompanyRegion(of.plan.company));
  }
  for (const char* phase : {"diagnosis", "accompaniment"}) {
    ForCases<CreateAssignmentResponse, CreateAssignmentRequest>(
        {"affectations", "assignments"}, "AssignmentService.CreateAssignment",
        [&](const Progressing& of) {
          return of.plan.consultant >= 0 && (phase[0] == 'd' || of.plan.accompaniment_half_days > 0);
        },
        [&](Progressing& of) {
          CreateAssignmentRequest request;
          request.set_request_id(world_.RequestId(phase, static_cast<uint64_t>(of.plan.index)));
          request.set_case_id(of.case_id);
          request.set_consultant_id(consultant_ids_[static_cast<size_t>(of.plan.consultant)]);
          request.set_phase(phase);
          return request;
        },
        [](Progressing&, const CreateAssignmentResponse&) {});
  }
  ForCases<SignAgreementResponse, SignAgreementRequest>(
      {"conventions", "agreements"}, "FundingService.SignAgreement",
      [](const Progressing& of) { return of.plan.consultant >= 0; },
      [&](Progressing& of) {
        SignAgreementRequest request;
        request.set_request_id(world_.RequestId("sign", static_cast<uint64_t>(of.plan.index)));
        request.set_case_id(of.case_id);
        request.set_signed_on(of.plan.signed_on.ToIso());
        AgreedPhase& diagnosis = *request.add_phases();
        diagnosis.set_phase("diagnosis");
        diagnosis.set_half_days(of.plan.diagnosis_half_days);
        if (of.plan.accompaniment_half_days > 0) {
          AgreedPhase& accompaniment = *request.add_phases();
          accompaniment.set_phase("accompaniment");
          accompaniment.set_half_days(of.plan.accompaniment_half_days);
          accompaniment.mutable_day_rate()->set_cents(
              consultants_[static_cast<size_t>(of.plan.consultant)].day_rate_cents);
        }
        return request;
      },
      [](Progressing& of, SignAgreementResponse response) {
        of.agreement = std::move(*response.mutable_agreement());
      });
}

// In the order of the cases, so that the same seed meets the same people on the same days.
void DemoLoader::ScheduleHalfDays() {
  if (!broken_.ok()) return;
  DemoCalendar calendar(world_, consultants_);
  for (Progressing& of : cases_) {
    if (of.plan.consultant < 0 || !of.window_ends_on) continue;
    constexpr int kPlannedAheadDays = 45;
    Date last_day = IsFinished(of.plan) ? today_.AddDays(-20) : today_.AddDays(kPlannedAheadDays);
    if (of.plan.stage == DemoStage::kWithdrawn) last_day = std::min(today_, of.plan.signed_on.AddDays(60));
    last_day = std::min(last_day, *of.window_ends_on);
    of.half_days = calendar.Schedule(of.plan, of.department, last_day, IsFinished(of.plan));
  }
}

HalfDayEntry DemoLoader::EntryOf(const Progressing& of, const DemoHalfDay& half_day) const {
  HalfDayEntry entry;
  entry.set_half_day_id(half_day.id);
  entry.set_case_id(of.case_id);
  entry.set_consultant_id(consultant_ids_[static_cast<size_t>(of.plan.consultant)]);
  entry.set_phase(half_day.phase);
  entry.set_date(half_day.date.ToIso());
  entry.set_half(half_day.morning ? common::v1::HALF_MORNING : common::v1::HALF_AFTERNOON);
  entry.set_note(half_day.note);
  return entry;
}

// Some visits fall through: the company put them off.
bool DemoLoader::WasCancelled(const Progressing& of, const DemoHalfDay& half_day) const {
  return of.plan.stage == DemoStage::kUnderWay && half_day.date > today_.AddDays(-14) &&
         (half_day.id.back() == '3' || half_day.id.back() == 'c');
}

void DemoLoader::LiveHalfDays() {
  const Date planned_from = today_.AddDays(-14);
  const auto is_planned = [&](const Progressing& of, const DemoHalfDay& half_day) {
    return of.plan.stage == DemoStage::kUnderWay && half_day.date > planned_from;
  };
  const auto note_outcomes = [this](Progressing& of, const auto& outcomes, std::string_view method) {
    for (const HalfDayOutcome& outcome : outcomes) {
      if (outcome.refusal() == 0) continue;
      ++refusals_;
      of.stopped = true;
      if (refusal_samples_.size() < 5) {
        refusal_samples_.push_back(std::string(method) + " (" + std::to_string(of.plan.index) + ") " +
                                   common::v1::Reason_Name(outcome.refusal()) + ": " + outcome.message());
      }
    }
  };
  ForHalfDays<PlanHalfDaysResponse, PlanHalfDaysRequest>(
      {"planification", "planning"}, "CalendarService.PlanHalfDays", "plan", is_planned,
      [&](auto& request, const auto& of, const auto& half_day) {
        *request.add_entries() = EntryOf(of, half_day);
      },
      [&](Progressing& of, const PlanHalfDaysResponse& response) {
        note_outcomes(of, response.outcomes(), "CalendarService.PlanHalfDays");
      });
  ForHalfDays<CancelHalfDaysResponse, CancelHalfDaysRequest>(
      {"annulations", "cancellations"}, "CalendarService.CancelHalfDays", "cancel",
      [&](const auto& of, const auto& half_day) { return WasCancelled(of, half_day); },
      [&](auto& request, const auto&, const auto& half_day) {
        request.add_half_day_ids(half_day.id);
        request.set_reason("Reportée à la demande de l’entreprise");
      },
      [&](Progressing&, const CancelHalfDaysResponse& response) {
        half_days_by_state_[HALF_DAY_STATE_CANCELLED] += response.half_days_size();
      });
  for (const Progressing& of : cases_) {
    for (const DemoHalfDay& half_day : of.half_days) {
      if (is_planned(of, half_day) && !IsPast(half_day) && !WasCancelled(of, half_day)) {
        ++half_days_by_state_[HALF_DAY_STATE_PLANNED];
      }
    }
  }
  const auto took_place = [&](const Progressing& of, const DemoHalfDay& half_day) {
    return IsPast(half_day) && !WasCancelled(of, half_day);
  };
  ForHalfDays<RecordHalfDaysResponse, RecordHalfDaysRequest>(
      {"demi-journées", "half-days"}, "CalendarService.RecordHalfDays", "record", took_place,
      [&](auto& request, const auto& of, const auto& half_day) {
        *request.add_entries() = EntryOf(of, half_day);
      },
      [&](Progressing& of, const RecordHalfDaysResponse& response) {
        half_days_by_state_[HALF_DAY_STATE_PERFORMED] += response.outcomes_size();
        note_outcomes(of, response.outcomes(), "CalendarService.RecordHalfDays");
      });

  // The company attests within days of the visit.
  const auto is_attested = [&](const Progressing& of, const DemoHalfDay& half_day) {
    return took_place(of, half_day) &&
           (of.plan.stage != DemoStage::kUnderWay || half_day.date < today_.AddDays(-5));
  };
  ForHalfDays<AttestHalfDaysResponse, AttestHalfDaysRequest>(
      {"attestations", "attestations"}, "CalendarService.AttestHalfDays", "attest", is_attested,
      [](auto& request, const auto&, const auto& half_day) { request.add_half_day_ids(half_day.id); },
      [&](Progressing&, const AttestHalfDaysResponse& response) {
        half_days_by_state_[HALF_DAY_STATE_PERFORMED] -= response.half_days_size();
        half_days_by_state_[HALF_DAY_STATE_ATTESTED] += response.half_days_size();
      });
}

void DemoLoader::Charge(Words step, std::string_view kind,
                        const std::function<bool(const Progressing&)>& which) {
  ForCases<ChargeHalfDaysResponse, ChargeHalfDaysRequest>(
      step, "FundingService.ChargeHalfDays", which,
      [&](Progressing& of) {
        ChargeHalfDaysRequest request;
        request.set_request_id(world_.RequestId(kind, static_cast<uint64_t>(of.plan.index)));
        request.set_case_id(of.case_id);
        return request;
      },
      [&](Progressing&, const ChargeHalfDaysResponse& response) {
        charged_half_days_ += response.half_days();
      });
}

void DemoLoader::ChargeAndPay() {
  // Months are approved once over, and charged a month later.
  const Date this_month = today_.FirstOfMonth().FirstDay();
  const Date last_month = this_month.AddMonths(-1);
  const auto approve = [&](std::string_view kind,
                           const std::function<bool(const Progressing&, const DemoHalfDay&)>& which) {
    ForHalfDays<ApproveHalfDaysResponse, ApproveHalfDaysRequest>(
        {"service fait", "approvals"}, "CalendarService.ApproveHalfDays", kind, which,
        [](auto& request, const auto&, const auto& half_day) { request.add_half_day_ids(half_day.id); },
        [&](Progressing&, const ApproveHalfDaysResponse& response) {
          half_days_by_state_[HALF_DAY_STATE_ATTESTED] -= response.half_days_size();
          half_days_by_state_[HALF_DAY_STATE_APPROVED] += response.half_days_size();
        });
  };
  // At least five days old, hence attested, whatever the day of the load.
  const Date attested_before = today_.AddDays(-5);
  const auto is_charged = [&](const Progressing& of, const DemoHalfDay& half_day) {
    return of.plan.stage != DemoStage::kUnderWay ||
           (half_day.date < last_month && half_day.date < attested_before);
  };
  approve("approve-old", is_charged);
  Charge({"liquidations", "charges"}, "charge", [&](const Progressing& of) {
    return of.plan.stage != DemoStage::kApproved &&
           std::any_of(of.half_days.begin(), of.half_days.end(),
                       [&](const DemoHalfDay& half_day) { return is_charged(of, half_day); });
  });
  approve("approve-new", [&](const Progressing& of, const DemoHalfDay& half_day) {
    return !is_charged(of, half_day) && half_day.date < this_month && half_day.date < attested_before;
  });

  // Each funder pays its share of what is all charged.
  for (size_t i = 0; i < std::size(kFunders); ++i) {
    const std::string funder = kFunders[i].code;
    const auto share_of = [&](const Progressing& of) {
      int64_t cents = 0;
      for (const CoverageLine& line : of.agreement.terms().lines()) {
        for (const Share& share : line.shares()) {
          if (share.funder() == funder) cents += share.amount().cents();
        }
      }
      return cents;
    };
    const auto all_charged = [](const Progressing& of) {
      return of.half_days.size() ==
             static_cast<size_t>(of.plan.diagnosis_half_days + of.plan.accompaniment_half_days);
    };
    ForCases<RecordPaymentResponse, RecordPaymentRequest>(
        {"paiements", "payments"}, "FundingService.RecordPayment",
        [&](const Progressing& of) {
          return of.plan.stage == DemoStage::kPaid && all_charged(of) && share_of(of) > 0;
        },
        [&](Progressing& of) {
          RecordPaymentRequest request;
          request.set_request_id(world_.RequestId("pay-" + funder, static_cast<uint64_t>(of.plan.index)));
          request.set_case_id(of.case_id);
          request.set_funder(funder);
          request.mutable_amount()->set_cents(share_of(of));
          const Date paid_on = std::min(today_, of.half_days.back().date.AddDays(50));
          request.set_paid_on(paid_on.ToIso());
          request.set_reference("VIR-" + paid_on.ToIso().substr(0, 4) + "-" +
                                std::to_string(10'000 + of.plan.index * 10 + static_cast<int>(i)));
          return request;
        },
        [](Progressing&, const RecordPaymentResponse&) {});
  }

  // One error found afterwards.
  bool reversed = false;
  ForCases<ReverseChargeResponse, ReverseChargeRequest>(
      {"contre-passation", "reversal"}, "FundingService.ReverseCharge",
      [&](const Progressing& of) {
        if (reversed || of.plan.stage != DemoStage::kCharged || of.half_days.empty()) return false;
        reversed = true;
        return true;
      },
      [&](Progressing& of) {
        ReverseChargeRequest request;
        request.set_request_id(world_.RequestId("reverse", 0));
        request.set_half_day_id(of.half_days.back().id);
        request.set_reason("Feuille d’émargement contredite par l’entreprise");
        return request;
      },
      [&](Progressing&, const ReverseChargeResponse&) { --charged_half_days_; });

  ForCases<WithdrawCaseResponse, WithdrawCaseRequest>(
      {"désistements", "withdrawals"}, "EnrolmentService.WithdrawCase",
      [](const Progressing& of) {
        return of.plan.stage == DemoStage::kWithdrawn && !of.plan.withdrawn_before_admission;
      },
      [&](Progressing& of) {
        WithdrawCaseRequest request;
        request.set_request_id(world_.RequestId("withdraw", static_cast<uint64_t>(of.plan.index)));
        request.set_case_id(of.case_id);
        request.set_reason("Changement de direction : l’accompagnement s’arrête.");
        return request;
      },
      [](Progressing&, const WithdrawCaseResponse&) {});
}

// As an office does that keeps up: what is three months old is locked, which is approved and charged by then.
// The months since stay open, with what there is to attest and to approve.
void DemoLoader::LockMonths() {
  if (!broken_.ok() || refusals_ > 0) return;
  constexpr int kMonthsOpen = 3;
  const Month open_from = today_.FirstOfMonth().AddMonths(1 - kMonthsOpen);
  std::optional<Date> first;
  for (const Progressing& of : cases_)
    for (const DemoHalfDay& half_day : of.half_days)
      if (!first || half_day.date < *first) first = half_day.date;
  if (!first) return;
  for (Month month = first->FirstOfMonth(); month < open_from; month = month.AddMonths(1)) {
    LockMonthRequest request;
    request.set_request_id(world_.RequestId("lock-" + month.ToIso(), 0));
    request.set_programme(programme_);
    request.set_month(month.ToIso());
    const auto locked =
        client_.Call<LockMonthResponse>("CalendarService.LockMonth", request, session_.call_options());
    Advance({"mois verrouillés", "locked months"});
    if (locked.ok()) continue;
    const std::string reason = CallErrorOf(locked.status()).reason;
    if (reason == "MONTH_LOCK_ORDER") return;  // others work in this programme, and lock when they see fit
    if (reason != "MONTH_LOCKED") broken_ = locked.status();
    if (!broken_.ok()) return;
  }
}

void DemoLoader::OpenLastCase() {
  if (refusals_ > 0) return;  // not all is done: the next load tries again
  ForCases<OpenCaseResponse, OpenCaseRequest>(
      {"candidatures", "applications"}, "EnrolmentService.OpenCase",
      [&](const Progressing& of) { return of.plan.index == world_.size().cases - 1; },
      [&](Progressing& of) {
        OpenCaseRequest request;
        request.set_request_id(world_.RequestId("open", static_cast<uint64_t>(of.plan.index)));
        request.set_programme(programme_);
        request.set_siren(world_.Company(of.plan.company).siren());
        request.set_applied_on(of.plan.applied_on.ToIso());
        *request.mutable_facts() = of.plan.facts;
        return request;
      },
      [](Progressing& of, const OpenCaseResponse& response) { of.case_id = response.case_().case_id(); });
}

void DemoLoader::Report() {
  constexpr Words kStageNames[kDemoStages] = {{"ouverts", "open"},
                                              {"rejetés", "rejected"},
                                              {"retirés", "withdrawn"},
                                              {"admis, sans convention", "admitted, no agreement yet"},
                                              {"en cours d’accompagnement", "being accompanied"},
                                              {"terminés, approuvés", "done, approved"},
                                              {"liquidés", "charged"},
                                              {"payés", "paid"}};
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
  std::array<int64_t, kDemoStages> stages{};
  for (const Progressing& of : cases_) ++stages[static_cast<size_t>(of.plan.stage)];

  Table table(
      {{session_.Say({"Démonstration", "Demonstration"})}, {session_.Say({"Nombre", "Count"}), true}});
  const auto line = [&](std::string title, int64_t count) {
    table.Add({std::move(title), std::to_string(count)});
  };
  line(session_.Say({"Entreprises", "Companies"}), world_.size().companies);
  line(session_.Say({"Consultants", "Consultants"}), world_.size().consultants);
  line(session_.Say({"Dossiers", "Cases"}), static_cast<int64_t>(cases_.size()));
  for (size_t i = 0; i < kDemoStages; ++i) line("  " + std::string(session_.Say(kStageNames[i])), stages[i]);
  int64_t half_days = 0;
  for (const int64_t count : half_days_by_state_) half_days += count;
  line(session_.Say({"Demi-journées", "Half-days"}), half_days);
  for (int state = HALF_DAY_STATE_PLANNED; state <= HALF_DAY_STATE_CANCELLED; ++state) {
    line("  " + EnumLabel(*HalfDayState_descriptor()->FindValueByNumber(state), session_.language()),
         half_days_by_state_[static_cast<size_t>(state)]);
  }
  line(session_.Say({"  dont liquidées", "  of which charged"}), charged_half_days_);
  table.Print(session_.out());
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", took.count());
  session_.out() << calls_ << session_.Say({" appels en ", " calls in "}) << seconds << " s\n";
  if (refusals_ > 0) {
    session_.err() << refusals_
                   << session_.Say({" refus inattendus, dont :", " unexpected refusals, among them:"})
                   << '\n';
    for (const std::string& sample : refusal_samples_) session_.err() << "  • " << Printable(sample) << '\n';
  }
}

}  // namespace jalon::cli
