/**
 * From the checked shape of the file to {@link Configuration}: new names, one form for each thing.
 * Nothing can be wrong here any more.
 *
 * @module
 */

import { buildListener, buildSmarthost } from "./build_smtp.ts";
import { readTest } from "./filter.ts";
import type { FileShape, LimitsShape, ManagerShape, QueueShape, RuleShape } from "./shape.ts";
import type {
  Configuration,
  GocdConfig,
  Limits,
  ManagerConfig,
  QueueConfig,
  RuleConfig,
} from "./types.ts";

/** Builds the configuration from a shape that the schema and `contradictions.ts` let pass. */
export function build(shape: FileShape, hostname: string): Configuration {
  const [preferred, ...others] = shape["remote-smtp"];
  return {
    hostname: shape.hostname ?? hostname,
    listeners: shape["local-smtp"].map(buildListener),
    smarthosts: [buildSmarthost(preferred), ...others.map(buildSmarthost)],
    ack: shape.ack,
    ackBudgetMs: shape["ack-budget"],
    store: { path: shape.store.path, minFreeOctets: shape.store["min-free"] },
    queue: buildQueue(shape.queue),
    duplicates: {
      windowMs: shape.duplicates.window,
      passThrough: shape.duplicates["pass-through"],
    },
    history: {
      text: shape.history.text,
      keepMs: shape.history.keep,
      sizeOctets: shape.history.size,
    },
    onFailure: shape["on-failure"],
    limits: buildLimits(shape.limits),
    managers: shape.managers.map(buildManager),
  };
}

function buildQueue(queue: QueueShape): QueueConfig {
  return {
    firstRetryMs: queue["first-retry"],
    maxRetryMs: queue["max-retry"],
    giveUpAfterMs: queue["give-up-after"],
    delayNoticeMs: queue["delay-notice"],
    deadLettersMs: queue["dead-letters"],
  };
}

function buildLimits(limits: LimitsShape): Limits {
  return {
    messageSizeOctets: limits["message-size"],
    recipients: limits.recipients,
    mailsPerConnection: limits["mails-per-connection"],
    commandLineOctets: limits["command-line"],
    errors: limits.errors,
    connections: limits.connections,
    connectionsPerPeer: limits["connections-per-peer"],
    connectionsPerMinute: limits["connections-per-minute"],
    idleMs: limits.idle,
    transactionMs: limits.transaction,
  };
}

function buildManager(manager: ManagerShape): ManagerConfig {
  const { to, from } = manager["messages-we-want"];
  const gocd = buildGocd(manager);
  return {
    name: manager.name,
    type: gocd === undefined ? "mail" : "gocd",
    wants: to === undefined ? { from: from ?? "" } : from === undefined ? { to } : { to, from },
    rules: manager.rules.map(buildRule),
    ...manager.otherwise && { otherwise: manager.otherwise },
    rewriteHeaders: manager["rewrite-headers"],
    ...gocd && { gocd },
  };
}

/** Only and always a manager of type gocd has a URL; `contradictions.ts` sees to it. */
function buildGocd(manager: ManagerShape): GocdConfig | undefined {
  if (manager.url === undefined) return undefined;
  const password = manager.passwd ?? manager["passwd-file"];
  const token = manager.token ?? manager["token-file"];
  const basic = manager.user === undefined || password === undefined
    ? undefined
    : { user: manager.user, password };
  return { url: manager.url, ...basic && { basic }, ...token !== undefined && { token } };
}

function buildRule(rule: RuleShape, index: number): RuleConfig {
  const { events, function: name, args } = rule.filter;
  const test = readTest(name, args);
  if (test.kind === "problems") throw new TypeError(`Cannot build rule: ${name} was not checked`);
  return {
    name: rule.name ?? `rule ${index + 1}`,
    actions: rule.actions,
    filter: { ...events && { events }, test: test.value },
    stop: rule.stop,
  };
}
