/**
 * The body of a mail as people would read it: one text, and what is attached.
 *
 * The text is the first plain part that is not attached, else the first HTML part as text; parts of
 * an attached message count only where the mail has no text of its own. Never fails: what cannot
 * be read is empty, or shown raw.
 *
 * @module
 */

import { reasonOf } from "../../errors.ts";
import type { AttachmentFacts } from "../../language/scope.ts";
import type { Message } from "../../mail/message.ts";
import { printable } from "../../mail/printable.ts";
import { decodeText, MAX_TEXT_CHARACTERS } from "./charset.ts";
import type { Header } from "./header.ts";
import { htmlToText } from "./html.ts";
import { findParts, type Leaf } from "./parts.ts";
import { decodeTransfer } from "./transfer.ts";

/** Octets of the body that are read. */
const MAX_BODY_OCTETS = 524_288;
/** Characters of HTML that are looked at: its styles come first, and are long. */
const MAX_HTML_CHARACTERS = 262_144;

/** Longest reason for a body that cannot be read. */
const MAX_WHY_CHARACTERS = 200;

const CR = 0x0d;
const LF = 0x0a;

/** What was read of a body. */
export interface Body {
  /** The text with LF line ends, at most 65,536 characters, no other control characters but TAB. */
  readonly text: string;
  /** What is attached, in order. */
  readonly attachments: readonly AttachmentFacts[];
  /** Whether the mail's text goes on behind it, as far as can be told. */
  readonly textCut: boolean;
  /** Why the body could not be read to its end, or to the bound; what was read of it is here. */
  readonly bodyUnread?: string;
}

/** The octets that were read. */
interface Octets {
  readonly octets: Uint8Array;
  readonly unread?: string;
}

/** Reads the body, or what the bounds leave of it. Never rejects. */
export async function readBody(header: Header, message: Message): Promise<Body> {
  const { octets, unread } = await readOctets(message);
  // The rest starts with the CR LF of the blank line, unless the message is all header.
  const blank = octets[0] === CR && octets[1] === LF;
  const leaves = findParts(header, blank ? octets.subarray(2) : octets);
  const attachments = leaves.filter((leaf) => kindOf(leaf) === "file").map(attachmentOf);
  const chosen = await chooseText(leaves);
  const text = plainLines(chosen.text);
  const atEnd = chosen.leaf === undefined || chosen.leaf === leaves.at(-1);
  return {
    text: text.slice(0, MAX_TEXT_CHARACTERS),
    attachments,
    textCut: text.length > MAX_TEXT_CHARACTERS || atEnd && octets.length === MAX_BODY_OCTETS,
    ...unread !== undefined && { bodyUnread: unread },
  };
}

async function readOctets(message: Message): Promise<Octets> {
  const octets = new Uint8Array(Math.min(message.octets + 4, MAX_BODY_OCTETS));
  let used = 0;
  try {
    for await (const piece of message.rest()) {
      const kept = piece.subarray(0, octets.length - used);
      octets.set(kept, used);
      used += kept.length;
      if (used === octets.length) break;
    }
  } catch (error) {
    // The delivery will meet the same fault; conditions must not take it for an empty text.
    const why = reasonOf(error);
    return { octets: octets.subarray(0, used), unread: printable(why, MAX_WHY_CHARACTERS) };
  }
  return { octets: octets.subarray(0, used) };
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

/** A text and where it is from; one character more than the bound tells that there is more. */
interface Chosen {
  readonly text: string;
  readonly leaf?: Leaf;
}

async function chooseText(leaves: readonly Leaf[]): Promise<Chosen> {
  const depths = new Set(leaves.map(({ messages }) => messages));
  for (const depth of [...depths].sort((a, b) => a - b)) {
    const own = leaves.filter(({ messages }) => messages === depth);
    const plain = firstText(own.filter((leaf) => kindOf(leaf) === "plain"));
    if (plain.text !== "") return plain;
    const html = firstText(own.filter((leaf) => kindOf(leaf) === "html"), MAX_HTML_CHARACTERS);
    if (html.text !== "") return { ...html, text: await htmlToText(html.text) };
    const other = firstText(own.filter((leaf) => kindOf(leaf) === "other"));
    if (other.text !== "") return other;
  }
  return { text: "" };
}

/** The first text that is more than blanks. */
function firstText(leaves: readonly Leaf[], maxCharacters = MAX_TEXT_CHARACTERS + 1): Chosen {
  for (const leaf of leaves) {
    const { octets, encoding, type } = leaf;
    const text = decodeText(decodeTransfer(octets, encoding), {
      charset: type.raw("charset"),
      maxCharacters,
      sevenBit: encoding === "7bit" || encoding === "",
    });
    if (/\S/.test(text)) return { text, leaf };
  }
  return { text: "" };
}

/** LF line ends, and no control character but them and TAB. */
function plainLines(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]/gu, " ");
}
