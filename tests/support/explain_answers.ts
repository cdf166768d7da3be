/**
 * The servers of tests/golden/explain.yaml: a catalog, an inventory and a rota, which want their
 * credentials, and know little.
 *
 * @module
 */

/** By host and path. What is not in here is unknown. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  "catalog.example.com/api/pipelines/app": {
    email: "app-team@example.com",
    name: "App team",
    tier: "gold",
    token: "canary-1",
  },
  "catalog.example.com/api/pipelines/shop": { email: "shop-team@example.com", tier: "silver" },
  "catalog.example.com/api/projects/app": { contact: "app-team@example.com", archived: false },
  "catalog.example.com/api/projects/team%2Fapp": { contact: "", archived: true },
  "rota.example.com/teams/infrastructure/now": { email: "ada@example.com", name: "Ada" },
};

/** Machines, by name. */
const MACHINES: Readonly<Record<string, string>> = {
  nas1: "<owner><team>storage</team><contact>storage@example.com</contact></owner>",
  nas2: "<owner><team>storage</team><contact/></owner>",
  web1: "<exposed>yes</exposed><snmp>canary-2</snmp>",
};

/**
 * Answers a request whose path begins with the host that is meant.
 *
 * @param secret What the catalog wants as a token, and the inventory in its path.
 */
export function answerOf({ url, headers }: Request, secret: string): Response {
  const { pathname, search } = new URL(url);
  const path = pathname.slice(1);
  const [host] = path.split("/", 1);
  if (headers.get("x-down") === "true") return new Response("canary-3", { status: 503 });
  if (host === "inventory.example.com") return machine(path, secret);
  if (host === "rota.example.com" && headers.get("x-weekend") === "true") {
    return new Response("closed for the weekend", { status: 503 });
  }
  if (host === "catalog.example.com" && headers.get("authorization") !== `Bearer ${secret}`) {
    return new Response("canary-4", { status: 401 });
  }
  const wanted = path.includes("/pipelines/") ? "?expand=team" : "";
  if (search !== wanted) return new Response(null, { status: 400 });
  if (path.endsWith("/bank")) return new Response("no database", { status: 500 });
  if (path.endsWith("/bygg-%C3%A5")) return page();
  const found = ANSWERS[path];
  return found === undefined ? new Response(null, { status: 404 }) : Response.json(found);
}

/** What a web server says that has nothing to do with the question. */
function page(): Response {
  return new Response("<html>Welcome!</html>", { headers: { "content-type": "text/html" } });
}

function machine(path: string, secret: string): Response {
  const [, name] = /^inventory\.example\.com\/(.+)\.xml$/.exec(path) ?? [];
  const known = MACHINES[name?.replace(`${secret}/machines/`, "") ?? ""];
  if (known === undefined) return new Response(null, { status: 404 });
  const body = `<?xml version="1.0"?>\n<machine>${known}</machine>\n`;
  return new Response(body, { headers: { "content-type": "application/xml" } });
}
