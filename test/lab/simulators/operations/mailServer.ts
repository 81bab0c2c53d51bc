import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { listen } from "../server.ts";

export interface MailServerOptions {
  port?: number;
  /** With it, the server offers STARTTLS and takes mail only then. */
  tls?: { key: string; cert: string };
  /** With it, mail is taken from this user only. */
  login?: { user: string; password: string };
  onMail(mail: ParsedMail): void;
  /** Code with which the next mails are refused; null accepts them. */
  refusal?(): number | null;
}

export interface MailServer {
  port: number;
  close(): Promise<void>;
}

/** An SMTP server on this machine. */
export async function startMailServer({
  port = 0,
  tls,
  login,
  onMail,
  refusal = () => null,
}: MailServerOptions): Promise<MailServer> {
  const server = new SMTPServer({
    ...(tls ? { ...tls, secure: false } : {}),
    disabledCommands: [...(tls ? [] : ["STARTTLS"]), ...(login ? [] : ["AUTH"])],
    authOptional: login === undefined,
    logger: false,
    disableReverseLookup: true,
    onAuth({ username, password }, _, respond) {
      if (login && username === login.user && password === login.password) respond(null, { user: username });
      else respond(new Error("535 5.7.8 Authentication failed"));
    },
    onMailFrom(_, session, respond) {
      const code = refusal();
      if (code !== null) respond(Object.assign(new Error("Refused"), { responseCode: code }));
      else if (tls && !session.secure)
        respond(Object.assign(new Error("Must issue a STARTTLS command first"), { responseCode: 530 }));
      else respond();
    },
    onData(stream, _, respond) {
      simpleParser(stream).then(
        (mail) => {
          onMail(mail);
          respond();
        },
        (error: unknown) => respond(error as Error),
      );
    },
  });
  server.on("error", () => {});
  await listen(server.server, port);
  const address = server.server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
