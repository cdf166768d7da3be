/**
 * The words that senders have for good and bad news: English, and the commonest ones of German,
 * French, Spanish, Swedish, Dutch, Italian and Portuguese, for senders whose mails are translated.
 * Each entry is a piece of a pattern; it stands for whole words.
 *
 * @module
 */

const CRITICAL_WORDS = [
  "critical|crit|fatal|emerg(?:ency)?|panic|disaster|catastrophic",
  "kritische?[snr]?|critiques?|crític[oa]s?|critic[oa]|kritiskt?|kritiek",
];

const ERROR_WORDS = [
  "fail(?:s|ed|ure|ures|ing)?|errors?|down|unreachable|unavailable|unhealthy|broken|degraded",
  "offline|abort(?:ed)?|crash(?:ed)?|timed out|corrupt(?:ed|ion)?|problems?|alarm|lost",
  "impossible|un(?:recover|repair|correct)able|irrecoverable|unable to",
  "cannot|can not|could not|couldn['’]t",
  "fehlgeschlagen|fehler(?:haft)?|fehlschlag|gescheitert|misslungen|abgebrochen|abbruch|abgestürzt",
  "ausfall|ausgefallen|störung|defekt|beschädigt|herabgesetzt|beeinträchtigt|probleme?",
  "(?:konnten?|kann) nicht",
  "[ée]chec|[ée]chou[ée]e?s?|erreurs?|panne|d[ée]faillan(?:ce|t|te)|d[ée]grad[ée]e?s?|interrompue?",
  "corrompue?s?|injoignable|indisponible|hors ligne|problèmes?|n['’]a pas pu",
  "errore?s|fallos?|fallid[oa]s?|falló|fallado|fallad[oa]|avería|degradad[oa]|interrumpid[oa]",
  "problemas?|no se pudo",
  "misslyckades|misslyckade?|misslyckats|fel|avbröts|avbruten|avbrutet|kraschade|kunde inte",
  "mislukte?|fouten|fout|storing|afgebroken|niet bereikbaar|kon niet",
  "errore|errori|fallit[oaie]|guasto|non riuscit[oa]|impossibile",
  "erros?|falhas?|falhou|não foi possível",
];

const WARNING_WORDS = [
  "warn(?:ing|ings)?|overdue|delayed|low|almost full|nearly full|exceeded|degrading|partially",
  "expir(?:es|ing|ed)",
  "warnung(?:en)?|teilweise|avertissements?|advertencias?|varning(?:ar)?|waarschuwing(?:en)?",
];

/** What was wrong and is over, as a verb has it. */
const OVER_WORDS = [
  "recovered|resolved|restored|cleared|fixed|repaired|back to normal|is back",
  "(?:up|ok|online|healthy|normal) again",
  "behoben|gelöst|wiederhergestellt|repariert|entwarnung|wieder (?:erreichbar|online|verfügbar|normal)",
  "r[ée]solue?s?|r[ée]tablie?s?|r[ée]par[ée]e?s?|restaur[ée]e?s?|corrig[ée]e?s?",
  "resuelt[oa]s?|restaurad[oa]s?|restablecid[oa]s?|recuperad[oa]s?|reparad[oa]s?",
  "återställ[dt]a?|åtgärda[dt]|hersteld|opgelost|risolt[oa]|ripristinat[oa]|resolvid[oa]s?",
];

const WELL_WORDS = [
  "ok(?:ay)?|success(?:ful|fully|es)?|succeeded|succeeds|completed?|passed|healthy|normal",
  "finished|done|online",
  "erfolgreich(?:e[nrs]?)?|erfolg|abgeschlossen|fertiggestellt|in ordnung",
  "r[ée]ussie?s?|succès|termin[ée]e?s?",
  "éxito|exitos[oa]s?|correct[oa]s?|correctamente|completad[oa]s?|finalizad[oa]s?",
  "lyckades|lyckade?|lyckats|slutför(?:d|da|t|des)|färdig|geslaagd|gelukt|voltooid|succesvol",
  "riuscit[oaie]|completat[oaie]|successo|sucesso|concluíd[oa]s?",
];

/** What is put on a subject besides {@link OVER_WORDS}. */
const LABEL_WORDS = ["recovery|ok(?:ay)?|success"];

/** Words that say something bad only where they are denied. */
const ABLE_WORDS = [
  "reachable|available|possible|working|responding|running|recoverable|repairable|recovery",
  "erreichbar|verfügbar|möglich|disponible|posible|bereikbaar|tillgänglig|disponibile",
];

/** What a verdict stands behind in the same breath: `Disk failure resolved`. */
const TROUBLE_WORDS = [
  "failures?|errors?|problems?|issues?|alarms?|alerts?|warnings?|outages?|incidents?|critical",
  "fehler|störung|ausfall|probleme?|warnung|erreurs?|panne|problèmes?|fallos?|errores|problemas?",
  "fel|varning|larm|storing|fout|errore|guasto",
];

/** What denies a good word that follows, at most three words later. */
const DENYING_WORDS = [
  "not|never|without|cannot|nobody|nothing|hardly|barely|half|partly|almost|nearly|unable to|fail(?:s|ed) to|no longer|\\p{L}{2,7}n['’]t",
  "(?:is|are|was|were|has|have|does|did|could|ca|wo)nt",
  "nicht|keine?[nrsm]?|niemals|nie|ohne|pas|jamais|sans|aucune?|nunca|sin|inte|ej|aldrig|utan",
  "niet|geen|nooit|zonder|non|não|sem",
];

/** What puts a good word off to some other day. */
const AWAITING_WORDS = [
  "(?:to|must|should|will|shall|can|may|might) be|needs?(?: to be)?|until|before|unless|once|if|when|gets?|wants?",
  "waiting(?: for| to be)?|awaiting|please|try(?:ing)? to|muss|soll|bis|bevor|falls|wenn|doit|avant",
  "hasta|antes|debe|måste|innan|tills",
];

/** Trouble that somebody counts: `no errors`, `Fehler: 0`. */
const COUNTED_WORDS = [
  "errors?|warnings?|failures?|failed|problems?|issues?|alerts?|faults?|crashes|outages?",
  "fehlern?|probleme?|warnungen|erreurs?|échecs?|problèmes?|errores|fallos?|problemas?|fel|fouten|errori|erros",
];

/** Pieces as one piece: any of them, as whole words. `_` is no letter here. */
function anyOf(...lists: readonly (readonly string[])[]): string {
  return `(?<![\\p{L}\\p{N}])(?:${lists.flat().join("|")})(?![\\p{L}\\p{N}])`;
}

/** Pieces of patterns, for flags `iu`. */
export const WORDS = {
  /** The worst. */
  critical: anyOf(CRITICAL_WORDS),
  /** Something is wrong. */
  error: anyOf(ERROR_WORDS),
  /** Something will be. */
  warning: anyOf(WARNING_WORDS),
  /** Any of these three. */
  bad: anyOf(CRITICAL_WORDS, ERROR_WORDS, WARNING_WORDS),
  /** What was wrong and is over. */
  over: anyOf(OVER_WORDS),
  /** The same as a sign on something; only here `recovery` is one. */
  label: anyOf(OVER_WORDS, LABEL_WORDS),
  /** All is well, or was from the beginning. */
  well: anyOf(WELL_WORDS),
  /** What is bad where it is denied. */
  deniable: anyOf(OVER_WORDS, WELL_WORDS, ABLE_WORDS),
  /** Every word that tells something, if only denied or counted. */
  any: anyOf(
    CRITICAL_WORDS,
    ERROR_WORDS,
    WARNING_WORDS,
    OVER_WORDS,
    LABEL_WORDS,
    WELL_WORDS,
    ABLE_WORDS,
    COUNTED_WORDS,
  ),
  /** What denies. */
  denying: anyOf(DENYING_WORDS),
  /** What puts off. */
  awaiting: anyOf(AWAITING_WORDS),
  /** Trouble as a thing. */
  trouble: anyOf(TROUBLE_WORDS),
  /** Trouble that is counted. */
  counted: anyOf(COUNTED_WORDS),
} as const;
