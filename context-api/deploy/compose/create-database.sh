#!/bin/sh
# Runs once, when the volume of the database is empty. Row-level security binds neither superusers nor roles with BYPASSRLS, so
# Sidelight gets a role of its own, which owns its database.
set -eu
psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set=password="$(cat /run/secrets/database_password)" <<'SQL'
create role sidelight login nosuperuser nocreatedb nocreaterole nobypassrls connection limit 100 password :'password';
create database sidelight owner sidelight encoding 'UTF8' template template0;
revoke all on database sidelight from public;
SQL
