#include "area/process.h"
#include "programme/programme_service.h"

int main(int argc, char** argv) {
  return jalon::area::RunProcess("jalon-programmed", {jalon::programme::ProgrammeArea()}, argc, argv);
}
