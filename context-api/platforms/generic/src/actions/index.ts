import type { Action } from "@sidelight/platform-kit/action.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import type { GenericOptions } from "../options.ts";
import { post } from "./post.ts";
import type { Sender } from "./send.ts";
import { slackMessage } from "./slackMessage.ts";

/** The actions of a generic connection: those that the settings have a URL for. */
export function genericActions(
  { url, secret, slackUrl }: GenericOptions,
  sender: Sender,
  tools: ConnectionTools,
): Record<string, Action> {
  return {
    ...(url !== undefined && secret !== undefined ? { post: post(sender, url, secret, tools) } : {}),
    ...(slackUrl !== undefined ? { "slack-message": slackMessage(sender, slackUrl, tools) } : {}),
  };
}
