/**
 * `mail2alert demo --keep`: shows what comes in, as it happens, until the operator ends it. Mails
 * may come side by side, so each line about an arrival names the mail that it belongs to.
 *
 * @module
 */

import { findHeaderEnd } from "../../mail/header.ts";
import type { Answer } from "../../queue/intake.ts";
import { describeReply } from "../../mail/reply.ts";
import { readHops } from "../../mail/received.ts";
import { type Paint, paint, printable } from "../paint.ts";
import type { Terminal } from "../terminal.ts";
import { howToSend } from "./introduction.ts";
import { type Entry, setEntry, showMs } from "./layout.ts";
import { isNotice } from "./course.ts";
import type { Arrival } from "./mailbox.ts";
import { decisionEntries, entriesOf, noticeEntry, refusalEntry, titleLine } from "./tale.ts";
import type { Happening, World } from "./world.ts";

/** Mails whose numbers are remembered; older ones have arrived long since. */
const MAX_REMEMBERED = 1_000;

/**
 * Shows every mail until the operator ends it.
 *
 * @param world What goes on running.
 * @param terminal Where to show it, and who ends it.
 * @param sent How many mails have been shown before.
 */
export async function keepListening(
  world: World,
  terminal: Terminal,
  sent: number,
): Promise<void> {
  const brush = paint(terminal.colour);
  world.watch(createReporter(sent, brush, (text) => terminal.out(text)));
  terminal.out(howToSend(world, brush));
  const signal = await terminal.ended();
  terminal.out(`${signal}: the demo ends.\n`);
}

/** Makes the function that tells of each happening. */
function createReporter(
  sent: number,
  brush: Paint,
  out: (text: string) => void,
): (happening: Happening) => void {
  const numbers = new Map<string, number>();
  const unanswered = new Set<string>();
  let count = sent;
  const tell = (entries: readonly Entry[]) =>
    out(entries.map((entry) => setEntry(entry, brush)).join(""));
  return (happening) => {
    switch (happening.kind) {
      case "routed": {
        const { mail, routing } = happening;
        remember(numbers, mail.queueId, ++count);
        unanswered.add(mail.queueId);
        out(`\n${titleLine(count, "A mail of yours", brush)}`);
        tell([...entriesOf(mail), ...decisionEntries(routing.trace)]);
        const { reason } = routing.trace;
        const leaves = routing.deliveries.some(({ destination }) => destination === "smarthost");
        if (!leaves) tell([{ label: "arrived", text: `nowhere: ${printable(reason)}` }]);
        return;
      }
      case "arrived":
        return tell([arrivalEntry(happening.arrival, numbers)]);
      case "refused":
        return tell([refusalEntry(happening)]);
      case "answered": {
        const { queueId } = happening.answer;
        if (numbers.has(queueId) && !unanswered.delete(queueId)) tell([AGAIN]);
        return tell([answerEntry(happening.answer, numbers)]);
      }
    }
  };
}

const AGAIN: Entry = {
  label: "again",
  text: "the very same mail within 15 minutes: nobody gets a second copy",
  colour: "cyan",
};

function remember(numbers: Map<string, number>, queueId: string, number: number): void {
  numbers.set(queueId, number);
  const [oldest] = numbers.keys();
  if (numbers.size > MAX_REMEMBERED && oldest !== undefined) numbers.delete(oldest);
}

/** What the notifier was told, and after how long. */
function answerEntry(
  { queueId, reply, tookMs }: Answer,
  numbers: ReadonlyMap<string, number>,
): Entry {
  const number = numbers.get(queueId);
  const which = number === undefined ? "a mail" : `mail ${number}`;
  const text = `${which}: ${describeReply(reply)}, after ${showMs(tookMs)}`;
  return { label: "reply", text: printable(text) };
}

/** The mail is known again by the queue id in our `Received` field, its first one. */
function arrivalEntry(
  arrival: Arrival,
  numbers: ReadonlyMap<string, number>,
): Entry {
  const { recipients, message } = arrival;
  const [queueId = ""] = readHops(message.subarray(0, findHeaderEnd(message)?.fieldsEnd)).queueIds;
  const number = numbers.get(queueId);
  if (number === undefined && isNotice(arrival)) return noticeEntry(arrival);
  const which = number === undefined ? "a mail" : `mail ${number}`;
  const who = printable(recipients.join(", "));
  return {
    label: "arrived",
    text: `${which} at ${who}, ${message.length} octets`,
    colour: "green",
  };
}
