/**
 * The words that senders have for good and bad news: English, and the commonest ones of German,
 * French, Spanish, Swedish, Dutch, Italian, Portuguese and Russian, for senders whose mails are
 * translated. Each entry is a piece of a pattern; it stands for whole words. What has no blanks
 * between words is in `unspaced.ts`.
 *
 * @module
 */

const CRITICAL_WORDS = [
  "critical|crit|fatal|emerg(?:ency)?|notfall|panic|disaster|catastrophic",
  "kritische?[snr]?|critiques?|crític[oa]s?|critic[oa]|kritiskt?|kritiek",
  "критическ(?:ая|ий|ое|ие|ого|ой|их|ом)|критично|фатальн(?:ая|ый|ое)|чрезвычайн(?:ая|ый|ое)|катастрофа",
];

const ERROR_WORDS = [
  "fail(?:s|ed|ure|ures|ing)?|errors?|fault(?:s|ed|y)?(?![ -]toleran)|bad (?:sectors?|blocks?)|down|unreachable|unavailable|unhealthy|broken|degraded",
  "offline|abort(?:ed)?|crash(?:ed)?|timed out|corrupt(?:ed|ion)?|problems?|alarm|lost",
  "impossible|un(?:recover|repair|correct)able|irrecoverable|unable to",
  "cannot|can not|could not|couldn['’]t|no (?:response|answer|connection)(?! (?:needed|required|necessary))",
  "no space left|out of (?:memory|space|disk space)|time-?outs?|refused(?<=connections? refused)",
  "denied(?<=(?:access|permission) denied)|exceptions?(?! (?:of|to|for)(?!\\p{L}))",
  "exit(?:ed)?(?: with)?(?: status| code) [1-9]\\d{0,2}",
  "full(?<=(?:disk|volume|drive|file ?system|partition|pool|storage|mailbox)(?: \\d{1,3})?(?: is)? full)(?! backup)",
  "voll(?<=(?:festplatte|laufwerk|volume|partition|speicher|speicherplatz|postfach)(?: \\d{1,3})?(?: ist)? voll)",
  "fehlgeschlagen(?:e[nrs]?)?|fehler(?:n|haft(?:e[nrs]?)?|meldung(?:en)?)?|fehlschlag|gescheitert|misslungen|abgebrochen|abbruch|abgestürzt",
  "ausf(?:all|älle)|stromausf(?:all|älle)|netzausfall|serverausfall|systemausfall|ausgefallen|störung(?:en)?|defekt|beschädigt|herabgesetzt|beeinträchtigt|degradiert|problemen?",
  "unterbrochen|unterbrechung|verloren|zeitüberschreitung|(?:antwortet|reagiert|funktioniert|startet) nicht",
  "läuft nicht(?! ab(?!\\p{L}))|keine (?:antwort|verbindung)",
  "(?:konnten?|kann) nicht",
  "[ée]chec|[ée]chou[ée]e?s?|erreurs?|panne|d[ée]faillan(?:ce|t|te)|d[ée]grad[ée]e?s?|interrompue?",
  "corrompue?s?|injoignable|indisponible|hors ligne|problèmes?|n['’]a pas pu",
  "errore?s|fallos?|fallid[oa]s?|falló|fallado|fallad[oa]|avería|degradad[oa]|interrumpid[oa]",
  "problemas?|no se pudo",
  "misslyckades|misslyckade?|misslyckats|fel|avbröts|avbruten|avbrutet|kraschade|kunde inte",
  "mislukte?|fouten|fout|storing|afgebroken|niet bereikbaar|kon niet",
  "errore|errori|fallit[oaie]|guasto|non riuscit[oa]|impossibile",
  "erros?|falhas?|falhou|não foi possível",
  "ошиб(?:ка|ки|ку|кой|ке|ок|кам|ками)|сбо(?:й|я|и|ев|ем)|отказ(?! от(?!\\p{L}))|авари(?:я|и|ю)|аварийн(?:ая|ый|ое)",
  "неудач(?:а|но|ная|ный)|неуспешно|безуспешно|не удал(?:ось|ся|ась)|невозможно|прерван[оаы]?",
  "недоступ(?:ен|на|но|ны)|не в сети|неисправ(?:ен|на|но|ны|ность)|повре(?:жд[её]н|ждена|ждено|ждены|ждение)",
  "нет (?:связи|ответа|соединения|доступа)|потерян[оаы]?|потеря|проблем(?:а|ы|у|ой)?|тревога|незаверш(?:[её]н|ена|ено|ены)|упал[оаи]?",
];

const WARNING_WORDS = [
  "warn(?:ing|ings)?|overdue|delayed|low|almost full|nearly full|exceeded|degrading|partially",
  "expir(?:es?|ing|ed|y|ation)|missed|too (?:high|low|hot)|overheat(?:ing|ed)?|overload(?:ed)?",
  "on battery|needs? (?:to be replaced|replacement|replacing|attention)|unexpected(?:ly)?",
  "fast (?:voll|leer)|wenig speicher(?:platz)?|knapp(?<=speicherplatz (?:ist )?knapp)|batteriebetrieb",
  "läuft(?: [\\p{L}\\p{N}.]{1,12}){0,3} ab|abgelaufen|zu (?:hoch|heiß|niedrig)|überhitz(?:t|ung)|überlast(?:et)?",
  "muss (?:ausgetauscht|ersetzt) werden|unerwartet(?:e[nrs]?)?",
  "warnung(?:en)?|teilweise|avertissements?|advertencias?|varning(?:ar)?|waarschuwing(?:en)?",
  "предупреждени(?:е|я|й)|частично|истека(?:ет|ют)|ист[её]к|истекл[оаи]|просрочен[оаы]?",
  "недостаточно|заканчивается|превышен[оаы]?|превышение",
];

/** What was wrong and is over, as a verb has it. */
const OVER_WORDS = [
  "recovered|resolved|restored|cleared|fixed|repaired|back to normal|is back",
  "(?:up|ok|online|healthy|normal|reachable|available|responding|running) again",
  "behoben|gelöst|wiederhergestellt|repariert|entwarnung|wieder (?:erreichbar|online|verfügbar|normal)",
  "r[ée]solue?s?|r[ée]tablie?s?|r[ée]par[ée]e?s?|restaur[ée]e?s?|corrig[ée]e?s?",
  "resuelt[oa]s?|restaurad[oa]s?|restablecid[oa]s?|recuperad[oa]s?|reparad[oa]s?",
  "återställ[dt]a?|åtgärda[dt]|hersteld|opgelost|risolt[oa]|ripristinat[oa]|resolvid[oa]s?",
  "восстановлен[оаы]?|устран(?:[её]н|ена|ено|ены)|исправлен[оаы]?|реш(?:[её]н|ена|ено|ены)",
  "снова (?:в сети|доступ(?:ен|на|но|ны)|работает|в норме)",
];

const WELL_WORDS = [
  "ok(?:ay)?|success(?:ful|fully|es)?|succeeded|succeeds|completed?|passed|healthy|normal",
  "finished|done|online(?! (?:meeting|course|training|seminar|conference|event|shop))|up(?<= is up)(?! \\p{L})",
  "exit(?:ed)?(?: with)?(?: status| code) 0|operational(?<=(?:systems|fully) operational)",
  "erfolgreich(?:e[nrs]?)?|fehlerfrei(?:e[nrs]?)?|erfolg|abgeschlossen|fertiggestellt|in ordnung",
  "r[ée]ussie?s?|succès|termin[ée]e?s?",
  "éxito|exitos[oa]s?|correct[oa]s?|correctamente|completad[oa]s?|finalizad[oa]s?",
  "lyckades|lyckade?|lyckats|slutför(?:d|da|t|des)|färdig|geslaagd|gelukt|voltooid|succesvol",
  "riuscit[oaie]|completat[oaie]|successo|sucesso|concluíd[oa]s?",
  "успешно|успешн(?:ый|ая|ое)|заверш(?:[её]н|ена|ено|ены)|завершил(?:ось|ся|ась)|выполнен[оаы]?",
  "готово|в порядке|в норме|в сети",
];

/** What is put on a subject besides {@link OVER_WORDS}. */
const LABEL_WORDS = ["recovery|ok(?:ay)?|success"];

/** Words that say something bad only where they are denied. */
const ABLE_WORDS = [
  "reachable|available|possible|working|responding|running|recoverable|repairable|recovery",
  "run|start(?:ed)?|ausgeführt|durchgeführt|gestartet",
  "erreichbar|verfügbar|möglich|disponible|posible|bereikbaar|tillgänglig|disponibile",
  "доступ(?:ен|на|но|ны)|отвечает|работает|возможно",
];

/** What a verdict stands behind in the same breath: `Disk failure resolved`. */
const TROUBLE_WORDS = [
  "failures?|errors?|problems?|faults?|issues?|alarms?|alerts?|warnings?|outages?|incidents?|critical",
  "fehler|störung|ausfall|probleme?|warnung|erreurs?|panne|problèmes?|fallos?|errores|problemas?",
  "fel|varning|larm|storing|fout|errore|guasto",
  "ошибк[аи]|сбо[йи]|отказ(?! от(?!\\p{L}))|авария|проблем[аы]|неисправность|предупреждение|тревога",
];

/** What denies a good word that follows, at most three words later. */
const DENYING_WORDS = [
  "not|never|without|cannot|nobody|nothing|hardly|barely|half|partly|almost|nearly|unable to|fail(?:s|ed) to|no longer|\\p{L}{2,7}n['’]t",
  "(?:is|are|was|were|has|have|does|did|could|ca|wo)nt",
  "nicht|keine?[nrsm]?|niemals|nie|ohne|pas|jamais|sans|aucune?|nunca|sin|inte|ej|aldrig|utan",
  "niet|geen|nooit|zonder|non|não|sem",
  "не|нет|без|никогда|почти|невозможно",
];

/** What puts a good word off to some other day. */
const AWAITING_WORDS = [
  "(?:to|must|should|will|shall|can|may|might) be|needs?(?: to be)?|until|before|unless|once|if|when|gets?|wants?",
  "waiting(?: for| to be)?|awaiting|please|try(?:ing)? to|muss|soll|bis|bevor|falls|wenn|doit|avant",
  "hasta|antes|debe|måste|innan|tills",
  "будет|будут|пока|если|когда|пожалуйста",
];

/** Trouble that somebody counts: `no errors`, `Fehler: 0`. */
const COUNTED_WORDS = [
  "errors?|warnings?|failures?|failed|problems?|issues?|alerts?|faults?|bad (?:sectors?|blocks?)|crashes|outages?",
  "fehlern?|fehlgeschlagen|problemen?|warnungen|erreurs?|échecs?|problèmes?|errores|fallos?|problemas?|fel|fouten|errori|erros",
  "ошиб(?:ок|ки|ка|кам)|предупреждени(?:й|я)|сбоев|сбои|проблемы?|неудач(?:а|но)?",
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
