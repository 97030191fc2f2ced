#ifndef JALON_HTTP_FORM_H_
#define JALON_HTTP_FORM_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace jalon::http {

// Fields of a form as a browser sends it, application/x-www-form-urlencoded, which is percent-encoded UTF-8
// with + for a space. None where an escape is broken, a name comes twice, or there are more fields than
// `most`: no page of ours sends such a form.
using Form = std::map<std::string, std::string, std::less<>>;
std::optional<Form> ParseForm(std::string_view body, size_t most);

}  // namespace jalon::http

#endif  // JALON_HTTP_FORM_H_
