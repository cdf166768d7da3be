# A driver that reads a file, upsd, and upsmon with a script like the documentation's.
mkdir -p /run/nut
cd /etc/nut
echo MODE=standalone >nut.conf
printf 'pollinterval = 1\n[rack1]\n driver = dummy-ups\n port = rack1.dev\n mode = dummy-loop\n' >ups.conf
printf '[monitor]\n password = p\n upsmon primary\n' >upsd.users
printf "LISTEN 127.0.1.1 $FREE_PORT\nMAXAGE 100\n" >upsd.conf
cat >upsmon.conf <<CONFIGURATION
MONITOR rack1@nas1:$FREE_PORT 1 monitor p primary
SHUTDOWNCMD true
POLLFREQ 1
POLLFREQALERT 1
DEADTIME 100
NOTIFYCMD /etc/nut/notify
NOTIFYFLAG ONLINE EXEC
NOTIFYFLAG ONBATT EXEC
NOTIFYFLAG LOWBATT EXEC
NOTIFYFLAG REPLBATT EXEC
NOTIFYFLAG COMMBAD EXEC
NOTIFYFLAG COMMOK EXEC
CONFIGURATION
cat >notify <<'SCRIPT'
#!/bin/sh
if [ "$NOTIFYTYPE" = ONBATT ]; then
  echo "$*" | sendmail alerts@example.org
else
  echo "$*" | mail -s "UPS $NOTIFYTYPE" alerts@example.org
fi
SCRIPT
chmod 755 notify
status() {
  echo "ups.status: $1" >new.dev
  mv new.dev rack1.dev
}
answers() {
  upsc "rack1@nas1:$FREE_PORT" ups.status | grep -qx "$1"
}
status OB
/lib/nut/dummy-ups -a rack1 -u root -D >/tmp/driver 2>&1 &
driver=$!
upsd -D -u root >/tmp/upsd 2>&1 &
wait_for answers OB
upsmon -p -D >/tmp/upsmon 2>&1 &
sent 1
status OL
sent 2
status 'OL RB'
sent 3
kill $driver
sent 4
