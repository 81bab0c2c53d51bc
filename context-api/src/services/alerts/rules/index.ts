import { channelFailing } from "./channelFailing.ts";
import { circuitOpen } from "./circuitOpen.ts";
import { clockDiffers } from "./clockDiffers.ts";
import { conflictsWaiting } from "./conflictsWaiting.ts";
import { costOverBudget } from "./costOverBudget.ts";
import { deadLetters } from "./deadLetters.ts";
import { diskLow } from "./diskLow.ts";
import { certificateEnding, secretEnding } from "./endings.ts";
import { freshnessBurningFast, freshnessBurningSlow } from "./freshnessBurning.ts";
import { identifiersStruck } from "./identifiersStruck.ts";
import { memoryHigh } from "./memoryHigh.ts";
import { monthlyCap } from "./monthlyCap.ts";
import { projectionFailed } from "./projectionFailed.ts";
import { quarantinedMessages } from "./quarantined.ts";
import { queueGrowing } from "./queueGrowing.ts";
import { quotaExhausted } from "./quotaExhausted.ts";
import { quotaForecast } from "./quotaForecast.ts";
import type { AlertRule } from "./rule.ts";
import { signInFailed } from "./signInFailed.ts";
import { streamFailing } from "./streamFailing.ts";
import { subscriptionFailing } from "./subscriptionFailing.ts";
import { webhookSilent } from "./webhookSilent.ts";

/** Every rule. To add an alert, add a rule here. */
export const alertRules: readonly AlertRule[] = [
  signInFailed,
  circuitOpen,
  streamFailing,
  subscriptionFailing,
  quotaExhausted,
  quotaForecast,
  monthlyCap,
  ...deadLetters,
  conflictsWaiting,
  identifiersStruck,
  queueGrowing,
  quarantinedMessages,
  webhookSilent,
  freshnessBurningFast,
  freshnessBurningSlow,
  costOverBudget,
  clockDiffers,
  projectionFailed,
  secretEnding,
  certificateEnding,
  diskLow,
  memoryHigh,
  channelFailing,
];

/** Alerts that are opened where their cause is found: in the check of a schema, a listing or the configuration. */
export const otherActions: Readonly<Record<string, string>> = {
  stream_unavailable:
    "Give the integration's user access to the object, or switch the feature on. The stream is tried every hour.",
  retention_refused:
    "Check the clock of this machine. If it is right, start Sidelight once with serve --accept-clock. Nothing was deleted.",
  route_expression_limit: "Simplify the condition or the transformer of the route, then requeue its dead letters.",
  route_loop: "Change the condition of one of the routes, so that their deliveries no longer cause each other.",
  records_missing: "Check whether the records were deleted at the platform. They are removed here when the listing confirms it.",
  mapped_field_gone: "Map another field, or null, in the settings of the connection.",
  field_gone: "Nothing, unless a report or a route needs the field.",
  field_new: "Map the field if it describes your customers.",
  field_type_changed: "Check the mapping and the routes that read the field.",
  api_version_ending: "Set apiVersion to a newer version.",
  canary_rolled_back:
    "Correct the change, try it with past events, and start a new canary. Configuration in the console shows what failed.",
  config_refused: "Fix the named place of the configuration. `sidelight config check` shows all faults.",
};

/** What to do about an alert of this kind. */
export const nextActionOf = (kind: string): string =>
  alertRules.find((rule) => rule.kind === kind)?.nextAction ?? otherActions[kind] ?? "Read the message of the alert.";
