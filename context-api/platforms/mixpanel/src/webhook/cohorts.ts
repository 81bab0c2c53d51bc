import { randomBytes } from "node:crypto";
import type { EventInput } from "@sidelight/model/records.ts";
import { readJson } from "@sidelight/platform-kit/json.ts";
import { type SecretOptions, secretName } from "@sidelight/platform-kit/settings.ts";
import { verifyWithSecrets } from "@sidelight/platform-kit/signingSecrets.ts";
import { jsonResponse, type WebhookRequest, type WebhookSource, type WebhookTools } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import type { MixpanelOptions } from "../options.ts";
import { membershipRecord, userRef } from "../records.ts";
import { actionOf, type Call, CohortCall, type ReadCall, readCall, unreadableCall } from "./call.ts";
import { isBasic } from "./credentials.ts";
import { type MembershipChange, membershipChanges } from "./membershipChanges.ts";

const eventName = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, "Use lower-case words separated by _, as in completed_onboarding.");

const cohortPassword: SecretOptions = {
  description: "the password that Mixpanel sends by Basic authentication",
  generate: () => randomBytes(32).toString("base64url"),
};

const Options = z.strictObject({
  // RFC 7617: a user-id holds no colon.
  username: z.string().regex(/^[^:\p{Cc}]+$/u),
  password: secretName(cohortPassword),
  previous: z.strictObject({ password: secretName(cohortPassword), until: z.iso.datetime({ offset: true }) }).optional(),
  /** Event of entering a cohort, by its id or name: `mixpanel.user.<what>`. */
  cohorts: z.record(z.string(), eventName).default({}),
});
export type CohortOptions = z.infer<typeof Options>;

/** Cohort sync: Mixpanel sends a diff every half hour, and the full cohort from time to time. */
export const cohorts: WebhookSource<CohortOptions> = {
  options: Options,
  body: { mediaType: "application/json", description: "A page of a cohort export. Basic authentication.", schema: CohortCall },
  // 1,000 members a call, each with the properties that are selected for export.
  maxBytes: 4 * 1024 * 1024,

  async verify({ headers }, { username, password, previous }, tools) {
    const signing = { secret: password, previous: previous && { secret: previous.password, until: previous.until } };
    const authorization = headers["authorization"] ?? "";
    if (authorization === "") return "credentials_missing";
    return await verifyWithSecrets(signing, tools, (value) => isBasic(authorization, username, value), "credentials_mismatch");
  },

  async testRequest({ username, password }, tools) {
    const credentials = Buffer.from(`${username}:${await tools.secret(password)}`).toString("base64");
    return { headers: { "content-type": "application/json", authorization: `Basic ${credentials}` }, body: "{}" };
  },

  async parse(request, options, tools) {
    const { call, problem } = bodyOf(request).read;
    if (!call) return problem ? [problem] : [];
    if (call.project !== (tools.settings as MixpanelOptions).projectId) {
      return [{ kind: "unusable", reason: "wrong_account", detail: "the cohort belongs to another project" }];
    }
    const { changes, progress } = await membershipChanges(call, request.receivedAt, tools);
    const events = changes.map((change) => ({ kind: "event" as const, event: eventOf(change, call, request, options, tools) }));
    return [...events, ...(progress ? [progress] : []), ...(problem ? [problem] : [])];
  },

  serializeBy: (request) => bodyOf(request).read.call?.cohort.id ?? null,

  acknowledge(request) {
    // Any other response or status makes Mixpanel pause the sync. Unusable messages are in quarantine.
    const action = actionOf(bodyOf(request).json);
    return jsonResponse(200, { ...(action === null ? {} : { action }), status: "success" });
  },
};

function eventOf(
  { user, isIn, previous }: MembershipChange,
  { cohort, session, exportName }: Call,
  { receivedAt }: WebhookRequest,
  options: CohortOptions,
  tools: WebhookTools,
): EventInput {
  const now = new Date(receivedAt).toISOString();
  const milestone = (isIn ? milestoneOf(cohort, options, tools) : undefined) ?? previous?.milestone;
  const data = {
    kind: "membership" as const,
    cohort,
    isIn,
    enteredAt: isIn ? now : (previous?.enteredAt ?? now),
    session,
    ...(milestone === undefined ? {} : { milestone }),
  };
  return {
    type: `mixpanel.user.${isIn ? entryEventOf(cohort, options) : "cohort_left"}`,
    timestamp: receivedAt,
    platform: "mixpanel",
    connection: tools.connection,
    object: "user",
    ref: userRef(user),
    subject: userRef(user),
    sourceIds: [JSON.stringify(["cohort", cohort.id, user, exportName, isIn ? "in" : "out"])],
    sourceEventId: null,
    record: membershipRecord(user, data, { connection: tools.connection, observedAt: tools.now() }),
    interaction: null,
    data: { cohort },
    isEcho: false,
  };
}

function entryEventOf({ id, name }: Call["cohort"], { cohorts }: CohortOptions): string {
  const key = [id, name].find((candidate) => Object.hasOwn(cohorts, candidate));
  return (key === undefined ? undefined : cohorts[key]) ?? "cohort_entered";
}

/** The step of the funnel that entering this cohort confirms. */
function milestoneOf(cohort: Call["cohort"], options: CohortOptions, { settings }: WebhookTools): string | undefined {
  const name = entryEventOf(cohort, options);
  const { milestones } = (settings as MixpanelOptions).mapping;
  return Object.entries(milestones).find(([, { event }]) => event === name)?.[0];
}

interface Body {
  /** Undefined when the body is not JSON. */
  json: unknown;
  read: ReadCall;
}

const bodies = new WeakMap<WebhookRequest, Body>();

/** A large body that several functions need: parsed once. */
function bodyOf(request: WebhookRequest): Body {
  const parsedBody = bodies.get(request);
  if (parsedBody) return parsedBody;
  const json = readJson(request.body);
  const body =
    "problem" in json
      ? { json: undefined, read: unreadableCall(json.problem) }
      : { json: json.value, read: readCall(json.value) };
  bodies.set(request, body);
  return body;
}
