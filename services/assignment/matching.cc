#include "assignment/matching.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/half_day.h"
#include "base/text.h"
#include "base/wording.h"

namespace jalon::assignment {
namespace {

constexpr int kExpert = 3;
// Nobody travels gladly beyond two hours.
constexpr int kFarKm = 150;
// How far ahead the present load is looked at.
constexpr int kLoadWeeks = 8;

enum CriterionIndex : size_t { kSkills, kSector, kDistance, kAvailability, kLoad, kContinuity };

bool Holds(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

int LevelOf(const Person& person, const std::string& skill) {
  const auto found = std::find_if(person.skills.begin(), person.skills.end(),
                                  [&](const Skill& known) { return known.code == skill; });
  return found == person.skills.end() ? 0 : found->level;
}

// On every day of the period; one accreditation may go on where another ends.
bool IsAccredited(const Person& person, const CaseNeed& need) {
  if (person.accredited_until && *person.accredited_until < need.until) return false;
  if (person.accredited.empty()) return true;
  Date day = need.from;
  for (bool moved = true; moved;) {
    moved = false;
    for (const Accredited& of : person.accredited) {
      if (of.programme != need.programme || of.from > day) continue;
      if (!of.until || *of.until >= need.until) return true;
      if (*of.until < day) continue;
      day = of.until->AddDays(1);
      moved = true;
    }
  }
  return false;
}

bool IsAssigned(const CaseNeed& need, const Acquaintance& known) {
  return std::any_of(known.assigned.begin(), known.assigned.end(), [&](const PhasePeriod& assigned) {
    return Holds(need.phases, assigned.phase) && assigned.from <= need.until && assigned.until >= need.from;
  });
}

bool HasTie(const Acquaintance& known, TieKind kind) {
  return std::any_of(known.ties.begin(), known.ties.end(),
                     [kind](const Tie& tie) { return tie.kind == kind; });
}

// Half-days to take over for which the person is not free.
std::vector<PlannedHalf> Blocked(const CaseNeed& need, const Person& person) {
  std::vector<PlannedHalf> blocked;
  std::copy_if(need.planned.begin(), need.planned.end(), std::back_inserter(blocked),
               [&](const PlannedHalf& half) { return !person.diary.IsFree(half.day, half.morning); });
  return blocked;
}

uint32_t ShortcomingsOf(const CaseNeed& need, const Person& person, const Acquaintance& known,
                        const Score& score) {
  uint32_t bits = 0;
  const auto check = [&](v1::Shortcoming shortcoming, bool is_so) {
    bits |= is_so ? uint32_t{1} << shortcoming : 0;
  };
  const auto lacks = [](const auto& required, auto has) {
    return std::any_of(required.begin(), required.end(), [&](const auto& word) { return !has(word); });
  };
  check(v1::SHORTCOMING_LEFT, person.left_on && *person.left_on < need.until);
  check(v1::SHORTCOMING_NOT_ACCREDITED, !IsAccredited(person, need));
  check(v1::SHORTCOMING_CONFLICT_DECLARED, HasTie(known, TieKind::kDeclared));
  check(v1::SHORTCOMING_CONFLICT_EMPLOYER, HasTie(known, TieKind::kEmployer));
  check(v1::SHORTCOMING_CONFLICT_CLIENT, HasTie(known, TieKind::kClient));
  // Whoever takes over from another may be assigned already.
  check(v1::SHORTCOMING_ALREADY_ASSIGNED, need.planned.empty() && IsAssigned(need, known));
  check(v1::SHORTCOMING_REGION,
        !need.region.empty() && !person.regions.empty() && !Holds(person.regions, need.region));
  check(v1::SHORTCOMING_RADIUS,
        person.radius_km > 0 && score.distance_km && *score.distance_km > person.radius_km);
  check(v1::SHORTCOMING_SKILL,
        lacks(need.skills, [&](const auto& skill) { return LevelOf(person, skill) > 0; }));
  check(v1::SHORTCOMING_LANGUAGE,
        lacks(need.languages, [&](const auto& language) { return Holds(person.languages, language); }));
  check(v1::SHORTCOMING_AVAILABILITY,
        score.free_half_days < need.half_days ||
            std::any_of(need.planned.begin(), need.planned.end(), [&](const PlannedHalf& half) {
              return !person.diary.IsFree(half.day, half.morning);
            }));
  return bits;
}

int SkillPoints(const CaseNeed& need, const Person& person) {
  int levels = 0;
  for (const auto& skill : need.skills) levels += LevelOf(person, skill);
  for (const auto& skill : need.wanted) levels += LevelOf(person, skill);
  const auto asked = static_cast<int>(need.skills.size() + need.wanted.size());
  return asked == 0 ? 0 : kMost[kSkills] * levels / (kExpert * asked);
}

// All of it for twice as many half-days again as are needed.
int AvailabilityPoints(const CaseNeed& need, int free) {
  const int spare = free - need.half_days;
  if (spare <= 0) return 0;
  if (need.half_days == 0) return kMost[kAvailability];
  return static_cast<int>(std::min<int64_t>(
      kMost[kAvailability], int64_t{kMost[kAvailability]} * spare / (2 * int64_t{need.half_days})));
}

int LoadPoints(const Score& score) {
  const int halves = score.taken_soon + score.free_soon;
  return halves == 0 ? 0 : kMost[kLoad] * score.free_soon / halves;
}

// ---- In words.

// "5 demi-journées", "1 half-day".
Told HalfDayCount(int count) {
  return {std::to_string(count) + (count < 2 ? " demi-journée" : " demi-journées"),
          std::to_string(count) + (count == 1 ? " half-day" : " half-days")};
}

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

// The period of a need.
Told Between(const CaseNeed& need) {
  return {
      "du " + FormatDate(need.from, Language::kFrench) + " au " + FormatDate(need.until, Language::kFrench),
      "from " + FormatDate(need.from, Language::kEnglish) + " to " +
          FormatDate(need.until, Language::kEnglish)};
}

Told TellSkills(const CaseNeed& need, const Person& person) {
  std::vector<std::string> asked = need.skills;
  asked.insert(asked.end(), need.wanted.begin(), need.wanted.end());
  if (asked.empty()) return {"Aucune compétence n’est demandée.", "No skill is asked for."};
  std::vector<std::string> held;
  for (const std::string& skill : asked)
    if (const int level = LevelOf(person, skill); level > 0)
      held.push_back(skill + " " + std::to_string(level) + "/3");
  if (held.empty()) return {"Aucune des compétences voulues.", "None of the skills wanted."};
  const std::string count = std::to_string(held.size()), of = std::to_string(asked.size());
  return {"Compétences voulues, " + count + " sur " + of + " : " + Joined(held) + ".",
          "Skills wanted, " + count + " of " + of + ": " + Joined(held) + "."};
}

Told TellSector(const CaseNeed& need, const Person& person) {
  if (need.sector == 0)
    return {"Le secteur de l’entreprise n’est pas connu.", "The company’s sector is not known."};
  const std::string sector(1, need.sector);
  if (Holds(person.sectors, sector))
    return {"Connaît le secteur " + sector + " de l’entreprise.",
            "Knows the company’s sector, " + sector + "."};
  return {"N’a pas déclaré le secteur " + sector + " de l’entreprise.",
          "Has not declared the company’s sector, " + sector + "."};
}

Told TellDistance(const Score& score) {
  if (!score.distance_km) return {"La distance n’est pas connue.", "The distance is not known."};
  const std::string km = std::to_string(*score.distance_km);
  return {"À " + km + " km de l’entreprise, à vol d’oiseau.",
          km + " km from the company, as the crow flies."};
}

Told TellAvailability(const CaseNeed& need, const Score& score) {
  const Told free = HalfDayCount(score.free_half_days);
  const Told between = Between(need);
  const std::string needed = std::to_string(need.half_days);
  return {free.fr + (score.free_half_days < 2 ? " libre " : " libres ") + between.fr + ", pour " + needed +
              " à faire.",
          free.en + " free " + between.en + ", for " + needed + " to do."};
}

Told TellLoad(const Score& score) {
  const Told taken = HalfDayCount(score.taken_soon);
  const std::string weeks = std::to_string(kLoadWeeks);
  return {
      taken.fr + (score.taken_soon < 2 ? " prise" : " prises") + " dans les " + weeks + " semaines à venir.",
      taken.en + " taken over the next " + weeks + " weeks."};
}

Told TellContinuity(const Acquaintance& known) {
  if (known.half_days > 0) {
    const Told done = HalfDayCount(known.half_days);
    return {"A déjà fait " + done.fr + " sur ce dossier.", "Has already done " + done.en + " on this case."};
  }
  if (!known.assigned.empty())
    return {"Est ou a été affecté à ce dossier.", "Is or was assigned to this case."};
  return {"Ne connaît pas encore ce dossier.", "Does not know this case yet."};
}

// Of a shortcoming of one person.
Told TellShortcoming(v1::Shortcoming shortcoming, const CaseNeed& need, const Person& person,
                     const Acquaintance& known, const Score& score) {
  const auto date = [](Date day, Language language) { return FormatDate(day, language); };
  const auto tie = [&](TieKind kind) -> const Tie& {
    return *std::find_if(known.ties.begin(), known.ties.end(),
                         [kind](const Tie& t) { return t.kind == kind; });
  };
  const auto missing = [](const auto& required, auto has) {
    std::vector<std::string> lacking;
    for (const auto& word : required)
      if (!has(word)) lacking.push_back(word);
    return Joined(lacking);
  };
  switch (shortcoming) {
    case v1::SHORTCOMING_LEFT:
      return {"Quitte le programme le " + date(*person.left_on, Language::kFrench) + ".",
              "Leaves the programme on " + date(*person.left_on, Language::kEnglish) + "."};
    case v1::SHORTCOMING_NOT_ACCREDITED: {
      const Told between = Between(need);
      return {"N’est pas accrédité pour " + need.programme + " " + between.fr + ".",
              "Is not accredited for " + need.programme + " " + between.en + "."};
    }
    case v1::SHORTCOMING_CONFLICT_DECLARED:
      return {"A déclaré un conflit d’intérêts avec l’entreprise.",
              "Declared a conflict of interest with the company."};
    case v1::SHORTCOMING_CONFLICT_EMPLOYER: {
      const std::string& siren = tie(TieKind::kEmployer).siren;
      return {"Est salarié du groupe de l’entreprise (SIREN " + siren + ").",
              "Is employed in the company’s group (SIREN " + siren + ")."};
    }
    case v1::SHORTCOMING_CONFLICT_CLIENT: {
      const Tie& client = tie(TieKind::kClient);
      return {"A travaillé pour le groupe de l’entreprise jusqu’au " +
                  date(*client.ended_on, Language::kFrench) + " (SIREN " + client.siren + ").",
              "Worked for the company’s group until " + date(*client.ended_on, Language::kEnglish) +
                  " (SIREN " + client.siren + ")."};
    }
    case v1::SHORTCOMING_ALREADY_ASSIGNED:
      return {"Y est déjà affecté.", "Is assigned to it already."};
    case v1::SHORTCOMING_REGION:
      return {"N’intervient pas dans la région " + need.region + ".",
              "Does not work in region " + need.region + "."};
    case v1::SHORTCOMING_RADIUS: {
      const std::string km = std::to_string(*score.distance_km), radius = std::to_string(person.radius_km);
      return {"À " + km + " km, et ne va pas au-delà de " + radius + ".",
              km + " km away, and goes no further than " + radius + "."};
    }
    case v1::SHORTCOMING_SKILL: {
      const std::string skills = missing(need.skills, [&](const auto& s) { return LevelOf(person, s) > 0; });
      return {"Compétence manquante : " + skills + ".", "Missing skill: " + skills + "."};
    }
    case v1::SHORTCOMING_LANGUAGE: {
      const std::string languages =
          missing(need.languages, [&](const auto& l) { return Holds(person.languages, l); });
      return {"Langue manquante : " + languages + ".", "Missing language: " + languages + "."};
    }
    default: {
      const std::vector<PlannedHalf> blocked = Blocked(need, person);
      if (blocked.empty()) {
        const Told available = TellAvailability(need, score);
        return {"Pas assez disponible : " + available.fr, "Not available enough: " + available.en};
      }
      const auto half = [&](Language language) {
        const bool french = language == Language::kFrench;
        return FormatDate(blocked[0].day, language) + (blocked[0].morning
                                                           ? (french ? " matin" : " morning")
                                                           : (french ? " après-midi" : " afternoon"));
      };
      const Told count = HalfDayCount(static_cast<int>(blocked.size()));
      return {"N’est pas libre pour " + count.fr + " déjà planifiées, dont celle du " +
                  half(Language::kFrench) + ".",
              "Is not free for " + count.en + " already planned, one of them on " + half(Language::kEnglish) +
                  "."};
    }
  }
}

// Of a shortcoming of many.
Told TellCommon(v1::Shortcoming shortcoming, const CaseNeed& need) {
  switch (shortcoming) {
    case v1::SHORTCOMING_LEFT:
      return {"quittent le programme avant la fin", "leave the programme before the end"};
    case v1::SHORTCOMING_NOT_ACCREDITED:
      return {"sans accréditation pour " + need.programme, "without accreditation for " + need.programme};
    case v1::SHORTCOMING_CONFLICT_DECLARED:
    case v1::SHORTCOMING_CONFLICT_EMPLOYER:
    case v1::SHORTCOMING_CONFLICT_CLIENT:
      return {"en conflit d’intérêts", "with a conflict of interest"};
    case v1::SHORTCOMING_ALREADY_ASSIGNED:
      return {"déjà affectés", "already assigned"};
    case v1::SHORTCOMING_REGION:
      return {"hors de la région " + need.region, "outside region " + need.region};
    case v1::SHORTCOMING_RADIUS:
      return {"trop loin", "too far away"};
    case v1::SHORTCOMING_SKILL:
      return {"sans les compétences (" + Joined(need.skills) + ")",
              "without the skills (" + Joined(need.skills) + ")"};
    case v1::SHORTCOMING_LANGUAGE:
      return {"sans les langues (" + Joined(need.languages) + ")",
              "without the languages (" + Joined(need.languages) + ")"};
    default:
      return {"trop peu disponibles", "not available enough"};
  }
}

}  // namespace

Score Judge(const CaseNeed& need, const Person& person, const Acquaintance& known, Date today) {
  Score score;
  if (need.place && person.home) score.distance_km = DistanceKm(*need.place, *person.home);
  score.free_half_days = person.diary.FreeBetween(need.from, need.until);
  const Date soon = today.AddDays(7 * kLoadWeeks - 1);
  score.taken_soon = person.diary.TakenBetween(today, soon);
  score.free_soon = person.diary.FreeBetween(today, soon);
  score.shortcomings = ShortcomingsOf(need, person, known, score);

  score.parts[kSkills] = SkillPoints(need, person);
  score.parts[kSector] =
      need.sector != 0 && Holds(person.sectors, std::string(1, need.sector)) ? kMost[kSector] : 0;
  if (score.distance_km)
    score.parts[kDistance] = kMost[kDistance] * std::max(0, kFarKm - *score.distance_km) / kFarKm;
  score.parts[kAvailability] = AvailabilityPoints(need, score.free_half_days);
  score.parts[kLoad] = LoadPoints(score);
  if (known.half_days > 0) {
    score.parts[kContinuity] = kMost[kContinuity];
  } else if (!known.assigned.empty()) {
    score.parts[kContinuity] = kMost[kContinuity] / 2;
  }
  score.points = std::accumulate(score.parts.begin(), score.parts.end(), 0);
  return score;
}

int MostNeeds(std::span<const CaseNeed> needs, std::span<const Score* const> scores) {
  std::vector<int> lengths;
  int least_free = std::numeric_limits<int>::max();
  for (size_t i = 0; i < needs.size(); ++i) {
    if (!scores[i]->fit()) continue;
    lengths.push_back(needs[i].half_days);
    least_free = std::min(least_free, scores[i]->free_half_days);
  }
  std::sort(lengths.rbegin(), lengths.rend());
  int most = 0;
  for (int64_t together = 0; most < static_cast<int>(lengths.size()); ++most) {
    together += lengths[static_cast<size_t>(most)];
    // One alone always fits: it was judged so.
    if (most > 0 && together > least_free) break;
  }
  return most;
}

// INSEE, NAF rev. 2: the last division of each section.
char SectionOfNaf(std::string_view naf) {
  constexpr std::pair<int, char> kLastOfSection[] = {
      {3, 'A'},  {9, 'B'},  {33, 'C'}, {35, 'D'}, {39, 'E'}, {43, 'F'}, {47, 'G'},
      {53, 'H'}, {56, 'I'}, {63, 'J'}, {66, 'K'}, {68, 'L'}, {75, 'M'}, {82, 'N'},
      {84, 'O'}, {85, 'P'}, {88, 'Q'}, {93, 'R'}, {96, 'S'}, {98, 'T'}, {99, 'U'}};
  const auto division = internal::ParseDigits(naf.substr(0, 2));
  if (naf.size() < 2 || !division || *division == 0) return 0;
  for (const auto& [last, section] : kLastOfSection)
    if (*division <= last) return section;
  return 0;
}

void TellParts(const CaseNeed& need, const Person& person, const Acquaintance& known, const Score& score,
               google::protobuf::RepeatedPtrField<v1::ScorePart>* parts) {
  const std::array<Told, kCriteria> told = {TellSkills(need, person), TellSector(need, person),
                                            TellDistance(score),      TellAvailability(need, score),
                                            TellLoad(score),          TellContinuity(known)};
  for (size_t i = 0; i < kCriteria; ++i) {
    v1::ScorePart& part = *parts->Add();
    part.set_criterion(static_cast<v1::Criterion>(i + 1));
    part.set_points(score.parts[i]);
    part.set_most(kMost[i]);
    part.set_reason_fr(Typeset(told[i].fr));
    part.set_reason_en(told[i].en);
  }
}

void TellWhyNot(const CaseNeed& need, const Person& person, const Acquaintance& known, const Score& score,
                google::protobuf::RepeatedPtrField<v1::WhyNot>* why_not) {
  for (int number = 1; number < v1::Shortcoming_ARRAYSIZE; ++number) {
    const auto shortcoming = static_cast<v1::Shortcoming>(number);
    if (!score.Has(shortcoming)) continue;
    const Told told = TellShortcoming(shortcoming, need, person, known, score);
    v1::WhyNot& why = *why_not->Add();
    why.set_shortcoming(shortcoming);
    why.set_reason_fr(Typeset(told.fr));
    why.set_reason_en(told.en);
  }
}

Told TellMissing(const CaseNeed& need, std::span<const Score* const> scores) {
  const std::string name = std::to_string(need.case_id) + ", " + need.company_name;
  Told told = {"dossier " + name + " : ", "case " + name + ": "};
  const auto fitting =
      std::count_if(scores.begin(), scores.end(), [](const Score* score) { return score->fit(); });
  if (fitting > 0) {
    const std::string count = std::to_string(fitting);
    told.fr += fitting == 1 ? "le seul qui conviendrait est pris par un autre dossier"
                            : "les " + count + " qui conviendraient sont pris par d’autres dossiers";
    told.en += fitting == 1 ? "the only one who would fit is taken by another case"
                            : "the " + count + " who would fit are taken by other cases";
    return {Typeset(told.fr), told.en};
  }
  if (scores.empty()) return {Typeset(told.fr + "aucun consultant"), told.en + "no consultants"};
  // How many lack what, what most lack first.
  std::vector<std::pair<int64_t, v1::Shortcoming>> counts;
  for (int number = 1; number < v1::Shortcoming_ARRAYSIZE; ++number) {
    const auto shortcoming = static_cast<v1::Shortcoming>(number);
    const auto count = std::count_if(scores.begin(), scores.end(),
                                     [&](const Score* score) { return score->Has(shortcoming); });
    if (count > 0) counts.emplace_back(count, shortcoming);
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  const std::string of = std::to_string(scores.size());
  bool first = true;
  for (const auto& [count, shortcoming] : counts) {
    const Told common = TellCommon(shortcoming, need);
    const std::string number = std::to_string(count);
    told.fr += (first ? number + " sur " + of + " " : ", " + number + " ") + common.fr;
    told.en += (first ? number + " of " + of + " " : ", " + number + " ") + common.en;
    first = false;
  }
  return {Typeset(told.fr), told.en};
}

}  // namespace jalon::assignment
