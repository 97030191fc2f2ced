#ifndef JALON_TESTS_SUPPORT_PROGRAMME_H_
#define JALON_TESTS_SUPPORT_PROGRAMME_H_

#include <barrier>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/date.h"
#include "base/half_day.h"
#include "clients/rpc/client.h"
#include "jalon/assignment/v1/assignment_service.pb.h"
#include "jalon/audit/v1/audit_service.pb.h"
#include "jalon/calendar/v1/calendar_service.pb.h"
#include "jalon/common/v1/types.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"
#include "jalon/funding/v1/funding_service.pb.h"
#include "jalon/programme/v1/programme_service.pb.h"
#include "tests/support/outcome.h"
#include "tests/support/stack.h"

namespace jalon::test {

// Cases are admitted on this Monday; their window ends 24 months later, which is past whenever the tests run.
inline constexpr char kAdmittedOn[] = "2024-01-08";
inline constexpr char kWindowEndsOn[] = "2026-01-08";
inline constexpr char kSignedOn[] = "2025-03-10";
inline constexpr char kPhase[] = "accompaniment";

std::string NewId();  // a UUID
bool IsWorkingDay(Date date);
// The n-th half of a working day from kAdmittedOn on, from 0: its date and half.
struct Slot {
  std::string date;
  common::v1::Half half;
};
Slot NthWorkingHalfDay(int n);
common::v1::Money Euros(int64_t cents);

// Calls with time enough for a busy machine.
CallOptions Patient();
// One try, so that a refusal is seen as it came.
CallOptions Once();

// A half-day entry under a new id.
calendar::v1::HalfDayEntry EntryOf(int64_t case_id, int64_t consultant_id, const Slot& slot);

// Commands of one item, with the item's outcome; all under new request ids unless one is given.
Outcome Record(Client& client, const calendar::v1::HalfDayEntry& entry,
               const std::string& request_id = NewId());
Outcome Plan(Client& client, const calendar::v1::HalfDayEntry& entry);
Outcome Attest(Client& client, const std::string& half_day_id);
Outcome Approve(Client& client, const std::string& half_day_id);
Outcome Cancel(Client& client, const std::string& half_day_id);
Outcome Reopen(Client& client, const std::string& half_day_id);
Outcome Dispute(Client& client, const std::string& half_day_id);
Outcome Reschedule(Client& client, const std::string& half_day_id, const Slot& to);
Outcome ApproveSheet(Client& client, int64_t case_id, int64_t consultant_id, const std::string& month);
Outcome LockMonth(Client& client, const std::string& programme, const std::string& month);
Outcome AddAbsence(Client& client, int64_t consultant_id, const std::string& from, const std::string& until);
Outcome EndAssignment(Client& client, int64_t assignment_id, const std::string& last_day);

// Laws found broken, a line each; none when all hold.
std::vector<std::string> VerifyLaws(Client& client);

// Calls `fn(client, n)` for n from 0 to count - 1, each on a connection of its own and all at the same
// instant.
template <class Fn>
auto FromManyConnections(const Stack& stack, int count, Fn fn) {
  using Result = decltype(fn(std::declval<Client&>(), 0));
  std::vector<Result> results(static_cast<size_t>(count));
  std::barrier start(count);
  std::vector<std::thread> callers;
  for (int n = 0; n < count; ++n) {
    callers.emplace_back([&, n] {
      const auto client = stack.Connect();
      start.arrive_and_wait();
      results[static_cast<size_t>(n)] = fn(*client, n);
    });
  }
  for (std::thread& caller : callers) caller.join();
  return results;
}

// A programme of its own, published from the default rulebook, with funders and ample envelopes of its own:
// tests share a database without sharing anything in it.
class Programme {
 public:
  explicit Programme(const Stack& stack, int64_t allocated_cents = 100'000'000'00);

  const Stack& stack() const { return stack_; }
  Client& officer() { return *officer_; }
  const std::string& code() const { return code_; }
  std::string bpifrance() const { return code_ + "-bpifrance"; }
  std::string region() const { return code_ + "-region"; }
  // The rulebook's source as of a version.
  std::string Source(int version) const;
  // The same, with an accompaniment that opens two months into the window, for three, and after the
  // diagnosis.
  std::string OrderedSource(int version) const;
  Outcome PublishVersion(int version);
  Outcome PublishSource(const std::string& source);

  // A company of 120 staff in Lille: its SIREN.
  std::string GivenCompany();
  enrolment::v1::OpenCaseRequest Application(const std::string& siren) const;
  int64_t GivenOpenCase(const std::string& siren = "");
  int64_t GivenCaseWithGrant(HalfDays grant, const std::string& admitted_on = kAdmittedOn,
                             const std::string& siren = "");
  int64_t GivenConsultant();
  // Over the whole window unless days are given.
  int64_t GivenAssignment(int64_t case_id, int64_t consultant_id, const std::string& from = "",
                          const std::string& until = "");
  // A half-day already approved: its id.
  std::string GivenApprovedHalfDay(int64_t case_id, int64_t consultant_id, const Slot& slot);
  funding::v1::SignAgreementRequest AgreementOf(int64_t case_id, HalfDays half_days,
                                                int64_t day_rate_cents = 1'300'00) const;
  funding::v1::Agreement GivenAgreement(int64_t case_id, HalfDays half_days,
                                        int64_t day_rate_cents = 1'300'00);
  funding::v1::ChargeHalfDaysResponse Charge(int64_t case_id);
  std::vector<calendar::v1::HalfDay> HalfDaysOf(int64_t case_id);

  // Calls what must succeed.
  template <class Response, class Request>
  Response Must(std::string_view method, const Request& request) {
    auto response = officer_->Call<Response>(method, request, Patient());
    if (!response.ok()) Fail(method, response.status());
    return response.ok() ? *std::move(response) : Response();
  }
  template <class Response, class Request>
  Outcome Try(std::string_view method, const Request& request) {
    return Outcome::Of(officer_->Call<Response>(method, request, Once()).status());
  }

 private:
  static void Fail(std::string_view method, const absl::Status& status);
  void GivenFunder(const std::string& funder, int64_t allocated_cents);

  const Stack& stack_;
  std::unique_ptr<Client> officer_;
  std::string code_;
};

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_PROGRAMME_H_
