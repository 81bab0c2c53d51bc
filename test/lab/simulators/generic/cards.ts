import { createHash } from "node:crypto";
import { z } from "zod";
import { type Context, json } from "../context.ts";
import type { SinkSecrets } from "./secrets.ts";
import { isSigned } from "./signature.ts";

const CardsRequest = z.looseObject({
  cardKeys: z.array(z.string()),
  customer: z.looseObject({ id: z.string(), kind: z.enum(["person", "company"]) }),
});

const dayMs = 86_400_000;
const states = [
  { text: "Delivered", tone: "success" },
  { text: "On its way", tone: "neutral" },
  { text: "Late", tone: "warning" },
] as const;

/** The cards of a shop: orders, and invoices of companies. The same customer always has the same ones. */
export async function answerCards(ctx: Context, { signing }: SinkSecrets, request: Request): Promise<Response> {
  const body = await request.text();
  if (!isSigned(signing, request.headers, body, ctx.clock.now())) return json({ error: "not signed" }, 401);
  const query = CardsRequest.safeParse(JSON.parse(body));
  if (!query.success) return json({ error: "no request for cards" }, 400);
  const { cardKeys, customer } = query.data;
  const digits = createHash("sha256").update(customer.id).digest();
  const cards = { orders: orders(digits, ctx.clock.now()), invoices: invoices(digits, ctx.clock.now()) };
  return json({
    cards: Object.entries(cards)
      .filter(([key]) => cardKeys.includes(key))
      .map(([key, components]) => ({ key, timeToLiveSeconds: 60, components })),
  });
}

const text = (label: string, value: object) => ({ type: "row", label, value });
const at = (now: number, days: number) => ({ at: new Date(Math.floor(now / dayMs) * dayMs - days * dayMs).toISOString() });
const usd = (amount: number) => ({ money: { amount, currency: "USD" } });

function orders([first = 0, second = 0, third = 0]: Buffer, now: number): object[] {
  const number = 4_000 + first * 256 + second;
  return [
    text("Last order", { text: `No. ${number}` }),
    text("Ordered", at(now, 1 + (third % 20))),
    text("Total", usd(90 + second * 7)),
    { type: "badge", ...(states[third % states.length] ?? states[0]) },
    { type: "link", text: "Open order", url: `https://shop.example/orders/${number}` },
  ];
}

/** Null for customers without invoices. */
function invoices([first = 0, second = 0, third = 0]: Buffer, now: number): object[] | null {
  if (first % 5 === 0) return null;
  const open = second % 3;
  return [
    text("Open invoices", { number: open }),
    ...(open > 0 ? [text("Amount due", usd(400 + third * 11)), text("Due", at(now, -(5 + (first % 25))))] : []),
    { type: "link", text: "Show invoices", url: `https://shop.example/invoices/${first}-${second}` },
  ];
}
