/**
 * The words that senders have for good and bad news in Chinese, in both of its scripts, and in
 * Japanese. Nothing stands between the words of these languages, so patterns that look for whole words
 * cannot read them: what is known here is put into plain English words, denials first, and everything
 * else is left as it is.
 *
 * A word that is part of another one is bound to what stands around it: 恢复 is good news at the end
 * of 市电恢复 and none in 恢复计划, and the 停電 in 無停電電源装置 is the name of a UPS.
 *
 * @module
 */

/** What says that a subject is in such a script. */
const SCRIPT = /[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]/;

/** Particles around a word: good and bad news are to leave the same of a subject. */
const BEFORE = "[がにのをはも]?";
const BEHIND = "[がはをに]?(?:発生|検出)?(?:し(?:ました|た)|され(?:ました|た))?";
/** A few characters of the same clause. */
const GAP = "[^\\s,.。;:!?]{0,4}";
/** Where no other word is begun. */
const END = "(?=$|[\\s,.。!)\\]:])";

/** Trouble as a thing: not failover, nor looking for anomalies, nor a handicapped person. */
const TROUBLE = anyOf(
  "エラー|障害(?![者児物])|不具合|アラーム|警報|警报|错误|錯誤",
  "故障(?!转移|轉移|切换|切換|排除|诊断|診斷)|[异異]常(?![检檢][测測](?!到)|検知)",
);
const WARNING = "(?:警告|告警)";
const FAILURE = "失[败敗]";
const BROKEN = `(?:${TROUBLE}|${WARNING}|${FAILURE})`;

/** What comes to a good end, and is bad where that is denied. */
const END_JA = "(?:成功|完了|正常終了|復旧|解決|解消|回復|修復|復元)";
const END_ZH = "(?:成功|完成|正常|恢[复復]|解[决決]|修[复復]|[还還]原)";

/** エラーはありません, 没有错误, 失败：0. */
const NONE_WRONG = anyOf(
  `(?:${BROKEN}|問題)[はがも]?(?:あり|ござい|検出され|見つかり|発生し(?:てい)?)ません(?:でした)?`,
  `(?:${BROKEN}|問題)[はがも]?(?:ない|[な無]し|なく)|失敗し(?:てい)?ません(?:でした)?`,
  `(?:[没沒]有?|[无無]|未)(?:[发發][现現]|[检檢][测測]到|出[现現]|[发發]生)?(?:任何)?(?:${BROKEN}|[问問][题題])`,
  `(?<![\\d.]|\\d,)0 ?(?:[个個项項次条條]|件の?)?${BROKEN}`,
  `${BROKEN}[数數]? ?[:=]? ?0(?![\\d.,x])[个個项項次条條件]?|(?:${BROKEN}|[问問][题題]) ?[:=] ?(?:[无無]|なし)`,
);

/** 部分完成, 一部成功. */
const PARTLY = `${BEFORE}(?:部分(?:的に)?|一部(?:のみ)?)(?:${END_JA}|${END_ZH})(?:しました|した)?`;

/** 完了しませんでした, 未成功完成, 不正常. */
const NOT_WELL = anyOf(
  `${BEFORE}${END_JA}[がはにを]?(?:し|でき|され|せ)?(?:てい?)?(?:ません(?:でした)?|ない|なかった|ず)`,
  `未${END_JA}|正常では?(?:ありません|ない)|[不非]正常(?:[关關][机機])?`,
  `(?:未能?|[没沒]有|[没沒]能|[无無]法|不能|尚未|[并並]未)${GAP}${END_ZH}`,
);

/** 正在恢复, 已解决吗: nothing is said of how it is. */
const NOT_YET = anyOf(
  `(?:正在|即[将將]|等待|待|[请請]|[预預][计計])${GAP}${END_ZH}`,
  `已?${END_ZH}了?[吗嗎]|${END_JA}しましたか`,
);

/** What was wrong and is over; 恢复 alone is a thing to do. */
const OVER = anyOf(
  `${BEFORE}(?:復旧|解決|解消|回復|修復|復元|解除|復帰|復電)(?:(?:いた)?しました|した|されました|された|済み?|完了(?!予定|見込))`,
  `${BEFORE}(?:復旧|解消|解除|復電)${END}|正常に戻りました`,
  "[现現均都也]?已[经經]?(?:成功|全部|自[动動])?(?:恢[复復]|解[决決除]|修[复復]|排除|清除|[还還]原)(?:正常)?",
  "恢[复復]正常|(?<=^\\[?|\\] ?\\[?)(?:告警|警[报報]|故障|[异異]常|[问問][题題])?(?:恢[复復]|解[决決除])(?=[:\\]])",
  "(?<=告警|警[报報]|故障|[异異]常|市[电電]|[电電]源|[网網][络絡路]|[连連][接線线])恢[复復](?=通知|\\P{Script=Han}|$)",
);

const CRITICAL = anyOf(
  "致命的?な?|[严嚴]重(?!性|程度|[级級等])的?|重大な|(?<=\\[)重大(?=\\])|危機的な?",
  "[紧緊]急(?![程度修])|[灾災][难難](?!恢|[备備]|復)",
);

const FAILED = anyOf(
  `${BEFORE}失[败敗](?:し(?:ました|た|ています))?|できません(?:でした)?|できなかった|できず`,
  `${BEFORE}(?:破損|クラッシュ|タイムアウト|切断|強制終了)(?:し(?:ました|た|ています)|され(?:ました|た))`,
  `クラッシュ|タイムアウト|${BEFORE}(?<![ァ-ヶー])ダウン(?![ァ-ヶー])(?:し(?:ました|た|ています))?`,
  `${BEFORE}(?:破損|劣化(?:し(?:ました|ています))?)|オフライン(?:に(?:なり|なってい)ました|です|状態)`,
  "已?[损損][坏壞毁毀]|崩[溃潰]|[离離][线線](?!下[载載]|安[装裝]|包|[备備])|超[时時]|逾[时時]|[丢丟遗遺]失",
  "已?[断斷][线線开開]|(?<!不)[断斷][电電]|(?<![无無])中[断斷]|(?<![无無]|[計计][画划劃])停[电電]",
  `[宕当當死][机機]|已降[级級]|降[级級](?:[状狀][态態]|模式)|降[级級]${END}|[无無]法|不可用|不良`,
);

/** What will be wrong, or has grown too much. */
const WARNED = anyOf(
  `${BEFORE}${WARNING}${BEHIND}`,
  "(?:空[间間]|容量|[内內]存|メモリ|[电電]量)[がは]?不足(?:し(?:ました|ています))?",
  "期限切れ|[过過]期|(?:即[将將]|已)到期|[过過][高低熱热]",
  `(?:しきい値|閾値|上限)を(?:超え|超過し)(?:ました|ています|た)|超[过過]了?${GAP}(?:[阈閾]值|上限|限制)`,
);

const WELL = anyOf(
  `${BEFORE}(?:正常に)?(?:成功|完了|正常終了)(?:(?:いた)?しました|した)`,
  `${BEFORE}成功(?![率案事者])|${BEFORE}完了(?!予定|見込|待ち|次第)|已?(?:成功)?完成(?![度率])|正常|良好`,
);

/** What is put for what, one after the other. */
const IN_ENGLISH: readonly (readonly [RegExp, string])[] = [
  [unspaced(NONE_WRONG), " normal "],
  [unspaced(PARTLY), " partially "],
  [unspaced(NOT_WELL), " failed "],
  [unspaced(NOT_YET), " "],
  [unspaced(OVER), " resolved "],
  [unspaced(CRITICAL), " critical "],
  [unspaced(`${BEFORE}${TROUBLE}${BEHIND}`), " error "],
  [unspaced("(?<=^\\[?)[问問][题題](?=[:\\]])|[问問][题題](?=已)"), " problem "],
  [unspaced(`(?:[发發]生|出[现現])了?[问問][题題]|問題が${BEHIND}`), " problem "],
  [unspaced(WARNED), " warning "],
  [unspaced(FAILED), " failed "],
  [unspaced(WELL), " ok "],
];

/** Puts English words for those of these languages; any other text is left as it is. */
export function spaced(text: string): string {
  if (!SCRIPT.test(text)) return text;
  // `：` is a colon and `ｴﾗｰ` is エラー; the rest of Unicode has forms that grow.
  const narrow = text.replace(/[\uff00-\uffef]+/g, (wide) => wide.normalize("NFKC"))
    .replace(/[【〔「]/g, "[").replace(/[】〕」]/g, "]");
  return IN_ENGLISH.reduce((plain, [words, english]) => plain.replace(words, english), narrow);
}

function anyOf(...pieces: readonly string[]): string {
  return `(?:${pieces.join("|")})`;
}

function unspaced(piece: string): RegExp {
  return new RegExp(piece, "gu");
}
