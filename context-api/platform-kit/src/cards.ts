import type { CardComponent } from "@sidelight/contracts/cards/card.ts";
import type { CallOptions } from "./callOptions.ts";

/** A card that the settings of a connection define. */
export interface CardDefinition {
  key: string;
  /** By language; `en` is there. */
  title: Readonly<Record<string, string>>;
}

/** The customer for whom cards are loaded. */
export interface CardCustomer {
  id: string;
  kind: "person" | "company";
  name: string | null;
  /** Addresses of a person, and domains of a company. */
  emails: readonly string[];
  domains: readonly string[];
  /** Records of the customer on the platforms: `salesforce.contact:003…`. */
  refs: readonly string[];
}

export interface CardsQuery {
  keys: readonly string[];
  customer: CardCustomer;
  /** BCP 47. */
  locale: string;
}

/** The answer for one card. */
export interface LoadedCard {
  key: string;
  /** How long it may be shown without asking again, in seconds. */
  timeToLiveSeconds: number;
  /** Null when there is nothing to show; `invalid` when the answer cannot be used. */
  components: readonly CardComponent[] | "invalid" | null;
}

/** Cards of a service that the tenant runs. */
export interface CardSource {
  definitions: readonly CardDefinition[];
  /** One answer for each key. @throws {PlatformError} when the service cannot be asked */
  load(query: CardsQuery, options: CallOptions): Promise<LoadedCard[]>;
}
