/**
 * The servers that generated clients speak to: one listener for each stage, with limits so short
 * that no session takes long.
 *
 * @module
 */

import { createAuthenticator } from "../../lib/smtp/auth/authenticator.ts";
import { SYSTEM_CLOCK } from "../../lib/smtp/deadline.ts";
import type { Reply } from "../../lib/mail/reply.ts";
import type { MailService } from "../../lib/smtp/service.ts";
import { openTlsServer } from "../../lib/smtp/tls/open_tls_server.ts";
import { makeAuthority, writeCertificate } from "../support/certificates.ts";
import type { Transport, Trust } from "../support/dialog_transport.ts";
import { latin1 } from "../support/octets.ts";
import { hasOnlyPairs, TAKEN } from "../support/recording_service.ts";
import { startTestListener, type TestListener } from "../support/test_listener.ts";
import { type StageName, STAGES } from "./client_script.ts";

/** Longest silence that the servers bear, in ms. */
export const IDLE_MS = 500;

/** What the service of a stage has seen. */
export interface Books {
  /** Messages that were begun, and those of them that have ended. */
  begun: number;
  /** See `begun`. */
  ended: number;
  /** What the sessions did to the service that they must not. */
  readonly problems: string[];
}

/** One server. */
export interface ServerStage extends Books {
  /** Its port. */
  readonly port: number;
  /** What to connect over. */
  readonly transport: Transport;
  /** The same as the dialogs have it. */
  readonly wishes: string;
  /** The count of its connections. */
  readonly admission: TestListener["admission"];
}

/** All servers. */
export interface ServerStages extends AsyncDisposable {
  /** The server of a stage. */
  of(name: StageName): ServerStage;
  /** Whom the clients believe. */
  readonly trust: Trust;
}

/** What a stage is, in the words of `dialog_wishes.ts`. */
const WISHES: Readonly<Record<StageName, string>> = {
  plain: "",
  auth: "auth=clear",
  lenient: "lenient=1",
  lmtp: "protocol=lmtp",
  xclient: "xclient=1",
  offered: "tls=offered",
  starttls: "on=starttls",
  implicit: "on=implicit",
};

/** Starts a server for each stage. */
export async function startServerStages(): Promise<ServerStages> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-fuzz-" });
  const authority = await makeAuthority();
  const certificate = await writeCertificate(folder, await authority.issue());
  const tls = await openTlsServer({ certificate, folder, hostname: "relay.test" });
  const listeners: TestListener[] = [];
  const stages = new Map(STAGES.map((name) => {
    const books = { begun: 0, ended: 0, problems: [] };
    const listener = startStage(name, { service: serviceFor(books), tls });
    listeners.push(listener);
    const { address: { port }, admission } = listener;
    const transport: Transport = name === "starttls" || name === "implicit" ? name : "plain";
    return [name, Object.assign(books, { port, admission, transport, wishes: WISHES[name] })];
  }));
  return {
    trust: { ca: authority.certificate },
    of: (name) => {
      const stage = stages.get(name);
      if (!stage) throw new Error(`no stage ${name}`);
      return stage;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(listeners.map((listener) => listener.close(0)));
      await tls.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function startStage(
  name: StageName,
  { service, tls: server }: {
    readonly service: MailService;
    readonly tls: Awaited<ReturnType<typeof openTlsServer>>;
  },
): TestListener {
  const everybody = ["0.0.0.0/0"];
  const clock = SYSTEM_CLOCK;
  const offers = name === "offered" || name === "starttls";
  return startTestListener({
    service,
    clock,
    allow: everybody,
    bind: strangers,
    limits: { idleMs: IDLE_MS, transactionMs: 2 * IDLE_MS, connections: 5_000 },
    ...offers && { tls: { server, mode: "starttls", required: false } },
    ...name === "implicit" && { tls: { server, mode: "implicit", required: true } },
    ...name === "auth" && { auth: authOffer() },
    ...name === "lenient" && { lenient: everybody },
    ...name === "lmtp" && { protocol: "lmtp" },
    ...name === "xclient" && { xclient: everybody },
  });
}

function authOffer() {
  const users = new Map([["nas", "secret"]]);
  const authenticator = createAuthenticator({ users, clock: SYSTEM_CLOCK });
  return { authenticator, required: false, withoutTls: true };
}

let strangersSeen = 0;

/** Each connection comes from another address: no session may depend on what others did. */
function strangers(address: Deno.TcpListenOptions): Deno.TcpListener {
  const listener = Deno.listen(address);
  const accept = listener.accept.bind(listener);
  listener.accept = async () => {
    const conn = await accept();
    const number = ++strangersSeen;
    const hostname = [10, number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff].join(".");
    return Object.defineProperty(conn, "remoteAddr", { value: { ...conn.remoteAddr, hostname } });
  };
  return listener;
}

/** What a mail server further on may have said, which is passed back. */
const STRANGE: Reply = {
  code: 554,
  status: "5.7.1",
  lines: [`no\r\n250 2.0.0 forged \x1b[2J \u00e9${"x".repeat(700)}`, ""],
};

/** Takes every mail, keeps none, and notes what is wrong with how it came. */
function serviceFor(books: Books): MailService {
  return {
    begin: ({ body, session: { peer } }) => {
      books.begun++;
      let ended = false;
      let text = "";
      const end = () => {
        if (ended) books.problems.push(`${peer}: a message ended twice`);
        ended = true;
        books.ended++;
      };
      return {
        write: (octets) => {
          if (ended) books.problems.push(`${peer}: octets after the end of a message`);
          text += latin1(octets);
        },
        accept: () => {
          end();
          if (body !== "BINARYMIME" && !hasOnlyPairs(text)) {
            books.problems.push(`${peer}: a bare CR or LF in a message`);
          }
          return Promise.resolve(text.length % 7 === 0 ? STRANGE : TAKEN);
        },
        abort: () => {
          end();
          return Promise.resolve();
        },
      };
    },
  };
}
