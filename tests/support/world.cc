#include "tests/support/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

namespace jalon::test {
namespace {

std::unique_ptr<Cluster> shared_cluster;
std::unique_ptr<Stack> shared_stack;

class SharedWorld final : public ::testing::Environment {
 public:
  explicit SharedWorld(Topology topology) : topology_(topology) {}
  void SetUp() override {
    shared_cluster = std::make_unique<Cluster>();
    shared_stack = std::make_unique<Stack>(
        *shared_cluster,
        Stack::Options{.topology = topology_, .database_dir = "", .flags = {}, .await_serving = true});
  }
  void TearDown() override {
    EXPECT_EQ(shared_stack->Stop(), 0) << "SIGTERM ends every process well";
    shared_stack.reset();
    shared_cluster.reset();
  }

 private:
  const Topology topology_;
};

}  // namespace

int World::RunTests(int argc, char** argv, Topology topology) {
  ::testing::InitGoogleMock(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new SharedWorld(topology));
  std::printf("seed %llu (JALON_TEST_SEED repeats it)\n", static_cast<unsigned long long>(Seed()));
  return RUN_ALL_TESTS();
}

int World::RunTests(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  std::printf("seed %llu (JALON_TEST_SEED repeats it)\n", static_cast<unsigned long long>(Seed()));
  return RUN_ALL_TESTS();
}

Cluster& World::cluster() {
  return *shared_cluster;
}
Stack& World::stack() {
  return *shared_stack;
}

Date Today() {
  return *Date::Parse(World::cluster().Sql("select (now() at time zone 'Europe/Paris')::date"));
}

uint64_t Seed() {
  static const uint64_t seed = [] {
    const char* given = std::getenv("JALON_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }();
  return seed;
}

}  // namespace jalon::test
