import type { Action } from "@sidelight/platform-kit/action.ts";
import type { StreamTools } from "../streams.ts";
import { createCase } from "./createCase.ts";
import { createTask } from "./createTask.ts";
import { setFields } from "./setFields.ts";

/** The actions of a Salesforce connection. */
export const salesforceActions = (tools: StreamTools): Record<string, Action> => ({
  "create-task": createTask(tools),
  "create-case": createCase(tools),
  "set-fields": setFields(tools),
});
