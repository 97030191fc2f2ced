#ifndef JALON_PROGRAMME_PROGRAMME_STORE_H_
#define JALON_PROGRAMME_PROGRAMME_STORE_H_

#include "area/store.h"
#include "jalon/programme/v1/programme_service.pb.h"
#include "jalon/programme/v1/rulebook.pb.h"

namespace jalon::programme {

class ProgrammeStore : area::Store {
 public:
  using Store::Store;

  absl::StatusOr<v1::ListProgrammesResponse> List(const rpc::CallContext& call) const;
  // Refusals: PROGRAMME_NOT_FOUND.
  absl::StatusOr<v1::GetRulebookResponse> ReadRulebook(const rpc::CallContext& call,
                                                       const v1::GetRulebookRequest& request) const;
  // Whether Publish would take this version as things stand. Refusals: its own.
  absl::Status TryPublish(const rpc::CallContext& call, const v1::Rulebook& rulebook) const;
  // `source_hash`: SHA-256 of the source, in hexadecimal.
  absl::StatusOr<v1::RulebookVersion> Publish(const rpc::CallContext& call, const v1::Rulebook& rulebook,
                                              const std::string& source,
                                              const std::string& source_hash) const;
};

}  // namespace jalon::programme

#endif  // JALON_PROGRAMME_PROGRAMME_STORE_H_
