#ifndef JALON_RPC_CALL_CONTEXT_H_
#define JALON_RPC_CALL_CONTEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/language.h"
#include "jalon/common/v1/options.pb.h"

namespace jalon::rpc {

using Role = common::v1::Role;

// Who calls. What a role sees of the data is narrowed by the attributes: a consultant has its number, a
// funder its code, a company its SIREN.
struct Principal {
  std::string name;
  uint32_t roles = 0;  // bit n: the role of number n
  int64_t consultant_id = 0;
  std::string funder;
  std::string siren;

  bool Has(Role role) const { return (roles >> role & 1) != 0; }
  // Sees every case and every half-day.
  bool SeesAll() const { return Has(common::v1::ROLE_OFFICER) || Has(common::v1::ROLE_AUDITOR); }
};

// Everything a handler knows of the call it serves, beside the request.
struct CallContext {
  Principal principal;
  std::string_view method;   // as AdmitCase
  std::string request_id;    // of a command; empty for a read
  std::string request_hash;  // SHA-256 of the request
  Language language = Language::kFrench;
  std::string trace_id;  // 32 hexadecimal digits, W3C Trace Context
  Limits limits;
  CancelToken stopping;  // the process ends: a stream without an end of its own must find one
};

}  // namespace jalon::rpc

#endif  // JALON_RPC_CALL_CONTEXT_H_
