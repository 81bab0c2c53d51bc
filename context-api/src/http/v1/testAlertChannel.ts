import { ChannelTest, ChannelTestRequest } from "@sidelight/contracts/connections/alert.ts";
import { testChannel } from "../../services/alerts/testChannel.ts";
import type { App } from "../env.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { json, privateNoStore, problem, problems, security } from "./shared.ts";

const operation = {
  path: "/v1/alerts/test",
  operationId: "testAlertChannel",
  summary: "Send a test message to a channel",
  description:
    "Answers what the channel answered. When it accepts the message, messages that wait for it are sent too. A test incident at PagerDuty is resolved at once. Needs the right `operate`.",
  tags: ["Operations"],
  security,
  schema: ChannelTestRequest,
  responses: {
    200: json(ChannelTest, "What the channel answered"),
    ...problems,
    409: problem("conflict: the channel is not configured"),
  },
};

export function testAlertChannel(app: App): void {
  jsonOperation(app, operation, async (c, request) => c.json(await testChannel(c.get("service"), request), 200, privateNoStore));
}
