/**
 * Holds the looks by which judge() spares itself most of its patterns to hiding nothing, whatever
 * words stand beside each other.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { judge, judgeThoroughly } from "../../../lib/routing/packs/words.ts";

/** Words that tell something alone, words that turn them, and words that do neither. */
const VOCABULARY = `
  failed FAILURE errors down critical Fatal warning low expired lost problem alarm degraded
  Fehler fehlgeschlagen Störung Warnungen échec échouée erreurs panne fallo errores misslyckades fel
  mislukt fouten guasto falhou fail-safe failsafe error-free non-critical
  ok OK success succeeded completed passed healthy normal finished done online back up again
  erfolgreich abgeschlossen réussie terminée correcto lyckades färdig geslaagd riuscito concluído
  recovered Resolved restored cleared fixed repaired recovery behoben wiederhergestellt résolue
  resuelto åtgärdat hersteld risolto reachable available running erreichbar verfügbar tillgänglig
  unresolved unfixed incomplete unsuccessful irreparable issues faults crashes outages alerts
  no No not never nobody isn't wasn’t wont cannot unable fails to could without any zero nothing none
  false nein nej non kein keine nicht ohne pas d'erreurs sans aucun nunca sin inte ej utan geen niet
  partially teilweise almost half still noch until before please to be should muss bis wenn avant
  is are was been now got all wurde ist sind är har after nach från from of von or und new more further
  ошибка ошибок сбой не_удалось завершено восстановлено решено не нет без частично будет ещё после
  fault full timeout exception expires expiry voll fehlerfrei Fehlern jobs fehlgeschlagen
  0_of_5 2_of_5 5_of_5 3/5 step_2_of_5 none_of_the disaster_recovery is_up exit_code not_a_single
  Backup backup disk /dev/sda nas1 nas1.example.com on at auf um på Sicherung Volume 1 0 12 2,0 3 Re:
`.trim().split(/\s+/);

const SIGNS = [
  ": ",
  "=",
  " - ",
  "->",
  " → ",
  "[",
  "]",
  "] ",
  "(",
  ")",
  ", ",
  "? ",
  ". ",
  "_",
  "",
  "'",
];

/** A letter that is the same as another in lower or upper case only, and one made of two. */
const ODD_LETTERS = ["ſ", "K", "ß", "İ", "e\u0301", "\u00a0", "\ud800", "警"];

const word = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...VOCABULARY) },
  { weight: 2, arbitrary: fc.constantFrom(...VOCABULARY).map((text) => text.toUpperCase()) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_LETTERS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
);
const between = fc.oneof(
  { weight: 3, arbitrary: fc.constant(" ") },
  { weight: 1, arbitrary: fc.constantFrom(...SIGNS) },
);
const subject = fc.array(fc.tuple(word, between), { maxLength: 9 })
  .map((pairs) => pairs.flat().join(""));

Deno.test("judge() comes to what all of its patterns come to", () => {
  fc.assert(
    fc.property(subject, (text) => assert.deepEqual(judge(text), judgeThoroughly(text))),
    { numRuns: 5_000 },
  );
});

Deno.test("each word and each pair of words is judged as all patterns judge it", () => {
  for (const first of VOCABULARY) {
    assert.deepEqual(judge(first), judgeThoroughly(first), first);
    for (const second of VOCABULARY) {
      for (const pair of [`${first} ${second}`, `${first}: ${second}`]) {
        assert.deepEqual(judge(pair), judgeThoroughly(pair), pair);
      }
    }
  }
});
