# Its monitor, on an array that need not be there for its test mail.
mdadm --monitor --test --oneshot --mail=alerts@example.org /dev/md0
