# The program itself, with its own SMTP client, told of an alert and of its end.
cat >/tmp/alertmanager.yml <<CONFIGURATION
global:
  smtp_smarthost: 127.0.0.1:$RELAY_PORT
  smtp_from: alertmanager@example.com
  smtp_require_tls: false
route:
  receiver: mail
  group_by: [alertname, instance]
  group_wait: 1s
  group_interval: 1s
receivers:
  - name: mail
    email_configs:
      - { to: alerts@example.org, send_resolved: true }
CONFIGURATION
prometheus-alertmanager --config.file=/tmp/alertmanager.yml --storage.path=/tmp/alertmanager \
  --cluster.listen-address= --web.listen-address=127.0.0.1:$FREE_PORT --log.level=debug \
  >/tmp/log 2>&1 &
url=http://127.0.0.1:$FREE_PORT
alert() {
  amtool --alertmanager.url=$url alert add alertname=DiskFull instance=nas1:9100 severity=critical \
    --annotation=summary='/srv is full: ä' "$@"
}
notified() {
  wait_for eval "[ \$(grep -c 'msg=\"Notify success\"' /tmp/log) -ge $1 ]"
}
wait_for amtool --alertmanager.url=$url alert query
alert
notified 1
alert --end="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
notified 2
