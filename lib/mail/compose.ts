/**
 * What goes out for a mail: our trace field, the header fields, the rest. Pure; nothing is decoded.
 *
 * Only a delivery with a rewrite changes octets, and then only those of the fields that it names (as
 * in 2017) and of the body, if it brings a text: everything else stays as it came.
 *
 * @module
 */

import { quotedPrintable } from "./ascii_encodings.ts";
import type { Delivery } from "./delivery.ts";
import type { Envelope } from "./envelope.ts";
import type { Mail } from "./message.ts";
import { rewriteFields } from "./rewrite.ts";

/** The octets of a message to send, not yet dot-stuffed. */
export interface Content {
  /** How many octets {@link Content.head} and {@link Content.rest} give together. */
  readonly octets: number;
  /** The first pieces, at hand. */
  readonly head: readonly Uint8Array[];
  /** What to declare the body to be; absent: what the notifier declared. */
  readonly body?: Envelope["body"];
  /** The pieces that follow, wherever they are kept; each valid until the next is asked for. */
  rest(): AsyncIterable<Uint8Array>;
}

const NOTHING = new Uint8Array();
const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Puts together what goes out.
 *
 * @param mail The mail as received.
 * @param delivery Says whether header fields are replaced.
 * @param trace Our `Received` field, CR LF included; empty for none.
 */
export function compose(mail: Mail, delivery: Delivery, trace: Uint8Array = NOTHING): Content {
  const { message } = mail;
  const fields = delivery.rewrite
    ? rewriteFields(message.fields, delivery.rewrite)
    : [message.fields];
  const head = trace.length > 0 ? [trace, ...fields] : fields;
  const headOctets = head.reduce((sum, piece) => sum + piece.length, 0);
  if (delivery.rewrite?.text === undefined) {
    return {
      octets: headOctets + message.octets - message.fields.length,
      head,
      rest: () => message.rest(),
    };
  }
  const body = bodyOf(delivery.rewrite.text);
  const declared = declaredFor(head);
  return {
    octets: headOctets + body.length,
    head: [...head, body],
    ...declared && { body: declared },
    rest: nothing,
  };
}

/**
 * What a text of ours is declared to be below these fields. Ours is 7-bit; a field of the notifier's
 * may not be, or may hold what is no line: `undefined` then, for after DATA it could end the mail.
 */
function declaredFor(head: readonly Uint8Array[]): Envelope["body"] | undefined {
  let eightBit = false;
  let before = 0;
  for (const piece of head) {
    for (const octet of piece) {
      if (octet === NUL || (before === CR) !== (octet === LF)) return undefined;
      eightBit ||= octet > 0x7f;
      before = octet;
    }
  }
  return eightBit ? "8BITMIME" : "7BIT";
}

/** The blank line and the text, as `rewrite.ts` declares it. */
function bodyOf(text: string): Uint8Array {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n?$/, "\n").replaceAll("\n", "\r\n");
  const encoder = new TextEncoder();
  return encoder.encode(`\r\n${quotedPrintable(encoder.encode(lines))}`);
}

async function* nothing(): AsyncIterable<Uint8Array> {}
