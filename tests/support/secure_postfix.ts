/**
 * A private Postfix with TLS and SASL logins: the kind of mail server that a relay is told to use.
 * Its users are in a database of Cyrus SASL's own (`sasl2-bin`, `libsasl2-modules`).
 *
 * @module
 */

import { join } from "node:path";
import { makeAuthority, writeCertificate } from "./certificates.ts";
import { type Postfix, startPostfix } from "./postfix.ts";
import { run, runTool } from "./tools.ts";

/** A user of it. */
export const USER = "relay";
/** The user's password; found nowhere else. */
export const PASSWORD = "canary-91/+=%&;~?";

/** What it is like. */
export interface SecurePostfixWishes {
  /** The names that its certificate is for; `localhost` and loopback addresses when absent. */
  readonly names?: readonly string[];
  /** Whether TLS begins with the first octet. */
  readonly implicit?: boolean;
  /** The mechanisms that it offers under TLS, such as `PLAIN LOGIN`; absent: no logins. */
  readonly mechanisms?: string;
  /** Whether it takes mail only from who shows a certificate of its authority. */
  readonly clientCertificate?: boolean;
  /** More lines of main.cf. */
  readonly settings?: readonly string[];
}

/** A running one. */
export interface SecurePostfix extends Postfix {
  /** The authority that it trusts, and that has signed its certificate; PEM. */
  readonly caFile: string;
  /** A certificate of that authority for whoever wants to be let in, and its key; PEM. */
  readonly client: { readonly certificateFile: string; readonly keyFile: string };
}

/** Starts it; it takes no mail in clear, and with `mechanisms` none without a login. */
export async function startSecurePostfix(wishes: SecurePostfixWishes): Promise<SecurePostfix> {
  const folder = await Deno.makeTempDir({ prefix: "postfix-secrets-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    await Deno.chmod(folder, 0o755);
    const authority = await makeAuthority();
    const caFile = join(folder, "ca.pem");
    await Deno.writeTextFile(caFile, authority.certificate);
    const { names } = wishes;
    await writeCertificate(folder, await authority.issue(names && { names }));
    const client = await writeCertificate(folder, await authority.issue(), "client");
    const { mechanisms } = wishes;
    const sasl = mechanisms === undefined ? "" : await makeUsers(folder, mechanisms);
    const postfix = await startPostfix({ settings: settingsOf(wishes, folder), sasl });
    const dispose = async () => {
      await postfix[Symbol.asyncDispose]();
      await remove();
    };
    return { ...postfix, caFile, client, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Makes one user, in a database that Postfix may read; gives what its SASL library needs to know. */
async function makeUsers(folder: string, mechanisms: string): Promise<string> {
  const database = join(folder, "sasldb2");
  const options = ["-p", "-c", "-f", database, "-u", "postfix.test", USER];
  const made = await runTool("saslpasswd2", options, { input: PASSWORD });
  if (made.code !== 0) throw new Error(`Cannot make a user: ${made.stderr}`);
  const given = await run("/bin/chown", ["postfix", database]);
  if (given.code !== 0) throw new Error(`Cannot give the users to Postfix: ${given.stderr}`);
  return [
    "pwcheck_method: auxprop",
    "auxprop_plugin: sasldb",
    `sasldb_path: ${database}`,
    `mech_list: ${mechanisms}`,
    "",
  ].join("\n");
}

function settingsOf(
  { implicit, mechanisms, clientCertificate, settings = [] }: SecurePostfixWishes,
  folder: string,
): string[] {
  const sasl = [
    "smtpd_sasl_auth_enable = yes",
    "smtpd_tls_auth_only = yes",
    "smtpd_sasl_security_options = noanonymous",
    "smtpd_sasl_local_domain = postfix.test",
    "smtpd_sender_restrictions = permit_sasl_authenticated, reject",
  ];
  return [
    "smtpd_tls_security_level = encrypt",
    `smtpd_tls_cert_file = ${folder}/server.pem`,
    `smtpd_tls_key_file = ${folder}/server.key`,
    `smtpd_tls_CAfile = ${folder}/ca.pem`,
    "smtpd_tls_loglevel = 1",
    "smtpd_tls_received_header = yes",
    "smtpd_sasl_authenticated_header = yes",
    ...implicit ? ["smtpd_tls_wrappermode = yes"] : [],
    ...clientCertificate ? ["smtpd_tls_req_ccert = yes"] : [],
    ...mechanisms === undefined ? [] : sasl,
    ...settings,
  ];
}
