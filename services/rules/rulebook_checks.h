#ifndef JALON_RULES_RULEBOOK_CHECKS_H_
#define JALON_RULES_RULEBOOK_CHECKS_H_

#include "jalon/programme/v1/rulebook.pb.h"
#include "rules/rulebook_fields.h"
#include "rules/rulebook_places.h"

namespace jalon::rules {

// What no single value can show: fields that contradict each other, tariffs that meet or leave a gap, lines
// that never count, names of nothing. A value that could not be read was noted already and is passed over
// here.
void CheckRulebook(const programme::v1::Rulebook& rulebook, const Places& places, Problems& problems);

// Of the tariffs of a phase: no two that fit the same agreement, no gap between them, none that is out of
// reach.
void CheckTariffs(const programme::v1::Rulebook& rulebook, const programme::v1::Phase& phase,
                  const Places& places, Problems& problems);
// Of the coverages of a tariff: amounts that can be reached, lines that count.
void CheckCoverages(const programme::v1::Rulebook& rulebook, const programme::v1::Tariff& tariff,
                    const Places& places, Problems& problems);
// Of the worked examples: names that exist, something to check.
void CheckExamples(const programme::v1::Rulebook& rulebook, const Places& places, Problems& problems);

}  // namespace jalon::rules

#endif  // JALON_RULES_RULEBOOK_CHECKS_H_
