/**
 * The server that a transcript is played against, as its `=` lines want it:
 *
 *     idleMs=300000 …  any of the limits         open=1    connections of others, open already
 *     allow=10.0.0.0/8 who may send mail         same=1    such connections of the same peer
 *     early=1          the first connection is taken when its peer has said something
 *     peer=192.0.2.1   where all connections seem to come from
 *     fast=2           connections of that peer that have come and gone within this minute
 *     broken=write     the first mail meets a fault there: `begin`, `write` or `accept`
 *     …                what `dialog_wishes.ts` knows
 *
 * @module
 */

import type { Limits } from "../../lib/config/types.ts";
import { Admission } from "../../lib/smtp/admission.ts";
import type { Bind } from "../../lib/smtp/bind.ts";
import type { ListenOptions } from "../../lib/smtp/listener.ts";
import type { DialogLine, Stage } from "./dialog_player.ts";
import type { Transport, Trust } from "./dialog_transport.ts";
import { listenerFor, type Wishes } from "./dialog_wishes.ts";
import { bindForEarly } from "./early_ears.ts";
import { FakeClock } from "./fake_clock.ts";
import { type RecordingService, recordingService, TAKEN } from "./recording_service.ts";
import type { TlsServer } from "../../lib/smtp/tls/tls_server.ts";
import { LIMITS, startTestListener } from "./test_listener.ts";

/** A server with what belongs to it; ends with the test. */
export interface DialogStage extends Stage, AsyncDisposable {
  /** Whether ordinary mail is to be served after the transcript. */
  readonly open: boolean;
  /** Whether no session is left, but those that were there before. */
  readonly idle: boolean;
  /** Ends the connections that were there before. */
  clear(): void;
}

/** Over what a transcript is played, and with which certificate. */
export interface Setting extends Trust {
  /** The transport. */
  readonly transport: Transport;
  /** Makes wires secure. */
  readonly tls: TlsServer;
  /** Told of what clients do wrong. */
  readonly onQuirk?: ListenOptions["onQuirk"];
}

/** Starts the server that a transcript asks for. */
export function setStage(lines: readonly DialogLine[], setting: Setting): DialogStage {
  const wishes = wishesOf(lines);
  const limits = limitsOf(wishes);
  const admission = new Admission(limits);
  const others = [
    ...Array<string>(Number(wishes.get("open") ?? 0)).fill("192.0.2.1"),
    ...Array<string>(Number(wishes.get("same") ?? 0)).fill("127.0.0.1"),
  ];
  for (const peer of others) admission.admit(peer);
  const peer = wishes.get("peer") ?? "127.0.0.1";
  for (let gone = 0; gone < Number(wishes.get("fast") ?? 0); gone++) {
    admission.admit(peer);
    admission.release(peer);
  }
  const clock = new FakeClock();
  const service = brokenOnce(wishes.get("broken"));
  const allow = wishes.get("allow")?.split(",");
  const bind = seemingFrom(peer, bindForEarly(Number(wishes.get("early") ?? 0)));
  const listener = startTestListener({
    ...(allow && { allow }),
    ...(setting.onQuirk && { onQuirk: setting.onQuirk }),
    ...listenerFor(wishes, { ...setting, clock }),
    ...{ limits, admission, clock, service, bind },
  });
  let stopped = false;
  return {
    port: listener.address.port,
    clock,
    service,
    trust: setting,
    stop: () => {
      stopped = true;
      void listener.close(10_000);
    },
    get open() {
      const easy = ["auth", "tls", "protocol", "proxy"].every((wish) => !wishes.has(wish));
      return easy && setting.transport === "plain" && allow === undefined && !stopped;
    },
    get idle() {
      return admission.open <= others.length;
    },
    clear: () => others.forEach((peer) => admission.release(peer)),
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

/** Loopback can be called from loopback only. */
function seemingFrom(hostname: string, bind: Bind): Bind {
  return (address) => {
    const listener = bind(address);
    const accept = listener.accept.bind(listener);
    listener.accept = async () => {
      const conn = await accept();
      const remoteAddr = { ...conn.remoteAddr, hostname };
      return Object.defineProperty(conn, "remoteAddr", { value: remoteAddr });
    };
    return listener;
  };
}

/** The wishes of a transcript. */
export function wishesOf(lines: readonly DialogLine[]): Wishes {
  const wishes = lines.filter(({ mark }) => mark === "= ").map(({ text }) => text).join(" ");
  return new Map(
    [...wishes.matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]),
  );
}

function limitsOf(wishes: ReadonlyMap<string, string>): Limits {
  const limits: Record<keyof Limits, number> = { ...LIMITS };
  for (const name of Object.keys(LIMITS) as (keyof Limits)[]) {
    limits[name] = Number(wishes.get(name) ?? LIMITS[name]);
  }
  return limits;
}

/** A service that takes mails, but fails where it is told to, once. */
function brokenOnce(where: string | undefined): RecordingService {
  let whole = false;
  const fail = (here: string) => {
    if (whole || here !== where) return;
    whole = true;
    throw new Error("out of order");
  };
  const service = recordingService({
    write: () => fail("write"),
    accept: () => {
      fail("accept");
      return TAKEN;
    },
  });
  const { begin } = service;
  return Object.defineProperty(service, "begin", {
    value: (envelope: Parameters<typeof begin>[0]) => {
      fail("begin");
      return begin(envelope);
    },
  });
}
