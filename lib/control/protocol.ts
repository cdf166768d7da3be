/**
 * What may be asked of a running relay, and what it answers: one line of JSON each way.
 *
 * A reply is `{"reply": …}` or `{"error": "why not"}`. Keys that one side does not know are ignored,
 * because `serve --replace` lets two versions talk to each other.
 *
 * @module
 */

import { z } from "zod";
import { RelayError } from "../errors.ts";

/** What may be asked. */
export type ControlRequest =
  /** How it is. */
  | { readonly command: "status" }
  /** To let go of the store and to end: a successor listens beside. */
  | { readonly command: "drain" }
  /** To try a mail again at once; without an id, every mail. */
  | { readonly command: "retry"; readonly queueId?: string | undefined }
  /** To drop a mail. */
  | { readonly command: "drop"; readonly queueId: string };

/** What each request is answered with. */
export interface ControlReplies {
  /** How it is. */
  readonly status: ControlStatus;
  /** It has let go of the store. */
  readonly drain: Readonly<Record<string, never>>;
  /** The mails that were found. */
  readonly retry: {
    /** Their queue ids. */
    readonly queueIds: readonly string[];
  };
  /** What was dropped. */
  readonly drop: {
    /** Whether there was such a mail. */
    readonly found: boolean;
    /** Whether one of its deliveries was being tried at the time. */
    readonly underWay: boolean;
  };
}

/** How a running relay is. */
export interface ControlStatus {
  /** Its process id. */
  readonly pid: number;
  /** Its version. */
  readonly version: string;
  /** When it started, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Whether it can do its work. */
  readonly healthy: boolean;
  /** What its store says: `ready`, or why it takes no mail. */
  readonly store: string;
  /** Where it listens, as `host:port`. */
  readonly listening: readonly string[];
  /** Its queue in mails. */
  readonly queue: {
    /** Of which something waits. */
    readonly waiting: number;
    /** Of which only dead letters are left. */
    readonly dead: number;
    /** That could not be read. */
    readonly damaged: number;
  };
  /** Its destinations. */
  readonly destinations: readonly {
    /** Its name. */
    readonly name: string;
    /** Why nothing is sent there for now; absent: it is used. */
    readonly paused?: string | undefined;
  }[];
  /** Its configuration; absent where it comes from no file. */
  readonly configuration?: {
    /** The file. */
    readonly file: string;
    /** Since when what it said then is in force, in milliseconds since the epoch. */
    readonly since: number;
    /** Set when what it says now is not in force: when that was found, and why. */
    readonly refused?: {
      /** In milliseconds since the epoch. */
      readonly at: number;
      /** The first problems. */
      readonly problems: readonly string[];
    } | undefined;
  } | undefined;
}

const queueId = z.string().min(1).max(100);
const count = z.int().min(0);

const requests: z.ZodType<ControlRequest> = z.discriminatedUnion("command", [
  z.object({ command: z.literal("status") }),
  z.object({ command: z.literal("drain") }),
  z.object({ command: z.literal("retry"), queueId: queueId.optional() }),
  z.object({ command: z.literal("drop"), queueId }),
]);

const replies: { readonly [Command in keyof ControlReplies]: z.ZodType<ControlReplies[Command]> } =
  {
    status: z.object({
      pid: count,
      version: z.string(),
      startedAt: z.number(),
      healthy: z.boolean(),
      store: z.string(),
      listening: z.array(z.string()),
      queue: z.object({ waiting: count, dead: count, damaged: count }),
      destinations: z.array(z.object({ name: z.string(), paused: z.string().optional() })),
      configuration: z.object({
        file: z.string(),
        since: z.number(),
        refused: z.object({ at: z.number(), problems: z.array(z.string()) }).optional(),
      }).optional(),
    }),
    drain: z.object({}),
    retry: z.object({ queueIds: z.array(z.string()) }),
    drop: z.object({ found: z.boolean(), underWay: z.boolean() }),
  };

/** Reads a request; `null`: it is none that we know. */
export function parseRequest(line: string): ControlRequest | null {
  return requests.safeParse(parseJson(line)).data ?? null;
}

/**
 * Reads the reply to a request.
 *
 * @throws {RelayError} `control-failed`: the reply is an error, or none at all.
 */
export function parseReply<Command extends keyof ControlReplies>(
  command: Command,
  line: string,
): ControlReplies[Command] {
  const value = parseJson(line);
  const refusal = z.object({ error: z.string() }).safeParse(value).data;
  if (refusal) {
    throw new RelayError("control-failed", `Cannot ${command}: the program says: ${refusal.error}`);
  }
  const answer = z.object({ reply: replies[command] as z.ZodType }).safeParse(value).data;
  if (answer) return answer.reply as ControlReplies[Command];
  throw new RelayError("control-failed", `Cannot ${command}: the program's reply makes no sense`);
}

/** `undefined` for what is no JSON: no schema takes it. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
