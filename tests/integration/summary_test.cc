#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <bitset>
#include <random>
#include <thread>

#include "tests/support/programme.h"
#include "tests/support/world.h"

// What a service answers from memory, against plain SQL over the ledger's entries.
namespace jalon::test {
namespace {

using funding::v1::SummarizeFundingRequest;
using funding::v1::SummarizeFundingResponse;
using funding::v1::SummaryRow;
using ::testing::IsEmpty;

// By number of the contract's Dimension.
const std::vector<std::string> kColumns = {"",           "funder",    "region",     "month", "phase",
                                           "size_class", "programme", "department", "sector"};
const std::vector<int> kInOrder = {6, 1, 2, 7, 3, 4, 5, 8};

std::string TextOf(const SummaryRow& row) {
  std::string size = common::v1::SizeClass_Name(row.size_class()).substr(sizeof("SIZE_CLASS_") - 1);
  for (char& c : size) c = static_cast<char>(std::tolower(c));
  std::string text;
  for (const std::string& cell :
       {row.programme(), row.funder(), row.region(), row.department(), row.month(), row.phase(),
        row.size_class() == common::v1::SIZE_CLASS_UNSPECIFIED ? "" : size, row.sector(),
        std::to_string(row.half_days()), std::to_string(row.cost().cents()),
        std::to_string(row.reserved().cents()), std::to_string(row.charged().cents()),
        std::to_string(row.paid().cents()), std::to_string(row.remaining().cents())})
    text += cell + "|";
  return text;
}

std::string TextOf(const SummarizeFundingResponse& answer) {
  std::string text;
  for (const SummaryRow& row : answer.rows()) text += TextOf(row) + "\n";
  return text + TextOf(answer.total());
}

// The same as the service's answer should read, straight from the entries.
std::string Oracle(const Cluster& cluster, const SummarizeFundingRequest& asked) {
  std::string columns, group, where = "true";
  for (const int dimension : kInOrder) {
    const bool wanted =
        std::find(asked.group_by().begin(), asked.group_by().end(), dimension) != asked.group_by().end();
    const std::string& column = kColumns[static_cast<size_t>(dimension)];
    const std::string shown = column == "month" ? "to_char(month, 'YYYY-MM')" : column;
    columns += (wanted ? shown : std::string("''")) + ", ";
    if (wanted) group += (group.empty() ? "" : ", ") + shown;
  }
  if (!asked.programme().empty()) where += " AND programme = '" + asked.programme() + "'";
  if (!asked.funder().empty()) where += " AND funder = '" + asked.funder() + "'";
  if (!asked.region().empty()) where += " AND region = '" + asked.region() + "'";
  if (!asked.from_month().empty()) where += " AND month >= '" + asked.from_month() + "-01'";
  if (!asked.department().empty()) where += " AND department = '" + asked.department() + "'";
  if (!asked.phase().empty()) where += " AND phase = '" + asked.phase() + "'";
  if (!asked.sector().empty()) where += " AND sector = '" + asked.sector() + "'";
  if (asked.size_class() != common::v1::SIZE_CLASS_UNSPECIFIED) where += " AND size_class = 'small'";
  if (!asked.as_of().empty()) where += " AND posted_on <= '" + asked.as_of() + "'";
  if (!asked.until_month().empty()) where += " AND month <= '" + asked.until_month() + "-01'";
  const auto sums = [](const std::string& work) {
    return "concat_ws('|', coalesce(sum(half_days) FILTER (WHERE " + work +
           "), 0), coalesce(sum(line_cost_cents) FILTER (WHERE " + work +
           "), 0), coalesce(sum(amount_cents) FILTER (WHERE side = 'reserved'), 0),"
           " coalesce(-sum(amount_cents) FILTER (WHERE side = 'aid' AND half_day_id IS NOT NULL), 0),"
           " coalesce(-sum(amount_cents) FILTER (WHERE side = 'paid'), 0),"
           " coalesce(sum(amount_cents) FILTER (WHERE side = 'reserved' OR side = 'aid' AND half_day_id IS "
           "NOT NULL), 0), '')";
  };
  const std::string from =
      " FROM funding.entry WHERE side IN ('cost', 'aid', 'reserved', 'paid') AND " + where;
  const bool by_funder = group.find("funder") != std::string::npos;
  const std::string one = asked.funder().empty() ? "side = 'cost'" : "true";
  std::string rows;
  if (!group.empty()) {
    rows = cluster.Sql("SELECT concat_ws('|', " + columns + sums(by_funder ? "true" : one) + ")" + from +
                       (by_funder ? " AND funder <> ''" : "") + " GROUP BY " + group + " ORDER BY " + group);
    if (!rows.empty()) rows += "\n";
  }
  return rows + cluster.Sql("SELECT '||||||||' || " + sums(one) + from);
}

// A posting written behind the services' back: a reservation, a charge of two funders, its reversal or a
// payment. No agreement knows the case, and nobody performed the half-day: the laws are not for it.
std::string RandomPosting(std::mt19937_64& random, const std::string& programme) {
  const auto pick = [&](const std::vector<std::string>& words) { return words[random() % words.size()]; };
  const std::string month = pick({"2025-01", "2025-02", "2026-11", "2026-12"}) + "-01";
  const std::string region = pick({"", "11", "32", "93"});
  const std::string phase = pick({"diagnosis", "accompaniment"});
  const std::string size = pick({"", "micro", "small", "eti"});
  const std::string first = programme + "-bpifrance", second = programme + "-region";
  const int64_t cents = static_cast<int64_t>(random() % 1'000'00), sign = random() % 4 == 0 ? -1 : 1;
  const auto leg = [&](const std::string& side, const std::string& funder, int64_t amount, int64_t cost,
                       int64_t days) {
    return "('" + side + "'::funding.side, '" + funder + "', " + std::to_string(amount * sign) + ", " +
           std::to_string(cost * sign) + ", " + std::to_string(days * sign) + ")";
  };
  std::string legs, kind = sign < 0 ? "reversal" : "charge", id = "gen_random_uuid()", of_phase = phase;
  switch (random() % 4) {
    case 0:
      kind = "reservation", id = "NULL::uuid";
      legs = leg("reserved", first, cents, 0, 0) + "," + leg("commitment", first, -cents, 0, 0);
      break;
    case 1:
      kind = "payment", id = "NULL::uuid", of_phase = "";
      legs = leg("aid", second, cents, 0, 0) + "," + leg("paid", second, -cents, 0, 0);
      break;
    default:
      legs = leg("cost", "", 3 * cents, 3 * cents, 1) + "," + leg("aid", first, -cents, 3 * cents, 1) + "," +
             leg("aid", second, -cents, 3 * cents, 1) + "," + leg("company", "", -cents, 0, 0);
  }
  const std::string posted_on = pick({"'2025-03-31'", "'2025-12-31'", "'2026-01-01'", "'2026-01-15'",
                                      "'2026-01-16'", "'2026-01-25'", "'2026-01-31'", "funding.day_now()"});
  return "SET session_replication_role = replica; WITH p AS (INSERT INTO funding.posting (kind, case_id, "
         "reference, "
         "request_id) VALUES ('" +
         kind + "', -1, '', gen_random_uuid()) RETURNING posting_id, " + id +
         " AS half_day_id) INSERT INTO funding.entry (posting_id, case_id, half_day_id, amount_cents, "
         "line_cost_cents, "
         "month, half_days, side, funder, programme, region, department, phase, size_class, sector, "
         "posted_on) SELECT "
         "p.posting_id, -1, p.half_day_id, l.cents, l.cost, '" +
         month + "', l.days, l.side, l.funder, '" + programme + "', '" + region + "', '" +
         pick({"", "59", "62"}) + "', '" + of_phase + "', '" + size + "', '" + pick({"", "C", "J"}) + "', " +
         posted_on + " FROM p, (VALUES " + legs +
         ") AS l (side, funder, cents, cost, days); SET session_replication_role = origin;";
}

SummarizeFundingRequest RandomQuestion(std::mt19937_64& random, const std::string& programme) {
  const auto perhaps = [&](const std::string& word) { return random() % 3 == 0 ? word : std::string(); };
  SummarizeFundingRequest asked;
  for (const int dimension : kInOrder)
    if (random() % 3 == 0) asked.add_group_by(static_cast<funding::v1::Dimension>(dimension));
  if (random() % 4 == 0) asked.set_department("59");
  if (random() % 4 == 0) asked.set_sector("J");
  if (random() % 4 == 0) asked.set_phase("diagnosis");
  if (random() % 4 == 0) asked.set_size_class(common::v1::SIZE_CLASS_SMALL);
  const std::vector<std::string> days = {"2025-03-30", "2025-03-31", "2025-12-31", "2026-01-01",
                                         "2026-01-15", "2026-01-24", "2026-01-25"};
  if (random() % 2 == 0) asked.set_as_of(days[random() % days.size()]);
  asked.set_programme(random() % 4 == 0 ? "" : programme);
  asked.set_funder(perhaps(programme + "-bpifrance"));
  asked.set_region(perhaps("32"));
  asked.set_from_month(perhaps("2025-02"));
  asked.set_until_month(perhaps("2026-11"));
  return asked;
}

class Summary : public ::testing::Test {
 protected:
  static SummarizeFundingResponse Ask(Client& client, const SummarizeFundingRequest& asked) {
    auto answer = client.Call<SummarizeFundingResponse>("FundingService.SummarizeFunding", asked, Patient());
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *std::move(answer) : SummarizeFundingResponse();
  }
  void ExpectAnswersAsTheLedger(Client& client, int questions, const Cluster& cluster = World::cluster()) {
    for (int i = 0; i < questions; ++i) {
      const SummarizeFundingRequest asked = RandomQuestion(random_, code_);
      ASSERT_EQ(TextOf(Ask(client, asked)), Oracle(cluster, asked)) << asked.DebugString();
    }
  }

  std::mt19937_64 random_{Seed()};
  Programme programme_{World::stack()};
  const std::string code_ = programme_.code();
};

TEST_F(Summary, IsTheLedgersSumAfterEveryCommit) {
  const Stack second(World::cluster());  // another replica, which learns by itself
  const auto other = second.Connect();
  for (int round = 0; round < 20; ++round) {
    std::string postings;
    for (uint64_t n = random_() % 6; n > 0; --n) postings += RandomPosting(random_, code_);
    if (!postings.empty()) World::cluster().Sql(postings);
    if (random_() % 4 == 0) World::cluster().Sql("SELECT funding.fold_summary()");
    ExpectAnswersAsTheLedger(programme_.officer(), 3);
    if (round % 5 == 0) ExpectAnswersAsTheLedger(*other, 3);
  }
}

// While a transaction is open, nothing that came after it may be taken for final.
TEST_F(Summary, CountsWhatAnOlderTransactionCommitsLater) {
  SqlSession older(World::cluster());
  older.Run("BEGIN;" + RandomPosting(random_, code_));
  for (int i = 0; i < 5; ++i) {
    World::cluster().Sql(RandomPosting(random_, code_));
    ExpectAnswersAsTheLedger(programme_.officer(), 3);
  }
  older.Run(RandomPosting(random_, code_) + "COMMIT;");
  ExpectAnswersAsTheLedger(programme_.officer(), 5);
}

// Writers commit, roll back and overlap; each finds its own commits in the very next answer.
TEST_F(Summary, IsExactWhileManyWrite) {
  constexpr int kWriters = 6, kRounds = 25;
  std::vector<std::thread> writers;
  const uint64_t seed = random_();
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([this, writer, seed] {
      std::mt19937_64 random(seed + static_cast<uint64_t>(writer));
      const auto client = World::stack().Connect();
      const std::string own = code_ + "-" + std::to_string(writer);
      SqlSession session(World::cluster());
      for (int round = 0; round < kRounds; ++round) {
        session.Run("BEGIN;" + RandomPosting(random, own) + RandomPosting(random, own) +
                    (random() % 4 == 0 ? "ROLLBACK;" : "COMMIT;"));
        SummarizeFundingRequest asked = RandomQuestion(random, own);
        asked.set_programme(own);
        ASSERT_EQ(TextOf(Ask(*client, asked)), Oracle(World::cluster(), asked)) << asked.DebugString();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  ExpectAnswersAsTheLedger(programme_.officer(), 10);
}

// A standby that takes over may lack the last commits of its primary: what a service remembers of them must
// go.
TEST_F(Summary, ForgetsWhatTheDatabaseLost) {
  Cluster cluster;
  const Stack stack(cluster);
  const auto client = stack.Connect();
  cluster.Sql(RandomPosting(random_, code_) + "SELECT funding.fold_summary();");
  ExpectAnswersAsTheLedger(*client, 3, cluster);
  cluster.Sql(RandomPosting(random_, code_));
  ExpectAnswersAsTheLedger(*client, 3, cluster);
  cluster.Sql(
      "SET session_replication_role = replica; DELETE FROM funding.entry;"
      "UPDATE funding.summary_cell SET half_days = 0, cost = 0, reserved = 0, charged = 0, paid = 0;"
      "UPDATE funding.summary_posted SET half_days = 0, cost = 0, reserved = 0, charged = 0, paid = 0;");
  cluster.StopAtOnce();
  cluster.Start();
  const SummarizeFundingRequest total;
  EXPECT_EQ(TextOf(Ask(*client, total)), "||||||||0|0|0|0|0|0|");
}

// More cells than memory is given: the database answers, and nobody sees a difference.
TEST_F(Summary, IsTheSameWhereMemoryHoldsTooMuch) {
  Cluster cluster;
  const Stack stack(cluster);
  const auto client = stack.Connect();
  cluster.Sql(RandomPosting(random_, code_));
  ExpectAnswersAsTheLedger(*client, 3, cluster);
  for (const char* fold : {"", "SELECT funding.fold_summary();"}) {
    cluster.Sql(std::string(R"sql(
SET session_replication_role = replica;
WITH p AS (INSERT INTO funding.posting (kind, case_id, reference, request_id)
           VALUES ('charge', -1, '', gen_random_uuid()) RETURNING posting_id)
INSERT INTO funding.entry (posting_id, case_id, half_day_id, amount_cents, line_cost_cents, month, half_days, side, funder,
                           programme, region, department, phase, size_class, sector, posted_on)
SELECT p.posting_id, -1, gen_random_uuid(), n, n, '2026-01-01', 1, 'cost', '', 'many', n::text, '', '', '', '', '2025-12-31'
  FROM p, generate_series(1, 100001) AS n;)sql") +
                fold);
    ExpectAnswersAsTheLedger(*client, 2, cluster);
    ExpectAnswersAsTheLedger(*client, 2, cluster);
  }
}

// What was answered as of a day is answered for ever, whatever is posted later.
TEST_F(Summary, AsOfADayStaysAsItWas) {
  World::cluster().Sql(RandomPosting(random_, code_) + RandomPosting(random_, code_) +
                       RandomPosting(random_, code_));
  std::vector<std::pair<SummarizeFundingRequest, std::string>> answers;
  const std::string yesterday = World::cluster().Sql("SELECT funding.day_now() - 1");
  for (int i = 0; i < 12; ++i) {
    SummarizeFundingRequest asked = RandomQuestion(random_, code_);
    asked.set_as_of(yesterday);
    answers.emplace_back(asked, TextOf(Ask(programme_.officer(), asked)));
  }
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{2});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  programme_.GivenAgreement(case_id, HalfDays{2});
  programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  programme_.Charge(case_id);
  for (const auto& [asked, before] : answers)
    EXPECT_EQ(TextOf(Ask(programme_.officer(), asked)), before) << asked.DebugString();
  SummarizeFundingRequest now;
  now.set_programme(code_);
  EXPECT_NE(TextOf(Ask(programme_.officer(), now)), answers.front().second);
}

// One who began to post before midnight may still commit: until then the day has no summary.
TEST_F(Summary, AsOfADayWaitsForItsLastPosting) {
  const Stack stack(World::cluster());  // one that was not asked before
  const auto client = stack.Connect();
  SummarizeFundingRequest asked;
  asked.set_as_of("2001-12-31");
  const auto ask = [&] {
    return client->Call<SummarizeFundingResponse>("FundingService.SummarizeFunding", asked, Once()).status();
  };
  SqlSession late(World::cluster());
  late.Run(
      "BEGIN; SELECT pg_advisory_xact_lock_shared(funding.day_lock(), funding.day_number('2001-12-30'));");
  EXPECT_THAT(ask(), HasReason(REASON_CONTENDED));
  late.Run("COMMIT");
  EXPECT_THAT(ask(), IsAccepted());
}

// From any total down to what makes it.
TEST_F(Summary, RowsAreTheSumsOfTheEntriesBehindThem) {
  std::string postings;
  for (int i = 0; i < 40; ++i) postings += RandomPosting(random_, code_);
  World::cluster().Sql(postings);
  for (const char* as_of : {"", "2025-12-31"}) {
    SummarizeFundingRequest asked;
    asked.set_programme(code_);
    asked.set_as_of(as_of);
    for (const auto dimension :
         {funding::v1::DIMENSION_FUNDER, funding::v1::DIMENSION_REGION, funding::v1::DIMENSION_MONTH,
          funding::v1::DIMENSION_PHASE, funding::v1::DIMENSION_SECTOR})
      asked.add_group_by(dimension);
    const SummarizeFundingResponse answer = Ask(programme_.officer(), asked);
    for (const SummaryRow& row : answer.rows()) {
      if (row.region().empty() || row.phase().empty() || row.sector().empty())
        continue;  // no filter says "none"
      funding::v1::ListLedgerEntriesRequest list;
      list.set_page_size(1000);
      auto* filter = list.mutable_filter();
      filter->set_programme(code_);
      filter->set_funder(row.funder());
      filter->set_region(row.region());
      filter->set_month(row.month());
      filter->set_phase(row.phase());
      filter->set_sector(row.sector());
      filter->set_as_of(as_of);
      int64_t half_days = 0, cost = 0, reserved = 0, charged = 0;
      const auto page =
          programme_.Must<funding::v1::ListLedgerEntriesResponse>("FundingService.ListLedgerEntries", list);
      for (const auto& entry : page.entries()) {
        half_days += entry.half_days();
        cost += entry.line_cost().cents();
        if (entry.account().starts_with("reserved:")) reserved += entry.amount().cents();
        if (entry.account().starts_with("aid:") && !entry.half_day_id().empty())
          charged -= entry.amount().cents();
      }
      EXPECT_EQ(
          std::tuple(half_days, cost, reserved, charged),
          std::tuple(row.half_days(), row.cost().cents(), row.reserved().cents(), row.charged().cents()))
          << row.DebugString();
    }
  }
}

// Every way to group, in memory and (by department) in the database, against a count of what is agreed. Here
// every company signs in one month, and no amendment takes anything off, so that counting what is distinct is
// the truth.
TEST_F(Summary, CountsCasesAndCompaniesOnceWhateverTheyAreGroupedBy) {
  const std::string twice = programme_.GivenCompany();
  const auto agreed_case = [&](HalfDays grant, const std::string& siren) {
    const int64_t case_id = programme_.GivenCaseWithGrant(grant, kAdmittedOn, siren);
    programme_.GivenAgreement(case_id, HalfDays{2});
    return case_id;
  };
  // A company has one live case at a time; what was agreed on the first is still counted.
  enrolment::v1::WithdrawCaseRequest withdraw;
  withdraw.set_request_id(NewId());
  withdraw.set_case_id(agreed_case(HalfDays{4}, twice));
  withdraw.set_reason("essai");
  programme_.Must<enrolment::v1::WithdrawCaseResponse>("EnrolmentService.WithdrawCase", withdraw);
  agreed_case(HalfDays{4}, twice);
  const int64_t amended = agreed_case(HalfDays{30}, "");
  // A phase that no other case has, so that rows by phase differ.
  funding::v1::AmendAgreementRequest amend;
  amend.set_request_id(NewId());
  amend.set_case_id(amended);
  amend.set_amended_on(kSignedOn);
  amend.set_reason("essai");
  *amend.mutable_phases() = programme_.AgreementOf(amended, HalfDays{2}).phases();
  auto* diagnosis = amend.add_phases();
  diagnosis->set_phase("diagnosis");
  diagnosis->set_half_days(20);
  programme_.Must<funding::v1::AmendAgreementResponse>("FundingService.AmendAgreement", amend);

  const std::string agreed =
      "(SELECT a.case_id, a.siren, a.programme, a.region, a.department, a.size_class, a.sector, s.funder, "
      "s.phase, '2025-03' "
      "AS month FROM funding.agreement a JOIN funding.agreement_share s USING (agreement_id) WHERE "
      "s.agreed_cents > 0 AND "
      "a.programme = '" +
      code_ + "') g";
  for (const bool fold : {false, true}) {
    if (fold) World::cluster().Sql("SELECT funding.fold_summary()");
    for (unsigned mask = 0; mask < 256; ++mask) {
      SummarizeFundingRequest asked;
      if (mask % 2 == 0) asked.set_programme(code_);
      std::string columns;
      for (size_t i = 0; i < kInOrder.size(); ++i) {
        if ((mask >> i & 1) == 0) continue;
        asked.add_group_by(static_cast<funding::v1::Dimension>(kInOrder[i]));
        columns += (columns.empty() ? "" : ", ") + kColumns[static_cast<size_t>(kInOrder[i])];
      }
      asked.set_until_month("2025-12");  // what is forecast lies after it
      const SummarizeFundingResponse answer = Ask(programme_.officer(), asked);
      std::string told;
      for (const SummaryRow& row : answer.rows())
        if (row.programme().empty() || row.programme() == code_)
          told += std::to_string(row.cases()) + "," + std::to_string(row.companies()) + "\n";
      const std::string expected =
          columns.empty()
              ? ""
              : World::cluster().Sql("SELECT count(DISTINCT case_id) || ',' || count(DISTINCT siren) FROM " +
                                     agreed + " GROUP BY " + columns + " ORDER BY " + columns) +
                    "\n";
      ASSERT_EQ(told, expected) << asked.DebugString();
      if (mask % 2 == 0) {
        EXPECT_EQ(answer.total().cases(), 3) << asked.DebugString();
        EXPECT_EQ(answer.total().companies(), 2) << asked.DebugString();
      }
    }
  }

  SummarizeFundingRequest filtered;
  filtered.set_programme(code_);
  filtered.set_phase("diagnosis");
  filtered.set_funder(programme_.bpifrance());
  EXPECT_EQ(Ask(programme_.officer(), filtered).total().cases(), 1);
  // The amendment is taken back: the phase has no case any more, the rest stays.
  amend.set_request_id(NewId());
  amend.mutable_phases()->RemoveLast();
  programme_.Must<funding::v1::AmendAgreementResponse>("FundingService.AmendAgreement", amend);
  EXPECT_EQ(Ask(programme_.officer(), filtered).total().cases(), 0);
  EXPECT_EQ(Ask(programme_.officer(), filtered).total().companies(), 0);
  filtered.clear_phase();
  EXPECT_EQ(Ask(programme_.officer(), filtered).total().cases(), 3);
}

// What is forecast is what remains, in the month in which the window ends; each charge takes from it.
TEST_F(Summary, ForecastsWhatRemainsByTheEndOfTheWindow) {
  const int64_t case_id = programme_.GivenCaseWithGrant(HalfDays{4});
  const int64_t consultant = programme_.GivenConsultant();
  programme_.GivenAssignment(case_id, consultant);
  programme_.GivenAgreement(case_id, HalfDays{4});
  const std::string half_day = programme_.GivenApprovedHalfDay(case_id, consultant, NthWorkingHalfDay(0));
  const auto expect = [&](const char* when) {
    for (const auto dimension : {funding::v1::DIMENSION_REGION, funding::v1::DIMENSION_DEPARTMENT}) {
      SummarizeFundingRequest asked;
      asked.set_programme(code_);
      asked.add_group_by(dimension);
      const SummarizeFundingResponse whole = Ask(programme_.officer(), asked);
      EXPECT_EQ(whole.total().forecast().cents(), whole.total().remaining().cents()) << when;
      asked.add_group_by(funding::v1::DIMENSION_MONTH);
      const SummarizeFundingResponse by_month = Ask(programme_.officer(), asked);
      for (const SummaryRow& row : by_month.rows()) {
        EXPECT_EQ(row.forecast().cents(), row.month() == std::string(kWindowEndsOn).substr(0, 7)
                                              ? whole.total().remaining().cents()
                                              : 0)
            << when << row.DebugString();
      }
    }
  };
  expect("signed");
  programme_.Charge(case_id);
  expect("charged");
  funding::v1::ReverseChargeRequest reverse;
  reverse.set_request_id(NewId());
  reverse.set_half_day_id(half_day);
  reverse.set_reason("essai");
  programme_.Must<funding::v1::ReverseChargeResponse>("FundingService.ReverseCharge", reverse);
  expect("reversed");
  funding::v1::ReleaseAgreementRequest release;
  release.set_request_id(NewId());
  release.set_case_id(case_id);
  release.set_reason("essai");
  programme_.Must<funding::v1::ReleaseAgreementResponse>("FundingService.ReleaseAgreement", release);
  expect("released");
}

struct Pulled {
  std::vector<int64_t> entries;
  std::string cursor;
};

Pulled Pull(Client& client, const std::string& programme, const std::string& cursor) {
  funding::v1::ExportLedgerChangesRequest request;
  request.mutable_filter()->set_programme(programme);
  request.set_cursor(cursor);
  const auto stream = client.Stream("FundingService.ExportLedgerChanges", request);
  funding::v1::ExportLedgerChangesResponse response;
  Pulled pulled;
  while (stream->Read(&response)) {
    if (response.has_entry()) pulled.entries.push_back(response.entry().entry_id());
    pulled.cursor = response.cursor();
  }
  EXPECT_TRUE(stream->Finish().ok());
  return pulled;
}

// Transactions overlap and commit in another order than that of their entries' numbers; none is missed, none
// comes twice. A pull leaves what was posted since the oldest open transaction, which may be a fold of the
// server's own, to the next one: the last pull is made once all that ran beside the writers has ended.
TEST_F(Summary, ChangesComeOnceAndNoneIsLeftOut) {
  std::vector<std::thread> writers;
  const uint64_t seed = random_();
  std::atomic<bool> writing = true;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([this, writer, seed] {
      std::mt19937_64 random(seed + static_cast<uint64_t>(writer));
      SqlSession session(World::cluster());
      for (int round = 0; round < 40; ++round)
        session.Run("BEGIN;" + RandomPosting(random, code_) + RandomPosting(random, code_) +
                    (random() % 5 == 0 ? "ROLLBACK;" : "COMMIT;"));
    });
  }
  std::thread end([&] {
    for (std::thread& writer : writers) writer.join();
    const std::string written = World::cluster().Sql("SELECT pg_snapshot_xmax(pg_current_snapshot())");
    const std::string all_ended = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= '" + written + "'::xid8";
    while (World::cluster().Sql(all_ended) != "t") std::this_thread::sleep_for(std::chrono::milliseconds(10));
    writing = false;
  });
  std::vector<int64_t> entries;
  std::string cursor;
  for (bool last = false; !last;) {
    last = !writing;
    const Pulled pulled = Pull(programme_.officer(), code_, cursor);
    entries.insert(entries.end(), pulled.entries.begin(), pulled.entries.end());
    cursor = pulled.cursor;
  }
  end.join();
  std::sort(entries.begin(), entries.end());
  EXPECT_EQ(std::adjacent_find(entries.begin(), entries.end()), entries.end());
  EXPECT_EQ(std::to_string(entries.size()),
            World::cluster().Sql("SELECT count(*) FROM funding.entry WHERE programme = '" + code_ + "'"));
}

}  // namespace
}  // namespace jalon::test
