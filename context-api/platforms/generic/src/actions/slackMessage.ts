import type { Action, Outcome } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { failed } from "@sidelight/platform-kit/outcome.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import { type Sender, secretNamed } from "./send.ts";

const Input = z.strictObject({
  text: z.string().trim().min(1).max(40_000),
  /** Block Kit. Texts in it are escaped as `text` is: a link is a button with a `url`. */
  blocks: z.array(z.record(z.string(), z.json())).max(50).optional(),
});
type Input = z.infer<typeof Input>;
type Json = z.infer<ReturnType<typeof z.json>>;

/**
 * Writes to a channel by an incoming webhook. Slack has no key for doing it once: where its answer is lost, the message may
 * appear twice.
 * @param name of the secret that is the webhook's address
 */
export const slackMessage = (sender: Sender, name: string, tools: ConnectionTools): Action<Input> => ({
  summary: "Writes a message to a Slack channel",
  input: Input,
  batch: 1,
  sameAs: () => null,
  perform: (effects, call) =>
    performEach(effects, async ({ input: { text, blocks } }) => {
      const url = await secretNamed(tools, name);
      const body = JSON.stringify({ text: escaped(text), ...(blocks ? { blocks: inBlocks(blocks) } : {}) });
      return await sender.send({ url, route: "/services/{webhook}", pool: "slack", headers: {}, body }, call, refusal);
    }),
});

/** "no_service", "channel_not_found" and "channel_is_archived"; "invalid_token" and "action_prohibited". */
function refusal(status: number): Outcome | null {
  if (status === 404 || status === 410) return failed("not_found", `Slack has no such webhook or channel any more (${status}).`);
  return status === 403 ? failed("invalid_credentials", "Slack denies the webhook the channel (403).") : null;
}

/** "Replace the ampersand, & …, less-than sign, < …, greater-than sign, >": what a customer wrote must not become a link or a call. */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function inBlocks(value: Json): Json {
  if (Array.isArray(value)) return value.map(inBlocks);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === "text" && typeof one === "string" ? escaped(one) : inBlocks(one)]),
  );
}
