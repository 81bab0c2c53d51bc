/** Custom properties that every app has, and the Garden variables behind them. Both schemes follow Garden. */
const colors = {
  "--bg": "background.default",
  "--bg-subtle": "background.subtle",
  "--bg-good": "background.success",
  "--bg-warning": "background.warning",
  "--fg": "foreground.default",
  "--fg-muted": "foreground.subtle",
  "--fg-primary": "foreground.primary",
  "--fg-good": "foreground.success",
  "--fg-warning": "foreground.warning",
  "--fg-danger": "foreground.danger",
  "--border": "border.default",
  "--border-subtle": "border.subtle",
  "--border-emphasis": "border.emphasis",
  "--focus": "border.primaryEmphasis",
};

/**
 * The custom properties of a page.
 * @param extraColors what only this app uses
 * @param colorOf the color behind a variable of Garden
 */
export const cssVariables = (
  extraColors: Readonly<Record<string, string>>,
  colorOf: (variable: string) => string,
): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...colors, ...extraColors }).map(([name, variable]) => [name, colorOf(variable)]));
