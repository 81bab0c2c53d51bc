import { type ComponentType, lazy } from "react";
import type { PageProps } from "./session/session.ts";

export interface ConsolePage {
  /** Part of the address: `#/identity`. */
  path: string;
  /** In the navigation and the title of the window. */
  title: string;
  Page: ComponentType<PageProps>;
}

/** Every page of the console, in the order of the navigation. A new page is one entry. */
export const pages: readonly [ConsolePage, ...ConsolePage[]] = [
  {
    path: "identity",
    title: "Identity review",
    Page: lazy(() => import("./identity/IdentityPage.tsx").then(({ IdentityPage }) => ({ default: IdentityPage }))),
  },
  {
    path: "conflicts",
    title: "Conflicts",
    Page: lazy(() => import("./conflicts/ConflictsPage.tsx").then(({ ConflictsPage }) => ({ default: ConflictsPage }))),
  },
  {
    path: "customers",
    title: "Customers",
    Page: lazy(() => import("./customers/CustomersPage.tsx").then(({ CustomersPage }) => ({ default: CustomersPage }))),
  },
  {
    path: "quality",
    title: "Data quality",
    Page: lazy(() => import("./quality/QualityPage.tsx").then(({ QualityPage }) => ({ default: QualityPage }))),
  },
];
