#include "rpc/tokens.h"

#include <cctype>
#include <charconv>
#include <fstream>
#include <sstream>

#include "base/refusal.h"
#include "base/siren.h"
#include "base/status_macros.h"
#include "rpc/digest.h"

namespace jalon::rpc {
namespace {

absl::Status ReadRoles(const std::string& list, Principal* principal) {
  std::istringstream roles(list);
  for (std::string name; std::getline(roles, name, ',');) {
    std::string full = "ROLE_";
    for (const char c : name) full += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    Role role = common::v1::ROLE_UNSPECIFIED;
    if (!common::v1::Role_Parse(full, &role) || role == common::v1::ROLE_UNSPECIFIED)
      return absl::InvalidArgumentError("no role \"" + name + "\"");
    principal->roles |= 1u << role;
  }
  return absl::OkStatus();
}

absl::Status ReadAttribute(const std::string& text, Principal* principal) {
  const size_t equals = text.find('=');
  const std::string key = text.substr(0, equals),
                    value = equals == std::string::npos ? "" : text.substr(equals + 1);
  if (key == "consultant") {
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), principal->consultant_id);
    if (error == std::errc() && end == value.data() + value.size() && principal->consultant_id > 0)
      return absl::OkStatus();
  } else if (key == "funder" && !value.empty()) {
    principal->funder = value;
    return absl::OkStatus();
  } else if (const auto siren = Siren::Parse(value); key == "company" && siren) {
    principal->siren = siren->str();
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("cannot read \"" + text + "\"");
}

// A role that sees its own data only must say whose.
absl::Status CheckComplete(const Principal& principal) {
  using namespace common::v1;
  if (principal.Has(ROLE_CONSULTANT) && principal.consultant_id == 0)
    return absl::InvalidArgumentError("consultant= is missing");
  if (principal.Has(ROLE_FUNDER) && principal.funder.empty())
    return absl::InvalidArgumentError("funder= is missing");
  if (principal.Has(ROLE_COMPANY) && principal.siren.empty())
    return absl::InvalidArgumentError("company= is missing");
  return absl::OkStatus();
}

absl::StatusOr<Principal> ReadPrincipal(std::istringstream& words) {
  Principal principal;
  std::string roles, attribute;
  if (!(words >> principal.name >> roles)) return absl::InvalidArgumentError("expected: token name role");
  RETURN_IF_ERROR(ReadRoles(roles, &principal));
  while (words >> attribute) RETURN_IF_ERROR(ReadAttribute(attribute, &principal));
  RETURN_IF_ERROR(CheckComplete(principal));
  return principal;
}

}  // namespace

absl::StatusOr<Tokens> Tokens::Load(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError("cannot read the token file " + path);
  Tokens tokens;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::string token;
    if (!(words >> token)) continue;
    const auto refuse = [&](absl::string_view what) {
      return absl::InvalidArgumentError(path + ":" + std::to_string(number) + ": " + std::string(what));
    };
    auto principal = ReadPrincipal(words);
    if (!principal.ok()) return refuse(principal.status().message());
    // One token for two people would hide who did what.
    if (!tokens.by_digest_.emplace(Sha256(token), *std::move(principal)).second)
      return refuse("this token stands on a line above already");
  }
  return tokens;
}

absl::StatusOr<Principal> Tokens::Authenticate(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) return Refuse(common::v1::REASON_TOKEN_MISSING);
  const auto found = by_digest_.find(Sha256(authorization.substr(kScheme.size())));
  if (found == by_digest_.end()) return Refuse(common::v1::REASON_TOKEN_INVALID);
  return found->second;
}

}  // namespace jalon::rpc
