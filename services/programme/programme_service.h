#ifndef JALON_PROGRAMME_PROGRAMME_SERVICE_H_
#define JALON_PROGRAMME_PROGRAMME_SERVICE_H_

#include "area/area.h"
#include "programme/programme_store.h"
#include "rpc/service.h"

namespace jalon::programme {

// What is allowed: the handlers of jalon.programme.v1.ProgrammeService.
class ProgrammeService final : public rpc::Service {
 public:
  explicit ProgrammeService(storage::Database* database);

 private:
  absl::StatusOr<v1::PublishRulebookResponse> PublishRulebook(rpc::CallContext& call,
                                                              const v1::PublishRulebookRequest& request);

  absl::StatusOr<v1::DiffRulebooksResponse> DiffRulebooks(rpc::CallContext& call,
                                                          const v1::DiffRulebooksRequest& request);

  ProgrammeStore store_;
};

area::Area ProgrammeArea();

}  // namespace jalon::programme

#endif  // JALON_PROGRAMME_PROGRAMME_SERVICE_H_
