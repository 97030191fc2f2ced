#ifndef JALON_HTTP_EXCHANGE_H_
#define JALON_HTTP_EXCHANGE_H_

#include <functional>
#include <string>

#include "base/deadline.h"
#include "base/language.h"

namespace jalon::http {

// What a handler is told of a request. A HEAD reaches it as a GET.
struct Request {
  bool post = false;
  std::string tail;  // of the path, after the route's prefix
  std::string body;  // of a POST: a form, application/x-www-form-urlencoded
  std::string if_none_match;
  Language language = Language::kFrench;
  Limits limits;

  // Whether the asker has what this tag stands for. Ours are weak: the same content may travel compressed or
  // not.
  bool Knows(const std::string& etag) const {
    return if_none_match == "*" || if_none_match.find('"' + etag + '"') != std::string::npos;
  }
};

struct Response {
  int status = 200;
  std::string content_type = {};
  std::string body = {};
  std::string etag = {};  // without quotes; set: the answer may be kept if it is asked for again each time
  std::string location = {};  // of a redirection, relative
  std::string style = {};     // the base64 SHA-256 of the one inline style sheet that the page may use
  // The path named a token that opens nothing: whoever tries many is told to wait.
  bool wrong_token = false;
};

// Answers every path that begins with the prefix, as "/calendar/". A handler may run on several threads at
// once.
struct Route {
  std::string prefix;
  bool takes_posts = false;
  std::function<Response(const Request&)> answer;
};

}  // namespace jalon::http

#endif  // JALON_HTTP_EXCHANGE_H_
