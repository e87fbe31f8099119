#!/usr/bin/env bash
# Backs up a running installation: deploy/backup.sh DATABASE MEDIA_ROOT FOLDER
#
# PostgreSQL is reached as libpq is told (PGHOST, PGUSER, …). The database comes first: a file that is uploaded between
# the two is one too many in the copy and never one too few. Prints the name under which restore.sh finds both.
set -euo pipefail
database=${1:?which database}; media=${2:?which MEDIA_ROOT}; folder=${3:?into which folder}

umask 077
mkdir -p "$folder"
name="$folder/perfmgmt-$(date +%Y%m%d-%H%M%S)"
trap 'rm -f "$name".*.part' EXIT

# Row-level security (docs/isolation.md) would give the application's own role no row: 0 asks for those of all bureaus.
PGOPTIONS="${PGOPTIONS:-} -c perfmgmt.bureau=0" pg_dump --enable-row-security --format custom --file "$name.dump.part" "$database"
# 1: a file changed while it was read, such as the progress of a job; all else is an error
tar -C "$media" -czf "$name.media.tgz.part" . || [ $? = 1 ]

# A backup that was cut off never has the name of a whole one.
mv "$name.media.tgz.part" "$name.media.tgz"
mv "$name.dump.part" "$name.dump"
echo "$name"
