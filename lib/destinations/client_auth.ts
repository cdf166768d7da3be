/**
 * How we authenticate towards one mail server, with access tokens from where the configuration
 * says.
 *
 * @module
 */

import type { SmarthostAuthConfig } from "../config/types.ts";
import type { ClientAuth } from "../smtp/client/authenticate.ts";
import { createTokenSource, type TokenSource, type TokenSourceOptions } from "./oauth_token.ts";

/** Who we say we are, and what is to be let go of. */
export interface Login {
  /** For the client; absent: nobody. */
  readonly auth?: ClientAuth;
  /** Ends a request for a token; no other is made. */
  close(): void;
}

/**
 * Makes the login of one server; nothing is asked for before it is needed.
 *
 * @param config What the configuration says; absent: nobody.
 * @param options For tests.
 */
export function createLogin(
  config: SmarthostAuthConfig | undefined,
  options: TokenSourceOptions = {},
): Login {
  if (config?.kind !== "oauth") return { ...config && { auth: config }, close: () => {} };
  const { kind, user, mechanism } = config;
  const tokens: TokenSource = createTokenSource(config.token, options);
  const token = tokens.token.bind(tokens);
  return {
    auth: { kind, user, token, ...mechanism && { mechanism } },
    close: () => tokens.close(),
  };
}
