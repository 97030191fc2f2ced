#include "funding/summary.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace jalon::funding {
namespace {

// Lines that a question may tell apart, empty ones included: a table of places of 4 bytes each.
constexpr size_t kMaxPlaces = size_t{1} << 22;

using Words = std::vector<std::string>;

// Where the words of one sorted list stand in another that has them all.
std::vector<uint32_t> PlacesIn(const Words& all, const Words& some) {
  std::vector<uint32_t> places;
  places.reserve(some.size());
  auto at = all.begin();
  for (const std::string& word : some) {
    at = std::lower_bound(at, all.end(), word);
    places.push_back(static_cast<uint32_t>(at - all.begin()));
  }
  return places;
}

Words Union(const Words& a, const Words& b) {
  Words all;
  all.reserve(std::max(a.size(), b.size()));
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

// The cells of another dictionary, one at a time. Both are sorted, so their order stays.
class Translated {
 public:
  Translated(const SummaryCells& cells, const std::array<Words, kSummaryDimensions>& words)
      : cells_(cells.cells()) {
    for (size_t d = 0; d < kSummaryDimensions; ++d)
      places_[d] = PlacesIn(words[d], cells.words(static_cast<int>(d)));
  }
  bool done() const { return at_ == cells_.size(); }
  SummaryCells::Cell Read() const {
    SummaryCells::Cell cell = cells_[at_];
    for (size_t d = 0; d < kSummaryDimensions; ++d) cell.codes[d] = places_[d][cell.codes[d]];
    return cell;
  }
  void Advance() { ++at_; }

 private:
  const std::vector<SummaryCells::Cell>& cells_;
  std::array<std::vector<uint32_t>, kSummaryDimensions> places_;
  size_t at_ = 0;
};

void AddCell(const SummaryCells::Cell& cell, std::vector<SummaryCells::Cell>* cells) {
  if (!cells->empty() && cells->back().codes == cell.codes) {
    cells->back().sums += cell.sums;
  } else {
    cells->push_back(cell);
  }
}

}  // namespace

void SummaryCells::Builder::Add(const SummaryWords& words, const Measures& sums) {
  std::array<uint32_t, kSummaryDimensions> codes;
  for (size_t d = 0; d < kSummaryDimensions; ++d) {
    auto known = words_[d].find(words[d]);
    if (known == words_[d].end())
      known = words_[d].emplace(words[d], static_cast<uint32_t>(words_[d].size())).first;
    codes[d] = known->second;
  }
  codes_.push_back(codes);
  sums_.push_back(sums);
}

SummaryCells SummaryCells::Builder::Build() && {
  SummaryCells built;
  std::array<std::vector<uint32_t>, kSummaryDimensions> places;
  for (size_t d = 0; d < kSummaryDimensions; ++d) {
    places[d].resize(words_[d].size());
    for (const auto& [word, code] : words_[d]) {
      places[d][code] = static_cast<uint32_t>(built.words_[d].size());
      built.words_[d].push_back(word);
    }
  }
  std::vector<Cell> sorted(codes_.size());
  for (size_t i = 0; i < sorted.size(); ++i) {
    for (size_t d = 0; d < kSummaryDimensions; ++d) sorted[i].codes[d] = places[d][codes_[i][d]];
    sorted[i].sums = sums_[i];
  }
  std::sort(sorted.begin(), sorted.end(), [](const Cell& a, const Cell& b) { return a.codes < b.codes; });
  built.cells_.reserve(sorted.size());
  for (const Cell& cell : sorted) AddCell(cell, &built.cells_);
  return built;
}

SummaryCells SummaryCells::Merge(const SummaryCells& a, const SummaryCells& b) {
  SummaryCells merged;
  for (size_t d = 0; d < kSummaryDimensions; ++d) merged.words_[d] = Union(a.words_[d], b.words_[d]);
  merged.cells_.reserve(a.size() + b.size());
  Translated left(a, merged.words_), right(b, merged.words_);
  while (!left.done() || !right.done()) {
    const bool take_left = right.done() || (!left.done() && left.Read().codes < right.Read().codes);
    Translated& next = take_left ? left : right;
    AddCell(next.Read(), &merged.cells_);
    next.Advance();
  }
  merged.cells_.shrink_to_fit();
  return merged;
}

namespace {

constexpr uint32_t kNowhere = std::numeric_limits<uint32_t>::max();

// The lines under way: each combination of values grouped by has a place, the first word counting most, so
// that places in order are lines in order.
class Lines {
 public:
  // False when there are too many places.
  bool Lay(const std::vector<const SummaryCells*>& parts, const SummaryQuestion& question) {
    size_t places = 1;
    for (size_t d = kPostedOn; d-- > 0;) {
      if (!question.group_by[d]) continue;
      for (const SummaryCells* part : parts) words_[d] = Union(words_[d], part->words(static_cast<int>(d)));
      stride_[d] = places;
      places *= std::max<size_t>(words_[d].size(), 1);
      if (places > kMaxPlaces) return false;
    }
    line_at_.assign(places, kNowhere);
    return true;
  }

  // What the value of a dimension in a part's cell adds to the place of its line.
  std::vector<uint32_t> Steps(const SummaryCells& part, size_t d) const {
    std::vector<uint32_t> steps;
    const auto places = PlacesIn(words_[d], part.words(static_cast<int>(d)));
    for (const uint32_t place : places) steps.push_back(static_cast<uint32_t>(place * stride_[d]));
    return steps;
  }

  Measures& At(uint32_t place) {
    uint32_t& line = line_at_[place];
    if (line == kNowhere) {
      line = static_cast<uint32_t>(sums_.size());
      sums_.emplace_back();
    }
    return sums_[line];
  }

  // The words are views into the parts, which outlive the answer.
  void Tell(const std::vector<const SummaryCells*>& parts, const SummaryQuestion& question,
            std::vector<SummaryLine>* lines) const {
    std::array<std::vector<std::string_view>, kPostedOn> views;
    for (size_t d = 0; d < kPostedOn; ++d) {
      views[d].resize(words_[d].size());
      if (!question.group_by[d]) continue;
      for (const SummaryCells* part : parts) {
        const Words& words = part->words(static_cast<int>(d));
        const auto places = PlacesIn(words_[d], words);
        for (size_t i = 0; i < words.size(); ++i) views[d][places[i]] = words[i];
      }
    }
    lines->reserve(sums_.size());
    for (size_t place = 0; place < line_at_.size(); ++place) {
      if (line_at_[place] == kNowhere || sums_[line_at_[place]].IsNothing()) continue;
      SummaryLine line{.words = {}, .sums = sums_[line_at_[place]]};
      for (size_t d = 0; d < kPostedOn; ++d)
        if (question.group_by[d]) line.words[d] = views[d][place / stride_[d] % words_[d].size()];
      lines->push_back(line);
    }
  }

 private:
  std::array<Words, kPostedOn> words_;
  std::array<size_t, kPostedOn> stride_{};
  std::vector<uint32_t> line_at_;  // by place
  std::vector<Measures> sums_;     // by line
};

// Which values of a part's dimension the question keeps.
std::vector<bool> Kept(const Words& words, size_t d, const SummaryQuestion& question) {
  std::vector<bool> kept;
  for (const std::string& word : words) {
    const auto is = [&](const std::string& asked) { return asked.empty() || word == asked; };
    bool keep = true;
    if (d == kProgramme) keep = is(question.programme);
    if (d == kFunder) keep = is(question.funder);
    if (d == kRegion) keep = is(question.region);
    if (d == kDepartment) keep = is(question.department);
    if (d == kPhase) keep = is(question.phase);
    if (d == kSizeClass) keep = is(question.size_class);
    if (d == kSector) keep = is(question.sector);
    if (d == kPostedOn) keep = question.as_of.empty() || word <= question.as_of;
    if (d == kMonth)
      keep = word >= question.from_month && (question.until_month.empty() || word <= question.until_month);
    kept.push_back(keep);
  }
  return kept;
}

// The counts that a line or the total is told: those of its scope, and of companies the one sort.
class Scope {
 public:
  Scope(bool of_funders, bool of_phases, bool of_programmes)
      : of_funders_(of_funders), of_phases_(of_phases), of_programmes_(of_programmes) {}

  Measures Counted(Measures sums, bool has_funder, bool has_phase) const {
    if (has_funder != of_funders_ || has_phase != of_phases_)
      sums.cases = sums.companies = sums.companies_anywhere = 0;
    if (!of_programmes_) sums.companies = sums.companies_anywhere;
    sums.companies_anywhere = 0;
    return sums;
  }

 private:
  bool of_funders_, of_phases_, of_programmes_;
};

// Cells of all the days of one thing stand together: the day is the last that they are sorted by.
bool DifferInDayAlone(const SummaryCells::Cell& a, const SummaryCells::Cell& b) {
  static_assert(kPostedOn == kSummaryDimensions - 1);
  return std::equal(a.codes.begin(), a.codes.end() - 1, b.codes.begin());
}

void AddPart(const SummaryCells& part, const SummaryQuestion& question, Lines* lines, Measures* total) {
  std::array<std::vector<bool>, kSummaryDimensions> kept;
  std::array<std::vector<uint32_t>, kPostedOn> steps;
  for (size_t d = 0; d < kSummaryDimensions; ++d) {
    kept[d] = Kept(part.words(static_cast<int>(d)), d, question);
    if (d < kPostedOn && question.group_by[d]) steps[d] = lines->Steps(part, d);
  }
  const bool of_one_funder = !question.funder.empty();
  const bool by_funder = question.group_by[kFunder];
  const bool of_one_phase = !question.phase.empty(), of_one_programme = !question.programme.empty();
  const Scope all(of_one_funder, of_one_phase, of_one_programme);
  const Scope each(of_one_funder || by_funder, of_one_phase || question.group_by[kPhase],
                   of_one_programme || question.group_by[kProgramme]);
  for (auto at = part.cells().begin(), end = part.cells().end(); at != end;) {
    const SummaryCells::Cell& cell = *at;
    Measures sums;
    for (; at != end && DifferInDayAlone(*at, cell); ++at)
      if (kept[kPostedOn][at->codes[kPostedOn]]) sums += at->sums;
    bool wanted = true;
    uint32_t place = 0;
    for (size_t d = 0; d < kPostedOn; ++d) {
      wanted = wanted && kept[d][cell.codes[d]];
      if (question.group_by[d]) place += steps[d][cell.codes[d]];
    }
    if (!wanted) continue;
    const bool of_cost = part.words(kFunder)[cell.codes[kFunder]].empty();
    Measures once = sums;
    if (!of_cost && !of_one_funder) once.half_days = once.cost = 0;
    const bool has_phase = !part.words(kPhase)[cell.codes[kPhase]].empty();
    *total += all.Counted(once, !of_cost, has_phase);
    if (by_funder && of_cost) continue;
    lines->At(place) += each.Counted(by_funder ? sums : once, !of_cost, has_phase);
  }
}

}  // namespace

std::optional<SummaryAnswer> Summarize(const std::vector<const SummaryCells*>& parts,
                                       const SummaryQuestion& question) {
  Lines lines;
  if (!lines.Lay(parts, question)) return std::nullopt;
  SummaryAnswer answer;
  for (const SummaryCells* part : parts) AddPart(*part, question, &lines, &answer.total);
  if (question.group_by.any()) lines.Tell(parts, question, &answer.lines);
  return answer;
}

}  // namespace jalon::funding
