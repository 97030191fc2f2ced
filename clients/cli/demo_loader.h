#ifndef JALON_CLIENTS_CLI_DEMO_LOADER_H_
#define JALON_CLIENTS_CLI_DEMO_LOADER_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "clients/cli/demo_world.h"
#include "clients/rpc/client.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::cli {

// Lives the programme through the public services, many calls at a time. Every command's id comes from the
// seed: a load that was cut short is simply run again, and what was done answers as it did the first time.
class DemoLoader {
 public:
  DemoLoader(Session& session, const DemoSize& size, std::string rulebook);
  int Run();

 private:
  // What the services answered about a case, and how far it has come.
  struct Progressing {
    DemoCase plan;
    int64_t case_id = 0;
    bool stopped = false;  // refused somewhere: nothing further is tried
    std::string department = {};
    std::optional<Date> window_ends_on = {};
    std::vector<DemoHalfDay> half_days = {};
    std::string rejection = {};
    funding::v1::Agreement agreement = {};
  };

  // One call for each index below `count` for which `make` gives a request; `take` sees the answers.
  template <class Response, class Request>
  void ForEach(Words step, std::string_view method, size_t count,
               const std::function<std::optional<Request>(size_t)>& make,
               const std::function<void(size_t, Response)>& take);
  // The same for cases, which stop at a refusal.
  template <class Response, class Request>
  void ForCases(Words step, std::string_view method, const std::function<bool(const Progressing&)>& which,
                const std::function<Request(Progressing&)>& make,
                const std::function<void(Progressing&, Response)>& take);
  // Splits the half-days of each case that `which` chooses into calls of at most the contract's number.
  template <class Response, class Request>
  void ForHalfDays(Words step, std::string_view method, std::string_view kind,
                   const std::function<bool(const Progressing&, const DemoHalfDay&)>& which,
                   const std::function<void(Request&, const Progressing&, const DemoHalfDay&)>& add,
                   const std::function<void(Progressing&, const Response&)>& take);

  bool AlreadyLoaded();
  absl::Status PublishRulebook();
  absl::Status OpenEnvelopes();
  void ImportCompanies();
  void DeclareGroups();
  void CreateConsultants();
  absl::Status FindToday();
  void OpenCases();
  void RejectAndWithdraw();
  void Admit();
  void AssignAndSign();
  void ScheduleHalfDays();
  void LiveHalfDays();
  void ChargeAndPay();
  void LockMonths();
  void OpenLastCase();
  void Report();

  calendar::v1::HalfDayEntry EntryOf(const Progressing& of, const DemoHalfDay& half_day) const;
  bool IsPast(const DemoHalfDay& half_day) const { return half_day.date <= today_; }
  bool WasCancelled(const Progressing& of, const DemoHalfDay& half_day) const;
  void Charge(Words step, std::string_view kind, const std::function<bool(const Progressing&)>& which);
  void Refused(const absl::Status& status, std::string_view method, Progressing* of);
  void Advance(Words step);

  Session& session_;
  const DemoWorld world_;
  const std::string rulebook_;
  std::string programme_;
  Client& client_;
  Progress progress_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();

  Date today_ = *Date::FromYmd(2024, 1, 1);
  std::vector<DemoConsultant> consultants_;
  std::vector<int64_t> consultant_ids_;
  std::vector<Progressing> cases_;
  int64_t calls_ = 0;
  int64_t refusals_ = 0;
  std::vector<std::string> refusal_samples_;
  absl::Status broken_;                          // the wire or a service failed: the load ends there
  std::array<int64_t, 6> half_days_by_state_{};  // by HalfDayState
  int64_t charged_half_days_ = 0;
};

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_DEMO_LOADER_H_
