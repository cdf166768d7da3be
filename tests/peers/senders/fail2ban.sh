# A server with one jail, and all its ways to mail.
mkdir -p /run/fail2ban
echo 'Nov 23 04:00:00 nas1 door[12]: no entry for 192.0.2.7' >/tmp/log
rm -f /etc/fail2ban/jail.d/*
cat >/etc/fail2ban/jail.local <<'CONFIGURATION'
[door]
enabled = true
filter =
backend = polling
logpath = /tmp/log
action = sendmail-whois-lines[name=door, dest=alerts@example.org]
         mail[name=mail, dest=alerts@example.org]
         sendmail-buffered[name=buffered, dest=alerts@example.org, lines=1]
CONFIGURATION
fail2ban-server -xf --logtarget=/tmp/fail2ban.log start &
server=$!
wait_for fail2ban-client ping
sent 3
fail2ban-client set door banip 192.0.2.7
sent 6
fail2ban-client stop
wait $server
sent 9
