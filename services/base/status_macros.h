#ifndef JALON_BASE_STATUS_MACROS_H_
#define JALON_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Leaves the function with the error of `expression`, if it is one.
#define RETURN_IF_ERROR(expression)                                           \
  do {                                                                        \
    if (::absl::Status status_ = (expression); !status_.ok()) return status_; \
  } while (false)

#define JALON_CONCAT_INNER(a, b) a##b
#define JALON_CONCAT(a, b) JALON_CONCAT_INNER(a, b)
#define JALON_ASSIGN_OR_RETURN(result, declaration, expression) \
  auto result = (expression);                                   \
  if (!result.ok()) return std::move(result).status();          \
  declaration = *std::move(result)

// Declares or assigns the value of a StatusOr, or leaves the function with its error.
#define ASSIGN_OR_RETURN(declaration, expression) \
  JALON_ASSIGN_OR_RETURN(JALON_CONCAT(status_or_, __LINE__), declaration, expression)

#endif  // JALON_BASE_STATUS_MACROS_H_
