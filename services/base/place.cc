#include "base/place.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <string>

#include "base/commune.h"

namespace jalon {
namespace {

struct Commune {
  char code[6];  // five characters, or those of a department
  int32_t latitude;
  int32_t longitude;
};

// In the order of the codes.
constexpr Commune kCommunes[] = {
#include "base/communes.inc"
};

const Commune* Find(std::string_view code) {
  const Commune* found =
      std::lower_bound(std::begin(kCommunes), std::end(kCommunes), code,
                       [](const Commune& commune, std::string_view wanted) { return commune.code < wanted; });
  return found != std::end(kCommunes) && found->code == code ? found : nullptr;
}

double Radians(int32_t ten_thousandths) {
  return ten_thousandths * std::numbers::pi / 1'800'000;
}

}  // namespace

std::optional<Place> PlaceOfCommune(std::string_view insee_code) {
  const auto department = DepartmentOfCommune(insee_code);
  if (!department) return std::nullopt;
  const Commune* found = Find(insee_code);
  if (found == nullptr) found = Find(*department);
  if (found == nullptr) return std::nullopt;
  return Place{found->latitude, found->longitude};
}

// The haversine formula, on a sphere of the Earth's mean radius: half a percent off at the most.
int DistanceKm(Place a, Place b) {
  constexpr double kEarthRadiusKm = 6371.0088;  // IUGG
  const double up = std::sin((Radians(b.latitude) - Radians(a.latitude)) / 2);
  const double along = std::sin((Radians(b.longitude) - Radians(a.longitude)) / 2);
  const double h = up * up + std::cos(Radians(a.latitude)) * std::cos(Radians(b.latitude)) * along * along;
  return static_cast<int>(std::lround(2 * kEarthRadiusKm * std::asin(std::sqrt(std::min(1.0, h)))));
}

}  // namespace jalon
