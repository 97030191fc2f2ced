#ifndef JALON_TESTS_SUPPORT_WORLD_H_
#define JALON_TESTS_SUPPORT_WORLD_H_

#include <cstdint>

#include "base/date.h"
#include "tests/support/cluster.h"
#include "tests/support/stack.h"

namespace jalon::test {

// One cluster and one stack for all tests of a program, started before the first and ended after the last.
class World {
 public:
  // Runs every test of the program in such a world.
  static int RunTests(int argc, char** argv, Topology topology);
  // Runs them without: each makes its own.
  static int RunTests(int argc, char** argv);

  static Cluster& cluster();
  static Stack& stack();
};

// The civil day in France, by which services and rules go.
Date Today();

// Of random runs: JALON_TEST_SEED where it is set, to repeat one, or another each time. Printed at the start.
uint64_t Seed();

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_WORLD_H_
