#ifndef JALON_FUNDING_SUMMARY_STORE_H_
#define JALON_FUNDING_SUMMARY_STORE_H_

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "area/store.h"
#include "funding/summary.h"
#include "jalon/funding/v1/funding_service.pb.h"

namespace jalon::funding {

// Answers summaries from memory and the entries that it does not hold yet, which the database tells under one
// snapshot: exact to the last commit. Entries only grow, so what is known never has to be forgotten while the
// database goes on; when it was started anew, or another took its place, all is read again from the rollups.
class SummaryStore : area::Store {
 public:
  using Store::Store;

  // The filter's funder is already the one the caller may see. Refusals, in order: DAY_NOT_OVER, CONTENDED.
  // Without the filter.
  absl::StatusOr<rpc::Encoded<v1::SummarizeFundingResponse>> Summarize(
      const rpc::CallContext& call, const v1::SummarizeFundingRequest& request) const;

 private:
  // Sums in a great part that rarely changes and a small one that takes in what is new, so that a change
  // costs about as much as it brings.
  struct Layers {
    std::shared_ptr<const SummaryCells> base;  // null: too many cells to be held
    std::shared_ptr<const SummaryCells> recent;

    Layers With(const SummaryCells& fresh) const;
  };
  // What memory tells apart beside programme, funder and month: few dimensions at a time, as the database's
  // funding.summary_cut; the first by the day of posting and the others by its month.
  enum Cut { kByRegion, kByPlace, kBySize, kBySector, kCuts };
  using Dimensions = decltype(SummaryQuestion::group_by);
  static Dimensions AskedOf(const SummaryQuestion& question);
  static std::optional<Cut> CutFor(const Dimensions& asked, bool within_a_month);

  // The sums of every entry of a transaction before `end`, and of no other.
  struct Known {
    std::string server;  // when it was started; empty: nothing is known
    std::string end;
    std::array<Layers, kCuts> cuts;
  };
  // What was posted since: all of it, and the part to which no transaction under way can add.
  struct Fresh {
    std::string server;
    std::string horizon;
    SummaryCells all;
    std::array<SummaryCells, kCuts> settled;
  };

  static void AddCell(const storage::Rows& rows, int row, Cut cut, SummaryCells::Builder* cells);
  absl::Status AwaitEndOf(const rpc::CallContext& call, const std::string& day) const;
  // What was posted in the month of a day up to and with it.
  absl::StatusOr<SummaryCells> ReadDays(const rpc::CallContext& call, Cut cut, const Dimensions& asked,
                                        const std::string& as_of) const;
  absl::StatusOr<Known> Recall(const rpc::CallContext& call) const;
  absl::StatusOr<Known> ReadRollups(const rpc::CallContext& call) const;
  absl::StatusOr<Fresh> ReadFresh(const rpc::CallContext& call, const Known& known) const;
  void Learn(const Known& known, const Fresh& fresh) const;
  absl::StatusOr<rpc::Encoded<v1::SummarizeFundingResponse>> AskDatabase(
      const rpc::CallContext& call, const v1::SummarizeFundingRequest& request) const;

  mutable std::mutex mutex_;  // held for the copy of a few pointers, never while something is awaited
  mutable Known known_;
  mutable std::string last_day_over_;  // nothing more can be posted on it, nor before
};

}  // namespace jalon::funding

#endif  // JALON_FUNDING_SUMMARY_STORE_H_
