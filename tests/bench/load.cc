// Load for tests/bench/run: one case, a number of callers, a number of seconds.
//
//   jalon-bench CASE --server=ADDRESS --token=TOKEN [--callers=N] [--seconds=S | --calls=N] [--items=N]
//                    [--run=N] [--slot=N] [--cases=N] [--latencies=FILE]
//
// Each caller sends its next call when it has the answer to the one before; one thread serves them all, so
// that the load takes little of the machine it measures. A call that fails or is refused ends the program.
// --latencies gets a line a call: when it ended, in microseconds, and how long it took. The last line printed
// is the next free slot.
//
// A slot is a number that stands for one half-day (see EntryOf), or for one company of an import: no two
// calls of a benchmark share one, so that nothing is refused.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "absl/synchronization/mutex.h"
#include "base/date.h"
#include "clients/rpc/client.h"
#include "google/protobuf/empty.pb.h"
#include "jalon/assignment/v1/assignment_service.pb.h"
#include "jalon/audit/v1/audit_service.pb.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "jalon/funding/v1/funding_service.pb.h"
#include "jalon/inbox/v1/inbox_service.pb.h"
#include "jalon/programme/v1/programme_service.pb.h"

namespace jalon {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "jalon-bench: %s\n", why.c_str());
  std::exit(1);
}

class Options {
 public:
  Options(int argc, char** argv) {
    for (int i = 2; i < argc; ++i) {
      const std::string argument = argv[i];
      const size_t equals = argument.find('=');
      if (!argument.starts_with("--") || equals == std::string::npos) Fail("not an option: " + argument);
      values_[argument.substr(2, equals - 2)] = argument.substr(equals + 1);
    }
  }
  std::string Text(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? "" : found->second;
  }
  int64_t Number(const std::string& name, int64_t otherwise) const {
    const std::string text = Text(name);
    return text.empty() ? otherwise : std::stoll(text);
  }
  double Seconds() const { return Text("seconds").empty() ? 1e9 : std::stod(Text("seconds")); }

 private:
  std::map<std::string, std::string> values_;
};

// An answer that is taken as bytes and not looked into, as pgbench does with rows.
using Unread = google::protobuf::Empty;
// A case alone has some hundred bytes, each of its 30 half-days as many again.
constexpr size_t kLeastCaseBytes = 1000;

std::mt19937_64& Random() {
  static std::mt19937_64 random(std::random_device{}());
  return random;
}

std::string NewUuid() {
  const uint64_t high = Random()(), low = Random()();
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xfff),
                static_cast<unsigned>(0x8000 | (low >> 48 & 0x3fff)),
                static_cast<unsigned long long>(low & 0xffffffffffff));
  return text;
}

// 2005-01-01 and `days` after, as data.sql and statements.sh count them.
std::string DayText(int64_t days) {
  const std::chrono::year_month_day day(std::chrono::sys_days(std::chrono::year(2005) / 1 / 1) +
                                        std::chrono::days(days));
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text;
}

// Runs of `run` slots are of one case, with that case's own consultant; the next run is of the next case.
// With runs of one, neighbours share neither.
calendar::v1::HalfDayEntry EntryOf(int64_t slot, int64_t cases, int64_t run) {
  const int64_t nth = slot / run / cases * run + slot % run, owner = 1 + slot / run % cases;
  calendar::v1::HalfDayEntry entry;
  entry.set_half_day_id(NewUuid());
  entry.set_case_id(owner);
  entry.set_consultant_id(owner);
  entry.set_phase("accompaniment");
  entry.set_date(DayText(nth / 2));
  entry.set_half(nth % 2 == 0 ? common::v1::HALF_MORNING : common::v1::HALF_AFTERNOON);
  entry.set_note("Atelier sur les données de production");
  entry.set_non_working_day_confirmed(true);
  return entry;
}

// Nine digits of which the last is Luhn's.
std::string SirenOf(int64_t number) {
  std::string digits = std::to_string(20'000'000 + number % 70'000'000);
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const int doubled = (digits[i] - '0') * (i % 2 == 1 ? 2 : 1);
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
}

enrolment::v1::Company CompanyOf(int64_t slot) {
  enrolment::v1::Company company;
  company.set_siren(SirenOf(slot));
  company.set_name("Établissements Dupont et fils " + std::to_string(slot * 7919 % 1'000'003));
  company.set_legal_category("5710");
  company.set_naf("62.01Z");
  company.set_headcount_band("12");
  company.set_created_on(DayText(slot % 5000));
  company.set_seat_nic("00012");
  company.set_commune("59350");
  return company;
}

// Keeps `callers` calls under way.
class Load {
 public:
  explicit Load(const Options& options)
      : callers_(static_cast<int>(options.Number("callers", 1))),
        calls_(options.Number("calls", INT64_MAX)),
        items_(static_cast<int>(options.Number("items", 1))),
        run_(options.Number("run", 1)),
        cases_(options.Number("cases", 5000)),
        slot_(options.Number("slot", 0)),
        seconds_(options.Seconds()),
        client_({.server = options.Text("server"),
                 .area_servers = {},
                 .token = options.Text("token"),
                 .language = "fr",
                 .tls_ca = "",
                 .own_connections = false}),
        pipeline_(client_, callers_) {
    call_.max_retries = 0;  // a try that fails is no result
    if (const std::string path = options.Text("latencies");
        !path.empty() && (file_ = std::fopen(path.c_str(), "w")) == nullptr)
      Fail("cannot write " + path);
  }

  void Run(const std::string& name) {
    end_ =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds_));
    for (int caller = 0; caller < callers_; ++caller) Next(name);
    pipeline_.Drain();
    if (file_ != nullptr) std::fclose(file_);
    std::printf("%lld\n", static_cast<long long>(slot_));
  }

 private:
  int64_t RandomCase() { return 1 + static_cast<int64_t>(Random()() % static_cast<uint64_t>(cases_)); }

  // Any day of the postings of summary.sql that is over.
  static std::string PastDay() {
    return Date::FromYmd(2024, 2, 1)->AddDays(static_cast<int>(Random()() % 1000)).ToIso();
  }

  void Next(const std::string& name) {
    if (started_ >= calls_ || Clock::now() >= end_) return;
    ++started_;
    if (name == "record") return Record(name);
    if (name == "read_case") return ReadCase(name);
    if (name == "plan_board") return PlanBoard(name);
    if (name == "alternatives") return Alternatives(name);
    if (name == "list_page") return ListPage(name);
    if (name == "quote") return Quote(name);
    if (name == "summary") return Summary(name, funding::v1::DIMENSION_REGION, "");
    if (name == "summary_department") return Summary(name, funding::v1::DIMENSION_DEPARTMENT, "");
    if (name == "summary_sector") return Summary(name, funding::v1::DIMENSION_SECTOR, "");
    if (name == "summary_as_of") return Summary(name, funding::v1::DIMENSION_REGION, PastDay());
    if (name == "summary_department_as_of")
      return Summary(name, funding::v1::DIMENSION_DEPARTMENT, PastDay());
    if (name == "summary_size_as_of") return Summary(name, funding::v1::DIMENSION_SIZE_CLASS, PastDay());
    if (name == "summary_sector_as_of") return Summary(name, funding::v1::DIMENSION_SECTOR, PastDay());
    if (name == "import") return Import(name);
    if (name == "programmes")
      return Send<programme::v1::ListProgrammesResponse>(name, "ProgrammeService.ListProgrammes",
                                                         programme::v1::ListProgrammesRequest());
    if (name == "consultants")
      return Send<assignment::v1::ListConsultantsResponse>(name, "AssignmentService.ListConsultants",
                                                           assignment::v1::ListConsultantsRequest());
    if (name == "inbox")
      return Send<inbox::v1::ListInboxResponse>(name, "InboxService.ListInbox",
                                                inbox::v1::ListInboxRequest());
    if (name == "events")
      return Send<audit::v1::ListEventsResponse>(name, "AuditService.ListEvents",
                                                 audit::v1::ListEventsRequest());
    Fail("no case " + name);
  }

  template <class Response, class Request>
  void Send(const std::string& name, std::string_view method, Request request,
            std::function<void(const Response&)> check = nullptr) {
    const auto started = Clock::now();
    pipeline_.Call<Response>(
        method, std::move(request),
        [this, &name, started, check = std::move(check)](absl::StatusOr<Response> response) {
          const auto ended = Clock::now();
          if (!response.ok()) Fail(response.status().ToString());
          if (check) check(*response);
          if (file_ != nullptr) {
            std::fprintf(file_, "%lld %lld\n", Micros(ended.time_since_epoch()), Micros(ended - started));
          }
          Next(name);
        },
        call_);
  }

  static long long Micros(Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  }

  void Record(const std::string& name) {
    calendar::v1::RecordHalfDaysRequest request;
    request.set_request_id(NewUuid());
    for (int i = 0; i < items_; ++i) *request.add_entries() = EntryOf(slot_++, cases_, run_);
    Send<calendar::v1::RecordHalfDaysResponse>(name, "CalendarService.RecordHalfDays", std::move(request),
                                               [](const auto& response) {
                                                 for (const auto& outcome : response.outcomes())
                                                   if (outcome.refusal() != common::v1::REASON_UNSPECIFIED)
                                                     Fail("a half-day was refused: " + outcome.message());
                                               });
  }

  void ReadCase(const std::string& name) {
    calendar::v1::GetCaseCalendarRequest request;
    request.set_case_id(RandomCase());
    Send<Unread>(name, "CalendarService.GetCaseCalendar", std::move(request), [](const Unread& response) {
      if (response.ByteSizeLong() < kLeastCaseBytes) Fail("a case without half-days was read");
    });
  }

  // A quarter of the first 300 consultants.
  void PlanBoard(const std::string& name) {
    calendar::v1::GetPlanningBoardRequest request;
    request.set_from("2005-01-01");
    request.set_until("2005-03-31");
    for (int64_t consultant = 1; consultant <= 300; ++consultant) request.add_consultant_ids(consultant);
    Send<calendar::v1::GetPlanningBoardResponse>(name, "CalendarService.GetPlanningBoard", std::move(request),
                                                 [](const auto& board) {
                                                   if (board.lines_size() != 300)
                                                     Fail("the board is not whole");
                                                 });
  }

  // What stands beside a refusal: 120 days of one consultant, who else is free, who waits.
  void Alternatives(const std::string& name) {
    calendar::v1::SuggestAlternativesRequest request;
    const int64_t case_id = RandomCase();
    request.set_case_id(case_id);
    request.set_consultant_id(case_id);
    request.set_phase("accompaniment");
    request.set_date("2080-03-11");  // a Monday, on which others are offered, long after all half-days
    request.set_half(common::v1::HALF_MORNING);
    Send<calendar::v1::SuggestAlternativesResponse>(
        name, "CalendarService.SuggestAlternatives", std::move(request), [](const auto& found) {
          if (found.stand_ins().empty() || found.nearest_size() != 5) Fail("no alternatives were found");
        });
  }

  // From page to page, and again from the first.
  void ListPage(const std::string& name) {
    enrolment::v1::ListCasesRequest request;
    request.set_page_size(50);
    request.set_page_token(page_token_);
    Send<enrolment::v1::ListCasesResponse>(
        name, "EnrolmentService.ListCases", std::move(request),
        [this](const auto& response) { page_token_ = response.next_page_token(); });
  }

  void Quote(const std::string& name) {
    funding::v1::QuoteAgreementRequest request;
    request.set_case_id(RandomCase());
    request.set_signed_on("2026-07-01");
    AddPhase("diagnosis", 16, 0, &request);
    AddPhase("accompaniment", 60, 120'000, &request);
    Send<funding::v1::QuoteAgreementResponse>(name, "FundingService.QuoteAgreement", std::move(request));
  }

  static void AddPhase(const char* code, int half_days, int64_t day_rate_cents,
                       funding::v1::QuoteAgreementRequest* request) {
    auto* phase = request->add_phases();
    phase->set_phase(code);
    phase->set_half_days(half_days);
    if (day_rate_cents == 0) return;  // a fixed price
    phase->mutable_day_rate()->set_cents(day_rate_cents);
    phase->mutable_day_rate()->set_currency("EUR");
  }

  void Summary(const std::string& name, funding::v1::Dimension beside, const std::string& as_of) {
    funding::v1::SummarizeFundingRequest request;
    request.set_as_of(as_of);
    request.add_group_by(funding::v1::DIMENSION_FUNDER);
    request.add_group_by(beside);
    // Some thousand rows by region; by department and month they would be six times as many, and the answer's
    // length the cost.
    if (beside == funding::v1::DIMENSION_REGION) request.add_group_by(funding::v1::DIMENSION_MONTH);
    Send<funding::v1::SummarizeFundingResponse>(name, "FundingService.SummarizeFunding", std::move(request),
                                                [](const auto& response) {
                                                  if (response.rows().empty()) Fail("the summary is empty");
                                                });
  }

  void Import(const std::string& name) {
    enrolment::v1::ImportCompaniesRequest request;
    request.set_request_id(NewUuid());
    for (int i = 0; i < items_; ++i) *request.add_companies() = CompanyOf(slot_++);
    Send<enrolment::v1::ImportCompaniesResponse>(name, "EnrolmentService.ImportCompanies", std::move(request),
                                                 [this](const auto& response) {
                                                   if (response.added() != items_)
                                                     Fail("companies were not added");
                                                 });
  }

  const int callers_;
  const int64_t calls_;
  const int items_;
  const int64_t run_;
  const int64_t cases_;
  int64_t slot_;
  const double seconds_;
  int64_t started_ = 0;
  Clock::time_point end_;
  std::string page_token_;
  CallOptions call_;
  std::FILE* file_ = nullptr;
  Client client_;
  Pipeline pipeline_;
};

// The companies of an import as CSV for COPY, a file a batch: FILE.0.csv and so on.
void WriteCompanies(const Options& options) {
  const int64_t items = options.Number("items", 1);
  for (int64_t batch = 0; batch < options.Number("calls", 1); ++batch) {
    const std::string path = options.Text("file") + "." + std::to_string(batch) + ".csv";
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (file == nullptr) Fail("cannot write " + path);
    for (int64_t i = 0; i < items; ++i) {
      const enrolment::v1::Company c = CompanyOf(batch * items + i);
      std::fprintf(file, "%s,%s,%s,%s,%s,%s,f,%s,%s,59,32\n", c.siren().c_str(), c.name().c_str(),
                   c.legal_category().c_str(), c.naf().c_str(), c.headcount_band().c_str(),
                   c.created_on().c_str(), c.seat_nic().c_str(), c.commune().c_str());
    }
    std::fclose(file);
  }
}

}  // namespace
}  // namespace jalon

int main(int argc, char** argv) {
  if (argc < 2) jalon::Fail("which case?");
  // As the services do it: see area/process.cc.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const jalon::Options options(argc, argv);
  const std::string name = argv[1];
  if (name == "companies-csv") {
    jalon::WriteCompanies(options);
  } else {
    jalon::Load(options).Run(name);
  }
}
