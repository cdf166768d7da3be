/**
 * Keeps secrets out of what a server says: it may send back what it was sent, in clear or in some
 * encoding, and its words end up in logs, reasons and replies to notifiers. Pure.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** What stands in the place of a secret. */
const HIDDEN = "[hidden]";

/** Hides the secrets it was told of. */
export class Secrets {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** Hides `secret`, one or more characters, and its usual encodings from now on. */
  add(secret: string): void {
    if (secret === "") return;
    for (const form of formsOf(secret)) this.#forms.add(form);
    const longestFirst = [...this.#forms].sort((a, b) => b.length - a.length);
    const source = longestFirst.map((form) => form.replace(/[^A-Za-z0-9]/gu, "\\$&"));
    this.#pattern = new RegExp(source.join("|"), "gi");
  }

  /** The text without the secrets; one character an octet, as it came from the wire. */
  hide(text: string): string {
    return this.#pattern ? text.replace(this.#pattern, HIDDEN) : text;
  }
}

const DECODER = new TextDecoder("latin1");

/** In clear, as hexadecimal digits, percent-encoded, and as the inside of any base64 text. */
function formsOf(secret: string): string[] {
  const octets = Buffer.from(secret);
  const inner = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), octets]).toString("base64url");
    // The characters at both ends also hold bits of what stands around the secret.
    const from = Math.ceil(before * 8 / 6);
    const to = Math.floor((before + octets.length) * 8 / 6);
    const core = text.slice(from, to);
    return [core, core.replaceAll("-", "+").replaceAll("_", "/")];
  });
  // Where nothing stands around it, the ends are known too, and go along.
  const whole = [octets.toString("base64"), octets.toString("base64url")];
  const others = [octets.toString("hex"), encodeURIComponent(secret.toWellFormed())];
  const forms = [secret, DECODER.decode(octets), ...whole, ...others];
  // Shorter ones hide nothing that could not be guessed, and would stand in every text.
  return [...forms, ...inner.filter((form) => form.length >= MIN_INNER)].filter((form) => form);
}

/** Shortest inside of a base64 text that is looked for, in characters. */
const MIN_INNER = 4;
