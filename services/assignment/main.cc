#include "area/process.h"
#include "assignment/assignment_service.h"

int main(int argc, char** argv) {
  return jalon::area::RunProcess("jalon-assignmentd", {jalon::assignment::AssignmentArea()}, argc, argv);
}
