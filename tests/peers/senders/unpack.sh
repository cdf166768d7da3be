#!/bin/bash
# Downloads programs that send mails, with what they need, and unpacks them into a folder of their
# own, for tests/peers/senders_test.ts. Run it as root, on Debian 12; it installs nothing.
#
# Installed they could not be: some exclude each other, and others would begin to work. Those of one
# line get along.
set -euo pipefail

folder=/opt/mail2alert-senders
groups=(
  "cron bsd-mailx msmtp mdadm smartmontools nut-client nut-server logwatch unattended-upgrades
   fail2ban nagios4-core icinga2-common prometheus-alertmanager"
  "apcupsd"
)
export DEBIAN_FRONTEND=noninteractive

mark="$folder/complete"
if [ "$(cat "$mark" 2>/dev/null)" = "${groups[*]}" ]; then exit 0; fi
rm -rf "$folder"
mkdir -p "$folder/archives/partial" "$folder"/usr/{bin,sbin,lib,lib64} "$folder"/{etc,var}
# As in the system: else an unpacked /lib would hide the whole one.
for each in bin sbin lib lib64; do ln -s "usr/$each" "$folder/$each"; done
apt-get update -qq
for group in "${groups[@]}"; do
  # shellcheck disable=SC2086 # They are several.
  apt-get install -qq -y --no-install-recommends --download-only --reinstall \
    -o Dir::Cache::archives="$folder/archives" -o APT::Sandbox::User=root $group
done
for archive in "$folder"/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$archive" | tar -x --keep-directory-symlink -C "$folder"
done
rm -r "$folder/archives"
printf '%s' "${groups[*]}" >"$mark"
