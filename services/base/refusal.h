#ifndef JALON_BASE_REFUSAL_H_
#define JALON_BASE_REFUSAL_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/language.h"
#include "jalon/common/v1/reason.pb.h"

namespace jalon {

using common::v1::Reason;
using Metadata = std::map<std::string, std::string>;

// Why a call is refused, as an absl::Status that carries the reason as a google.rpc.ErrorInfo. Its code and
// its sentences are those that the contract gives the reason (jalon/common/v1/reason.proto).
absl::Status Refuse(Reason reason, const Metadata& metadata = {});

// The reason a status carries; REASON_UNSPECIFIED when it carries none.
Reason ReasonOf(const absl::Status& status);
Metadata MetadataOf(const absl::Status& status);

// What a person reads for it: a value whose key ends in _cents is told as an amount, a state in the
// language's own word.
std::string Sentence(Reason reason, const Metadata& metadata, Language language);

// "SLOT_TAKEN" for REASON_SLOT_TAKEN, and back; REASON_UNSPECIFIED for a name that is not one.
std::string_view ReasonName(Reason reason);
Reason ReasonFromName(std::string_view name);

// Something wrong with a field of a request.
struct Violation {
  std::string field;  // path, as entries[2].date
  std::string fr;
  std::string en;
};

// INVALID_REQUEST with every violation, as a google.rpc.BadRequest in the language asked for.
absl::Status RefuseInvalid(const std::vector<Violation>& violations, Language language);

}  // namespace jalon

#endif  // JALON_BASE_REFUSAL_H_
