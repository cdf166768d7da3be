/**
 * Holds judge() to what subjects of real devices and scripts mean: backups, disks, UPSes, hosts,
 * certificates, in English and German.
 *
 * @module
 */

import { testSubjects } from "./judged_subjects.ts";

testSubjects({
  "critical/problem": `
    Kritisch: RAID
    Notfall: Server
  `,
  "error/problem": `
    Backup of VM 101 finished with errors
    0 of 5 backups succeeded
    2 of 5 backups failed
    Backup report: Success: 4, Failed: 1
    Success: 5 Warning: 0 Failed: 1
    Backup aborted by user
    Backup did not run
    Backup verification failed
    borg backup: rc=2 (error)
    Duplicati Backup report for nas: Error
    RAID array degraded
    Disk full on /var
    Predictive failure on disk 2
    SMART failure predicted on HDD: 2
    Bad sectors found on disk 1
    Volume 1 is full
    Scrub repaired 3 errors
    Disk fault on bay 3
    Fan fault detected
    Power supply 2 failed
    UPS: power failure
    UPS self-test failed
    Communication lost with UPS
    Service nginx is not running
    Monitor is DOWN: web1
    [nas1] Volume 1 crashed
    Failed login attempt from 192.0.2.1
    No response from nas1
    Connection refused by db1
    Connection to db1 timed out
    Timeout while connecting to db1
    Access denied for root
    No space left on device
    Segmentation fault in nginx
    Out of memory: killed process 123
    Exception in worker
    Cron job exited with status 1
    Certificate renewal failed
    Not OK: nas1
    Problem with invoice
    0 warnings, 3 errors
    1 error
    Never failed before
    None of the jobs succeeded
    All jobs failed
    No backups succeeded
    Sicherung fehlgeschlagen
    0 von 5 Sicherungen erfolgreich
    Sicherung mit Fehlern abgeschlossen
    Fehler: 2, Warnungen: 0
    Sicherung wurde nicht ausgeführt
    Sicherung wurde abgebrochen
    Datensicherung nicht abgeschlossen
    Festplatte voll
    Festplatte 2 ausgefallen
    Stromausfall
    Verbindung unterbrochen
    Verbindung verloren
    Server nicht erreichbar
    Server antwortet nicht
    Dienst läuft nicht
    Zeitüberschreitung bei der Verbindung
    Laufwerk defekt
    RAID degradiert
    Störung noch nicht behoben
    Nicht in Ordnung: nas1
    Fehlermeldung von nas1
    Fehlgeschlagene Anmeldung
    Erfolgreich: 5, Fehlgeschlagen: 1
    Ohne Erfolg
    Ausfall der Klimaanlage
    Netzausfall
    Serverausfall
    Systemausfall
    Sicherung mit Problemen beendet
    Unterbrechung der Verbindung
    Keine Verbindung zu nas1
    Dienst wurde nicht gestartet
    Prüfung nicht durchgeführt
  `,
  "warning/problem": `
    Backup job 'Daily' completed with warnings
    2 of 5 backups succeeded
    Backup missed its schedule
    rsnapshot: completed, but with warnings
    Disk almost full on /var
    Disk space low on srv1
    Low disk space on srv1
    Low battery
    Temperature too high on nas1
    Overheating detected
    UPS on battery
    UPS battery needs to be replaced
    UPS overload
    Unexpected shutdown of nas1
    Replication lag exceeded 30 s
    Certificate for example.com expires in 7 days
    Certificate will expire soon
    Certificate has expired
    Certificate expiry notice: example.com
    SSL certificate expiration in 14 days
    Let's Encrypt certificate expiration notice for domain example.com
    Your password expires in 5 days
    Errors: 0 - Warnings: 2
    0 errors, 2 warnings
    No errors, 1 warning
    Sicherung mit Warnungen abgeschlossen
    Speicherplatz fast voll
    Wenig Speicherplatz auf srv1
    Speicherplatz knapp
    USV im Batteriebetrieb
    Batterie muss ausgetauscht werden
    Zertifikat läuft in 7 Tagen ab
    Zertifikat abgelaufen
    Achtung: Temperatur zu hoch
    Lizenz läuft ab
    Toner fast leer
    CPU überhitzt
    USV überlastet
    Unerwarteter Neustart
  `,
  "info/ok": `
    Backup job 'Daily' completed successfully
    5 of 5 backups succeeded
    0 of 5 backups failed
    Failed: none
    Errors: none
    Fehler: keine
    Failed: 0
    Backup report: Success: 5, Failed: 0
    Success 5 / Warning 0 / Failed 0
    Last successful backup 7 days ago
    Restore test passed
    Snapshot replication finished
    Backup: 12 ok, 0 failed
    Duplicati: Success report
    Acronis: Backup plan 'x' succeeded
    RAID rebuild completed
    No bad sectors found
    Scrub finished, 0 errors repaired
    Drive fault cleared
    Temperature is back to normal
    UPS: power restored
    Utility power restored after power failure
    UPS self-test passed
    Communication restored with UPS
    nas1 is reachable again
    nas1 is responding again
    Server back online
    Host web1 is up
    web1 is UP
    Monitor is UP: web1
    Site is back up
    Firmware update completed
    Cron job exited with status 0
    Certificate renewed successfully
    Alert resolved: disk full
    All systems operational
    Everything OK
    No issues found
    Problems: 0
    problem: none
    Errors: 0.
    Errors: 0 Warnings: 0
    errors=0 warnings=0
    No failures
    Not a single failure
    Zero failed logins
    Nothing failed
    None failed
    None of the jobs failed
    No jobs failed
    No backups failed
    Sicherung erfolgreich abgeschlossen
    5 von 5 Sicherungen erfolgreich
    0 von 5 Sicherungen fehlgeschlagen
    Fehler: 0, Warnungen: 0
    Keine Fehler gefunden
    Fehlerfrei abgeschlossen
    Fehlerfreie Sicherung
    Stromversorgung wiederhergestellt
    USV: Netzspannung wiederhergestellt
    Verbindung wiederhergestellt
    Server wieder erreichbar
    Temperatur wieder normal
    RAID-Verbund wurde wiederhergestellt
    Problem behoben
    Alles in Ordnung
    Alles OK
    Fehlgeschlagen: keine
    Fehlgeschlagen: 0
    Erfolgreich: 5, Fehlgeschlagen: 0
  `,
  "info/info": `
    Backup job skipped
    Backup started
    Backup is running
    Disaster recovery drill on Friday
    Error-free backup for 100 days
    restic: repository is locked
    RAID rebuild started
    Disk 3 has been removed
    Hot spare activated
    Virtual drive is now optimal
    Lower temperature threshold changed
    Power has returned
    Communications with UPS re-established
    Service nginx stopped
    New login from 192.0.2.1
    Package update available
    Online meeting on Monday
    nas1 rebooted
    File not found: /etc/x
    Domain example.com is due for renewal
    Certificate does not expire before 2027
    Test mail: everything is working
    All checks green
    No changes
    Issue #12 closed
    Strom wieder da
    Zertifikat wurde erneuert
    Einladung zur Besprechung
    Wartung beendet
    Backup beendet
    Papierstau
  `,
});
