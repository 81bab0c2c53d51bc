import { InstantOrDay } from "@sidelight/contracts/context/primitives.ts";
import type { TimelinePage } from "@sidelight/contracts/context/timeline.ts";
import { z } from "zod";
import { isShown } from "../../context/sectionRights.ts";
import type { TimelineCursor } from "../../context/timeline.ts";
import { invalidCursor, type PageInput } from "../page.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, requireRef, type ServiceContext } from "../service.ts";
import { defaultDeadlineMs, readRef } from "./contextQuery.ts";

export interface TimelineInput extends PageInput {
  ref: string;
  platform?: string | undefined;
  /** Kind of the items: `ticket_created`. */
  kind?: string | undefined;
  /** No item before this instant, epoch ms. */
  since?: number | undefined;
}

/** What happened to a customer, newest first. @throws {ProblemError} invalid_ref, invalid_request, not_found, conflict */
export const getTimeline = defineService(
  "own",
  async (
    { served, actor }: ServiceContext,
    { ref, limit, cursor, platform, kind, since }: TimelineInput,
  ): Promise<TimelinePage> => {
    const customer = readRef(ref, served.tenant);
    requireRef(actor, customer.ref);
    if (!isShown(actor.rights, "timeline")) throw new ProblemError("forbidden", "Your role does not see the timeline.");
    const page = await served.contexts.timeline({
      ref: customer,
      rights: actor.rights,
      searcher: actor.keyId,
      deadlineMs: defaultDeadlineMs,
      limit,
      after: cursor === undefined ? null : readCursor(cursor),
      source: platform,
      type: kind,
      since,
    });
    if ("unresolved" in page) {
      throw page.unresolved === "none"
        ? new ProblemError("not_found", "No platform has a customer with this ref. Check the ref.")
        : new ProblemError("conflict", "Several customers match this ref. Use the id of one of the candidates.");
    }
    return { items: page.items, nextCursor: page.next && writeCursor(page.next) };
  },
);

const Cursor = z.tuple([InstantOrDay, z.string()]);

const writeCursor = ({ at, id }: TimelineCursor): string => Buffer.from(JSON.stringify([at, id])).toString("base64url");

function readCursor(text: string): TimelineCursor {
  try {
    const [instant, id] = Cursor.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
    return { at: instant, id };
  } catch {
    throw invalidCursor();
  }
}
