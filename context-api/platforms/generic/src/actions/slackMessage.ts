import type { Action, Outcome } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { failure } from "@sidelight/platform-kit/outcome.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import { type Sender, secretNamed } from "./send.ts";

const Input = z.strictObject({
  text: z.string().trim().min(1).max(40_000),
  /** Block Kit. Texts in it are escaped like `text`, so links must be buttons with a `url`. */
  blocks: z.array(z.record(z.string(), z.json())).max(50).optional(),
});
type Input = z.infer<typeof Input>;
type Json = z.infer<ReturnType<typeof z.json>>;

/**
 * Writes to a channel through an incoming webhook. Slack has no idempotency key: a message may appear twice when the response is lost.
 * @param name name of the secret that holds the webhook's URL
 */
export const slackMessage = (sender: Sender, name: string, tools: ConnectionTools): Action<Input> => ({
  summary: "Writes a message to a Slack channel",
  purpose: "sales",
  input: Input,
  batch: 1,
  sameAs: () => null,
  perform: (effects, call) =>
    performEach(effects, async ({ input: { text, blocks } }) => {
      const url = await secretNamed(tools, name);
      const body = JSON.stringify({ text: escapeText(text), ...(blocks ? { blocks: escapeBlocks(blocks) } : {}) });
      return await sender.send({ url, route: "/services/{webhook}", quota: "slack", headers: {}, body }, call, refusal);
    }),
});

/** "no_service", "channel_not_found" and "channel_is_archived"; "invalid_token" and "action_prohibited". */
function refusal(status: number): Outcome | null {
  if (status === 404 || status === 410) return failure("not_found", `The Slack webhook or channel no longer exists (${status}).`);
  return status === 403 ? failure("invalid_credentials", "Slack does not allow the webhook to post to the channel (403).") : null;
}

/** "Replace the ampersand, & …, less-than sign, < …, greater-than sign, >": customer text must not become a link or a mention. */
const escapeText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function escapeBlocks(value: Json): Json {
  if (Array.isArray(value)) return value.map(escapeBlocks);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === "text" && typeof member === "string" ? escapeText(member) : escapeBlocks(member),
    ]),
  );
}
