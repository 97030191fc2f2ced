#ifndef JALON_FUNDING_IMPACT_STORE_H_
#define JALON_FUNDING_IMPACT_STORE_H_

#include <vector>

#include "area/store.h"
#include "funding/impact.h"
#include "jalon/funding/v1/funding_service.pb.h"
#include "jalon/programme/v1/rulebook.pb.h"

namespace jalon::funding {

class ImpactStore : area::Store {
 public:
  using Store::Store;

  // Holds the live cases of the draft's programme against it, all as of one instant, and sends what comes of
  // it. Refusals: PROGRAMME_NOT_FOUND.
  absl::Status Measure(const rpc::CallContext& call, const programme::v1::Rulebook& draft,
                       bool include_unchanged,
                       const rpc::Sender<v1::MeasureRulebookImpactResponse>& send) const;
};

}  // namespace jalon::funding

#endif  // JALON_FUNDING_IMPACT_STORE_H_
