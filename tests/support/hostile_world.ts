/**
 * A router with a template in every place that takes one, a REST API that remembers what it was asked,
 * and everything of a mail that must not depend on what others say in it.
 *
 * @module
 */

import { compose } from "../../lib/mail/compose.ts";
import type { Mail } from "../../lib/mail/message.ts";
import { createRouter } from "../../lib/routing/router.ts";
import type { Routing } from "../../lib/routing/trace.ts";
import { parseHere } from "./configuration.ts";
import { latin1 } from "./octets.ts";
import { type RestStage, type Seen, startRest } from "./rest_stage.ts";

/** The configuration, with the origin of the REST API and the port of the mail server. */
export function hostileConfiguration(origin: string, smarthostPort = 25): string {
  return `
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${smarthostPort}
lookups:
  owner:
    url: ${origin}/api/{{fields.object}}/of/{{mail.header("From")}}?s={{mail.subject}}&n={{mail.header("X-Note")}}&p={{mail.reverse_path}}&t={{fields.title}}&h={{fields.host | default("none")}}
    headers:
      x-subject: "{{mail.subject}}"
      x-note: "note {{mail.header(\\"X-Note\\")}}"
      x-text: "{{mail.text | first-line}}"
    allow: [127.0.0.0/8]
    cache: 0s
    timeout: 30s
managers:
  - name: alerts
    type: mail
    messages-we-want: { to: alerts@example.com }
    rules:
      - name: gold
        when: lookup.owner.tier == "gold"
        actions:
          - mailto: "{{lookup.owner.email}}"
            subject: "[{{fields.severity}}] {{mail.subject}} {{mail.header(\\"X-Note\\")}}"
            text: |
              {{fields.title}} {{mail.header("From")}}
              {{mail.text}}
      - name: bronze
        when: lookup.owner.tier == "bronze"
        actions: [mailto:victim@example.net]
      - name: jobs
        when: fields.source == "cron"
        actions: ["mailto:{{fields.user}}@example.com"]
      - name: shop
        when: fields.pipeline == "shop" && event == "FAILS"
        actions: [mailto:shop@example.com]
      - name: bank
        when: fields.pipeline == "bank" || event in ["PASSES", "FIXED"] || mail.subject.contains("NEVER")
        actions: [mailto:bank@example.com]
    otherwise: [discard]
`;
}

/** A router and the API that it asks. */
export interface HostileWorld extends AsyncDisposable {
  /** The API. */
  readonly rest: RestStage;
  /** Routes a mail and tells what came of it. */
  tell(mail: Mail): Promise<Told>;
}

/** What came of a mail. */
export interface Told {
  /** What was decided. */
  readonly routing: Routing;
  /** Each rule and its verdict. */
  readonly rules: readonly (readonly string[])[];
  /** Who gets it. */
  readonly recipients: readonly string[];
  /** What the pack read. */
  readonly fields: Readonly<Record<string, string>>;
  /** The requests without what a template put in. */
  readonly shapes: readonly string[];
  /** The values in them: of the path, the query and the header fields, by name. */
  readonly values: readonly (readonly [string, string])[];
  /** Names of the header fields of each mail that goes out, in order. */
  readonly headers: readonly (readonly string[])[];
}

/** Starts them; the API answers every question alike. */
export function startHostileWorld(answer: () => Response = ownerAnswer): HostileWorld {
  const rest = startRest(answer);
  const router = createRouter(parseHere(hostileConfiguration(rest.origin)));
  return {
    rest,
    tell: async (mail) => {
      const before = rest.requests.length;
      const routing = await router.route(mail);
      const { rules, fields } = routing.trace;
      return {
        routing,
        rules: rules.map(({ rule, verdict }) => [rule, verdict]),
        recipients: routing.deliveries.flatMap(({ recipients }) => recipients),
        fields,
        shapes: rest.requests.slice(before).map(shapeOf),
        values: rest.requests.slice(before).flatMap(valuesOf),
        headers: routing.deliveries.map((delivery) => {
          const head = compose(mail, delivery).head.map(latin1).join("");
          return fieldNames(head);
        }),
      };
    },
    async [Symbol.asyncDispose]() {
      await router.close();
      await rest[Symbol.asyncDispose]();
    },
  };
}

/** What the API says of everybody. */
export function ownerAnswer(): Response {
  return Response.json({ tier: "gold", email: "owner@example.com" });
}

/** The names of a message's header fields, up to the blank line. */
export function fieldNames(message: string): readonly string[] {
  const [head = ""] = message.split("\r\n\r\n", 1);
  const lines = head.split(/\r\n|\r|\n/).filter((line) => !/^[ \t]/.test(line) && line !== "");
  return lines.map((line) => line.split(":", 1)[0] ?? "");
}

/** Of a request, what no mail may change: everything but the values of templates. */
function shapeOf({ url, headers }: Seen): string {
  const { origin, pathname, searchParams } = new URL(url);
  const [none, api, , of, , ...more] = pathname.split("/");
  const path = [none, api, "OBJECT", of, "FROM", ...more].join("/");
  const keys = [...searchParams.keys()].join("&");
  return `${origin}${path}?${keys} ${[...headers.keys()].join(" ")}`;
}

function valuesOf({ url, headers }: Seen): readonly (readonly [string, string])[] {
  const { pathname, searchParams } = new URL(url);
  const segments = pathname.split("/").map((segment, at): readonly [string, string] => {
    return [`segment ${at}`, decodeURIComponent(segment)];
  });
  return [...segments, ...searchParams, ...headers];
}
