/**
 * TLS for all servers of one test file, with a certificate for `localhost`.
 *
 * @module
 */

import { openTlsServer } from "../../lib/smtp/tls/open_tls_server.ts";
import type { TlsServer } from "../../lib/smtp/tls/tls_server.ts";
import { makeAuthority, writeCertificate } from "./certificates.ts";
import type { Trust } from "./dialog_transport.ts";

/** What makes wires secure, and whom clients have to believe for that. */
export interface FileTls extends Trust {
  /** Makes wires secure. */
  readonly tls: TlsServer;
}

/** Opens it outside of any test; it ends with the file. */
export async function openFileTls(): Promise<FileTls> {
  const folder = await Deno.makeTempDir();
  const authority = await makeAuthority();
  const certificate = await writeCertificate(folder, await authority.issue());
  const tls = await openTlsServer({ certificate, folder, hostname: "relay.test" });
  addEventListener("unload", () => {
    void tls.close();
    Deno.removeSync(folder, { recursive: true });
  });
  return { tls, ca: authority.certificate };
}
