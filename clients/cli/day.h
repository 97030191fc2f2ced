#ifndef JALON_CLIENTS_CLI_DAY_H_
#define JALON_CLIENTS_CLI_DAY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/language.h"
#include "jalon/common/v1/types.pb.h"

namespace jalon::cli {

struct HalfDaySlot {
  std::string date;
  common::v1::Half half;
};

// "2026-03-14" is both halves of the day unless `half` says which, "2026-03-14:am" the one named. What cannot
// be read is INVALID_ARGUMENT with a sentence.
absl::StatusOr<std::vector<HalfDaySlot>> ParseHalfDaySlots(const std::string& typed, const std::string& half,
                                                           Language language);

// What was typed, between the language's quotation marks.
std::string Quoted(const std::string& typed, Language language);

// "am", "pm", "matin", "afternoon" and the like.
absl::StatusOr<common::v1::Half> ParseHalf(const std::string& typed, Language language);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_DAY_H_
