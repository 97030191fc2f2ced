#ifndef JALON_BASE_COMMUNE_H_
#define JALON_BASE_COMMUNE_H_

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

namespace jalon {

struct Region {
  std::string_view code;  // INSEE's, two digits
  std::string_view name;  // in French
  constexpr bool operator==(const Region&) const = default;
};

namespace internal {

struct RegionEntry {
  Region region;
  std::string_view departments;  // separated by one space
};

// INSEE, code officiel géographique: the regions in force since 1 January 2016 (loi n° 2015-29).
inline constexpr std::array kRegions = {
    RegionEntry{{"01", "Guadeloupe"}, "971"},
    RegionEntry{{"02", "Martinique"}, "972"},
    RegionEntry{{"03", "Guyane"}, "973"},
    RegionEntry{{"04", "La Réunion"}, "974"},
    RegionEntry{{"06", "Mayotte"}, "976"},
    RegionEntry{{"11", "Île-de-France"}, "75 77 78 91 92 93 94 95"},
    RegionEntry{{"24", "Centre-Val de Loire"}, "18 28 36 37 41 45"},
    RegionEntry{{"27", "Bourgogne-Franche-Comté"}, "21 25 39 58 70 71 89 90"},
    RegionEntry{{"28", "Normandie"}, "14 27 50 61 76"},
    RegionEntry{{"32", "Hauts-de-France"}, "02 59 60 62 80"},
    RegionEntry{{"44", "Grand Est"}, "08 10 51 52 54 55 57 67 68 88"},
    RegionEntry{{"52", "Pays de la Loire"}, "44 49 53 72 85"},
    RegionEntry{{"53", "Bretagne"}, "22 29 35 56"},
    RegionEntry{{"75", "Nouvelle-Aquitaine"}, "16 17 19 23 24 33 40 47 64 79 86 87"},
    RegionEntry{{"76", "Occitanie"}, "09 11 12 30 31 32 34 46 48 65 66 81 82"},
    RegionEntry{{"84", "Auvergne-Rhône-Alpes"}, "01 03 07 15 26 38 42 43 63 69 73 74"},
    RegionEntry{{"93", "Provence-Alpes-Côte d'Azur"}, "04 05 06 13 83 84"},
    RegionEntry{{"94", "Corse"}, "2A 2B"},
};

// Saint-Pierre-et-Miquelon, Saint-Barthélemy, Saint-Martin, Wallis-et-Futuna, Polynésie française and
// Nouvelle-Calédonie: communes there have codes, but no department and no region.
inline constexpr std::array<std::string_view, 6> kCollectivities = {"975", "977", "978", "986", "987", "988"};

constexpr bool HoldsWord(std::string_view words, std::string_view word) {
  while (true) {
    const size_t space = words.find(' ');
    if (words.substr(0, space) == word) return true;
    if (space == std::string_view::npos) return false;
    words.remove_prefix(space + 1);
  }
}

}  // namespace internal

// The region of a department ("59" → 32 Hauts-de-France); none for an overseas collectivity.
constexpr std::optional<Region> RegionOfDepartment(std::string_view department) {
  for (const internal::RegionEntry& entry : internal::kRegions) {
    if (internal::HoldsWord(entry.departments, department)) return entry.region;
  }
  return std::nullopt;
}

// The department, or overseas collectivity, of an INSEE commune code: "59350" → "59", "2A004" → "2A", "97105"
// → "971". Not of a postcode, which follows sorting offices and may cross a department; the most common ones,
// which end in 000 (59000), are no commune's code and are refused.
inline std::optional<std::string> DepartmentOfCommune(std::string_view insee_code) {
  if (insee_code.size() != 5) return std::nullopt;
  const bool overseas = insee_code.starts_with("97") || insee_code.starts_with("98");
  const std::string_view department = insee_code.substr(0, overseas ? 3 : 2);
  const std::string_view commune = insee_code.substr(department.size());
  if (!std::all_of(commune.begin(), commune.end(), internal::IsDigit)) return std::nullopt;
  if (commune.find_first_not_of('0') == std::string_view::npos) return std::nullopt;

  const auto& collectivities = internal::kCollectivities;
  const bool collectivity =
      std::find(collectivities.begin(), collectivities.end(), department) != collectivities.end();
  if (!collectivity && !RegionOfDepartment(department)) return std::nullopt;
  return std::string(department);
}

}  // namespace jalon

#endif  // JALON_BASE_COMMUNE_H_
