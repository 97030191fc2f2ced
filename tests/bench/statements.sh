# shellcheck shell=bash
# The scripts of pgbench: the very statements that jalond sends, read back from PostgreSQL's log, with pgbench's variables
# in the place of their parameters. Sourced by tests/bench/run.

# What a service sent, from the log: statement NAME of application jalon-AREA.
sent_statement() { # LOG AREA NAME
  awk -v from="/jalon-$2 LOG:" -v name="execute $3:" '
    /^[0-9]/ { taking = !done && index($0, from) && index($0, name) && (done = 1); next }
    taking { sub(/^\t/, ""); print }' "$1"
}

# Puts the n-th argument after the statement in the place of $n.
bind() { # STATEMENT EXPRESSION...
  local text=$1 n
  shift
  for ((n = $#; n > 0; n--)); do
    text=${text//\$$n/${!n}}
  done
  printf '%s;\n' "$text"
}

# Every transaction has a slot that no other has: see load.cc.
_next_slots() { # ITEMS
  printf '%s\n' '\set n :n + 1' "\\set first :slot + (:n * :clients + :client_id) * $1"
}

script_record() { # STATEMENT
  _next_slots 1
  cat <<'SCRIPT'
\set case 1 + :first % :cases
\set day :first / :cases / 2
\set half 1 + :first / :cases % 2
SCRIPT
  bind "$1" 'ARRAY[gen_random_uuid()]' \
    "ARRAY['\\x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08']" \
    "ARRAY['officer']" current_date 'ARRAY[1]' 'ARRAY[gen_random_uuid()]' 'ARRAY[:case]' 'ARRAY[:case]' \
    "ARRAY['accompaniment']" "ARRAY['2005-01-01'::date + :day::int]" "ARRAY[('{morning,afternoon}'::text[])[:half::int]]" \
    "ARRAY['Atelier sur les données de production']" 'ARRAY[true]'
}

script_record_batch() { # STATEMENT ITEMS RUN
  local items=$2 owner="1 + s / $3 % :cases::int" nth="(s / $3 / :cases::int * $3 + s % $3)"
  _of_items() { printf 'ARRAY(SELECT %s FROM generate_series(:first::bigint, :first::bigint + %d) AS s)' "$1" $((items - 1)); }
  _next_slots "$items"
  bind "$1" 'ARRAY[gen_random_uuid()]' \
    "ARRAY['\\x9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08']" \
    "ARRAY['officer']" current_date "$(_of_items 1)" "$(_of_items 'gen_random_uuid()')" "$(_of_items "$owner")" \
    "$(_of_items "$owner")" "$(_of_items "'accompaniment'::text")" \
    "$(_of_items "'2005-01-01'::date + ($nth / 2)::int")" \
    "$(_of_items "('{morning,afternoon}'::text[])[1 + $nth % 2]")" \
    "$(_of_items "'Atelier sur les données de production'::text")" "$(_of_items true)"
}

script_quote() { # STATEMENT
  echo '\set case random(1, :cases)'
  bind "$1" :case "'2026-07-01'"
}

script_read_case() { # STATEMENT
  echo '\set case random(1, :cases)'
  bind "$1" 'ARRAY[:case]'
}

script_plan_board() { # STATEMENT
  bind "$1" "'2005-01-01'" "'2005-03-31'" 'ARRAY(SELECT generate_series(1, 300)::bigint)'
}

# The three that a call sends, one after the other.
script_alternatives() { # MOMENTS STAND-INS WAITING
  echo '\set case random(1, :cases)'
  bind "$1" :case :case "'accompaniment'" "'2080-01-11'" "'2080-05-10'"
  bind "$2" :case :case "'accompaniment'" "'2080-03-11'" "'morning'" 5
  bind "$3" :case "'2080-03-11'"
}

script_list_page() { # STATEMENT
  echo '\set after random(52, :cases)'
  bind "$1" :after 51 NULL NULL NULL NULL NULL NULL
}

script_summary() { # STATEMENT
  bind "$1" 'pg_snapshot_xmin(pg_current_snapshot())'  # all is known already
}

# A file a transaction, each once.
script_copy() { # DIRECTORY
  cat <<SCRIPT
\\set n :n + 1
\\set file :n * :clients + :client_id
COPY bench.company (siren, name, legal_category, naf, headcount_band, created_on, ceased, seat_nic, commune, department, region)
  FROM '$1/companies.:file.csv' (FORMAT csv);
SCRIPT
}

script_impact() { # STATEMENT
  local text=${1/LIMIT 500/}
  bind "$text" "'ia-booster-hdf'" 0 false current_date
}
