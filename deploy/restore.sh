#!/usr/bin/env bash
# Restores a backup into an empty database and an empty folder: deploy/restore.sh NAME DATABASE MEDIA_ROOT
#
# NAME is what backup.sh printed. The installation must stand at the backup's version, with its SECRET_KEY, and
# DATABASE_URL must name DATABASE: at the end the tables are compared with the code and the audit chains are walked.
set -euo pipefail
name=${1:?which backup}; database=${2:?into which database}; media=${3:?into which MEDIA_ROOT}
cd "$(dirname "$0")/.."

tables=$(psql --no-psqlrc -Atc "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" "$database")
if [ "$tables" != 0 ]; then
  echo "$database is not empty: $tables tables. Restore into a new database." >&2
  exit 1
fi
if [ -n "$(ls -A "$media" 2>/dev/null)" ]; then
  echo "$media is not empty. Restore into a new folder." >&2
  exit 1
fi

# In one transaction: half a restore must not look like a whole one.
pg_restore --single-transaction --exit-on-error --no-owner --no-privileges --dbname "$database" "$name.dump"
mkdir -p "$media"
tar -C "$media" -xzf "$name.media.tgz"

"${PYTHON:-.venv/bin/python}" manage.py migrate --check
"${PYTHON:-.venv/bin/python}" manage.py verify_audit
