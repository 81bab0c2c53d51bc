import { trustAnswers } from "@sidelight/client/answers.ts";
import { identityOperations } from "@sidelight/client/identity.ts";
import { createSender } from "@sidelight/client/send.ts";
import type { IdentityCommand, IdentityTransport } from "@sidelight/panel/identity/transport.ts";
import type { Host } from "../zaf/host.ts";
import { credentialsOf, type PageSession } from "./pageSession.ts";
import { settled } from "./settled.ts";
import type { ZendeskSubject } from "./subject.ts";

/** Who is who, with the session of the person, or through Zendesk's proxy, where the API key stays. */
export function createIdentityTransport(
  host: Host,
  apiUrl: string,
  page: PageSession | null = null,
): IdentityTransport<ZendeskSubject> {
  const headers = { "x-sidelight-panel": "zendesk" };
  const options = { baseUrl: apiUrl, headers, ...credentialsOf(host, page), timeoutMs: 15_000 };
  const client = identityOperations(createSender(options, trustAnswers));

  const change = (ref: string, command: IdentityCommand, idempotencyKey: string) => {
    switch (command.kind) {
      case "link":
        return client.linkIdentity({ ref, to: command.to }, { idempotencyKey });
      case "unlink":
        return client.unlinkIdentity({ ref }, { idempotencyKey });
      case "undo":
        return client.undoDecisions({ decisions: [...command.decisions] }, { idempotencyKey });
    }
  };

  return {
    getIdentity: ({ subject, customerId }) => settled(client.getIdentity(customerId ?? subject.ref)),
    change: ({ subject }, command, idempotencyKey) =>
      settled(change(subject.ref, command, idempotencyKey).then(({ decisions }) => decisions.map(({ id }) => id))),
  };
}
