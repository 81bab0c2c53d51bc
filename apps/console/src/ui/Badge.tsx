import type { ReactNode } from "react";

interface Props {
  tone?: "neutral" | "good" | "warning" | "danger";
  children: ReactNode;
}

/** A short state beside a title. */
export const Badge = ({ tone = "neutral", children }: Props) => (
  <span className={tone === "neutral" ? "badge" : `badge badge-${tone}`}>{children}</span>
);
