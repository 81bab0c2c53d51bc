import type { CardDefinition } from "@sidelight/platform-kit/cards.ts";
import type { Connection } from "../../connections/connections.ts";

/** The cards of a tenant, in the order of the configuration. */
export const cardDefinitions = ({ connections }: { connections: readonly Connection[] }): CardDefinition[] =>
  connections.flatMap(({ connector }) => connector.cards?.definitions ?? []);
