#ifndef JALON_CLIENTS_CLI_PLANNING_H_
#define JALON_CLIENTS_CLI_PLANNING_H_

#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/command.h"
#include "jalon/calendar/v1/planning.pb.h"

namespace jalon::cli {

// "tuesday:am", "mardi:matin", "fri" (the whole day). What cannot be read is INVALID_ARGUMENT with a
// sentence.
absl::StatusOr<calendar::v1::WeeklyHalf> ParseWeeklyHalf(const std::string& typed, Language language);

// Choices for a half-day that finds no place, for people.
void PrintAlternatives(Session& session, const calendar::v1::SuggestAlternativesResponse& found);

}  // namespace jalon::cli

#endif  // JALON_CLIENTS_CLI_PLANNING_H_
