#ifndef JALON_ASSIGNMENT_MATCHING_H_
#define JALON_ASSIGNMENT_MATCHING_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assignment/diary.h"
#include "base/date.h"
#include "base/place.h"
#include "jalon/assignment/v1/matching.pb.h"

// Who suits a case: hard conditions that each have a "why not", and a score whose parts are told. Pure: no
// clock, no database, no wire. A person's judgement may well differ; that is why every part has its sentence.
namespace jalon::assignment {

struct Skill {
  std::string code;
  int level;  // 1 knows it, 2 has practised it, 3 is an expert
};

// A programme that somebody may work for; `until` not set: without end.
struct Accredited {
  std::string programme;
  Date from;
  std::optional<Date> until;
};

// A consultant as far as a choice depends on it.
struct Person {
  int64_t consultant_id = 0;
  std::string name;
  std::vector<Skill> skills = {};
  std::vector<std::string> regions = {};  // none: wherever
  std::vector<std::string> sectors = {};
  std::vector<std::string> languages = {};
  std::optional<Place> home = {};
  int radius_km = 0;  // 0: it does not matter
  int64_t day_rate_cents = 0;
  std::optional<Date> accredited_until = {};
  std::vector<Accredited> accredited = {};  // none: for every programme
  std::optional<Date> left_on = {};
  Diary diary;
};

// Half a day that is agreed with the company already.
struct PlannedHalf {
  Date day;
  bool morning;
};

// What a case asks for.
struct CaseNeed {
  int64_t case_id = 0;
  std::string company_name = {};
  std::string programme;
  std::string region;  // empty: not known
  std::optional<Place> place = {};
  char sector = 0;  // section of the NAF; 0: not known
  std::vector<std::string> phases = {};
  std::vector<std::string> skills = {};     // each required
  std::vector<std::string> wanted = {};     // none required, each welcome: those of the one who is replaced
  std::vector<std::string> languages = {};  // each required
  Date from;
  Date until;
  int half_days = 0;
  std::vector<PlannedHalf> planned = {};  // to be taken over as they are
};

enum class TieKind { kDeclared, kEmployer, kClient };

// Why somebody may not work for the company.
struct Tie {
  TieKind kind;
  std::string siren;
  std::optional<Date> ended_on = {};  // of a client
};

struct PhasePeriod {
  std::string phase;
  Date from, until;
};

// What is between a person and a case.
struct Acquaintance {
  std::vector<Tie> ties = {};
  std::vector<PhasePeriod> assigned = {};
  int half_days = 0;  // done on this case
};

// In the order of v1::Criterion, from 1.
inline constexpr size_t kCriteria = 6;
// The most that each gives: 1,000 together. A fit of skills weighs most, since it is what the company pays
// for; then the journey, which costs everybody; the rest decides among equals. Our assumption, to be argued
// with.
inline constexpr std::array<int, kCriteria> kMost = {350, 100, 200, 150, 100, 100};

struct Score {
  std::array<int, kCriteria> parts{};
  int points = 0;             // the sum of the parts
  uint32_t shortcomings = 0;  // bit n: v1::Shortcoming n; none: fit
  std::optional<int> distance_km;
  int free_half_days = 0;  // within the need's period
  int taken_soon = 0;      // over the next weeks
  int free_soon = 0;

  bool fit() const { return shortcomings == 0; }
  bool Has(v1::Shortcoming shortcoming) const { return (shortcomings >> shortcoming & 1) != 0; }
};

// `today`: from when on the present load counts.
Score Judge(const CaseNeed& need, const Person& person, const Acquaintance& known, Date today);

// The most of these needs that somebody may take, so that any such choice leaves room for all of them: as
// many as the longest ones fit together into the least free time that any of them finds. `scores`: by need.
int MostNeeds(std::span<const CaseNeed> needs, std::span<const Score* const> scores);

// The section of a code of the NAF rev. 2 ("25.62B" → 'C'); 0 where there is none.
char SectionOfNaf(std::string_view naf);

// ---- In words.

struct Told {
  std::string fr;
  std::string en;
};

void TellParts(const CaseNeed& need, const Person& person, const Acquaintance& known, const Score& score,
               google::protobuf::RepeatedPtrField<v1::ScorePart>* parts);
void TellWhyNot(const CaseNeed& need, const Person& person, const Acquaintance& known, const Score& score,
                google::protobuf::RepeatedPtrField<v1::WhyNot>* why_not);
// What is missing where nobody takes a need: what stands in the way of how many; or that
// those who would fit are taken by other needs.
Told TellMissing(const CaseNeed& need, std::span<const Score* const> scores);

}  // namespace jalon::assignment

#endif  // JALON_ASSIGNMENT_MATCHING_H_
