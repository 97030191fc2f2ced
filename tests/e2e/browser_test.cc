#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// What companies and consultants open with programs of their own: a browser on a phone, and a calendar. The
// programs are Debian's Chromium and the parser ical.js, driven from Node; the data is checked from here.
namespace jalon::test {
namespace {

using namespace calendar::v1;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Browser : public ::testing::Test {
 protected:
  Browser() { programme_.GivenAssignment(case_id_, consultant_); }
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  HalfDayEntry Recorded(int n) {
    HalfDayEntry entry = EntryOf(case_id_, consultant_, NthWorkingHalfDay(n));
    entry.set_note("Cadrage & données <clients> : un intitulé assez long pour tenir sur deux lignes");
    EXPECT_THAT(Record(programme_.officer(), entry), IsAccepted());
    return entry;
  }
  std::string StateOf(const HalfDayEntry& entry) {
    return cluster_.Sql(
        "select state || coalesce(' ' || dispute, '') from calendar.half_day where half_day_id = '" +
        entry.half_day_id() + "'");
  }
  void Node(const std::string& script, std::vector<std::string> arguments, const std::string& last_word) {
    arguments.insert(arguments.begin(), {"node", SourceDir() + "/tests/e2e/" + script});
    const Finished finished = test::Run(arguments);
    EXPECT_EQ(finished.status, 0) << finished.output << finished.errors;
    EXPECT_THAT(finished.output, HasSubstr(last_word));
  }
  void Sign(const std::string& language, int first) {
    const HalfDayEntry attested = Recorded(first), disputed = Recorded(first + 1);
    CreateAttestationLinkRequest request;
    request.set_request_id(NewId());
    request.set_case_id(case_id_);
    request.set_consultant_id(consultant_);
    request.set_month(attested.date().substr(0, 7));
    const std::string url =
        programme_.Must<CreateAttestationLinkResponse>("CalendarService.CreateAttestationLink", request)
            .url();
    std::vector<std::string> arguments = {url, language, attested.half_day_id(), disputed.half_day_id()};
    // To look at what it looks like.
    if (const char* const pictures = std::getenv("JALON_PICTURES")) arguments.push_back(pictures);
    Node("attestation.mjs", arguments, "attested");
    EXPECT_EQ(StateOf(attested), "attested");
    EXPECT_EQ(StateOf(disputed), "performed Le consultant n’est pas venu & l’a dit");
  }

  Cluster cluster_;
  Stack stack_{cluster_,
               {.topology = Topology::kOneProcess,
                .database_dir = "",
                .flags = {"--http", "127.0.0.1:0"},
                .await_serving = true}};
  Programme programme_{stack_};
  const int64_t case_id_ = programme_.GivenCaseWithGrant(HalfDays{20});
  const int64_t consultant_ = programme_.GivenConsultant();
};

TEST_F(Browser, ACompanyAttestsItsSheetOnAPhone) {
  Sign("fr", 0);
  Sign("en", 40);  // of the next month
}

TEST_F(Browser, ACalendarReadsAFeed) {
  const HalfDayEntry entry = Recorded(1);
  CreateFeedRequest request;
  request.set_request_id(NewId());
  request.set_kind(FEED_KIND_CONSULTANT);
  request.set_consultant_id(consultant_);
  const std::string url = programme_.Must<CreateFeedResponse>("CalendarService.CreateFeed", request).url();
  const auto read = [&](const std::string& status) {
    Node(
        "calendar.mjs",
        {url, entry.half_day_id() + "@jalon", "2024-01-08T13:00:00.000Z", "2024-01-08T16:30:00.000Z", status},
        "read");
  };
  read("CONFIRMED");
  ASSERT_THAT(Cancel(programme_.officer(), entry.half_day_id()), IsAccepted());
  read("CANCELLED");
}

}  // namespace
}  // namespace jalon::test

int main(int argc, char** argv) {
  return jalon::test::World::RunTests(argc, argv);
}
