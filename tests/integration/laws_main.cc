#include "tests/support/world.h"

int main(int argc, char** argv) {
  return jalon::test::World::RunTests(argc, argv, jalon::test::Topology::kOneProcess);
}
