import { DEFAULT_THEME, getColor, type IGardenTheme } from "@zendeskgarden/react-theming";

export type Scheme = "light" | "dark";

export function themeFor(scheme: Scheme, direction: "ltr" | "rtl"): IGardenTheme {
  return { ...DEFAULT_THEME, rtl: direction === "rtl", colors: { ...DEFAULT_THEME.colors, base: scheme } };
}

/** Our custom properties and the Garden variables behind them. Both schemes follow Garden. */
const variables = {
  "--bg": "background.default",
  "--bg-subtle": "background.subtle",
  "--bg-good": "background.success",
  "--bg-warning": "background.warning",
  "--bg-danger": "background.danger",
  "--fg": "foreground.default",
  "--fg-muted": "foreground.subtle",
  "--fg-primary": "foreground.primary",
  "--fg-good": "foreground.success",
  "--fg-warning": "foreground.warning",
  "--fg-danger": "foreground.danger",
  "--border": "border.default",
  "--border-subtle": "border.subtle",
  "--border-warning": "border.warning",
  "--border-danger": "border.danger",
  "--border-emphasis": "border.emphasis",
  "--focus": "border.primaryEmphasis",
} as const;

export function cssVariables(theme: IGardenTheme): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, getColor({ theme, variable })]));
}
