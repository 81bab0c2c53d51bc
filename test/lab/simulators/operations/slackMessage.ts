import { z } from "zod";

// Block Kit, as far as messages of incoming webhooks use it: https://docs.slack.dev/reference/block-kit/blocks

const PlainText = z.strictObject({
  type: z.literal("plain_text"),
  text: z.string().min(1).max(3_000),
  emoji: z.boolean().optional(),
});
const Mrkdwn = z.strictObject({
  type: z.literal("mrkdwn"),
  text: z.string().min(1).max(3_000),
  verbatim: z.boolean().optional(),
});
const Text = z.discriminatedUnion("type", [PlainText, Mrkdwn]);
const Button = z.strictObject({
  type: z.literal("button"),
  text: PlainText,
  url: z.url().max(3_000).optional(),
  action_id: z.string().max(255).optional(),
  style: z.enum(["primary", "danger"]).optional(),
});
const blockId = { block_id: z.string().max(255).optional() };

const Block = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("header"),
    text: z.strictObject({ ...PlainText.shape, text: z.string().min(1).max(150) }),
    ...blockId,
  }),
  z.strictObject({
    type: z.literal("section"),
    text: Text.optional(),
    fields: z.array(Text).min(1).max(10).optional(),
    ...blockId,
  }),
  z.strictObject({ type: z.literal("context"), elements: z.array(Text).min(1).max(10), ...blockId }),
  z.strictObject({ type: z.literal("actions"), elements: z.array(Button).min(1).max(25), ...blockId }),
  z.strictObject({ type: z.literal("divider"), ...blockId }),
]);

export const SlackMessage = z.object({ text: z.string().max(40_000).optional(), blocks: z.array(Block).max(50).optional() });
export type SlackMessage = z.infer<typeof SlackMessage>;

/** Slack's word for what is wrong with a payload; null for a message that it accepts. */
export function refusalOf(payload: unknown): string | null {
  const message = SlackMessage.safeParse(payload);
  if (!message.success) return message.error.issues[0]?.path[0] === "blocks" ? "invalid_blocks" : "invalid_payload";
  return message.data.text || message.data.blocks ? null : "no_text";
}
