#ifndef JALON_ENROLMENT_EU_SIZE_H_
#define JALON_ENROLMENT_EU_SIZE_H_

#include "enrolment/ownership.h"
#include "enrolment/size_class.h"

// The European size of an enterprise: Commission Recommendation 2003/361/EC, annex, articles 2 to 6.
//
// - Its own figures, those of its linked enterprises in full, those of its partners pro rata, with what is
// linked to
//   these (art. 6(2) and (3)); nobody is counted twice, and at the greatest share that leads to them.
//   Partners of partners do not count.
// - A partner holds, or is held, 25 % or more of the capital or of the votes, whichever is greater, alone or
// with what
//   it is linked to, and is not linked (art. 3(2)); the investors of art. 3(2) are none.
// - A quarter or more in public hands: not an SME, whatever the figures (art. 3(4)).
// - A ceiling counts once it is crossed over two consecutive periods (art. 4(2)). The links of the date
// judged are held
//   against every period: a purchase or a sale of the enterprise takes effect at once, as the Commission's
//   SME user guide has it, and only the growth of the same group waits for a second year.
// - Accounts are those of the latest closed period of each, and for an earlier period of the enterprise, the
// latest
//   that the others closed before the enterprise's next (art. 4(1)).
namespace jalon::enrolment {

v1::EuSizeResult AssessEuSize(const OwnershipGraph& graph);

// The figures of the last period, as AssessEuSize holds them against the ceilings; none without accounts.
std::optional<SizeFigures> LastFigures(const v1::EuSizeResult& result);

// The status year by year from what the figures of each year say: the first stands by itself (a new
// enterprise), then each ceiling is lost or gained when two consecutive years say so.
std::vector<EuSize> TwoYearRule(const std::vector<EuSize>& by_figures);

}  // namespace jalon::enrolment

#endif  // JALON_ENROLMENT_EU_SIZE_H_
