import { generic } from "@sidelight/generic/index.ts";
import { mixpanel } from "@sidelight/mixpanel/index.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { salesforce } from "@sidelight/salesforce/index.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";

/** The platforms of the product, as `main.ts` lists them. */
export const allPlatforms = [salesforce, zendesk, mixpanel, generic] as readonly Platform[];
