/**
 * The body of a mail as people would read it: one text, and what is attached.
 *
 * The text is the first plain part that is not attached, else the first HTML part as text; parts of
 * an attached message count only where the mail has no text of its own. Never fails: what cannot
 * be read is empty, or shown raw.
 *
 * @module
 */

import type { AttachmentFacts } from "../../language/scope.ts";
import type { Message } from "../../mail/message.ts";
import { decodeText, MAX_TEXT_CHARACTERS } from "./charset.ts";
import type { Header } from "./header.ts";
import { htmlToText } from "./html.ts";
import { findParts, type Leaf } from "./parts.ts";
import { decodeTransfer } from "./transfer.ts";

/** Octets of the body that are read. */
const MAX_BODY_OCTETS = 524_288;
/** Characters of HTML that are looked at: its styles come first, and are long. */
const MAX_HTML_CHARACTERS = 262_144;

const CR = 0x0d;
const LF = 0x0a;

/** What was read of a body. */
export interface Body {
  /** The text with LF line ends, at most 65,536 characters, no other control characters but TAB. */
  readonly text: string;
  /** What is attached, in order. */
  readonly attachments: readonly AttachmentFacts[];
}

/** Reads the body, or what the bounds leave of it. Never rejects. */
export async function readBody(header: Header, message: Message): Promise<Body> {
  const octets = await readOctets(message);
  // The rest starts with the CR LF of the blank line, unless the message is all header.
  const blank = octets[0] === CR && octets[1] === LF;
  const leaves = findParts(header, blank ? octets.subarray(2) : octets);
  const attachments = leaves.filter((leaf) => kindOf(leaf) === "file").map(attachmentOf);
  return { text: plainLines(await chooseText(leaves)), attachments };
}

async function readOctets(message: Message): Promise<Uint8Array> {
  const octets = new Uint8Array(Math.min(message.octets + 4, MAX_BODY_OCTETS));
  let used = 0;
  try {
    for await (const piece of message.rest()) {
      const kept = piece.subarray(0, octets.length - used);
      octets.set(kept, used);
      used += kept.length;
      if (used === octets.length) break;
    }
  } catch {
    // The delivery will meet the same fault and report it.
  }
  return octets.subarray(0, used);
}

/** What a part is to a reader; `file` is no words of the mail. */
function kindOf({ type, disposition }: Leaf): "plain" | "html" | "other" | "file" {
  if (disposition.value === "attachment") return "file";
  const { value } = type;
  if (value === "text/html") return "html";
  // A multipart gets here when it is nested too deep: raw is better than nothing.
  if (value === "text/plain" || !value.includes("/") || value.startsWith("multipart/")) {
    return "plain";
  }
  const named = disposition.text("filename") || type.text("name");
  return value.startsWith("text/") && named === "" ? "other" : "file";
}

function attachmentOf({ type, disposition, encoding, octets }: Leaf): AttachmentFacts {
  return {
    name: disposition.text("filename") || type.text("name"),
    type: type.value,
    size: decodeTransfer(octets, encoding).length,
  };
}

async function chooseText(leaves: readonly Leaf[]): Promise<string> {
  const depths = new Set(leaves.map(({ messages }) => messages));
  for (const depth of [...depths].sort((a, b) => a - b)) {
    const own = leaves.filter(({ messages }) => messages === depth);
    const plain = firstText(own.filter((leaf) => kindOf(leaf) === "plain"));
    if (plain !== "") return plain;
    const html = firstText(own.filter((leaf) => kindOf(leaf) === "html"), MAX_HTML_CHARACTERS);
    if (html !== "") return await htmlToText(html);
    const other = firstText(own.filter((leaf) => kindOf(leaf) === "other"));
    if (other !== "") return other;
  }
  return "";
}

/** The first text that is more than blanks. */
function firstText(leaves: readonly Leaf[], maxCharacters = MAX_TEXT_CHARACTERS): string {
  for (const { octets, encoding, type } of leaves) {
    const text = decodeText(decodeTransfer(octets, encoding), {
      charset: type.raw("charset"),
      maxCharacters,
      sevenBit: encoding === "7bit" || encoding === "",
    });
    if (/\S/.test(text)) return text;
  }
  return "";
}

/** LF line ends, and no control character but them and TAB. */
function plainLines(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]/gu, " ").slice(0, MAX_TEXT_CHARACTERS);
}
