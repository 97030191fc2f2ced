#ifndef JALON_AREA_PROCESS_H_
#define JALON_AREA_PROCESS_H_

#include <vector>

#include "area/area.h"

namespace jalon::area {

// Runs a process that serves these areas until SIGTERM or SIGINT, then drains it. Returns its exit code.
// Options from the command line or a file; --help tells them.
int RunProcess(const char* name, const std::vector<Area>& areas, int argc, char** argv);

}  // namespace jalon::area

#endif  // JALON_AREA_PROCESS_H_
