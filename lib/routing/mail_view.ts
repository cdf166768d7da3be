/**
 * What routing sees of a mail: its header and text, decoded when somebody asks for them.
 *
 * Everything here comes from the peer, so everything is bounded and nothing fails: no octets make
 * these functions throw. Most mails are routed by their subject; for those nothing else is decoded
 * and the body is not touched.
 *
 * @module
 */

import type { MailFacts, Needs } from "../language/scope.ts";
import { Work } from "../language/work.ts";
import type { Mail } from "../mail/message.ts";
import { readSubject } from "../mail/subject.ts";
import { Header } from "./mime/header.ts";
import { firstMailbox, type Mailbox } from "./mime/mailbox.ts";
import { type Body, readBody } from "./mime/body.ts";
import type { MailView } from "./packs/pack.ts";

/** A mail as packs, conditions and templates see it. */
export interface ViewedMail extends MailView {
  /** What conditions and templates may look at. Never rejects. */
  facts(needs: Pick<Needs, "text">): Promise<MailFacts>;
}

/** Takes a mail in hand; nothing but its subject is decoded yet. */
export function viewMail(mail: Mail): ViewedMail {
  return new LazyView(mail);
}

const NO_BODY: Body = { text: "", attachments: [], textCut: false };

class LazyView implements ViewedMail {
  readonly subject?: string;
  readonly work = new Work();
  readonly #mail: Mail;
  readonly #header: Header;
  readonly #decoded = new Map<string, string | undefined>();
  #from: Mailbox | undefined;
  #body: Promise<Body> | undefined;

  constructor(mail: Mail) {
    this.#mail = mail;
    this.#header = new Header(mail.message.fields);
    const subject = readSubject(mail.message.fields);
    if (subject !== undefined) this.subject = subject;
  }

  get from(): Mailbox {
    return this.#from ??= firstMailbox(this.#header.raw("from"));
  }

  get reversePath(): string {
    return this.#mail.envelope.reversePath;
  }

  header(name: string): string | undefined {
    const key = name.toLowerCase();
    if (!this.#decoded.has(key)) this.#decoded.set(key, this.#header.get(key));
    return this.#decoded.get(key);
  }

  async text(): Promise<string> {
    return (await this.#readBody()).text;
  }

  async facts({ text }: Pick<Needs, "text">): Promise<MailFacts> {
    const { queueId, envelope, message } = this.#mail;
    const header = this.#header;
    let headers: MailFacts["headers"] | undefined;
    return {
      id: queueId,
      reversePath: envelope.reversePath,
      recipients: envelope.forwardPaths,
      subject: this.subject ?? "",
      get headers() {
        return headers ??= header.all();
      },
      ...(text ? await this.#readBody() : NO_BODY),
      size: message.octets,
      work: this.work,
    };
  }

  #readBody(): Promise<Body> {
    return this.#body ??= readBody(this.#header, this.#mail.message);
  }
}
