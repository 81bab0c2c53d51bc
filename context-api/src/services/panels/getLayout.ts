import type { Layout } from "@sidelight/contracts/sessions/layout.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type LayoutInput, layoutFor } from "./layoutFor.ts";

/** What a panel shows to this caller. */
export const getLayout = defineService(
  "session",
  (context: ServiceContext, input: LayoutInput): Promise<Layout> => Promise.resolve(layoutFor(context, input)),
);
