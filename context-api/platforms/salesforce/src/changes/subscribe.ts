import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Subscription } from "@sidelight/platform-kit/platform.ts";
import type { SalesforceClient } from "../client.ts";
import type { SalesforceOptions } from "../options.ts";
import { allKept, fromNow, listen, ReplayLost } from "./listen.ts";
import { readChanges } from "./readChanges.ts";

export interface SubscribeTools {
  client: SalesforceClient;
  options: SalesforceOptions;
  connection: string;
}

/** Change Data Capture over CometD, from the last position on. A first time begins with now: the pulls bring what was before. */
export async function subscribe(tools: SubscribeTools, subscription: Subscription): Promise<void> {
  try {
    await listenFrom(subscription.replay ?? fromNow, tools, subscription);
  } catch (error) {
    if (!(error instanceof ReplayLost)) throw error;
    // What is still kept comes again, and is known by its names; what is not, a pull finds.
    subscription.missed(streamsOf(tools));
    await listenFrom(allKept, tools, subscription);
  }
}

async function listenFrom(replay: number, tools: SubscribeTools, subscription: Subscription): Promise<void> {
  const { objects, channel } = tools.options.changeDataCapture!;
  const live = await tools.client.live();
  const take = async (events: unknown[]) => {
    const changes = readChanges(events, objects, tools.connection);
    if (changes.replay !== null) await subscription.deliver(changes.messages, changes.replay);
    if (changes.missed.length > 0) subscription.missed(changes.missed.map((object) => object.toLowerCase()));
  };
  try {
    await listen(live, { channel, replay, signal: subscription.signal, take });
  } catch (error) {
    if (error instanceof PlatformError && error.code === "invalid_credentials") live.refused();
    throw error;
  }
}

const streamsOf = ({ options }: SubscribeTools): string[] => options.changeDataCapture!.objects.map((o) => o.toLowerCase());
