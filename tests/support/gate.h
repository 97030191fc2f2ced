#ifndef JALON_TESTS_SUPPORT_GATE_H_
#define JALON_TESTS_SUPPORT_GATE_H_

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/cluster.h"

namespace jalon::test {

// Stands between the services and PostgreSQL on a socket of its own, and can cut, slice and refuse what
// passes.
class Gate {
 public:
  explicit Gate(const Cluster& cluster);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // Where services find the gate instead of the server.
  const std::string& dir() const { return dir_; }

  // Cuts the next `count` connections over which the server answered a prepared statement to its end, and so
  // after its commit; the answer never reaches the service.
  void CutAnswersTo(const std::string& statement, int count);
  int cuts() const { return cuts_; }
  // Cuts every connection there is.
  void CutAll();
  // Lets nobody through, or again.
  void Close(bool closed);
  // Hands bytes on one at a time.
  void Slice(bool sliced) { sliced_ = sliced; }

 private:
  struct Line;
  void Accept();
  void Pump(const std::shared_ptr<Line>& line);
  bool Forward(int from, int to, std::string* seen);

  const std::string upstream_;
  const std::string dir_;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> closed_ = false;
  std::atomic<bool> sliced_ = false;
  std::atomic<int> cuts_ = 0;
  std::mutex mutex_;
  std::string target_;
  int to_cut_ = 0;
  std::vector<std::shared_ptr<Line>> lines_;
  std::vector<std::thread> threads_;
};

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_GATE_H_
