#ifndef JALON_HTTP_HTML_H_
#define JALON_HTTP_HTML_H_

#include <string>
#include <string_view>

namespace jalon::http {

// `text` as the content of an element or of a quoted attribute, whatever it holds.
std::string EscapeHtml(std::string_view text);

}  // namespace jalon::http

#endif  // JALON_HTTP_HTML_H_
