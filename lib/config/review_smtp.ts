/**
 * What is allowed in the settings of listeners and mail servers and yet probably not meant.
 *
 * @module
 */

import { BlockList, isIPv4 } from "node:net";
import { isLoopback } from "./loop.ts";
import type { ListenerConfig, SmarthostConfig } from "./types.ts";

/** The port on which TLS comes first (RFC 8314 §3.3). */
const SUBMISSIONS_PORT = 465;
/** Ports on which it never does. */
const STARTTLS_PORTS = [25, 587];

/** How messages name a listener. */
export function listenerName({ hostname, port, unix }: ListenerConfig): string {
  return `local-smtp ${unix === undefined ? `${bracket(hostname)}:${port}` : `unix:${unix.path}`}`;
}

/** How messages name a mail server. */
export function smarthostName({ hostname, port }: SmarthostConfig): string {
  return `remote-smtp ${bracket(hostname)}:${port}`;
}

/** Looks for what is doubtful about one listener. */
export function reviewListener(listener: ListenerConfig): readonly string[] {
  const name = listenerName(listener);
  const found = [...reviewReach(listener), ...reviewInVain(listener), ...reviewLeniency(listener)];
  const { tls, auth } = listener;
  if (tls?.certificate === "self-signed") {
    found.push(
      "shows a certificate of its own that nobody can verify: for first steps only, then set " +
        "certificate and key",
    );
  }
  if (tls?.mode === "starttls" && listener.port === SUBMISSIONS_PORT) {
    found.push(`waits for STARTTLS where TLS comes first (RFC 8314): set mode: implicit`);
  }
  if (auth?.withoutTls && !isLocal(listener)) {
    found.push("takes passwords in clear, for anyone on the way to read: use TLS where you can");
  }
  return found.map((text) => `${name} ${text}`);
}

function reviewReach(listener: ListenerConfig): string[] {
  const { allow, auth } = listener;
  if (listener.unix !== undefined) return [];
  const open = allow.find(isEveryone);
  if (open !== undefined && !auth?.required) {
    return [`takes mail from anyone (allow: ${open}): name the networks of your notifiers`];
  }
  if (auth === undefined && !isLocal(listener) && allow.every(isLoopbackNetwork)) {
    return ["takes mail from this machine only: to admit others, name their networks in allow"];
  }
  return [];
}

/**
 * Networks that change how peers are treated who may not even connect. Where authentication is
 * offered anyone may connect, to show who he is.
 */
function reviewInVain(listener: ListenerConfig): string[] {
  const { unix, allow, auth } = listener;
  if (unix !== undefined || auth !== undefined) return [];
  return (["lenient", "xclient"] as const).flatMap((key) => {
    const inVain = listener[key].find((network) =>
      !isEveryone(network) && !allow.some((other) => overlap(network, other))
    );
    return inVain === undefined
      ? []
      : [`lets nobody in from ${inVain} (${key}): add it to allow, too`];
  });
}

function reviewLeniency({ unix, allow, auth, lenient }: ListenerConfig): string[] {
  const reachable = unix === undefined && (auth !== undefined || allow.some(isEveryone));
  if (!reachable || !lenient.some(isEveryone)) return [];
  return ["is lenient with the whole world: name the networks of the devices in lenient instead"];
}

/** Looks for what is doubtful about one mail server. */
export function reviewSmarthost(smarthost: SmarthostConfig): readonly string[] {
  const { hostname, port, tls: { mode } } = smarthost;
  const found: string[] = [];
  if (mode === "none" && !isLoopback(hostname)) {
    found.push(
      "gets all mail in clear, for anyone on the way to read: set tls: required, or tls: " +
        "opportunistic where its certificate cannot be verified",
    );
  }
  if (mode === "opportunistic" && !isLoopback(hostname)) {
    found.push(
      "is not asked who it is (tls: opportunistic): that keeps out who listens, not who stands " +
        "in between; set tls: required when its certificate can be verified",
    );
  }
  if (mode !== "implicit" && port === SUBMISSIONS_PORT) {
    found.push("expects TLS from the first octet on this port (RFC 8314): set tls: implicit");
  }
  if (mode === "implicit" && STARTTLS_PORTS.includes(port)) {
    found.push("expects STARTTLS on this port: set tls: required");
  }
  return found.map((text) => `${smarthostName(smarthost)} ${text}`);
}

function isLocal({ hostname, unix }: ListenerConfig): boolean {
  return unix !== undefined || isLoopback(hostname);
}

function isEveryone(network: string): boolean {
  return /\/0+$/.test(network);
}

/** Of two networks that share an address, one holds the other. */
function overlap(one: string, other: string): boolean {
  return holds(one, other) || holds(other, one);
}

function holds(network: string, part: string): boolean {
  const [address = "", bits = isIPv4(address) ? "32" : "128"] = network.split("/");
  const [inner = ""] = part.split("/");
  const list = new BlockList();
  list.addSubnet(address, Number(bits), isIPv4(address) ? "ipv4" : "ipv6");
  return list.check(inner, isIPv4(inner) ? "ipv4" : "ipv6");
}

function isLoopbackNetwork(network: string): boolean {
  return network.startsWith("::1") || isIPv4(network.replace(/\/.*/, "")) &&
      network.startsWith("127.");
}

function bracket(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
