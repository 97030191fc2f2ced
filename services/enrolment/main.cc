#include "area/process.h"
#include "enrolment/enrolment_service.h"

int main(int argc, char** argv) {
  return jalon::area::RunProcess("jalon-enrolmentd", {jalon::enrolment::EnrolmentArea()}, argc, argv);
}
