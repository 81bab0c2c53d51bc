export type Scheme = "light" | "dark";

/** Shows the colors of a scheme: styles/colors.css has both. */
export const applyScheme = (scheme: Scheme): void => {
  document.documentElement.dataset["scheme"] = scheme;
};
