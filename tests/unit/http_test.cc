// The border with HTTP, without a database: what it parses, how often it lets one ask, and a server under
// requests that no browser sends.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <thread>

#include "http/form.h"
#include "http/html.h"
#include "http/limiter.h"
#include "http/server.h"

namespace jalon::http {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using ::testing::StartsWith;

TEST(Form, IsReadAsABrowserSendsIt) {
  EXPECT_THAT(ParseForm("a=1&b=d%C3%A9j%C3%A0+l%C3%A0&c=", 9),
              Optional(Form{{"a", "1"}, {"b", "déjà là"}, {"c", ""}}));
  EXPECT_THAT(ParseForm("", 9), Optional(Form{}));
  EXPECT_THAT(ParseForm("&&a&", 9), Optional(Form{{"a", ""}}));
  EXPECT_THAT(ParseForm("a=b=c%3D%26", 9), Optional(Form{{"a", "b=c=&"}}));
}

TEST(Form, IsRefusedWhereNoPageOfOursWouldSendIt) {
  EXPECT_EQ(ParseForm("a=1&a=2", 9), std::nullopt) << "which of the two?";
  EXPECT_EQ(ParseForm("a=%", 9), std::nullopt);
  EXPECT_EQ(ParseForm("a=%4", 9), std::nullopt);
  EXPECT_EQ(ParseForm("a=%zz", 9), std::nullopt);
  EXPECT_EQ(ParseForm("a=1&b=2&c=3", 2), std::nullopt);
}

TEST(Html, NothingInATextEndsItsElementOrAttribute) {
  EXPECT_EQ(EscapeHtml("<b a='x' c=\"y\">&amp;é"), "&lt;b a=&#39;x&#39; c=&quot;y&quot;&gt;&amp;amp;é");
}

TEST(RateLimit, GivesABurstThenAsTimeRefillsIt) {
  Limiter limiter(3, 60s);
  const Limiter::Clock::time_point start{};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Take("a", start));
  EXPECT_FALSE(limiter.Take("a", start));
  EXPECT_TRUE(limiter.Take("b", start)) << "an address apart";
  EXPECT_FALSE(limiter.Take("a", start + 19s));
  EXPECT_TRUE(limiter.Take("a", start + 20s));
  EXPECT_FALSE(limiter.Take("a", start + 20s));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Take("a", start + 600s)) << "full again, and no fuller";
  EXPECT_FALSE(limiter.Take("a", start + 600s));
}

TEST(RateLimit, WhoGoesOnWhileRefusedIsServedAgainAPeriodLater) {
  Limiter limiter(2, 60s);
  const Limiter::Clock::time_point start{};
  for (int i = 0; i < 1000; ++i) limiter.Count("a", start);
  EXPECT_FALSE(limiter.Allows("a", start + 29s));
  EXPECT_TRUE(limiter.Allows("a", start + 30s));
}

TEST(RateLimit, RemembersABoundedNumberOfAddresses) {
  Limiter limiter(2, 60s, 100);
  Limiter::Clock::time_point now{};
  for (int i = 0; i < 1000; ++i) limiter.Take(std::to_string(i), now);
  EXPECT_LE(limiter.addresses(), 100u);
  Limiter forgetful(2, 60s, 2);
  forgetful.Take("full again", now);
  now += 59s;
  forgetful.Count("busy", now);
  forgetful.Count("busy", now);
  forgetful.Take("new", now + 2s);
  EXPECT_FALSE(forgetful.Take("busy", now + 2s)) << "those that are full again are forgotten first";
}

// Sends bytes as they are, says that no more will come if so told, and reads to the end of the connection.
std::string Exchange(int port, const std::string& bytes, bool all = false) {
  const int wire = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(wire, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t n = send(wire, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) break;
    sent += static_cast<size_t>(n);
  }
  if (all) shutdown(wire, SHUT_WR);
  std::string answer;
  char buffer[4096];
  for (ssize_t n = 0; (n = recv(wire, buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<size_t>(n));
  close(wire);
  return answer;
}

std::string BodyOf(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

std::string Gunzipped(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  std::string text(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

std::string Gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string bytes(text.size() / 2 + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  deflate(&stream, Z_FINISH);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

// /echo/ gives the rest of the path back, /form/ a form's bytes; /echo/secret alone is a token it knows.
class HttpServer : public ::testing::Test {
 protected:
  HttpServer() {
    auto bound = Server::Bind("127.0.0.1:0");
    if (!bound.ok()) std::abort();
    server_ = *std::move(bound);
    const std::string& address = server_->address();
    port_ = std::stoi(address.substr(address.rfind(':') + 1));
    Route echo{.prefix = "/echo/", .takes_posts = false, .answer = [this](const Request& request) {
                 ++answered_;
                 if (request.tail == "throw") throw std::runtime_error("a defect");
                 Response response{.content_type = "text/plain; charset=utf-8",
                                   .body = request.tail + " " + std::string(2000, 'x'),
                                   .etag = "tag1"};
                 response.wrong_token = request.tail == "wrong";
                 return response;
               }};
    Route form{.prefix = "/form/", .takes_posts = true, .answer = [this](const Request& request) {
                 ++answered_;
                 return Response{.content_type = "text/plain",
                                 .body = (request.post ? "posted " : "got ") + request.body,
                                 .style = "abc="};
               }};
    server_->Serve({std::move(echo), std::move(form)});
  }

  std::string Ask(const std::string& line, const std::string& headers = "", const std::string& body = "") {
    return Exchange(port_, line + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body);
  }
  std::string Post(const std::string& headers, const std::string& body) {
    return Ask("POST /form/a", "Content-Length: " + std::to_string(body.size()) + "\r\n" + headers, body);
  }

  std::unique_ptr<Server> server_;
  int port_ = 0;
  std::atomic<int> answered_ = 0;
};

constexpr char kFormHeader[] = "Content-Type: application/x-www-form-urlencoded\r\n";

TEST_F(HttpServer, AnswersWithTheHeadersThatKeepASecretPathSecret) {
  const std::string page = Ask("GET /form/a");
  EXPECT_THAT(page,
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Cache-Control: no-store\r\n"),
                    HasSubstr("Referrer-Policy: no-referrer\r\n"),
                    HasSubstr("X-Content-Type-Options: nosniff\r\n"), HasSubstr("X-Robots-Tag: noindex"),
                    HasSubstr("default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
                              "form-action 'self'; style-src 'sha256-abc='\r\n")));
  EXPECT_THAT(page, Not(HasSubstr("ETag"))) << "no-store and a tag would contradict each other";
  EXPECT_THAT(Ask("GET /nowhere"), AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("no-referrer")));
}

TEST_F(HttpServer, SaysWhatHasNotChangedInAFewBytes) {
  const std::string first = Ask("GET /echo/a");
  EXPECT_THAT(first, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("ETag: W/\"tag1\"\r\n"),
                           HasSubstr("Cache-Control: private, no-cache\r\n")));
  for (const char* known : {"W/\"tag1\"", "\"tag1\"", "\"other\", W/\"tag1\"", "*"}) {
    const std::string again = Ask("GET /echo/a", std::string("If-None-Match: ") + known + "\r\n");
    EXPECT_THAT(again, StartsWith("HTTP/1.1 304")) << known;
    EXPECT_THAT(again, HasSubstr("ETag: W/\"tag1\"\r\n"));
    EXPECT_THAT(BodyOf(again), IsEmpty());
  }
  EXPECT_THAT(Ask("GET /echo/a", "If-None-Match: \"tag10\"\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServer, CompressesWhenAskedAndGivesAHeadNoBody) {
  const std::string plain = Ask("GET /echo/a"), packed = Ask("GET /echo/a", "Accept-Encoding: gzip\r\n");
  EXPECT_THAT(packed, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_LT(packed.size(), plain.size());
  EXPECT_EQ(Gunzipped(BodyOf(packed)), BodyOf(plain));
  const std::string head = Ask("HEAD /echo/a");
  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("ETag"),
                          HasSubstr("Content-Length: " + std::to_string(BodyOf(plain).size()))));
  EXPECT_THAT(BodyOf(head), IsEmpty());
}

TEST_F(HttpServer, TakesAFormAndNothingElse) {
  EXPECT_THAT(Post(kFormHeader, "a=1"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("posted a=1")));
  EXPECT_THAT(Post("Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n", "a=1"),
              StartsWith("HTTP/1.1 200"));
  const int before = answered_;
  EXPECT_THAT(Post("Content-Type: multipart/form-data; boundary=x\r\n", "--x\r\n\r\n--x--\r\n"),
              StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(Post("", "a=1"), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(Ask("POST /echo/a", std::string(kFormHeader) + "Content-Length: 3\r\n", "a=1"),
              AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: GET, HEAD\r\n")));
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "PATCH"})
    EXPECT_THAT(Ask(std::string(method) + " /form/a"), StartsWith("HTTP/1.1 405")) << method;
  EXPECT_EQ(answered_, before) << "no handler hears of those";
}

TEST_F(HttpServer, ReadsNoMoreOfABodyThanItMay) {
  const std::string large(kMaxBodyBytes + 1, 'a');
  EXPECT_THAT(Post(kFormHeader, std::string(kMaxBodyBytes, 'a')), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Post(kFormHeader, large), StartsWith("HTTP/1.1 413"));
  // Small on the wire and large behind it, and one that does not say how large it is.
  EXPECT_THAT(Post(std::string(kFormHeader) + "Content-Encoding: gzip\r\n", Gzipped(large)),
              Not(HasSubstr("posted")));
  std::string chunks;
  for (int i = 0; i < 40; ++i) chunks += "4000\r\n" + std::string(0x4000, 'a') + "\r\n";
  EXPECT_THAT(
      Ask("POST /form/a", std::string(kFormHeader) + "Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n"),
      Not(HasSubstr("posted")));
}

TEST_F(HttpServer, NeverTakesAnUnreadBodyForTheNextRequest) {
  const std::string smuggled = "GET /echo/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string& answer :
       {Post("Content-Type: text/plain\r\n", smuggled),
        Ask("POST /echo/a", "Content-Length: " + std::to_string(smuggled.size()) + "\r\n", smuggled),
        Ask("GET /form/a", "Content-Length: " + std::to_string(smuggled.size()) + "\r\n", smuggled)}) {
    EXPECT_THAT(answer, Not(HasSubstr("smuggled")));
    EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "one answer";
  }
}

TEST_F(HttpServer, OutlivesWhatIsNoRequest) {
  for (const std::string& bytes :
       {std::string("\r\n\r\n"), std::string("GET\r\n\r\n"), std::string(100, '\0'),
        "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n",
        "GET /echo/a HTTP/1.1\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n",
        std::string("POST /form/a HTTP/1.1\r\nContent-Length: -1\r\n") + kFormHeader + "\r\n",
        std::string("GET /echo/%zz%00 HTTP/1.1\r\n\r\n")}) {
    const std::string answer = Exchange(port_, bytes, true);
    EXPECT_THAT(answer, Not(HasSubstr("posted")));
  }
  EXPECT_THAT(Ask("GET /echo/" + std::string(kMaxPathBytes, 'a')), StartsWith("HTTP/1.1 404"));
  const std::string failed = Ask("GET /echo/throw");
  EXPECT_THAT(failed, AllOf(StartsWith("HTTP/1.1 500"), Not(HasSubstr("a defect"))));
  EXPECT_THAT(Ask("GET /echo/a"), StartsWith("HTTP/1.1 200")) << "it still serves";
}

TEST_F(HttpServer, TellsWhoTriesManyTokensToWait) {
  for (int i = 0; i < kMaxWrongTokensAMinute; ++i)
    EXPECT_THAT(Ask("GET /echo/wrong"), StartsWith("HTTP/1.1 200"));
  const int before = answered_;
  EXPECT_THAT(Ask("GET /echo/wrong"), AllOf(StartsWith("HTTP/1.1 429"), HasSubstr("Retry-After: 60\r\n")));
  EXPECT_THAT(Ask("GET /echo/right"), StartsWith("HTTP/1.1 429")) << "or trying would tell";
  EXPECT_EQ(answered_, before) << "and nothing is looked up";
  // The proxy on this machine asks for others, of whom its own word is the last.
  EXPECT_THAT(Ask("GET /echo/right", "X-Forwarded-For: 203.0.113.9\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Ask("GET /echo/right", "X-Forwarded-For: 127.0.0.1, 203.0.113.9\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Ask("GET /echo/right", "X-Forwarded-For: 203.0.113.9, 127.0.0.1\r\n"),
              StartsWith("HTTP/1.1 429"));
}

TEST_F(HttpServer, ServesWhileSomeSayNothing) {
  std::vector<int> silent;
  for (int i = 0; i < kThreads - 1; ++i) {
    silent.push_back(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(connect(silent.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_THAT(Ask("GET /echo/a"), StartsWith("HTTP/1.1 200"));
  for (const int wire : silent) close(wire);
}

TEST_F(HttpServer, AnswersManyAtOnceAndStopsWhileAsked) {
  std::atomic<int> ok = 0;
  std::vector<std::thread> askers;
  for (int i = 0; i < 32; ++i)
    askers.emplace_back([&] {
      for (int n = 0; n < 10; ++n) ok += Ask("GET /echo/a").starts_with("HTTP/1.1 200");
    });
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(ok, 320);
  server_->Stop();
  server_->Stop();
}

TEST(HttpAddress, IsHostAndPort) {
  for (const char* wrong : {"", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"})
    EXPECT_FALSE(Server::Bind(wrong).ok()) << wrong;
  const auto first = Server::Bind("127.0.0.1:0");
  ASSERT_TRUE(first.ok());
  EXPECT_THAT((*first)->address(), Not(HasSubstr(":0")));
  EXPECT_FALSE(Server::Bind((*first)->address()).ok())
      << "two servers would each answer half of the requests";
}

}  // namespace
}  // namespace jalon::http
