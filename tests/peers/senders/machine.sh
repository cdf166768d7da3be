# Makes a machine of its own for a program that sends mails, and runs a script on it. Everything that
# is mounted, written or started here is gone with the process that `unshare` made for it.
#
# Arguments: an empty folder, the folder with the unpacked programs, the port of the relay, the
# script. The machine is this one with the unpacked programs added, and `nas1` is its name; what is
# written goes to memory, and its sendmail hands over to the relay.
set -eu
work=$1 senders=$2 port=$3 script=$4

mount -t tmpfs -o size=64m tmpfs "$work"
root="$work/root"
mkdir -p "$root/proc" "$root/dev" "$root/run" "$root/root"
mkdir -m 1777 "$root/tmp"
for each in bin sbin lib lib64; do ln -s "usr/$each" "$root/$each"; done
for each in usr etc var; do
  mkdir -p "$work/upper/$each" "$work/room/$each" "$root/$each"
  layers="lowerdir=$senders/$each:/$each,upperdir=$work/upper/$each,workdir=$work/room/$each"
  mount -t overlay -o "$layers" overlay "$root/$each"
done
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"

hostname nas1
printf '127.0.0.1 localhost\n127.0.1.1 nas1.example.com nas1\n' >"$root/etc/hosts"
ln -sf /usr/bin/msmtp "$root/usr/sbin/sendmail"
for each in mail mailx; do ln -sf bsd-mailx "$root/usr/bin/$each"; done
cat >"$root/etc/msmtprc" <<CONFIGURATION
account default
host 127.0.0.1
port $port
from %U@%H.example.com
timeout 120
logfile /tmp/sent
CONFIGURATION

# For scripts: `wait_for COMMAND…` until it succeeds, `sent N` mails by sendmail.
exec chroot "$root" /bin/bash -euo pipefail -c '
wait_for() {
  local tries
  for tries in {1..1800}; do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  echo "Nothing came of waiting for: $*" >&2
  exit 1
}
sent() {
  wait_for eval "[ \$(grep -c exitcode=EX_OK /tmp/sent) -ge $1 ]"
}
'"$script"
