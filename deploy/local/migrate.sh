#!/usr/bin/env bash
# Brings the database of a private cluster (see cluster.sh) to the schema of deploy/database.
#
#   migrate.sh DIR [DATABASE]     DATABASE is jalon unless another is given; it is made when missing
#
# JALON_SQITCH_DIR names another sqitch project than deploy/database.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/local/cluster.sh
source "$here/cluster.sh"

[[ $# -ge 1 && $# -le 2 ]] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
dir=$(_cluster_dir "$1")
database=${2:-jalon}
project=${JALON_SQITCH_DIR:-$here/../database}
bin=$(_cluster_bin "$dir")
cluster_is_up "$dir" || _cluster_fail "no PostgreSQL is running in $dir"

# psql and sqitch find the socket and the user here; the names of the person deploying are only for sqitch's own log.
export PATH=$bin:$PATH PGHOST=$dir/socket PGPORT=5432 PGUSER=postgres LC_ALL=C.UTF-8 TZ=UTC
export SQITCH_FULLNAME=${SQITCH_FULLNAME:-Jalon} SQITCH_EMAIL=${SQITCH_EMAIL:-jalon@localhost}
unset PGDATABASE PGSERVICE PGPASSFILE PGOPTIONS PGSSLMODE

exists=$(psql -X -A -t -d postgres -v "name=$database" <<<"select 1 from pg_database where datname = :'name'")
[[ -n $exists ]] || createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 "$database"
# sqitch goes by the names of changes. One that was made by another version of its script leaves a schema that is neither.
while IFS='|' read -r change hash; do
  script=$project/deploy/$change.sql
  [[ ! -f $script || $(sha1sum <"$script") == "$hash"* ]] || _cluster_fail "the database was made by another version of $script"
done < <(psql -X -A -t -d "$database" -c 'SELECT change, script_hash FROM sqitch.changes' 2>/dev/null)
(cd "$project" && sqitch deploy --verify --target "db:pg://postgres@/$database" </dev/null)
cluster_map_roles "$dir"
