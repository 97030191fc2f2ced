#ifndef JALON_FUNDING_SUMMARY_H_
#define JALON_FUNDING_SUMMARY_H_

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Totals of the ledger, kept in memory and grouped on demand. Pure: no clock, no database, no wire.
namespace jalon::funding {

// In the order in which rows are sorted. A dimension's values are short words of ASCII; months are YYYY-MM,
// days YYYY-MM-DD.
enum SummaryDimension {
  kProgramme,
  kFunder,
  kRegion,
  kDepartment,
  kMonth,
  kPhase,
  kSizeClass,
  kSector,
  kPostedOn,
  kSummaryDimensions
};

struct Measures {
  int64_t entries = 0;  // of the ledger; where there are none, nor counts nor a forecast, there is no line
  int64_t half_days = 0;
  int64_t cost = 0;  // amounts in cents
  int64_t reserved = 0;
  int64_t charged = 0;
  int64_t paid = 0;
  int64_t forecast = 0;  // reserved and not charged, in the month in which the case's window ends
  // Counted apart for every funder, for every phase, and for each within the other: see Summarize.
  int64_t cases = 0;
  int64_t companies = 0;           // new to the programme
  int64_t companies_anywhere = 0;  // new to all programmes

  bool IsNothing() const { return entries == 0 && forecast == 0 && cases == 0; }
  Measures& operator+=(const Measures& other) {
    entries += other.entries;
    half_days += other.half_days;
    cost += other.cost;
    reserved += other.reserved;
    charged += other.charged;
    paid += other.paid;
    forecast += other.forecast;
    cases += other.cases;
    companies += other.companies;
    companies_anywhere += other.companies_anywhere;
    return *this;
  }
  bool operator==(const Measures&) const = default;
};

using SummaryWords = std::array<std::string_view, kSummaryDimensions>;

// Cells: sums of what was posted, one for each combination of values that occurs. Sorted, and never changed
// once made, so that many threads may read them at once.
class SummaryCells {
 public:
  class Builder;
  struct Cell {
    std::array<uint32_t, kSummaryDimensions> codes;  // places in `words`
    Measures sums;
  };

  size_t size() const { return cells_.size(); }
  const std::vector<Cell>& cells() const { return cells_; }
  // The values of a dimension, sorted.
  const std::vector<std::string>& words(int dimension) const {
    return words_[static_cast<size_t>(dimension)];
  }

  // The sums of both.
  static SummaryCells Merge(const SummaryCells& a, const SummaryCells& b);

 private:
  std::array<std::vector<std::string>, kSummaryDimensions> words_;
  std::vector<Cell> cells_;
};

// Takes cells in any order, the same one more than once if need be.
class SummaryCells::Builder {
 public:
  void Add(const SummaryWords& words, const Measures& sums);
  SummaryCells Build() &&;

 private:
  using Arrivals = std::map<std::string, uint32_t, std::less<>>;  // numbered as they came
  std::array<Arrivals, kSummaryDimensions> words_;
  std::vector<std::array<uint32_t, kSummaryDimensions>> codes_;
  std::vector<Measures> sums_;
};

struct SummaryQuestion {
  std::bitset<kPostedOn> group_by;  // the day of posting bounds a question, and makes no lines
  // Only cells of this value; empty: of any.
  std::string programme = {}, funder = {}, region = {}, department = {}, phase = {}, size_class = {},
              sector = {};
  // First and last month, inclusive; empty: no bound.
  std::string from_month = {}, until_month = {};
  // The last day of posting; empty: no bound.
  std::string as_of = {};
};

struct SummaryLine {
  SummaryWords words;  // of the dimensions grouped by; views into the cells
  Measures sums;
};

struct SummaryAnswer {
  std::vector<SummaryLine> lines;  // sorted by their words
  Measures total;
};

// Sums up all `parts` as if they were one. Cells of cost have no funder, and those of a funder count again
// the half-days, and their cost, that it bears a share of: so half-days and cost are taken from the one sort
// or the other, never both. In a line or an answer of one funder they are that funder's; elsewhere those of
// the cells of cost. Cases and companies are taken from the cells of as many words as asked for: of no
// funder and no phase where neither is, and so on; a company is told as `companies`, whichever of the two it
// was. `none` when the lines that there might be are too many to keep apart in memory.
std::optional<SummaryAnswer> Summarize(const std::vector<const SummaryCells*>& parts,
                                       const SummaryQuestion& question);

}  // namespace jalon::funding

#endif  // JALON_FUNDING_SUMMARY_H_
