// The client library against a server of its own that answers whatever a test asks of it.
#include "clients/rpc/client.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "clients/rpc/call_error.h"
#include "clients/rpc/contracts.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "jalon/audit/v1/audit_service.pb.h"
#include "jalon/enrolment/v1/enrolment_service.pb.h"

namespace jalon {
namespace {

using enrolment::v1::GetCaseRequest;
using enrolment::v1::GetCaseResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  static_cast<void>(buffer.Dump(&slices));
  std::string bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

struct Seen {
  std::string method;
  std::string request;
  std::map<std::string, std::string> metadata;
};

struct Reply {
  grpc::Status status;
  std::vector<std::string> messages;
};

class Scripted : public grpc::CallbackGenericService {
 public:
  // What the n-th call, from 0, is answered.
  std::function<Reply(int n)> script;

  std::vector<Seen> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  int most_at_once() const { return most_at_once_; }

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Reactor(*this, *context);
  }

 private:
  class Reactor : public grpc::ServerGenericBidiReactor {
   public:
    Reactor(Scripted& service, grpc::GenericCallbackServerContext& context)
        : service_(service), context_(context) {
      const int now = ++service_.at_once_;
      int most = service_.most_at_once_;
      while (now > most && !service_.most_at_once_.compare_exchange_weak(most, now)) {
      }
      StartRead(&request_);
    }
    void OnReadDone(bool ok) override {
      Seen seen{context_.method(), ok ? ToString(request_) : "", {}};
      for (const auto& [key, value] : context_.client_metadata()) {
        seen.metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
      }
      {
        const std::lock_guard lock(service_.mutex_);
        reply_ = service_.script(static_cast<int>(service_.seen_.size()));
        service_.seen_.push_back(std::move(seen));
      }
      SendNext();
    }
    void OnWriteDone(bool) override { SendNext(); }
    void OnDone() override { delete this; }

   private:
    void SendNext() {
      if (next_ == reply_.messages.size()) {
        --service_.at_once_;  // before the client can know, and start the next
        return Finish(reply_.status);
      }
      answer_ = ToBuffer(reply_.messages[next_++]);
      StartWrite(&answer_);
    }

    Scripted& service_;
    grpc::GenericCallbackServerContext& context_;
    grpc::ByteBuffer request_, answer_;
    Reply reply_;
    size_t next_ = 0;
  };

  std::mutex mutex_;
  std::vector<Seen> seen_;
  std::atomic<int> at_once_ = 0;
  std::atomic<int> most_at_once_ = 0;
};

grpc::Status Refusal(grpc::StatusCode code, const std::string& reason) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("jalon");
  (*info.mutable_metadata())["case_id"] = "7";
  details.add_details()->PackFrom(info);
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field("facts.turnover");
  violation->set_description("too low");
  details.add_details()->PackFrom(bad);
  google::rpc::LocalizedMessage text;
  text.set_message("Aucun dossier");
  details.add_details()->PackFrom(text);
  return {code, "no case", details.SerializeAsString()};
}

Reply CaseReply(int64_t case_id) {
  GetCaseResponse response;
  response.mutable_case_()->set_case_id(case_id);
  return {grpc::Status::OK, {response.SerializeAsString()}};
}

GetCaseRequest RequestFor(int64_t case_id) {
  GetCaseRequest request;
  request.set_case_id(case_id);
  return request;
}

class ClientTest : public testing::Test {
 protected:
  void SetUp() override {
    address_ = "unix:" + testing::TempDir() + "client_test." + std::to_string(getpid()) + ".sock";
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    client_ = std::make_unique<Client>(ClientConfig{
        .server = address_, .area_servers = {}, .token = "secret", .language = "en", .tls_ca = ""});
  }
  void TearDown() override {
    client_.reset();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  std::string address_;
  Scripted service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, CallsTheMethodOfTheContractWithItsMetadata) {
  service_.script = [](int) { return CaseReply(42); };
  const auto answer = client_->Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(42));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->case_().case_id(), 42);
  const std::vector<Seen> seen = service_.seen();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].method, "/jalon.enrolment.v1.EnrolmentService/GetCase");
  EXPECT_EQ(seen[0].request, RequestFor(42).SerializeAsString());
  EXPECT_EQ(seen[0].metadata.at("authorization"), "Bearer secret");
  EXPECT_EQ(seen[0].metadata.at("accept-language"), "en");
  EXPECT_EQ(seen[0].metadata.at("traceparent").size(), 55u);
  EXPECT_THAT(seen[0].metadata.at("traceparent"), StartsWith("00-"));
}

TEST_F(ClientTest, RefusesAMethodThatDoesNotTakeTheRequest) {
  service_.script = [](int) { return CaseReply(1); };
  EXPECT_EQ(client_->Call<GetCaseResponse>("EnrolmentService.ListCases", RequestFor(1)).status().code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(client_->Call<GetCaseResponse>("Nonsense", RequestFor(1)).status().code(),
            absl::StatusCode::kInternal);
  EXPECT_TRUE(service_.seen().empty());
}

TEST_F(ClientTest, ReadsBackARefusalWhole) {
  service_.script = [](int) { return Reply{Refusal(grpc::StatusCode::NOT_FOUND, "CASE_NOT_FOUND"), {}}; };
  const auto answer = client_->Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(7));
  const CallError error = CallErrorOf(answer.status());
  EXPECT_EQ(error.code, absl::StatusCode::kNotFound);
  EXPECT_EQ(error.reason, "CASE_NOT_FOUND");
  EXPECT_EQ(error.message, "Aucun dossier");
  EXPECT_EQ(error.metadata.at("case_id"), "7");
  ASSERT_EQ(error.violations.size(), 1u);
  EXPECT_EQ(error.violations[0].field, "facts.turnover");
  EXPECT_EQ(service_.seen().size(), 1u) << "a refusal is not tried again";
}

TEST_F(ClientTest, SendsTheSameBytesAgainUntilTheServiceAnswers) {
  service_.script = [](int n) {
    return n < 3 ? Reply{Refusal(grpc::StatusCode::UNAVAILABLE, "DATABASE_AWAY"), {}} : CaseReply(1);
  };
  EXPECT_TRUE(client_->Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(1)).ok());
  const std::vector<Seen> seen = service_.seen();
  ASSERT_EQ(seen.size(), 4u);
  for (const Seen& each : seen) EXPECT_EQ(each.request, seen[0].request);
}

// What reaches a server that has begun to stop is reset by gRPC, which arrives as CANCELLED.
TEST_F(ClientTest, TakesACallThatTheServerDroppedForOneItNeverHad) {
  const grpc::Status dropped(grpc::StatusCode::CANCELLED, "");
  service_.script = [&](int n) { return n % 2 == 0 ? Reply{dropped, {}} : CaseReply(1); };
  EXPECT_TRUE(client_->Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(1)).ok());
  EXPECT_EQ(service_.seen().size(), 2u);
  absl::Status piped = absl::UnknownError("");
  {
    Pipeline pipeline(*client_, 1);
    pipeline.Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(1),
                                   [&](const auto& answer) { piped = answer.status(); });
  }
  EXPECT_TRUE(piped.ok()) << piped;
  EXPECT_EQ(service_.seen().size(), 4u);
  const auto stream = client_->Stream("AuditService.VerifyLaws", audit::v1::VerifyLawsRequest());
  audit::v1::VerifyLawsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const CallError end = CallErrorOf(stream->Finish());
  EXPECT_EQ(end.code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(end.address, address_);
}

TEST_F(ClientTest, GivesUpAfterTheTriesAllowed) {
  service_.script = [](int) { return Reply{Refusal(grpc::StatusCode::ABORTED, "CONTENDED"), {}}; };
  CallOptions options;
  options.max_retries = 2;
  EXPECT_EQ(
      client_->Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(1), options).status().code(),
      absl::StatusCode::kAborted);
  EXPECT_EQ(service_.seen().size(), 3u);
}

TEST_F(ClientTest, DoesNotRetryWhatCannotHelp) {
  service_.script = [](int) { return Reply{Refusal(grpc::StatusCode::ABORTED, "STALE_ETAG"), {}}; };
  EXPECT_FALSE(client_->Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(1)).ok());
  EXPECT_EQ(service_.seen().size(), 1u);
}

TEST_F(ClientTest, StopsAtTheDeadlineWhileRetrying) {
  service_.script = [](int) { return Reply{Refusal(grpc::StatusCode::UNAVAILABLE, "DATABASE_AWAY"), {}}; };
  CallOptions options;
  options.deadline = std::chrono::milliseconds(300);
  options.max_retries = 1000;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(client_->Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(1), options).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(ClientTest, ReadsAStreamToItsEndAndItsStatus) {
  service_.script = [](int) {
    Reply reply{Refusal(grpc::StatusCode::UNAVAILABLE, "DATABASE_AWAY"), {}};
    for (int law = 1; law <= 3; ++law) {
      audit::v1::VerifyLawsResponse response;
      response.set_law(law);
      reply.messages.push_back(response.SerializeAsString());
    }
    return reply;
  };
  const auto stream = client_->Stream("AuditService.VerifyLaws", audit::v1::VerifyLawsRequest());
  std::vector<int> laws;
  audit::v1::VerifyLawsResponse response;
  while (stream->Read(&response)) laws.push_back(response.law());
  EXPECT_THAT(laws, ElementsAre(1, 2, 3));
  EXPECT_EQ(CallErrorOf(stream->Finish()).reason, "DATABASE_AWAY");
}

TEST_F(ClientTest, CanLeaveAStreamInTheMiddle) {
  service_.script = [](int) {
    // More than a wire holds: the end cannot have come by when the caller leaves.
    audit::v1::VerifyLawsResponse long_one;
    long_one.set_sample(std::string(1000, '.'));
    return Reply{grpc::Status::OK, std::vector<std::string>(10'000, long_one.SerializeAsString())};
  };
  const auto stream = client_->Stream("AuditService.VerifyLaws", audit::v1::VerifyLawsRequest());
  audit::v1::VerifyLawsResponse response;
  EXPECT_TRUE(stream->Read(&response));
  stream->Cancel();
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kCancelled) << "by whoever left";
}

TEST_F(ClientTest, KeepsAtMostSoManyCallsUnderWayAndLosesNone) {
  constexpr int kCalls = 500;
  constexpr int kAtOnce = 8;
  service_.script = [](int n) {
    return n % 5 == 0 ? Reply{Refusal(grpc::StatusCode::UNAVAILABLE, "DATABASE_AWAY"), {}} : CaseReply(n);
  };
  int answered = 0;
  {
    Pipeline pipeline(*client_, kAtOnce);
    for (int i = 0; i < kCalls; ++i) {
      pipeline.Call<GetCaseResponse>(
          "EnrolmentService.GetCase", RequestFor(i + 1),
          [&](absl::StatusOr<GetCaseResponse> answer) { answered += answer.ok(); });
    }
    pipeline.Await(kCalls / 2);
    EXPECT_GE(answered, kCalls / 2 - kAtOnce);
    pipeline.Drain();
    EXPECT_EQ(answered, kCalls);
  }
  EXPECT_LE(service_.most_at_once(), kAtOnce);
  EXPECT_GT(service_.seen().size(), static_cast<size_t>(kCalls)) << "some were tried again";
}

TEST_F(ClientTest, StartsACallFromTheAnswerToAnother) {
  service_.script = [](int n) { return CaseReply(n); };
  Pipeline pipeline(*client_, 1);
  int depth = 0;
  std::function<void(absl::StatusOr<GetCaseResponse>)> again = [&](absl::StatusOr<GetCaseResponse> answer) {
    ASSERT_TRUE(answer.ok());
    if (++depth < 20) pipeline.Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(1), again);
  };
  pipeline.Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(1), again);
  pipeline.Drain();
  EXPECT_EQ(depth, 20);
}

TEST(Pipeline, TriesAgainAsSoonAsTheServerIsThere) {
  const std::string address =
      "unix:" + testing::TempDir() + "client_test.late." + std::to_string(getpid()) + ".sock";
  Scripted service;
  service.script = [](int n) { return CaseReply(n); };
  std::unique_ptr<grpc::Server> server;
  {
    Client client(ClientConfig{.server = address});
    constexpr int kCalls = 16;  // whose pauses differ
    Pipeline pipeline(client, kCalls);
    CallOptions options;
    options.deadline = std::chrono::seconds(60);
    options.max_retries = 100;
    int answered = 0;
    for (int i = 0; i < kCalls; ++i) {
      pipeline.Call<GetCaseResponse>(
          "EnrolmentService.GetCase", RequestFor(1),
          [&](absl::StatusOr<GetCaseResponse> answer) { answered += answer.ok(); }, options);
    }
    // Until the pauses are of seconds.
    for (int i = 0; i < 350; ++i) {
      pipeline.Poll();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    builder.RegisterCallbackGenericService(&service);
    server = builder.BuildAndStart();
    // Others get through; so must the calls that have waited longest.
    std::atomic<int> others = 0;
    std::thread other([&] {
      for (int i = 0; i < 1000; ++i, ++others)
        EXPECT_TRUE(client.Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(2), options).ok());
    });
    while (others < 1000) pipeline.Poll();
    other.join();
    // A call whose failure crosses the connection on its way may have its pause to wait.
    EXPECT_GE(answered, kCalls - 2) << "they sleep beside the connection they wait for";
  }
  server->Shutdown(std::chrono::system_clock::now());
}

TEST(Client, SaysThatNothingAnswersWithinItsDeadline) {
  Client client(ClientConfig{.server = "unix:/nonexistent/jalond.sock"});
  CallOptions options;
  options.deadline = std::chrono::milliseconds(500);
  EXPECT_EQ(client.Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(1), options).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(client.Stream("EnrolmentService.GetCase", RequestFor(1))->Finish().code(),
            absl::StatusCode::kUnavailable);
}

TEST(Client, SaysThatItKnowsNoAddress) {
  Client client(ClientConfig{});
  EXPECT_EQ(client.Call<GetCaseResponse>("EnrolmentService.GetCase", RequestFor(1)).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(Contracts, HaveEveryService) {
  EXPECT_EQ(AllServices().size(), 7u);
  EXPECT_NE(FindMethod("FundingService.SignAgreement"), nullptr);
  EXPECT_EQ(FindMethod("FundingService.Nothing"), nullptr);
  EXPECT_EQ(FindMethod(""), nullptr);
}

}  // namespace
}  // namespace jalon
