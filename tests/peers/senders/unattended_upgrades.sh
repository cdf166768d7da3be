# Runs without anything to do, in the languages that it has a subject for, and two summaries of runs
# that need packages to go wrong.
cp /usr/share/unattended-upgrades/50unattended-upgrades /etc/apt/apt.conf.d/
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
cat >/etc/apt/apt.conf.d/99mail <<'CONFIGURATION'
Unattended-Upgrade::Mail "alerts@example.org";
Unattended-Upgrade::MailReport "always";
CONFIGURATION
export LC_ALL=C.UTF-8
unattended-upgrade
touch /run/reboot-required
for LANGUAGE in de fr nl; do LANGUAGE=$LANGUAGE unattended-upgrade; done
cat >/tmp/summary.py <<'SCRIPT'
import apt_pkg, gettext, importlib.machinery, importlib.util, io

loader = importlib.machinery.SourceFileLoader("upgrade", "/usr/bin/unattended-upgrade")
upgrade = importlib.util.module_from_spec(importlib.util.spec_from_loader("upgrade", loader))
loader.exec_module(upgrade)
apt_pkg.init_config()
gettext.textdomain("unattended-upgrades")
kept = {"Debian stable": {"linux-image-amd64"}}
log = io.StringIO("Installing the upgrades failed!\n")
upgrade.send_summary_mail(["libc6"], False, "Upgrade failed", kept, [], [], log, "dpkg: é\n")
SCRIPT
LANGUAGE=en python3 /tmp/summary.py
LANGUAGE=fr python3 /tmp/summary.py
