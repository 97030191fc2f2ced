#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <set>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// The stream of events, and the chain that proves it whole.
namespace jalon::test {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Reads events after `cursor` until `enough` says so, and leaves; cuts itself off and resumes after every
// `stretch`.
template <class Enough>
std::vector<audit::v1::Event> Watch(Client& client, std::string cursor, const audit::v1::EventFilter& filter,
                                    size_t stretch, Enough enough) {
  std::vector<audit::v1::Event> events;
  CallOptions options;
  options.deadline = std::chrono::seconds(60);
  while (!enough(events)) {
    audit::v1::WatchEventsRequest request;
    request.set_cursor(cursor);
    *request.mutable_filter() = filter;
    const auto stream = client.Stream("AuditService.WatchEvents", request, options);
    audit::v1::WatchEventsResponse message;
    size_t read = 0;
    while (read < stretch && !enough(events) && stream->Read(&message)) {
      events.push_back(message.event());
      cursor = message.event().cursor();
      ++read;
    }
    stream->Cancel();
    const absl::Status end = stream->Finish();
    if (end.code() != absl::StatusCode::kCancelled && end.code() != absl::StatusCode::kOk) {
      ADD_FAILURE() << "the watch ended: " << end;
      break;
    }
  }
  return events;
}

TEST(Watch, MissesNothingAndRepeatsNothingWhileManyWriteAndItIsCut) {
  Programme programme(World::stack());
  const int64_t case_id = programme.GivenCaseWithGrant(HalfDays{100});
  const int64_t second = programme.GivenCaseWithGrant(HalfDays{100});
  std::vector<int64_t> consultants;
  for (int i = 0; i < 50; ++i) {
    consultants.push_back(programme.GivenConsultant());
    programme.GivenAssignment(i % 2 == 0 ? case_id : second, consultants.back());
  }
  std::atomic<int64_t> expected = -1;
  const auto of_case = [&] {
    return std::stoll(
        World::cluster().Sql("select count(*) from audit.event where case_id = " + std::to_string(case_id)));
  };
  const auto watcher = World::stack().Connect(kAuditor);
  auto all = std::async(std::launch::async, [&] {
    return Watch(*watcher, "0", {}, 37,
                 [&](const auto& events) { return static_cast<int64_t>(events.size()) == expected; });
  });
  audit::v1::EventFilter filter;
  filter.set_case_id(case_id);
  std::atomic<int64_t> expected_of_case = -1;
  const auto other = World::stack().Connect(kAuditor);
  auto some = std::async(std::launch::async, [&] {
    return Watch(*other, "0", filter, 5,
                 [&](const auto& events) { return static_cast<int64_t>(events.size()) == expected_of_case; });
  });

  const auto outcomes = FromManyConnections(World::stack(), 50, [&](Client& client, int n) {
    int accepted = 0;
    for (int i = 0; i < 10; ++i) {
      const auto entry =
          EntryOf(n % 2 == 0 ? case_id : second, consultants[static_cast<size_t>(n)], NthWorkingHalfDay(i));
      if (Plan(client, entry).ok && Cancel(client, entry.half_day_id()).ok) ++accepted;
    }
    return accepted;
  });
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), 10), 50);
  // A last event, so that whoever waits for the count sees it reached.
  expected = std::stoll(World::cluster().Sql("select count(*) from audit.event")) + 1;
  expected_of_case = of_case() + 1;
  const int64_t consultant = programme.GivenConsultant();  // one event
  expected = expected.load() + 1;
  programme.GivenAssignment(case_id, consultant);  // and one of the case

  std::set<std::string> seen;
  int64_t place = 0;
  for (const audit::v1::Event& event : all.get()) {
    EXPECT_EQ(event.cursor(), std::to_string(++place)) << "no gap, no repetition, in order";
    EXPECT_TRUE(seen.insert(event.subject() + event.action() + event.request_id()).second)
        << event.ShortDebugString();
  }
  EXPECT_EQ(place, expected);
  const auto of_one_case = some.get();
  EXPECT_THAT(of_one_case, SizeIs(static_cast<size_t>(expected_of_case.load())));
  for (const audit::v1::Event& event : of_one_case) EXPECT_EQ(event.case_id(), case_id);
  EXPECT_THAT(VerifyLaws(programme.officer()), IsEmpty());
}

TEST(Watch, RefusesACursorItNeverGave) {
  const auto client = World::stack().Connect(kAuditor);
  for (const char* cursor : {"x", "-1", "1.5", "99999999999999999999"}) {
    audit::v1::WatchEventsRequest request;
    request.set_cursor(cursor);
    const auto stream = client->Stream("AuditService.WatchEvents", request, Patient());
    audit::v1::WatchEventsResponse message;
    EXPECT_FALSE(stream->Read(&message));
    EXPECT_THAT(stream->Finish(), HasReason(REASON_INVALID_REQUEST)) << cursor;
  }
}

// Whoever owns the database can switch its guards off; the chain still tells.
class Tampering : public ::testing::Test {
 protected:
  void SetUp() override {
    const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{4});
    const int64_t consultant = programme_.GivenConsultant();
    programme_.GivenAssignment(case_id, consultant);
    programme_.GivenAgreement(case_id, HalfDays{4});
    programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
    programme_.Charge(case_id);
    for (int i = 0; i < 200 && World::cluster().Sql(kWaiting) != "0"; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ASSERT_EQ(World::cluster().Sql(kWaiting), "0") << "every event gets its place";
    ASSERT_THAT(VerifyLaws(programme_.officer()), IsEmpty());
  }
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  static void Tamper(const std::string& sql) {
    World::cluster().Sql("set session_replication_role = replica; " + sql);
  }

  static constexpr char kWaiting[] =
      "select count(*) from audit.event e where not exists (select from audit.chain c where c.event_id = "
      "e.event_id)";
  Programme programme_{World::stack()};
};

TEST_F(Tampering, AChangedEventIsFound) {
  Tamper(
      "update audit.event set actor = actor || '!' where event_id = (select max(event_id) from audit.event)");
  EXPECT_THAT(VerifyLaws(programme_.officer()), Contains(StartsWith("law 9")));
  Tamper(
      "update audit.event set actor = left(actor, -1) where event_id = (select max(event_id) from "
      "audit.event)");
}

TEST_F(Tampering, ARemovedEventIsFound) {
  Tamper(
      "create table public.kept as select * from audit.event where event_id = (select event_id from "
      "audit.chain order by place desc limit 1 offset 2);"
      "delete from audit.event where event_id = (select event_id from public.kept)");
  EXPECT_THAT(VerifyLaws(programme_.officer()), Contains(StartsWith("law 9")));
  Tamper("insert into audit.event overriding system value select * from public.kept; drop table public.kept");
}

TEST_F(Tampering, AChangedDigestIsFound) {
  Tamper(
      "update audit.chain set digest = sha256(digest) where place = (select max(place) from audit.chain);"
      "create table public.kept as select * from audit.chain_end; update audit.chain_end set digest = "
      "sha256(digest)");
  EXPECT_THAT(VerifyLaws(programme_.officer()), Contains(StartsWith("law 9")));
  Tamper(
      "update audit.chain c set digest = k.digest from public.kept k where c.place = k.place;"
      "update audit.chain_end e set digest = k.digest from public.kept k; drop table public.kept");
}

TEST_F(Tampering, AChangedLedgerEntryIsFound) {
  Tamper(
      "update funding.entry set amount_cents = amount_cents + 1 where entry_id = (select max(entry_id) from "
      "funding.entry)");
  EXPECT_THAT(VerifyLaws(programme_.officer()), Not(IsEmpty()));
  Tamper(
      "update funding.entry set amount_cents = amount_cents - 1 where entry_id = (select max(entry_id) from "
      "funding.entry)");
}

TEST_F(Tampering, AHalfDayTooManyIsFound) {
  Tamper(
      "update calendar.case_grant set live_half_days = live_half_days + 1 where case_id = (select "
      "max(case_id) from calendar.case_grant)");
  EXPECT_THAT(VerifyLaws(programme_.officer()), Contains(StartsWith("law 1")));
  Tamper(
      "update calendar.case_grant set live_half_days = live_half_days - 1 where case_id = (select "
      "max(case_id) from calendar.case_grant)");
}

}  // namespace
}  // namespace jalon::test
