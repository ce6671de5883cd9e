#!/bin/sh
# Usage: backup.sh SERVICE DATA_DIR BACKUP_DIR
# Stops the service for the moment that a copy takes, and keeps the last seven copies. Clients come back by themselves
# (reconnect=True). Nightly, from root's crontab:
#     0 4 * * * /srv/game/backup.sh spacetimedb-game /var/lib/private/spacetimedb-game /var/backups/mygame
set -eu
umask 077
service=$1 data=$2 backups=$3
copy=$backups/$(date -u +%Y-%m-%dT%H%M%SZ)
mkdir -p "$backups"
# Whatever happens below, the game goes on.
trap 'systemctl start "$service"' EXIT
systemctl stop "$service"
cp -a "$data" "$copy"
find "$backups" -mindepth 1 -maxdepth 1 -type d | sort -r | tail -n +8 | while read -r old; do rm -rf "$old"; done
