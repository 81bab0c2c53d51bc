import { actionOperations } from "@sidelight/client/actions.ts";
import { trustAnswers } from "@sidelight/client/answers.ts";
import { isPersonal } from "@sidelight/client/refs.ts";
import { createSender } from "@sidelight/client/send.ts";
import type { ActionAnswer, ActionCommand, ActionTransport } from "@sidelight/panel/actions/transport.ts";
import type { PanelRequest } from "@sidelight/panel/session/transport.ts";
import { credentialsOf, type PageSession } from "../session/pageSession.ts";
import { settled } from "../session/settled.ts";
import type { ZendeskSubject } from "../session/subject.ts";
import type { Host } from "../zaf/host.ts";

/** Takes actions with the session of the person, or through Zendesk's proxy with the key of the installation. */
export function createZafActions(host: Host, apiUrl: string, page: PageSession | null): ActionTransport<ZendeskSubject> {
  const headers = { "x-sidelight-panel": "zendesk" };
  const client = actionOperations(
    createSender({ baseUrl: apiUrl, headers, ...credentialsOf(host, page), timeoutMs: 15_000 }, trustAnswers),
  );

  const take = (ref: string, command: ActionCommand, idempotencyKey: string): Promise<ActionAnswer> => {
    const options = { idempotencyKey };
    switch (command.kind) {
      case "note":
        return client.addNote({ ref, body: command.body }, options);
      case "delete-note":
        return client.deleteNote({ ref, note: command.note }, options);
      case "pin":
        return client.pin({ ref, pinned: command.isPinned, ...(command.note && { note: command.note }) }, options);
      case "follow-up": {
        const { platform, owner, subject, text, dueDate } = command;
        return client.createFollowUp(
          { ref, platform, subject, dueDate, ...(text && { text }), ...(owner && { owner }) },
          options,
        );
      }
      case "reveal":
        return client.revealValues({ ref, pointers: [...command.pointers], reason: command.reason }, options);
      case "insert": {
        const { into, as, what, characters } = command;
        return client.recordInsert({ ref, into, as, what, characters }, options);
      }
    }
  };

  return {
    take: (request, command, idempotencyKey) => settled(take(refOf(request), command, idempotencyKey)),
    getFollowUp: (_, id) =>
      settled(
        client.getAction(id).then((action) => {
          if (action.action !== "follow-up") throw new TypeError(`The action ${id} is no follow-up.`);
          return action;
        }),
      ),
    getPins: () => settled(client.getPins().then(({ items }) => items.map(({ customer }) => customer))),
  };
}

/** An address may belong to several customers; the customer on screen is the one that is meant. */
function refOf({ candidate, subject, customerId }: PanelRequest<ZendeskSubject>): string {
  return candidate ?? (isPersonal(subject.ref) && customerId ? customerId : subject.ref);
}
