# The scripts with which apcupsd mails its events, one after the other, as it runs them.
sed -i 's/^export SYSADMIN=root$/export SYSADMIN=alerts@example.org/' /etc/apcupsd/apccontrol
for event in onbattery offbattery commfailure commok changeme; do
  sh /etc/apcupsd/apccontrol $event rack1 1 1
done
