import { type ComponentType, lazy } from "react";
import type { PageProps } from "./session/session.ts";

export interface ConsolePage {
  /** Part of the address: `#/identity`. */
  path: string;
  /** In the navigation and the title of the window. */
  title: string;
  Page: ComponentType<PageProps>;
}

export interface PageGroup {
  /** Above the pages in the navigation. */
  title: string;
  pages: readonly ConsolePage[];
}

/** Every page of the console, in the order of the navigation. A new page is one entry in its group. */
export const pageGroups: readonly PageGroup[] = [
  {
    title: "Today",
    pages: [
      {
        path: "overview",
        title: "Overview",
        Page: lazy(() => import("./home/HomePage.tsx").then(({ HomePage }) => ({ default: HomePage }))),
      },
      {
        path: "alerts",
        title: "Alerts",
        Page: lazy(() => import("./alerts/AlertsPage.tsx").then(({ AlertsPage }) => ({ default: AlertsPage }))),
      },
    ],
  },
  {
    title: "Flow",
    pages: [
      {
        path: "events",
        title: "Events",
        Page: lazy(() => import("./events/EventsPage.tsx").then(({ EventsPage }) => ({ default: EventsPage }))),
      },
      {
        path: "deliveries",
        title: "Deliveries",
        Page: lazy(() => import("./deliveries/DeliveriesPage.tsx").then(({ DeliveriesPage }) => ({ default: DeliveriesPage }))),
      },
      {
        path: "quarantine",
        title: "Quarantine",
        Page: lazy(() => import("./quarantine/QuarantinePage.tsx").then(({ QuarantinePage }) => ({ default: QuarantinePage }))),
      },
      {
        path: "replays",
        title: "Replays",
        Page: lazy(() => import("./replays/ReplaysPage.tsx").then(({ ReplaysPage }) => ({ default: ReplaysPage }))),
      },
      {
        path: "routes",
        title: "Routes",
        Page: lazy(() => import("./routes/RoutesPage.tsx").then(({ RoutesPage }) => ({ default: RoutesPage }))),
      },
      {
        path: "connections",
        title: "Connections",
        Page: lazy(() =>
          import("./connections/ConnectionsPage.tsx").then(({ ConnectionsPage }) => ({ default: ConnectionsPage })),
        ),
      },
    ],
  },
  {
    title: "Data",
    pages: [
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
    ],
  },
  {
    title: "Cost and change",
    pages: [
      {
        path: "freshness",
        title: "Freshness",
        Page: lazy(() => import("./freshness/FreshnessPage.tsx").then(({ FreshnessPage }) => ({ default: FreshnessPage }))),
      },
      {
        path: "costs",
        title: "Costs",
        Page: lazy(() => import("./costs/CostsPage.tsx").then(({ CostsPage }) => ({ default: CostsPage }))),
      },
      {
        path: "configuration",
        title: "Configuration",
        Page: lazy(() =>
          import("./configuration/ConfigurationPage.tsx").then(({ ConfigurationPage }) => ({ default: ConfigurationPage })),
        ),
      },
      {
        path: "audit",
        title: "Audit",
        Page: lazy(() => import("./audit/AuditPage.tsx").then(({ AuditPage }) => ({ default: AuditPage }))),
      },
    ],
  },
];

/** A search leads here: the navigation does not have it. */
const customerPage: ConsolePage = {
  path: "customer",
  title: "Customer",
  Page: lazy(() => import("./customer/CustomerPage.tsx").then(({ CustomerPage }) => ({ default: CustomerPage }))),
};

export const pages = pageGroups.flatMap((group) => group.pages).concat(customerPage) as [ConsolePage, ...ConsolePage[]];
