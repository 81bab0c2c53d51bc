import type { Rollup } from "@sidelight/contracts/context/sections.ts";
import { joined } from "../parts.ts";
import { item, list, plainRow } from "../rows.ts";
import type { Scope } from "../scope.ts";
import type { ListView, RowView } from "../view.ts";

/** The totals of a company with its subsidiaries. Amounts of different currencies stand side by side. */
export function rollupRows(scope: Scope, rollup: Rollup): RowView[] {
  const { t, f } = scope;
  const { accounts, arr, openTickets, sessions30d, notCounted } = rollup;
  const arrText = arr.length ? joined(scope, arr.map(f.money)) : t("absent.none_set");
  const people = notCounted ? t.plural("product.not_counted", notCounted) : null;
  return [
    plainRow("group", t("account.group"), t.plural("account.group_accounts", accounts)),
    plainRow("groupArr", t("account.group_arr"), arrText),
    plainRow("groupTickets", t("account.group_tickets"), f.number(openTickets)),
    plainRow(
      "groupSessions",
      t("account.group_sessions"),
      sessions30d === null ? t("absent.unknown") : joined(scope, [f.number(sessions30d), people]),
    ),
  ];
}

export function subsidiaryList(scope: Scope, { subsidiaries, accounts }: Rollup): ListView {
  const { t, f } = scope;
  const items = subsidiaries.map(({ id, name, arr }) =>
    item({ key: id, title: name ?? t("name.unknown"), detail: arr ? f.money(arr) : t("account.no_arr") }),
  );
  // This company is one of the accounts.
  const hiddenCount = accounts - 1 - items.length;
  const title = t("account.subsidiaries");
  return list(
    scope,
    "subsidiaries",
    hiddenCount > 0 ? t("account.first_of", { title, n: items.length, total: accounts - 1 }) : title,
    items,
    "",
    3,
  );
}
