/**
 * One session with a device: what it is served with so that it can be watched, and what is remembered
 * and shown of it.
 *
 * @module
 */

import type { Limits } from "../../config/types.ts";
import type { Authenticator } from "../../smtp/auth/authenticator.ts";
import type { ConnectionOptions } from "../../smtp/connection.ts";
import type { MailService } from "../../smtp/service.ts";
import type { TlsServer } from "../../smtp/tls/tls_server.ts";
import type { Wire } from "../../smtp/wire.ts";
import { printable } from "../paint.ts";
import { Dialogue } from "./dialogue.ts";
import type { MessageFacts } from "./message_exam.ts";
import { describeMessage, newRecord, type SessionRecord } from "./record.ts";
import type { TlsOffer } from "./snippet.ts";

/** How devices are served. */
export interface VisitOptions {
  /** Our name. */
  readonly hostname: string;
  /** The bounds of a session, as a relay has them that is not configured otherwise. */
  readonly limits: Limits;
  /** Whether a listener without any leniency is played. */
  readonly strict: boolean;
  /** How TLS is offered. */
  readonly offer: TlsOffer;
  /** Makes wires secure; absent where TLS is not offered. */
  readonly tls?: TlsServer;
}

/** Takes a line of the dialogue. */
export type Show = (line: string, of: "device" | "server" | "event") => void;

/** A session in the making. */
export interface Visit {
  /** What the session is to be served with. */
  readonly options: ConnectionOptions;
  /** What is remembered of it. */
  readonly record: SessionRecord;
  /** The connection is over. */
  end(): void;
}

/** Prepares for a device. */
export function prepareVisit(peer: string, options: VisitOptions, show: Show): Visit {
  const { hostname, limits, strict, offer } = options;
  const record = newRecord(peer);
  const dialogue = new Dialogue(listenerOf(record, show), limits.messageSizeOctets);
  const server = options.tls && watchedTls(options.tls, record, show);
  return {
    record,
    options: {
      hostname,
      limits,
      service: serviceOf(record),
      auth: { authenticator: BELIEVER, required: false, withoutTls: !strict },
      ...server && offer !== "none" && { tls: { server, mode: offer, required: false } },
      watch: (wire) => watched(wire, dialogue, record),
      onQuirk: (quirk, tolerated) => void record.quirks.set(quirk, tolerated),
    },
    end: () => dialogue.end(),
  };
}

function listenerOf(record: SessionRecord, show: Show): ConstructorParameters<typeof Dialogue>[0] {
  let mechanism: string | undefined;
  return {
    said: (text) => show(text, "device"),
    told: (text) => {
      if (/^[45]/.test(text)) record.refusal = text;
      if (/^235/.test(text)) {
        record.login = mechanism;
        // Taken here so that more of the dialogue is seen; by default a relay does not.
        if (!record.secure) record.quirks.set("auth-before-tls", true);
      }
      show(text, "server");
    },
    message: (facts, ended) => {
      if (ended !== "whole") record.unfinished = true;
      for (const oddity of withoutCount(facts)) record.oddities.add(oddity);
      const end = ended === "whole"
        ? []
        : [ended === "bare-dot" ? "ended with <LF>.<LF>, which is no end" : "not ended"];
      const size = `${facts.octets.toLocaleString("en")} octets`;
      show(`(message: ${[size, ...describeMessage(facts), ...end].join(", ")})`, "device");
    },
    login: (name) => void (mechanism = name),
  };
}

/** The verdict names a thing once, also when it is in several messages to a different extent. */
function withoutCount({ bareNewlines, oddities }: MessageFacts): readonly string[] {
  const ofAnyLength = oddities.map((oddity) => oddity.replace(/^a line of .*/, LONG_LINE));
  return bareNewlines === 0 ? ofAnyLength : ["bare newlines (mended)", ...ofAnyLength];
}

const LONG_LINE = "lines of more than 998 octets";

/** Takes every mail, and keeps none. */
function serviceOf(record: SessionRecord): MailService {
  return {
    begin: () => ({
      write: () => {},
      accept: () => {
        record.mails++;
        const lines = ["Taken by mail2alert doctor, delivered nowhere"] as const;
        return Promise.resolve({ code: 250, status: "2.0.0", lines });
      },
      abort: () => Promise.resolve(),
    }),
  };
}

/** Whoever logs in is let in: it is the device that is looked at, not its password. */
const BELIEVER: Authenticator = {
  paused: () => false,
  verify: () => Promise.resolve("accepted"),
};

function watchedTls(server: TlsServer, record: SessionRecord, show: Show): TlsServer {
  return {
    reload: () => server.reload(),
    close: () => server.close(),
    secure: async (wire, begin) => {
      const handshake = await server.secure(wire, begin);
      if (handshake.kind === "secure") {
        record.secure = true;
        show("TLS is up", "event");
      } else {
        record.tlsFailure = handshake.reason;
        show(`no TLS: ${printable(handshake.reason)}`, "event");
      }
      return handshake;
    },
  };
}

function watched(wire: Wire, dialogue: Dialogue, record: SessionRecord): Wire {
  dialogue.restart();
  return {
    peer: wire.peer,
    read: async (buffer) => {
      const count = await wire.read(buffer);
      if (count !== null) {
        record.spoke = true;
        dialogue.heard(buffer.subarray(0, count));
      }
      return count;
    },
    write: (octets) => {
      dialogue.answered(octets);
      return wire.write(octets);
    },
    hurry: () => wire.hurry(),
    closeWrite: () => wire.closeWrite(),
    close: () => wire.close(),
  };
}
