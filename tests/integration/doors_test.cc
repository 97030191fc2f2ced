#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <libical/ical.h>

#include <map>
#include <memory>
#include <regex>

#include "absl/strings/str_replace.h"
#include "rpc/digest.h"
#include "tests/support/programme.h"
#include "tests/support/world.h"

// What the calendar opens to those who have no account, over real sockets: feeds for calendar programs, and
// the page on which a company attests.
namespace jalon::test {
namespace {

using namespace calendar::v1;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kMonth[] = "2024-01";  // of kAdmittedOn

std::unique_ptr<Cluster> cluster;
std::unique_ptr<Stack> stack;

class WithHttp final : public ::testing::Environment {
 public:
  void SetUp() override {
    cluster = std::make_unique<Cluster>();
    stack = std::make_unique<Stack>(*cluster, Stack::Options{.topology = Topology::kOneProcess,
                                                             .database_dir = "",
                                                             .flags = {"--http", "127.0.0.1:0"},
                                                             .await_serving = true});
  }
  void TearDown() override {
    EXPECT_EQ(stack->Stop(), 0) << "SIGTERM ends it well";
    stack.reset();
    cluster.reset();
  }
};

struct Answer {
  int status = 0;
  std::string body;
  httplib::Headers headers;
  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

Answer AnswerOf(const httplib::Result& result) {
  EXPECT_TRUE(result) << httplib::to_string(result.error());
  return result ? Answer{result->status, result->body, result->headers} : Answer();
}

// The server's address and the path of "http://host:port/path".
std::pair<std::string, std::string> Split(const std::string& url) {
  const size_t slash = url.find('/', sizeof "http://" - 1);
  return {url.substr(0, slash), url.substr(slash)};
}

Answer Get(const std::string& url, const httplib::Headers& headers = {}) {
  const auto [host, path] = Split(url);
  return AnswerOf(httplib::Client(host).Get(path, headers));
}

using Fields = std::vector<std::pair<std::string, std::string>>;
Answer Post(const std::string& url, const Fields& fields) {
  const auto [host, path] = Split(url);
  httplib::Params form;
  for (const auto& [name, value] : fields) form.emplace(name, value);
  return AnswerOf(httplib::Client(host).Post(path, form));
}

// The events of a calendar, by UID: its status, summary and start.
std::map<std::string, std::string> EventsOf(const std::string& text) {
  std::map<std::string, std::string> events;
  icalcomponent* const calendar = icalparser_parse_string(text.c_str());
  EXPECT_NE(calendar, nullptr) << text;
  if (calendar == nullptr) return events;
  EXPECT_NE(icalrestriction_check(calendar), 0);
  for (icalcomponent* event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
       event != nullptr; event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
    events[icalcomponent_get_uid(event)] =
        std::string(icalenum_status_to_string(icalcomponent_get_status(event))) + " " +
        icalcomponent_get_summary(event) + " " + icaltime_as_ical_string(icalcomponent_get_dtstart(event));
  }
  icalcomponent_free(calendar);
  return events;
}

class Doors : public ::testing::Test {
 protected:
  Doors() { programme_.GivenAssignment(case_id_, consultant_); }
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  CreateFeedRequest FeedRequest(FeedKind kind, std::vector<int64_t> cases = {}) const {
    CreateFeedRequest request;
    request.set_request_id(NewId());
    request.set_kind(kind);
    if (kind == FEED_KIND_CONSULTANT) request.set_consultant_id(consultant_);
    for (const int64_t id : cases) request.add_case_ids(id);
    return request;
  }
  std::string GivenFeed(const CreateFeedRequest& request) {
    return programme_.Must<CreateFeedResponse>("CalendarService.CreateFeed", request).url();
  }
  Outcome TryFeed(const std::string& token, CreateFeedRequest request) {
    request.set_request_id(NewId());
    return Outcome::Of(stack->Connect(token)
                           ->Call<CreateFeedResponse>("CalendarService.CreateFeed", request, Once())
                           .status());
  }
  HalfDayEntry Recorded(int n) {
    HalfDayEntry entry = EntryOf(case_id_, consultant_, NthWorkingHalfDay(n));
    EXPECT_THAT(Record(programme_.officer(), entry), IsAccepted());
    return entry;
  }
  std::string StateOf(const HalfDayEntry& entry) {
    return cluster->Sql(
        "select state || coalesce(' ' || dispute, '') from calendar.half_day where half_day_id = '" +
        entry.half_day_id() + "'");
  }

  CreateAttestationLinkRequest LinkRequest() const {
    CreateAttestationLinkRequest request;
    request.set_request_id(NewId());
    request.set_case_id(case_id_);
    request.set_consultant_id(consultant_);
    request.set_month(kMonth);
    return request;
  }
  CreateAttestationLinkResponse GivenLink() {
    return programme_.Must<CreateAttestationLinkResponse>("CalendarService.CreateAttestationLink",
                                                          LinkRequest());
  }
  AttestByCodeRequest ByCode(const std::string& code, const std::vector<std::string>& ids) const {
    AttestByCodeRequest request;
    request.set_request_id(NewId());
    request.set_case_id(case_id_);
    request.set_consultant_id(consultant_);
    request.set_month(kMonth);
    request.set_code(code);
    request.mutable_attestation()->set_signer("Jeanne Martin");
    for (const std::string& id : ids) request.mutable_attestation()->add_half_day_ids(id);
    return request;
  }
  static std::string TokenIn(const std::string& url) {
    std::string token = url.substr(url.rfind('/') + 1);
    if (token.ends_with(".ics")) token.resize(token.size() - 4);
    return token;
  }
  AttestByLinkRequest ByLink(const std::string& url, const std::vector<std::string>& ids) const {
    AttestByLinkRequest request;
    request.set_request_id(NewId());
    request.set_token(TokenIn(url));
    request.mutable_attestation()->set_signer("Jeanne Martin");
    for (const std::string& id : ids) request.mutable_attestation()->add_half_day_ids(id);
    return request;
  }
  // Of whoever has the link: nobody we know.
  static Outcome Try(const AttestByLinkRequest& request) {
    return Outcome::Of(stack->Connect("")
                           ->Call<AttestByLinkResponse>("CalendarService.AttestByLink", request, Once())
                           .status());
  }
  Outcome Try(const AttestByCodeRequest& request) {
    return programme_.Try<AttestByCodeResponse>("CalendarService.AttestByCode", request);
  }
  static std::string Uid(const HalfDayEntry& entry) { return entry.half_day_id() + "@jalon"; }

  int runs_ = 0;
  Programme programme_{*stack};
  const std::string siren_ = programme_.GivenCompany();
  const int64_t case_id_ = programme_.GivenCaseWithGrant(HalfDays{20}, kAdmittedOn, siren_);
  const int64_t consultant_ = programme_.GivenConsultant();
};

class Feeds : public Doors {};
class Attestations : public Doors {};

TEST_F(Feeds, TellTheHalfDaysAsTheyAre) {
  const HalfDayEntry first = Recorded(0);
  for (const std::string& url :
       {GivenFeed(FeedRequest(FEED_KIND_CONSULTANT)), GivenFeed(FeedRequest(FEED_KIND_CASE, {case_id_})),
        GivenFeed(FeedRequest(FEED_KIND_PORTFOLIO, {case_id_}))}) {
    const Answer before = Get(url);
    EXPECT_EQ(before.status, 200);
    EXPECT_EQ(before.Header("Content-Type"), "text/calendar; charset=utf-8");
    EXPECT_THAT(absl::StrReplaceAll(before.body, {{"\r\n ", ""}}), HasSubstr("Accompagnement"))
        << "phases by their title; long lines are folded";
    EXPECT_THAT(EventsOf(before.body)[Uid(first)],
                AllOf(StartsWith("CONFIRMED "), HasSubstr("20240108T090000")));

    // Nothing new costs no more than the question.
    const std::string etag = before.Header("ETag");
    const Answer same = Get(url, {{"If-None-Match", etag}});
    EXPECT_EQ(same.status, 304);
    EXPECT_THAT(same.body, IsEmpty());
    EXPECT_EQ(Get(url).body, before.body);

    // What changed is there at once.
    const HalfDayEntry planned = EntryOf(case_id_, consultant_, NthWorkingHalfDay(10 + ++runs_));
    ASSERT_THAT(Plan(programme_.officer(), planned), IsAccepted());
    const Answer after = Get(url, {{"If-None-Match", etag}});
    EXPECT_EQ(after.status, 200);
    EXPECT_NE(after.Header("ETag"), etag);
    EXPECT_THAT(EventsOf(after.body), Contains(testing::Key(Uid(planned))));

    // Cancelled: told for thirty days, then gone.
    ASSERT_THAT(Cancel(programme_.officer(), planned.half_day_id()), IsAccepted());
    EXPECT_THAT(EventsOf(Get(url).body)[Uid(planned)], StartsWith("CANCELLED "));
    cluster->Sql(
        "update calendar.half_day set updated_at = now() - interval '31 days' where half_day_id = '" +
        planned.half_day_id() + "'");
    EXPECT_THAT(EventsOf(Get(url).body), Not(Contains(testing::Key(Uid(planned)))));
  }
}

TEST_F(Feeds, AreSmallOnTheWire) {
  for (int n = 0; n < 20; ++n) Recorded(n);
  const auto [host, path] = Split(GivenFeed(FeedRequest(FEED_KIND_CONSULTANT)));
  httplib::Client client(host);
  client.set_decompress(false);
  // Without the header, newer versions of the client ask for whatever they can unpack.
  const Answer plain = AnswerOf(client.Get(path, {{"Accept-Encoding", "identity"}}));
  const Answer packed = AnswerOf(client.Get(path, {{"Accept-Encoding", "gzip"}}));
  EXPECT_EQ(packed.Header("Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size() * 4, plain.body.size());
  EXPECT_EQ(packed.Header("ETag"), plain.Header("ETag"));
  const Answer head = AnswerOf(client.Head(path));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("ETag"), plain.Header("ETag"));
  EXPECT_THAT(head.body, IsEmpty());
}

TEST_F(Feeds, OfAPortfolioFollowItsCases) {
  const int64_t other = programme_.GivenCaseWithGrant(HalfDays{10});
  programme_.GivenAssignment(other, consultant_);
  const HalfDayEntry mine = Recorded(0), theirs = EntryOf(other, consultant_, NthWorkingHalfDay(1));
  ASSERT_THAT(Record(programme_.officer(), theirs), IsAccepted());
  const auto feed = programme_.Must<CreateFeedResponse>("CalendarService.CreateFeed",
                                                        FeedRequest(FEED_KIND_PORTFOLIO, {case_id_}));
  EXPECT_THAT(EventsOf(Get(feed.url()).body), SizeIs(1));
  SetFeedCasesRequest cases;
  cases.set_request_id(NewId());
  cases.set_feed_id(feed.feed().feed_id());
  cases.add_case_ids(case_id_);
  cases.add_case_ids(other);
  programme_.Must<SetFeedCasesResponse>("CalendarService.SetFeedCases", cases);
  EXPECT_THAT(EventsOf(Get(feed.url()).body), SizeIs(2));
}

TEST_F(Feeds, AnAddressIsGoodUntilItIsRevokedAndIsKeptNowhere) {
  const auto created = programme_.Must<CreateFeedResponse>("CalendarService.CreateFeed",
                                                           FeedRequest(FEED_KIND_CASE, {case_id_}));
  const std::string token = TokenIn(created.url());
  EXPECT_THAT(token, SizeIs(43)) << "256 bits";
  EXPECT_EQ(cluster->Sql("select encode(digest, 'hex') from calendar.feed where feed_id = " +
                         std::to_string(created.feed().feed_id())),
            rpc::Hex(rpc::Sha256(token)));
  EXPECT_EQ(Get(created.url()).status, 200);
  EXPECT_EQ(cluster->Sql("select (select count(*) from common.request r where r::text like '%" + token +
                         "%') + (select count(*) from audit.event e where e::text like '%" + token +
                         "%') + (select count(*) from calendar.feed f where f::text like '%" + token + "%')"),
            "0");
  EXPECT_THAT(stack->Log(), Not(HasSubstr(token)));

  RevokeFeedRequest revoke;
  revoke.set_request_id(NewId());
  revoke.set_feed_id(created.feed().feed_id());
  EXPECT_TRUE(
      programme_.Must<RevokeFeedResponse>("CalendarService.RevokeFeed", revoke).feed().has_revoked_at());
  EXPECT_EQ(Get(created.url()).status, 404);
  EXPECT_EQ(Get(created.url(), {{"If-None-Match", "*"}}).status, 404);
  revoke.set_request_id(NewId());
  EXPECT_TRUE(
      programme_.Must<RevokeFeedResponse>("CalendarService.RevokeFeed", revoke).feed().has_revoked_at())
      << "once more changes nothing";
}

TEST_F(Feeds, ARetryHasTheSameFeedUnderANewAddress) {
  const CreateFeedRequest request = FeedRequest(FEED_KIND_CONSULTANT);
  const auto first = programme_.Must<CreateFeedResponse>("CalendarService.CreateFeed", request);
  const auto again = programme_.Must<CreateFeedResponse>("CalendarService.CreateFeed", request);
  EXPECT_EQ(first.feed().feed_id(), again.feed().feed_id());
  EXPECT_EQ(Get(first.url()).status, 404);
  EXPECT_EQ(Get(again.url()).status, 200);
  EXPECT_EQ(
      cluster->Sql("select count(*) from calendar.feed where consultant_id = " + std::to_string(consultant_)),
      "1");
}

TEST_F(Feeds, AreOpenedOfTheOwnHalfDaysOnly) {
  const int64_t other = programme_.GivenConsultant();
  const auto mine = FeedRequest(FEED_KIND_CONSULTANT), of_case = FeedRequest(FEED_KIND_CASE, {case_id_});
  EXPECT_THAT(TryFeed(ConsultantToken(consultant_), mine), IsAccepted());
  EXPECT_THAT(TryFeed(ConsultantToken(other), mine), HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(TryFeed(ConsultantToken(consultant_), of_case), HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(TryFeed(CompanyToken(siren_), of_case), IsAccepted());
  EXPECT_THAT(TryFeed(CompanyToken(siren_), mine), HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(TryFeed(CompanyToken(programme_.GivenCompany()), of_case), HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(TryFeed(CompanyToken(siren_), FeedRequest(FEED_KIND_PORTFOLIO, {case_id_})),
              HasReason(REASON_NOT_ALLOWED));
  EXPECT_THAT(TryFeed(kOfficer, FeedRequest(FEED_KIND_CASE, {999'999'999})),
              HasReason(REASON_CASE_NOT_FOUND));
  EXPECT_THAT(TryFeed(kOfficer, FeedRequest(FEED_KIND_CASE, {case_id_, case_id_})),
              HasReason(REASON_INVALID_REQUEST));
  CreateFeedRequest both = mine;
  both.add_case_ids(case_id_);
  EXPECT_THAT(TryFeed(kOfficer, both), HasReason(REASON_INVALID_REQUEST));
  both = mine;
  both.set_consultant_id(999'999'999);
  EXPECT_THAT(TryFeed(kOfficer, both), HasReason(REASON_CONSULTANT_NOT_FOUND));

  const auto seen = [&](const std::string& token) {
    ListFeedsRequest list;
    list.set_page_size(1000);
    const auto feeds =
        stack->Connect(token)->Call<ListFeedsResponse>("CalendarService.ListFeeds", list, Patient());
    EXPECT_TRUE(feeds.ok()) << feeds.status();
    return feeds.ok() ? feeds->feeds_size() : -1;
  };
  EXPECT_EQ(seen(ConsultantToken(consultant_)), 1);
  EXPECT_EQ(seen(ConsultantToken(other)), 0);
  EXPECT_EQ(seen(CompanyToken(siren_)), 1);
  EXPECT_GE(seen(kAuditor), 2);
}

TEST_F(Attestations, ACompanySignsItsSheetOnThePage) {
  const HalfDayEntry first = Recorded(0), second = Recorded(1), third = Recorded(2);
  const std::string url = GivenLink().url();
  const Answer page = Get(url, {{"Accept-Language", "en"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, AllOf(HasSubstr("January 2024"), HasSubstr(first.half_day_id()),
                               HasSubstr(second.half_day_id()), HasSubstr(third.half_day_id())));
  EXPECT_THAT(page.body, Not(HasSubstr(TokenIn(url))));
  EXPECT_EQ(page.Header("Cache-Control"), "no-store");
  EXPECT_EQ(page.Header("Referrer-Policy"), "no-referrer");
  EXPECT_THAT(page.Header("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  std::smatch id;
  ASSERT_TRUE(std::regex_search(page.body, id, std::regex("name=\"request_id\" value=\"([^\"]+)\"")));

  // What is missing is said, and nothing is done.
  Fields form = {{"request_id", id[1]},
                 {"half_day." + first.half_day_id(), "attest"},
                 {"half_day." + second.half_day_id(), "attest"},
                 {"half_day." + third.half_day_id(), "dispute"},
                 {"reason." + third.half_day_id(), ""},
                 {"signer", "Jeanne Martin"}};
  const Answer incomplete = Post(url, form);
  EXPECT_EQ(incomplete.status, 422);
  EXPECT_THAT(incomplete.body, AllOf(HasSubstr("role=\"alert\""), HasSubstr("Jeanne Martin")));
  EXPECT_EQ(StateOf(first), "performed");

  form[4].second = "Absent ce jour-là <b>";
  const Answer posted = Post(url, form);
  EXPECT_EQ(posted.status, 303);
  EXPECT_EQ(posted.Header("Location"), TokenIn(url));
  EXPECT_EQ(StateOf(first), "attested");
  EXPECT_EQ(StateOf(second), "attested");
  EXPECT_EQ(StateOf(third), "performed Absent ce jour-là <b>");
  EXPECT_EQ(
      cluster->Sql("select string_agg(distinct actor || ' ' || (details ->> 'signer'), '|') from audit.event "
                   "where subject in ('half_day/" +
                   first.half_day_id() + "', 'half_day/" + third.half_day_id() +
                   "') and action in ('half_day.attested', 'half_day.disputed')"),
      cluster->Sql(
          "select 'attestation-link-' || max(link_id) || ' Jeanne Martin' from calendar.attestation_link"));

  calendar::v1::GetSheetRequest sheet;
  sheet.set_case_id(case_id_);
  sheet.set_consultant_id(consultant_);
  sheet.set_month("2024-01");
  const auto signed_sheet =
      programme_.Must<calendar::v1::GetSheetResponse>("CalendarService.GetSheet", sheet);
  EXPECT_EQ(signed_sheet.half_days(0).attested_by(), "Jeanne Martin");

  // Once more: a reload that sends the same form again, and the receipt.
  EXPECT_EQ(Post(url, form).status, 303) << "the same request has its first answer";
  const Answer receipt = Get(url);
  EXPECT_EQ(receipt.status, 200);
  EXPECT_THAT(receipt.body, AllOf(HasSubstr("Jeanne Martin"), Not(HasSubstr("<form")),
                                  HasSubstr("Absent ce jour-là &lt;b&gt;")));
  EXPECT_THAT(Try(ByLink(url, {third.half_day_id()})), HasReason(REASON_LINK_USED));
  EXPECT_THAT(stack->Log(), Not(HasSubstr(TokenIn(url))));

  // The dispute is settled on a new link.
  EXPECT_THAT(Approve(programme_.officer(), third.half_day_id()), HasReason(REASON_HALF_DAY_DISPUTED));
  const std::string second_url = GivenLink().url();
  EXPECT_THAT(Get(second_url).body, HasSubstr("value=\"dispute\" checked"));
  EXPECT_THAT(Try(ByLink(second_url, {third.half_day_id()})), IsAccepted());
  EXPECT_EQ(StateOf(third), "attested");
}

TEST_F(Attestations, ALinkOpensOneSheetAndNothingElse) {
  const HalfDayEntry mine = Recorded(0);
  // Another month of the same, another consultant, another case.
  const HalfDayEntry next_month = Recorded(40);
  const int64_t colleague = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id_, colleague);
  const HalfDayEntry theirs = EntryOf(case_id_, colleague, NthWorkingHalfDay(0));
  ASSERT_THAT(Record(programme_.officer(), theirs), IsAccepted());
  ASSERT_THAT(next_month.date(), StartsWith("2024-02"));
  const std::string url = GivenLink().url();
  EXPECT_THAT(Get(url).body, AllOf(HasSubstr(mine.half_day_id()), Not(HasSubstr(next_month.half_day_id())),
                                   Not(HasSubstr(theirs.half_day_id()))));
  for (const HalfDayEntry& other : {next_month, theirs}) {
    EXPECT_THAT(Try(ByLink(url, {mine.half_day_id(), other.half_day_id()})),
                HasReason(REASON_HALF_DAY_NOT_FOUND));
    EXPECT_EQ(StateOf(other), "performed");
  }
  EXPECT_EQ(StateOf(mine), "performed") << "all or none";
  EXPECT_THAT(Try(ByLink(url, {mine.half_day_id(), mine.half_day_id()})), HasReason(REASON_INVALID_REQUEST));
  EXPECT_THAT(Try(ByLink(url, {})), HasReason(REASON_INVALID_REQUEST));
  // A feed's token is no link's, nor the other way round.
  const std::string feed = GivenFeed(FeedRequest(FEED_KIND_CASE, {case_id_}));
  const std::string base = Split(feed).first;
  EXPECT_EQ(Get(base + "/attest/" + TokenIn(feed)).status, 404);
  EXPECT_EQ(Get(base + "/calendar/" + TokenIn(url) + ".ics").status, 404);
  EXPECT_EQ(Get(url).status, 200);
}

TEST_F(Attestations, ALinkEndsWhenItExpiresIsRevokedOrReplaced) {
  const HalfDayEntry entry = Recorded(0);
  const auto first = GivenLink(), second = GivenLink();
  EXPECT_EQ(Get(first.url()).status, 404) << "a new link takes its place";
  EXPECT_EQ(first.replaced_link_id(), 0);
  EXPECT_EQ(second.replaced_link_id(), first.link().link_id()) << "and says so";
  EXPECT_EQ(Get(second.url()).status, 200);
  cluster->Sql(
      "update calendar.attestation_link set created_at = now() - interval '9 days', expires_at = now() - "
      "interval "
      "'1 day' where link_id = " +
      std::to_string(second.link().link_id()));
  const Answer expired = Get(second.url());
  EXPECT_EQ(expired.status, 410);
  EXPECT_THAT(expired.body, HasSubstr("expiré"));
  EXPECT_EQ(Post(second.url(), {{"signer", "x"}}).status, 410);
  EXPECT_THAT(Try(ByLink(second.url(), {entry.half_day_id()})), HasReason(REASON_LINK_EXPIRED));
  EXPECT_THAT(Try(ByCode(second.code(), {entry.half_day_id()})), HasReason(REASON_LINK_EXPIRED));

  const auto third = GivenLink();
  RevokeAttestationLinkRequest revoke;
  revoke.set_request_id(NewId());
  revoke.set_case_id(case_id_);
  revoke.set_consultant_id(consultant_);
  revoke.set_month(kMonth);
  const auto revoked =
      programme_.Must<RevokeAttestationLinkResponse>("CalendarService.RevokeAttestationLink", revoke);
  EXPECT_EQ(revoked.link().link_id(), third.link().link_id());
  EXPECT_TRUE(revoked.link().has_revoked_at());
  EXPECT_EQ(Get(third.url()).status, 404);
  EXPECT_EQ(Post(third.url(), {{"signer", "x"}}).status, 404);
  EXPECT_THAT(Try(ByLink(third.url(), {entry.half_day_id()})), HasReason(REASON_LINK_INVALID));
  EXPECT_THAT(Try(ByCode(third.code(), {entry.half_day_id()})), HasReason(REASON_LINK_REVOKED));
  EXPECT_EQ(StateOf(entry), "performed");

  ListAttestationLinksRequest list;
  list.set_case_id(case_id_);
  const auto open =
      programme_.Must<ListAttestationLinksResponse>("CalendarService.ListAttestationLinks", list);
  EXPECT_THAT(open.links(), IsEmpty());
  list.set_ended(true);
  const auto all =
      programme_.Must<ListAttestationLinksResponse>("CalendarService.ListAttestationLinks", list);
  EXPECT_THAT(all.links(), SizeIs(3));
}

TEST_F(Attestations, WhatChangedUnderAnOpenPageIsToldOnIt) {
  const HalfDayEntry first = Recorded(0), second = Recorded(1);
  const std::string url = GivenLink().url();
  ASSERT_THAT(Cancel(programme_.officer(), second.half_day_id()), IsAccepted());
  const Fields form = {{"request_id", NewId()},
                       {"half_day." + first.half_day_id(), "attest"},
                       {"half_day." + second.half_day_id(), "attest"},
                       {"signer", "Jeanne Martin"}};
  const Answer stale = Post(url, form);
  EXPECT_EQ(stale.status, 422);
  EXPECT_THAT(stale.body, AllOf(HasSubstr("role=\"alert\""), HasSubstr(first.half_day_id()),
                                Not(HasSubstr(second.half_day_id()))));
  EXPECT_EQ(StateOf(first), "performed");
  for (const Fields& unreadable :
       {Fields{{"request_id", "no id"}, {"half_day." + first.half_day_id(), "attest"}, {"signer", "x"}},
        Fields{{"request_id", NewId()}, {"half_day." + first.half_day_id(), "approve"}, {"signer", "x"}},
        Fields{{"request_id", NewId()}, {"half_day.' or 1=1", "attest"}, {"signer", "x"}},
        Fields{{"request_id", NewId()},
               {"half_day." + first.half_day_id(), "attest"},
               {"signer", "\x01\xff"}}}) {
    const Answer refused = Post(url, unreadable);
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(StateOf(first), "performed");
  }
}

TEST_F(Attestations, ACodeBearsFiveWrongTriesBeItAskedAtOnce) {
  const HalfDayEntry entry = Recorded(0);
  const auto link = GivenLink();
  EXPECT_THAT(link.code(), testing::MatchesRegex("[0-9]{8}"));
  const std::string wrong = link.code() == "00000000" ? "00000001" : "00000000";
  // A resend of one try is one try.
  for (const char* slip : {"abc", "1234567", "12345678a"})
    EXPECT_THAT(Try(ByCode(slip, {entry.half_day_id()})), HasReason(REASON_INVALID_REQUEST)) << "no try";
  const AttestByCodeRequest once = ByCode(wrong, {entry.half_day_id()});
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Try(once), HasReason(REASON_CODE_WRONG));
  EXPECT_EQ(cluster->Sql("select code_tries from calendar.attestation_link where link_id = " +
                         std::to_string(link.link().link_id())),
            "1");
  const auto outcomes = FromManyConnections(*stack, 40, [&](Client& client, int) {
    return Outcome::Of(client
                           .Call<AttestByCodeResponse>("CalendarService.AttestByCode",
                                                       ByCode(wrong, {entry.half_day_id()}), Patient())
                           .status());
  });
  EXPECT_EQ(CountOk(outcomes), 0);
  int told_wrong = 0;
  for (const Outcome& outcome : outcomes) told_wrong += outcome.reason == REASON_CODE_WRONG;
  EXPECT_EQ(told_wrong, 3) << "the first was alone, the fifth voids it";
  EXPECT_THAT(Try(ByCode(link.code(), {entry.half_day_id()})), HasReason(REASON_CODE_LOCKED));
  EXPECT_EQ(StateOf(entry), "performed");
  EXPECT_THAT(Try(ByLink(link.url(), {entry.half_day_id()})), IsAccepted())
      << "the link itself is still good";
}

TEST_F(Attestations, OverThePhoneTheRightCodeSigns) {
  const HalfDayEntry first = Recorded(0), second = Recorded(1);
  const auto link = GivenLink();
  std::string spaced = link.code();
  spaced.insert(4, " ");
  AttestByCodeRequest request = ByCode(spaced, {first.half_day_id()});
  auto* dispute = request.mutable_attestation()->add_disputes();
  dispute->set_half_day_id(second.half_day_id());
  dispute->set_reason("absent");
  EXPECT_THAT(programme_.Must<AttestByCodeResponse>("CalendarService.AttestByCode", request).half_days(),
              SizeIs(2));
  EXPECT_EQ(StateOf(first), "attested");
  EXPECT_EQ(StateOf(second), "performed absent");
  EXPECT_THAT(Try(ByCode(link.code(), {second.half_day_id()})), HasReason(REASON_LINK_USED));
}

TEST_F(Attestations, OfManyWhoSignAtOnceOneDoes) {
  std::vector<std::string> ids;
  for (int n = 0; n < 5; ++n) ids.push_back(Recorded(n).half_day_id());
  const std::string url = GivenLink().url();
  const auto outcomes = FromManyConnections(*stack, 30, [&](Client& client, int) {
    return Outcome::Of(
        client.Call<AttestByLinkResponse>("CalendarService.AttestByLink", ByLink(url, ids), Patient())
            .status());
  });
  EXPECT_EQ(CountOk(outcomes), 1);
  EXPECT_THAT(Refusals(outcomes), Each(HasReason(REASON_LINK_USED)));
  EXPECT_EQ(
      cluster->Sql("select count(*) from audit.event where action = 'half_day.attested' and case_id = " +
                   std::to_string(case_id_)),
      "5");
}

TEST_F(Attestations, ARetryHasTheSameLinkUnderANewAddress) {
  Recorded(0);
  const CreateAttestationLinkRequest request = LinkRequest();
  const auto first =
      programme_.Must<CreateAttestationLinkResponse>("CalendarService.CreateAttestationLink", request);
  const auto again =
      programme_.Must<CreateAttestationLinkResponse>("CalendarService.CreateAttestationLink", request);
  EXPECT_EQ(first.link().link_id(), again.link().link_id());
  EXPECT_EQ(Get(first.url()).status, 404);
  EXPECT_EQ(Get(again.url()).status, 200);
  const auto links = FromManyConnections(*stack, 20, [&](Client& client, int) {
    CreateAttestationLinkRequest other = LinkRequest();
    return Outcome::Of(
        client.Call<CreateAttestationLinkResponse>("CalendarService.CreateAttestationLink", other, Patient())
            .status());
  });
  EXPECT_EQ(CountOk(links), 20);
  EXPECT_EQ(
      cluster->Sql("select count(*) from calendar.attestation_link where revoked_at is null and case_id = " +
                   std::to_string(case_id_)),
      "1");
}

TEST_F(Attestations, ThereIsNoLinkForASheetWithNothingToAttest) {
  const auto create = [&] {
    return programme_.Try<CreateAttestationLinkResponse>("CalendarService.CreateAttestationLink",
                                                         LinkRequest());
  };
  EXPECT_THAT(create(), HasReason(REASON_SHEET_NOT_FOUND));
  ASSERT_THAT(Plan(programme_.officer(), EntryOf(case_id_, consultant_, NthWorkingHalfDay(3))), IsAccepted());
  EXPECT_THAT(create(), HasReason(REASON_SHEET_NOT_FOUND)) << "what is planned stands on no sheet to sign";
  const HalfDayEntry entry = Recorded(0);
  ASSERT_THAT(Attest(programme_.officer(), entry.half_day_id()), IsAccepted());
  EXPECT_THAT(create(), HasReason(REASON_NOTHING_TO_ATTEST));
}

}  // namespace
}  // namespace jalon::test

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new jalon::test::WithHttp);
  return RUN_ALL_TESTS();
}
