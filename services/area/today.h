#ifndef JALON_AREA_TODAY_H_
#define JALON_AREA_TODAY_H_

#include "base/date.h"

namespace jalon::area {

// The civil date in metropolitan France, where the programmes are run.
Date Today();

}  // namespace jalon::area

#endif  // JALON_AREA_TODAY_H_
