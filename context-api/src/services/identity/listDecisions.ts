import type { Decision, DecisionType } from "@sidelight/contracts/identity/decision.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { ofKind } from "@sidelight/model/records.ts";
import { identityPlatform } from "../../identity/decisions.ts";
import { openReader } from "../../log/reader.ts";
import { listObjectEvents } from "../../store/tables/events.ts";
import { type Page, type PageInput, pageByPosition } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { decisionViews } from "./decisionView.ts";

export interface DecisionListInput extends PageInput {
  type?: DecisionType | undefined;
}

/** Decisions about who is who, newest first. */
export const listDecisions = defineService(
  "identify",
  async ({ served, actor }: ServiceContext, { type, limit, cursor }: DecisionListInput): Promise<Page<Decision>> => {
    const { log } = served.tenant;
    const filter = { connection: identityPlatform, object: "decision", type: type && `identity.${type}` };
    const { items, nextCursor } = await pageByPosition(
      { limit, cursor },
      (slice) => listObjectEvents(log.store, { ...filter, ...slice }),
      ({ sequence }) => sequence,
    );
    const reader = openReader(log);
    const decisions = new Map(
      ofKind(await reader.records(items.map(({ key }) => key)), "decision").map((decision) => [decision.key, decision]),
    );
    const views = await decisionViews(
      reader,
      items.flatMap(({ key }) => decisions.get(key) ?? []),
    );
    return { items: views.map((view) => maskDeep(view, actor.rights).value), nextCursor };
  },
);
