/** The configuration and the pack cannot import each other; this holds their lists together. @module */

import { parseConfiguration } from "../../lib/config/load.ts";
import { GOCD_EVENTS } from "../../lib/routing/packs/gocd.ts";

for (const event of GOCD_EVENTS) {
  Deno.test(`parseConfiguration() takes the event ${event} that the gocd pack reports`, () => {
    const text = `local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:25
managers:
  - name: gocd
    url: http://127.0.0.1:8153/go
    messages-we-want: {to: a@example.com}
    rules: [{actions: [discard], filter: {events: [${event}], function: pipelines.any}}]
`;
    parseConfiguration("configuration.yml", text, () => undefined);
  });
}
