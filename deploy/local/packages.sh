#!/usr/bin/env bash
# What a bare Debian 12 or 13 needs to build, run and test Jalon. Installs what is missing and only that: when nothing is,
# it needs neither network nor privileges.
#
#   packages.sh          both kinds of packages, those of the tests included
#   packages.sh debian   Debian packages, as root or through sudo
#   packages.sh npm      contract tools (buf, google/rpc protos) and open data into node_modules
#
# Sourced, it gives install_build_packages [--with-tests] and install_npm_packages.

_packages_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

_debian_packages=(
  # compiler and build
  g++ cmake ninja-build ccache mold pkg-config git ca-certificates openssl
  # libraries
  libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev protobuf-compiler libpqxx-dev libabsl-dev libcli11-dev
  prometheus-cpp-dev libyaml-cpp-dev libssl-dev zlib1g-dev libutf8proc-dev libxlsxwriter-dev
  libpango1.0-dev fonts-dejavu-core libcpp-httplib-dev libcurl4-openssl-dev libical-dev liblemon-dev
  # tests, which are configured with the rest
  libgtest-dev libgmock-dev librapidcheck-dev
  # schema changes
  sqitch libdbd-pg-perl
)

# What only running the tests takes.
_test_packages=(poppler-utils chromium glpk-utils python3-aiosmtpd)

_is_installed() {
  [[ $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) == 'install ok installed' ]]
}

# A server from another source than Debian's own metapackage serves as well; it brings pgbench and the contrib extensions.
_has_postgresql_server() {
  compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null
}

_has_node() {
  local version
  version=$(node --version 2>/dev/null) && npm --version >/dev/null 2>&1 || return 1
  version=${version#v}
  ((${version%%.*} >= 18))
}

# One name per line.
missing_build_packages() { # [--with-tests]
  local package
  local -a wanted=("${_debian_packages[@]}")
  [[ ${1-} != --with-tests ]] || wanted+=("${_test_packages[@]}")
  for package in "${wanted[@]}"; do
    _is_installed "$package" || echo "$package"
  done
  _has_postgresql_server || echo postgresql
  _has_node || printf '%s\n' nodejs npm
}

# Debian's PostgreSQL makes and starts a cluster of its own when it is installed, unless told not to. Ours are private.
_apt_install() {
  local status=0 no_cluster=''
  if ! _has_postgresql_server; then
    no_cluster=/etc/postgresql-common/createcluster.d/jalon-install.conf
    mkdir -p "${no_cluster%/*}"
    echo 'create_main_cluster = false' >"$no_cluster"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update </dev/null || echo 'packages.sh: apt-get update failed; trying with the lists at hand' >&2
  apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" </dev/null || status=$?
  [[ -z $no_cluster ]] || rm -f "$no_cluster"
  return "$status"
}

install_build_packages() { # [--with-tests]
  local -a missing
  mapfile -t missing < <(missing_build_packages "$@")
  ((${#missing[@]})) || return 0
  local self=$_packages_root/deploy/local/packages.sh
  if ((EUID == 0)); then
    _apt_install "${missing[@]}" || return 1
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
    # Handed over as text, since root may not be allowed to look into this directory.
    sudo bash -c "$(declare -f _has_postgresql_server _apt_install; echo "_apt_install ${missing[*]}")" || return 1
  else
    echo "Missing packages: ${missing[*]}. Run as root:" >&2
    echo "$self debian"
    return 1
  fi
  mapfile -t missing < <(missing_build_packages "$@")
  ((${#missing[@]} == 0)) || {
    echo "packages.sh: still missing after the installation: ${missing[*]}" >&2
    return 1
  }
}

# The lock file last installed is remembered by its content: a checkout that only touches it costs nothing. The packages' own
# install scripts are not run: none is needed.
install_npm_packages() (
  cd "$_packages_root" || exit 1
  exec 8<.
  flock 8
  stamp=node_modules/.installed-lock
  wanted=$(sha256sum <package-lock.json)
  if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then
    exit 0
  fi
  npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier </dev/null || exit 1
  echo "$wanted" >"$stamp"
)

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  set -euo pipefail
  case ${1:-all} in
    all) install_build_packages --with-tests && install_npm_packages ;;
    debian) install_build_packages --with-tests ;;
    npm) install_npm_packages ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
fi
