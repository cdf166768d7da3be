/** Holds lib/routing/packs/words.ts to what plain subjects mean. @module */

import assert from "node:assert/strict";
import { judge } from "../../../lib/routing/packs/words.ts";
import { testSameRest, testSubjects } from "./judged_subjects.ts";

const subjects: readonly (readonly [string, string, string])[] = [
  ["Backup failed", "error", "problem"],
  ["Backup FAILED on nas1", "error", "problem"],
  ["Backup succeeded", "info", "ok"],
  ["Backup completed with errors", "error", "problem"],
  ["Backup completed, 0 errors", "info", "ok"],
  ["Check done without any problems", "info", "ok"],
  ["Backup unsuccessful", "error", "problem"],
  ["Backup not yet completed", "error", "problem"],
  ["Backup incomplete", "error", "problem"],
  ["Volume could not be restored", "error", "problem"],
  ["Recovery failed", "error", "problem"],
  ["RECOVERY: nas1 was down", "info", "ok"],
  ["[RESOLVED] disk failure", "info", "ok"],
  ["Disk failure resolved", "info", "ok"],
  ["nas1 is up again", "info", "ok"],
  ["CRITICAL - disk full", "critical", "problem"],
  ["Warning: disk almost full", "warning", "problem"],
  ["Error budget warning", "error", "problem"],
  ["Failover drill on Friday", "info", "info"],
  ["Downtown office: weekly report", "info", "info"],
  ["Token refreshed", "info", "info"],
  ["Informational", "info", "info"],
  ["DISK FAILURE: recovery needed", "error", "problem"],
  ["RAID degraded, recovery not possible", "error", "problem"],
  ["Error: array could not be fixed", "error", "problem"],
  ["Server crashed, not fixed", "error", "problem"],
  ["Disk failure wasn't resolved", "error", "problem"],
  ["Disk failure wasn’t resolved", "error", "problem"],
  ["Disk failure wasnt resolved", "error", "problem"],
  ["Disk failure unresolved", "error", "problem"],
  ["Disk failure never fixed", "error", "problem"],
  ["Disk failure not yet fully resolved", "error", "problem"],
  ["Disk failure: nobody has fixed it", "error", "problem"],
  ["Failure: volume not yet recovered", "error", "problem"],
  ["Failed: service to be restored", "error", "problem"],
  ["Server crashed, waiting until restored", "error", "problem"],
  ["Backup failed, restored from nothing", "error", "problem"],
  ["Error: fixed disk /dev/sda", "error", "problem"],
  ["Error: connection restored", "error", "problem"],
  ["Disk failure resolved?", "error", "problem"],
  ["Alarm cleared but disk failed", "error", "problem"],
  ["Problem resolved, then nas1 went down", "error", "problem"],
  ["[RESOLVED] the disk is still broken", "error", "problem"],
  ["Recovery: failed", "error", "problem"],
  ["Recovery - aborted", "error", "problem"],
  ["Recovery unsuccessful", "error", "problem"],
  ["Resolved: no", "error", "problem"],
  ["No recovery", "error", "problem"],
  ["nas1 no longer reachable", "error", "problem"],
  ["nas1 is not responding", "error", "problem"],
  ["Could not connect to db1", "error", "problem"],
  ["Unable to start nginx", "error", "problem"],
  ["Cannot be repaired", "error", "problem"],
  ["nas1 changed from OK to CRITICAL", "critical", "problem"],
  ["OK -> CRITICAL: nas1", "critical", "problem"],
  ["no errors logged but host lost", "error", "problem"],
  ["Backup: 10 errors", "error", "problem"],
  ["Backup: 2,0 failed of 3.0", "error", "problem"],
  ["Error: 0 octets left", "error", "problem"],
  ["Backup partially completed", "warning", "problem"],
  ["backup_FAILED on nas1", "error", "problem"],
  ["DISK_ERROR nas1", "error", "problem"],
  ["nas1_is_DOWN", "error", "problem"],
  ["backup_ok", "info", "ok"],
  ["backup_not_completed", "error", "problem"],
  ["Resolved: disk failure", "info", "ok"],
  ["[OK] Failed disks alert", "info", "ok"],
  ["[nas1] RESOLVED: disk failure", "info", "ok"],
  ["OK: disk failure is over", "info", "ok"],
  ["(recovery) nas1 was down", "info", "ok"],
  ["** RECOVERY ** nas1", "info", "info"],
  ["recovered from failure", "info", "ok"],
  ["nas1 recovered from a disk failure", "info", "ok"],
  ["Restored after power failure", "info", "ok"],
  ["Disk failure has been resolved", "info", "ok"],
  ["Disk failure on nas1 resolved", "info", "ok"],
  ["Disk failure: RESOLVED", "info", "ok"],
  ["Disk failure [RESOLVED]", "info", "ok"],
  ["Problem resolved: backup", "info", "ok"],
  ["ALARM cleared on nas1", "info", "ok"],
  ["nas1 was down, is back to normal", "info", "ok"],
  ["nas1 changed from CRITICAL to OK", "info", "ok"],
  ["DOWN -> UP: nas1", "info", "ok"],
  ["nas1 is no longer failing", "info", "ok"],
  ["No errors or warnings found", "info", "ok"],
  ["Backup: Errors: 0, Warnings: 0", "info", "ok"],
  ["Recovery plan for next week", "info", "info"],
  ["Service to be restored on Friday", "info", "info"],
  ["Sicherung fehlgeschlagen", "error", "problem"],
  ["Fehler beim Sichern", "error", "problem"],
  ["Sicherung erfolgreich", "info", "ok"],
  ["Sicherung nicht erfolgreich", "error", "problem"],
  ["Sicherung konnte nicht abgeschlossen werden", "error", "problem"],
  ["Sicherung ohne Fehler abgeschlossen", "info", "ok"],
  ["Störung behoben", "info", "ok"],
  ["Störung nicht behoben", "error", "problem"],
  ["Warnung: wenig Speicher", "warning", "problem"],
  ["Kritischer Fehler", "critical", "problem"],
  ["Échec de la sauvegarde", "error", "problem"],
  ["Sauvegarde échouée", "error", "problem"],
  ["Le volume 1 est dégradé", "error", "problem"],
  ["Sauvegarde réussie", "info", "ok"],
  ["La sauvegarde n'a pas réussi", "error", "problem"],
  ["Sauvegarde terminée sans erreur", "info", "ok"],
  ["Panne résolue", "info", "ok"],
  ["Error en la copia", "error", "problem"],
  ["Fallo de disco", "error", "problem"],
  ["Respaldo fallido", "error", "problem"],
  ["Copia finalizada con errores", "error", "problem"],
  ["Estado correcto", "info", "ok"],
  ["Copia no completada", "error", "problem"],
  ["Problema resuelto", "info", "ok"],
  ["Säkerhetskopieringen misslyckades", "error", "problem"],
  ["Säkerhetskopieringen lyckades", "info", "ok"],
  ["Säkerhetskopieringen lyckades inte", "error", "problem"],
  ["Säkerhetskopieringen kunde inte slutföras", "error", "problem"],
  ["Back-up mislukt", "error", "problem"],
  ["Back-up geslaagd", "info", "ok"],
  ["Backup fallito", "error", "problem"],
  ["Backup riuscito", "info", "ok"],
  ["Falha no backup", "error", "problem"],
  ["Backup concluído", "info", "ok"],
  ["Sans titre", "info", "info"],
  ["Felix schickt etwas", "info", "info"],
  ["Informe semanal", "info", "info"],
  ["OK: 3, Failed: 2", "error", "problem"],
  ["Success: 10 Failed: 2", "error", "problem"],
  ["Recovery from disk failure needed", "error", "problem"],
  ["Recovery from failure failed", "error", "problem"],
  ["Disk failure half fixed", "error", "problem"],
  ["Disk failure almost fixed", "error", "problem"],
  ["Disk failure partially resolved", "error", "problem"],
  ["Disk failure: get it fixed", "error", "problem"],
  ["Ended without success", "error", "problem"],
  ["0 of 3 backups completed", "error", "problem"],
  ["OK but nas1 failed", "error", "problem"],
  ["Fixed IP failure", "error", "problem"],
  ["Error: failed to be restored", "error", "problem"],
  ["3 of 3 backups completed", "info", "ok"],
  ["[RESOLVED] 2 hosts down", "info", "ok"],
  ["No recovery needed", "info", "info"],
  ["Non-critical update", "info", "info"],
  ["E\u0301chec de la sauvegarde", "error", "problem"],
  ["[Backup failed] OK: see log", "error", "problem"],
  ["", "info", "info"],
];

/** What patterns that look back would look over again and again. */
const endless = [
  "not ",
  "no ",
  "ok -",
  "until a ",
  "not a b c ",
  "recovered from a b c ",
  "failed fixed on ",
  "fixed...",
  "[".repeat(60),
  "failed: ",
  "0 errors or ",
  "0 of 5 a ",
  "none of the a ",
  "no backups ",
  "läuft a ",
  "Errors: 0 ",
];

Deno.test("judge() comes to an end with words that nearly mean something", () => {
  for (const words of endless) {
    assert.ok(judge(words.repeat(500 / words.length)).rest.length <= 520);
  }
});

for (const [subject, severity, state] of subjects) {
  Deno.test(`judge() finds ${severity}/${state} in "${subject}"`, () => {
    const judged = judge(subject);
    assert.deepEqual([judged.severity, judged.state], [severity, state]);
  });
}

Deno.test("judge() leaves the same of a subject whatever the state", () => {
  const bare = (subject: string) => judge(subject).rest.replace(/\s+/g, " ").trim();
  const [first, ...others] = ["Backup failed", "Backup succeeded", "Backup: OK", "Backup aborted"]
    .map((subject) => bare(subject).replace(":", "").trim());
  for (const other of others) assert.equal(other, first);
});

testSubjects({
  "error/problem": `
    0 of 5 backups were completed
    0 of 5 nodes reachable
    Warnings: 0 Errors: 1
    Errors: nonexistent host
    Failed: none of your business
    Resolved: none
    No errors - 2 failed
    None of the jobs succeeded
    No space backup failed
  `,
  "warning/problem": `
    2 of 5 backups succeeded
    1 von 3 Sicherungen erfolgreich
    Errors: 0 - Warnings: 2
    Errors: none, Warnings: 3
    No errors: 1 warning
  `,
  "info/ok": `
    Failed: none
    Errors: none
    Errors: None.
    Fehler: keine
    Fehler: Keine, Warnungen: keine
    Warnings: no
    Erreurs : aucune
    Errores: ninguno
    Fel: inga
    Fouten: geen
    Errori: nessuno
    5 passed / 0 failed
    Step 2 of 5 copy done
    Tape 1 of 2 backup finished
    Errors=none
    0 of 3 jobs have failed
    10 of 10 backups succeeded
    11/22 nightly backup succeeded
    Alarm cleared: disk failed
  `,
  "info/info": `
    Your password never expires
  `,
});

testSameRest(`
  0 of 5 backups succeeded | 5 of 5 backups succeeded | 2 of 5 backups succeeded | 2 of 5 backups failed
  0 of 5 backups succeeded | 0 of 5 backups failed | 0 of 12 backups not completed
  0 von 5 Sicherungen erfolgreich | 5 von 5 Sicherungen erfolgreich | 3 von 5 Sicherungen fehlgeschlagen
  0/5 jobs ok | 5/5 jobs ok
  Sync completed | Sync completed with errors | Sync completed with 3 errors | Sync failed
  Report: 12 passed, 0 failed | Report: 10 passed, 2 failed | Report: Errors: none
  Disk full on /var | Disk ok on /var
  Cron job exited with status 1 | Cron job exited with status 0
`);
