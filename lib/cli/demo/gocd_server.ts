/**
 * A GoCD server's REST API, for the demo and for tests: each version answers where, and only
 * where, the real one does. It listens on loopback, on a port of its own.
 *
 * @see GoCD's API documentation: versions in Accept, 404 otherwise; ETag; who may see what
 * @module
 */

import { createHash } from "node:crypto";
import {
  adminBody,
  cctrayBody,
  dashboardBody,
  legacyBody,
  type ServedGroups,
  type ServedStage,
  stagesBody,
} from "./gocd_bodies.ts";

export type { ServedGroups, ServedStage };

/** An account of the server. */
export interface ServedUser {
  /** Its name. */
  readonly name: string;
  /** For basic authentication. */
  readonly password?: string;
  /** For bearer authentication, since 19.2. */
  readonly token?: string;
  /** Whether it administers all pipeline groups. */
  readonly admin: boolean;
}

/** What can be wrong with a server. `reset` breaks the connection in the middle of the answer. */
export type GocdFault =
  | "hang"
  | "error"
  | "unavailable"
  | "loading"
  | "redirect"
  | "garbage"
  | "reset";

/** What the server is and knows. */
export interface GocdServerOptions {
  /** Its version, such as `17.4` or `26.1`. */
  readonly version: string;
  /** Its pipeline groups. */
  readonly groups?: ServedGroups;
  /** Its stages. */
  readonly stages?: readonly ServedStage[];
  /** Its accounts; without any, security is off and everybody is administrator. */
  readonly users?: readonly ServedUser[];
}

/** One request as it came. */
export interface GocdRequest {
  /** Path below `/go`. */
  readonly path: string;
  /** The Accept field. */
  readonly accept: string;
  /** The If-None-Match field; empty without one. */
  readonly etag: string;
  /** The status that it was answered with; 0 for none. */
  readonly status: number;
}

/** A running server. */
export interface GocdServer {
  /** Base URL, ending in `/go`. */
  readonly url: string;
  /** Every request so far. */
  readonly requests: readonly GocdRequest[];
  /** Replaces the pipeline groups. */
  setGroups(groups: ServedGroups): void;
  /** Replaces the stages. */
  setStages(stages: readonly ServedStage[]): void;
  /** Makes every path that begins so fail, until it is set to `null`. */
  setFault(fault: GocdFault | null, path?: string): void;
  /** Stops; requests that hang are cut off. */
  close(): Promise<void>;
}

interface State {
  readonly version: number;
  readonly users: readonly ServedUser[];
  groups: ServedGroups;
  stages: readonly ServedStage[];
  fault: { readonly kind: GocdFault; readonly path: string } | null;
}

/** Starts a server. */
export function startGocdServer(options: GocdServerOptions): GocdServer {
  const { version, users = [], groups = {}, stages = [] } = options;
  const state: State = { version: versionNumber(version), users, groups, stages, fault: null };
  const requests: GocdRequest[] = [];
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: stop.signal, onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname.replace(/^\/go/, "");
      const response = await respond(request, path, { state, stopped: stop.signal });
      const status = response?.status ?? 0;
      const [accept = "", etag = ""] = ["accept", "if-none-match"].map((name) =>
        request.headers.get(name) ?? undefined
      );
      requests.push({ path, accept, etag, status });
      return response ?? new Response(null, { status: 503 });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/go`,
    requests,
    setGroups: (groups) => void (state.groups = groups),
    setStages: (stages) => void (state.stages = stages),
    setFault: (kind, path = "/") => void (state.fault = kind && { kind, path }),
    async close(): Promise<void> {
      stop.abort();
      await server.finished;
    },
  };
}

/** The answer to one request, faulty if it is to be; `null` for none. */
async function respond(
  request: Request,
  path: string,
  { state, stopped }: { readonly state: State; readonly stopped: AbortSignal },
): Promise<Response | null> {
  const { fault } = state;
  return fault !== null && path.startsWith(fault.path)
    ? await failing(fault.kind, stopped)
    : answer(request, path, state);
}

/** 18.10 is 1810, so that versions compare as numbers. */
function versionNumber(version: string): number {
  const [year = 0, release = 0] = version.split(".").map(Number);
  return year * 100 + release;
}

function answer(request: Request, path: string, state: State): Response {
  const accept = request.headers.get("accept") ?? "";
  const user = authenticate(request, state);
  if (path === "/cctray.xml") {
    if (user === null) return accessDenied();
    const url = new URL("/go", request.url).href;
    const zoned = state.version >= 1803;
    return tagged(request, cctrayBody(state.stages, { url, zoned }), "application/xml");
  }
  if (user === null) return json({ message: "You are not authenticated!" }, 401);
  const body = bodyOf(path, accept, state);
  if (body === undefined) return notFound();
  if (path === "/api/admin/pipeline_groups" && !user.admin) {
    return json({ message: "You are not authorized to perform this action." }, 403);
  }
  const deprecated = path === "/api/config/pipeline_groups" && state.version >= 1912;
  const response = tagged(request, JSON.stringify(body), "application/json");
  if (deprecated) {
    response.headers.set("x-gocd-api-deprecated-in", "19.12.0");
    response.headers.set("x-gocd-api-removal-in", "20.3.0");
  }
  return response;
}

/** The body for a path in a version with an Accept field; `undefined` where the real one has none. */
function bodyOf(path: string, accept: string, { version, groups, stages }: State): unknown {
  const latest = version >= 1908 && accept === "application/vnd.go.cd+json";
  if (path.startsWith("/api/stages/")) {
    if (version < 2001 || !latest && accept !== "application/vnd.go.cd.v3+json") return undefined;
    return stagesBody(path.slice("/api/stages/".length), stages);
  }
  switch (path) {
    case "/api/dashboard":
      if (version < 1910 || !latest && accept !== "application/vnd.go.cd.v4+json") return undefined;
      return dashboardBody(groups, stages);
    case "/api/admin/pipeline_groups":
      if (version < 1810 || !latest && accept !== "application/vnd.go.cd.v1+json") return undefined;
      return adminBody(groups);
    case "/api/config/pipeline_groups":
      return version < 2003 ? legacyBody(groups) : undefined;
    default:
      return undefined;
  }
}

/** Who asks; `null` for nobody that the server knows. */
function authenticate(request: Request, { users, version }: State): ServedUser | null {
  if (users.length === 0) return { name: "anonymous", admin: true };
  const [scheme = "", credentials = ""] = (request.headers.get("authorization") ?? "").split(" ");
  return users.find(({ name, password, token }) => {
    if (scheme.toLowerCase() === "basic") return credentials === basic(name, password ?? "");
    return scheme.toLowerCase() === "bearer" && version >= 1902 && credentials === token;
  }) ?? null;
}

function basic(name: string, password: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(`${name}:${password}`)));
}

/**
 * An answer with its entity tag, or 304 for whoever has it. Nothing here waits: a request whose
 * client has gone must not be at work any more when the server has been closed.
 */
function tagged(request: Request, body: string, type: string): Response {
  const etag = `"${createHash("sha256").update(body).digest("hex")}"`;
  // Compared weakly (RFC 9110 §13.1.2): what compresses an answer on its way weakens the tag.
  if (request.headers.get("if-none-match")?.replace(/^W\//, "") === etag) {
    return new Response(null, { status: 304, headers: { etag } });
  }
  return new Response(body, { headers: { etag, "content-type": type } });
}

function notFound(): Response {
  const message = "The url you are trying to reach appears to be incorrect.";
  return json({ message }, 404);
}

function accessDenied(): Response {
  const body = "<access-denied>\n  <message>You are not authenticated!</message>\n</access-denied>";
  return new Response(body, { status: 403, headers: { "content-type": "application/xml" } });
}

function json(body: unknown, status: number): Response {
  return Response.json(body, { status });
}

/** The answer of a server with a fault; `null` once a hanging request has been cut off. */
async function failing(fault: GocdFault, stopped: AbortSignal): Promise<Response | null> {
  switch (fault) {
    case "hang":
      await new Promise((resolve) => stopped.addEventListener("abort", resolve, { once: true }));
      return null;
    case "error":
      return json({ message: "Server error" }, 500);
    case "unavailable":
      return new Response("Bad gateway", { status: 502 });
    case "loading":
      return json({ message: "Dashboard is being processed, this may take a few seconds." }, 202);
    case "redirect":
      return new Response(null, { status: 302, headers: { location: "/go/auth/login?secret=1" } });
    case "garbage":
      return new Response("<html>It works!</html>");
    case "reset": {
      // Deno prints the stack of what ends a body, and nobody wants to read this one.
      const quiet = Object.assign(new Error("reset"), { stack: "" });
      return new Response(new ReadableStream({ start: (body) => body.error(quiet) }));
    }
  }
}
