# A report on one service, with its own subject and with the operator's.
echo 'Nov 23 04:00:00 nas1 sshd[12]: Failed password for root from 192.0.2.7 port 22 ssh2' \
  >/var/log/auth.log
report() {
  logwatch --output mail --mailto alerts@example.org --service sshd --range all "$@"
}
report --format text
report --format html --encode base64 --subject 'Logwatch for nas1 (Linux) since ever'
