import type { EventInput } from "@sidelight/model/records.ts";
import { currentSecrets } from "@sidelight/platform-kit/signingSecrets.ts";
import { type Delivery, type Inlet, type InletTools, jsonAnswer } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import type { MixpanelOptions } from "../options.ts";
import { membershipRecord, userRef } from "../records.ts";
import { actionOf, type Call, type ReadCall, readCall } from "./call.ts";
import { isBasic } from "./credentials.ts";
import { type Move, turn } from "./turn.ts";

const what = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, "lower-case words parted by _, as in completed_onboarding");

const Options = z.strictObject({
  // RFC 7617: a user-id holds no colon.
  username: z.string().regex(/^[^:\p{Cc}]+$/u),
  password: z.string().describe("Name of the secret"),
  previous: z
    .strictObject({ password: z.string().describe("Name of the secret"), until: z.iso.datetime({ offset: true }) })
    .optional(),
  /** What it means to enter a cohort, by its id or name: `mixpanel.user.<what>`. */
  cohorts: z.record(z.string(), what).default({}),
});
export type CohortOptions = z.infer<typeof Options>;

/** Who enters and leaves cohorts: every half hour Mixpanel sends the difference, and now and then the whole cohort. */
export const cohorts: Inlet<CohortOptions> = {
  options: Options,
  // 1,000 members a call, with whatever properties were chosen for export.
  mostBytes: 8 * 1024 * 1024,

  async authenticate({ headers }, { username, password, previous }, tools) {
    const signing = { secret: password, previous: previous && { secret: previous.password, until: previous.until } };
    const passwords = await currentSecrets(signing, tools);
    // Every one is tried, so that time tells nothing of which one fits.
    return passwords.map((known) => isBasic(headers["authorization"] ?? "", username, known)).includes(true);
  },

  async read(delivery, options, tools) {
    const { call, problem } = bodyOf(delivery).read;
    if (!call) return problem ? [problem] : [];
    if (call.project !== (tools.settings as MixpanelOptions).projectId) {
      return [{ kind: "unusable", reason: "wrong_account", detail: "the cohort is another project's" }];
    }
    const { moves, memory } = await turn(call, delivery.receivedAt, tools);
    const events = moves.map((move) => ({ kind: "event" as const, event: eventOf(move, call, delivery, options, tools) }));
    return [...events, ...(memory ? [memory] : []), ...(problem ? [problem] : [])];
  },

  serialiseBy: (delivery) => bodyOf(delivery).read.call?.cohort.id ?? null,

  acknowledge(delivery) {
    // Another answer than success, or another status, would have Mixpanel stop sending: what we can't use is in quarantine.
    const action = actionOf(bodyOf(delivery).json);
    return jsonAnswer(200, { ...(action === null ? {} : { action }), status: "success" });
  },
};

function eventOf(
  { user, isIn, before }: Move,
  { cohort, session, sending }: Call,
  { receivedAt }: Delivery,
  options: CohortOptions,
  tools: InletTools,
): EventInput {
  const at = new Date(receivedAt).toISOString();
  const data = { kind: "membership" as const, cohort, isIn, enteredAt: isIn ? at : (before?.enteredAt ?? at), session };
  return {
    type: `mixpanel.user.${isIn ? meaningOf(cohort, options) : "cohort_left"}`,
    timestamp: receivedAt,
    platform: "mixpanel",
    connection: tools.connection,
    object: "user",
    ref: userRef(user),
    subject: userRef(user),
    sourceIds: [JSON.stringify(["cohort", cohort.id, user, sending, isIn ? "in" : "out"])],
    record: membershipRecord(user, data, { connection: tools.connection, observedAt: tools.now() }),
    interaction: null,
    data: { cohort },
    isEcho: false,
  };
}

function meaningOf({ id, name }: Call["cohort"], { cohorts }: CohortOptions): string {
  const meant = [id, name].find((key) => Object.hasOwn(cohorts, key));
  return (meant === undefined ? undefined : cohorts[meant]) ?? "cohort_entered";
}

interface Body {
  /** Undefined when it is no JSON. */
  json: unknown;
  read: ReadCall;
}

const bodies = new WeakMap<Delivery, Body>();

/** Asked for several times, and large: read once. */
function bodyOf(delivery: Delivery): Body {
  const known = bodies.get(delivery);
  if (known) return known;
  const json = parsed(delivery.body);
  const body = { json, read: readCall(json) };
  bodies.set(delivery, body);
  return body;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
