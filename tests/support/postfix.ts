/**
 * A private Postfix: its own configuration, queue and log in a temporary folder, on a loopback
 * port, started and stopped by the test. It needs root, as Postfix does.
 *
 * Nothing it gets can leave the machine: it looks nothing up in the DNS, and what is not for its
 * own mailboxes goes to a loopback port or to the `error` transport.
 *
 * @module
 */

import { join } from "node:path";
import { latin1 } from "./octets.ts";
import { freePort, isListening } from "./ports.ts";
import { run, runTool, toolPath } from "./tools.ts";
import { until } from "./wait.ts";

/** A running Postfix. */
export interface Postfix extends AsyncDisposable {
  /** Its loopback port. */
  readonly port: number;
  /** The folder of its configuration, for its own programs (`sendmail -C`). */
  readonly etc: string;
  /** The mails in its mailboxes, one character an octet, line ends LF. */
  mails(): string[];
  /** Its log so far: its programs write there through another one, some time after what they tell of. */
  log(): string;
}

/** How to start it. */
export interface PostfixOptions {
  /** Port of a loopback mail server to which it relays everything; absent: it delivers to files. */
  readonly relayTo?: number;
  /** Recipients it refuses, with the reply: `{"gone@example.org": "550 5.1.1 No such user"}`. */
  readonly refuse?: Readonly<Record<string, string>>;
  /** More lines of main.cf; what they set counts, whatever is set here. */
  readonly settings?: readonly string[];
  /** What its SASL library is to do for logins: `smtpd.conf`. */
  readonly sasl?: string;
}

/** The services that a relay needs, none in a chroot; process limits are Postfix' own. */
const SERVICES = `
pickup    unix  n  -  n  1      1  pickup
cleanup   unix  n  -  n  -      0  cleanup
qmgr      unix  n  -  n  300    1  qmgr
tlsmgr    unix  -  -  n  1000?  1  tlsmgr
rewrite   unix  -  -  n  -      -  trivial-rewrite
bounce    unix  -  -  n  -      0  bounce
defer     unix  -  -  n  -      0  bounce
trace     unix  -  -  n  -      0  bounce
verify    unix  -  -  n  -      1  verify
flush     unix  n  -  n  1000?  0  flush
proxymap  unix  -  -  n  -      -  proxymap
smtp      unix  -  -  n  -      -  smtp
lmtp      unix  -  -  n  -      -  lmtp
error     unix  -  -  n  -      -  error
retry     unix  -  -  n  -      -  error
virtual   unix  -  n  n  -      -  virtual
anvil     unix  -  -  n  -      1  anvil
scache    unix  -  -  n  -      1  scache
postlog   unix-dgram  n  -  n  -  1  postlogd
`;

/** Folders of the queue that nobody but Postfix may look into. */
const QUEUE_FOLDERS = [
  ...["active", "bounce", "corrupt", "defer", "deferred", "flush"],
  ...["hold", "incoming", "private", "saved", "trace"],
];
/** Folders of the queue that `sendmail` comes to. */
const SHARED_FOLDERS = ["maildrop", "public"];

/** Starts Postfix and waits until it listens. Mailboxes are those of example.org and example.com. */
export async function startPostfix(options: PostfixOptions = {}): Promise<Postfix> {
  if (Deno.uid() !== 0) throw new Error("Postfix starts as root only: run this test as root");
  toolPath("postfix");
  const folder = await Deno.makeTempDir({ prefix: "postfix-" });
  const port = freePort();
  const etc = join(folder, "etc");
  const dispose = async () => {
    await stop(join(folder, "queue", "pid", "master.pid"), port);
    await Deno.remove(folder, { recursive: true });
  };
  try {
    await lay(folder, port, options);
    const { code, stderr } = await runTool("postfix", ["-c", etc, "start"]);
    if (code !== 0) throw new Error(`Cannot start Postfix: exit code ${code}: ${stderr}`);
    await until(() => isListening(port), { what: `Postfix on port ${port}` });
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    port,
    etc,
    mails: () => readMaildir(join(folder, "mail", "all", "new")),
    log: () => readLog(join(folder, "log")),
    [Symbol.asyncDispose]: dispose,
  };
}

async function lay(folder: string, port: number, options: PostfixOptions): Promise<void> {
  await Deno.chmod(folder, 0o755);
  for (const name of ["etc", "queue", "data", "mail"]) await Deno.mkdir(join(folder, name));
  await layQueue(join(folder, "queue"));
  await own([join(folder, "data")], "postfix");
  await own([join(folder, "mail")], "nobody");
  const refused = Object.entries(options.refuse ?? {}).map(([who, reply]) => `${who} ${reply}\n`);
  await Deno.writeTextFile(join(folder, "etc", "access"), refused.join(""));
  await Deno.writeTextFile(join(folder, "etc", "main.cf"), mainCf(folder, options));
  // Debian's Postfix looks here, whatever cyrus_sasl_config_path says.
  await Deno.mkdir(join(folder, "etc", "sasl"));
  await Deno.writeTextFile(join(folder, "etc", "sasl", "smtpd.conf"), options.sasl ?? "");
  const listener = `127.0.0.1:${port} inet n - n - - smtpd`;
  await Deno.writeTextFile(join(folder, "etc", "master.cf"), `${listener}${SERVICES}`);
  // Postfix waits until a file is two seconds old, lest it be still written.
  const earlier = new Date(Date.now() - 10_000);
  for (const name of ["access", "main.cf"]) {
    await Deno.utime(join(folder, "etc", name), earlier, earlier);
  }
}

/**
 * Kills it with all its programs: nothing of it is needed any more, and `postfix stop` takes a second
 * or two.
 */
async function stop(pidFile: string, port: number): Promise<void> {
  let pid: number;
  try {
    pid = Number(await Deno.readTextFile(pidFile));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return; // It has not come that far.
    throw error;
  }
  await run("/bin/kill", ["-KILL", "--", `-${pid}`]);
  // All of them have the socket; a process that nobody has waited for yet may stay for seconds.
  await until(async () => !await isListening(port), { what: `the end of Postfix, process ${pid}` });
}

/**
 * The folders that Postfix would make itself, after it has inspected everything that its package has
 * installed; `quick-start` has it spare us that.
 */
async function layQueue(queue: string): Promise<void> {
  for (const name of [...QUEUE_FOLDERS, ...SHARED_FOLDERS, "pid"]) {
    await Deno.mkdir(join(queue, name));
  }
  await Promise.all([
    ...QUEUE_FOLDERS.map((name) => Deno.chmod(join(queue, name), 0o700)),
    ...SHARED_FOLDERS.map((name) => Deno.chmod(join(queue, name), 0o730)),
    own(QUEUE_FOLDERS.map((name) => join(queue, name)), "postfix"),
    own(SHARED_FOLDERS.map((name) => join(queue, name)), "postfix:postdrop"),
  ]);
  await Deno.writeTextFile(join(queue, "quick-start"), "");
}

function mainCf(folder: string, { relayTo, settings = [] }: PostfixOptions): string {
  const goesTo = relayTo === undefined
    ? [
      "virtual_mailbox_domains = example.org, example.com",
      `virtual_mailbox_base = ${folder}/mail`,
      "virtual_mailbox_maps = static:all/",
      "virtual_minimum_uid = 1",
      "virtual_uid_maps = static:65534",
      "virtual_gid_maps = static:65534",
      "default_transport = error:nothing leaves this machine",
    ]
    : [`relayhost = [127.0.0.1]:${relayTo}`];
  return [
    "compatibility_level = 3.6",
    `queue_directory = ${folder}/queue`,
    `data_directory = ${folder}/data`,
    `maillog_file = ${folder}/log`,
    `maillog_file_prefixes = ${folder}`,
    "myhostname = postfix.test",
    "mydestination =",
    "mynetworks = 127.0.0.0/8",
    "inet_interfaces = 127.0.0.1",
    "inet_protocols = ipv4",
    "smtp_dns_support_level = disabled",
    "alias_maps =",
    "alias_database =",
    "local_recipient_maps =",
    `smtpd_recipient_restrictions = check_recipient_access texthash:${folder}/etc/access,`,
    "  permit_mynetworks, reject",
    ...goesTo,
    ...settings,
    "",
  ].join("\n");
}

async function own(paths: readonly string[], user: string): Promise<void> {
  const { code, stderr } = await run("/bin/chown", [user, ...paths]);
  if (code !== 0) throw new Error(`Cannot give ${paths.join(", ")} to ${user}: ${stderr}`);
}

function readMaildir(path: string): string[] {
  return orWhenAbsent([], () =>
    [...Deno.readDirSync(path)]
      .map(({ name }) => latin1(Deno.readFileSync(join(path, name)))));
}

/** There is none before its first line. */
function readLog(path: string): string {
  return orWhenAbsent("", () => Deno.readTextFileSync(path));
}

function orWhenAbsent<T>(absent: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return absent;
    throw error;
  }
}
