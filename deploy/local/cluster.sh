#!/usr/bin/env bash
# A private PostgreSQL cluster in one directory: reached by its socket only, by its owner only.
#
#   cluster.sh start DIR [--SETTING=VALUE...]   make it if need be and start it; nothing to do when it is up (tests: --fsync=off)
#   cluster.sh stop DIR                         stop it, keep the data
#   cluster.sh destroy DIR                      stop it and delete the data
#   cluster.sh dsn DIR [ROLE]                   connection string, for the role postgres unless another is given
#   cluster.sh map-roles DIR                    let the roles jalon_* made since then log in (migrate.sh does it)
#   cluster.sh default-dir                      the directory ./run uses: outside the clone, where PostgreSQL's user can look
#
# Sourced, it gives the same as functions: cluster_start and so on.
#
# PostgreSQL refuses to run as root; for root it runs as the system user postgres. DIR holds data/, socket/ and log/. Whoever owns
# the cluster and whoever started it may log in as postgres (the superuser) and as any role jalon_*; nobody else may.

_cluster_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
_cluster_port=5432

_cluster_fail() {
  echo "cluster.sh: $*" >&2
  return 1
}

# The system user PostgreSQL runs as.
_cluster_user() { # DIR
  if ((EUID != 0)); then
    id -un
  elif [[ -d $1/data ]]; then
    stat -c %U "$1/data"
  else
    echo postgres
  fi
}

# The programs the data was made with, or the newest ones when there is no data yet.
_cluster_bin() { # DIR
  local bin version=''
  [[ ! -f $1/data/PG_VERSION ]] || version=$(<"$1/data/PG_VERSION")
  bin=$(compgen -G "/usr/lib/postgresql/${version:-*}/bin" | sort -V | tail -n 1)
  [[ -n $bin ]] || _cluster_fail "PostgreSQL ${version:-server} is not installed (deploy/local/packages.sh installs it)" || return 1
  echo "$bin"
}

# Runs a command as the cluster's user with a clean environment. Lock files stay behind: PostgreSQL would hold them for ever.
_cluster_as() { # DIR COMMAND...
  local dir=$1 user bin
  shift
  user=$(_cluster_user "$dir") && bin=$(_cluster_bin "$dir") || return 1
  local -a become=()
  ((EUID != 0)) || become=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups)
  (
    cd / && exec env -i PATH="$bin:/usr/bin:/bin" HOME=/ LC_ALL=C.UTF-8 TZ=UTC PGHOST="$dir/socket" PGPORT=$_cluster_port \
      "${become[@]}" "$@" 7>&- 8>&- 9>&-
  )
}

_cluster_sql() { # DIR SQL
  _cluster_as "$1" psql -X -q -A -t -v ON_ERROR_STOP=1 -U postgres -d postgres -c "$2"
}

# Absolute, short enough for a socket, and free of characters that configuration files or connection strings would have to quote.
_cluster_dir() { # DIR
  local dir
  dir=$(realpath -m -- "$1") || return 1
  [[ $dir =~ ^/[A-Za-z0-9/._+@-]+$ ]] || _cluster_fail "no space or special character may stand in $dir" || return 1
  local socket=$dir/socket/.s.PGSQL.$_cluster_port
  ((${#socket} < 100)) || _cluster_fail "$dir is too long a path: $socket must stay under 100 characters" || return 1
  echo "$dir"
}

# The directory is ours, or is refused: /var/tmp and /tmp are everybody's. PostgreSQL's user passes through it, no more.
cluster_claim_dir() { # DIR
  local dir owner
  dir=$(_cluster_dir "$1") || return 1
  if [[ ! -e $dir && ! -L $dir ]]; then
    mkdir -p "${dir%/*}" && mkdir -m 0700 "$dir" || return 1
  fi
  [[ -d $dir && ! -L $1 ]] || _cluster_fail "$1 is not a directory" || return 1
  owner=$(stat -c %u "$dir")
  if ((EUID != 0)); then
    ((owner == EUID)) || _cluster_fail "$dir belongs to somebody else" || return 1
    return 0
  fi
  local user
  user=$(_cluster_user "$dir")
  id "$user" >/dev/null 2>&1 || _cluster_fail "there is no system user $user: is PostgreSQL installed?" || return 1
  ((owner == 0 || owner == $(id -u "$user"))) || _cluster_fail "$dir belongs to somebody else" || return 1
  ((owner != 0)) || chmod go+x "$dir" || return 1
  _cluster_as "$dir" test -x "$dir" || _cluster_fail "the system user $user cannot pass through to $dir"
}

_cluster_write_settings() { # DIR SETTING=VALUE...
  local dir=$1 setting
  shift
  {
    cat <<CONF
# Written by deploy/local/cluster.sh at every start.
listen_addresses = ''
port = $_cluster_port
unix_socket_directories = '$dir/socket'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 256MB
synchronous_commit = on
wal_compression = on
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = off
log_destination = stderr
log_min_messages = warning
log_checkpoints = off
log_line_prefix = '%m [%p] %q%u@%d/%a '
CONF
    for setting; do
      echo "${setting%%=*} = '${setting#*=}'"
    done
  } | _cluster_as "$dir" sh -c "cat >'$dir/data/jalon.conf'"
}

_cluster_init() { # DIR [--no-sync]
  local dir=$1 user group
  shift
  user=$(_cluster_user "$dir") && group=$(id -gn "$user") || return 1
  # Made aside and moved into place, so that an interruption leaves no half of a cluster.
  rm -rf "$dir/data.new"
  install -d -m 0700 -o "$user" -g "$group" "$dir/data.new"
  _cluster_as "$dir" initdb -D "$dir/data.new" -U postgres -E UTF8 --locale=C.UTF-8 --lc-messages=C --auth=peer \
    --data-checksums --no-instructions "$@" >"$dir/log/initdb.log" 2>&1 || {
    cat "$dir/log/initdb.log" >&2
    _cluster_fail "initdb failed in $dir"
    return 1
  }
  _cluster_as "$dir" sh -c "
    echo \"include 'jalon.conf'\" >>'$dir/data.new/postgresql.conf'
    printf '%s\n' 'local all all peer map=jalon' 'local replication all peer map=jalon' >'$dir/data.new/pg_hba.conf'
    : >'$dir/data.new/pg_ident.conf'" && mv "$dir/data.new" "$dir/data"
}

# Who may log in as whom. PostgreSQL 15 knows no pattern for roles here, so they are listed one by one.
_cluster_write_map() { # DIR ROLE...
  local dir=$1 user role text='' me
  shift
  me=$(id -un)
  for user in $(printf '%s\n' "$(_cluster_user "$dir")" "$me" | sort -u); do
    for role in postgres "$@"; do
      text+="jalon \"$user\" \"$role\""$'\n'
    done
  done
  # true when something changed
  ! cmp -s - "$dir/data/pg_ident.conf" <<<"${text%$'\n'}" &&
    _cluster_as "$dir" sh -c "cat >'$dir/data/pg_ident.conf'" <<<"${text%$'\n'}"
}

cluster_map_roles() { # DIR
  local dir before
  dir=$(_cluster_dir "$1") || return 1
  local -a roles
  mapfile -t roles < <(_cluster_sql "$dir" "select rolname from pg_roles where rolname ~ '^jalon(_|\$)' order by 1")
  _cluster_write_map "$dir" "${roles[@]}" || return 0
  before=$(_cluster_sql "$dir" 'select pg_conf_load_time()') || return 1
  _cluster_as "$dir" pg_ctl reload -s -D "$dir/data" || return 1
  # The signal only asks; a connection made after this returns must find the new map.
  local try
  for ((try = 0; try < 100; try++)); do
    [[ $(_cluster_sql "$dir" 'select pg_conf_load_time()') == "$before" ]] || return 0
    sleep 0.05
  done
  _cluster_fail 'PostgreSQL did not take the new map of roles'
}

cluster_is_up() { # DIR
  local dir
  dir=$(_cluster_dir "$1") && [[ -S $dir/socket/.s.PGSQL.$_cluster_port ]] &&
    _cluster_as "$dir" pg_isready -q -U postgres -d postgres
}

# After a kill -9 or a reboot postmaster.pid may name a process that is no PostgreSQL of ours; PostgreSQL would believe it.
_cluster_forget_the_dead() { # DIR
  local dir=$1 pid
  [[ -f $dir/data/postmaster.pid ]] || return 0
  pid=$(head -n 1 "$dir/data/postmaster.pid")
  [[ $pid =~ ^[0-9]+$ && /proc/$pid/cwd -ef $dir/data ]] ||
    rm -f "$dir/data/postmaster.pid" "$dir/socket/.s.PGSQL.$_cluster_port" "$dir/socket/.s.PGSQL.$_cluster_port.lock"
}

_cluster_start_locked() { # DIR SETTING=VALUE...
  local dir=$1 user log=$1/log/postgresql.log setting
  shift
  ! cluster_is_up "$dir" || return 0
  local -a init=()
  for setting; do
    [[ $setting != fsync=off ]] || init=(--no-sync)
  done
  user=$(_cluster_user "$dir")
  mkdir -p "$dir/log" && chmod go+x "$dir/log"
  install -d -m 0700 -o "$user" -g "$(id -gn "$user")" "$dir/socket" || return 1
  [[ -f $dir/data/PG_VERSION ]] || _cluster_init "$dir" "${init[@]}" || return 1
  _cluster_write_settings "$dir" "$@" || return 1
  [[ -s $dir/data/pg_ident.conf ]] || _cluster_write_map "$dir" || return 1
  if [[ -f $log ]] && (($(stat -c %s "$log") > 50 * 1024 * 1024)); then
    mv "$log" "$log.1"
  fi
  [[ -f $log ]] || install -m 0640 -o "$user" -g "$(id -gn "$user")" /dev/null "$log" || return 1
  # Backends of a postmaster that was killed may outlive it for a moment, and hold its shared memory.
  local try
  for ((try = 0; try < 10; try++)); do
    _cluster_forget_the_dead "$dir"
    if _cluster_as "$dir" pg_ctl start -s -w -t 120 -D "$dir/data" -l "$log" >/dev/null 2>&1 </dev/null; then
      cluster_map_roles "$dir"
      return
    fi
    ! cluster_is_up "$dir" || return 0
    tail -n 5 "$log" | grep -q 'shared memory block\|lock file' || break
    sleep 1
  done
  tail -n 20 "$log" >&2
  _cluster_fail "PostgreSQL did not start in $dir"
}

cluster_start() { # DIR [--SETTING=VALUE...]
  local dir option
  local -a settings=()
  cluster_claim_dir "$1" || return 1
  dir=$(_cluster_dir "$1") || return 1
  shift
  for option; do
    [[ $option =~ ^--([a-z_.]+=[^\'\\]*)$ ]] || _cluster_fail "not a setting: $option" || return 1
    settings+=("${BASH_REMATCH[1]}")
  done
  (
    exec 9>"$dir/.lock"
    flock 9
    _cluster_start_locked "$dir" "${settings[@]}"
  )
}

_cluster_stop_locked() { # DIR
  local dir=$1
  [[ -f $dir/data/postmaster.pid ]] || return 0
  _cluster_forget_the_dead "$dir"
  [[ -f $dir/data/postmaster.pid ]] || return 0
  _cluster_as "$dir" pg_ctl stop -s -w -t 60 -m fast -D "$dir/data" ||
    _cluster_as "$dir" pg_ctl stop -s -w -t 30 -m immediate -D "$dir/data"
}

cluster_stop() { # DIR
  local dir
  dir=$(_cluster_dir "$1") || return 1
  [[ -d $dir/data ]] || return 0
  (
    exec 9>"$dir/.lock"
    flock 9
    _cluster_stop_locked "$dir"
  )
}

cluster_destroy() { # DIR
  local dir
  dir=$(_cluster_dir "$1") || return 1
  [[ -d $dir ]] || return 0
  cluster_stop "$dir" || return 1
  # Only what start made; other files of DIR are not ours to delete.
  rm -rf "$dir/data" "$dir/data.new" "$dir/socket" "$dir/log" "$dir/.lock"
  rmdir --ignore-fail-on-non-empty "$dir"
}

cluster_dsn() { # DIR [ROLE]
  local dir
  dir=$(_cluster_dir "$1") || return 1
  echo "host=$dir/socket dbname=jalon user=${2:-postgres}"
}

cluster_default_dir() {
  local hash
  hash=$(printf %s "$_cluster_root" | sha256sum)
  echo "${JALON_STATE_DIR:-/var/tmp/jalon-$EUID-${hash:0:8}}"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  set -euo pipefail
  case ${1-} in
    start | stop | destroy | dsn | map-roles)
      [[ -n ${2-} ]] || _cluster_fail "$1 needs a directory"
      command=${1//-/_}
      shift
      "cluster_$command" "$@"
      ;;
    default-dir) cluster_default_dir ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
fi
