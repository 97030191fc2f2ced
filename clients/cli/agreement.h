#ifndef JALON_CLIENTS_CLI_AGREEMENT_H_
#define JALON_CLIENTS_CLI_AGREEMENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/language.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::cli {

// "diagnosis:10", "accompaniment:40@1300" or "audit:5=12000": phase, days, and the price of a day or of the
// whole where the rulebook does not fix that of the phase. What cannot be read is INVALID_ARGUMENT with a
// sentence.
absl::StatusOr<funding::v1::AgreedPhase> ParseAgreedPhase(const std::string& typed, Language language);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_AGREEMENT_H_
