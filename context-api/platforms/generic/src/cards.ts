import { randomUUID } from "node:crypto";
import { CardComponent } from "@sidelight/contracts/cards/card.ts";
import type { CardSource, CardsQuery, LoadedCard } from "@sidelight/platform-kit/cards.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { createHttp, readJson, retryAfter } from "@sidelight/platform-kit/http.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { publicOnly, refusePrivate } from "@sidelight/platform-kit/publicOnly.ts";
import { sign } from "@sidelight/platform-kit/standardWebhooks.ts";
import { z } from "zod";
import { secretNamed } from "./actions/send.ts";
import type { CardOptions } from "./options.ts";

const maxComponents = 30;
const defaultTtlSeconds = 60;
const maxTtlSeconds = 86_400;

const WireCard = z.looseObject({
  key: z.string(),
  timeToLiveSeconds: z.number().nullish(),
  components: z.unknown(),
});
const WireCards = z.looseObject({ cards: z.array(z.unknown()) });
const Components = z.array(CardComponent).max(maxComponents);

export interface CardSender extends CardSource {
  close(): Promise<void>;
}

/**
 * Asks the company's service for cards: a POST that is signed as specified by Standard Webhooks, with a time limit. A card whose
 * components cannot be used is `invalid`; the other cards of the same answer are used. A card that is missing has nothing to show.
 */
export function createCards(
  options: CardOptions,
  { allowPrivate }: { allowPrivate: boolean },
  tools: ConnectionTools,
): CardSender {
  const http = createHttp("generic", tools, allowPrivate ? {} : { lookup: publicOnly("generic") });
  return {
    definitions: options.list,
    close: () => http.close(),
    async load(query, call) {
      const url = new URL(options.url);
      if (!allowPrivate) refusePrivate("generic", url);
      const body = JSON.stringify(requestBody(query, tools.tenant));
      const request = { method: "POST", url: url.href, route: "{cards.url}", headers: await signedHeaders(body), body } as const;
      const response = await http.send(request, { ...call, quota: "cards", timeoutMs: options.timeoutSeconds * 1000 });
      if (response.status !== 200) throw refusalOf(response.status, retryAfter(response.headers, tools.now()));
      const answer = WireCards.safeParse(await readJson("generic", response));
      if (!answer.success) throw unusable("Its answer has no list `cards`.");
      return cardsOf(query, answer.data.cards);
    },
  };

  async function signedHeaders(body: string): Promise<Record<string, string>> {
    const signing = { id: randomUUID(), timestamp: String(Math.floor(tools.now() / 1000)) };
    return {
      "content-type": "application/json",
      accept: "application/json",
      "user-agent": "Sidelight",
      "webhook-id": signing.id,
      "webhook-timestamp": signing.timestamp,
      "webhook-signature": sign(await secretNamed(tools, options.secret), signing, body),
    };
  }
}

const requestBody = ({ keys, customer, locale }: CardsQuery, tenant: string) => ({ cardKeys: keys, tenant, customer, locale });

function cardsOf({ keys }: CardsQuery, items: readonly unknown[]): LoadedCard[] {
  const cards = new Map(items.flatMap((item) => WireCard.safeParse(item).data ?? []).map((card) => [card.key, card]));
  return keys.map((key) => {
    const card = cards.get(key);
    const timeToLiveSeconds = Math.min(maxTtlSeconds, Math.max(0, card?.timeToLiveSeconds ?? defaultTtlSeconds));
    return { key, timeToLiveSeconds, components: componentsOf(card?.components ?? null) };
  });
}

function componentsOf(value: unknown): LoadedCard["components"] {
  if (value === null) return null;
  const components = Components.safeParse(value);
  if (!components.success) return "invalid";
  return components.data.length > 0 ? components.data : null;
}

function refusalOf(status: number, retryAt: number | null): PlatformError {
  if (status === 429)
    return new PlatformError("rate_limited", "generic", "The cards service has reached its rate limit.", { status, retryAt });
  if (status === 401 || status === 403)
    return new PlatformError("invalid_credentials", "generic", "The cards service refused the signature.", {
      status,
      nextAction: "Check that the service verifies with the same secret.",
    });
  return new PlatformError("unavailable", "generic", `The cards service answered ${status}.`, { status, retryAt });
}

const unusable = (reason: string): PlatformError =>
  new PlatformError("unavailable", "generic", `The cards service cannot be used. ${reason}`, { isPlatformFault: false });
