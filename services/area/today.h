#ifndef JALON_AREA_TODAY_H_
#define JALON_AREA_TODAY_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/refusal.h"

namespace jalon::area {

// The civil date in metropolitan France, where the programmes are run.
Date Today();

// A date of a request, which the contract has found well formed.
struct DatedField {
  const char* field;
  const std::string& iso;
};

// A violation for each that lies after today: what has happened is dated at the latest today.
std::vector<Violation> StillToCome(std::initializer_list<DatedField> fields);

}  // namespace jalon::area

#endif  // JALON_AREA_TODAY_H_
