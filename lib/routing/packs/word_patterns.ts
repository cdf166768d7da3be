/**
 * How words stand beside each other in a subject and what they mean then: patterns made of the lists
 * in `word_lists.ts`, for `words.ts`, which says how they are weighed.
 *
 * @module
 */

import { WORDS } from "./word_lists.ts";

const { awaiting, bad, counted, deniable, denying, label, over, trouble, well } = WORDS;

/** Up to three words, nothing else between them. */
const GAP = "(?: [\\p{L}\\p{N}'’]{1,20}){0,3}? ";
const NO =
  "(?:no|0|zero|nothing|without(?: any)?|keine?|ohne|sans|aucune?|pas d['’]|sin|inga|utan|geen|нет|без|not (?:a single|one))";
const NONE = "(?:none|nothing|no|keine?|nichts|aucune?|ninguno|ninguna|inga|geen|nessuno|нет)";
const WORSE = "(?:(?:new|more|further|critical|fatal) )?";
const OR = "(?:or|and|oder|und|ou|o|eller|of|и|или)";
const OF = "(?:out of|of|von|aus|sur|de|av|van|di|из)";
const IS =
  "(?:is|are|was|were|been|now|got|all|wurden?|ist|sind|est|sont|été|sido|está|har|är|blivit|stato)";
const AFTER = "(?:from|after|nach|après|tras|efter|na|dopo|после)";
/** Right behind a label it says that the label is none: `Recovery: failed`. */
const FAILED =
  "(?:failed|aborted|crashed|impossible|unable|cannot|could|fehlgeschlagen|échoué|fallid|misslyck)";
/** Where a last word ends: with the subject, a place or signs aside. */
const END =
  "(?: (?:now|again|successfully))?(?: (?:on|at|auf|um|sur|på|op|на|в) \\S{1,253})?[^\\p{L}?]{0,40}$";
const PARTLY = "(?:partially|teilweise|частично)";

/** `unresolved` and the like, and what only sounds bad. */
const UNDONE =
  "(?<!\\p{L})(?:un|in)(?:completed?|fixed|recovered|reparable|resolved|successful(?:ly)?)(?!\\p{L})";
const HARMLESS =
  "(?<!\\p{L})(?:non[- ]critical|error[- ]free|fail[- ]?safe|disaster[- ]recovery)(?!\\p{L})";

/** Where a count ends that stands behind its name: `Errors: 0, Warnings: 2`. */
const COUNT_END = `(?=\\.?$| ?[,;)\\]|/]| - | ${counted} ?[:=]?)`;
const NONE_OF = "none(?: of(?: the| our| all)?(?: \\p{L}{1,20}){1,2})?";
const PART_OF = `( ?(?:${OF}|/) ?\\d{1,9}(?: \\p{L}{1,20}){0,3}? )`;
const STEP =
  "(?<!\\p{N}[.,]|\\p{N}|(?<!\\p{L})(?:part|step|stage|phase|dis[ck]|tape|volume|batch|day|teil|schritt|stufe|tag|band) #?)";

/**
 * Words that others turn, and what is put for them, one after the other. `normal` is no label, and
 * what is kept leaves the same whatever the number.
 */
export const TURNS: readonly (readonly [RegExp, string])[] = [
  // `no errors`, `0 failed`, `Errors: 0`: good news in bad words. The 0 of `2,0` is none.
  [pattern(`(?:${counted}|${bad}) ?[:=] ?(?:0|${NONE})${COUNT_END}`), " normal "],
  [pattern(`${counted} 0(?=\\.?$| ?[,;)\\]|/])`), " normal "],
  [
    pattern(`(?<!\\p{N}[.,]|[\\p{L}\\p{N}])${NO} ?${WORSE}${counted}(?: ${OR} ${counted})?`),
    " normal ",
  ],
  [pattern(`(?<!\\p{L})(?:${NONE_OF}|no \\p{L}{2,20}s) (?:have |has )?failed`), " normal "],
  [pattern(`${counted} (?:нет|не (?:обнаружено|найдено|выявлено))`), " normal "],
  [pattern(`(?<!\\p{L})no longer ${bad}`), " normal "],
  [pattern(`${STEP}0${PART_OF}${bad}`), "$1 normal "],
  // `not successful`, `could not be restored`, `unresolved`: bad news in good words.
  [pattern(`${denying}${GAP}${deniable}`), " failed "],
  [pattern(`${STEP}0${PART_OF}${deniable}`), "$1 failed "],
  [
    pattern(
      `(?<!\\p{L})(?:${NONE_OF} ${well}|no \\p{L}{1,20} (?:succeeded|successful|completed|passed)(?!\\p{L}))`,
    ),
    " failed ",
  ],
  [
    pattern(
      `(?<!\\p{L})no ${deniable}(?! (?:needed|required|necessary))|${well} (?:nicht|inte|ej|niet)(?!\\p{L})`,
    ),
    " failed ",
  ],
  [pattern(UNDONE), " failed "],
  [pattern(`(?:${label}|${well}) ?[:=] ?(?:no|none|false|nein|non|nej|нет)$`), " failed "],
  // `2 of 5 backups succeeded`, unlike `step 2 of 5 done`.
  [
    pattern(
      `${STEP}(\\d{1,9})( ${OF} )(?!\\1(?!\\d))(\\d{1,9}(?: \\p{L}{1,20}){1,3}? )${well}`,
    ),
    "$1$2$3 partially ",
  ],
  // `service to be restored`, `resolved?`, `partially fixed`: nothing is said of how it is.
  [pattern(`${awaiting}${GAP}${deniable}|${deniable} ?\\?`), " "],
  [pattern(`(?<=(?<!\\p{L})${PARTLY} )${deniable}`), " "],
  [pattern("(?<!\\p{L})(?:not|never|\\p{L}{2,7}n['’]t) expir(?:es?|ed|ing)(?!\\p{L})"), " "],
  [pattern(HARMLESS), " "],
];

/** What one of {@link TURNS} needs to find anything. */
export const TURNING: RegExp = new RegExp(
  [
    `(?<!\\p{L})(?:${NO}|${PARTLY})`,
    `[:=] ?(?:${NONE}|false|nein|nej)`,
    denying,
    awaiting,
    UNDONE,
    HARMLESS,
    `\\d ${OF} \\d`,
    "\\?",
  ].join("|"),
  "iu",
);

/** Every word that tells something; most subjects have none. */
export const TELLING: RegExp = new RegExp(`${WORDS.any}|${UNDONE}|${HARMLESS}`, "iu");

/** What is wrong, in any way. */
export const BAD: RegExp = pattern(bad);
/** What is critical. */
export const CRITICAL: RegExp = pattern(WORDS.critical);
/** What is wrong now. */
export const ERROR: RegExp = pattern(WORDS.error);
/** What is well, or has become so. */
export const WELL: RegExp = pattern(`${over}|${well}`);
/** What tells states apart: `with 3 errors`, `failed`. */
export const STATES: RegExp = pattern(
  `(?:(?<![\\p{L}\\p{N}])(?:with|mit|avec|con|med|met|с) (?:\\p{N}{1,9} )?)?(?:${bad}|${label}|${well})`,
);

/** Where what was wrong is clearly over; what comes behind may tell otherwise. */
export const VERDICT: readonly RegExp[] = [
  pattern(`(?<![\\p{L}\\p{N}])${IS} ${over}`),
  pattern(`(?<![\\p{L}\\p{N}])now (?:${well}|up(?!\\p{L}))`),
  pattern(`${trouble} ${over}`),
  pattern(`${trouble} ?[^\\p{L}\\p{N}]{1,4}${over}${END}`),
  pattern(`(?:${over}|(?<!\\p{L})back) ${AFTER}${GAP}${bad}`),
  pattern(`${bad} ?(?:to|-{1,2}>|=>|→) ?(?:${well}|up(?!\\p{L}))`),
  pattern(`[[(] ?${label} ?[\\])]`),
];

/** The same word as the last of all; not where all of it stands under `Error:`. */
export const LAST_WORD: RegExp = pattern(`${over}${END}`);
/** `Error:` before all else. */
export const BAD_LABEL: RegExp = new RegExp(`^[^\\p{L}]{0,5}${bad} ?(?:[:\\]]| - )`, "iu");

/** What is put on a subject and outweighs all that is in it: `[nas1] RECOVERY: it was down`. */
export const LABEL: RegExp = new RegExp(
  `^(?:\\[(?<about>[^\\][]{1,64})\\]:? ?)?[^\\p{L}]{0,5}(?:${trouble} )?${label} ?(?:[\\])]|(?::| -(?!-?>))(?! ?\\p{N}| ${FAILED}))`,
  "iu",
);
/** `still down`. */
export const STILL_BAD: RegExp = pattern(
  `(?<!\\p{L})(?:still|noch|toujours|fortfarande|ещ[её]|по-прежнему)(?: \\p{L}{1,20})? ${bad}`,
);

function pattern(piece: string): RegExp {
  return new RegExp(piece, "giu");
}
