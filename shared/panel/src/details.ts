import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { Body, Source } from "./parts.ts";
import { provenanceFor } from "./provenance.ts";
import type { Details, Scope } from "./scope.ts";
import { accountBody } from "./sections/account.ts";
import { cardSection } from "./sections/card.ts";
import { extraBody } from "./sections/extra.ts";
import { healthHistory } from "./sections/healthHistory.ts";
import { mappedRows } from "./sections/mappedRows.ts";
import { notesBody } from "./sections/notes.ts";
import { productBody } from "./sections/product.ts";
import { supportBody } from "./sections/support.ts";
import { timelineBody } from "./sections/timeline.ts";

type BodyBuilder = (scope: Scope, source: Source<never>) => Body;

/** Of health, the score and its reasons are part of the first screen. */
const bodies: Partial<Record<SectionName, BodyBuilder>> = {
  health: healthHistory,
  account: accountBody,
  support: supportBody,
  product: productBody,
  timeline: timelineBody,
  notes: notesBody,
};

/** Everything that the first screen does without. */
export const details: Details = {
  bodyOf(scope, name, source) {
    const body = bodies[name]?.(scope, source as Source<never>) ?? extraBody(scope, name, source);
    const fieldRows = mappedRows(scope, name, source);
    return fieldRows.length === 0 ? body : { ...body, rows: [...(body.rows ?? []), ...fieldRows] };
  },
  cardSection,
  provenanceFor,
};
