#ifndef JALON_BASE_PLACE_H_
#define JALON_BASE_PLACE_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace jalon {

// Somewhere on Earth, in ten-thousandths of a degree: eleven metres.
struct Place {
  int32_t latitude;
  int32_t longitude;

  bool operator==(const Place&) const = default;
};

// Where a commune lies, by its INSEE code; the middle of its department for a code that is no longer in use,
// nothing for one that never was. Sources: communes.mjs.
std::optional<Place> PlaceOfCommune(std::string_view insee_code);

// As the crow flies, rounded: roads are some 1.3 times longer, for everybody alike.
int DistanceKm(Place a, Place b);

}  // namespace jalon

#endif  // JALON_BASE_PLACE_H_
