#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

extern char** environ;

namespace jalon::test {
namespace {

[[noreturn]] void Stop(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), std::strerror(errno));
  std::abort();
}

int OpenLog(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) Stop(path);
  return file;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const Options& options) {
  signal(SIGPIPE, SIG_IGN);
  int in[2] = {-1, -1}, out[2] = {-1, -1};
  if (options.piped && (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)) Stop("pipe");
  const int log = options.log.empty() ? -1 : OpenLog(options.log);
  // Everything is made before the fork: between it and exec, a program of many threads may not allocate.
  const std::vector<char*> arguments = Pointers(command);
  std::vector<std::string> settings;
  for (char** variable = environ; *variable != nullptr; ++variable) settings.emplace_back(*variable);
  settings.insert(settings.end(), options.environment.begin(), options.environment.end());
  const std::vector<char*> environment = Pointers(settings);

  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) Stop("fork");
  if (pid_ == 0) {
    if (!options.outlive) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(127);  // it was killed before it was asked for word of it
    }
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    if (options.piped) {
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
    } else {
      const int null = open("/dev/null", O_RDONLY);
      dup2(null, STDIN_FILENO);
    }
    if (log >= 0) {
      if (!options.piped) dup2(log, STDOUT_FILENO);
      dup2(log, STDERR_FILENO);
    }
    execvpe(arguments[0], arguments.data(), environment.data());
    _exit(127);
  }
  if (log >= 0) close(log);
  if (options.piped) {
    close(in[0]);
    close(out[1]);
    input_ = in[1];
    output_ = out[0];
  }
}

Process::~Process() {
  if (Running()) {
    Signal(SIGKILL);
    Wait();
  }
  CloseInput();
  if (output_ >= 0) close(output_);
}

bool Process::Running() {
  if (status_ >= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == 0) return true;
  status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return false;
}

void Process::Signal(int number) const {
  if (status_ < 0) kill(pid_, number);
}

int Process::Wait() {
  if (status_ >= 0) return status_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return status_;
}

void Process::Write(const std::string& text) const {
  for (size_t done = 0; done < text.size();) {
    const ssize_t wrote = write(input_, text.data() + done, text.size() - done);
    if (wrote <= 0) return;
    done += static_cast<size_t>(wrote);
  }
}

bool Process::ReadLine(std::string* line) {
  while (true) {
    if (const size_t end = buffer_.find('\n'); end != std::string::npos) {
      *line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return true;
    }
    char bytes[4096];
    const ssize_t got = read(output_, bytes, sizeof bytes);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(got));
  }
}

void Process::CloseInput() {
  if (input_ >= 0) close(input_);
  input_ = -1;
}

Finished Run(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
  // In memory, so that nothing is left of it when this process is killed.
  const int file = memfd_create("errors", MFD_CLOEXEC);
  if (file < 0) Stop("memfd_create");
  const std::string errors = "/proc/self/fd/" + std::to_string(file);
  Process process(command, {.log = errors, .piped = true, .outlive = false, .environment = environment});
  process.CloseInput();
  Finished finished;
  for (std::string line; process.ReadLine(&line);) finished.output += line + "\n";
  finished.status = process.Wait();
  finished.errors = ReadFile(errors);
  close(file);
  return finished;
}

std::string SourceDir() {
  return JALON_SOURCE_DIR;
}
std::string BinDir() {
  return JALON_BIN_DIR;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) Stop(path);
}

std::string MakeDirectory(const std::string& name, const std::string& parent) {
  std::string path = parent + "/" + name + "-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) Stop(path);
  return path;
}

}  // namespace jalon::test
