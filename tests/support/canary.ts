/**
 * A password that must not come to light, and the search for it in whatever somebody may read.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { latin1 } from "./octets.ts";

/** The password. */
export const CANARY = "CanaryBird7-Kx/qZw";

/** What is found out about, each by the place that it is in. */
export type Places = ReadonlyMap<string, string | Uint8Array>;

/**
 * The places that hold a secret: as it is, in base64 wherever it begins, as hexadecimal digits, with
 * capitals and small letters exchanged, or only capitals or small letters. Each with the form.
 */
export function findSecret(places: Places, secret: string = CANARY): string[] {
  const forms = formsOf(secret);
  return [...places].flatMap(([place, content]) => {
    const text = typeof content === "string" ? content : latin1(content);
    return forms.filter((form) => text.includes(form)).map((form) => `${form} in ${place}`);
  });
}

/** Every file below a folder, sockets excepted. */
export function filesBelow(folder: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) filesBelow(path).forEach((content, inner) => found.set(inner, content));
    else if (isFile) found.set(path, Deno.readFileSync(path));
  }
  return found;
}

function formsOf(secret: string): string[] {
  const exchanged = secret.replace(
    /[a-z]/gi,
    (letter) => letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  );
  const spellings = [secret, exchanged, secret.toUpperCase(), secret.toLowerCase()];
  return [...new Set(spellings.flatMap(encodingsOf))];
}

function encodingsOf(text: string): string[] {
  const octets = Buffer.from(text);
  const hex = octets.toString("hex");
  const encodings = [text, hex, hex.toUpperCase(), encodeURIComponent(text)];
  for (const before of [0, 1, 2]) {
    const base64 = Buffer.concat([Buffer.alloc(before), octets]).toString("base64url");
    // The characters at both ends also hold bits of what stands around the secret.
    const inner = base64.slice(
      Math.ceil(before * 8 / 6),
      Math.floor((before + octets.length) * 8 / 6),
    );
    encodings.push(inner, inner.replaceAll("-", "+").replaceAll("_", "/"));
  }
  return encodings;
}
