/**
 * The demo's catalogue of hosts: a REST API of the kind that every company has, which knows whose a
 * host is.
 *
 * @module
 */

/** A running catalogue. */
export interface Catalogue {
  /** Base URL, without a trailing slash. */
  readonly url: string;
  /** How often it has been asked. */
  readonly asked: () => number;
  /** Stops. */
  close(): Promise<void>;
}

/** Who owns which host. */
const OWNERS: Readonly<Record<string, string>> = { nas: "storage@example.com" };

/** Starts it on a loopback port of its own: `GET /hosts/nas` gives `{"owner": …}`, else 404. */
export function startCatalogue(): Catalogue {
  let asked = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    asked++;
    const host = new URL(url).pathname.slice("/hosts/".length);
    const owner = Object.hasOwn(OWNERS, host) ? OWNERS[host] : undefined;
    if (owner === undefined) return new Response("no such host\n", { status: 404 });
    return Response.json({ owner });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked: () => asked,
    close: () => server.shutdown(),
  };
}
