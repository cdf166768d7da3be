# Debian's cron with jobs for its start, telling of starts (1) and failures (4). It takes a user's table
# only with the right owner and mode.
: >/etc/crontab
rm -rf /etc/cron.d /var/spool/cron/crontabs
mkdir -p /etc/cron.d /var/spool/cron/crontabs
cat >/var/spool/cron/crontabs/root <<'CRONTAB'
MAILTO=alerts@example.org
CONTENT_TYPE="text/plain; charset=UTF-8"
@reboot echo 'Größe: 5 GB'
@reboot sleep 1; echo broken; exit 3
CRONTAB
chmod 600 /var/spool/cron/crontabs/root
cron -f -L 5 &
sent 2
