#ifndef JALON_FUNDING_IMPACT_H_
#define JALON_FUNDING_IMPACT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "jalon/funding/v1/funding_service.pb.h"
#include "jalon/programme/v1/rulebook.pb.h"
#include "rules/compiled_rulebook.h"
#include "rules/decision.h"
#include "rules/eligibility.h"

// What a draft rulebook would make of cases that are under way. Pure: no clock, no database, no wire.
namespace jalon::funding {

// A case that is open, or admitted and not withdrawn, and whose agreement, if there is one, is not released.
struct LiveCase {
  int64_t case_id = 0;
  std::string siren;
  std::string company_name;
  // ISO. The admission and the first approved half-day may be still to come: empty.
  std::string applied_on, admitted_on, first_day;
  int granted_half_days = 0;
  int rulebook_version = 0;  // the one that governs it, or that its admission froze; 0: none
  rules::EligibilityFacts facts{.applied_on = Date::FromDays({})};
  bool ceased = false;

  // Of an agreement: its terms (a Quote without traces), the rest only where there are some.
  std::optional<v1::Quote> terms;
  std::string region;
  bool signed_lately = false;                // forecasts rest on its reservation
  std::map<std::string, int64_t> envelopes;  // that its funders' shares draw on
};

// What the draft would have reserved more (or less), by the envelope drawn on or, where that is 0, by what
// chooses one.
struct EnvelopeKey {
  int64_t envelope_id;
  std::string funder, region, signed_on;
  auto operator<=>(const EnvelopeKey&) const = default;
};
struct EnvelopeNeed {
  int64_t cents = 0;
  int64_t lately = 0;  // of these, on agreements signed lately
};

// Holds cases against a draft, one by one, and adds up.
//
// An agreement is reckoned anew from what it froze: the facts, the phases with their half-days, day rates and
// prices, and the day of its signature. The date that fixes its terms is the one that the draft names. The
// draft's cap bounds what the case was granted. Aid on the company's other cases stays as it was frozen: each
// case is judged by itself.
class Impact {
 public:
  // `published`: every version of the programme. Both must outlive this object. `today`: ISO.
  Impact(const programme::v1::Rulebook& draft, const std::vector<programme::v1::Rulebook>& published,
         std::string today);

  v1::CaseImpact Examine(const LiveCase& live);

  // Of all cases examined; without the envelopes, which the database knows.
  v1::ImpactSummary Summary() const;
  const std::map<EnvelopeKey, EnvelopeNeed>& envelope_needs() const { return needs_; }
  // The draft's funders in their order, then those of the published versions.
  const std::vector<std::string>& funders() const { return funders_; }

 private:
  struct Sums {
    int64_t cost = 0, aid = 0, company = 0;
  };
  struct Shares {
    int64_t before = 0, after = 0;
    int64_t refused = 0;  // of before
  };
  using ByFunder = std::map<std::string, Shares>;

  const programme::v1::Rulebook* Version(int version) const;
  std::string TermsDate(const LiveCase& live) const;
  bool Governs(const LiveCase& live) const;
  void JudgeEligibility(const LiveCase& live, v1::CaseImpact* impact);
  void Reckon(const LiveCase& live, v1::CaseImpact* impact);
  std::optional<rules::CoverageRefusal> Decide(const LiveCase& live);
  void AddDecided(ByFunder* shares, Sums* after) const;
  void Refuse(const rules::CoverageRefusal& refusal, v1::CaseImpact* impact);
  void AddShares(const LiveCase& live, const ByFunder& shares, v1::CaseImpact* impact);
  static void Add(const Sums& one, Sums* sums);
  static void SetAmounts(const Sums& sums, v1::ImpactAmounts* amounts);

  const programme::v1::Rulebook& draft_;
  const std::vector<programme::v1::Rulebook>& published_;
  const std::string today_;
  const rules::CompiledRulebook compiled_;
  rules::Decision decision_;  // its memory is used again
  std::vector<std::string> funders_;

  v1::ImpactSummary counts_;
  Sums before_, after_, refused_;
  std::map<std::string, std::pair<int32_t, Shares>> by_funder_;  // agreements that change, sums
  std::map<std::string, int32_t> refusals_;
  std::map<EnvelopeKey, EnvelopeNeed> needs_;
};

}  // namespace jalon::funding

#endif  // JALON_FUNDING_IMPACT_H_
