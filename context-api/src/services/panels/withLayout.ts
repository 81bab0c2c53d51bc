import type { ContextAnswer } from "../../context/contexts.ts";
import { etagOf } from "../../context/encodeAnswer.ts";
import type { ServiceContext } from "../service.ts";
import { type LayoutInput, layoutFor } from "./layoutFor.ts";

/** A context with the layout of its reader's place. */
export interface LaidOutAnswer extends ContextAnswer {
  /** JSON of the member `layout` in the body; null for a reader that named no place. */
  layout: string | null;
}

type Encoded = Pick<ContextAnswer, "body" | "etag">;

/**
 * By the body as it is cached, then by the layout: the cached answer itself belongs to no role and no place, and a body with a layout
 * lives as long as it.
 */
const bodiesWithLayout = new WeakMap<Buffer, Map<string, Encoded>>();

/** The answer with the member `layout`, where the reader names a place. */
export function withLayout(
  context: Pick<ServiceContext, "served" | "actor">,
  answer: ContextAnswer,
  input: LayoutInput,
): LaidOutAnswer {
  if (input.place === undefined) return { ...answer, layout: null };
  const layout = JSON.stringify(layoutFor(context, input));
  return { ...answer, ...addLayout(answer, layout), layout };
}

/** The bytes of an answer with the member `layout` at their end; the same object until the answer or the layout changes. */
export function addLayout(answer: Encoded, layout: string | null): Encoded {
  if (layout === null) return answer;
  const bodies = bodiesWithLayout.get(answer.body) ?? new Map<string, Encoded>();
  bodiesWithLayout.set(answer.body, bodies);
  const present = bodies.get(layout);
  if (present) return present;
  const body = Buffer.concat([answer.body.subarray(0, -1), Buffer.from(`,"layout":${layout}}`)]);
  const encoded = { body, etag: etagOf(body) };
  bodies.set(layout, encoded);
  return encoded;
}
