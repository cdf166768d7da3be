/**
 * A mail server for load and crash tests, in a process of its own: fast, faulty on demand, and
 * with books of every copy that it took.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Order } from "./counting_sink_main.ts";
import { freePort } from "./ports.ts";
import type { SinkCounts, SinkReport } from "./sink_books.ts";
import type { SinkCourse } from "./sink_course.ts";
import { within } from "./wait.ts";

/** A sink at work. */
export interface CountingSink extends AsyncDisposable {
  /** Its loopback port, whether it listens there at the moment or not. */
  readonly port: number;
  /** Listens. */
  open(): Promise<void>;
  /** Closes its port and cuts all connections. */
  shut(): Promise<void>;
  /** Says how it treats attempts from now on. */
  behave(course: SinkCourse): Promise<void>;
  /** The program is killed next: the connections that this cuts are counted. */
  brace(): Promise<void>;
  /** Connections from now on belong to the next life of the program. */
  beginLife(): Promise<void>;
  /** Totals. */
  counts(): Promise<SinkCounts>;
  /** Everything. */
  report(): Promise<SinkReport>;
}

const MAIN = fileURLToPath(new URL("./counting_sink_main.ts", import.meta.url));
const CONFIGURATION = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** Starts a sink; it listens unless `shut` is said. */
export async function startCountingSink(
  { shut = false, course = {} }: { readonly shut?: boolean; readonly course?: SinkCourse } = {},
): Promise<CountingSink> {
  const port = freePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--config", CONFIGURATION, "--allow-net", MAIN],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const orders = child.stdin.getWriter();
  const answers = lines(child.stdout);
  let turn: Promise<unknown> = Promise.resolve();
  const tell = <T>(order: Order) => {
    // One after the other, so that each answer finds its order.
    const told = turn.then(() => exchange<T>(order, { orders, answers }));
    turn = told.catch(() => null);
    return told;
  };
  const sink: CountingSink = {
    port,
    open: async () => void await tell({ kind: "open", port }),
    shut: async () => void await tell({ kind: "shut" }),
    behave: async (next) => void await tell({ kind: "behave", course: next }),
    brace: async () => void await tell({ kind: "brace" }),
    beginLife: async () => void await tell({ kind: "begin-life" }),
    counts: () => tell<SinkCounts>({ kind: "counts" }),
    report: () => tell<SinkReport>({ kind: "report" }),
    async [Symbol.asyncDispose]() {
      end(child);
      await orders.close().catch(() => null);
      await answers.return(undefined);
      await child.status;
    },
  };
  await sink.behave(course);
  if (!shut) await sink.open();
  return sink;
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
}

interface Wires {
  readonly orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly answers: AsyncGenerator<string>;
}

async function exchange<T>(order: Order, { orders, answers }: Wires): Promise<T> {
  await orders.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`));
  const wait = { what: `the sink's answer to "${order.kind}"`, withinMs: 120_000 };
  const { value, done } = await within(answers.next(), wait);
  if (done) throw new Error(`The sink ended instead of answering "${order.kind}"`);
  return JSON.parse(value);
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let parts: string[] = [];
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const [first = "", ...others] = chunk.split("\n");
    parts.push(first);
    for (const other of others) {
      yield parts.join("");
      parts = [other];
    }
  }
}
