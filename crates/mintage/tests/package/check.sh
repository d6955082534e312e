#!/bin/sh
# Inside the system that boot.sh made: prepares it, and later asks the server that systemd started.
set -eux
data=/var/lib/mintage
as_mintage() { runuser -u mintage -- mintage --dir "$data" "$@"; }
# Nothing on the real machine is asked whether services may start.
rm -f /usr/sbin/policy-rc.d

case $1 in
prepare)
    # Installed, it has a user and an empty folder, and starts nothing.
    dpkg --force-depends --no-triggers --install /run/mintage.deb
    [ "$(stat -c '%U %G %a' "$data")" = "mintage mintage 700" ]
    [ -z "$(ls -A "$data")" ]
    # The module's passphrase as a credential: it is nowhere in the data.
    mkdir -p /etc/credstore
    head -c 24 /dev/urandom | base64 >/etc/credstore/mintage.module-passphrase
    install -m 0400 -o mintage /etc/credstore/mintage.module-passphrase /run/passphrase
    as_mintage --passphrase-file /run/passphrase init --issuer "City Transit"
    as_mintage --passphrase-file /run/passphrase account create depot-7 --currency EUR/2 --fund 100.00
    rm /run/passphrase
    [ ! -e "$data/secrets/module-passphrase" ]
    # Of all units of this machine, only this one.
    cd /run/units
    for target in sysinit basic shutdown network-online; do
        printf '[Unit]\nDefaultDependencies=no\n' >"$target.target"
    done
    cp /usr/lib/systemd/system/mintage.service .
    mkdir mintage.service.d
    printf '[Service]\nStandardError=append:/run/out/log\n' >mintage.service.d/log.conf
    printf '[Unit]\nDefaultDependencies=no\nWants=mintage.service check.service\n' >test.target
    printf '[Unit]\nDefaultDependencies=no\nAfter=mintage.service\n[Service]\nType=oneshot\n%s\n%s\n%s\n' \
        'ExecStart=/bin/sh /run/check.sh ask' 'ExecStopPost=/bin/touch /run/out/ended' \
        'StandardError=append:/run/out/asked' >check.service
    ;;
ask)
    systemctl is-active mintage.service
    [ "$(curl -sS http://127.0.0.1:9744/healthz)" = alive ]
    [ "$(curl -sS http://127.0.0.1:9744/readyz)" = ready ]
    curl -sS http://127.0.0.1:9744/accounts/depot-7 | grep '"100.00"'
    curl -sS --fail -o /run/bundle.cbor http://127.0.0.1:8744/v1/trust-bundle
    # Both processes are locked in, the module more so than the server.
    server=$(systemctl show --property MainPID --value mintage.service)
    module=$(cat "/proc/$server/task/$server/children")
    for process in $server $module; do
        grep -E '^(Name|Uid|NoNewPrivs|Seccomp|Seccomp_filters|CapBnd):' "/proc/$process/status"
        [ "$(sed -n 's/^NoNewPrivs:\s*//p' "/proc/$process/status")" = 1 ]
        [ "$(sed -n 's/^CapBnd:\s*//p' "/proc/$process/status")" = 0000000000000000 ]
    done
    # Killed, it is started again, and goes on where it was.
    kill -KILL "$server"
    while [ "$(systemctl show --property MainPID --value mintage.service)" = "$server" ] ||
        ! systemctl is-active mintage.service; do sleep 0.2; done
    [ "$(curl -sS http://127.0.0.1:9744/readyz)" = ready ]
    systemctl stop mintage.service
    [ "$(systemctl show --property Result --value mintage.service)" = success ]
    # What it left is whole, and stays when the program goes.
    head -c 100 /etc/credstore/mintage.module-passphrase >/run/passphrase
    chown mintage /run/passphrase
    as_mintage --passphrase-file /run/passphrase audit
    as_mintage --passphrase-file /run/passphrase doctor
    dpkg --no-triggers --purge mintage
    [ -e "$data/mintage.db" ]
    [ ! -e /etc/mintage ]
    touch /run/out/well
    ;;
esac
