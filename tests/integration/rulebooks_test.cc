#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// Drafts judged over the wire, what may be published, and which version governs a case.
namespace jalon::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Rulebooks : public ::testing::Test {
 protected:
  static std::string With(std::string source, const std::string& from, const std::string& to) {
    const size_t at = source.find(from);
    if (at == std::string::npos) ADD_FAILURE() << "the rulebook holds no " << from;
    return source.replace(at, from.size(), to);
  }

  absl::StatusOr<programme::v1::PublishRulebookResponse> Publish(const std::string& source) {
    programme::v1::PublishRulebookRequest request;
    request.set_request_id(NewId());
    request.set_source(source);
    return programme_.officer().Call<programme::v1::PublishRulebookResponse>(
        "ProgrammeService.PublishRulebook", request, Once());
  }

  int VersionOfAQuote(int64_t case_id, const std::string& signed_on) {
    const auto agreement = programme_.AgreementOf(case_id, HalfDays{2});
    funding::v1::QuoteAgreementRequest request;
    request.set_case_id(case_id);
    request.set_signed_on(signed_on);
    *request.mutable_phases() = agreement.phases();
    return programme_.Must<funding::v1::QuoteAgreementResponse>("FundingService.QuoteAgreement", request)
        .quote()
        .rulebook_version();
  }

  Programme programme_{World::stack()};
};

TEST_F(Rulebooks, AreCheckedWithEveryProblemInItsPlace) {
  programme::v1::CheckRulebookRequest request;
  request.set_source(programme_.Source(2));
  EXPECT_THAT(programme_.Must<programme::v1::CheckRulebookResponse>("ProgrammeService.CheckRulebook", request)
                  .problems(),
              IsEmpty());
  request.set_source(With(programme_.Source(2), "stack_cap: 80 %", "stack_cap: 180 %"));
  const auto checked =
      programme_.Must<programme::v1::CheckRulebookResponse>("ProgrammeService.CheckRulebook", request);
  ASSERT_THAT(checked.problems(), SizeIs(1));
  EXPECT_GT(checked.problems(0).line(), 1);
  EXPECT_THAT(checked.problems(0).text_en(), HasSubstr("is not a rate"));
}

TEST_F(Rulebooks, AreTestedOnTheirExamples) {
  programme::v1::TestRulebookRequest request;
  request.set_source(With(programme_.Source(2), "rate: 40 %", "rate: 41 %"));
  const auto tested =
      programme_.Must<programme::v1::TestRulebookResponse>("ProgrammeService.TestRulebook", request);
  int failed = 0;
  for (const auto& outcome : tested.outcomes()) failed += outcome.passed() ? 0 : 1;
  EXPECT_EQ(failed, 1);
  EXPECT_THAT(tested.phases_without_example(), IsEmpty());
}

TEST_F(Rulebooks, AreComparedInSentences) {
  programme::v1::DiffRulebooksRequest request;
  request.set_before(programme_.Source(2));
  request.set_after(With(programme_.Source(2), "cap_half_days: 100", "cap_half_days: 102"));
  const auto compared =
      programme_.Must<programme::v1::DiffRulebooksResponse>("ProgrammeService.DiffRulebooks", request);
  ASSERT_THAT(compared.changes(), SizeIs(1));
  EXPECT_EQ(compared.changes(0).text_en(), "Most half-days of a case: 100 becomes 102.");
  request.set_before("nothing");
  EXPECT_THAT(
      programme_.officer()
          .Call<programme::v1::DiffRulebooksResponse>("ProgrammeService.DiffRulebooks", request, Once())
          .status(),
      HasReason(REASON_RULEBOOK_INVALID));
}

TEST_F(Rulebooks, ThatFailAnExampleOrShowNoneAreNotPublished) {
  const auto wrong = Publish(With(programme_.Source(2), "rate: 40 %", "rate: 41 %"));
  EXPECT_THAT(wrong.status(), HasReason(REASON_RULEBOOK_INVALID));
  const std::string source = programme_.Source(2);
  const auto unshown = Publish(source.substr(0, source.find("\nexamples:")) + "\n");
  EXPECT_THAT(unshown.status(), HasReason(REASON_RULEBOOK_INVALID));
  EXPECT_TRUE(Publish(source).ok());
}

TEST_F(Rulebooks, GovernACaseFromTheirFirstDayOn) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2});
  EXPECT_EQ(VersionOfAQuote(case_id, "2025-03-10"), 1);
  ASSERT_TRUE(
      Publish(With(programme_.Source(2), "\nversion: 2", "\nversion: 2\nin_force_from: 2025-03-10")).ok());
  EXPECT_EQ(VersionOfAQuote(case_id, "2025-03-09"), 1) << "what was published later changes nothing before";
  EXPECT_EQ(VersionOfAQuote(case_id, "2025-03-10"), 2);
  // A version for later is published ahead of its day.
  ASSERT_TRUE(
      Publish(With(programme_.Source(3), "\nversion: 3", "\nversion: 3\nin_force_from: 2025-12-01")).ok());
  EXPECT_EQ(VersionOfAQuote(case_id, "2025-03-10"), 2);
}

}  // namespace
}  // namespace jalon::test
