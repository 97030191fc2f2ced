# shellcheck shell=bash
# What ./run and ./test share: progress lines and the build. Sourced by both.

_common_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# "[ 12 s] what happens now", on standard error for ./test's last line to stay alone on standard output's end.
step() {
  printf '[%4d s] %s\n' "$SECONDS" "$*" >&2
}

fail() {
  printf '[%4d s] %s: %s\n' "$SECONDS" "${0##*/}" "$*" >&2
  exit 1
}

_child=''

# Runs a command in a process group of its own, so that a signal to this script ends all of it at once instead of after it.
run_child() {
  local status=0
  setsid "$@" </dev/null 9>&- &
  _child=$!
  wait "$_child" || status=$?
  _child=''
  return "$status"
}

stop_child() {
  [[ -z $_child ]] || kill -TERM -- "-$_child" 2>/dev/null || true
  _child=''
}

# One build at a time in this clone: ./run and ./test may be started together.
build() ( # PRESET [TARGET]
  cd "$_common_root" || exit 1
  exec 8<.
  flock 8
  cmake --preset "$1" 8>&- || exit 1
  cmake --build --preset "$1" ${2:+--target "$2"} 8>&-
)
