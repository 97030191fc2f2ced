#ifndef JALON_AREA_STORE_H_
#define JALON_AREA_STORE_H_

#include <functional>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "google/protobuf/message.h"
#include "rpc/call_context.h"
#include "rpc/page.h"
#include "rpc/service.h"
#include "storage/database.h"
#include "storage/labels.h"

namespace jalon::area {

// What the store of every area is made of: reads, commands and pages, each one statement and one round trip.
class Store {
 public:
  explicit Store(storage::Database* database) : database_(database) {}

 protected:
  absl::StatusOr<storage::Rows> Read(const rpc::CallContext& call, const storage::Statement& statement,
                                     const storage::Params& params = {}) const {
    return Read(call.limits, statement, params);
  }
  absl::StatusOr<storage::Rows> Read(const Limits& limits, const storage::Statement& statement,
                                     const storage::Params& params) const {
    return database_->Run(limits, statement, params);
  }

  // Runs a command: $1 to $4 are the fields of its common.call, `params` begin at $5.
  absl::StatusOr<storage::Rows> Command(const rpc::CallContext& call, const storage::Statement& statement,
                                        const storage::Params& params) const;
  // The same for validate_only: what the command would answer, and nothing of it stays.
  absl::StatusOr<storage::Rows> CommandInVain(const rpc::CallContext& call,
                                              const storage::Statement& statement,
                                              const storage::Params& params) const;

  absl::Status InSnapshot(const rpc::CallContext& call,
                          const std::function<absl::Status(storage::Snapshot&)>& read) const {
    return database_->InSnapshot(call.limits, read);
  }

  // Reads one row into a message. `missing` is the refusal when there is none.
  template <class Resource>
  absl::StatusOr<Resource> ReadOne(const rpc::CallContext& call, const storage::Statement& statement,
                                   const storage::Params& params, const absl::Status& missing) const {
    ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, statement, params));
    if (rows.empty()) return missing;
    return rows.Read<Resource>(0);
  }

  // Runs a command that answers with one row.
  template <class Resource>
  absl::StatusOr<Resource> CommandOne(const rpc::CallContext& call, const storage::Statement& statement,
                                      const storage::Params& params) const {
    ASSIGN_OR_RETURN(const storage::Rows rows, Command(call, statement, params));
    return rows.Read<Resource>(0);
  }

  // Reads a page as a list response, its items in the field `items`: $1 is the key after which it begins
  // (NULL: the first page), $2 how many rows to fetch, `params` begin at $3. Every row has its key in the
  // column #key.
  template <class Response>
  absl::StatusOr<rpc::Encoded<Response>> ReadPage(const rpc::CallContext& call,
                                                  const google::protobuf::Message& request,
                                                  const storage::Statement& statement,
                                                  const storage::Params& params, const char* items) const {
    ASSIGN_OR_RETURN(const std::string secret, PageSecret(call.limits));
    ASSIGN_OR_RETURN(const rpc::Page page, rpc::ReadPage(secret, call, request));
    ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, statement, PageParams(page, params)));
    Response rest;
    if (rows.size() > page.size)
      rest.set_next_page_token(rpc::PageToken(secret, call, request, rows.Text(page.size - 1, "#key")));
    rpc::Encoded<Response> response{rest.SerializeAsString()};
    rows.Encode<Response>(0, std::min(rows.size(), page.size), items, &response.wire);
    return response;
  }

  // Sends everything that a paged statement finds, each row a response with the row in its field `item`, page
  // by page, until the caller leaves.
  template <class Response>
  absl::Status SendAll(const rpc::CallContext& call, const storage::Statement& statement,
                       const storage::Params& params, const char* item,
                       const rpc::Sender<Response>& send) const {
    for (rpc::Page page{.after = "", .size = 1000};;) {
      ASSIGN_OR_RETURN(const storage::Rows rows, Read(call, statement, PageParams(page, params)));
      const int count = std::min(rows.size(), page.size);
      for (int row = 0; row < count; ++row) {
        rpc::Encoded<Response> response;
        rows.Encode<Response>(row, 1, item, &response.wire);
        if (!send(response)) return absl::OkStatus();
      }
      if (rows.size() <= page.size) return absl::OkStatus();
      page.after = rows.Text(page.size - 1, "#key");
    }
  }

 private:
  static storage::Params CommandParams(const rpc::CallContext& call, const storage::Params& params);
  static storage::Params PageParams(const rpc::Page& page, const storage::Params& filter);
  // The key that signs page tokens. The database keeps it, so that a token is good at every process that
  // serves this area and after a restart; it is read with the first page and then remembered.
  absl::StatusOr<std::string> PageSecret(const Limits& limits) const;

  storage::Database* database_;
  mutable std::mutex mutex_;
  mutable std::string page_secret_;  // empty until it was read
};

}  // namespace jalon::area

#endif  // JALON_AREA_STORE_H_
