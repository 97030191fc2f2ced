#ifndef JALON_TESTS_SUPPORT_PROCESS_H_
#define JALON_TESTS_SUPPORT_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace jalon::test {

// A child process; killed, if it still runs, when this goes away or when the tests die.
class Process {
 public:
  struct Options {
    std::string log;                       // file for its output; empty: ours
    bool piped = false;                    // its standard input and output are ours to write and read
    bool outlive = false;                  // it may live on after the tests died
    std::vector<std::string> environment;  // NAME=value, beside our own
  };
  // Ends the test process when the program cannot be started: nothing after it could be true.
  Process(const std::vector<std::string>& command, const Options& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool Running();
  void Signal(int number) const;
  // Its exit status, or 128 + the signal that ended it.
  int Wait();

  void Write(const std::string& text) const;
  // A line without its end; false at the end of the output.
  bool ReadLine(std::string* line);
  void CloseInput();

 private:
  pid_t pid_ = -1;
  int status_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;
};

struct Finished {
  int status;
  std::string output;
  std::string errors;
};

// Runs a command to its end.
Finished Run(const std::vector<std::string>& command, const std::vector<std::string>& environment = {});

std::string SourceDir();  // of the repository
std::string BinDir();     // of the built binaries
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& text);
// A fresh directory in another one.
std::string MakeDirectory(const std::string& name, const std::string& parent);

}  // namespace jalon::test

#endif  // JALON_TESTS_SUPPORT_PROCESS_H_
