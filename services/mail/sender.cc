#include "mail/sender.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <mutex>

#include "base/log.h"

namespace jalon::mail {
namespace {

struct EndHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct EndList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// The text on its way. Once it has ended, its last line may be out.
struct Upload {
  std::string_view left;
  bool ended = false;
};

size_t Give(char* buffer, size_t size, size_t count, void* user) {
  auto* upload = static_cast<Upload*>(user);
  const size_t length = std::min(size * count, upload->left.size());
  if (length == 0) upload->ended = true;
  std::memcpy(buffer, upload->left.data(), length);
  upload->left.remove_prefix(length);
  return length;
}

Outcome Judge(CURLcode result, long reply, bool ended) {
  if (result == CURLE_OK) return Outcome::kAccepted;
  const bool refused_now = reply >= 400 && reply < 500, refused_for_good = reply >= 500 && reply < 600;
  if (ended && !refused_now && !refused_for_good) return Outcome::kUnknown;
  // A login that fails is our own fault, and will be mended.
  return refused_for_good && result != CURLE_LOGIN_DENIED ? Outcome::kRefused : Outcome::kAway;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sender>> Sender::Make(const ServerOptions& options) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (!options.url.starts_with("smtp://") && !options.url.starts_with("smtps://"))
    return absl::InvalidArgumentError("--smtp-url: wants smtp://host:port or smtps://host:port");
  const auto from = Mailbox::Parse(options.from);
  if (!from) return absl::InvalidArgumentError("--mail-from: wants an address, or \"Name <address>\"");
  return std::unique_ptr<Sender>(new Sender(options, *from));
}

Outcome Sender::Send(const Message& message) const {
  const std::unique_ptr<CURL, EndHandle> handle(curl_easy_init());
  const std::unique_ptr<curl_slist, EndList> recipients(
      curl_slist_append(nullptr, message.to.address.c_str()));
  const std::string wire = ToWire(message, from_, std::time(nullptr));
  Upload upload{.left = wire};
  // The path of the URL is the name under which we greet.
  const std::string url = options_.url + "/" + from_.address.substr(from_.address.find('@') + 1);
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle.get(), option, value); };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  set(CURLOPT_TIMEOUT, kTotalSeconds);
  set(CURLOPT_USE_SSL, static_cast<long>(options_.user.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
  if (!options_.user.empty()) {
    set(CURLOPT_USERNAME, options_.user.c_str());
    set(CURLOPT_PASSWORD, options_.password.c_str());
  }
  set(CURLOPT_MAIL_FROM, from_.address.c_str());
  set(CURLOPT_MAIL_RCPT, recipients.get());
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &Give);
  set(CURLOPT_READDATA, &upload);
  const CURLcode result = curl_easy_perform(handle.get());
  long reply = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &reply);
  if (result != CURLE_OK)
    Log(Severity::kWarning, "mail not sent",
        {{"error", curl_easy_strerror(result)}, {"reply", std::to_string(reply)}});
  return Judge(result, reply, upload.ended);
}

}  // namespace jalon::mail
