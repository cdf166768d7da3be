# Nagios with Debian's notification commands, told the results of checks from outside.
mkdir /tmp/results
cat >/tmp/nagios.cfg <<'CONFIGURATION'
cfg_file=/etc/nagios4/objects/commands.cfg
cfg_file=/etc/nagios4/objects/templates.cfg
cfg_file=/etc/nagios4/objects/timeperiods.cfg
cfg_file=/tmp/objects.cfg
log_file=/tmp/nagios.log
object_cache_file=/tmp/objects.cache
status_file=/tmp/status.dat
temp_file=/tmp/nagios.tmp
temp_path=/tmp
check_result_path=/tmp/results
lock_file=/tmp/nagios.lock
command_file=/tmp/nagios.cmd
query_socket=/tmp/nagios.qh
nagios_user=root
nagios_group=root
check_external_commands=1
enable_notifications=1
execute_service_checks=0
execute_host_checks=0
CONFIGURATION
cat >/tmp/objects.cfg <<'CONFIGURATION'
define contact {
  contact_name ada
  use generic-contact
  email alerts@example.org
}
define contactgroup {
  contactgroup_name admins
  members ada
}
define host {
  host_name web1
  alias web1 in the cellar
  address 192.0.2.1
  use generic-host
  check_command always-well
  max_check_attempts 1
  contacts ada
}
define service {
  host_name web1
  service_description Disk /var
  use generic-service
  check_command always-well
  max_check_attempts 1
  contacts ada
}
define command {
  command_name always-well
  command_line /bin/true
}
CONFIGURATION
nagios4 /tmp/nagios.cfg >/tmp/out 2>&1 &
wait_for test -p /tmp/nagios.cmd
said=0
# Each says something that must be notified before the next.
say() {
  echo "[$(date +%s)] $1" >/tmp/nagios.cmd
  said=$((said + 1))
  sent $said
}
say 'PROCESS_SERVICE_CHECK_RESULT;web1;Disk /var;2;DISK CRITICAL - 1% free|/var=99%'
say 'ACKNOWLEDGE_SVC_PROBLEM;web1;Disk /var;1;1;0;ada;on it'
say 'PROCESS_SERVICE_CHECK_RESULT;web1;Disk /var;0;DISK OK'
say 'PROCESS_HOST_CHECK_RESULT;web1;1;PING CRITICAL'
say 'PROCESS_HOST_CHECK_RESULT;web1;0;PING OK'
now=$(date +%s)
say "SCHEDULE_HOST_DOWNTIME;web1;$now;$((now + 3600));1;0;3600;ada;new disk"
