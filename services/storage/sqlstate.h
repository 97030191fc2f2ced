#ifndef JALON_STORAGE_SQLSTATE_H_
#define JALON_STORAGE_SQLSTATE_H_

#include <exception>
#include <string_view>

#include "absl/status/status.h"

namespace jalon::storage {

// What an exception of libpqxx means.
struct Fault {
  absl::Status status;
  bool again = false;      // the same statement may well succeed when run again
  bool broken = false;     // the connection is of no more use
  bool cancelled = false;  // somebody ended the statement
};

// `statement` names it in the log. What a person can do nothing about is logged whole and told as INTERNAL:
// no caller sees SQL or a driver's message.
Fault FaultOf(const std::exception& error, const char* statement);

// The same of an error that the server reported: its SQLSTATE and its message, as "ERROR:  SLOT_TAKEN {…}".
Fault FaultOfState(std::string_view state, std::string_view message, const char* statement);

}  // namespace jalon::storage

#endif  // JALON_STORAGE_SQLSTATE_H_
