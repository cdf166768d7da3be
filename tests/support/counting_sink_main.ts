/**
 * The counting sink as a process of its own: `counting_sink.ts` starts it. It takes orders as JSON
 * lines on its standard input, answers each with a JSON line on its standard output, and ends with
 * its input.
 *
 * @module
 */

import { closeQuietly, connectionsTo } from "./lost_peer.ts";
import { OctetInput, writeAll } from "./octet_input.ts";
import { octets } from "./octets.ts";
import { SinkBooks } from "./sink_books.ts";
import { drawFault, type Fault, type SinkCourse } from "./sink_course.ts";

/** What it can be told. */
export type Order =
  | { readonly kind: "open"; readonly port: number }
  | { readonly kind: "shut" }
  | { readonly kind: "behave"; readonly course: SinkCourse }
  | { readonly kind: "brace" }
  | { readonly kind: "begin-life" }
  | { readonly kind: "counts" }
  | { readonly kind: "report" };

const CRLF = octets("\r\n");
const END_OF_DATA = octets("\r\n.\r\n");
const EHLO = ["sink.test", "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
  .map((line, index, all) => `250${index < all.length - 1 ? "-" : " "}${line}`).join("\r\n");
const CLOSED = Symbol("closed");

const books = new SinkBooks();
const conns = new Set<Deno.Conn>();
const text = new TextDecoder();
let course: SinkCourse = {};
let listener: Deno.TcpListener | null = null;

async function accept(from: Deno.TcpListener): Promise<void> {
  for await (const conn of connectionsTo(from)) {
    conn.setNoDelay(true);
    conns.add(conn);
    serve(conn).finally(() => {
      conns.delete(conn);
      closeQuietly(conn);
    });
  }
}

/** Serves a connection until the farewell, or until one side is gone. */
async function serve(conn: Deno.Conn): Promise<void> {
  const life = books.life;
  const input = new OctetInput(conn);
  const say = async (line: string) => {
    if (!await writeAll(conn, octets(`${line}\r\n`))) throw CLOSED;
  };
  try {
    await say("220 sink.test ESMTP");
    let stage: Stage = { verb: "", fault: { kind: "none" } };
    for (;;) {
      const line = await input.readUntil(CRLF);
      if (line === null) throw CLOSED;
      const verb = text.decode(line).slice(0, 4).toUpperCase();
      const fault = verb === "MAIL" ? begin() : stage.fault;
      if (verb === "MAIL" && fault.kind === "drop" && fault.at === "MAIL") return;
      const reply = replyTo(verb, { ...stage, fault });
      stage = { verb: /^[23]/.test(reply) ? verb : "refused", fault };
      await say(reply);
      if (verb === "QUIT") return;
      if (stage.verb === "DATA" && !await takeMessage(input, { fault, life, say })) return;
    }
  } catch (error) {
    if (error !== CLOSED) throw error;
    books.cut(life);
  }
}

function begin(): Fault {
  books.attempt();
  return drawFault(course);
}

/** Where a transaction stands: its last command that went well, else `refused`. */
interface Stage {
  readonly verb: string;
  readonly fault: Fault;
}

function replyTo(verb: string, { verb: before, fault }: Stage): string {
  const misplaced = verb === "RCPT" ? !["MAIL", "RCPT"].includes(before) : before !== "RCPT";
  if (["RCPT", "DATA"].includes(verb) && misplaced) return "503 5.5.1 nothing to go on with";
  if (fault.kind === "refuse" && fault.at === verb) return fault.reply;
  if (verb === "EHLO") return EHLO;
  if (verb === "DATA") return "354 go on";
  return verb === "QUIT" ? "221 2.0.0 bye" : "250 2.0.0 fine";
}

interface Transaction {
  readonly fault: Fault;
  readonly life: number;
  readonly say: (line: string) => Promise<void>;
}

/** Reads a message and answers it; `false` when the connection is to be dropped. */
async function takeMessage(
  input: OctetInput,
  { fault, life, say }: Transaction,
): Promise<boolean> {
  const body = await input.readUntil(END_OF_DATA);
  if (body === null) throw CLOSED;
  const at = Date.now();
  if (fault.kind === "refuse" && fault.at === ".") {
    await say(fault.reply);
    return true;
  }
  if (fault.kind === "drop" && fault.at === "untaken") return false;
  const message = new Uint8Array(body.length + CRLF.length);
  message.set(body);
  message.set(CRLF, body.length);
  if (fault.kind === "drop") {
    books.take(message, { life, at, answered: false });
    return false;
  }
  if (fault.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.ms));
  // From here on the mail is ours: whoever sent it may hear so, or be gone.
  const answered = await say("250 2.0.0 taken").then(() => true, () => false);
  books.take(message, { life, at, answered });
  if (!answered) throw CLOSED;
  return true;
}

function carryOut(order: Order): unknown {
  switch (order.kind) {
    case "open":
      listener = Deno.listen({ hostname: "127.0.0.1", port: order.port });
      accept(listener);
      return listener.addr.port;
    case "shut":
      listener?.close();
      listener = null;
      for (const conn of conns) closeQuietly(conn);
      return null;
    case "behave":
      course = order.course;
      return null;
    case "brace":
      return books.brace();
    case "begin-life":
      return books.beginLife();
    case "counts":
      return books.counts();
    case "report":
      return books.report();
  }
}

async function main(): Promise<void> {
  const stdout = Deno.stdout.writable.getWriter();
  let rest = "";
  for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const answer = JSON.stringify(carryOut(JSON.parse(line)) ?? null);
      await stdout.write(new TextEncoder().encode(`${answer}\n`));
    }
  }
  Deno.exit(0);
}

if (import.meta.main) await main();
