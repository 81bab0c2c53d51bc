import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Subscription } from "@sidelight/platform-kit/platform.ts";
import type { SalesforceClient } from "../client.ts";
import type { SalesforceOptions } from "../options.ts";
import { allRetainedEvents, listen, newEventsOnly, ReplayLostError } from "./listen.ts";
import { readChanges } from "./readChanges.ts";

export interface SubscribeTools {
  client: SalesforceClient;
  changeDataCapture: NonNullable<SalesforceOptions["changeDataCapture"]>;
  connection: string;
}

/** Change Data Capture over CometD from the last position. The first subscription starts now; pulls bring earlier changes. */
export async function subscribe(tools: SubscribeTools, subscription: Subscription): Promise<void> {
  try {
    await listenFrom(subscription.replay ?? newEventsOnly, tools, subscription);
  } catch (error) {
    if (!(error instanceof ReplayLostError)) throw error;
    // Retained events arrive again and are deduplicated. A pull finds changes whose events are gone.
    subscription.onGap(streamsOf(tools));
    await listenFrom(allRetainedEvents, tools, subscription);
  }
}

async function listenFrom(replay: number, tools: SubscribeTools, subscription: Subscription): Promise<void> {
  const { objects, channel } = tools.changeDataCapture;
  const session = await tools.client.openStreamingSession();
  const onEvents = async (events: unknown[]) => {
    const changes = readChanges(events, objects, tools.connection);
    if (changes.replay !== null) await subscription.ingest(changes.messages, changes.replay);
    if (changes.gaps.length > 0) subscription.onGap(changes.gaps.map((object) => object.toLowerCase()));
  };
  try {
    await listen(session, { channel, replay, signal: subscription.signal, onEvents });
  } catch (error) {
    if (error instanceof PlatformError && error.code === "invalid_credentials") session.invalidate();
    throw error;
  }
}

const streamsOf = ({ changeDataCapture }: SubscribeTools): string[] => changeDataCapture.objects.map((o) => o.toLowerCase());
