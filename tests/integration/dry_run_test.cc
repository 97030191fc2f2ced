#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// validate_only answers what the call itself would, as things stand, and changes nothing.
namespace jalon::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// How many rows every table of the areas has, and what the commands left behind.
std::string Everything() {
  return World::cluster().Sql(
      "select (select count(*) from audit.event), (select count(*) from common.request), "
      "(select count(*) from enrolment.company), (select max(updated_at) from enrolment.company), "
      "(select count(*) from programme.rulebook_version)");
}

class DryRun : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(VerifyLaws(programme_.officer()), IsEmpty()); }

  // Tries the call, sees that nothing changed, makes it; both answers or refusals.
  template <class Response, class Request>
  std::pair<absl::StatusOr<Response>, absl::StatusOr<Response>> TriedAndDone(const char* method,
                                                                             Request request) {
    const std::string before = Everything();
    request.set_request_id(NewId());
    request.set_validate_only(true);
    auto tried = programme_.officer().Call<Response>(method, request, Once());
    EXPECT_EQ(Everything(), before);
    request.set_request_id(NewId());
    request.set_validate_only(false);
    return {std::move(tried), programme_.officer().Call<Response>(method, request, Once())};
  }

  Programme programme_{World::stack()};
};

void Add(enrolment::v1::ImportCompaniesRequest& request, const std::string& siren, const std::string& name) {
  auto* company = request.add_companies();
  company->set_siren(siren);
  company->set_name(name);
  company->set_naf("62.01Z");
  company->set_created_on("2010-05-04");
  company->set_commune("59350");
}

TEST_F(DryRun, OfAnImportCountsWhatTheImportWould) {
  const std::string known = programme_.GivenCompany(), renamed = programme_.GivenCompany();
  enrolment::v1::GetCompanyRequest get;
  get.set_siren(known);
  const auto company =
      programme_.Must<enrolment::v1::GetCompanyResponse>("EnrolmentService.GetCompany", get).company();
  enrolment::v1::ImportCompaniesRequest request;
  Add(request, known, company.name());
  Add(request, renamed, "Autre nom");
  Add(request, NthSiren(1998), "Nouvelle");
  Add(request, NthSiren(1999), "Une première fois");
  Add(request, NthSiren(1999), "Une seconde");
  Add(request, "732829321", "Faux SIREN");
  for (const auto& [added, changed, unchanged] : {std::tuple(2, 1, 1), std::tuple(0, 0, 4)}) {
    const auto [tried, done] =
        TriedAndDone<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", request);
    ASSERT_TRUE(tried.ok() && done.ok()) << tried.status() << done.status();
    EXPECT_EQ(tried->ShortDebugString(), done->ShortDebugString());
    EXPECT_EQ(std::tuple(done->added(), done->changed(), done->unchanged()),
              std::tuple(added, changed, unchanged));
    EXPECT_EQ(done->problems_size(), 1);
  }
}

// Each column alone makes a difference, as does its absence.
TEST_F(DryRun, OfAnImportSeesEveryColumn) {
  enrolment::v1::ImportCompaniesRequest base;
  Add(base, programme_.GivenCompany(), "Nom");
  TriedAndDone<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", base)
      .second.value();
  const std::pair<const char*, const char*> columns[] = {
      {"name", "Autre"},  {"legal_category", "5710"}, {"naf", "62.02A"},
      {"naf", ""},        {"headcount_band", "12"},   {"created_on", "2011-01-01"},
      {"created_on", ""}, {"seat_nic", "00012"},      {"commune", "75056"},
      {"commune", ""}};
  for (const auto& [name, value] : columns) {
    SCOPED_TRACE(name);
    auto other = base;
    auto* company = other.mutable_companies(0);
    company->GetReflection()->SetString(company, company->GetDescriptor()->FindFieldByName(name), value);
    const auto [tried, done] =
        TriedAndDone<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", other);
    ASSERT_TRUE(tried.ok() && done.ok());
    EXPECT_EQ(tried->changed(), 1);
    EXPECT_EQ(done->changed(), 1);
    const auto [back, restored] =
        TriedAndDone<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", base);
    EXPECT_EQ(back->changed(), 1);
    EXPECT_EQ(restored->changed(), 1);
  }
  auto ceased = base;
  ceased.mutable_companies(0)->set_ceased(true);
  const auto [tried, done] =
      TriedAndDone<enrolment::v1::ImportCompaniesResponse>("EnrolmentService.ImportCompanies", ceased);
  EXPECT_EQ(tried->changed(), 1);
  EXPECT_EQ(done->changed(), 1);
}

TEST_F(DryRun, OfARulebookIsRefusedAsItsPublicationWouldBe) {
  const auto publish = [&](const std::string& source) {
    programme::v1::PublishRulebookRequest request;
    request.set_source(source);
    return TriedAndDone<programme::v1::PublishRulebookResponse>("ProgrammeService.PublishRulebook", request);
  };
  const auto [new_tried, new_done] = publish(programme_.Source(2));
  ASSERT_TRUE(new_tried.ok() && new_done.ok()) << new_tried.status() << new_done.status();
  auto published = new_done->version();
  published.clear_published_at();
  published.clear_published_by();
  EXPECT_EQ(new_tried->version().ShortDebugString(), published.ShortDebugString());

  for (const auto& [source, reason] :
       {std::pair(programme_.Source(2), REASON_RULEBOOK_VERSION_EXISTS),
        std::pair(programme_.Source(1) + "# other content\n", REASON_RULEBOOK_VERSION_EXISTS),
        std::pair(programme_.Source(4), REASON_RULEBOOK_INVALID)}) {
    const auto [tried, done] = publish(source);
    EXPECT_THAT(done.status(), HasReason(reason));
    EXPECT_THAT(tried.status(), HasReason(reason));
    EXPECT_EQ(CallErrorOf(tried.status()).message, CallErrorOf(done.status()).message);
  }
}

}  // namespace
}  // namespace jalon::test
