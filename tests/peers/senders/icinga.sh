# The notification scripts of Icinga 2, with the options that its sample commands give them.
scripts=/etc/icinga2/scripts
about=(-d '2026-11-23 05:00:00 +0000' -4 192.0.2.1 -l web1 -n 'web1 in the cellar'
  -r alerts@example.org -i https://icinga.example.com/icingaweb2 -v false)
$scripts/mail-host-notification.sh "${about[@]}" -t PROBLEM -s DOWN \
  -o 'PING CRITICAL - Packet loss = 100%'
$scripts/mail-host-notification.sh "${about[@]}" -t ACKNOWLEDGEMENT -s DOWN \
  -o 'PING CRITICAL - Packet loss = 100%' -b ada -c 'I am on it: ä'
$scripts/mail-service-notification.sh "${about[@]}" -t PROBLEM -s CRITICAL -e disk-var \
  -u 'disk on /var' -o 'DISK CRITICAL - 1% free' -f icinga@example.com
$scripts/mail-service-notification.sh "${about[@]}" -t RECOVERY -s OK -e disk-var \
  -u 'disk on /var' -o 'DISK OK - 50% free' -f icinga@example.com
