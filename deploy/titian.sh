#!/bin/sh
# /usr/local/bin/titian: the command line with the gateway's settings. Run it as the gateway's user: sudo -u titian titian ...
set -eu
set -a
. /etc/titian/titian.env
set +a
cd /var/lib/titian
exec /opt/titian/venv/bin/titian "$@"
