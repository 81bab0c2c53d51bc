import type { IconName } from "@sidelight/panel/index.ts";

type DrawnIcon = IconName | "chevron" | "refresh" | "note" | "up" | "down" | "flat" | "pin";

/** 16 × 16 strokes, in the style of Garden. */
const paths: Record<DrawnIcon, string> = {
  check: "M3.5 8.5l3 3 6-7",
  clock: "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M8 4.5V8l2.5 1.5",
  alert: "M8 2l6.2 11.5H1.8zM8 6.5v3.3M8 11.7v.1",
  lock: "M3.5 7.5h9v6h-9zM5.5 7.5V5.5a2.5 2.5 0 0 1 5 0v2",
  eye_off:
    "M2.5 2.5l11 11M6 4.3A6.8 6.8 0 0 1 8 4c4 0 6 4 6 4a10 10 0 0 1-1.9 2.4M4 5.5A10 10 0 0 0 2 8s2 4 6 4a6.5 6.5 0 0 0 2-.3M6.7 6.7a1.8 1.8 0 0 0 2.6 2.6",
  plug: "M6 1.5v3M10 1.5v3M4 4.5h8v3a4 4 0 0 1-8 0zM8 11.5v3",
  dash: "M4 8h8",
  loading: "M8 1.5A6.5 6.5 0 1 1 1.5 8",
  offline: "M2 2l12 12M2 6.5A9 9 0 0 1 4.5 4.8M7.3 4A9 9 0 0 1 14 6.5M4.5 9a5.5 5.5 0 0 1 2.5-1.4M10.5 8.2l1 .8M8 12v.1",
  calendar: "M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 1.5v3M10.5 1.5v3",
  people:
    "M6 7.5a2.5 2.5 0 1 0 0-5a2.5 2.5 0 0 0 0 5M1.5 13.5a4.5 4.5 0 0 1 9 0M10.5 2.7a2.5 2.5 0 0 1 0 4.6M12 9.5a4.5 4.5 0 0 1 2.5 4",
  search: "M7 2a5 5 0 1 1 0 10A5 5 0 0 1 7 2M10.7 10.7L14 14",
  gear: "M8 5.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 0 1 0-5M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4",
  chevron: "M4.5 6.5L8 10l3.5-3.5",
  refresh: "M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 1.8v2.9h-2.9",
  note: "M3 2.5h10v8l-3 3H3zM5.5 5.5h5M5.5 8h3.5M13 10.5h-3v3",
  up: "M2.5 11.5l4-4 2 2 4.5-5M9.5 4H13v3.5",
  down: "M2.5 4.5l4 4 2-2 4.5 5M9.5 12H13V8.5",
  flat: "M2.5 8h11M10.5 5l3 3-3 3",
  pin: "M5.5 1.5h5l-.7 5 2.7 3h-9l2.7-3zM8 9.5v5",
};

/** Always beside a text with the same meaning, so hidden from screen readers. */
export function Icon({ name, className = "" }: { name: DrawnIcon; className?: string }) {
  return (
    <svg
      className={`icon icon-${name} ${className}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
