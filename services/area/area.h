#ifndef JALON_AREA_AREA_H_
#define JALON_AREA_AREA_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/exchange.h"
#include "mail/sender.h"
#include "rpc/service.h"
#include "storage/database.h"

namespace jalon::area {

// Work that a service does by itself, over and over: folding summaries, extending the audit chain.
struct Chore {
  std::string name;
  std::chrono::milliseconds every;
  // True when there is more to do at once.
  std::function<absl::StatusOr<bool>(const Limits&)> run;
};

// What a service finds around it.
struct Surroundings {
  storage::Database* database;
  // Where the world finds the process's HTTP, as https://jalon.example, without a slash at the end; empty: it
  // has none.
  std::string public_url;
  // What mail goes out by; null: none does.
  const mail::Sender* mail = nullptr;
  // Of the day in Paris from which on digests go out.
  int digest_hour = 7;
};

// An area as a process sees it.
struct Area {
  std::string name;  // as calendar: its schema, and its role jalon_calendar
  std::function<std::unique_ptr<rpc::Service>(const Surroundings&)> make_service;
  std::function<std::vector<Chore>(const Surroundings&)> make_chores = [](const Surroundings&) {
    return std::vector<Chore>();
  };
  // What it serves over HTTP.
  std::function<std::vector<http::Route>(storage::Database*)> make_routes = [](storage::Database*) {
    return std::vector<http::Route>();
  };
};

}  // namespace jalon::area

#endif  // JALON_AREA_AREA_H_
