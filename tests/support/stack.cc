#include "tests/support/stack.h"

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/siren.h"
#include "clients/rpc/contracts.h"
#include "google/protobuf/wrappers.pb.h"

namespace jalon::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kAreas[] = {"programme", "enrolment", "assignment", "calendar",
                                  "funding",   "inbox",     "audit"};

std::string Tokens() {
  std::string text = absl::StrCat(kOfficer, " officer officer\n", kOtherOfficer, " other-officer officer\n",
                                  kAuditor, " auditor auditor\n");
  for (int n = 1; n <= 2000; ++n) {
    const std::string id = std::to_string(n);
    text += ConsultantToken(n) + " consultant-" + id + " consultant consultant=" + id + "\n";
  }
  for (int n = 0; n < 2000; ++n)
    text += CompanyToken(NthSiren(n)) + " company-" + NthSiren(n) + " company company=" + NthSiren(n) + "\n";
  for (int n = 0; n < 200; ++n) {
    for (const char* funder : {"-bpifrance", "-region"}) {
      const std::string code = CodeOfProgramme(n) + funder;
      text += FunderToken(code) + " funder-" + code + " funder funder=" + code + "\n";
    }
  }
  return text;
}

std::vector<std::string> Binaries(Topology topology) {
  if (topology == Topology::kOneProcess) return {"jalond"};
  std::vector<std::string> names;
  for (const char* area : kAreas) names.push_back(std::string("jalon-") + area + "d");
  return names;
}

}  // namespace

std::string ConsultantToken(int64_t consultant_id) {
  return "token-consultant-" + std::to_string(consultant_id);
}
std::string CompanyToken(const std::string& siren) {
  return "token-company-" + siren;
}
std::string FunderToken(const std::string& funder) {
  return "token-funder-" + funder;
}
std::string CodeOfProgramme(int n) {
  return "programme-" + std::to_string(n);
}

std::string NthSiren(int n) {
  const std::string stem = std::to_string(30000000 + n * 7);
  for (char key = '0'; key <= '9'; ++key)
    if (Siren::Parse(stem + key)) return stem + key;
  std::abort();
}

Stack::Stack(const Cluster& cluster, Options options)
    : dir_(MakeDirectory("stack", cluster.dir())),
      options_(std::move(options)),
      database_("host=" + (options_.database_dir.empty() ? cluster.socket_dir() : options_.database_dir) +
                " dbname=jalon") {
  WriteFile(dir_ + "/tokens", Tokens());
  Start();
}

Stack::~Stack() {
  Stop();
  if (::testing::UnitTest::GetInstance()->Failed())
    std::fprintf(stderr, "--- log of the services\n%s---\n", Log().c_str());
  std::filesystem::remove_all(dir_);
}

void Stack::Start() {
  for (const std::string& binary : Binaries(options_.topology)) {
    std::vector<std::string> command = {
        BinDir() + "/" + binary,      "--database", database_, "--tokens", dir_ + "/tokens", "--listen",
        "unix:" + dir_ + "/" + binary};
    command.insert(command.end(), options_.flags.begin(), options_.flags.end());
    processes_[binary] = std::make_unique<Process>(
        command,
        Process::Options{
            .log = dir_ + "/" + binary + ".log", .piped = false, .outlive = false, .environment = {}});
  }
  if (options_.await_serving) AwaitServing();
}

std::string Stack::AddressOf(const std::string& area) const {
  return "unix:" + dir_ + "/" +
         (options_.topology == Topology::kOneProcess ? "jalond" : "jalon-" + area + "d");
}

ClientConfig Stack::Config(const std::string& token, const std::string& language) const {
  ClientConfig config;
  for (const char* area : kAreas) config.area_servers[area] = AddressOf(area);
  config.token = token;
  config.language = language;
  config.own_connections = true;
  return config;
}

std::unique_ptr<Client> Stack::Connect(const std::string& token, const std::string& language) const {
  return std::make_unique<Client>(Config(token, language));
}

std::string Stack::ClientSettings(const std::string& token) const {
  std::string text = "token=" + token + "\n";
  for (const char* area : kAreas) text += std::string("server-") + area + "=" + AddressOf(area) + "\n";
  return text;
}

// grpc.health.v1's messages have on the wire the form of these wrappers.
bool Stack::Serving() const {
  const auto client = Connect();
  return std::all_of(AllServices().begin(), AllServices().end(), [&](const auto* service) {
    std::string area = service->file()->package().substr(sizeof "jalon." - 1);
    area.resize(area.find('.'));
    google::protobuf::StringValue request;
    request.set_value(service->full_name());
    google::protobuf::Int32Value response;
    CallOptions options;
    options.deadline = 2s;
    return client->CallPath(area, "/grpc.health.v1.Health/Check", request, &response, options).ok() &&
           response.value() == 1;
  });
}

bool Stack::Running() const {
  return std::all_of(processes_.begin(), processes_.end(),
                     [](const auto& entry) { return entry.second->Running(); });
}

void Stack::AwaitServing() const {
  for (int i = 0; i < 600; ++i) {
    if (Serving()) return;
    if (!Running()) break;
    std::this_thread::sleep_for(100ms);
  }
  std::fprintf(stderr, "the services do not serve\n%s", Log().c_str());
  std::abort();
}

void Stack::Terminate() const {
  for (const auto& [name, process] : processes_) process->Signal(SIGTERM);
}

int Stack::Wait() {
  int worst = 0;
  for (const auto& [name, process] : processes_) worst = std::max(worst, process->Wait());
  return worst;
}

int Stack::Stop() {
  Terminate();
  return Wait();
}

void Stack::Kill9() {
  for (const auto& [name, process] : processes_) process->Signal(SIGKILL);
  Wait();
}

std::string Stack::Log() const {
  std::string text;
  for (const auto& [name, process] : processes_) text += ReadFile(dir_ + "/" + name + ".log");
  return text;
}

}  // namespace jalon::test
