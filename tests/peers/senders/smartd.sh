# Its warning script, as smartd runs it: a virtual machine has no disk that smartd would watch.
export SMARTD_MAILER=/usr/share/smartmontools/smartd-runner SMARTD_ADDRESS=alerts@example.org
export SMARTD_TFIRST='' SMARTD_TFIRSTEPOCH='' SMARTD_PREVCNT=0 SMARTD_NEXTDAYS=1
export SMARTD_DEVICE=/dev/sda SMARTD_DEVICETYPE=sat SMARTD_DEVICESTRING='/dev/sda [SAT]'
export SMARTD_DEVICEINFO='WDC WD40EFRX-68N32N0, S/N:WD-WCC7K1234567, WWN:5-0014ee-2b1234567, FW:82.00A82, 4.00 TB'
warn() {
  SMARTD_FAILTYPE=$1 SMARTD_MESSAGE=$2 sh /usr/share/smartmontools/smartd_warning.sh
}
warn EmailTest 'TEST EMAIL from smartd for device: /dev/sda [SAT]'
warn CurrentPendingSector 'Device: /dev/sda [SAT], 8 Currently unreadable (pending) sectors'
warn FailedOpenDevice 'Device: /dev/sda [SAT], unable to open ATA device'
