/**
 * Writes down what was said, as the dialogs in `tests/smtp/dialogs/` are written, so that a case that
 * was found can be kept as one of them.
 *
 * @module
 */

/** Something that was said. */
export interface Said {
  /** Who: the client or the server. */
  readonly who: "C" | "S";
  /** What, one character an octet. */
  readonly text: string;
}

/** Something that was said, and what a dialog needs to know besides. */
export interface Case {
  /** A comment: the seed and what was wrong. */
  readonly comment: string;
  /** What the listener is to be like, as `dialog_stage.ts` has it. */
  readonly wishes: string;
  /** What was said, in order. */
  readonly said: readonly Said[];
}

/** The transcript of a case. */
export function transcriptOf({ comment, wishes, said }: Case): string {
  const lines = [`# ${comment.replaceAll("\n", " ")}`];
  if (wishes) lines.push(`= ${wishes}`);
  for (const { who, text } of said) {
    if (who === "C") lines.push(...text.match(/[^\n]*\n|[^\n]+$/g)?.map(clientLine) ?? []);
    else lines.push(...text.split("\r\n").filter(Boolean).map(serverLine));
  }
  return `${lines.join("\n")}\n`;
}

function clientLine(line: string): string {
  return /^[ -[\]-~]*\r\n$/.test(line) ? `C: ${line.slice(0, -2)}` : `C* ${escape(line)}`;
}

/** A reply line is printable ASCII, exactly as it stands; what is not can be no part of a dialog. */
function serverLine(line: string): string {
  return /^[ -~]*$/.test(line) ? `S: ${line}` : `S? ${escape(line)}`;
}

/** With the escapes that the dialog player knows. */
function escape(text: string): string {
  return text.replace(/[^ -[\]-~]/g, (character) => {
    const known = { "\r": "\\r", "\n": "\\n", "\t": "\\t", "\0": "\\0", "\\": "\\\\" }[character];
    return known ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
