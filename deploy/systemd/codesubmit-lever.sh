#!/bin/sh
# Runs a command as the service's user, with the service's settings and key. For codesubmit-lever@NAME: INTEGRATION=NAME.
etc=/etc/codesubmit-lever${INTEGRATION:+/$INTEGRATION}
exec sudo -u codesubmit-lever${INTEGRATION:+-$INTEGRATION} env CODESUBMIT_LEVER_SECRET_KEY_FILE="$etc/secret-key" \
  /usr/bin/node --env-file="$etc/env" /opt/codesubmit-lever/bin/codesubmit-lever.js "$@"
