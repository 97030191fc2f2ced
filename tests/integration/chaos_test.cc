#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <random>
#include <thread>

#include "tests/support/gate.h"
#include "tests/support/programme.h"
#include "tests/support/world.h"

// Trouble of every kind while people work. Each story ends alike: recovered by itself, nothing lost, nothing
// twice.
namespace jalon::test {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Chaos : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = std::make_unique<Cluster>(Cluster::Durability::kFull); }
  static void TearDownTestSuite() { cluster_.reset(); }

  static std::string Sql(const std::string& sql) { return cluster_->Sql(sql); }
  static int64_t Count(const std::string& from) { return std::stoll(Sql("select count(*) from " + from)); }
  static void Await(const std::string& question, const std::string& answer) {
    for (int i = 0; i < 600; ++i) {
      if (Sql(question) == answer) return;
      std::this_thread::sleep_for(50ms);
    }
    ADD_FAILURE() << "never " << answer << ": " << question;
  }
  static void AwaitBlocked(int callers) {
    Await("select count(*) from pg_stat_activity where wait_event_type = 'Lock'", std::to_string(callers));
  }

  static std::unique_ptr<Cluster> cluster_;
};

std::unique_ptr<Cluster> Chaos::cluster_;

// Recorders at work on cases of their own until they are told to stop.
class Load {
 public:
  static constexpr int kRecorders = 12;

  Load(Programme& programme, const CallOptions& options) : programme_(programme), options_(options) {
    for (int i = 0; i < kRecorders; ++i) {
      const int64_t case_id = programme.GivenCaseWithGrant(HalfDays{100});
      const int64_t consultant = programme.GivenConsultant();
      programme.GivenAssignment(case_id, consultant);
      cases_.push_back(case_id);
      consultants_.push_back(consultant);
    }
    for (size_t i = 0; i < kRecorders; ++i) recorders_.emplace_back([this, i] { Record(i); });
  }
  ~Load() { Stop(); }

  void Stop() {
    stopping_ = true;
    for (std::thread& recorder : recorders_)
      if (recorder.joinable()) recorder.join();
  }
  int acknowledged() const { return acknowledged_; }
  int failed() const { return failed_; }
  // Waits until so many more were acknowledged.
  void AwaitMore(int more) const {
    const int goal = acknowledged_ + more;
    for (int i = 0; i < 1200 && acknowledged_ < goal; ++i) std::this_thread::sleep_for(50ms);
    EXPECT_THAT(acknowledged_.load(), Ge(goal));
  }
  void AwaitFailures(int more) const {
    const int goal = failed_ + more;
    for (int i = 0; i < 1200 && failed_ < goal; ++i) std::this_thread::sleep_for(50ms);
    EXPECT_THAT(failed_.load(), Ge(goal));
  }

  // Each acknowledged half-day is there, once; what was not acknowledged may be there or not.
  void ExpectNothingLostNothingTwice(const Cluster& cluster) {
    Stop();
    EXPECT_THAT(wrong_, IsEmpty());
    std::string ids;
    for (const auto& request : acknowledged_requests_)
      ids += (ids.empty() ? "{" : ",") + request.entries(0).half_day_id();
    EXPECT_EQ(
        cluster.Sql("select id from unnest('" + ids +
                    "}'::uuid[]) as id where not exists "
                    "(select from calendar.half_day h where h.half_day_id = id and h.state = 'performed')"),
        "")
        << "acknowledged and lost";
    // Sent again, every one has its first answer and no second effect.
    const std::string count = "select count(*) from calendar.half_day; select count(*) from audit.event";
    for (const auto& request : unsure_)
      EXPECT_THAT(Outcome::Of(programme_.officer()
                                  .Call<calendar::v1::RecordHalfDaysResponse>(
                                      "CalendarService.RecordHalfDays", request, Patient())
                                  .status()),
                  IsAccepted());
    const std::string before = cluster.Sql(count);
    for (const auto& request : acknowledged_requests_) {
      const auto answer =
          programme_.Must<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request);
      EXPECT_TRUE(answer.outcomes_size() == 1 && answer.outcomes(0).refusal() == REASON_UNSPECIFIED)
          << answer.ShortDebugString();
    }
    EXPECT_EQ(cluster.Sql(count), before);
    EXPECT_EQ(cluster.Sql("select count(*) from (select from audit.event where action = 'half_day.performed' "
                          "group by subject having count(*) > 1) twice"),
              "0");
    EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
  }

 private:
  void Record(size_t recorder) {
    const auto client = programme_.stack().Connect();
    for (int n = 0; n < 100 && !stopping_; ++n) {
      calendar::v1::RecordHalfDaysRequest request;
      request.set_request_id(NewId());
      *request.add_entries() = EntryOf(cases_[recorder], consultants_[recorder], NthWorkingHalfDay(n));
      bool kept = false;
      while (!kept) {
        kept = Keep(request, client->Call<calendar::v1::RecordHalfDaysResponse>(
                                 "CalendarService.RecordHalfDays", request, options_));
        // Nobody records faster than this; the trouble must find them at it.
        std::this_thread::sleep_for(20ms);
      }
    }
  }

  // False: the same request goes out again.
  bool Keep(const calendar::v1::RecordHalfDaysRequest& request,
            const absl::StatusOr<calendar::v1::RecordHalfDaysResponse>& answer) {
    const std::lock_guard lock(mutex_);
    if (answer.ok() && answer->outcomes(0).refusal() == REASON_UNSPECIFIED) {
      acknowledged_requests_.push_back(request);
      ++acknowledged_;
      return true;
    }
    if (answer.ok() || answer.status().code() != absl::StatusCode::kUnavailable) {
      wrong_.push_back(answer.ok() ? answer->ShortDebugString() : answer.status().ToString());
      return true;
    }
    ++failed_;
    if (stopping_) unsure_.push_back(request);
    return stopping_;
  }

  Programme& programme_;
  const CallOptions options_;
  std::vector<int64_t> cases_, consultants_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> acknowledged_ = 0, failed_ = 0;
  std::mutex mutex_;
  std::vector<calendar::v1::RecordHalfDaysRequest> acknowledged_requests_, unsure_;
  std::vector<std::string> wrong_;
  std::vector<std::thread> recorders_;
};

// The wire to the database is cut right after each command's commit, before its answer is through: the
// services run the command again and find its first answer. One try of the caller, one effect.
TEST_F(Chaos, ACutRightAfterCommitLeavesOneEffect) {
  Gate gate(*cluster_);
  const Stack stack(
      *cluster_,
      {.topology = Topology::kOneProcess, .database_dir = gate.dir(), .flags = {}, .await_serving = true});
  Programme programme(stack);

  const auto expect_one_effect = [&](const char* statement, const std::string& request_id, int events,
                                     const std::function<Outcome()>& command) {
    SCOPED_TRACE(statement);
    // Then again, three times over, while the first answer is read.
    for (const int times : {1, 3}) {
      const int before = gate.cuts();
      gate.CutAnswersTo(statement, times);
      EXPECT_THAT(command(), IsAccepted());
      EXPECT_EQ(gate.cuts(), before + times) << "the cuts did happen";
    }
    gate.CutAnswersTo("", 0);
    EXPECT_EQ(Count("audit.event where request_id = '" + request_id + "'"), events);
    EXPECT_EQ(Count("common.request where request_id = '" + request_id + "'"), 1);
  };

  const std::string siren = programme.GivenCompany();
  const auto application = programme.Application(siren);
  int64_t case_id = 0;
  expect_one_effect("open_case", application.request_id(), 1, [&] {
    const auto opened = programme.officer().Call<enrolment::v1::OpenCaseResponse>("EnrolmentService.OpenCase",
                                                                                  application, Once());
    if (opened.ok()) case_id = opened->case_().case_id();
    return Outcome::Of(opened.status());
  });
  enrolment::v1::AdmitCaseRequest admit;
  admit.set_request_id(NewId());
  admit.set_case_id(case_id);
  admit.set_admitted_on(kAdmittedOn);
  admit.set_granted_half_days(4);
  expect_one_effect("admit_case", admit.request_id(), 1, [&] {
    return programme.Try<enrolment::v1::AdmitCaseResponse>("EnrolmentService.AdmitCase", admit);
  });

  const int64_t consultant = programme.GivenConsultant();
  assignment::v1::CreateAssignmentRequest assign;
  assign.set_request_id(NewId());
  assign.set_case_id(case_id);
  assign.set_consultant_id(consultant);
  assign.set_phase(kPhase);
  expect_one_effect("create_assignment", assign.request_id(), 1, [&] {
    return programme.Try<assignment::v1::CreateAssignmentResponse>("AssignmentService.CreateAssignment",
                                                                   assign);
  });

  calendar::v1::RecordHalfDaysRequest record;
  record.set_request_id(NewId());
  *record.add_entries() = EntryOf(case_id, consultant, NthWorkingHalfDay(0));
  *record.add_entries() = EntryOf(case_id, consultant, NthWorkingHalfDay(1));
  expect_one_effect("record_half_days", record.request_id(), 2, [&] {
    return programme.Try<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", record);
  });
  calendar::v1::AttestHalfDaysRequest attest;
  attest.set_request_id(NewId());
  attest.add_half_day_ids(record.entries(0).half_day_id());
  expect_one_effect("attest_half_days", attest.request_id(), 1, [&] {
    return programme.Try<calendar::v1::AttestHalfDaysResponse>("CalendarService.AttestHalfDays", attest);
  });
  calendar::v1::ApproveHalfDaysRequest approve;
  approve.set_request_id(NewId());
  approve.add_half_day_ids(record.entries(0).half_day_id());
  expect_one_effect("approve_half_days", approve.request_id(), 1, [&] {
    return programme.Try<calendar::v1::ApproveHalfDaysResponse>("CalendarService.ApproveHalfDays", approve);
  });

  const auto sign = programme.AgreementOf(case_id, HalfDays{4});
  expect_one_effect("sign_agreement", sign.request_id(), 1, [&] {
    return programme.Try<funding::v1::SignAgreementResponse>("FundingService.SignAgreement", sign);
  });
  funding::v1::ChargeHalfDaysRequest charge;
  charge.set_request_id(NewId());
  charge.set_case_id(case_id);
  expect_one_effect("charge_half_days", charge.request_id(), 1, [&] {
    return programme.Try<funding::v1::ChargeHalfDaysResponse>("FundingService.ChargeHalfDays", charge);
  });
  funding::v1::RecordPaymentRequest pay;
  pay.set_request_id(NewId());
  pay.set_case_id(case_id);
  pay.set_funder(programme.bpifrance());
  *pay.mutable_amount() = Euros(100'00);
  pay.set_paid_on("2025-06-02");
  pay.set_reference("VIR-4");
  expect_one_effect("record_payment", pay.request_id(), 1, [&] {
    return programme.Try<funding::v1::RecordPaymentResponse>("FundingService.RecordPayment", pay);
  });
  EXPECT_EQ(Count("funding.posting where case_id = " + std::to_string(case_id) + " and kind = 'payment'"), 1);
  EXPECT_THAT(programme.HalfDaysOf(case_id), SizeIs(2));
  EXPECT_THAT(VerifyLaws(programme.officer()), IsEmpty());
}

TEST_F(Chaos, AWireThatHandsOverByteByByteChangesNothing) {
  Gate gate(*cluster_);
  gate.Slice(true);
  const Stack stack(
      *cluster_,
      {.topology = Topology::kOneProcess, .database_dir = gate.dir(), .flags = {}, .await_serving = true});
  Programme programme(stack);
  const int64_t case_id = programme.GivenCaseWithGrant(HalfDays{2});
  const int64_t consultant = programme.GivenConsultant();
  programme.GivenAssignment(case_id, consultant);
  programme.GivenAgreement(case_id, HalfDays{2});
  programme.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  EXPECT_EQ(programme.Charge(case_id).cost().cents(), 650'00);
  EXPECT_THAT(VerifyLaws(programme.officer()), IsEmpty());
}

TEST_F(Chaos, WiresCutUnderLoadAreMendedUnseen) {
  Gate gate(*cluster_);
  const Stack stack(
      *cluster_,
      {.topology = Topology::kOneProcess, .database_dir = gate.dir(), .flags = {}, .await_serving = true});
  Programme programme(stack);
  Load load(programme, Patient());
  for (int i = 0; i < 10; ++i) {
    load.AwaitMore(20);
    gate.CutAll();
  }
  load.AwaitMore(20);
  load.Stop();
  EXPECT_EQ(load.failed(), 0) << "callers with a deadline notice nothing";
  load.ExpectNothingLostNothingTwice(*cluster_);
}

TEST_F(Chaos, BackendsTerminatedUnderLoadAreReplacedUnseen) {
  const Stack stack(*cluster_);
  Programme programme(stack);
  Load load(programme, Patient());
  for (int i = 0; i < 10; ++i) {
    load.AwaitMore(20);
    Sql("select count(pg_terminate_backend(pid)) from pg_stat_activity where usename like 'jalon_%'");
  }
  load.AwaitMore(20);
  load.Stop();
  EXPECT_EQ(load.failed(), 0) << "callers with a deadline notice nothing";
  load.ExpectNothingLostNothingTwice(*cluster_);
}

TEST_F(Chaos, ADatabaseStoppedAndStartedUnderLoadLosesNoAcknowledgedWrite) {
  const Stack stack(*cluster_);
  Programme programme(stack);
  Load load(programme, Once());
  load.AwaitMore(50);
  cluster_->StopAtOnce();
  load.AwaitFailures(20);
  for (int i = 0; i < 600 && stack.Serving(); ++i) std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(stack.Serving()) << "NOT_SERVING while the database is away";
  EXPECT_TRUE(stack.Running());
  const auto client = stack.Connect();
  EXPECT_THAT(client
                  ->Call<funding::v1::ListFundersResponse>("FundingService.ListFunders",
                                                           funding::v1::ListFundersRequest(), Once())
                  .status(),
              HasReason(REASON_DATABASE_AWAY));
  cluster_->Start();
  stack.AwaitServing();
  load.AwaitMore(50);
  load.ExpectNothingLostNothingTwice(*cluster_);
}

TEST_F(Chaos, ServicesKilledUnderLoadLoseNothingAndDoNothingTwice) {
  Stack stack(*cluster_);
  Programme programme(stack);
  Load load(programme, Patient());
  for (int i = 0; i < 3; ++i) {
    load.AwaitMore(30);
    stack.Kill9();
    stack.Start();
  }
  load.AwaitMore(30);
  load.Stop();
  EXPECT_EQ(load.failed(), 0) << "callers with a deadline notice nothing";
  load.ExpectNothingLostNothingTwice(*cluster_);
}

TEST_F(Chaos, AClientFindsAServerThatStartsAfterIt) {
  Stack stack(*cluster_);
  for (int i = 0; i < 3; ++i) {
    stack.Kill9();
    const auto early = stack.Connect();
    auto answer = std::async(std::launch::async, [&] {
      CallOptions options = Patient();
      options.deadline = 20s;
      return early
          ->Call<funding::v1::ListFundersResponse>("FundingService.ListFunders",
                                                   funding::v1::ListFundersRequest(), options)
          .status();
    });
    std::this_thread::sleep_for(1s);
    stack.Start();
    EXPECT_THAT(answer.get(), IsAccepted());
  }
}

// What an import or a load does: the calls of a pipeline wait as well as a single one.
TEST_F(Chaos, APipelineFindsAServerThatStartsAfterIt) {
  Stack stack(*cluster_);
  for (int i = 0; i < 3; ++i) {
    stack.Kill9();
    const auto early = stack.Connect();
    std::vector<absl::Status> answers;
    auto drained = std::async(std::launch::async, [&] {
      Pipeline pipeline(*early, 4);
      CallOptions options = Patient();
      options.deadline = 20s;
      for (int n = 0; n < 8; ++n) {
        pipeline.Call<funding::v1::ListFundersResponse>(
            "FundingService.ListFunders", funding::v1::ListFundersRequest(),
            [&](const absl::StatusOr<funding::v1::ListFundersResponse>& answer) {
              answers.push_back(answer.status());
            },
            options);
      }
      pipeline.Drain();
    });
    std::this_thread::sleep_for(1s);
    stack.Start();
    drained.get();
    EXPECT_THAT(answers, AllOf(SizeIs(8), Each(IsAccepted())));
  }
}

// Whenever it is: while PostgreSQL is made, while it starts, while services run.
TEST_F(Chaos, TestsThatAreKilledLeaveNothingBehind) {
  const std::string dir = MakeDirectory("k", "/tmp");
  std::filesystem::permissions(dir, std::filesystem::perms(0755));  // for PostgreSQL's user to pass
  for (const auto life : {100ms, 700ms, 2000ms, 8000ms}) {
    Process tests(
        {std::filesystem::read_symlink("/proc/self/exe"),
         "--gtest_filter=Chaos.AClientFindsAServerThatStartsAfterIt", "--gtest_repeat=20"},
        {.log = "/dev/null", .piped = false, .outlive = false, .environment = {"JALON_TEST_DIR=" + dir}});
    std::this_thread::sleep_for(life);
    tests.Signal(SIGKILL);
    tests.Wait();
    for (int i = 0; i < 600 && !std::filesystem::is_empty(dir); ++i) std::this_thread::sleep_for(100ms);
    for (const auto& left : std::filesystem::directory_iterator(dir)) ADD_FAILURE() << left.path();
  }
  std::filesystem::remove_all(dir);
}

TEST_F(Chaos, SigtermLetsCallsUnderWayEnd) {
  Stack stack(*cluster_);
  Programme programme(stack);
  const int64_t case_id = programme.GivenCaseWithGrant(HalfDays{4});
  const int64_t consultant = programme.GivenConsultant();
  programme.GivenAssignment(case_id, consultant);
  SqlSession holder(*cluster_);
  holder.Run("begin; select from calendar.case_grant where case_id = " + std::to_string(case_id) +
             " for update");
  auto recording = std::async(std::launch::async, [&] {
    const auto client = stack.Connect();
    calendar::v1::RecordHalfDaysRequest request;
    request.set_request_id(NewId());
    *request.add_entries() = EntryOf(case_id, consultant, NthWorkingHalfDay(0));
    return Outcome::Of(
        client->Call<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request, Once())
            .status());
  });
  AwaitBlocked(1);
  stack.Terminate();
  for (int i = 0; i < 200 && stack.Log().find("draining") == std::string::npos; ++i)
    std::this_thread::sleep_for(20ms);
  // No new call is taken.
  const auto late = stack.Connect();
  absl::Status refused;
  for (int i = 0; i < 100; ++i) {
    refused = late->Call<funding::v1::ListFundersResponse>("FundingService.ListFunders",
                                                           funding::v1::ListFundersRequest(), Once())
                  .status();
    if (!refused.ok()) break;
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable) << refused;
  EXPECT_TRUE(stack.Running()) << "while a call is under way";
  holder.Run("commit");
  EXPECT_THAT(recording.get(), IsAccepted());
  EXPECT_EQ(stack.Wait(), 0);
}

// A watcher has all the time in the world; a service that is told to end has not.
TEST_F(Chaos, SigtermEndsWatchesThatWouldNeverEnd) {
  // A grace that no test would live to see the end of.
  Stack stack(*cluster_, {.topology = Topology::kOneProcess,
                          .database_dir = "",
                          .flags = {"--drain-seconds", "600"},
                          .await_serving = true});
  const auto client = stack.Connect(kAuditor);
  const auto stream = client->Stream("AuditService.WatchEvents", audit::v1::WatchEventsRequest());
  EXPECT_EQ(stack.Stop(), 0);
  audit::v1::WatchEventsResponse message;
  while (stream->Read(&message)) {
  }
  EXPECT_FALSE(stream->Finish().ok());
}

// Commands that travel together have each their own fate: one caller that leaves takes nobody along.
TEST_F(Chaos, ATravellerThatGivesUpTakesNobodyAlong) {
  const Stack stack(*cluster_);
  Programme programme(stack);
  const int64_t held = programme.GivenCaseWithGrant(HalfDays{40});
  const int64_t other = programme.GivenCaseWithGrant(HalfDays{40});
  const int64_t consultant = programme.GivenConsultant();
  programme.GivenAssignment(held, consultant);
  programme.GivenAssignment(other, consultant);
  const auto record = [&](int64_t case_id, int n, std::chrono::milliseconds deadline) {
    return std::async(std::launch::async, [&stack, case_id, consultant, n, deadline] {
      const auto client = stack.Connect();
      calendar::v1::RecordHalfDaysRequest request;
      request.set_request_id(NewId());
      *request.add_entries() = EntryOf(case_id, consultant, NthWorkingHalfDay(n));
      CallOptions options = Once();
      options.deadline = deadline;
      return Outcome::Of(
          client
              ->Call<calendar::v1::RecordHalfDaysResponse>("CalendarService.RecordHalfDays", request, options)
              .status());
    });
  };
  SqlSession first(*cluster_), second(*cluster_);
  first.Run("begin; select from calendar.case_grant where case_id = " + std::to_string(held) + " for update");
  second.Run("begin; select from calendar.case_grant where case_id = " + std::to_string(other) +
             " for update");
  // Both drains of the lane wait for the first lock; the others gather behind them and leave together.
  std::vector<std::future<Outcome>> ahead, together;
  for (int n = 0; n < 2; ++n) {
    ahead.push_back(record(held, n, 60s));
    AwaitBlocked(n + 1);
  }
  for (int n = 2; n < 10; ++n) together.push_back(record(other, n, 60s));
  // With more time than anybody else, so that the statement they share would be given this one's limits.
  const std::string settings = stack.dir() + "/client.conf";
  WriteFile(settings, stack.ClientSettings(kOfficer));
  Process leaver({BinDir() + "/jalon", "--config", settings, "--timeout", "600", "day", "record",
                  std::to_string(other), std::to_string(consultant), NthWorkingHalfDay(20).date},
                 {.log = "/dev/null", .piped = false, .outlive = false, .environment = {}});
  std::this_thread::sleep_for(1s);  // in the lane by now; if it is not, this tries less
  first.Run("commit");
  for (auto& one : ahead) EXPECT_THAT(one.get(), IsAccepted());
  Await("select count(*) > 0 from pg_stat_activity where wait_event_type = 'Lock'", "t");
  leaver.Signal(SIGKILL);
  leaver.Wait();
  std::this_thread::sleep_for(500ms);  // for the services to notice
  second.Run("commit");
  for (auto& one : together) EXPECT_THAT(one.get(), IsAccepted());
  EXPECT_THAT(VerifyLaws(programme.officer()), IsEmpty());
}

}  // namespace
}  // namespace jalon::test

int main(int argc, char** argv) {
  return jalon::test::World::RunTests(argc, argv);
}
