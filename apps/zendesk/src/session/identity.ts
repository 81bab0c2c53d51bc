import { trustAnswers } from "@sidelight/client/answers.ts";
import { SidelightError } from "@sidelight/client/error.ts";
import { identityOperations } from "@sidelight/client/identity.ts";
import { createSender } from "@sidelight/client/send.ts";
import type { IdentityCommand, IdentityResult, IdentityTransport } from "@sidelight/panel/identity/transport.ts";
import type { PanelProblem } from "@sidelight/panel/options.ts";
import { hostFetch } from "../zaf/fetch.ts";
import type { Host } from "../zaf/host.ts";
import type { ZendeskSubject } from "./subject.ts";

/** Who is who, through Zendesk's proxy: the API key stays there. */
export function createIdentityTransport(host: Host, apiUrl: string): IdentityTransport<ZendeskSubject> {
  const headers = { "x-sidelight-panel": "zendesk" };
  const options = { baseUrl: apiUrl, headers, apiKey: "{{setting.api_key}}", fetch: hostFetch(host), timeoutMs: 15_000 };
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

async function settled<T>(call: Promise<T>): Promise<IdentityResult<T>> {
  try {
    return { value: await call };
  } catch (error) {
    if (!(error instanceof SidelightError)) throw error;
    return { code: error.code === "unexpected_answer" ? "internal" : (error.code as PanelProblem["code"]) };
  }
}
