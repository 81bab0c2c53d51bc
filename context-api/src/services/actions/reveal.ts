import type { RevealedValues, RevealRequest } from "@sidelight/contracts/actions/action.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { parsePointer } from "../../context/fields.ts";
import { openReader } from "../../log/reader.ts";
import { orderedSections } from "../contexts/contextQuery.ts";
import { iso } from "../instant.ts";
import { invalidParameter, ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { actionTarget, ownRef } from "./actionTarget.ts";
import { type ActionRequest, runAction } from "./runAction.ts";

/** How long revealed values are shown, ms. */
const revealMs = 60_000;

/**
 * The unmasked values of some pointers, for a minute. The reason is on record before a value is read. Nothing of it is cached.
 * @throws {ProblemError} invalid_ref, invalid_request, not_found, conflict, forbidden
 */
export const reveal = defineService(
  "act:reveal",
  async (
    context: ServiceContext,
    { ref, pointers, reason, ...input }: RevealRequest & ActionRequest,
  ): Promise<RevealedValues> => {
    const { tenant } = context.served;
    const parsed = ownRef(context, ref);
    const request = { ref: parsed.ref, pointers, reason };
    const { id, at } = await runAction(context, input, { action: "reveal", request }, async () => {
      const target = await actionTarget(openReader(tenant.log), parsed);
      const maskedValues = maskedPointers(await readContext(context, parsed, pointers, {}));
      const visible = pointers.find((pointer) => !maskedValues.has(pointer));
      if (visible !== undefined)
        throw invalidParameter("pointers", "A pointer names no masked value. Use pointers that the context lists as masked.");
      return { target, ids: { pointers: pointers.join(" ") }, reason };
    });
    if (tenant.clock.now() >= at + revealMs)
      throw new ProblemError("conflict", "The minute of this reveal has passed. Reveal again with a new Idempotency-Key.");
    const full = await readContext(context, parsed, pointers, { pii: true, text: true });
    const values = Object.fromEntries(pointers.map((pointer) => [pointer, valueAt(full, pointer)]));
    return { action: "reveal", id, at: iso(at), hideAt: iso(at + revealMs), values };
  },
);

/** The context as of now, from the store alone. A read of a moment is kept in no cache. */
async function readContext(
  { served, actor }: ServiceContext,
  ref: ReturnType<typeof ownRef>,
  pointers: readonly string[],
  rights: { pii?: true; text?: true },
): Promise<Context> {
  const { tenant, contexts } = served;
  const sectionNames = new Set(pointers.flatMap((pointer) => /^\/sections\/(\w+)\//.exec(pointer)?.[1] ?? []));
  const { context } = await contexts.read({
    ref,
    rights: { ...actor.rights, ...rights },
    sections: orderedSections([...sectionNames], tenant.sections.names),
    deadlineMs: 0,
    at: { sequence: tenant.log.head(), instant: tenant.clock.now() },
  });
  return context;
}

/** Masked values, as pointers from the root of the answer. */
function maskedPointers({ customer, sections }: Context): Set<string> {
  const ofSections = Object.entries(sections).flatMap(([name, section]) =>
    (section?.masked ?? []).map((pointer) => `/sections/${name}/data${pointer}`),
  );
  return new Set([...(customer?.masked ?? []).map((pointer) => `/customer${pointer}`), ...ofSections]);
}

function valueAt(context: Context, pointer: string): unknown {
  let value: unknown = context;
  for (const token of parsePointer(pointer) ?? []) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, token)) return null;
    value = (value as Record<string, unknown>)[token];
  }
  return value ?? null;
}
